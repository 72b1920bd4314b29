"""Turns what the system says of a disk (full, read-only, away, broken) into errors that a person can act on.

One table for all file work of delivery. Imports no step; the service may use it for its own files too.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from syncer.errors import ItemError, TryLaterError


class DiskError(TryLaterError):
    """The disk does not take the file now; nothing is lost, and the same delivery works when the cause is gone."""


class FullError(DiskError):
    """There is no space left, or the quota is used up."""


class AwayError(DiskError):
    """The folder or its drive is not there: away, which is not the same as empty."""


class ReadOnlyError(DiskError):
    """The folder cannot be written: mounted read-only, or without the right."""


class BrokenError(DiskError):
    """The disk itself failed; what was written last cannot be trusted."""


_FULL: Final = (FullError, "There is no space left for {}", "Free some space; syncer goes on by itself then.")
_AWAY: Final = (AwayError, "The drive of {} is away", "Attach or mount it again; syncer goes on by itself then.")
_READ_ONLY: Final = (
    ReadOnlyError,
    "{} cannot be written",
    "Mount it for writing, or give syncer's user the right to write.",
)
_BROKEN: Final = (BrokenError, "The disk failed at {}", "Look at the system's log (dmesg) and test the disk.")

_ERRORS: Final[Mapping[int, tuple[type[DiskError], str, str]]] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: (FullError, "The quota of the disk is used up at {}", "Free some space or have the quota raised."),
    errno.ENOENT: _AWAY,
    errno.ENOTDIR: _AWAY,
    errno.ESTALE: _AWAY,
    errno.ENODEV: _AWAY,
    errno.ENXIO: _AWAY,
    errno.ENOTCONN: _AWAY,
    errno.EHOSTDOWN: _AWAY,
    errno.EHOSTUNREACH: _AWAY,
    errno.ETIMEDOUT: _AWAY,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EIO: _BROKEN,
    errno.EXDEV: (
        DiskError,
        "Files cannot be moved to {} in one step: it is on another disk or mount than the work folder",
        "Use a sub-folder of that mount as the import folder.",
    ),
    errno.EMFILE: (
        DiskError,
        "Too many files are open to write {}",
        "Raise the limit (ulimit -n), or lower the connections.",
    ),
    errno.ENFILE: (DiskError, "Too many files are open to write {}", "Close programs that hold many files open."),
}

_OF_THE_FILE: Final[Mapping[int, tuple[str, str]]] = {
    errno.ENAMETOOLONG: ("The disk takes no name as long as {}", "Use a shorter name template."),
    errno.EFBIG: (
        "The disk takes no file as large as {}",
        "Use an import folder on another file system (FAT ends at 4 GB).",
    ),
    errno.EILSEQ: ("The disk does not take the name of {}", "Use a name template without titles and tags."),
    errno.EINVAL: ("The disk does not take the name of {}", "Use a name template without titles and tags."),
}
"""What is no fault of the disk: only this one file cannot be written, others can."""


NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""Errors by which the system says that no file can be under a name, whatever lies on the way to it."""
_IN_THE_WAY: Final = frozenset({errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EXDEV, errno.ELOOP})


class errors:  # noqa: N801 it is used as a function
    """Turns an OSError on `path` inside a block into a DiskError, or an ItemError where only this file is concerned.

    `below`: the import folder of which all is well as long as only a folder between it and `path` is the cause.
    """

    __slots__ = ("_below", "_path")

    def __init__(self, path: Path | str, below: str = "") -> None:
        self._path = path
        self._below = below

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        """Raise DiskError or ItemError in place of an OSError."""
        if isinstance(error, OSError):
            raise in_words(error, self._path, self._below) from error


def in_words(error: OSError, path: Path | str, below: str = "") -> DiskError | ItemError:
    """Return the error that says in words what an OSError on `path` means and what to do; `below`: see `errors`."""
    number = error.errno or 0
    if below and number in _IN_THE_WAY and (found := _in_the_way(str(path), below)):
        return found
    if number in _OF_THE_FILE:
        title, advice = _OF_THE_FILE[number]
        return ItemError(title.format(path), advice)
    cause, title, advice = _ERRORS.get(
        number, (DiskError, "{} cannot be written", f"The system says: {error.strerror}.")
    )
    return cause(title.format(path), advice)


def _in_the_way(path: str, below: str) -> ItemError | None:
    """Return what keeps the folder of `path` from being used, as long as the import folder itself can be."""
    if not os.access(below, os.W_OK | os.X_OK):
        return None
    folder = Path(below)
    disk = folder.stat().st_dev
    for name in Path(path).relative_to(folder).parts[:-1]:
        folder /= name
        if not folder.is_dir():
            if not os.path.lexists(folder):
                break
            return ItemError(
                f"{folder} is no folder, and the name of the file needs one there",
                "Move it away, or choose other `names` for the import folder; then `syncer queue retry`",
            )
        if folder.stat().st_dev != disk:
            return ItemError(
                f"The folder {folder} is on another disk than the import folder around it, so that no file can be moved there",
                "Make a sub-folder of it an import folder of its own, or choose other `names`; then `syncer queue retry`",
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            return ItemError(
                f"The folder {folder} cannot be written, though the import folder around it can",
                "Give syncer's user the right to write there; then `syncer queue retry`",
            )
    return None
