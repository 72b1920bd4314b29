"""Reads the tags of a text file that other programs write beside a file: one a line, or all on one line.

Pure; the service imports it.
"""

from __future__ import annotations

from typing import Final

from syncer.handover.mapping import names, values
from syncer.model import Tag

_LONGEST: Final = 200
"""Letters of a tag; a file with longer lines is a text and no list of tags."""
_KINDS: Final = frozenset(names.NAMESPACES) - {""}


def read(text: str, *, blanks: bool = False) -> tuple[Tag, ...]:
    """Return the tags of a file, each once; () where it is no list of tags. Kinds before a tag (`artist:kim`) are namespaces.

    A single line is parted by commas; with `blanks` by those, where it has no comma.
    """
    lines = [line.strip() for line in text[: values.LONGEST_TEXT * 4].splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")][: values.MOST_TEXTS]
    if len(lines) == 1 and ("," in lines[0] or blanks):
        lines = lines[0].split(",") if "," in lines[0] else lines[0].split()
    found = [values.line(line) for line in lines[: values.MOST_TEXTS]]
    if any(len(each) > _LONGEST for each in found):
        return ()
    return tuple(dict.fromkeys(_tag(values.blanks(each)) for each in found if each))


def _tag(text: str) -> Tag:
    kind, colon, rest = text.partition(":")
    if colon and rest.strip() and kind.strip().casefold() in _KINDS:
        return Tag(names.NAMESPACES[kind.strip().casefold()], rest.strip())
    return Tag(*names.split(text))
