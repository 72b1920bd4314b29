"""The part of one file on the disk: begun anew or taken up where it ended, and hashed as a whole on its way.

File work only; what an answer is good for is decided by `resume`. Only `files` imports it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Final

from syncer.fetch.body import CHUNK, Source
from syncer.fetch.failure import FailureKind, FetchError, fail
from syncer.fetch.resume import Partial

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_ADVISE: Final = getattr(os, "posix_fadvise", None)  # not on macOS
LET_GO: Final = 8 * 1024 * 1024
"""After each so many bytes of a file; pictures are smaller, and are read once more at once."""
_HOW: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


class Part:
    """One file that is being fetched, in a folder that lets nobody but us in; never written through a symlink.

    Every method raises FetchError (disk) where the disk does not do it.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path
        self.size = 0
        self._descriptor: int | None = None
        self._forget()

    def _forget(self) -> None:
        self.size = 0
        self._gone = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    @property
    def sha256(self) -> str:
        """Return the hash of all that is there."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """Return the hash of all that is there."""
        return self._md5.hexdigest()

    def take_up(self, partial: Partial, check: Callable[[], None]) -> int:
        """Open what an earlier try left and hash it; return its bytes, 0 where it is not there or not to be trusted.

        `check` is asked between two pieces and raises where syncer is to stop.
        """
        try:
            descriptor = os.open(self.path, _HOW)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise _disk(error) from error
        self._descriptor = descriptor
        try:
            good = _good(os.fstat(descriptor), partial)
            if good:
                os.ftruncate(descriptor, good)
                self._hash(descriptor, good, check)
        except OSError as error:
            raise _disk(error) from error
        return self.size

    def _hash(self, descriptor: int, size: int, check: Callable[[], None]) -> None:
        while self.size < size:
            check()
            piece = os.read(descriptor, min(4 * CHUNK, size - self.size))
            if not piece:
                break
            self._sha256.update(piece)
            self._md5.update(piece)
            self.size += len(piece)

    def begin(self) -> None:
        """Begin at the first byte, whatever is there; it has the umask's rights, as the sidecar that it is delivered with."""
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, _HOW | os.O_CREAT | os.O_TRUNC, 0o666)
            else:
                os.ftruncate(self._descriptor, 0)
                os.lseek(self._descriptor, 0, os.SEEK_SET)
        except OSError as error:
            raise _disk(error) from error
        self._forget()

    def pour(self, source: Source, grown: Callable[[int], None]) -> None:
        """Write a body behind what is there; `grown` is told the size after each piece. Raises as `Source.pieces` does."""
        assert self._descriptor is not None
        with ThreadPoolExecutor(1) if source.large else nullcontext() as aside:
            hashed: Future[None] | None = None
            for piece in source.pieces():
                if aside is None:
                    self._md5.update(piece)
                else:
                    if hashed is not None:
                        hashed.result()
                    hashed = aside.submit(self._md5.update, piece)
                self._sha256.update(piece)
                _write(self._descriptor, piece)
                self.size += len(piece)
                self._let_go()
                grown(self.size)

    def _let_go(self) -> None:
        """Have the disk begin with what it has not got, and the memory that its cache took for the rest given back.

        Else a large file pushes out what other programs need, and each page of it is a new one: half of the rate.
        """
        if _ADVISE is not None and self._descriptor is not None and self.size - self._gone >= LET_GO:
            self._gone = self.size
            with suppress(OSError):  # advice that a file system does not take is no fault
                _ADVISE(self._descriptor, 0, self._gone, os.POSIX_FADV_DONTNEED)

    def facts(self, validator: str, total: int | None, at: float, *, flushed: int | None = None) -> Partial:
        """Return what must be known to take it up later; flushes it to the disk, unless `flushed` says how much of it is."""
        assert self._descriptor is not None
        try:
            if flushed is None:
                os.fsync(self._descriptor)
            inode = os.fstat(self._descriptor).st_ino
        except OSError as error:
            raise _disk(error) from error
        return Partial(validator, total, self.size if flushed is None else flushed, inode, boot(), at)

    def drop(self) -> None:
        """Remove it."""
        self.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@functools.cache
def boot() -> str:
    """Return the name of this run of the machine; what was written in another may never have reached the disk."""
    try:
        return _BOOT.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _good(found: os.stat_result, partial: Partial) -> int:
    """Return how many bytes of a part are true."""
    same_run = bool(partial.boot) and partial.boot == boot()
    good = found.st_size if same_run else min(found.st_size, partial.size)
    ours = stat.S_ISREG(found.st_mode) and found.st_ino == partial.inode
    return good if ours and (partial.total is None or good <= partial.total) else 0


def _write(descriptor: int, piece: bytes) -> None:
    try:
        written = os.write(descriptor, piece)
        while written < len(piece):
            written += os.write(descriptor, memoryview(piece)[written:])
    except OSError as error:
        raise _disk(error) from error


def _disk(error: OSError) -> FetchError:
    return fail(FailureKind.DISK, f"{error.strerror} (errno {error.errno})")
