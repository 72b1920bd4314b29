"""Writes the file that a post without media becomes: its title, its notes and its URL, as plain text.

The URL, else site and id, makes the bytes of each post its own, so that two posts with the same words are two files. Pure; the
service imports it.
"""

from __future__ import annotations

import re
from typing import Final

from syncer.deliver.signatures import KINDS, Kind
from syncer.model import Post

KIND: Final[Kind] = KINDS["plain text"]

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ENDS: Final = re.compile(r"\r\n?|[\u2028\u2029]")


def render(post: Post) -> bytes:
    """Return a post as text in UTF-8 without byte order mark, lines ended by line feeds; b"" where it has no notes.

    A note's name stands in a line above it, where there are several.
    """
    notes = [note for note in post.notes if note.text.strip()]
    if not notes:
        return b""
    named = [f"{_line(note.name)}\n{_text(note.text)}" if len(notes) > 1 else _text(note.text) for note in notes]
    blocks = [_line(post.title), *named, _line(post.url or f"{post.site} {post.id}")]
    return ("\n\n".join(block.strip() for block in blocks if block.strip()) + "\n").encode("utf-8", "replace")


def _text(text: str) -> str:
    return _CONTROLS.sub("", _ENDS.sub("\n", text))


def _line(text: str) -> str:
    return " ".join(_text(text).split())
