"""A post in the making: what each kind of find adds to it, and the frozen post that comes of it.

Here because pages, items and items within items are all filled by the same table of finds. Imported by parse.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from syncer.model import MediaFile, Note, Post, Tag
from syncer.sites import dates, urls
from syncer.sites.formats import Node
from syncer.sites.rules import Fields, Get

T = TypeVar("T")

MAX_TEXT = 100_000
"""Longer notes and titles are cut (characters)."""
MAX_FINDS = 20_000
"""A post keeps no more finds of one kind."""

_LINE_ENDS = re.compile(r"[^\S\n]*\n[^\S\n]*")
_MANY_LINES = re.compile(r"\n{3,}")
_HEX = re.compile(r"[0-9a-f]+\Z")
_HASH_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
_UNTRUE = frozenset({"", "0", "false", "no", "null", "none"})


@dataclass(slots=True)
class Draft:
    """What was found so far for a page or an item; `base` is the URL that links are joined to."""

    base: str
    id: str = ""
    url: str = ""
    files: list[tuple[int, MediaFile]] = field(default_factory=list)
    follow: list[tuple[int, str]] = field(default_factory=list)
    next: list[tuple[int, str]] = field(default_factory=list)
    galleries: list[str] = field(default_factory=list)
    tags: dict[Tag, None] = field(default_factory=dict)
    notes: dict[Note, None] = field(default_factory=dict)
    sources: dict[str, None] = field(default_factory=dict)
    titles: list[tuple[int, str]] = field(default_factory=list)
    hashes: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    time: int | None = None
    vetoes: list[str] = field(default_factory=list)
    pinned: bool = False
    archived: bool = False
    dying: bool = False
    faults: list[str] = field(default_factory=list)

    def copy(self) -> Draft:
        """Make a draft for an item within this item, with all that was found so far."""
        return Draft(
            base=self.base,
            id=self.id,
            url=self.url,
            files=list(self.files),
            follow=list(self.follow),
            tags=dict(self.tags),
            notes=dict(self.notes),
            sources=dict(self.sources),
            titles=list(self.titles),
            hashes=list(self.hashes),
            headers=dict(self.headers),
            names=list(self.names),
            time=self.time,
            vetoes=list(self.vetoes),
            pinned=self.pinned,
        )

    def add(self, get: Get, node: Node, fields: Fields) -> None:
        """Run one rule on a node and keep what it finds."""
        if get.structured:
            _STRUCTURED[get.what](self, get, node, fields)
            return
        texts = get.extract.texts(node, fields)
        if texts or get.missing:
            _PLAIN[get.what](self, get, texts[:MAX_FINDS])

    def link(self, text: str) -> str | None:
        """Join a link to the page; a text that is no http(s) link is a fault of the item."""
        url = urls.join(self.base, text)
        if url is None:
            self.faults.append(f"{text[:80]!r} is not a link to http or https")
        return url

    def post(self, site: str) -> Post:
        """Freeze what was found into a post."""
        return Post(
            site=site,
            id=self.id,
            url=self.url,
            files=self._files(),
            follow=tuple(dict.fromkeys(_highest(self.follow))),
            tags=tuple(self.tags),
            notes=tuple(self.notes),
            sources=tuple(self.sources),
            title=self.title,
            time=self.time,
            veto="; ".join(dict.fromkeys(self.vetoes)),
            pinned=self.pinned,
        )

    @property
    def title(self) -> str:
        """The title of the highest priority."""
        return next(iter(_highest(self.titles)), "")

    @property
    def empty(self) -> bool:
        """Tell whether nothing was found by which a post could be known or got."""
        return not (self.id or self.url or self.files or self.follow or self.vetoes)

    def _files(self) -> tuple[MediaFile, ...]:
        files = list({file.url: file for file in _highest(self.files)}.values())
        headers = tuple(self.headers.items())
        return tuple(
            MediaFile(
                url=file.url,
                index=index,
                hashes=file.hashes or self._hashes(index, len(files)),
                headers=headers,
                name=file.name or (self.names[index] if len(self.names) == len(files) else ""),
            )
            for index, file in enumerate(files)
        )

    def _hashes(self, index: int, count: int) -> tuple[tuple[str, str], ...]:
        """Give a file the post's hash of the same place; a kind with another number of hashes than files tells nothing."""
        if not self.hashes:
            return ()
        kinds: dict[str, list[str]] = {}
        for kind, value in self.hashes:
            kinds.setdefault(kind, []).append(value)
        return tuple((kind, values[index]) for kind, values in kinds.items() if len(values) == count)


def _highest(found: Iterable[tuple[int, T]]) -> list[T]:
    entries = list(found)
    top = max((priority for priority, _ in entries), default=0)
    return [thing for priority, thing in entries if priority == top]


def next_pages(draft: Draft) -> tuple[str, ...]:
    """Give the next pages of the highest priority, none twice."""
    return tuple(dict.fromkeys(_highest(draft.next)))


def line(text: str) -> str:
    """Make one line of a text: runs of white space become one blank."""
    return " ".join(text[: MAX_TEXT * 2].split())


def lines(text: str) -> str:
    """Tidy a text of several lines: lines trimmed, at most one empty line between two."""
    return _MANY_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text[:MAX_TEXT].replace("\r\n", "\n"))).strip()


