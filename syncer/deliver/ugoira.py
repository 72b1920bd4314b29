"""Puts the times of its frames into a drawn animation: a zip of pictures that says nothing of how long each is shown.

Sites tell the times apart from the zip; as a file `animation.json` inside of it they stay with the pictures, and hydrus plays them.
Reads and writes files; the service imports it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from syncer.deliver import zips
from syncer.deliver.signatures import KINDS
from syncer.model import Note

MIME: Final = KINDS["ugoira"].mime
NAME: Final = "animation.json"
NOTES: Final = ("ugoira json", "ugoira frame delay array")
"""Names of notes in which a post can tell the times: as hydrus knows them."""

_MOST_FRAMES: Final = 5_000
_MOST_TEXT: Final = 1_000_000
_MOST_MILLISECONDS: Final = 600_000


def missing_times(path: Path, notes: Sequence[Note]) -> bytes:
    """Return what is to be added as NAME to the animation at `path`, b"" where it has it or no note fits. Raises OSError."""
    with path.open("rb") as file:
        found = zips.directory(file, file.seek(0, 2))
    if found is None or found.entries > _MOST_FRAMES or len(found.names) != found.entries or NAME in found.names:
        return b""
    if not _can_be_added_to(path):
        return b""
    frames = sorted(found.names)
    for note in notes:
        times = _times(note.text, frames) if note.name in NOTES else ()
        if times:
            rows = [{"file": name, "delay": delay} for name, delay in zip(frames, times, strict=True)]
            return json.dumps({"frames": rows}, separators=(",", ":")).encode()
    return b""


def add_times(path: Path, times: bytes) -> None:
    """Append the times to an animation, without the time of day: the same gives the same bytes. Raises OSError, BadZipFile."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(NAME), times)


def _can_be_added_to(path: Path) -> bool:
    """Tell whether the zip library reads the archive: to one that it does not it would append another."""
    try:
        with zipfile.ZipFile(path):
            return True
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False


def _times(text: str, frames: Sequence[str]) -> tuple[int, ...]:
    """Read milliseconds for each frame from JSON: `{"frames": [{"file": ..., "delay": ...}]}`, the list alone, or numbers."""
    try:
        data: Any = json.loads(text) if len(text) <= _MOST_TEXT else None
    except (ValueError, RecursionError):
        return ()
    rows = data.get("frames") if isinstance(data, dict) else data
    if not isinstance(rows, list) or len(rows) != len(frames):
        return ()
    if all(isinstance(row, dict) and isinstance(row.get("file"), str) for row in rows):
        told = {row["file"]: row.get("delay") for row in rows}
        rows = [told.get(frame) for frame in frames]
    return tuple(rows) if all(type(row) is int and 0 < row <= _MOST_MILLISECONDS for row in rows) else ()
