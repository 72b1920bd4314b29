"""What the names in a folder of another program say: which files are media, which tell of which, which are not finished.

Pure. Used by the look through adopted folders beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

from syncer.frozen import frozen
from syncer.intake.names import ignored

INFO: Final = ".info.json"
"""Behind the stem of a video: what yt-dlp tells of it."""
JSON: Final = ".json"
TAGS: Final = ".txt"
GALLERY_INFO: Final = "info.json"
"""What gallery-dl tells of a whole gallery, in its folder."""

_PIECE: Final = re.compile(r"(?P<whole>.+)\.(?:f[A-Za-z0-9_-]{1,60}|temp)", re.DOTALL)
"""One of the parts that yt-dlp joins to a video (`NAME.f137.mp4`), or what it has not finished joining."""
_CERTAIN_PIECE: Final = re.compile(r".+\.(?:f[0-9]{1,4}(?:-[0-9a-z]{1,8})?|temp)", re.DOTALL)
"""Names that mean so even without an info.json beside them."""
_IMAGES: Final = frozenset({"jpg", "jpeg", "png", "webp", "avif", "gif"})
_NUMBERED: Final = re.compile(r"(?P<whole>.+)\.[0-9A-Za-z_-]{1,20}", re.DOTALL)
"""A picture of several that stand for a video: `NAME.0.jpg`."""


@frozen
class Candidate:
    """A media file by its name, and the files beside it that tell of it."""

    name: str
    json: str = ""
    """In gallery-dl's words; "" = there is none."""
    info: str = ""
    """In yt-dlp's words."""
    tags: str = ""
    """A text file of tags."""
    gallery: str = ""
    """What is told of the whole folder."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the names of all files that tell of it."""
        return tuple(name for name in (self.json, self.info, self.tags, self.gallery) if name)


@frozen
class Sorted:
    """The files of one folder."""

    media: tuple[Candidate, ...]
    aside: tuple[str, ...]
    """Pictures that stand for a video: they are none of their own."""


def sort_out(names: Collection[str], is_media: Callable[[str], bool], *, tags: bool, stem_tags: bool) -> Sorted:
    """Return which of a folder's files are media and which tell of them; what is not finished is left out.

    `is_media` judges an extension; `tags`: NAME.EXT.txt holds tags, with `stem_tags` NAME.txt too.
    """
    there = names if isinstance(names, set | frozenset) else frozenset(names)
    videos = {name[: -len(INFO)] for name in there if name.endswith(INFO) and len(name) > len(INFO)}
    busy = {stem for name in there if (stem := worked_on(name))}
    media: list[Candidate] = []
    aside: list[str] = []
    for name in sorted(there, key=_bytes):
        stem, dot, extension = name.rpartition(".")
        if not dot or not stem or ignored(name) or not is_media(extension) or _is_piece(stem, videos):
            continue
        if stem in busy or name in busy:
            continue
        if _stands_for_video(stem, extension, videos):
            aside.append(name)
        else:
            media.append(_candidate(name, stem, there, tags=tags, stem_tags=stem_tags))
    return Sorted(tuple(media), tuple(aside))


def _candidate(name: str, stem: str, there: Collection[str], *, tags: bool, stem_tags: bool) -> Candidate:
    json = next((each for each in (f"{name}{JSON}", f"{stem}{JSON}") if each in there and each != GALLERY_INFO), "")
    info = next((each for each in (f"{stem}{INFO}", f"{name}{INFO}") if each in there), "")
    texts = ([f"{name}{TAGS}"] if tags else []) + ([f"{stem}{TAGS}"] if tags and stem_tags else [])
    text = next((each for each in texts if each in there), "")
    told = bool(json or info)
    gallery = GALLERY_INFO if not told and GALLERY_INFO in there else ""
    return Candidate(name, json, info, "" if told else text, gallery)


def worked_on(name: str) -> str:
    """Return the stem or name of the file that is still worked on as long as this one is there, "" where it says nothing of the kind."""
    stem, _, extension = name.rpartition(".")
    if extension in ("part", "ytdl"):
        return stem
    return stem.removesuffix(".temp") if stem.endswith(".temp") else ""


def _is_piece(stem: str, videos: Collection[str]) -> bool:
    if _CERTAIN_PIECE.fullmatch(stem):
        return True
    found = _PIECE.fullmatch(stem)
    return found is not None and found["whole"] in videos and stem not in videos


def _stands_for_video(stem: str, extension: str, videos: Collection[str]) -> bool:
    if extension.lower() not in _IMAGES:
        return False
    found = _NUMBERED.fullmatch(stem)
    return stem in videos or (found is not None and found["whole"] in videos)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
