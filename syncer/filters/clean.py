"""Cleans tags as they come from the net, so that what looks the same is the same: no twins by invisible letters.

Underscores and capitals stay: they are the site's own spelling. Pure; the service and `tags` import it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from syncer.model import Tag

MOST_BYTES: Final = 1024
"""Bytes of UTF-8 that a tag's text, and its namespace, may have; hydrus cuts at 1,024 characters."""

MOST_TAGS: Final = 5_000
"""Tags that one post may have; what a hostile page adds is dropped."""

_JOINERS: Final = "\u200c\u200d"
_SEEN_FORMATS: Final = frozenset({*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD})
"""Format characters that are seen: signs of Arabic, Syriac and Kaithi that stand over or under numbers."""
_FLAG: Final = "\U0001f3f4"
_FLAG_TAGS: Final = range(0xE0020, 0xE0080)
"""Behind a black flag they spell the region whose flag it is."""
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks by their category, but nothing can be seen of them."""
_GONE: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85]")
_OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_JOINED: Final = (
    (0x0590, 0x109F),
    (0x1100, 0x1CFF),
    (0x2190, 0x2BFF),
    (0xA800, 0xABFF),
    (0xFB1D, 0xFDFF),
    (0xFE0F, 0xFE0F),
    (0xFE70, 0xFEFE),
    (0x10800, 0x1FAFF),
)
"""Ranges of scripts and signs in which joiners change what is seen: from Hebrew to Vedic, arrows and signs, emoji."""


_MOST_REMEMBERED: Final = 8_000
_LONGEST_REMEMBERED: Final = 100


def clean(tag: Tag) -> Tag | None:
    """Return the tag cleaned, None where nothing that can be seen is left of its text.

    NFC; blanks of every kind collapsed; control, bidi, zero-width and private characters gone, except joiners inside scripts and
    emoji that need them; cut at MOST_BYTES on a character. A namespace of which nothing is left is none; it keeps no colon, since
    whoever reads a tag takes the first one for its end.
    """
    # A site's posts share most of their tags, so that remembering pays; only what is short, since what comes is hostile.
    if len(tag.text) + len(tag.namespace) <= _LONGEST_REMEMBERED:
        return _remembered(tag)
    return _cleaned(tag)


def _cleaned(tag: Tag) -> Tag | None:
    text = words(tag.text)
    if not text:
        return None
    namespace = words(tag.namespace.replace(":", " ") if ":" in tag.namespace else tag.namespace)
    return tag if (namespace, text) == (tag.namespace, tag.text) else Tag(namespace, text)


_remembered: Final = lru_cache(maxsize=_MOST_REMEMBERED)(_cleaned)


def clean_all(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Return the tags cleaned, in their order, without empty ones and without repeats, at most MOST_TAGS."""
    if isinstance(tags, tuple | list) and len(tags) <= MOST_TAGS:
        return tuple(tag for tag in dict.fromkeys(map(clean, tags)) if tag is not None)
    kept: dict[Tag, None] = {}
    for tag in tags:
        cleaned = clean(tag)
        if cleaned is not None:
            kept[cleaned] = None
        if len(kept) >= MOST_TAGS:
            break
    return tuple(kept)


def words(text: str) -> str:
    """Return a name cleaned like a tag's text; "" where nothing that can be seen is left."""
    if text.isascii() and text.isprintable() and len(text) <= MOST_BYTES:
        return text if "  " not in text and text.strip() == text else " ".join(text.split())
    normal = unicodedata.normalize("NFC", text[: 4 * MOST_BYTES])
    kept = "".join(_seen(normal))
    # What was taken out may have stood between a letter and its mark.
    return _cut(" ".join(unicodedata.normalize("NFC", kept).split()))


def readable(text: str) -> str:
    """Return a title or a note of many lines without what no eye sees and terminals obey: control characters, half characters."""
    return _OBEYED.sub("", _BREAKS.sub("\n", text)) if _OBEYED.search(text) else text


def visible(text: str) -> str:
    """Return what a person typed or pasted without what no eye sees, so that it meets tags, which have none of it."""
    return text if text.isascii() else "".join(_seen(unicodedata.normalize("NFC", text)))


def _seen(text: str) -> Iterable[str]:
    """Yield the characters that may stay; `before` is the last of them."""
    before = ""
    for place, character in enumerate(text):
        if character.isspace():
            kept = " "
        elif character in _JOINERS:
            kept = character if before and _joins(before) and _joins(text[place + 1 : place + 2]) else ""
        else:
            kept = character if _is_seen(character, before) else ""
        if kept:
            yield kept
            before = kept


def _is_seen(character: str, before: str) -> bool:
    code = ord(character)
    if character in _UNSEEN:
        return False
    if code in _FLAG_TAGS:
        return before == _FLAG or (before != "" and ord(before) in _FLAG_TAGS)
    return code in _SEEN_FORMATS or unicodedata.category(character) not in _GONE


def _joins(character: str) -> bool:
    return character != "" and any(first <= ord(character) <= last for first, last in _JOINED)


def _cut(text: str) -> str:
    """Cut at MOST_BYTES on a character; return "" where only marks and blanks are left."""
    data = text.encode("utf-8", "ignore")
    kept = data[:MOST_BYTES].decode("utf-8", "ignore").rstrip(f" {_JOINERS}") if len(data) > MOST_BYTES else text
    visible = any(unicodedata.category(each)[0] not in "MZC" and each != "\u2800" for each in kept)
    return kept if visible else ""
