"""Looks through an adopted folder: which media are there, who they are, and what is beside them. And reads them, however they are named.

Reads names, stats and small files; symbolic links are never followed below the folder itself. Imported by service.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from syncer.config import json_text
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.intake import adopt_names
from syncer.intake.adopt_names import Candidate, Sorted
from syncer.intake.names import ignored, printable
from syncer.intake.seen import signed
from syncer.store.adopted import Beside, Place, Who

MOST_JSON: Final = 32 * 1024**2
"""Bytes of JSON that are read; a video's can hold thousands of comments."""
MOST_TAGS: Final = 1024**2
MAX_DEPTH: Final = 32
LEFT_OVER: Final = 6 * 3600.0
"""Seconds after which what was not gone on with is not waited for any more."""
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC

Sort = Callable[[frozenset[str]], Sorted]
"""Says which names of a folder are media, see `adopt_names.sort_out`."""


@frozen
class Item:
    """A media file as it was seen."""

    place: Place
    candidate: Candidate
    who: Who
    beside: Beside
    changed: float
    """When it or what is beside it last changed in any way, in seconds since 1970; no program can date that back."""


@frozen
class Folder:
    """One look at one folder."""

    folder: str
    """Below the adopted one, with `/`; "" = itself."""
    items: tuple[Item, ...] = ()
    aside: tuple[tuple[str, Who], ...] = ()
    """Files that belong to others."""
    problems: tuple[str, ...] = ()
    """What is left alone, in words."""


class UnreadableError(ItemError):
    """The file cannot be read now, or changes while it is read."""


def look(root: str, sort: Sort, *, recursive: bool, now: float) -> Iterator[Folder]:
    """Yield what is in each folder; nothing where `root` is no folder. Never raises for what a file or folder does.

    `now`: the time of day in seconds since 1970; signs of work that are long past by then are left aside.
    """
    pending: list[tuple[str, int]] = [("", 0)]
    while pending:
        folder, depth = pending.pop()
        seen, below = _folder(root, folder, sort, now)
        if recursive and depth < MAX_DEPTH:
            pending += [(name, depth + 1) for name in below]
        yield seen


def item_at(root: str, folder: str, name: str, sort: Sort, now: float) -> Item | None:
    """Return one media file as `look` would; None where it would see none of this name."""
    seen, _ = _folder(root, folder, sort, now)
    return next((item for item in seen.items if item.place.name == name), None)


def _folder(root: str, folder: str, sort: Sort, now: float) -> tuple[Folder, list[str]]:
    """Return one folder, and the folders in it."""
    files: dict[str, os.stat_result] = {}
    below: list[str] = []
    links = 0
    try:
        with os.scandir(Path(root, folder)) as entries:
            for entry in entries:
                status = _stat(entry)
                if status is None:
                    continue
                if stat.S_ISREG(status.st_mode):
                    files[entry.name] = status
                elif stat.S_ISDIR(status.st_mode):
                    below += [f"{folder}/{entry.name}".lstrip("/")] if ignored(entry.name) is None else []
                else:
                    links += 1
    except OSError as error:
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        words = () if gone else (f"{printable(folder) or 'it'} cannot be read: {error.strerror}",)
        return Folder(folder, problems=words), []
    told = (f"{links} links and special files in {printable(folder) or 'it'} are left alone",) if links else ()
    sorted_out = sort(frozenset(name for name, status in files.items() if not _is_left_over(name, status, now)))
    items = tuple(_item(root, folder, each, files) for each in sorted_out.media)
    aside = tuple((name, who(files[name])) for name in sorted_out.aside)
    return Folder(folder, items, aside, told), below


def _is_left_over(name: str, status: os.stat_result, now: float) -> bool:
    """Tell whether what shows that a file is worked on was left there by a program that ended long ago."""
    return bool(adopt_names.worked_on(name)) and now - max(status.st_ctime, status.st_mtime) > LEFT_OVER


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def _item(root: str, folder: str, candidate: Candidate, files: dict[str, os.stat_result]) -> Item:
    beside = tuple((name, who(files[name])) for name in candidate.beside)
    all_of_it = [files[name] for name in (candidate.name, *candidate.beside)]
    changed = max(max(status.st_ctime, status.st_mtime) for status in all_of_it)
    return Item(Place(root, folder, candidate.name), candidate, who(files[candidate.name]), beside, changed)


def who(status: os.stat_result) -> Who:
    """Return who a file is, from its stat."""
    return Who(signed(status.st_ino), status.st_size, signed(status.st_mtime_ns))


@contextlib.contextmanager
def folder_of(place: Place) -> Iterator[int]:
    """Open the folder of a file for `dir_fd`, through no symbolic link below the adopted folder. Raises OSError."""
    found = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in filter(None, place.folder.split("/")):
            inner = os.open(part, _OPEN | os.O_DIRECTORY, dir_fd=found)
            os.close(found)
            found = inner
        yield found
    finally:
        os.close(found)


@contextlib.contextmanager
def opened(place: Place) -> Iterator[int]:
    """Open a regular file to read it. Raises OSError, UnreadableError where it is none."""
    with folder_of(place) as folder:
        # Not blocking: it may have become a pipe that no one writes to.
        found = os.open(place.name, _OPEN | os.O_NONBLOCK, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(found).st_mode):
            raise UnreadableError(f"{printable(place.name)} is no regular file")
        yield found
    finally:
        os.close(found)


def read_json(place: Place, name: str, expected: Who) -> object:
    """Return what the JSON file `name` beside a file holds. Raises UnreadableError, which says why."""
    data = _read(Place(place.root, place.folder, name), expected, MOST_JSON)
    try:
        return json_text.read(data)
    except RecursionError as error:
        raise UnreadableError(f"{printable(name)} is no JSON that can be read: it goes too deep") from error
    except ValueError as error:
        raise UnreadableError(f"{printable(name)} is no JSON ({json_text.where(error)})") from error


def read_text(place: Place, name: str, expected: Who) -> str:
    """Return what the text file `name` beside a file holds. Raises UnreadableError."""
    return _read(Place(place.root, place.folder, name), expected, MOST_TAGS).decode("utf-8-sig", "replace")


def _read(place: Place, expected: Who, most: int) -> bytes:
    name = printable(place.name)
    if expected.size > most:
        raise UnreadableError(f"{name} is larger than {most // 1024**2} MB")
    try:
        with opened(place) as found, os.fdopen(os.dup(found), "rb") as file:
            data = file.read(most + 1)
            if who(os.fstat(found)) != expected or len(data) != expected.size:
                raise UnreadableError(f"{name} changed while it was read")
            return data
    except OSError as error:
        raise UnreadableError(f"{name} cannot be read: {error.strerror or error}") from error
