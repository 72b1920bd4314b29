"""No flood: files wait while as many came in a day as a person can sort, or while the media manager has not taken the earlier ones.

Here, because it looks at the store and at import folders, and tells the dispatcher how many more may begin. The loop asks it every
turn; threads are exempt, since they die.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from syncer.config.settings import ImportFolder
from syncer.frozen import frozen
from syncer.service.runtime import Runtime
from syncer.service.words import count
from syncer.store import deliveries, flags, requests
from syncer.store.database import Named

DAY: Final = 86_400.0
LOOK: Final = 10.0
"""Seconds between two looks into the import folders."""
LONGEST_REST: Final = 30.0
_SIDECARS: Final = (".json", ".txt", ".xmp", ".nfo")


@frozen
class Full:
    """A limit that is reached, with what lifts it in words; `until` in seconds since 1970, None = not by time alone."""

    why: str
    cure: str
    until: float | None = None


class Crowd:
    """Counts what came and what was taken; belongs to the loop's thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._holding: set[str] = set()
        """The limits that hold now, by name: each is let go a tenth below itself, or files would drip in one by one."""
        self._looked: dict[Path, tuple[float, float, int]] = {}
        """When each folder was looked at, by both clocks, and how many media were there."""
        self._told: list[Full] | None = None

    def turn(self) -> float:
        """Tell the dispatcher how many files may begin; return the seconds until that may change by itself."""
        # Before anything is counted: a file that ends meanwhile counts twice rather than not at all.
        running = self._runtime.dispatch.files_running()
        pressure = self._runtime.snapshot.config.pressure
        left: list[int] = []
        full: list[Full] = []
        if pressure.files_per_day:
            self._a_day(pressure.files_per_day, left, full)
        if pressure.undrained:
            for folder in self._runtime.snapshot.config.import_folders.values():
                if folder.drains:
                    self._undrained(folder, pressure.undrained, left, full)
        allowed = 0 if full else min(left) - running if left else None
        self._runtime.dispatch.set_allowance(None if allowed is None else max(0, allowed))
        self._tell(full)
        now = self._runtime.clock.now()
        ends = [each.until - now for each in full if each.until is not None]
        return min([LOOK if full else LONGEST_REST, *(max(0.0, end) for end in ends)])

    def _a_day(self, most: int, left: list[int], full: list[Full]) -> None:
        now = self._runtime.clock.now()
        with self._runtime.db.read() as tx:
            came = deliveries.placed_since(tx, now - DAY)
            again = _again_at(most)
            ends = None if came < most and "day" not in self._holding else deliveries.nth_newest(tx, again)
        if not self._holds("day", came, most):
            left.append(most - came)
            return
        full.append(
            Full(
                f"{count(came, 'file')} came in the last 24 hours, and files_per_day is {most}",
                "Raise [pressure] files_per_day, or wait",
                None if ends is None else ends + DAY,
            )
        )

    def _undrained(self, folder: ImportFolder, most: int, left: list[int], full: list[Full]) -> None:
        there = self._there(folder.path, most)
        if not self._holds(f"folder {folder.name}", there, most):
            left.append(most - there)
            return
        full.append(
            Full(
                f'{count(there, "file")} wait{"s" if there == 1 else ""} in the import folder "{folder.name}", and undrained is {most}',
                f"Let your media manager import them, and files come again from {_again_at(most)} on; or raise [pressure] undrained",
            )
        )

    def _holds(self, name: str, number: int, most: int) -> bool:
        holds = number > _again_at(most) if name in self._holding else number >= most
        (self._holding.add if holds else self._holding.discard)(name)
        return holds

    def _there(self, path: Path, most: int) -> int:
        """Return how many media lie in an import folder: as seen a moment ago, unless what came since may have filled it."""
        now, wall = self._runtime.clock.monotonic(), self._runtime.clock.now()
        at, wall_then, number = self._looked.get(path, (-LOOK, 0.0, 0))
        if now - at < LOOK:
            with self._runtime.db.read() as tx:
                number += deliveries.placed_since(tx, wall_then - 1)
            if number < most:
                return number
        number = sum(1 for _ in media(path))
        self._looked[path] = (now, wall, number)
        return number

    def _tell(self, full: list[Full]) -> None:
        """Let `status` and `get` know what holds files back, once for each change of it."""
        if full == self._told or (not full and self._told is None and not self._was_told()):
            self._told = full
            return
        self._told = full
        with self._runtime.db.write(Named.FLUSH) as tx:
            requests.set_fact(tx, flags.CROWDED, [asdict(each) for each in full])

    def _was_told(self) -> bool:
        with self._runtime.db.read() as tx:
            return bool(requests.fact(tx, flags.CROWDED))


def _again_at(most: int) -> int:
    """Return down to which number a limit that is reached holds."""
    return most - max(1, most // 10)


def media(folder: Path) -> Iterator[str]:
    """Yield the media below an import folder; what cannot be looked at counts as empty: that it is away is told elsewhere."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from media(Path(entry.path))
        elif not entry.name.lower().endswith(_SIDECARS) and not entry.name.startswith("."):
            yield entry.path
