"""A cheap look at a page before it is parsed: pages built to stall or bloat an HTML parser are refused.

Here because the parser cannot be stopped once it runs (49 KB of unclosed <font> take 1.4 GB, nested elements and
attributes cost their square). Pure; imported by whoever parses HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from syncer.errors import ItemError

MAX_TEXT = 32 * 1024 * 1024
"""Longer pages (in characters) are refused."""
MAX_DEPTH = 2_000
"""More elements open at once are refused."""
MAX_ATTRIBUTES = 256
"""More attributes on one tag are refused."""
MAX_REOPENED = 300_000
"""Pages are refused for which a parser would make more elements anew, because formatting ones were left open: as many
take 0.25 s and 100 MB."""


class HostileError(ItemError):
    """The page is built to stall a parser."""


_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_ONLY_ONE = frozenset(["a", "nobr"])
"""Formatting elements that end an open one of their kind."""
_ARK = 3
"""Of formatting elements that are alike a parser keeps so many open (the HTML standard's "Noah's Ark clause")."""
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_ENDS_BY_ITSELF = frozenset({
    "a", "body", "colgroup", "dd", "dt", "head", "html", "li", "nobr", "optgroup", "option", "p", "rb", "rp", "rt", "rtc",
    "tbody", "td", "tfoot", "th", "thead", "tr",
})  # fmt: skip
"""Elements that the next one of their kind ends, so that they cannot pile up alone."""
_TAG = re.compile(
    r"<!--(?:.*?-->|.*\Z)"
    r"|<(?P<raw>script|style)\b[^>]*+>(?:.*?</(?P=raw)|.*\Z)"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<attributes>(?:[^>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']*+)|[\"'])*+)>?",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"[^\s=\"'/>]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?")
_FEW_TAGS = 100
_SHORT = 2 * MAX_ATTRIBUTES


@dataclass(slots=True)
class _Shape:
    """How costly a page is for a parser; the figures are the highest that were met."""

    depth: int = 0
    attributes: int = 0
    reopened: int = 0
    """Elements that a parser makes anew because formatting elements were not closed."""


@dataclass(slots=True)
class _Open:
    """What is open at a place of the page."""

    depth: int = 0
    formatting: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: int = 0

    def begin(self, name: str, attributes: str) -> None:
        if name not in _ENDS_BY_ITSELF:
            self.depth += 1
        if name in _FORMATTING:
            key = (name, "" if name in _ONLY_ONE else attributes)
            most = 1 if name in _ONLY_ONE else _ARK
            if self.formatting[key] < most:
                self.formatting[key] += 1
                self.kept += 1

    def end(self, name: str) -> None:
        if name not in _ENDS_BY_ITSELF:
            self.depth = max(0, self.depth - 1)
        if name in _FORMATTING:
            for key in reversed(self.formatting):
                if key[0] == name:
                    self.formatting[key] -= 1
                    self.kept -= 1
                    if not self.formatting[key]:
                        del self.formatting[key]
                    return


def refuse_hostile(text: str) -> None:
    """Raise ItemError for a page that is made to stall a parser; the cost is linear in its length."""
    if len(text) > MAX_TEXT:
        raise HostileError("The page is longer than any real one", "Nothing of it was read.")
    shape, opened = _Shape(), _Open()
    if text.count("<") <= _FEW_TAGS and len(text) < _SHORT:
        return
    for tag in _TAG.finditer(text):
        name = tag["name"]
        if name is None:
            continue
        name = name.lower()
        if tag["close"]:
            opened.end(name)
        else:
            _begin(shape, opened, name, tag["attributes"])


def _begin(shape: _Shape, opened: _Open, name: str, attributes: str) -> None:
    """Note a tag; raise ItemError where the page goes over a limit with it."""
    if len(attributes) > _SHORT:
        shape.attributes = max(shape.attributes, _count(attributes))
    shape.reopened += opened.kept
    if name not in _VOID:
        opened.begin(name, attributes)
        shape.depth = max(shape.depth, opened.depth)
    for figure, most, what in (
        (shape.depth, MAX_DEPTH, "nests too many elements"),
        (shape.attributes, MAX_ATTRIBUTES, "has a tag with too many attributes"),
        (shape.reopened, MAX_REOPENED, "leaves too many formatting elements open"),
    ):
        if figure > most:
            raise HostileError(f"The page {what}", "It looks built to stall parsers; nothing of it was read.")


def _count(attributes: str) -> int:
    count = 0
    for count, _ in enumerate(_ATTRIBUTE.finditer(attributes), 1):
        if count > MAX_ATTRIBUTES:
            break
    return count
