"""What a person has already, as other places tell it: media managers, archives of other programs, folders, lists.

A registry of readers that give one thing after the other, so that a library of millions needs no memory. Reads only; nothing is
ever written where it reads. The service turns what comes into what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from syncer.errors import UsageError
from syncer.frozen import frozen


@frozen
class Had:
    """One thing that is there, or was and has been deleted."""

    urls: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    """URLs that several files have: a post's, or a source that proves nothing."""
    hashes: tuple[tuple[str, str], ...] = ()
    """Pairs of kind ("sha256", "md5") and lower-case hex."""
    entry: str = ""
    """A line of an archive: the site's name with the post's id behind it, `danbooru123`."""
    video: str = ""
    """A line of yt-dlp's archive: the site's name, a blank, the video's id."""
    deleted: bool = False


Reader = Callable[[Path], Iterator[Had]]


def _hydrus(path: Path) -> Iterator[Had]:
    from syncer.intake import had_hydrus

    return had_hydrus.read(path)


def _archive(path: Path) -> Iterator[Had]:
    from syncer.intake import had_archive

    return had_archive.read(path)


def _videos(path: Path) -> Iterator[Had]:
    from syncer.intake import had_list

    return had_list.videos(path)


def _folder(path: Path) -> Iterator[Had]:
    from syncer.intake import had_folder

    return had_folder.read(path)


def _list(path: Path) -> Iterator[Had]:
    from syncer.intake import had_list

    return had_list.read(path)


READERS: Final[Mapping[str, Reader]] = {
    "hydrus": _hydrus,
    "gallery-dl": _archive,
    "yt-dlp": _videos,
    "folder": _folder,
    "list": _list,
}
"""By the word that the command takes."""


def read(kind: str, path: Path) -> Iterator[Had]:
    """Return what the place at `path` has. Raises UsageError where it is not of that kind or cannot be read."""
    if not path.exists():
        raise UsageError(f"{path} is not there", "Look at the path")
    return READERS[kind](path)
