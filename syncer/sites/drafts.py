"""A post in the making: what was found for it so far, and the frozen post that comes of it.

Here because pages, items and items within items are all drafts. Filled by finds; imported by parse.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from syncer.model import MediaFile, Note, Post, Tag
from syncer.sites import urls

T = TypeVar("T")


class File(NamedTuple):
    """A media file in the making."""

    url: str
    hashes: tuple[tuple[str, str], ...] = ()
    name: str = ""


MAX_TEXT = 100_000
"""Longer notes and titles are cut (characters)."""
MAX_FINDS = 20_000
"""A post keeps no more finds of one kind."""

_MANY_LINES = re.compile(r"\n{3,}")
_HEX = re.compile(r"[0-9a-f]+\Z")
HASH_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
"""Kinds of hashes, and how long one is."""


@dataclass(slots=True)
class Draft:
    """What was found so far for a page or an item; `base` is the URL that links are joined to."""

    base: str
    id: str = ""
    url: str = ""
    files: list[tuple[int, File]] = field(default_factory=list)
    follow: list[tuple[int, str]] = field(default_factory=list)
    next: list[tuple[int, str]] = field(default_factory=list)
    last: int | None = None
    total: int | None = None
    galleries: list[str] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    """In order, with repeats."""
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
        if self._blank:
            return Draft(self.base)
        return Draft(
            base=self.base,
            id=self.id,
            url=self.url,
            files=list(self.files),
            follow=list(self.follow),
            tags=list(self.tags),
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

    def take(self, inner: Draft) -> None:
        """Take over from an item within this one what belongs to the page."""
        if inner.next:
            self.next.extend(inner.next)
        if inner.galleries:
            self.galleries.extend(inner.galleries)
        self.archived = self.archived or inner.archived
        self.dying = self.dying or inner.dying

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
            follow=tuple(dict.fromkeys(_highest(self.follow))) if self.follow else (),
            tags=tuple(dict.fromkeys(self.tags)),
            notes=tuple(self.notes),
            sources=tuple(self.sources),
            title=self.title,
            time=self.time,
            veto="; ".join(dict.fromkeys(self.vetoes)) if self.vetoes else "",
            pinned=self.pinned,
        )

    @property
    def title(self) -> str:
        """The title of the highest priority."""
        return _highest(self.titles)[0] if self.titles else ""

    @property
    def size(self) -> int:
        """How much was found."""
        return len(self.files) + len(self.follow) + len(self.tags) + len(self.notes) + len(self.sources)

    @property
    def empty(self) -> bool:
        """Tell whether nothing was found by which a post could be known or got."""
        return not (self.id or self.url or self.files or self.follow or self.vetoes)

    @property
    def _blank(self) -> bool:
        """Nothing was found so far that an item within this item takes over."""
        lists = self.files or self.follow or self.tags or self.notes or self.sources or self.titles or self.hashes
        rest = self.headers or self.names or self.vetoes
        return not (lists or rest or self.id or self.url or self.pinned or self.time is not None)

    def _files(self) -> tuple[MediaFile, ...]:
        if not self.files:
            return ()
        files = list({file.url: file for file in _highest(self.files)}.values())
        headers = tuple(self.headers.items())
        return tuple(
            MediaFile(
                file.url,
                index,
                file.hashes or self._hashes(index, len(files)),
                headers,
                file.name or (self.names[index] if len(self.names) == len(files) else ""),
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


def _highest(found: Sequence[tuple[int, T]]) -> list[T]:
    if len(found) == 1:
        return [found[0][1]]
    top = max((priority for priority, _ in found), default=0)
    return [thing for priority, thing in found if priority == top]


def next_pages(draft: Draft) -> tuple[str, ...]:
    """Give the next pages of the highest priority, none twice."""
    return tuple(dict.fromkeys(_highest(draft.next)))


def line(text: str) -> str:
    """Make one line of a text: runs of white space become one blank."""
    return " ".join(text[: MAX_TEXT * 2].split())


def each_line(texts: Sequence[str]) -> Iterable[str]:
    """Make one line of each text."""
    if len(texts) == 1:
        return (line(texts[0]),)
    together = f"|{'|'.join(texts)}|"
    if len(together) > MAX_TEXT:
        return map(line, texts)
    if together.isprintable() and not ("  " in together or "| " in together or " |" in together):
        return texts  # Nearly always, and found out in a third of the time.
    return map(" ".join, map(str.split, texts))


def lines(text: str) -> str:
    """Tidy a text of several lines: lines trimmed, at most one empty line between two."""
    tidy = "\n".join(map(str.strip, text[:MAX_TEXT].split("\n")))
    return _MANY_LINES.sub("\n\n", tidy).strip()


def read_hash(kind: str, text: str) -> str | None:
    """Give a hash as lower-case hex; sites write hex or base64. None when it is no hash of that kind."""
    plain = text.strip()
    if len(plain) == 2 * HASH_BYTES[kind] and _HEX.match(plain.lower()):
        return plain.lower()
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == HASH_BYTES[kind] else None
