"""What the texts of imported content parsers mean: URLs, tags, hashes, times, notes, titles, headers, vetoes.

Here because cleaning is fixed per kind, and both the answers and the pages are made of these results. Pure; imported by
parsers and pages.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.frozen import frozen
from syncer.sites.chains import links, tags
from syncer.sites.chains.conversions import repaired
from syncer.sites.chains.formulae import Formula, Source, compile_formula
from syncer.sites.chains.matching import TextTest, compile_test

URL_KINDS = ("desired", "source", "next", "sub-gallery")
MAX_FOUND = 50_000
_NEWLINES = re.compile(r"\n{3,}")


@dataclass(slots=True)
class Found:
    """What was found for one post (or for a page), in order of appearance."""

    urls: list[tuple[str, int, str]] = field(default_factory=list)
    """Kind, priority, URL."""
    tags: list[str] = field(default_factory=list)
    hashes: list[tuple[str, str]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    titles: list[tuple[int, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    veto: str | None = None
    """Name of the content parser that vetoed; nothing was read after it."""
    empty: bool = True
    """No text was found for anything but vetoes; a text of which cleaning leaves nothing counts."""

    @property
    def size(self) -> int:
        """How much was found."""
        return len(self.urls) + len(self.tags) + len(self.hashes) + len(self.times) + len(self.notes)

    def with_parent(self, parent: Found) -> Found:
        """Give what was found here, then a copy of what was found around it."""
        return Found(
            urls=self.urls + parent.urls,
            tags=self.tags + parent.tags,
            hashes=self.hashes + parent.hashes,
            times=self.times + parent.times,
            notes=self.notes + parent.notes,
            titles=self.titles + parent.titles,
            headers={**self.headers, **parent.headers},
            veto=self.veto,
            empty=False,
        )


@frozen
class Content:
    """A content parser."""

    name: str
    what: str
    formula: Formula
    priority: int
    namespace: str | None
    detail: str
    """Kind of hash, name of note, header or variable."""
    encoding: str
    veto_when_found: bool
    test: TextTest

    def add(self, source: Source, context: Mapping[str, str], now: int, into: Found) -> None:
        """Read a page and keep what is found; raises CannotReadError when the page is not what the formula reads."""
        texts = self.formula.parse(source, context, lines=self.what == "note")[:MAX_FOUND]
        into.empty = into.empty and (not texts or self.what == "veto")
        if self.what != "tag":
            texts = [repaired(text) for text in texts]
        _KEEPERS.get(self.what, _variable)(self, texts, context, now, into)


def compile_content(settings: Any) -> Content:
    """Make a content parser of a `schema.imported.Content`."""
    return Content(
        name=settings.name,
        what=settings.what,
        formula=compile_formula(settings),
        priority=settings.priority,
        namespace=settings.namespace,
        detail=settings.hash or settings.note or settings.header or settings.variable or "",
        encoding=settings.encoding,
        veto_when_found=settings.when == "found",
        test=compile_test(settings.match),
    )


def _url(content: Content, texts: list[str], context: Mapping[str, str], _now: int, into: Found) -> None:
    base = context.get("url", "")
    into.urls.extend((content.what, content.priority, links.found(text, base)) for text in texts)


def _tag(content: Content, texts: list[str], _context: Mapping[str, str], _now: int, into: Found) -> None:
    for text in texts:
        name = text if content.namespace is None else tags.join(content.namespace, text)
        cleaned = tags.clean(name)
        if cleaned:
            into.tags.append(cleaned)


def _hash(content: Content, texts: list[str], _context: Mapping[str, str], _now: int, into: Found) -> None:
    for text in texts:
        raw = _bytes(text, content.encoding)
        if raw:
            into.hashes.append((content.detail, raw.hex()))


def _bytes(text: str, encoding: str) -> bytes:
    if encoding == "hex":
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _time(_content: Content, texts: list[str], _context: Mapping[str, str], now: int, into: Found) -> None:
    for text in texts:
        try:
            into.times.append(min(int(text), now - 5))
        except ValueError:
            continue


def _note(content: Content, texts: list[str], _context: Mapping[str, str], _now: int, into: Found) -> None:
    for text in texts:
        lines = "\n".join(line.strip() for line in text.strip().splitlines())
        cleaned = _NEWLINES.sub("\n\n", lines).strip()
        if cleaned:
            into.notes.append((content.detail, cleaned))


def _title(content: Content, texts: list[str], _context: Mapping[str, str], _now: int, into: Found) -> None:
    into.titles.extend((content.priority, html.unescape(text)) for text in texts)


def _header(content: Content, texts: list[str], _context: Mapping[str, str], _now: int, into: Found) -> None:
    if texts:
        into.headers[content.detail] = texts[-1]


def _veto(content: Content, texts: list[str], _context: Mapping[str, str], _now: int, into: Found) -> None:
    if any(content.test.passes(text) for text in texts) is content.veto_when_found:
        into.veto = content.name


def _variable(_content: Content, _texts: list[str], _context: Mapping[str, str], _now: int, _into: Found) -> None:
    """Variables are for logins, which read them themselves."""


_KEEPERS: dict[str, Callable[[Content, list[str], Mapping[str, str], int, Found], None]] = {
    **dict.fromkeys(URL_KINDS, _url),
    "tag": _tag,
    "hash": _hash,
    "time": _time,
    "note": _note,
    "title": _title,
    "header": _header,
    "veto": _veto,
}
