"""Reads values of any type and size that come from elsewhere as texts, links and numbers; nothing raises, all is bounded.

Here, because metadata of other programs is what strangers' pages say: any key may hold anything. Pure; the readers beside it
import it.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from syncer.config import web

MOST_TEXTS: Final = 5_000
"""Texts that one field gives; further ones are left out."""
LONGEST_TEXT: Final = 100_000
"""Characters of a note; longer ones are cut."""
LONGEST_LINE: Final = 4_000
"""Characters of a title, tag or link; a longer tag or title is cut, a longer link is none."""
DEEPEST: Final = 5
"""Levels of lists and tables below a field that are looked into."""

NAMES: Final = (
    "name", "title", "username", "screen_name", "account", "tag", "text", "handle", "acct", "label", "full_name", "vanity", "nick",
)  # fmt: skip
"""Where a table that stands for one thing (a user, a tag) has its name, the first that is there."""
ALSO: Final = ("translated_name",)
"""Further names of the same thing that are worth a tag."""

_HTTP: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f<>\"]+", re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MARKUP: Final = re.compile(r"</[a-zA-Z]|<br\b|<p\b|<a\b", re.IGNORECASE)
_BREAK: Final = re.compile(r"<br\s{0,9}/?>|</p\s{0,9}>|</div\s{0,9}>|</li\s{0,9}>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[!/a-zA-Z][^<>]{0,4000}>")
_MANY_LINES: Final = re.compile(r"\n{3,}")


def at(data: object, path: str) -> object:
    """Return what stands at a path such as `user.account` below tables; lists on the way give what each of their items has."""
    found: list[object] = [data]
    for step in path.split("."):
        found = [value[step] for value in _tables(found) if step in value]
        if not found:
            return None
    return found[0] if len(found) == 1 else found


def _tables(values: list[object]) -> Iterator[Mapping[object, object]]:
    for value in values:
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, list | tuple):
            yield from (item for item in value[:MOST_TEXTS] if isinstance(item, Mapping))


def texts(value: object) -> list[str]:
    """Return all texts of a value, each in one line: a text, a number, those of a list, the names of tables."""
    found: list[str] = []
    _collect(value, found, DEEPEST)
    return found


def _collect(value: object, found: list[str], deep: int) -> None:
    if len(found) >= MOST_TEXTS or deep < 0:
        return
    if isinstance(value, str) or is_number(value):
        if text := line(value):
            found.append(text)
    elif isinstance(value, Mapping):
        if text := named(value):
            found.append(text)
        found.extend(also for key in ALSO if (also := line(value.get(key))))
    elif isinstance(value, list | tuple):
        for each in value[:MOST_TEXTS]:
            _collect(each, found, deep - 1)


def named(value: Mapping[object, object]) -> str:
    """Return the name of a table that stands for one thing, "" where it has none."""
    return next((text for key in NAMES if (text := line(value.get(key)))), "")


def is_number(value: object) -> bool:
    """Tell whether a value is a number that can be written: no truth value, no infinity."""
    if isinstance(value, bool):
        return False
    return (isinstance(value, int) and abs(value) < 10**18) or (isinstance(value, float) and math.isfinite(value))


def line(value: object) -> str:
    """Return a text or number in one line, "" for anything else."""
    if isinstance(value, str):
        text = value[: LONGEST_LINE * 2]
        return " ".join(_sound(text).split())[:LONGEST_LINE]
    if isinstance(value, float) and is_number(value) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value) if is_number(value) else ""


def lines(value: object) -> str:
    """Return a text of several lines, tidied; that of HTML without its markup. A list gives its texts one below the other."""
    if isinstance(value, list | tuple):
        value = "\n".join(each for each in value[:100] if isinstance(each, str))
    if not isinstance(value, str):
        return ""
    text = _sound(value[: LONGEST_TEXT * 2].replace("\r\n", "\n").replace("\r", "\n"))
    if _MARKUP.search(text):
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    tidy = "\n".join(part.strip() for part in text.split("\n"))
    return _MANY_LINES.sub("\n\n", tidy).strip()[:LONGEST_TEXT]


def links(value: object) -> list[str]:
    """Return the whole web addresses among the texts of a value."""
    return [text for text in texts(value) if link(text)]


def link(value: object) -> str:
    """Return a value that is one whole web address, else ""."""
    if not isinstance(value, str) or len(value) > LONGEST_LINE:
        return ""
    text = _sound(value).strip()
    return text if _HTTP.fullmatch(text) and _has_host(text) else ""


def _has_host(url: str) -> bool:
    try:
        found = web.read(url)
    except ValueError:
        return False
    return bool(found.host) and found.port != 0


def whole(value: object) -> int:
    """Return a whole number from 0 on, also one that is written as text, else 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if isinstance(value, int | float) and is_number(value) and value > 0:
        return int(value)
    return 0


def seconds(value: object) -> float:
    """Return a length in seconds, 0 where there is none."""
    return float(value) if isinstance(value, int | float) and is_number(value) and 0 < value < 10**9 else 0.0


def words(value: object) -> list[str]:
    """Return the tags of a booru's field: parted by blanks, or by commas where there are some, with blanks for underscores.

    Lists and tables are read as `texts` does, with blanks for underscores too.
    """
    if isinstance(value, str):
        text = _sound(value[: LONGEST_TEXT * 4])
        found = text.split(",") if ", " in text else text.split()
        return [tag for each in found[:MOST_TEXTS] if (tag := blanks(line(each)))]
    return [tag for each in texts(value) if (tag := blanks(each))]


def blanks(text: str) -> str:
    """Return a booru's tag with blanks for underscores; one of signs alone (`^_^`) stays as it is."""
    return text.replace("_", " ").strip() if any(letter.isalnum() for letter in text) else text


def _sound(text: str) -> str:
    """Return a text without control characters and halves of surrogates, which no store and no sidecar takes."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
