"""Runs a program that the person named: without a shell, with a time limit, its output bounded, its children ended with it.

Apart from `hooks`, which says when and what for. Only the service imports it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from syncer.errors import cause
from syncer.frozen import frozen

MOST_OUTPUT: Final = 8_192
"""So much of the end of a program's output is kept, in bytes."""
_CHUNK: Final = 65_536
_AFTER: Final = 1.0
"""Seconds that output is waited for after the program ended: its children may hold the pipe."""


@frozen
class Ran:
    """How a program ended."""

    fault: str
    """"" = it ended with 0."""
    output: str = ""
    """The end of what it wrote, in printable letters."""


class Program:
    """One run; `stop` may be called from another thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Tell whether it was ended by `stop`."""
        return self._stopped

    def run(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, limit: float) -> Ran:
        """Run a command to its end, at most `limit` seconds; `environment` is added to our own."""
        with self._lock:
            if self._stopped:
                return Ran("it was stopped")
            try:
                process = self._process = subprocess.Popen(  # noqa: S603 - what the person's own config names
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env={**os.environ, **environment},
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                return Ran(f"it cannot be run ({cause(error)})")
        assert process.stdout is not None
        tail = bytearray()
        reader = threading.Thread(target=_read, args=(process.stdout, tail), name="hook output", daemon=True)
        reader.start()
        fault = self._wait(process, limit)
        reader.join(_AFTER)
        return Ran(fault, _printable(bytes(tail)))

    def _wait(self, process: subprocess.Popen[bytes], limit: float) -> str:
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            _kill(process)
            return f"it took longer than {limit:g} seconds and was ended"
        if self._stopped:
            return "it was stopped"
        return "" if code == 0 else f"it ended with {code}" if code > 0 else f"it was ended by signal {-code}"

    def stop(self) -> None:
        """End it, and let it not begin any more."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None and process.poll() is None:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _read(pipe: IO[bytes], tail: bytearray) -> None:
    with contextlib.suppress(OSError, ValueError), pipe:
        while data := os.read(pipe.fileno(), _CHUNK):
            tail += data
            del tail[:-MOST_OUTPUT]


def _printable(data: bytes) -> str:
    lines = data.decode("utf-8", "replace").splitlines()
    return "\n".join("".join(filter(str.isprintable, line)).rstrip() for line in lines).strip()
