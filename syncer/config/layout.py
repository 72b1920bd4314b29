"""Where the statements of a TOML text begin and end, and the items of its arrays, to the letter.

Here, because neither tomllib nor tomlkit tells, and an edit must touch nothing else. Pure, for texts that tomllib has read
already; what comes of an edit is compared all the same. Only the editor's splices import it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from syncer.frozen import frozen

_TEXT: Final = (
    r'"""(?:\\.|[^\\])*?"{3}"{0,2}|' + r"'''.*?'{3}'{0,2}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'"
)  # the longer forms first: they begin like the shorter ones
_PART: Final = r'(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*')"
_NAME: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_SKIP: Final = re.compile(r"(?:\s+|#[^\n]*)*")
_HEADER: Final = re.compile(rf"(\[\[?)[ \t]*({_NAME})[ \t]*\]\]?", re.DOTALL)
_KEY: Final = re.compile(rf"({_NAME})[ \t]*=[ \t]*", re.DOTALL)
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN: Final = re.compile(
    rf"(?P<text>{_TEXT})|(?P<rest>[ \t\r\n]+|#[^\n]*)|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<comma>,)"
    r"|(?P<word>[^\s#,\[\]{}\"']+)",
    re.DOTALL,
)
_WORDS: Final = re.compile(r"[^\n#]*[^\n#\s]")


@frozen
class Statement:
    """A table's header or a key with its value; places count letters from 0."""

    header: str
    """`[` or `[[`; "" = a key with its value."""
    path: tuple[str, ...]
    start: int
    value: int
    """Where the value begins; of a header where it begins itself."""
    end: int
    """Behind its last letter."""


@frozen
class Item:
    """One item of an array, without blanks and comments around it."""

    start: int
    end: int
    comma: int | None
    """Where the comma behind it stands."""


@frozen
class Array:
    """An array: its items in order, and where its brackets stand."""

    start: int
    items: tuple[Item, ...]
    close: int


def statements(text: str) -> Iterator[Statement]:
    """Yield headers and keys in order; raises ValueError where the text stops being TOML."""
    at = _SKIP.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    while at < len(text):
        if header := _HEADER.match(text, at):
            found = Statement(header[1], _path(header[2]), at, at, header.end())
        elif key := _KEY.match(text, at):
            found = Statement("", _path(key[1]), at, key.end(), _end_of_value(text, key.end()))
        else:
            raise ValueError("neither a table nor a key")
        yield found
        at = _SKIP.match(text, found.end).end()  # type: ignore[union-attr]  # as above


def array(text: str, start: int) -> Array:
    """Take the array apart that begins at `start`; raises ValueError where none does."""
    items: list[Item] = []
    depth = 0
    begin = end = -1
    for kind, first, behind in _tokens(text, start):
        depth += (kind == "open") - (kind == "close")
        if depth == 0 or (depth == 1 and kind == "comma"):
            if begin >= 0:
                items.append(Item(begin, end, first if kind == "comma" else None))
                begin = -1
            if depth == 0:
                return Array(start, tuple(items), first)
        elif kind != "rest" and first > start:
            begin, end = (first if begin < 0 else begin), behind
    raise ValueError("the array has no end")


def _end_of_value(text: str, start: int) -> int:
    if text[start : start + 1] in ("[", "{"):
        depth = 0
        for kind, _, behind in _tokens(text, start):
            depth += (kind == "open") - (kind == "close")
            if depth == 0:
                return behind
        raise ValueError("a bracket is not closed")
    found = _TOKEN.match(text, start)
    if found is not None and found.lastgroup == "text":
        return found.end()
    # A time can hold a blank.
    words = _WORDS.match(text, start)
    if words is None:
        raise ValueError("a key without a value")
    return words.end()


def _tokens(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    if text[start : start + 1] not in ("[", "{"):
        raise ValueError("no bracket")
    at = start
    while found := _TOKEN.match(text, at):
        yield found.lastgroup or "", at, found.end()
        at = found.end()
    raise ValueError("a quote or bracket is not closed")


def _path(name: str) -> tuple[str, ...]:
    if _BARE.fullmatch(name):
        return (name,)
    path: list[str] = []
    found: Any = tomllib.loads(f"{name} = 0")
    while isinstance(found, dict):
        ((key, found),) = found.items()
        path.append(key)
    return tuple(path)
