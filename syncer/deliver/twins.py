"""Knows which names are on the disk, in the form in which case twins and differently composed letters are one name.

A listing for every delivery would cost seconds in a folder with a million files; this one is kept a while, as hashes. That is enough:
the store reserves our own names, and moving never overwrites. Reads folders; only `place` imports it.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from syncer.clock import Clock
from syncer.deliver import naming

_LEAST_REST: Final = 1.0
_REST: Final = 100
"""A changed folder is listed again only after this many times the seconds that listing it took."""
_MOST_FOLDERS: Final = 64
_MOST_DOTS: Final = 6


@dataclass(frozen=True, slots=True)
class _Listing:
    changed: int
    again: float
    keys: array[int]

    def has(self, key: int) -> bool:
        place = bisect_left(self.keys, key)
        return place < len(self.keys) and self.keys[place] == key


class Twins:
    """Answers whether a name is taken in a folder by a file that other programs or earlier years left there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listings: dict[str, _Listing] = {}

    def has(self, folder: str, name: str) -> bool:
        """Tell whether `folder` has a file whose name, up to one of its dots, is the stem of `name` (8 bytes kept a name).

        A file that came within the last second or so, and only differs in case, may be missed. Raises OSError, but a folder that
        is not there has no files.
        """
        if os.path.lexists(os.path.join(folder, name)):
            return True
        listing = self._listing(folder)
        return listing is not None and listing.has(hash(naming.name_key(name)))

    def _listing(self, folder: str) -> _Listing | None:
        try:
            changed = os.stat(folder).st_mtime_ns
        except FileNotFoundError:
            return None
        kept = self._listings.get(folder)
        if kept is not None and (kept.changed == changed or self._clock.monotonic() < kept.again):
            return kept
        started = self._clock.monotonic()
        with os.scandir(folder) as entries:
            keys = array("q", sorted({hash(key) for entry in entries for key in _keys(entry.name)}))
        now = self._clock.monotonic()
        listing = _Listing(changed, now + max(_LEAST_REST, _REST * (now - started)), keys)
        self._listings.pop(folder, None)
        self._listings[folder] = listing
        while len(self._listings) > _MOST_FOLDERS:
            self._listings.pop(next(iter(list(self._listings)), ""), None)
        return listing


def _keys(name: str) -> Iterator[str]:
    """Yield all stems that a file can be said to have: `a.b.jpg.json` belongs to `a`, `a.b` and `a.b.jpg`."""
    folded = naming.fold(name)
    yield folded
    place = folded.find(".", 1)
    for _ in range(_MOST_DOTS):
        if place < 0:
            return
        yield folded[:place]
        place = folded.find(".", place + 1)
