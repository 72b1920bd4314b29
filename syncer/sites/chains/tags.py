"""Tags as imported files clean and filter them: texts with an optional namespace before the first colon.

Here because content and the tag filter step share the rules. Pure; imported within the package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 1024
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ue000-\uf8ff\ud800-\udfff"
    "\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)
"""Control, direction and private characters, and halves of characters."""
_BLANKS = re.compile(r"\s+")
_START = re.compile(r"^(?:-|system:)+")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_FILLER = "\u3164"
_LATIN = re.compile("[\u0020-\u007e\u00a0-\u024f\u200c\u200d]+\\Z")
_JOINERS = re.compile("[\u200c\u200d]")
_DIGITS = re.compile(r"([0-9]+)")
_MOST_DIGITS = 1_000
_ABOVE = 10**_MOST_DIGITS


def split(tag: str) -> tuple[str, str]:
    """Divide a tag at its first colon; no colon: no namespace."""
    namespace, colon, subtag = tag.partition(":")
    return (namespace, subtag) if colon else ("", tag)


def join(namespace: str, subtag: str) -> str:
    """Write a tag; without a namespace a colon in the text gets one before it."""
    if namespace:
        return f"{namespace}:{subtag}"
    return f":{subtag}" if ":" in subtag else subtag


def _tidy(text: str) -> bool:
    """Tell whether there is nothing to strip from a tag: nearly always, and found out in a tenth of the time."""
    return (
        text.isascii()
        and text.isprintable()
        and "  " not in text
        and not text.startswith(("-", "system:", " "))
        and not text.endswith(" ")
    )


def _strip(text: str) -> str:
    if _tidy(text):
        return text
    text = _START.sub("", _BLANKS.sub(" ", _CONTROL.sub("", text)).strip()).strip()
    if text.isascii():
        return text
    if _FILLER in text and not _HANGUL.search(text):
        text = text.replace(_FILLER, "")
    if _LATIN.match(text) or not _JOINERS.sub("", text):
        text = _JOINERS.sub("", text)
    return _BLANKS.sub(" ", text).strip()


def clean(tag: str) -> str:
    """Clean a tag; "" when nothing of its text is left."""
    text = tag[:LONGEST].lower()
    if len(text) > 1 and text.startswith(":") and text.count(":") == 1:
        text = f":{text}"
    if ":" not in text:
        return _strip(text)
    namespace, subtag = split(_strip(text))
    tag = join(_strip(namespace), _strip(subtag))
    return tag if split(tag)[1] else ""


def natural(text: str) -> tuple[tuple[str, int], ...]:
    """Give the key of natural order: numbers by value and before text, letters without case."""
    pieces = _DIGITS.split(text.casefold())
    return tuple(("", _number(piece)) if piece.isdecimal() else (piece, 0) for piece in pieces)


def _number(digits: str) -> int:
    """Return the value; of what is longer than Python reads, one above all others."""
    return int(digits) if len(digits) <= _MOST_DIGITS else _ABOVE


def allowed(tag: str, rules: Mapping[str, str]) -> bool:
    """Tell whether a filter lets a tag pass: the tag's own rule, its text's, its namespace's, that of all of its kind."""
    namespace, text = split(tag)
    names = (tag, text, f"{namespace}:", ":") if namespace else (tag, "")
    for name in names:
        if name in rules:
            return rules[name] == "allow"
    return True


def filtered(texts: list[str], rules: Mapping[str, str]) -> list[str]:
    """Clean tags and keep those that pass, in natural order, none twice."""
    cleaned = {clean(text) for text in texts} - {""}
    return sorted((tag for tag in cleaned if allowed(tag, rules)), key=lambda tag: (natural(tag), tag))
