"""What is told of an adopted file: by the JSON of gallery-dl or yt-dlp beside it, by a file of tags, or by its name.

Here, because reading is for `intake` and meaning for `handover`. The adopting job and `explain` import it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from syncer.config.adopted import AdoptedFolder
from syncer.config.handover import Handover
from syncer.frozen import frozen
from syncer.handover.mapping import gallery_dl, tag_file, yt_dlp
from syncer.handover.mapping.found import Found
from syncer.intake import adopt_names, adopt_scan
from syncer.intake.adopt_scan import Item, UnreadableError
from syncer.intake.names import printable
from syncer.model import MediaFile, Post
from syncer.service.adopt_leaving import is_media

log = logging.getLogger(__name__)

_OF_ONE_FILE: Final = ("extension", "file_url", "md5", "filename", "num")
"""Where a JSON for a whole folder has one of these, it is about its first file and not about the others."""
_FIELDS: Final[Mapping[str, str]] = {
    "site": "category",
    "post": "id",
    "index": "num",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "date": "date",
    "rating": "rating",
    "title": "title",
    "creator": "tags_artist",
    "series": "tags_copyright",
    "character": "tags_character",
    "tags": "tags_general",
}
"""What a pattern's fields are called in gallery-dl's words; of `tags` the words are tags, the others are names."""


_NOTHING: Final = Found(Post(files=(MediaFile(""),)))


@frozen
class Told:
    """What is told of a file, and what of it could not be read."""

    found: Found
    problem: str = ""


def sort_out(folder: AdoptedFolder, names: frozenset[str]) -> adopt_names.Sorted:
    """Return which of the names in a folder are media and which tell of them."""
    return adopt_names.sort_out(names, is_media, tags=folder.tag_files, stem_tags=folder.pattern is not None)


def of(item: Item, folder: AdoptedFolder, handover: Handover) -> Told:
    """Return what is told of a file; nothing that lies there makes it raise."""
    problem = ""
    try:
        found = _found(item, folder, handover)
        found = found or _by_name(item, folder, handover) or _NOTHING
    except UnreadableError as error:
        found, problem = _by_name(item, folder, handover) or _NOTHING, str(error)
    except Exception as error:  # whatever strangers have written there, the file is taken
        log.debug("what is told of %s broke", item.place.path, exc_info=True)
        found, problem = _NOTHING, f"what tells of it cannot be read ({type(error).__name__})"
    return Told(_whole(found, item, folder), problem)


def _found(item: Item, folder: AdoptedFolder, handover: Handover) -> Found | None:
    """Return what the files beside a file tell. Raises UnreadableError."""
    there = dict(item.beside)
    candidate = item.candidate
    for name in filter(None, (candidate.json, candidate.info)):
        data = adopt_scan.read_json(item.place, name, there[name])
        if isinstance(data, dict):
            return _read(data, handover, info=name == candidate.info)
    if candidate.tags:
        text = adopt_scan.read_text(item.place, candidate.tags, there[candidate.tags])
        tags = tag_file.read(text, blanks=folder.pattern is not None)
        if tags:
            by_name = _by_name(item, folder, handover) or _NOTHING
            return replace(by_name, post=replace(by_name.post, tags=(*by_name.post.tags, *tags)))
    if candidate.gallery:
        data = adopt_scan.read_json(item.place, candidate.gallery, there[candidate.gallery])
        if isinstance(data, dict) and not any(name in data for name in _OF_ONE_FILE):
            return replace(_read(data, handover, info=False), alone=False)
    return None


def _read(data: Mapping[str, object], handover: Handover, *, info: bool) -> Found:
    if info or ("category" not in data and "extractor" in data):
        return yt_dlp.read(data, handover.mapping(yt_dlp.category(data)))
    return gallery_dl.read(data, own=handover.mapping(gallery_dl.category(data)))


def _by_name(item: Item, folder: AdoptedFolder, handover: Handover) -> Found | None:
    """Return what a file's name tells by the folder's pattern; None where it has none, or the name is another."""
    if folder.pattern is None:
        return None
    held = folder.pattern.match(printable(f"{item.place.folder}/{item.place.name}".lstrip("/")))
    if held is None:
        return None
    data: dict[str, object] = dict(_data(held))
    data.setdefault("category", folder.site)
    return gallery_dl.read(data, own=handover.mapping(gallery_dl.category(data)))


def _data(held: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for name, value in held.items():
        if name in ("creator", "series", "character"):
            yield _FIELDS[name], [each.strip() for each in value.split(", ")]
        elif name in _FIELDS:
            yield _FIELDS[name], value


def _whole(found: Found, item: Item, folder: AdoptedFolder) -> Found:
    """Return what is told, with the site that the config names and the name that the file has here."""
    media = found.media
    if not media.name:
        media = replace(media, name=printable(item.place.name))
    post = replace(found.post, site=found.post.site or folder.site, files=(media,))
    return replace(found, post=post)
