"""Looks through the whole inbox: which files are there, which folders and files are left alone, and why.

Reads names and stats only; whatever vanishes or is locked meanwhile is no fault. Used by the inbox beside it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from syncer.intake.names import ignored, place
from syncer.intake.seen import Identity, Problem, Scan, Seen, signed

MAX_DEPTH = 16
"""Folders within folders that are looked into; nobody labels deeper."""


def scan(root: Path) -> Scan:
    """Return what is in the inbox at `root`, sorted by path; never raises for what a file or folder does."""
    if not root.is_dir():
        return Scan(gone=True)
    seen: list[Seen] = []
    problems: list[Problem] = []
    pending: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while pending:
        folder, names = pending.pop()
        for found in _entries(folder):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            result = _look(found, names)
            if isinstance(result, Seen):
                seen.append(result)
            elif isinstance(result, Problem):
                problems.append(result)
            elif result:
                pending.append((Path(found.path), (*names, found.name)))
    return Scan(tuple(sorted(seen, key=_by_path)), tuple(sorted(problems, key=_by_path)))


def identity(label: str, status: os.stat_result) -> Identity:
    """Return who a file in the folder `label` is, from its stat."""
    return Identity(label, signed(status.st_ino), status.st_size, signed(status.st_mtime_ns))


def _by_path(found: Seen | Problem) -> bytes:
    return os.fsencode(found.path)


def _entries(folder: Path) -> Iterator[os.DirEntry[str] | Problem]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield Problem(folder, f"the folder cannot be read: {error.strerror}")


def _look(entry: os.DirEntry[str], names: tuple[str, ...]) -> Seen | Problem | bool:
    """Return what an entry is; True for a folder to look into, False for what is left alone without a word."""
    where = place(names)
    if ignored(entry.name):
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    except OSError as error:
        return Problem(Path(entry.path), f"cannot be looked at: {error.strerror}")
    if stat.S_ISDIR(status.st_mode):
        return _look_at_folder(entry, names)
    if not stat.S_ISREG(status.st_mode):
        return Problem(Path(entry.path), _SPECIAL.get(stat.S_IFMT(status.st_mode), "is not a regular file"))
    return Seen(Path(entry.path), where.label, identity(where.label, status))


def _look_at_folder(entry: os.DirEntry[str], names: tuple[str, ...]) -> Problem | bool:
    inside = place((*names, entry.name))
    if len(names) >= MAX_DEPTH:
        return Problem(Path(entry.path), f"more than {MAX_DEPTH} folders deep: not looked into")
    return not inside.ignored


_SPECIAL = {stat.S_IFLNK: "is a symbolic link: put the file itself here"}
