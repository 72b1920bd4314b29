"""Sizes and durations as people write them: "10 KB", "1.5 days"; and back again.

Pure and without dependencies, so that the command line can read `--for 2h` with it too. Everybody above may import it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from syncer.config import settings

MAX_SIZE: Final = 2**62
MAX_DURATION: Final = 100 * 365 * settings.DAY

_QUANTITY: Final = re.compile(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)\s*", re.ASCII)

_SIZES: Final[dict[str, int]] = {
    "b": 1, "byte": 1, "bytes": 1,
    "kb": settings.KB, "kib": settings.KB,
    "mb": settings.MB, "mib": settings.MB,
    "gb": settings.GB, "gib": settings.GB,
    "tb": 1024 * settings.GB, "tib": 1024 * settings.GB,
}  # fmt: skip

_DURATIONS: Final[dict[str, Fraction]] = {
    "ms": Fraction(1, 1000), "millisecond": Fraction(1, 1000), "milliseconds": Fraction(1, 1000),
    "s": Fraction(1), "sec": Fraction(1), "second": Fraction(1), "seconds": Fraction(1),
    "min": Fraction(60), "minute": Fraction(60), "minutes": Fraction(60),
    "h": Fraction(3600), "hour": Fraction(3600), "hours": Fraction(3600),
    "d": Fraction(86400), "day": Fraction(86400), "days": Fraction(86400),
    "w": Fraction(7 * 86400), "week": Fraction(7 * 86400), "weeks": Fraction(7 * 86400),
}  # fmt: skip

_DURATION_CURES: Final[dict[str, str]] = {
    "m": 'is "m" minutes or months? Write "min", or the number of days',
    "month": 'months differ in length; write days, like "30 days"',
    "months": 'months differ in length; write days, like "90 days"',
    "year": 'years differ in length; write days, like "365 days"',
    "years": 'years differ in length; write days, like "365 days"',
}


def size(text: str) -> int:
    """Read a size like "10 KB" or "1.5 GB" into bytes; 1 KB is 1024 bytes, as in a file manager.

    A plain "0" needs no unit. Raises ValueError with the cure.
    """
    number, unit = _split(text, 'write a size like "10 KB"')
    if unit not in _SIZES and not (unit == "" and number == 0):
        raise ValueError(f"{_unit_fault(text, unit)}; known are B, KB, MB, GB, TB")
    result = int(number * _SIZES.get(unit, 1))
    if result > MAX_SIZE:
        raise ValueError(f'"{text}" is too big')
    return result


def duration(text: str) -> float:
    """Read a duration like "90 days", "2h" or "500 ms" into seconds.

    A plain "0" needs no unit; months and years are refused, since they differ in length.
    Raises ValueError with the cure.
    """
    number, unit = _split(text, 'write a duration like "12 hours" or "90 days"')
    if unit in _DURATION_CURES:
        raise ValueError(f'"{text}": {_DURATION_CURES[unit]}')
    if unit not in _DURATIONS and not (unit == "" and number == 0):
        raise ValueError(f"{_unit_fault(text, unit)}; known are ms, s, min, h, days, weeks")
    result = number * _DURATIONS.get(unit, Fraction(1))
    if result > MAX_DURATION:
        raise ValueError(f'"{text}" is over 100 years')
    return float(result)


def ratio(text: str) -> float:
    """Read a ratio of width to height, "16:9" or "1.5"; raises ValueError with the cure."""
    width, colon, height = text.partition(":")
    try:
        found = float(width) / (float(height) if colon else 1.0)
    except (ValueError, ZeroDivisionError):
        found = 0.0
    if not 0.001 <= found <= 1000:
        raise ValueError(f'"{text}" is no ratio of width to height; write it like "16:9" or "1.5"')
    return found


def whole_seconds(text: str) -> int:
    """Read a duration that must come to whole seconds; raises ValueError with the cure."""
    seconds = duration(text)
    if seconds != int(seconds):
        raise ValueError(f'"{text}" is not a whole number of seconds')
    return int(seconds)


def write_size(amount: int) -> str:
    """Write bytes so that `size` reads exactly the same number: the largest unit that leaves nothing over."""
    for unit in ("TB", "GB", "MB", "KB"):
        if amount and amount % _SIZES[unit.lower()] == 0:
            return f"{amount // _SIZES[unit.lower()]} {unit}"
    return f"{amount} B"


def write_duration(seconds: float) -> str:
    """Write seconds, down to whole milliseconds, so that `duration` reads the same: the largest unit without a rest."""
    thousandths = round(seconds * 1000)
    for unit, length in (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000)):
        if thousandths % length == 0 and (thousandths or unit == "second"):
            count = thousandths // length
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{thousandths} ms"


def _split(text: str, cure: str) -> tuple[Fraction, str]:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" cannot be read; {cure}')
    return Fraction(match.group(1)), match.group(2).lower()


def _unit_fault(text: str, unit: str) -> str:
    return f'"{text}" has the unknown unit "{unit}"' if unit else f'"{text}" has no unit'
