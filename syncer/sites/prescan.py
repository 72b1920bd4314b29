"""A cheap look at a page before it is parsed: pages built to stall or bloat an HTML parser are refused.

Here because the parser cannot be stopped once it runs (49 KB of unclosed <font> take 1.4 GB, nested elements and
attributes cost their square). Pure; imported by whoever parses HTML.
"""

from __future__ import annotations

import re

from syncer.errors import ItemError

MAX_TEXT = 32 * 1024 * 1024
"""Longer pages (in characters) are refused."""
MAX_DEPTH = 2_000
"""More elements open at once are refused."""
MAX_FORMATTING = 200
"""More formatting elements open at once are refused: a parser opens all of them again in each block."""
MAX_ATTRIBUTES = 256
"""More attributes on one tag are refused."""

_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_TAG = re.compile(
    r"<!--(?:.*?-->|.*\Z)"
    r"|<(?P<raw>script|style)\b[^>]*+>(?:.*?</(?P=raw)|.*\Z)"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<attributes>(?:[^>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"']*+)|[\"'])*+)>?",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"[^\s=\"'/>]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?")
_SHORTEST_SUSPECT = 2 * MAX_ATTRIBUTES


def refuse_hostile(text: str) -> None:
    """Raise ItemError for a page that is made to stall a parser; the cost is linear in its length."""
    if len(text) > MAX_TEXT:
        raise ItemError("The page is longer than any real one", "Nothing of it was read.")
    if text.count("<") <= MAX_FORMATTING and len(text) < _SHORTEST_SUSPECT:
        return
    depth = formatting = 0
    for tag in _TAG.finditer(text):
        name = tag["name"]
        if name is None:
            continue
        name = name.lower()
        if tag["close"]:
            depth = max(0, depth - 1)
            formatting = max(0, formatting - (name in _FORMATTING))
            continue
        depth += name not in _VOID
        formatting += name in _FORMATTING
        _check(depth, formatting, tag["attributes"])


def _check(depth: int, formatting: int, attributes: str) -> None:
    if depth > MAX_DEPTH:
        raise ItemError("The page nests too many elements", "It looks built to stall parsers; nothing of it was read.")
    if formatting > MAX_FORMATTING:
        raise ItemError(
            "The page leaves too many formatting elements open",
            "It looks built to stall parsers; nothing of it was read.",
        )
    if len(attributes) > _SHORTEST_SUSPECT and _count(attributes) > MAX_ATTRIBUTES:
        raise ItemError(
            "The page has a tag with too many attributes", "It looks built to stall parsers; nothing of it was read."
        )


def _count(attributes: str) -> int:
    count = 0
    for count, _ in enumerate(_ATTRIBUTE.finditer(attributes), 1):
        if count > MAX_ATTRIBUTES:
            break
    return count
