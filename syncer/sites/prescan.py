"""A cheap look at a page before it is parsed: could it stall or bloat an HTML parser, or the CSS that is run on it?

Here because neither can be stopped once it runs: 15 KB of unclosed <font> take 300 MB, attributes of one tag and
siblings cost their square, selectors with several blanks a power of the depth. What is counted are bounds that no page
can get around, whatever it opens, closes or comments out. Pure; imported by tree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser


FEW = 60
"""Tags of which nothing bad can be built."""
SHORT = 48 * 1024
"""Characters; a shorter page has no room for more attributes than a parser can take in 0.3 s."""
MAX_TAGS = 5_000
"""Each `<` counts as one."""
MAX_PRODUCT = 200_000_000
"""Tags by characters: what looking for a tag with many attributes can cost."""
MAX_ATTRIBUTES = 255
MAX_REOPENED = 300_000
"""Elements that a parser makes anew, because formatting ones were left open; as many take 0.3 s and 100 MB."""
MAX_DEPTH = 64

_BLANK = r"[\t\n\f\r ]"
_ATTRIBUTE = (
    r"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{_BLANK}*+={_BLANK}*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\t\n\f\r >]*+))?+"
)
_ENDLESS = re.compile(rf"<[a-zA-Z][^\t\n\f\r />]*+(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+[\t\n\f\r /]*+(?!>)", re.ASCII)
"""A tag that goes on after so many attributes."""
_FORMATTING = re.compile(
    rf"<(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\t\n\f\r />])(?:{_ATTRIBUTE})*+",
    re.ASCII | re.IGNORECASE,
)
_ARK = 3
"""Of formatting elements that are alike a parser keeps so many open (the HTML standard's "Noah's Ark clause")."""
_ANCHORS = 2
"""Of `a` and `nobr` it keeps one each."""
_DEEP = ">".join("*" * (MAX_DEPTH + 1))


def odd(text: str, tags: int) -> str | None:
    """Say why a page with `tags` times `<` must be parsed where that can be stopped; None for one that cannot cost much."""
    if tags <= FEW and len(text) <= SHORT:
        return None
    if tags > MAX_TAGS or tags * len(text) > MAX_PRODUCT:
        return "is very large"
    if _reopened(text, tags) > MAX_REOPENED:
        return "leaves too many formatting elements open"
    if len(text) > SHORT and _ENDLESS.search(text):
        return "has a tag with too many attributes"
    return None


def _reopened(text: str, tags: int) -> int:
    """Give how many elements may be made anew at most: whatever else begins may end once and have all of them reopened."""
    starts = tags - text.count("</")
    half = starts // 2
    if half * half <= MAX_REOPENED:
        return half * half
    kept = _ARK * len(set(_FORMATTING.findall(text))) + _ANCHORS
    return min(kept, half) * starts


def deep(document: LexborHTMLParser, tags: int) -> bool:
    """Tell whether elements nest deeper than those of real pages do."""
    return tags > FEW and document.css_first(_DEEP) is not None
