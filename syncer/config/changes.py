"""Tells whether a file was changed since it was read, so that the service reads its config again.

Looks at size, time, rights and inode only. Take the look before reading: an edit during the reading then counts as new.
Everybody above may import it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from syncer.frozen import frozen


@frozen
class Trace:
    """What a file looked like from outside; all None = it was not there, or could not be looked at."""

    path: Path
    size: int | None = None
    changed: int | None = None
    """Modification time in nanoseconds."""
    inode: int | None = None
    mode: int | None = None
    """Kind and rights: what could not be read may now."""


Fingerprint = tuple[Trace, ...]


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Look at the files now; two fingerprints are equal as long as none was written, replaced, removed or put back."""
    return tuple(trace(path) for path in paths)


def trace(path: Path) -> Trace:
    """Look at one file now."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return Trace(path)
    return Trace(path, found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode)
