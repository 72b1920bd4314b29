"""Makes the name of a delivered file from a template: a path inside the import folder, whatever the net put into the fields.

Decides names only; which are taken is for the store and the disk to say. Pure; the service imports it.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from syncer.deliver import letters
from syncer.errors import ItemError
from syncer.model import MediaFile, Origin, Post

DEFAULTS: Final[Mapping[str, str]] = {"hydrus": "{site}_{post}_{index}"}
OTHERS: Final = "{site}/{query}/{date}_{post}_{index}"

FIELDS: Final[Mapping[str, str]] = {
    "site": "the site's name",
    "post": "the site's id of the post, or a short hash of its URL where it has none",
    "index": "the file's place in its post, from 0",
    "query": "the search text, else what the file came from",
    "date": "the day it was posted (UTC), else the day it came: 2024-05-31",
    "year": "the date's year",
    "month": "the date's month, two digits",
    "day": "the date's day, two digits",
    "title": "the post's title",
    "name": "the file's name on the site, without extension",
    "by": "what asked for it: subscription, watcher, gallery, url, inbox",
    "from": "the name of the subscription or thread",
    "md5": "the file's md5",
    "sha256": "the file's sha256",
}
"""What a template can name, with a description for the docs."""

INSTEAD: Final = "^"
"""Before a sidecar's suffix: it takes the place of the media's extension."""

_KEPT: Final = frozenset({"site", "post", "index", "date", "year", "month", "day", "md5", "sha256"})
"""Fields that are cut last: they tell files apart."""

_SPEC: Final = re.compile(r"(?:0(?P<zeros>[1-9]|1\d|20))?(?:\.(?P<most>[1-9]\d{0,2}))?")
_LEAST_CUT: Final = 8
_MOST_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class _Piece:
    """A literal text, or a field with the zeros it is filled up with and the characters it may have at most (0 = any)."""

    literal: str = ""
    field: str = ""
    zeros: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """A name template, read and checked: the folders and the stem, each a sequence of literals and fields."""

    text: str
    components: tuple[tuple[_Piece, ...], ...]

    def path(
        self, values: Mapping[str, str], extension: str, *, dots: bool = True, most: int = letters.MOST_BYTES
    ) -> str:
        """Return the path of the media relative to its import folder, with `/` between folders.

        `values`: a text for each of FIELDS, as it came from the net; a missing one counts as empty. `dots=False`: no dots
        but the one before the extension (hydrus). `most`: bytes that a component may have.
        """
        names = [_component(pieces, values, dots=dots, most=most) for pieces in self.components[:-1]]
        ending = f".{extension}" if extension else ""
        stem = _component(self.components[-1], values, dots=dots, most=most - len(ending.encode()))
        return "/".join((*names, stem + ending))


def template(text: str) -> Template:
    """Read a template such as `{site}/{date}_{post}_{index:03}`; `{title:.40}` takes at most 40 characters.

    Fields are looked up by name only: no attributes, indexes or conversions. Raises ItemError naming what is wrong.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise _wrong(text, f"its braces do not match ({error})") from None
    components: list[list[_Piece]] = [[]]
    for literal, field, spec, conversion in parts:
        first, *rest = literal.split("/")
        components[-1].append(_Piece(literal=first))
        components.extend([_Piece(literal=each)] for each in rest)
        if field is not None:
            components[-1].append(_field(text, field, spec or "", conversion))
    if len(components) > _MOST_DEPTH:
        raise _wrong(text, f"it has more than {_MOST_DEPTH} folders")
    for pieces in components:
        fixed = "".join(piece.literal for piece in pieces)
        if not any(piece.field for piece in pieces) and (not fixed or letters.safe(fixed) != fixed):
            raise _wrong(text, f"{fixed!r} is no name for a folder or file on every system")
    if not any(piece.field for pieces in components for piece in pieces):
        raise _wrong(text, "it names no field, so that all files would be called alike")
    return Template(text, tuple(tuple(pieces) for pieces in components))


def default_template(profile: str) -> str:
    """Return the template that a profile has unless the person writes one."""
    return DEFAULTS.get(profile, OTHERS)


