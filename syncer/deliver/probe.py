"""Asks ffprobe, where it is installed, how long and how large a video or sound is.

Apart, because it starts a program: with a time limit, on the local file alone. The service's file job imports it.
"""

from __future__ import annotations

import functools
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from syncer.frozen import frozen

LONGEST: Final = 20.0
"""Seconds that ffprobe may take."""
_MOST: Final = 10_000_000


@frozen
class Probed:
    """What is known; None = it is not."""

    duration: float | None = None
    """In seconds."""
    width: int | None = None
    height: int | None = None


def probe(path: Path) -> Probed:
    """Return what ffprobe tells of the file at `path`; nothing where there is no ffprobe, or it cannot tell."""
    program = _program()
    if program is None:
        return Probed()
    shown = "format=duration:stream=width,height,duration"
    command = [
        program,
        "-v",
        "error",
        "-protocol_whitelist",
        "file",
        "-of",
        "json",
        "-show_entries",
        shown,
        f"file:{path}",
    ]
    try:
        done = subprocess.run(  # noqa: S603 a program of this machine, on a file that lies here
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False, cwd=path.parent
        )
        return read(json.loads(done.stdout[:_MOST]))
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired):
        return Probed()


def read(told: Any) -> Probed:
    """Return what ffprobe's JSON says; nothing of what is not as it should be."""
    if not isinstance(told, dict):
        return Probed()
    streams = [each for each in told.get("streams") or () if isinstance(each, dict)]
    places = [told.get("format"), *streams]
    durations = [found for each in places if isinstance(each, dict) and (found := _seconds(each.get("duration")))]
    sizes = [(each.get("width"), each.get("height")) for each in streams]
    width, height = next(
        (pair for pair in sizes if all(isinstance(one, int) and one > 0 for one in pair)), (None, None)
    )
    return Probed(max(durations, default=None), width, height)


def _seconds(value: object) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if math.isfinite(found) and found > 0 else None


@functools.cache
def _program() -> str | None:
    return shutil.which("ffprobe")