def read_hash(kind: str, text: str) -> str | None:
    """Give a hash as lower-case hex; sites write hex or base64. None when it is no hash of that kind."""
    plain = text.strip()
    if len(plain) == 2 * _HASH_BYTES[kind] and _HEX.match(plain.lower()):
        return plain.lower()
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == _HASH_BYTES[kind] else None


def _post(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    if texts:
        draft.id = line(texts[0])[:200]


def _url(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    if texts:
        draft.url = draft.link(texts[0]) or draft.url


def _links(keep: Callable[[Draft, Get, str], None]) -> Callable[[Draft, Get, list[str]], None]:
    def find(draft: Draft, get: Get, texts: list[str]) -> None:
        for text in texts:
            url = draft.link(text)
            if url is not None:
                keep(draft, get, url)

    return find


def _source(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    """Sources are written by people: what is no link is left out and no fault."""
    for text in texts:
        url = urls.join(draft.base, text) if "://" in text else None
        if url is not None:
            draft.sources[url] = None


def _tag(draft: Draft, get: Get, texts: list[str]) -> None:
    for text in texts:
        name = line(text)
        if name:
            draft.tags[Tag(get.namespace, name)] = None


def _hash(draft: Draft, get: Get, texts: list[str]) -> None:
    for text in texts:
        value = read_hash(get.what, text)
        if value is not None:
            draft.hashes.append((get.what, value))


def _time(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    for text in texts:
        try:
            moment = dates.automatic(text)
        except (ValueError, OverflowError, OSError):
            draft.faults.append(f"{text[:80]!r} is not a time; give its rule a date step")
            continue
        draft.time = moment if draft.time is None else min(draft.time, moment)


def _note(draft: Draft, get: Get, texts: list[str]) -> None:
    text = lines("\n".join(texts))
    if text:
        draft.notes[Note(get.name or "note", text)] = None


def _title(draft: Draft, get: Get, texts: list[str]) -> None:
    for text in texts:
        if line(text):
            draft.titles.append((get.priority, line(text)))
            break


def _holds(get: Get, texts: list[str]) -> bool:
    if get.missing:
        return not texts if get.equals is None else not get.equals.intersection(texts)
    if get.equals is not None:
        return bool(get.equals.intersection(texts))
    return any(text.strip().lower() not in _UNTRUE for text in texts)


def _veto(draft: Draft, get: Get, texts: list[str]) -> None:
    if _holds(get, texts):
        draft.vetoes.append(get.why or "the site file says so")


def _pinned(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.pinned = draft.pinned or _holds(get, texts)


def _archived(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.archived = draft.archived or _holds(get, texts)


def _dying(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.dying = draft.dying or _holds(get, texts)


def _header(draft: Draft, get: Get, texts: list[str]) -> None:
    if texts:
        draft.headers[get.name] = line(texts[-1])


def _name(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    draft.names.extend(line(text) for text in texts)


_PLAIN: dict[str, Callable[[Draft, Get, list[str]], None]] = {
    "post": _post,
    "url": _url,
    "file": _links(lambda draft, get, url: draft.files.append((get.priority, MediaFile(url)))),
    "follow": _links(lambda draft, get, url: draft.follow.append((get.priority, url))),
    "next": _links(lambda draft, get, url: draft.next.append((get.priority, url))),
    "gallery": _links(lambda draft, _get, url: draft.galleries.append(url)),
    "source": _source,
    "tag": _tag,
    "md5": _hash,
    "sha1": _hash,
    "sha256": _hash,
    "sha512": _hash,
    "time": _time,
    "note": _note,
    "title": _title,
    "veto": _veto,
    "header": _header,
    "name": _name,
    "pinned": _pinned,
    "archived": _archived,
    "dying": _dying,
}


def _files(draft: Draft, get: Get, node: Node, fields: Fields) -> None:
    for place in get.extract.nodes(node)[:MAX_FINDS]:
        links = get.extract.part("url", place, fields)
        url = draft.link(links[0]) if links else None
        if url is None:
            continue
        found = [(kind, text) for kind in _HASH_BYTES for text in get.extract.part(kind, place, fields)[:1]]
        hashes = tuple((kind, value) for kind, text in found if (value := read_hash(kind, text)) is not None)
        names = get.extract.part("name", place, fields)
        draft.files.append((get.priority, MediaFile(url, hashes=hashes, name=line(names[0]) if names else "")))


def _tags(draft: Draft, get: Get, node: Node, fields: Fields) -> None:
    for place in get.extract.nodes(node)[:MAX_FINDS]:
        namespace = get.extract.part("namespace", place, fields)
        for text in get.extract.part("text", place, fields):
            if line(text):
                draft.tags[Tag(line(namespace[0]) if namespace else get.namespace, line(text))] = None


def _notes(draft: Draft, get: Get, node: Node, fields: Fields) -> None:
    for place in get.extract.nodes(node)[:MAX_FINDS]:
        name = get.extract.part("name", place, fields)
        text = lines("\n".join(get.extract.part("text", place, fields)))
        if text:
            draft.notes[Note(line(name[0]) if name else get.name or "note", text)] = None


_STRUCTURED: dict[str, Callable[[Draft, Get, Node, Fields], None]] = {"file": _files, "tag": _tags, "note": _notes}
