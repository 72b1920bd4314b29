"""One thing that is wrong with a config: where, and what in words.

Apart from `problems`, which writes them and knows the schema, so that a config without faults loads neither. Only `config` imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from syncer.frozen import frozen

KeyPath = tuple[str | int, ...]
"""Keys and list positions (from 0) from the top of the file, as pydantic names them."""


@frozen
class Problem:
    """One thing to mend: where, and what in words (lower case, without a full stop)."""

    path: KeyPath
    text: str
    other: KeyPath | None = None
    """The earlier one of two that exclude each other."""
    missing: bool = False
    """`path` names a key that is not there."""
    source: int | None = None
    """The file that `path` is about, where that is not the first one that says something there."""

    def moved(self, origin: Callable[[KeyPath], KeyPath]) -> Problem:
        """Return the problem with its paths led back to where things stand in the file."""
        return replace(self, path=origin(self.path), other=None if self.other is None else origin(self.other))
