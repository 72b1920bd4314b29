"""The lock that makes one process the runner: only its holder runs jobs and talks to the net.

Here, because two runners would break pace and delivery. The kernel drops it when the process dies, however it dies.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType

from syncer.errors import ServiceError, TryLaterError

FILE_NAME = "lock"
TRIES = 10_000
"""An asker holds the lock for some microseconds; so many meet no one by chance."""


class RunnerLock:
    """An exclusive lock on a state folder, held from `with` to its end."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE_NAME
        self._fd: int | None = None

    def __enter__(self) -> RunnerLock:
        """Take the lock. Raises TryLaterError where another process has it, ServiceError where it cannot be had."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(fd)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise TryLaterError(
                f"another syncer runs with this state folder (process {holder or 'unknown'})",
                "Let it do the work, or stop it first",
            ) from None
        except OSError as error:
            os.close(fd)
            raise ServiceError(
                f"cannot lock {self._path}: {error.strerror}", "Put the state folder on a local disk"
            ) from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
        self._fd = fd
        return self

    def take_again(self) -> None:
        """Take the lock of a state folder that was made again, and let the one go that was deleted. Raises as `with` does."""
        before = self._fd
        self.__enter__()
        if before is not None:
            os.close(before)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the lock go."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _take(fd: int) -> None:
    """Take the lock alone. Raises BlockingIOError where a runner has it; who only asks for a moment (`is_held`) is none."""
    for _ in range(TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            # Raises where it is held alone: by a runner.
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(fd, fcntl.LOCK_UN)
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def is_held(state: Path) -> bool:
    """Tell whether some process holds the lock of a state folder."""
    try:
        fd = os.open(state / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
