"""How long it takes to start with 10,000 queries and 2,000 watchers, and to see what is due: `python -m bench.follows`.

Each figure is the best of a few runs: reading the config, the snapshot, bringing the store in line (all new, unchanged, a
changed config, changed site files), the clock's look at all follows, and what a turn of the loop asks. The sums are what a
start takes: the first one ever, one with the same config, one after a change.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from syncer.clock import SystemClock
from syncer.config import load
from syncer.demo.house import SITE_FILES
from syncer.follow import plan
from syncer.service import reconcile, snapshot, timing_of
from syncer.store import follows
from syncer.store.database import Database, Named

QUERIES, WATCHERS, PER_SUBSCRIPTION = 10_000, 2_000, 250
STARTS = ("all new", "unchanged", "changed config", "changed sites")
ROOT = "http://127.0.0.1:8123"
CONFIG = """
[folders]
inbox = "inbox"
state = "state"
cache = "cache"
sites = "sites"
[import_folders.main]
path = "import"
profile = "hydrus"
[network]
allow = ["127.0.0.1"]
"""


def config_text() -> str:
    """Return a config with so many queries and watchers; every fifth query has a timing of its own."""
    parts = [CONFIG]
    for first in range(0, QUERIES, PER_SUBSCRIPTION):
        queries = ", ".join(
            f'{{ q = "view_{number} sky", every = "day at 06:00" }}' if number % 5 == 0 else f'"view_{number} sky"'
            for number in range(first, first + PER_SUBSCRIPTION)
        )
        parts.append(f'[[subscriptions]]\nname = "s{first}"\nsite = "demoapi"\nqueries = [{queries}]\n')
    parts += [f'[[watchers]]\nurl = "{ROOT}/board/thread/{number}"\n' for number in range(1, WATCHERS + 1)]
    return "\n".join(parts)


def best(work: Callable[[], object], times: int = 3) -> float:
    """Return the seconds that the quickest of some runs took."""
    clock, found = SystemClock(), []
    for _ in range(times):
        begin = clock.monotonic()
        work()
        found.append(clock.monotonic() - begin)
    return min(found)


def measure(folder: Path) -> dict[str, float]:
    """Return seconds by what was done."""
    (folder / "sites").mkdir()
    for file in SITE_FILES.glob("*.toml"):
        (folder / "sites" / file.name).write_text(file.read_text("utf-8"), "utf-8")
    path = folder / "config.toml"
    path.write_text(config_text(), "utf-8")
    found: dict[str, float] = {"read the config": best(lambda: load.load(path))}
    config = load.load(path)
    found["read the site files"] = best(lambda: snapshot.build(config))
    shot = snapshot.build(config)
    db = Database.open(folder / "state", SystemClock())
    try:
        found |= _store(db, shot)
    finally:
        db.close()
    return found


def _store(db: Database, shot: snapshot.Snapshot) -> dict[str, float]:
    def bring_in_line(now: snapshot.Snapshot = shot) -> None:
        with db.write(Named.RECONCILE) as tx:
            reconcile.reconcile(tx, now)

    def anew(*, sites: bool) -> float:
        shots = [replace(shot, fingerprint=f"{sites} {each}") for each in "abc"]
        shots = [replace(each, sites_mark=each.fingerprint) for each in shots] if sites else shots
        return min(best(partial(bring_in_line, each), 1) for each in shots)

    found = {"reconcile, all new": best(bring_in_line, 1), "reconcile, unchanged": best(bring_in_line)}
    found["reconcile, changed config"] = anew(sites=False)
    found["reconcile, changed sites"] = anew(sites=True)
    _plan(db)
    return found | _due(db)


def _plan(db: Database) -> None:
    """Spread the next checks over 30 days, by the hash that an id is; a few dozen of them are due."""
    with db.write(Named.CHECK_DONE) as tx:
        for follow in follows.everything(tx):
            at = tx.now - 5000 + int(follow.id[:8], 16) % (30 * 86400)
            tx.run(
                "UPDATE follows SET last_check = ?, synced = 1, next_check = ? WHERE id = ?",
                (tx.now - 9e4, at, follow.id),
            )


def _due(db: Database) -> dict[str, float]:
    def due() -> None:
        with db.read() as tx:
            assert follows.due(tx)

    def next_due() -> None:
        with db.read() as tx:
            assert follows.next_due(tx)

    def odd() -> None:
        with db.read() as tx:
            follows.timed_oddly(tx, 60, lambda settings: plan.longest(timing_of.rules(settings)))

    return {"what is due": best(due, 20), "when the next is due": best(next_due, 20), "times that are odd": best(odd)}


def main() -> int:
    """Measure and print a table; 1 where it takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    for what, seconds in found.items():
        print(f"{what:>26} {seconds * 1000:9.1f} ms")
    always = found["read the config"] + found["read the site files"] + found["times that are odd"]
    starts = {what: always + found[f"reconcile, {what}"] for what in STARTS}
    for what, seconds in starts.items():
        print(f"{f'start, {what}':>26} {seconds * 1000:9.1f} ms (wanted: under 1000)")
    return int(max(starts.values()) > 1 or found["what is due"] > 0.01)


if __name__ == "__main__":
    sys.exit(main())
