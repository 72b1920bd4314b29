"""Cuts pieces out of a TOML text and puts others in, and leaves every other letter as it is.

Here, because tomlkit loses comments that stand between the items of an array. Pure; only the editor imports it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from syncer.config import layout
from syncer.config.layout import Array, Item, Statement

WIDTH: Final = 100
"""A longer list is written one item a line."""
_STEP: Final = "  "
_BLANKS: Final = re.compile(r"[ \t]*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")


@dataclass(slots=True)
class Block:
    """One `[[name]]` table with what belongs to it."""

    start: int
    end: int
    keys: dict[str, Statement] = field(default_factory=dict)
    """Its own keys, without those of tables inside it."""
    last: int = 0
    """Behind the last of its own keys, or its header."""


def blocks(text: str, name: str) -> list[Block]:
    """Return the `[[name]]` tables in order; raises ValueError where the text cannot be taken apart."""
    found: list[Block] = []
    current: Block | None = None
    inside = False
    for each in layout.statements(text):
        if each.header:
            inside = each.path[:1] == (name,) and len(each.path) > 1 and current is not None
            if each.header == "[[" and each.path == (name,):
                current = Block(each.start, each.end, last=each.end)
                found.append(current)
            elif not inside:
                current = None
        if current is not None:
            current.end = each.end
            if not each.header and not inside:
                current.last = each.end
                if len(each.path) == 1:
                    current.keys[each.path[0]] = each
    return found


def literal(value: object) -> str:
    """Write a text, number, truth, list or table of them as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {literal(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def table(name: str, values: Mapping[str, object]) -> str:
    """Write a `[[name]]` table, long lists one item a line."""
    lines = [f"[[{name}]]"]
    for key, value in values.items():
        line = f"{key} = {literal(value)}"
        if len(line) > WIDTH and isinstance(value, Sequence) and not isinstance(value, str):
            line = "\n".join((f"{key} = [", *(f"{_STEP}{literal(each)}," for each in value), "]"))
        lines.append(line)
    return "\n".join(lines) + "\n"


def append(text: str, addition: str) -> str:
    """Return the text with a table behind all that it says, an empty line between."""
    between = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{between}{addition}"


def add_items(text: str, start: int, new: Sequence[object]) -> str:
    """Return the text with items at the end of the array that begins at `start`, in the way it is written."""
    found = layout.array(text, start)
    written = [literal(each) for each in new]
    last = found.items[-1] if found.items else None
    tail = found.start + 1 if last is None else last.end if last.comma is None else last.comma + 1
    if "\n" not in text[tail : found.close]:
        if last is None:
            return text[: start + 1] + ", ".join(written) + text[found.close :]
        joined = "".join(f", {each}" if last.comma is None else f" {each}," for each in written)
        return text[:tail] + joined + text[tail:]
    line = text.rfind("\n", 0, found.close) + 1
    indent = _indent(text, found)
    ending = "," if last is None or last.comma is not None else ""
    body = ",\n".join(indent + each for each in written) + f"{ending}\n"
    comma = "," if last is not None and last.comma is None else ""
    return text[:tail] + comma + text[tail:line] + body + text[line:]


def remove_item(text: str, start: int, index: int) -> str:
    """Return the text without one item of the array that begins at `start`; a comment on its own line goes with it."""
    found = layout.array(text, start)
    item = found.items[index]
    line = text.rfind("\n", 0, item.start) + 1
    behind = item.end if item.comma is None else item.comma + 1
    rest = _REST_OF_LINE.match(text, behind)
    if line > start and not text[line : item.start].strip() and rest and "\n" not in text[item.end : behind]:
        return text[:line] + text[rest.end() :]
    first, last = _cut(text, found, index)
    return text[:first] + text[last:]


def _cut(text: str, found: Array, index: int) -> tuple[int, int]:
    """Return from where to where an item goes that shares its line with others."""
    item = found.items[index]
    before: Item | None = found.items[index - 1] if index else None
    following = found.items[index + 1] if index + 1 < len(found.items) else None
    if following is not None and item.comma is not None and not text[item.comma + 1 : following.start].strip(" \t"):
        return item.start, following.start
    first = len(text[: item.start].rstrip(" \t"))
    if item.comma is not None:
        return first, item.comma + 1
    if before is not None and before.comma is not None and first == before.comma + 1:
        first = before.comma
    return first, item.end


def add_key(text: str, block: Block, key: str, value: object) -> str:
    """Return the text with one more key behind the others of a table."""
    indent = _blanks(text, text.rfind("\n", 0, block.last) + 1)
    rest = _REST_OF_LINE.match(text, block.last)
    at = rest.end() if rest else block.last
    mark = "" if at == 0 or text[at - 1] == "\n" else "\n"
    return f"{text[:at]}{mark}{indent}{key} = {literal(value)}\n{text[at:]}"


def remove_block(text: str, block: Block) -> str:
    """Return the text without a table and the comments inside it; what stands above or behind it stays."""
    first = text.rfind("\n", 0, block.start) + 1
    rest = _REST_OF_LINE.match(text, block.end)
    before, behind = text[:first], text[rest.end() if rest else block.end :]
    if before.endswith("\n\n") and not behind:
        return before[:-1]
    return before + (behind.removeprefix("\n") if not before or before.endswith("\n\n") else behind)


def _indent(text: str, found: Array) -> str:
    if found.items and (line := text.rfind("\n", 0, found.items[-1].start) + 1) > found.start:
        return _blanks(text, line)
    return _blanks(text, text.rfind("\n", 0, found.start) + 1) + _STEP


def _blanks(text: str, line: int) -> str:
    found = _BLANKS.match(text, line)
    return found[0] if found else ""
