"""Reads what gallery-dl writes: who claims which URL (`-E`), what is at a URL (`-j`), how many requests it made (`-v`).

Pure, since all of it comes from strangers by way of a program: sizes and counts are bounded, what has an odd shape is left out.
The program beside it imports it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from syncer.config import json_text
from syncer.config.field_map import Own
from syncer.config.hosts import PORTS
from syncer.frozen import frozen
from syncer.handover import troubles
from syncer.handover.base import HANDED, Claim
from syncer.handover.mapping import found as mapped
from syncer.handover.mapping import gallery_dl as mapping
from syncer.handover.mapping import sites
from syncer.handover.mapping.found import Found
from syncer.model import MediaFile, Note, Post

PROGRAM: Final = "gallery-dl"
MOST_MESSAGES: Final = 50_000
_NOT_SITES: Final = frozenset({"directlink", "recursive", "generic", "noop", "test", "oauth", "ytdl"})
"""Its parts that stand for no site."""
_OF_ITS_CONFIG: Final = "[config]"
"""Errors that are about no URL."""
_HEAD: Final = re.compile(r"\[([1-9]\d{0,8})/\d+\] ")
_NAMES: Final = re.compile(r'^  "([^"]*)" / "([^"]*)"')
_PAUSE: Final = re.compile(r"\d+(?:\.\d+)?")
_REQUEST: Final = re.compile(r'\] (https?)://([^ /]{1,255}) "(?:GET|POST|HEAD|PUT) ')
_ONLY_ITS_OWN: Final = re.compile(r"ytdl:https?://[^\s\x00-\x1f\x7f-\x9f]+")
"""Files that are no single request: videos in pieces."""
_HEADERS: Final = frozenset({"referer", "origin", "accept", "user-agent", "x-requested-with"})
"""Headers of a file that are passed on; cookies are ours, and secrets never go into the store."""
_MOST_TEXT: Final = 100_000
_MOST_ENTRY: Final = 500
ENTRY: Final = "syncer-archive-entry"
"""The field in which it tells the entry of a file in its archive."""
_OF_THE_LISTING: Final = frozenset({"category", "subcategory", ENTRY, sites.ROOT, sites.SOFTWARE})
"""Fields that it gives to all; they tell nothing of what they stand at."""

_DIRECTORY, _URL, _QUEUE, _ERROR = 2, 3, 6, -1


def claims(out: str, err: str, urls: Sequence[str]) -> dict[str, Claim]:
    """Return which of its parts claims which URL, from what `-E` writes for them in this order.

    What it claims stands in `out`, in order; in `err`, what it does not, each under the number of its URL. Raises GarbageError where
    the two do not fit together.
    """
    unknown = _unknown(err, len(urls))
    known = [url for place, url in enumerate(urls) if place not in unknown]
    found: list[Claim] = []
    head = ""
    for line in out.splitlines():
        if names := _NAMES.match(line):
            found.append(Claim(PROGRAM, f"{names[1]}/{names[2]}", names[1] in _NOT_SITES))
        elif found and head.startswith("Request interval") and (numbers := _PAUSE.findall(line)):
            found[-1] = replace(found[-1], pause=min(max(map(float, numbers)), 60.0))
        elif found and head.startswith("Archive format") and not found[-1].entry:
            # The person's own stands before the default.
            found[-1] = replace(found[-1], entry=_template(line))
        head = line
    if len(known) != len(found):
        raise troubles.garbage(err, out)
    return dict(zip(known, found, strict=True))


def _template(line: str) -> str:
    """Return the template of an archive's entries, with the name of the site that goes before each."""
    try:
        text = json_text.read(line)
    except ValueError:
        return ""
    return f"{{category}}{text}" if isinstance(text, str) and len(text) <= _MOST_ENTRY else ""


def _unknown(err: str, number: int) -> set[int]:
    unknown: set[int] = set()
    place = 0
    for line in err.splitlines():
        if head := _HEAD.match(line):
            place = int(head[1]) - 1
        elif "][error]" in line and not line.startswith(_OF_ITS_CONFIG) and place < number:
            unknown.add(place)
    return unknown


@frozen
class Answer:
    """What `-j` wrote."""

    posts: tuple[Post, ...] = ()
    galleries: tuple[str, ...] = ()
    error: str = ""
    """Name and message of the error that ended it."""
    units: int = 0
    """Posts as it counts them, for `--post-range`."""


