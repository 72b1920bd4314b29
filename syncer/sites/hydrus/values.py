"""Checked values out of stored objects: texts, numbers, lists.

Here, so that each reader says in one word what it expects, and a broken object says what is wrong with it. Only the
readers of this package import it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from syncer.errors import ItemError
from syncer.sites.hydrus import raw
from syncer.sites.hydrus.raw import UnreadableError
from syncer.sites.hydrus.upgrade import NEWEST, newest

MAX_DEPTH = 60
"""Formulae and parsers within each other; true downloaders have a handful."""
MAX_OBJECTS = 150_000
"""Objects in one downloader; true ones have hundreds, a list of all boards of one engine thousands."""

T = TypeVar("T")

_SURROGATE = re.compile("[\ud800-\udfff]")


class Notes:
    """What could not be read or carried over while one downloader is read, and how much of it was read."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._objects = 0
        self._depth = 0

    def warn(self, text: str) -> None:
        """Note something once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def open(self, node: object) -> raw.Raw:
        """Take an object apart in its newest form; raises UnreadableError, also beyond the limits."""
        self._objects += 1
        if self._objects > MAX_OBJECTS:
            raise ItemError(f"The downloader holds more than {MAX_OBJECTS} objects", "No true downloader is that large")
        opened = newest(node)
        if opened.version > NEWEST[opened.type]:
            self.warn(f"An object of type {opened.type} is newer ({opened.version}) than this program knows")
        return opened

    def inner(self, node: object, kind: int) -> Any:
        """Give the content of an object that must be of a type."""
        opened = self.open(node)
        if opened.type != kind:
            raise UnreadableError(f"An object of type {kind} was expected, not {opened.type}")
        return opened.info

    def deeper(self) -> Deeper:
        """Count a level of depth while the block runs; raises UnreadableError beyond the limit."""
        return Deeper(self)

    def items(self, node: object) -> Iterator[object]:
        """Give the objects of a stored list."""
        for item in values(self.inner(node, raw.LIST)):
            kind, value = pair(item)
            if kind == raw.OBJECT:
                yield value

    def each(self, node: object, reader: Callable[[Any, Notes], T], what: str) -> tuple[T, ...]:
        """Read every object of a stored list; those that are broken are left out and noted, as hydrus does."""
        found: list[T] = []
        for item in self.items(node):
            try:
                found.append(reader(item, self))
            except UnreadableError as error:
                self.warn(f"{what} was left out: {error.title}")
        return tuple(found)

    def level(self, change: int) -> None:
        """Go a level down or up."""
        self._depth += change
        if self._depth > MAX_DEPTH:
            raise ItemError(
                f"The downloader's objects are nested deeper than {MAX_DEPTH}", "No true downloader is so deep"
            )


class Deeper:
    """A level of depth, as a context manager."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def __enter__(self) -> None:
        self._notes.level(1)

    def __exit__(self, *_: object) -> None:
        self._notes.level(-1)


def values(value: object, length: int | None = None) -> list[Any]:
    """Expect a list (of a length)."""
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise UnreadableError(
            "A list has not the expected length" if isinstance(value, list) else "A list was expected"
        )
    return value


def pair(value: object) -> tuple[Any, Any]:
    """Expect a list of two."""
    first, second = values(value, 2)
    return first, second


def text(value: object) -> str:
    """Expect a text; null is "", a number is written out, half characters become U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    raise UnreadableError("A text was expected")


def text_or_none(value: object) -> str | None:
    """Expect a text or null."""
    return None if value is None else text(value)


def whole(value: object) -> int:
    """Expect a whole number that fits into 64 bits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise UnreadableError("A whole number of at most 64 bits was expected")
    return int(value)


def whole_or_none(value: object) -> int | None:
    """Expect a whole number or null."""
    return None if value is None else whole(value)


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Expect pairs of texts, as a list of pairs or as an object."""
    listed = list(value.items()) if isinstance(value, dict) else values(value)
    return tuple((text(item[0]), text(item[1])) for item in map(list, listed) if len(item) == 2)


def pick(table: dict[int, str], value: object, what: str) -> str:
    """Look a number up in a table of meanings."""
    if isinstance(value, int) and value in table:
        return table[value]
    raise UnreadableError(f"{what} {value!r} is unknown")
