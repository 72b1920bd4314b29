"""Makes a text from the net safe as one component of a path, on Linux, macOS, Windows, exFAT and SMB alike.

Here, on the config's floor, because the fixed parts of a name template are judged by the same rules when the config is read. Pure;
`name_template` and the steps of delivery import it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MOST_BYTES: Final = 255 - 32
"""Bytes that a component may have: file systems take 255, and 32 are kept for suffixes (`.jpg.json`, `.part`)."""

NOTHING: Final = "unnamed"
"""What stands for a component of which nothing is left."""

FORBIDDEN: Final = frozenset('\\:*?"<>|')
"""What Windows takes in no name."""

_MAPPED: Final = str.maketrans(
    {"/": "-", "\\": "-", ":": "-", "|": "-", "*": "_", "?": "_", '"': "'", "<": "(", ">": ")", "\x7f": None}
)
_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\s*(?:\.|$))", re.IGNORECASE
)
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe0e\ufe0f")
"""Letters and marks by their category, but nothing can be seen of them."""
_BLANKS: Final = re.compile(r"\s+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ -]*")


def safe(text: str, *, dots: bool = True) -> str:
    """Return `text` as a name that is safe everywhere, "" where nothing is left of it.

    NFC; without control, bidi, zero-width and private characters; what Windows forbids is replaced; blanks are collapsed; no
    leading `-`, `~`, `.`, no trailing dot or blank; no name that Windows reserves. `dots=False`: dots become `_`. The length is
    not touched, see `cut`. Applying it twice changes nothing.
    """
    if _PLAIN.fullmatch(text) and "  " not in text and text[-1] != " " and not _RESERVED.match(text):
        return text
    blanks = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    kept = "".join(filter(is_visible, blanks)).translate(_MAPPED)
    if not dots:
        kept = kept.replace(".", "_")
    name = trimmed(_BLANKS.sub(" ", unicodedata.normalize("NFC", kept)))
    return f"_{name}" if _RESERVED.match(name) else name


def trimmed(name: str) -> str:
    """Take from both ends what must not stand there, marks that hang on nothing included."""
    return name.lstrip("-~. ").rstrip(". ")


def cut(text: str, most: int) -> str:
    """Return as much of `text` as fits into `most` bytes of UTF-8, cut at a character, and not before a mark that belongs to it."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= most:
        return text
    kept = data[: max(0, most)].decode("utf-8", "ignore")
    if unicodedata.combining(text[len(kept) : len(kept) + 1] or "a"):
        kept = kept.rstrip("".join(each for each in kept if unicodedata.combining(each)))[:-1]
    return kept.rstrip(". ")


def is_visible(character: str) -> bool:
    """Tell whether an eye sees a character, or the gap that it makes."""
    if character in _INVISIBLE:
        return False
    return unicodedata.category(character) not in _GONE


_GONE: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
