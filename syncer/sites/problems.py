"""What is wrong in a site file: file, line, key path and cure, as one line that a person can act on.

Here because reading, validating and compiling all report in the same way. Pure; everybody above may import it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from syncer.frozen import frozen

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the top of the document to a value."""


@frozen
class Problem:
    """One thing to mend in a site file."""

    file: Path
    line: int | None
    where: str
    text: str
    serious: bool = True
    """False: a warning; the file is used all the same."""

    def __str__(self) -> str:
        place = f"{self.file.name}:{self.line}" if self.line else self.file.name
        return f"{place}: {self.where}: {self.text}" if self.where else f"{place}: {self.text}"


class SiteFileError(Exception):
    """A site file makes no sense at `path`; caught by the loader, which finds the line."""

    def __init__(self, path: KeyPath, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


def spell(path: Sequence[str | int], document: object = None) -> str:
    """Write a key path for people: `url "search page".match`, `parser.listing.get[2].css`."""
    text, node = "", document
    for key in path:
        node = _step(node, key)
        if isinstance(key, int):
            name = node.get("name") if isinstance(node, dict) else None
            text += f' "{name}"' if isinstance(name, str) else f"[{key}]"
        else:
            text += f".{key}" if text else key
    return text


def _step(node: object, key: str | int) -> object:
    if isinstance(node, dict) and isinstance(key, str):
        return node.get(key)
    if isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node):
        return node[key]
    return None
