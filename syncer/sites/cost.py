"""How long a pattern can take at most, seen from how it is written: which texts need no look at the clock.

Here because a time limit costs ten times what a pattern does on a tag, and pages have thousands of tags. Pure; imported
by patterns.
"""

from __future__ import annotations

import re

MOST = 4_000_000
"""Steps of a matcher that may go unwatched: about 0.04 s."""
MAX_CHOICES = 10

_TOKEN = re.compile(
    r"(?P<known>\\[^1-9]|\(\?(?:[:=!]|<[=!]|P<[^>]*>|[aimsu]+[:)]|[aimsu]*-[ims]+:))"
    r"|(?P<back>\\[1-9]|\(\?)"
    r"|(?P<set>\[\^?\]?(?:[^\]\\]|\\.)*+\])"
    r"|(?P<repeat>(?:[*+]|\{[0-9]*,?[0-9]*\})[?+]?)"
    r"|(?P<choice>\?[?+]?|\|)|(?P<end>\))|.",
    re.DOTALL,
)
_ODD_SETS = ("[[", "--", "&&", "||", "~~")
"""In a set Python announces another meaning of these, some day."""


def reach(source: str) -> int:
    """Give for how many characters of text a pattern stays below MOST steps; 0 when that cannot be told.

    Each repeat can cost a factor of the text's length, each choice one of two, and each character can be the first of a
    match. Repeated groups and references back are not bounded so.
    """
    repeats, choices, before = 0, 0, ""
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup or "plain"
        if kind == "back" or (kind == "repeat" and before == "end"):
            return 0
        repeats += kind == "repeat"
        choices += kind == "choice"
        before = kind
    if choices > MAX_CHOICES or any(odd in source for odd in _ODD_SETS):
        return 0
    anchored = source.startswith("^") and "|" not in source and repeats > 0
    return int((MOST / 2**choices) ** (1 / (repeats + (not anchored))))


def quick(source: str) -> tuple[int, re.Pattern[str]] | None:
    """Give a pattern's reach, and the pattern compiled by Python's own module, which knows no time limit and is the faster
    one; None when it has to be watched on any text.
    """
    far = reach(source)
    try:
        return (far, re.compile(source)) if far else None
    except (re.error, OverflowError, RecursionError):
        return None  # `regex` knows more than Python.