def listing(data: bytes, own: Own, handed: str) -> Answer | None:
    """Read the answer of `-j`; None where it is none. `handed`: the URL that was asked for."""
    try:
        messages = json_text.read(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(messages, list):
        return None
    reader = _Reader(own, handed)
    for message in messages[:MOST_MESSAGES]:
        if isinstance(message, list) and len(message) >= 2:
            reader.take(message)
    return reader.answer()


class _Reader:
    """Goes through the messages of one answer."""

    def __init__(self, own: Own, handed: str) -> None:
        self._own = own
        self._handed = handed
        self._groups: list[list[Found]] = []
        self._alone: Found | None = None
        self._galleries: dict[str, None] = {}
        self._error = ""
        self._units = 0

    def take(self, message: list[Any]) -> None:
        """Take one message: a post begins, a file of it, another URL to look through, an error."""
        kind, value = message[0], message[1]
        meta = message[2] if len(message) > 2 and isinstance(message[2], dict) else {}
        if kind == _DIRECTORY and isinstance(value, dict):
            self._begin(value)
        elif kind == _URL and isinstance(value, str):
            self._file(value, meta)
        elif kind == _QUEUE and isinstance(value, str):
            self._queued(value, meta)
        elif kind == _ERROR and isinstance(value, dict):
            self._error = f"{value.get('error', '')}: {value.get('message', '')}"

    def answer(self) -> Answer:
        """Return what all messages come to."""
        self._close()
        posts = mapped.posts(each for group in self._groups for each in group)
        return Answer(tuple(map(_tidy, posts)), tuple(self._galleries), self._error, self._units)

    def _begin(self, meta: dict[str, Any]) -> None:
        self._close()
        self._units += 1
        self._alone = self._read(meta, "")

    def _close(self) -> None:
        """Keep a post that has shown no file."""
        if self._alone is not None and self._alone.post.id:
            post = self._alone.post
            # It says of itself that there is none: what looks like its file is none that it gives.
            self._groups.append([replace(self._alone, post=replace(post, files=()))])
        self._alone = None

    def _file(self, url: str, meta: dict[str, Any]) -> None:
        self._alone = None
        found = self._read(meta, url)
        if url.startswith("text:"):
            note = Note("text", url.removeprefix("text:")[:_MOST_TEXT])
            found = replace(found, post=replace(found.post, files=(), notes=(*found.post.notes, note)))
        elif _ONLY_ITS_OWN.fullmatch(url):
            found = _with(found, replace(found.media, url=f"{HANDED}{PROGRAM}:{url}", hashes=_hashes(found, meta)))
        elif url.startswith(("http://", "https://")):
            given = _headers(meta)
            if not (given or found.post.url):
                # Its own downloader would say so, too: many servers give files to their own pages alone.
                given = (("Referer", self._handed),)
            found = _with(found, replace(found.media, url=url, headers=given, hashes=_hashes(found, meta)))
        else:
            found = replace(found, post=replace(found.post, files=()))
        self._groups.append([found])

    def _queued(self, url: str, meta: dict[str, Any]) -> None:
        """Take another URL to look through: as a post of its own where anything is told of it, else as a part of the listing."""
        if not url.startswith(("http://", "https://")) or url == self._handed:
            return
        if all(key.startswith("_") or key in _OF_THE_LISTING for key in meta):
            self._galleries[url] = None
            return
        post = self._read(meta, "").post
        found = Found(replace(post, id="", url=url, files=(), follow=(url,)))
        self._groups.append([found])

    def _read(self, meta: Mapping[str, Any], url: str) -> Found:
        return mapping.read(meta, url, self._own(mapping.category(meta)))


def _hashes(found: Found, meta: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the hashes of a file, and among them its entry in the program's archive, where it is told."""
    entry = meta.get(ENTRY)
    if not isinstance(entry, str) or not 0 < len(entry) <= _MOST_ENTRY:
        return found.media.hashes
    return (*found.media.hashes, (PROGRAM, entry))


def _with(found: Found, media: MediaFile) -> Found:
    return replace(found, post=replace(found.post, files=(media,)))


def _tidy(post: Post) -> Post:
    """Number the files of a post whose program does not, so that each has a place of its own."""
    places = [file.index for file in post.files]
    if len(set(places)) == len(places):
        return post
    return replace(post, files=tuple(replace(file, index=place) for place, file in enumerate(post.files)))


def _headers(meta: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    given = meta.get("_http_headers")
    pairs = given.items() if isinstance(given, dict) else ()
    return tuple(
        (name, value)
        for name, value in pairs
        if isinstance(name, str) and isinstance(value, str) and name.lower() in _HEADERS and value.isprintable()
    )


def host(line: str) -> str:
    """Return whom a request went to of which `-v` tells on this line, as our lanes name hosts; "" = it tells of none."""
    found = _REQUEST.search(line)
    if found is None:
        return ""
    return found[2].removesuffix(f":{PORTS[found[1]]}")
