"""Writes plain text sidecars: tags a line each, URLs a line each, notes parted by a line of bars.

Apart from one another, since a reader of text takes all rows of a file for the same kind of thing. Pure; `profile` imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from syncer.deliver.sidecar import content
from syncer.model import Delivery

SEPARATOR: Final = "\n||||\n"
"""Stands between two notes, since a note has lines of its own."""
_BARS: Final = re.compile(r"\|{4,}")
"""A line of them could be the separator; of five, one less would be."""


def tags(delivery: Delivery) -> bytes:
    """Return the tags, one a line, as `namespace:tag`; b"" where there are none."""
    return _lines(" ".join(str(tag).split()) for tag in delivery.post.tags)


def urls(delivery: Delivery) -> bytes:
    """Return the URLs of post, file and sources, one a line; b"" where there are none."""
    return _lines(content.urls(delivery))


def notes(delivery: Delivery) -> bytes:
    """Return the notes as `name: text` with SEPARATOR between them; b"" where there are none."""
    rows = content.distinct(_BARS.sub("|||", content.note_row(note)) for note in delivery.post.notes)
    return _bytes(SEPARATOR.join(rows))


def _lines(rows: Iterable[str]) -> bytes:
    return _bytes("\n".join(content.distinct(rows)))


def _bytes(text: str) -> bytes:
    """Return UTF-8 without byte order mark, which a reader would take for a part of the first row."""
    return f"{text}\n".encode("utf-8", "replace") if text else b""
