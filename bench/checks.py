"""What a check without news costs, with few and with a million known URLs, and how soon 1,000 follows are looked at.

`python -m bench.checks`:

The real program against the bench's server, whose every search gives the same 20 posts, all of them known. CPU is that of the whole
run less that of one that has nothing to do.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.clients import Job, Syncer, installed_syncer
from bench.measure import run, serving
from syncer.clock import SystemClock
from syncer.store import known
from syncer.store.database import FILE_NAME, Database, Named

FOLLOWS, POSTS, CONNECTIONS = 1_000, 20, 8
REST = 31.0
"""Seconds until a follow may be looked at again, whoever asks for it."""
FEW, MANY, PIECE = 2_000, 1_000_000, 20_000


def prepare(folder: Path, root: str) -> list[str]:
    """Write a folder whose follows have had their first check, and return the call that makes what is due."""
    syncer = Syncer(installed_syncer())
    command = syncer.prepare(folder, Job(root, POSTS, 28_000, "jpg", CONNECTIONS))
    run(command, folder / "log")
    names = ", ".join(f'"outdoors -seen_{number}"' for number in range(FOLLOWS))
    with (folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f'\n[[subscriptions]]\nname = "many"\nsite = "bench"\ndead = "never"\nqueries = [{names}]\n')
    run(command, folder / "log")
    return command


def fill(folder: Path, number: int) -> None:
    """Let so many URLs be known."""
    with closing(Database.open(folder / "state", SystemClock())) as db:
        with db.read() as tx:
            there = int(tx.value("SELECT count(*) FROM known"))
        for first in range(there, number, PIECE):
            rows = [
                (f"url:https://known.example/{each}", "delivered", "")
                for each in range(first, min(first + PIECE, number))
            ]
            with db.write(Named.IMPORT_KNOWN) as tx:
                known.add_new(tx, rows)


def due(folder: Path) -> None:
    """Let every follow be due, as a person would."""
    run([str(installed_syncer()), "follow", "now", "many", "--config", str(folder / "config.toml")], folder / "log")


def checked(folder: Path, since: float) -> int:
    """Return how many follows were looked at since then."""
    with closing(sqlite3.connect(folder / "state" / FILE_NAME)) as connection:
        return int(connection.execute("SELECT count(*) FROM follows WHERE last_check >= ?", (since,)).fetchone()[0])


def looked(folder: Path, command: list[str], rounds: int = 2) -> tuple[float, float]:
    """Return seconds and CPU seconds that it takes to look at all follows, at their best."""
    found = []
    for _ in range(rounds):
        time.sleep(REST)
        due(folder)
        begin = SystemClock().now()
        usage = run(command, folder / "log")
        if checked(folder, begin - 1) != FOLLOWS:
            raise RuntimeError(f"not all follows were looked at; see {folder}/log")
        idle = run(command, folder / "log")
        found.append((usage.seconds - idle.seconds, usage.cpu - idle.cpu))
    return min(seconds for seconds, _ in found), min(cpu for _, cpu in found)


def main() -> int:
    """Measure and print."""
    work = Path(tempfile.mkdtemp(prefix="syncer-bench-"))
    try:
        for latency in (0.0, 0.05):
            files = ("--files", str(POSTS), "--size", "28000", "--extension", "jpg", "--latency", str(latency))
            with serving(*files) as root:
                folder = work / f"{latency}"
                folder.mkdir()
                command = prepare(folder, root)
                for number in (FEW, MANY) if not latency else (FEW,):
                    fill(folder, number)
                    seconds, cpu = looked(folder, command)
                    print(
                        f"{FOLLOWS} follows without news, {latency * 1000:.0f} ms, {CONNECTIONS} connections, {number:,} known:"
                        f" {seconds:.1f} s, {cpu / FOLLOWS * 1000:.2f} ms CPU a check",
                        flush=True,
                    )
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
