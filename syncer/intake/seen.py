"""A file seen in the inbox, and who it is: what travels between the inbox, settling and the store.

Pure. Imported by this floor and by service.
"""

from __future__ import annotations

from pathlib import Path

from syncer.errors import ItemError
from syncer.frozen import frozen


@frozen
class Identity:
    """Who a file is: a name may come back with other contents, the same contents may get another name.

    Without the device's number: that changes when a disk is mounted anew.
    """

    folder: str
    """The label: folders between the inbox and the file."""
    inode: int
    size: int
    mtime_ns: int


def signed(number: int) -> int:
    """Return a number that a file system gives as the store can keep it: 64 bits with a sign, two different ones still different.

    Union and network file systems make inodes of all 64 bits, and times reach beyond the nanoseconds of the year 2262.
    """
    return (number + 2**63) % 2**64 - 2**63


@frozen
class Seen:
    """A regular file in the inbox; its name may hold bytes that are no text (surrogate escapes)."""

    path: Path
    label: str
    identity: Identity


@frozen
class Problem:
    """Something in the inbox that is left alone, and why."""

    path: Path
    why: str


@frozen
class Scan:
    """One look at the whole inbox."""

    seen: tuple[Seen, ...] = ()
    problems: tuple[Problem, ...] = ()
    gone: bool = False
    """The inbox itself is not there (an unmounted drive, a removed folder): nothing is known of its files."""


@frozen
class Content:
    """What a file held, with its hash."""

    data: bytes
    sha256: str


class ChangedError(ItemError):
    """The file is no longer what was seen: look at it again."""


class VanishedError(ItemError):
    """The file is no longer there."""


class BlockedError(ItemError):
    """It cannot be read or moved now (rights, a full disk, another program): the file stays, try again later."""


class RefusedError(ItemError):
    """The file can never be read as links (too large): it belongs into `failed/`."""
