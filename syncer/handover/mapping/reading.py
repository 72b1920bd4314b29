"""Reads one file's metadata by a table: what both programs have in common.

Here, so that a field means the same to both, and a person's own word about a site goes before the table. Pure; `gallery_dl` and
`yt_dlp` import it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import quote

from syncer.config.field_map import PLACES, FieldMap
from syncer.config.texts import without_login
from syncer.handover.mapping import times, values
from syncer.handover.mapping.tables import ByName, Fields, Table
from syncer.model import Note, Tag

MOST_NOTES: Final = 50
MOST_SOURCES: Final = 100
LONGEST_ID: Final = 200
"""Characters of a post's id; a longer one would be no name for anything."""
_HASH_BYTES: Final = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
_HEX: Final = frozenset("0123456789abcdef")


class Reading:
    """One file's metadata being read by a table and by what a person says of its site; no method raises."""

    def __init__(self, table: Table, data: object, own: FieldMap) -> None:
        whole = data if isinstance(data, Mapping) else {}
        self._table = table
        self._data = {key: value for key, value in whole.items() if key not in own.drop}
        self._own = own
        self.said = frozenset(own.tags)
        """Namespaces whose tags a person's own word finds."""
        self.unread: list[str] = []

    def has(self, *fields: str) -> bool:
        """Tell whether any of these fields is there with something in it."""
        return any(self.value(name) not in (None, "", [], {}) for name in fields)

    def keys(self) -> list[str]:
        """Return the names of the fields that are there."""
        return [key for key in self._data if isinstance(key, str)]

    def value(self, path: str) -> object:
        """Return what stands in a field, None where there is none."""
        return None if path in self._own.drop else values.at(self._data, path)

    def first(self, fields: Fields) -> str:
        """Return the first text among fields, in one line."""
        return next((text for name in fields if (text := self._line(name))), "")

    def link(self, fields: Fields) -> str:
        """Return the first web address among fields."""
        return next((url for name in fields if (url := values.link(self._line(name)))), "")

    def _line(self, name: str) -> str:
        value = self.value(name)
        return values.line(value[0] if isinstance(value, list | tuple) and value else value)

    def all(self, fields: Iterable[str]) -> list[str]:
        """Return all texts of fields, each once."""
        return list(dict.fromkeys(text for name in fields for text in values.texts(self.value(name))))

    def whole(self, fields: Fields) -> int:
        """Return the first whole number among fields, 0 where there is none."""
        return next((number for name in fields if (number := values.whole(self.value(name)))), 0)

    def seconds(self, fields: Fields) -> float:
        """Return the first length among fields."""
        return next((number for name in fields if (number := values.seconds(self.value(name)))), 0.0)

    def title(self) -> str:
        """Return the post's title."""
        return self.first(self._own.title) or self.first(self._table.title)

    def time(self) -> int | None:
        """Return when it was posted."""
        for name in (*self._own.time, *self._table.time):
            found = times.seconds(self.value(name))
            if found is not None:
                return found
        return None

    def post(self, site: str, templates: Fields = ()) -> str:
        """Return the post's id, by the first of `templates` that can be filled, else by a field.

        Without a site none would be the only one of its kind.
        """
        if self._own.post:
            parts = [self.first((name,)) for name in self._own.post]
            if all(parts):
                return "/".join(parts)[:LONGEST_ID]
            self.unread.extend(f"post: {name}" for name, part in zip(self._own.post, parts, strict=True) if not part)
        if not site:
            return ""
        found = next(filter(None, map(self._filled, templates)), "") or self.first(self._table.post)
        return found if len(found) <= LONGEST_ID else ""

    def post_url(self, file_url: str, templates: Fields = ()) -> str:
        """Return the post's page, by the first of `templates` that can be filled, else by a field with a link.

        A link that is the file itself, or looks like one, is none.
        """
        if self._own.post_url and (found := self.filled(self._own.post_url)):
            return found
        if found := next(filter(None, map(self.filled, templates)), ""):
            return found
        for name in self._table.post_url:
            found = without_login(values.link(self.value(name)))
            if found and found != file_url and not (name == "url" and is_media(found)):
                return found
        return ""

    def filled(self, template: str) -> str:
        """Return a URL made of fields, "" where one of them is not there."""
        return values.link(self._filled(template, lambda text: quote(text, safe="@")))

    def _filled(self, template: str, written: Callable[[str], str] = str) -> str:
        texts = {name: self.first((name,)) for name in PLACES.findall(template)}
        missing = [name for name, text in texts.items() if not text]
        if missing:
            self.unread.extend(f"post_url: {name}" for name in missing if template == self._own.post_url)
            return ""
        return PLACES.sub(lambda place: written(texts[place[1]]), template)

    def tags_of(self, rows: ByName) -> list[Tag]:
        """Return the tags of fields by namespace, where a person has not said otherwise."""
        rows = tuple((namespace, fields) for namespace, fields in rows if namespace not in self._own.tags)
        return [Tag(namespace, text) for namespace, fields in rows for text in self.all(fields)]

    def own_tags(self) -> list[Tag]:
        """Return the tags that a person's own word finds."""
        found: list[Tag] = []
        for namespace, fields in self._own.tags.items():
            texts = self.all(fields)
            found.extend(Tag(namespace, text) for text in texts)
            if not texts:
                self.unread.append(f"tags.{namespace or '*'}")
        return found

    def creators(self, groups: tuple[Fields, ...]) -> list[Tag]:
        """Return who made it: all names of the first group of fields that has any."""
        if "creator" in self._own.tags:
            return []
        return next(([Tag("creator", text) for text in found] for fields in groups if (found := self.all(fields))), [])

    def notes(self) -> tuple[Note, ...]:
        """Return the notes, each text once."""
        found: dict[str, Note] = {}
        for name, fields in (*self._own.notes.items(), *self._table.notes):
            text = next((text for field in fields if (text := values.lines(self.value(field)))), "")
            if text:
                found.setdefault(text, Note(name, text))
        return tuple(found.values())[:MOST_NOTES]

    def sources(self, *but: str) -> tuple[str, ...]:
        """Return the links to where it comes from, without those that are told elsewhere."""
        fields = self._own.sources or self._table.sources
        found = (without_login(url) for name in fields for url in values.links(self.value(name)))
        return tuple(url for url in dict.fromkeys(found) if url not in but)[:MOST_SOURCES]

    def hashes(self) -> tuple[tuple[str, str], ...]:
        """Return the file's hashes as pairs of kind and lower-case hex."""
        found = ((kind, read_hash(kind, self.first(fields))) for kind, fields in self._table.hashes)
        return tuple((kind, value) for kind, value in found if value)

    def extension(self) -> str:
        """Return the file's extension without its dot, in lower case."""
        found = self.first(self._table.extension).lstrip(".").lower()
        return found if found.isascii() and found.isalnum() and len(found) <= 10 else ""


def read_hash(kind: str, text: str) -> str:
    """Return a hash as lower-case hex; sites write hex or base64. "" where it is none of that kind."""
    size, plain = _HASH_BYTES[kind], text.strip()
    if len(plain) == 2 * size and _HEX.issuperset(plain.lower()):
        return plain.lower()
    if len(plain) > 2 * size:
        return ""
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == size else ""


_MEDIA: Final = frozenset({
    "jpg", "jpeg", "png", "gif", "webp", "avif", "jxl", "mp4", "webm", "mkv", "mov", "m4v", "mp3", "zip", "swf", "m3u8",
})  # fmt: skip


def is_media(url: str) -> bool:
    """Tell whether a URL looks like that of a media file."""
    path = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return path.rpartition(".")[2].lower() in _MEDIA if "." in path else False
