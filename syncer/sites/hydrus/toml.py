"""TOML as people like to read it: short tables on one line, long lists broken, patterns in single quotes.

Here, because tomlkit needs three times the code to lay out nested tables like this; whatever is written is read
back with tomllib and compared. Only the writers of this package import it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from syncer.frozen import frozen

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]
Table = dict[str, Value]

WIDTH = 118
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_PLAIN = re.compile(
    r"[\x20-\x7e\u00a1-\u200a\u2010-\u2027\u202f-\u205f\u2070-\ud7ff\uf900-\ufefe\uff00-\uffef\U00010000-\U000e0000]*\Z"
)
"""What is written as it is; control characters, line ends, and those that turn the reading direction are escaped."""
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_NESTED = {"parser": ("get", "posts"), "posts": ("get", "posts"), "login": ("steps",), "steps": ("get",)}
"""Which lists of tables become tables of their own, by the last word of the table's heading."""


@frozen
class Entry:
    """One object of a site file: the heading of its table, its content, and what is said about it."""

    kind: str
    table: Table
    comments: tuple[str, ...] = ()


def string(text: str) -> str:
    """Write a text: in single quotes where that saves backslashes, else with escapes."""
    if ("\\" in text or '"' in text) and "'" not in text and _PLAIN.match(text):
        return f"'{text}'"
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _PLAIN.match(character):
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def key(name: str) -> str:
    """Write a key, quoted where it must be."""
    return name if _BARE_KEY.match(name) else string(name)


def inline(value: Value) -> str:
    """Write a value on one line."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key(name)} = {inline(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return "[" + ", ".join(inline(item) for item in value) + "]"


def _assign(name: str, value: Value) -> Iterator[str]:
    """Write a key and its value, a long list with one item a line."""
    line = f"{key(name)} = {inline(value)}"
    if len(line) <= WIDTH or isinstance(value, str | int | Mapping) or not value:
        yield line
        return
    yield f"{key(name)} = ["
    for item in value:
        yield f"  {inline(item)},"
    yield "]"


def _table(heading: str, table: Table) -> Iterator[str]:
    """Write a table of a list of tables, and its own lists of tables after it."""
    nested = _NESTED.get(heading.rpartition(".")[2], ())
    yield f"[[{heading}]]"
    for name, value in table.items():
        if name not in nested:
            yield from _assign(name, value)
    for name in nested:
        value = table.get(name, ())
        assert isinstance(value, Sequence)
        for item in value:
            assert isinstance(item, dict)
            yield ""
            yield from _table(f"{heading}.{name}", item)


def comment(text: str) -> Iterator[str]:
    """Write a remark; what is no plain text in it is shown as escapes."""
    for line in text.splitlines() or [""]:
        shown = "".join(_character(character) if character not in '"\\' else character for character in line)
        yield f"# {shown}".rstrip()


def site_table(table: Table) -> str:
    """Write the `[site]` table."""
    lines = ["[site]"]
    for name, value in table.items():
        lines += _assign(name, value)
    return "\n".join(lines) + "\n"


def entries(listed: Iterable[Entry]) -> str:
    """Write objects, each after an empty line and its remarks."""
    lines: list[str] = []
    for entry in listed:
        lines.append("")
        for remark in entry.comments:
            lines += comment(remark)
        lines += _table(entry.kind, entry.table)
    return "\n".join(lines) + "\n"
