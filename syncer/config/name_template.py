"""Reads the template of a delivered file's name: `{site}/{creator|'unknown'}/{date:%Y-%m}_{post}_{index:03}.{ext}`.

Here, so that a wrong one is found when the config is read; what its fields stand for is for delivery to say. Fields are looked up by
name only: no attributes, indexes or conversions, no widths that could fill the memory. Pure; the schema and `deliver.naming` import it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from syncer.config import letters
from syncer.frozen import frozen

FIELDS: Final[Mapping[str, str]] = {
    "site": "the site's name",
    "post": "the site's id of the post, or a short hash of its URL where it has none",
    "index": "the file's place in its post, from 0",
    "query": "the search text, else what the file came from",
    "date": "when it was posted (UTC), else when it came: 2024-05-31, or as the format says",
    "year": "the date's year",
    "month": "the date's month, two digits",
    "day": "the date's day, two digits",
    "came": "when it came (UTC), written like the date",
    "title": "the post's title",
    "name": "the file's name on the site, else in its URL, without extension",
    "creator": "tags of the namespaces creator and artist, three at most",
    "series": "tags of the namespace series, three at most",
    "character": "tags of the namespace character, three at most",
    "by": "what asked for it: subscription, watcher, gallery, url, inbox",
    "from": "the name of the subscription or thread",
    "label": "the inbox's sub-folder that the link was dropped into",
    "type": "image, animation, video, audio, document, archive or application",
    "width": "in pixels, where it is known",
    "height": "in pixels, where it is known",
    "md5": "the file's md5",
    "sha256": "the file's sha256",
    "ext": "the extension, from the content",
}
"""What a template can name, with a description for the docs."""

DATES: Final = frozenset({"date", "came"})
"""Fields that take a format of `%Y %y %m %d %j %H %M %S`."""

MOST_DEPTH: Final = 8
_ENDING: Final = ".{ext}"
_SPEC: Final = re.compile(r"(?:0(?P<zeros>[1-9]|1\d|20))?(?:\.(?P<most>[1-9]\d{0,2}))?")
_DATE: Final = re.compile(r"(?:%[YymdjHMS]|[A-Za-z0-9 _.,-]){1,40}")
_TEXT: Final = re.compile(r"'([^'/]{0,40})'")


@frozen
class Piece:
    """A literal text, or fields of which the first that is not empty counts."""

    literal: str = ""
    """Without fields: the text itself; with fields: what stands where all are empty."""
    fields: tuple[str, ...] = ()
    zeros: int = 0
    """Filled up with zeros to so many characters."""
    most: int = 0
    """Characters that it may have, 0 = any."""
    format: str = ""
    """Of a date, as `strftime` knows it."""


@frozen
class Components:
    """A template, read: folders and the stem, each a sequence of pieces; the extension is not in it."""

    text: str
    parts: tuple[tuple[Piece, ...], ...]


def read(text: str) -> Components:
    """Read a template. Raises ValueError saying what is wrong with it and what to write."""
    try:
        parsed = list(string.Formatter().parse(text.removesuffix(_ENDING)))
    except ValueError as error:
        raise ValueError(f'"{text}": its braces do not match ({error}); write it like "{{site}}_{{post}}"') from None
    parts: list[list[Piece]] = [[]]
    for literal, field, spec, conversion in parsed:
        first, *rest = literal.split("/")
        parts[-1].append(Piece(first))
        parts.extend([Piece(each)] for each in rest)
        if field is not None:
            if conversion:
                raise ValueError(f'"{{{field}!{conversion}}}": a field takes no "!"; leave it out')
            parts[-1].append(_piece(field, spec or ""))
    _look_at(text, parts)
    return Components(text, tuple(tuple(piece for piece in part if piece != Piece()) for part in parts))


def checked(text: str) -> str:
    """Return a template that can be used as it is. Raises ValueError, see `read`."""
    return read(text.strip()).text


def _look_at(text: str, parts: Sequence[Sequence[Piece]]) -> None:
    """Refuse a template that could never give good names."""
    if len(parts) - 1 > MOST_DEPTH:
        raise ValueError(f'"{text}" has more than {MOST_DEPTH} folders')
    for part in parts:
        fixed = "".join(piece.literal for piece in part)
        if not any(piece.fields for piece in part) and (not fixed or letters.safe(fixed) != fixed):
            raise ValueError(f'"{text}": "{fixed}" is no name for a folder or file on every system')
        for piece in part:
            if not piece.fields and set(piece.literal) & letters.FORBIDDEN:
                raise ValueError(f'"{text}": "{piece.literal}" holds a letter that not every system takes in a name')
    if not any(piece.fields for piece in parts[-1]):
        raise ValueError(f'"{text}": no field is in its last part, so that all files would be called alike')


def _piece(given: str, spec: str) -> Piece:
    """Read what stands between two braces: fields and a text in quotes with bars between them, and the format."""
    *names, last = [each.strip() for each in given.split("|")]
    literal = _TEXT.fullmatch(last) if names else None
    if literal is None:
        names.append(last)
    for name in names:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {{{near[0]}}}?" if near else f"there are: {', '.join(FIELDS)}"
            raise ValueError(f"there is no field {{{name}}}; {hint}")
    instead = "" if literal is None else literal[1]
    if _is_date(names, spec):
        return Piece(instead, tuple(names), format=spec)
    found = _SPEC.fullmatch(spec)
    if found is None:
        dated = ", a date also {date:%Y-%m}" if set(names) & DATES else ""
        raise ValueError(
            f'"{{{given}:{spec}}}" cannot be read: a field takes {{index:03}} (zeros) or {{title:.40}} (length){dated}'
        )
    return Piece(instead, tuple(names), zeros=int(found["zeros"] or 0), most=int(found["most"] or 0))


def _is_date(names: Iterable[str], spec: str) -> bool:
    return DATES.issuperset(names) and "%" in spec and _DATE.fullmatch(spec) is not None
