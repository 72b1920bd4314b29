"""Moves a file into another folder with a text beside it: nothing is overwritten, nothing is lost if that breaks off.

Here because `done/` and `failed/` need the same care. Used by the inbox beside it.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from syncer.frozen import frozen
from syncer.intake.seen import BlockedError

_LONGEST_NAME = 255
_ROOM = 16
"""Bytes kept free in a name for a number, ` (123)`, and the temporary ending."""


def make_folder(root: Path, names: tuple[str, ...]) -> Path:
    """Make the folder `names` below `root` and return it; BlockedError if one of them is a link out of it."""
    folder = root
    for name in names:
        folder = folder / name
        if folder.is_symlink():
            raise BlockedError(f"{folder} is a symbolic link", "Put a folder in its place.")
        folder.mkdir(exist_ok=True)
    return folder


@frozen
class Shelved:
    """Where a file is now. `copied`: a mount lay between, what is there now is not the writer's file any more."""

    path: Path
    copied: bool


def shelve(source: Path, folder: Path, ending: str, text: str) -> Shelved:
    """Move `source` into `folder` and write `text` beside it, into its name with `ending`; return where it is now.

    The text is there before the file comes. Both get the next free name where one of them is taken. What an earlier
    try left that broke off in between (an empty place, the same text) is used. Raises OSError; the source is then
    where it was.
    """
    data = text.encode("utf-8", "replace")
    for name in _names(source.name, folder, ending):
        target, beside = folder / name, folder / (name + ending)
        if _free(target) and _free(beside, data):
            return Shelved(target, _move_with_text(source, target, beside, data))
    raise AssertionError("the names never end")


def bring_back(source: Path, folder: Path) -> Path:
    """Move `source` into `folder` under its own or the next free name; OSError leaves it where it is."""
    target = free_name(folder, source.name)
    _reserve(target)
    try:
        _move(source, target)
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return target


def write_new(path: Path, data: bytes) -> None:
    """Write a whole new file or none: OSError (FileExistsError if there is one that is not empty, and it stays)."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _take_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def free_name(folder: Path, name: str, ending: str = "") -> Path:
    """Return a path in `folder` that no file has, `name` itself or with a number: `a.txt`, `a (1).txt`."""
    for candidate in _names(name, folder, ending):
        if not os.path.lexists(folder / candidate):
            return folder / candidate
    raise AssertionError("the names never end")


def _take_place(temporary: Path, path: Path) -> None:
    mine = _reserve(path)
    try:
        if path.stat().st_size:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        temporary.replace(path)
    except OSError:
        if mine:
            path.unlink(missing_ok=True)
        raise


def _move_with_text(source: Path, target: Path, beside: Path, data: bytes) -> bool:
    written = False
    try:
        _reserve(target)
        if not (beside.exists() and beside.read_bytes() == data):
            write_new(beside, data)
            written = True
        return _move(source, target)
    except OSError:
        # The place was empty, or holds half a copy of what is still at the source.
        target.unlink(missing_ok=True)
        if written:
            beside.unlink(missing_ok=True)
        raise


def _move(source: Path, target: Path) -> bool:
    """Rename, or, where a mount lies between the two, copy whole, then remove, and return True."""
    try:
        source.rename(target)
        return False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(source, target, follow_symlinks=False)
        with target.open("rb") as copied:
            os.fsync(copied.fileno())
        source.unlink()
        return True


def _names(name: str, folder: Path, ending: str) -> Iterator[str]:
    """Yield `a.txt`, `a (1).txt`, ..., cut by bytes so that the ending, a number and a temporary name fit."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    behind = len(os.fsencode(f"{dot}{suffix}{ending}")) + _ROOM
    stem = _cut(stem, max(_longest(folder) - behind, 1))
    number = 0
    while True:
        yield f"{stem} ({number}){dot}{suffix}" if number else f"{stem}{dot}{suffix}"
        number += 1


def _cut(stem: str, size: int) -> str:
    while len(os.fsencode(stem)) > size:
        stem = stem[:-1]
    return stem


def _longest(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError, AttributeError):
        return _LONGEST_NAME


def _free(path: Path, same: bytes = b"") -> bool:
    """Tell whether a name may be used: nobody has it, or only a file that holds nothing else than what goes there."""
    try:
        if path.is_symlink() or not path.is_file():
            return not os.path.lexists(path)
        size = path.stat().st_size
        return size == 0 or (size == len(same) and path.read_bytes() == same)
    except OSError:
        return False


def _reserve(path: Path) -> bool:
    """Take a name with an empty file; False if there is a file already."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666))
    except FileExistsError:
        return False
    return True
