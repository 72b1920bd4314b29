"""On which line a key of a TOML text stands: `locate(text)` finds the lines, only after an error.

A small subclass of tomlkit's parser notes where keys, tables and values begin; tomllib, which reads every config, does
not tell. It touches tomlkit's inside, so any surprise there means "no line", never an error. For config and sites.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from tomlkit.container import Container
from tomlkit.items import AoT, Array, InlineTable, Item, Key, Table
from tomlkit.parser import Parser

from syncer.config.problem import KeyPath

MAX_DEPTH: Final = 60


class Lines:
    """The lines of all keys, tables and list items of one text."""

    def __init__(self, lines: dict[KeyPath, int]) -> None:
        self._lines = lines

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line (from 1) of the thing at `path`, or of what it stands in; None if nothing is known of it."""
        given = tuple(path)
        for length in range(len(given), 0, -1):
            if (line := self._lines.get(given[:length])) is not None:
                return line
        return None


def locate(text: str) -> Lines:
    """Find the lines of a text that tomllib could read; one that tomlkit cannot read gives no lines."""
    parser = _Parser(text)
    try:
        document = parser.parse()
        starts = dict(_walk(document, (), parser.starts))
    except Exception:  # noqa: BLE001 a private API may change under us, and a message without line beats none
        return Lines({})
    breaks = [index for index, character in enumerate(text) if character == "\n"]
    return Lines({path: bisect_left(breaks, start) + 1 for path, start in starts.items()})


class _Parser(Parser):
    """Notes at which character each item began; items stay alive in it, so that their ids stay theirs."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.starts: dict[int, tuple[int, Item]] = {}

    def _parse_key_value(self, parse_comment: bool = False) -> tuple[Key, Item]:
        start = self._idx
        key, value = super()._parse_key_value(parse_comment)
        self.starts[id(value)] = (start, value)
        return key, value

    def _parse_value(self) -> Item:
        start = self._idx
        value = super()._parse_value()
        self.starts[id(value)] = (start, value)
        return value

    def _parse_table(self, parent_name: Key | None = None, parent: Table | None = None) -> tuple[Key, Table | AoT]:
        start = self._idx
        key, made = super()._parse_table(parent_name, parent)
        # One header `[a.b.c]` makes a chain of tables; all of them begin here.
        link: Item | None = made
        while link is not None and id(link) not in self.starts:
            self.starts[id(link)] = (start, link)
            link = _only_table_in(link)
        return key, made


def _only_table_in(item: Item) -> Item | None:
    if isinstance(item, AoT):
        return item.body[0] if item.body else None
    if isinstance(item, Table) and item.is_super_table():
        inner = [child for _, child in item.value.body if isinstance(child, Table | AoT)]
        return inner[0] if len(inner) == 1 else None
    return None


def _walk(container: Container, at: KeyPath, starts: dict[int, tuple[int, Item]]) -> Iterator[tuple[KeyPath, int]]:
    """Yield path and start of everything in a container; the first place wins where a table is written in parts."""
    seen: dict[KeyPath, int] = {}
    for key, item in container.body:
        if key is not None and len(at) < MAX_DEPTH:
            for path, start in _of_item(item, (*at, key.key), starts):
                seen.setdefault(path, start)
    yield from seen.items()


def _of_item(item: Item, at: KeyPath, starts: dict[int, tuple[int, Item]]) -> Iterator[tuple[KeyPath, int]]:
    inside: list[tuple[KeyPath, int]] = []
    if isinstance(item, Table | InlineTable):
        inside = list(_walk(item.value, at, starts))
    elif isinstance(item, AoT | Array):
        members = item.body if isinstance(item, AoT) else [item.item(index) for index in range(len(item))]
        for index, member in enumerate(members):
            inside.extend(_of_item(member, (*at, index), starts))
    known = starts.get(id(item))
    if known is not None or inside:
        # A table that only dotted keys imply begins with the first of them.
        yield at, known[0] if known is not None else inside[0][1]
    yield from inside
