"""Running a program and saying what it took: time, CPU, memory, as the system counts them.

The bench itself imports little, since a child's peak memory begins with that of the process that starts it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run of a program took, its children included."""

    code: int
    seconds: float
    cpu: float
    """User and system time in seconds."""
    rss: float
    """Peak resident memory of the largest process, in MB (10^6 bytes)."""


def run(command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> Usage:
    """Run a program to its end, with its output in `log`."""
    with log.open("ab") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(process.returncode, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """Run the bench's server in a process of its own, and give its root URL."""
    import sys

    command = [sys.executable, "-m", "bench.server", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            root = process.stdout.readline().strip()
            if not root:
                raise RuntimeError("the bench's server did not start")
            yield root
        finally:
            process.terminate()


def resident(pid: int) -> float:
    """Return the resident memory of a running process in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


def middle(runs: Sequence[Usage]) -> Usage:
    """Return the medians of several runs; the exit code is the first that is not 0."""
    return Usage(
        next((one.code for one in runs if one.code), 0),
        statistics.median(one.seconds for one in runs),
        statistics.median(one.cpu for one in runs),
        statistics.median(one.rss for one in runs),
    )
