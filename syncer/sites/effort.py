"""What reading one page may cost here, in the running process, and when the reading must move to a process of its own.

Here because a page can cost out of all proportion, in many ways, and only a process can be limited in all of them; the
usual page must not pay for that. Everything that reads pages asks here; cell does the moving.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.clock import elapsed, worked
from syncer.errors import ItemError

SECONDS = 0.3
"""A reading that has taken more CPU time moves: real pages take a tenth of it at most."""
CHARACTERS = 16 * 1024 * 1024
"""So many characters of texts may be taken out of a page, repeats and all."""


class HostileError(ItemError):
    """The page is built to stall its reader."""


class GarbledError(ItemError):
    """A page is not of the format that its parser reads: cut off, an error of the site, or something else altogether."""


class OddPageError(Exception):
    """A page must be read in a process with limits; caught by cell alone, so no ItemError."""


class _Reading(threading.local):
    """The reading that a thread is at."""

    until: float | None = None
    """When to look at what it took; None: it may take as long as it needs, since its process is limited or since nobody said."""
    began: float = 0.0
    """CPU time of the thread at its begin."""
    size: int = 0
    """Characters of the page."""
    left: int = CHARACTERS
    apart: bool = False
    """It runs in a process of its own."""


_reading = _Reading()


@contextmanager
def begun(size: int) -> Iterator[None]:
    """Begin to count what the reading of a page of `size` characters costs in this thread."""
    _reading.until, _reading.size, _reading.left = elapsed() + SECONDS, size, CHARACTERS
    _reading.began = worked()
    try:
        yield
    finally:
        _reading.until = None


def apart() -> None:
    """Note that this process was made for the one reading, and is limited."""
    _reading.until, _reading.apart = None, True


def is_apart() -> bool:
    """Tell whether this process was made for the one reading: it shares nothing with its parent, the store least of all."""
    return _reading.apart


def move(why: str) -> None:
    """Have the page read in a process of its own; where nobody can move it, raise HostileError."""
    if _reading.until is not None:
        raise OddPageError(why)
    if not _reading.apart:
        raise HostileError(f"The page {why}", "It looks built to stall parsers; nothing of it was read.")


def before_long(limit: int) -> None:
    """Say that something begins that cannot look at the time: pages of over `limit` characters move before it."""
    if _reading.until is not None and _reading.size > limit:
        raise OddPageError("is very large")
    check()


def check() -> None:
    """Look whether the reading has taken too long; cheap enough to be asked for each item."""
    until = _reading.until
    if until is not None and elapsed() > until:
        left = SECONDS - (worked() - _reading.began)
        if left <= 0:
            raise OddPageError("takes long to read")
        _reading.until = elapsed() + left  # The machine was busy with something else.


def taken(text: str) -> str:
    """Count a text that was put together out of a page, and give it back."""
    if _reading.until is not None:
        _reading.left -= len(text)
        if _reading.left < 0:
            raise OddPageError("gives too much text")
    return text
