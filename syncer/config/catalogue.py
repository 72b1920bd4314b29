"""A catalogue whose threads are watched, as the rest of syncer reads it.

Apart from `settings`, which is full; everybody above the lowest floor may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from syncer.frozen import frozen

if TYPE_CHECKING:
    from syncer.config.settings import CheckTiming, Every

MOST: Final = 20
"""Threads of one catalogue that are watched at once, unless the config says otherwise."""


@frozen
class Catalogue:
    """A page that lists threads, and which of them become watchers."""

    url: str
    name: str
    """"" = it is called by its URL."""
    words: tuple[str, ...]
    """Rules for title and first text of a thread; none = every thread."""
    most: int
    """So many of its threads are watched at once."""
    every: Every
    """When it is looked at."""
    threads: CheckTiming
    """When its threads are."""
    options: Mapping[str, object]
    paused: bool

    @property
    def label(self) -> str:
        """How it is called in messages and on the command line."""
        return self.name or self.url
