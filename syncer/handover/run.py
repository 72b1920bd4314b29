"""Runs other programs: each as a group of its own, in a private folder, with limits on time, files, bytes and output.

Here, because what is true of one program is true of all: it may hang, fill the disk, write without end, leave children behind. Its
environment is made anew: none of our variables reach it but the few that any program needs. This floor and the service import it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from syncer.errors import cause
from syncer.handover.base import Limits, Ran

MOST_OUT: Final = 64 * 1024**2
"""Bytes of standard output that are read unless told otherwise; a program that writes more is ended."""
MOST_ERR: Final = 65_536
"""So much of the end of what it writes to standard error is kept."""
TOO_LONG: Final = "it took longer than"
"""How the fault of a run begins that its limit of time has ended."""
_CHUNK: Final = 65_536
_TICK: Final = 0.1
"""Seconds between two looks at a run."""
_GRACE: Final = 2.0
"""Seconds that a program has to end by itself when it is told to."""
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Runs:
    """All runs of other programs; `stop` ends them and lets none begin any more. Safe to call from any thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._open: set[subprocess.Popen[bytes]] = set()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End all programs with all that they started."""
        with self._lock:
            self._stopping.set()
            left = list(self._open)
        for process in left:
            _end(process)

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        limits: Limits,
        *,
        given: bytes = b"",
        most: int = MOST_OUT,
        line: Callable[[str], None] | None = None,
        out_line: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
        home: Path | None = None,
    ) -> Ran:
        """Run a command in `folder` to its end or to the first limit that it breaks.

        `given` is what it reads; `most`: bytes of output, more ends it; `line` is called with each line of standard error, and
        `out_line` with each of its output, from another thread; `home` is where it finds the person's own config, by default nowhere.
        """
        with self._lock:
            if self._stopping.is_set():
                return Ran(None, b"", b"", "syncer is ending", stopped=True)
            try:
                process = _begin(command, folder, {**_environment(folder, home), **(environment or {})})
            except (OSError, ValueError) as error:
                return Ran(None, b"", b"", f"it cannot be run: {cause(error)}")
            self._open.add(process)
        out = _Reader(process.stdout, most, tail=False, line=out_line)
        err = _Reader(process.stderr, MOST_ERR, tail=True, line=line)
        _give(process, given)
        try:
            fault = self._watch(process, folder, limits, out)
        finally:
            _end(process)
            with self._lock:
                self._open.discard(process)
        found, said = out.end(), err.end()
        if self._stopping.is_set() and (fault or process.returncode != 0):
            return Ran(None, found, said, "syncer is ending", stopped=True)
        return Ran(None if fault else process.returncode, found, said, fault)

    def _watch(self, process: subprocess.Popen[bytes], folder: Path, limits: Limits, out: _Reader) -> str:
        """Wait for the end of a program; return why it must be ended before, "" where it ended by itself."""
        begun = self._monotonic()
        looked = begun
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_TICK)
                return _too_much(folder, limits) or ("it wrote more than can be read" if out.is_full else "")
            now = self._monotonic()
            if now - begun > limits.seconds:
                return f"{TOO_LONG} {limits.seconds:g} seconds"
            if out.is_full:
                return "it wrote more than can be read"
            if now - looked >= 1.0:
                looked = now
                if fault := _too_much(folder, limits):
                    return fault


def _begin(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    if shutil.which(command[0]) is None:
        raise FileNotFoundError(f"there is no program {command[0]}")
    return subprocess.Popen(  # noqa: S603 - a program that the person has installed; no shell reads the words
        [*_ends_with_us(), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    )


@functools.cache
def _ends_with_us() -> tuple[str, ...]:
    """Return what goes before a command so that the system ends it when we are killed; only Linux has it."""
    there = shutil.which("setpriv") if sys.platform == "linux" else None
    if there is None:
        return ()
    words = (there, "--pdeathsig", "KILL", "--")
    try:
        works = subprocess.run([*words, "true"], check=False, capture_output=True, timeout=5).returncode == 0  # noqa: S603 - as below
    except (OSError, subprocess.SubprocessError):
        return ()
    return words if works else ()


def _environment(folder: Path, home: Path | None) -> dict[str, str]:
    """Return what a program may know of us: where programs are, the language, and a home in its private folder."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = str(home or folder)
    places = {} if home is not None else {"XDG_CONFIG_HOME": own, "XDG_DATA_HOME": own}
    return {
        "LANG": "C.UTF-8",
        **kept,
        **places,
        "HOME": own,
        "XDG_CACHE_HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        "no_proxy": "",
    }


def _too_much(folder: Path, limits: Limits) -> str:
    files = size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 thousands of names, every second
                files += 1
    if size > limits.bytes:
        return f"it laid down more than {limits.bytes:,} bytes"
    return f"it laid down more than {limits.files:,} files" if files > limits.files else ""


def _give(process: subprocess.Popen[bytes], given: bytes) -> None:
    """Write what a program reads; few bytes, which fit into the pipe."""
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin as pipe:
        pipe.write(given)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started, also what outlived it."""
    running = process.poll() is None
    if running:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


class _Reader:
    """Reads a pipe in a thread of its own: the beginning of what comes, or its end (`tail`)."""

    def __init__(
        self, pipe: IO[bytes] | None, most: int, *, tail: bool, line: Callable[[str], None] | None = None
    ) -> None:
        assert pipe is not None
        self._pipe, self._most, self._tail, self._line = pipe, most, tail, line
        self._data = bytearray()
        self._rest = b""
        self.is_full = False
        self._thread = threading.Thread(target=self._read, name="output of a program", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._pipe:
            while data := os.read(self._pipe.fileno(), _CHUNK):
                if self._line is not None:
                    self._lines(data)
                if self._tail:
                    self._data += data
                    del self._data[: -self._most]
                elif len(self._data) + len(data) <= self._most:
                    self._data += data
                else:
                    self.is_full = True

    def _lines(self, data: bytes) -> None:
        assert self._line is not None
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_CHUNK:]
        for each in whole:
            self._line(each.decode("utf-8", "replace"))

    def end(self) -> bytes:
        """Return what was read; the program has ended with all that it started."""
        self._thread.join(_GRACE)
        if self._line is not None and self._rest:
            self._line(self._rest.decode("utf-8", "replace"))
            self._rest = b""
        return bytes(self._data)