def values(
    post: Post, media: MediaFile, origin: Origin, *, at: float, md5: str = "", sha256: str = ""
) -> dict[str, str]:
    """Return the texts that a template's fields stand for; `at`: when the file came, seconds since 1970."""
    date = _date(post.time, at)
    return {
        "site": post.site or "web",
        "post": post.id or short_hash(post.url or media.url),
        "index": str(media.index),
        # The name of a wish for one URL is that URL: no name for a folder.
        "query": origin.query or (origin.name if origin.by != "url" else "") or origin.by,
        "date": date,
        "year": date[:4],
        "month": date[5:7],
        "day": date[8:10],
        "title": post.title,
        "name": media.name.rsplit(".", 1)[0] if "." in media.name.lstrip(".") else media.name,
        "by": origin.by,
        "from": origin.name,
        "md5": md5,
        "sha256": sha256,
    }


def other(path: str, number: int, *, most: int = letters.MOST_BYTES) -> str:
    """Return another path for the same file, the `number`-th (from 2) after `path` turned out to be taken."""
    folder, slash, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    ending = f"-{number}{dot}{extension}"
    return folder + slash + letters.cut(stem, most - len(ending.encode())) + ending


def sidecar(path: str, suffix: str) -> str:
    """Return the path of a sidecar of the media `path`: with the suffix behind its whole name, or `^.nfo` = in place of its extension."""
    if not suffix.startswith(INSTEAD):
        return path + suffix
    folder, slash, name = path.rpartition("/")
    return folder + slash + (name.rpartition(".")[0] or name) + suffix.removeprefix(INSTEAD)


def name_key(path: str) -> str:
    """Return what makes a relative path the same name: its stem with folders, NFC and casefolded; the extension does not count.

    Without the extension, because `1.jpg` and `1.png` share their sidecars where a manager looks for `1.json`.
    """
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return fold(folder + slash + stem)


def fold(name: str) -> str:
    """Return a name in the form in which case twins and differently composed letters are equal."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def short_hash(url: str) -> str:
    """Return 12 hex digits that stand for a URL where a post has no id."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _component(pieces: Sequence[_Piece], given: Mapping[str, str], *, dots: bool, most: int) -> str:
    texts = [_text(piece, given, dots=dots) for piece in pieces]
    name = letters.safe("".join(texts), dots=dots)
    if len(name.encode()) > most:
        name = letters.safe("".join(_shortened(pieces, texts, most)), dots=dots)
        name = letters.safe(letters.cut(name, most), dots=dots)
    return name or letters.NOTHING


def _shortened(pieces: Sequence[_Piece], texts: list[str], most: int) -> list[str]:
    """Cut the longest fields first, those that tell files apart last; a cut id gets a hash of the whole one."""
    for kept in (False, True):
        for place in sorted(range(len(texts)), key=lambda each: -len(texts[each].encode())):
            over = len("".join(texts).encode()) - most
            if over <= 0 or not pieces[place].field or (pieces[place].field in _KEPT) is not kept:
                continue
            length = len(texts[place].encode()) - over
            if kept:
                mark = short_hash(texts[place])
                texts[place] = letters.cut(texts[place], max(length - len(mark) - 1, 0)) + f"-{mark}"
            else:
                texts[place] = letters.cut(texts[place], max(length, _LEAST_CUT))
    return texts


def _text(piece: _Piece, given: Mapping[str, str], *, dots: bool) -> str:
    if not piece.field:
        return piece.literal
    text = letters.safe(given.get(piece.field, ""), dots=dots)
    if piece.zeros:
        text = text.zfill(piece.zeros)
    return text[: piece.most] if piece.most else text


def _field(text: str, field: str, spec: str, conversion: str | None) -> _Piece:
    if field not in FIELDS:
        raise _wrong(text, f"there is no field {{{field}}}; there are {', '.join(FIELDS)}")
    found = _SPEC.fullmatch(spec)
    if conversion or found is None:
        raise _wrong(text, f"{{{field}}} takes `:03` (zeros up to 20) or `:.40` (at most 999 characters), nothing else")
    return _Piece(field=field, zeros=int(found["zeros"] or 0), most=int(found["most"] or 0))


def _date(posted: int | None, at: float) -> str:
    for seconds in (posted, at):
        try:
            if seconds is not None:
                return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d").rjust(10, "0")
        except (OverflowError, OSError, ValueError):
            continue  # The site's time lies outside the calendar.
    return "0000-00-00"


def _wrong(text: str, what: str) -> ItemError:
    return ItemError(
        f"The name template {text!r} cannot be used: {what}", "Write it as in the docs, such as {site}_{post}_{index}."
    )
