"""What is measured, in which order: rounds, in each of which every client does every job once, in a fresh folder.

Interleaved, so that a machine that is slow for a minute is slow for all. Only `__main__` imports it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.clients import Client, GalleryDl, Job, Syncer, verify
from bench.measure import Usage, resident, run, serving

CONNECTIONS = (1, 4, 8)


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of job: which files, how far away."""

    name: str
    files: int
    size: int
    extension: str
    latency: float
    """Seconds before each answer of the server."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: a client doing a load over so many connections."""

    load: Load
    client: str
    connections: int


@dataclass(slots=True)
class Measured:
    """What all rounds gave."""

    runs: dict[Row, list[Usage]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[Row, str] = field(default_factory=dict)
    starts: dict[str, list[Usage]] = field(default_factory=lambda: defaultdict(list))
    idle: float | str = ""
    """Resident MB of the service some time after its start, or why it is not known."""


def loads(share: float) -> tuple[Load, ...]:
    """Return the loads, `share` of their full size."""

    def some(files: int) -> int:
        return max(int(files * share), 5)

    return (
        Load("28 KB, 0 ms", some(2_000), 28_000, "jpg", 0.0),
        Load("28 KB, 50 ms", some(1_000), 28_000, "jpg", 0.05),
        Load("50 MB, 0 ms", some(40), 50_000_000, "mp4", 0.0),
    )


def rows(load: Load) -> list[Row]:
    """Return who does a load: gallery-dl with the one connection that it has, syncer with several numbers of them."""
    return [Row(load, "gallery-dl", 1), *(Row(load, "syncer", number) for number in CONNECTIONS)]


def measure(
    work: Path, syncer: Syncer, peer: GalleryDl, given: Sequence[Load], rounds: int, tell: Callable[[str], None]
) -> Measured:
    """Do everything `rounds` times below `work`, which is left behind for its owner to delete."""
    result = Measured()
    clients: Mapping[str, Client] = {"syncer": syncer, "gallery-dl": peer}
    with _servers(given) as roots:
        for number in range(rounds):
            for row in [row for load in given for row in rows(load)]:
                tell(f"round {number + 1} of {rounds}: {row.client}, {row.load.name}, {row.connections} connections")
                _do(work / f"{number}-{row.load.name}-{row.client}-{row.connections}", clients, row, roots, result)
    return result


@contextmanager
def _servers(given: Sequence[Load]) -> Iterator[Mapping[Load, str]]:
    with ExitStack() as stack:
        yield {load: stack.enter_context(serving(*_arguments(load))) for load in given}


def _arguments(load: Load) -> list[str]:
    pairs = {"files": load.files, "size": load.size, "extension": load.extension, "latency": load.latency}
    return [text for name, value in pairs.items() for text in (f"--{name}", str(value))]


def _do(folder: Path, clients: Mapping[str, Client], row: Row, roots: Mapping[Load, str], result: Measured) -> None:
    load, client = row.load, clients[row.client]
    job = Job(roots[load], load.files, load.size, load.extension, row.connections)
    folder.mkdir(parents=True)
    usage = run(client.prepare(folder, job), folder / "log")
    try:
        verify(client, folder, job)
    except RuntimeError as error:
        result.faults[row] = str(error)
        return
    result.runs[row].append(usage)
    # Many deletes slow the file system for minutes, so the small files stay to the end; the large ones need their room.
    if load.extension == "mp4":
        shutil.rmtree(folder)


def starts(result: Measured, work: Path, syncer: Syncer, peer: GalleryDl, rounds: int) -> None:
    """Measure what it costs to start each program and do nothing."""
    folder = work / "status"
    syncer.follow(folder, Job("http://127.0.0.1:9", 0, 0, "jpg"), 100)
    commands = {
        "syncer --help": syncer.help_command(),
        "syncer status": syncer.status_command(folder),
        "gallery-dl --help": peer.help_command(),
    }
    for _ in range(rounds):
        for name, command in commands.items():
            result.starts[name].append(run(command, work / "starts.log"))


def idle(result: Measured, work: Path, syncer: Syncer, seconds: float) -> None:
    """Measure the service's memory `seconds` after its start, with 100 follows that find nothing."""
    folder = work / "idle"
    with serving("--files", "1") as root, (work / "idle.log").open("ab") as out:
        syncer.follow(folder, Job(root, 1, 0, "jpg", 4), 100)
        with subprocess.Popen(syncer.run_command(folder), stdout=out, stderr=out) as process:
            time.sleep(seconds)
            if process.poll() is not None:
                result.idle = f"ended by itself with {process.returncode}, see {work}/idle.log"
            elif sys.platform.startswith("linux"):
                result.idle = resident(process.pid)
            process.terminate()
