"""Reads a dropped link file: one reader for each kind of file, and what holds for all of them.

Pure: bytes in, lines out; nothing in a file can stop the next one. Imported by service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from syncer.config.decode import text_lines
from syncer.frozen import frozen
from syncer.intake.bookmarks import read_bookmarks, read_webloc
from syncer.intake.lines import Line, LineKind, read_line, rejected, url_line
from syncer.intake.names import suffix

MAX_BYTES = 10 * 1024 * 1024
MAX_LINES = 100_000


@frozen
class LinkFile:
    """What a dropped file holds, in its order."""

    lines: tuple[Line, ...] = ()
    twins: tuple[Line, ...] = ()
    """Lines left out because an earlier one says the same; `why` tells which."""
    problems: tuple[str, ...] = ()
    """Why the file as a whole cannot be used; then nothing of it was taken."""

    @property
    def usable(self) -> bool:
        """Tell whether the file holds at least one link or query; else it belongs into `failed/`."""
        return any(line.kind is not LineKind.REJECTED for line in self.lines)

    @property
    def why(self) -> str:
        """Return in words why it is not usable."""
        return "; ".join(self.problems) or "no line in it is a link or `site: query`"


def read(name: str, data: bytes, key: Callable[[str], str] | None = None, sites: Collection[str] = ()) -> LinkFile:
    """Return what the file `name` holds; never raises.

    `key` gives the same text for two spellings of one URL, and a slash at the end makes no difference then; without it only equal
    links are twins. `sites` are the names by
    which a `site: query` is known whatever stands in the query.
    """
    reader = READERS.get(suffix(name))
    if reader is None:
        return LinkFile(problems=(f"not a kind of file that is read here ({_kinds()})",))
    if len(data) > MAX_BYTES:
        return LinkFile(problems=(f"larger than {MAX_BYTES // 1024 // 1024} MB: split it",))
    if not data.strip(b"\0 \t\r\n"):
        return LinkFile(problems=("the file is empty",))
    lines: list[Line] = []
    for line in reader(data, sites):
        lines.append(line)
        if len(lines) > MAX_LINES:
            return LinkFile(problems=(f"more than {MAX_LINES:,} lines: split it",))
    return _without_twins(lines, key)


def read_list(data: bytes, sites: Collection[str] = ()) -> Iterator[Line]:
    """Yield the lines of a text: a link or `site: query` a line, `#` comments, anything around the links.

    `tags: a, b`, `rule: linked images` and `subscription: birds` hold for the lines below them, until another such line; an empty
    one ends it.
    """
    holds: dict[str, Any] = {}
    for number, text in enumerate(text_lines(data), start=1):
        said = _SAID.fullmatch(text)
        if said is None:
            found = read_line(number, text, sites)
            yield from (replace(line, **holds) for line in found) if holds else found
        else:
            word = said[1].lower()
            holds[word] = _tags(said[2]) if word == "tags" else said[2].strip()


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))[:MAX_TAGS]


MAX_TAGS = 100
_SAID = re.compile(r"\s*\ufeff?(tags|rule|subscription)\s*:(?!//)(.{0,4000})", re.IGNORECASE)
_ENTRY = re.compile(r"\s*url\s*(\[\$[a-z]{1,4}\]\s*)?=\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)
"""KDE marks an entry whose value has `$$` for `$`: `URL[$e]=`. Other brackets name a language."""
_SECTION = re.compile(r"\s*\[(.{0,200}?)\]\s*")
_OWN_SECTIONS = frozenset({"internetshortcut", "desktop entry"})
_BARE = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)


def read_shortcut(data: bytes, sites: Collection[str] = ()) -> Iterator[Line]:
    """Yield the one link of a shortcut of Windows or of a Linux desktop: the first `URL=` that is not empty.

    One in the section of the shortcut itself goes before those of frames and other programs. Read line by line: a BOM before the
    section, no section, the same key twice and `%` in the value are all found in real files, and each of them makes an INI
    parser raise.
    """
    del sites
    texts = [text.replace("\0", "").lstrip("\ufeff") for text in text_lines(data)]
    found: Line | None = None
    section = ""
    for number, text in enumerate(texts, start=1):
        if heading := _SECTION.fullmatch(text):
            section = heading[1].strip().lower()
            continue
        entry = _ENTRY.fullmatch(text)
        if entry and (value := _value(entry)) and (found is None or section in _OWN_SECTIONS):
            found = _shortcut_line(number, text, value)
            if section in _OWN_SECTIONS:
                break
    if found is not None:
        yield found
        return
    for number, text in enumerate(texts, start=1):
        if _BARE.fullmatch(text):
            yield url_line(number, text.strip(), text.strip())
            return


def _read_webloc(data: bytes, sites: Collection[str] = ()) -> Iterator[Line]:
    """Yield the link of a .webloc; some programs write the text of a .url, or the bare link, under that name."""
    found = list(read_webloc(data))
    yield from found or read_shortcut(data, sites)


READERS: Mapping[str, Callable[[bytes, Collection[str]], Iterable[Line]]] = MappingProxyType(
    {
        "txt": read_list,
        "list": read_list,
        "url": read_shortcut,
        "desktop": read_shortcut,
        "webloc": _read_webloc,
        "html": read_bookmarks,
        "htm": read_bookmarks,
    }
)
"""Readers by the end of the file's name; a new kind of link file is a new line here."""


def _kinds() -> str:
    return ", ".join(f".{end}" for end in READERS)


def _value(entry: re.Match[str]) -> str:
    return _unquote(entry[2].replace("$$", "$") if entry[1] else entry[2])


def _unquote(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if quoted else value


def _shortcut_line(number: int, text: str, value: str) -> Line:
    if not re.match(r"https?://", value, re.IGNORECASE):
        return rejected(number, text, "only http and https links are taken")
    return url_line(number, text, value)


def _without_twins(lines: Iterable[Line], key: Callable[[str], str] | None) -> LinkFile:
    first: dict[tuple[str, ...], Line] = {}
    kept: list[Line] = []
    twins: list[Line] = []
    for line in lines:
        earlier = line if line.kind is LineKind.REJECTED else first.setdefault(_sameness(line, key), line)
        if earlier is line:
            kept.append(line)
        else:
            twins.append(replace(line, why=f"the same as on line {earlier.number}"))
    return LinkFile(tuple(kept), tuple(twins))


def _sameness(line: Line, key: Callable[[str], str] | None) -> tuple[str, ...]:
    if line.kind is LineKind.QUERY:
        return (line.site, line.query)
    if key is None:
        return (line.url,)
    try:
        found = key(line.url)
        # Nobody means two things by a list that has a link with a slash at its end and without.
        return (found.removesuffix("/") if "?" not in found else found,)
    except ValueError:
        # What the key function cannot take apart is only ever equal to itself.
        return (line.url,)
