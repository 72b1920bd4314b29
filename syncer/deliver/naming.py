"""Makes the name of a delivered file from a template: a path inside the import folder, whatever the net put into the fields.

Decides names only; which are taken is for the store and the disk to say. Pure; the service imports it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from syncer.config import letters, name_template
from syncer.config.name_template import Piece
from syncer.deliver.sidecar import content
from syncer.errors import ItemError
from syncer.model import FileFacts, MediaFile, Origin, Post, Tag

DEFAULTS: Final[Mapping[str, str]] = {"hydrus": "{site}_{post}_{index}"}
OTHERS: Final = "{site}/{query}/{date}_{post}_{index}"

INSTEAD: Final = "^"
"""Before a sidecar's suffix: it takes the place of the media's extension."""

_KEPT: Final = frozenset({"site", "post", "index", "date", "came", "year", "month", "day", "md5", "sha256"})
"""Fields that are cut last: they tell files apart."""

_LEAST_CUT: Final = 8
_LONGEST_EXTENSION: Final = 8
_MOST_TAGS: Final = 3
_STAMP, _DAY = 19, 10
"""Characters of a moment as a value (`2021-04-28 17:20:09`, UTC), and of its day."""


@dataclass(frozen=True, slots=True)
class Template:
    """A name template, read and checked."""

    components: tuple[tuple[Piece, ...], ...]
    """The folders and the stem."""

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
    """Read a template such as `{site}/{date}_{post}_{index:03}`, see `config.name_template`. Raises ItemError naming what is wrong."""
    try:
        return Template(name_template.read(text).parts)
    except ValueError as error:
        raise ItemError(f"The name template cannot be used: {error}", "Write it as docs/config.md says.") from None


def default_template(profile: str) -> str:
    """Return the template that a profile has unless the person writes one."""
    return DEFAULTS.get(profile, OTHERS)


def values(
    post: Post, media: MediaFile, origin: Origin, *, at: float, facts: FileFacts | None = None
) -> dict[str, str]:
    """Return the texts that a template's fields stand for, dates as `2021-04-28 17:20:09`; `at`: when the file came, seconds since 1970."""
    date = _stamp(post.posted(at), at)
    named = [tag for tag in post.tags if tag.namespace]
    return {
        "site": post.site or "web",
        "post": post.id or short_hash(post.url or media.url or media.name),
        "index": str(media.index),
        # The name of a wish for one URL is that URL: no name for a folder.
        "query": origin.query or (origin.name if origin.by != "url" else "") or origin.by,
        "date": date,
        "year": date[:4],
        "month": date[5:7],
        "day": date[8:10],
        "title": post.title,
        "name": _stem(media.name or _last_part(media.url)),
        "by": origin.by,
        "from": origin.name,
        "came": _stamp(at),
        "label": origin.label,
        "creator": _tagged(named, content.CREATORS),
        "series": _tagged(named, ("series",)),
        "character": _tagged(named, ("character",)),
    } | _facts(facts)


def _stem(name: str) -> str:
    """Return a file's name without what is an extension by its looks."""
    stem, _, ending = name.rpartition(".")
    return stem if stem.strip(".") and ending.isalnum() and len(ending) <= _LONGEST_EXTENSION else name


def _last_part(url: str) -> str:
    """Return what a file is called in its own URL, "" where that is none of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return unquote(parts.path.rpartition("/")[2]) if parts.netloc else ""


def _facts(facts: FileFacts | None) -> dict[str, str]:
    if facts is None:
        return {}
    known = {"type": facts.group, "md5": facts.md5, "sha256": facts.sha256, "ext": facts.extension}
    return known | {"width": str(facts.width or ""), "height": str(facts.height or "")}


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


def _component(pieces: Sequence[Piece], given: Mapping[str, str], *, dots: bool, most: int) -> str:
    texts = [_text(piece, given, dots=dots) for piece in pieces]
    name = letters.safe("".join(texts), dots=dots)
    if len(name.encode()) > most:
        name = letters.safe("".join(_shortened(pieces, texts, most)), dots=dots)
        name = letters.safe(letters.cut(name, most), dots=dots)
    return name or letters.NOTHING


def _shortened(pieces: Sequence[Piece], texts: list[str], most: int) -> list[str]:
    """Cut the longest fields first, those that tell files apart last; a cut id gets a hash of the whole one."""
    for kept in (False, True):
        for place in sorted(range(len(texts)), key=lambda each: -len(texts[each].encode())):
            over = len("".join(texts).encode()) - most
            if over <= 0 or not pieces[place].fields or _KEPT.isdisjoint(pieces[place].fields) is kept:
                continue
            length = len(texts[place].encode()) - over
            if kept:
                mark = short_hash(texts[place])
                texts[place] = letters.cut(texts[place], max(length - len(mark) - 1, 0)) + f"-{mark}"
            else:
                texts[place] = letters.cut(texts[place], max(length, _LEAST_CUT))
    return texts


def _text(piece: Piece, given: Mapping[str, str], *, dots: bool) -> str:
    """Return what a piece stands for: of its fields the first of which something is left, else its literal."""
    if not piece.fields:
        return piece.literal
    found = (letters.safe(_value(piece, field, given), dots=dots) for field in piece.fields)
    text = next(filter(None, found), "") or letters.safe(piece.literal, dots=dots)
    if piece.zeros:
        text = text.zfill(piece.zeros)
    return text[: piece.most] if piece.most else text


def _value(piece: Piece, field: str, given: Mapping[str, str]) -> str:
    text = given.get(field, "")
    if piece.format and text:
        return datetime.fromisoformat(text).strftime(piece.format)
    return text[:_DAY] if field in name_template.DATES else text


def _stamp(*times: float | None) -> str:
    """Return the first of the times (seconds since 1970) that lies inside the calendar, as `2021-04-28 17:20:09` in UTC."""
    for seconds in times:
        try:
            if seconds is not None:
                return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ", timespec="seconds")[:_STAMP]
        except (OverflowError, OSError, ValueError):
            continue  # The site's time lies outside the calendar.
    return "1970-01-01 00:00:00"


def _tagged(tags: Sequence[Tag], namespaces: Collection[str]) -> str:
    """Return the texts of the first three tags of some namespaces."""
    texts = dict.fromkeys(tag.text for tag in tags if tag.namespace.lower() in namespaces)
    return ", ".join(list(texts)[:_MOST_TAGS])
