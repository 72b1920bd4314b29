"""How times, sizes and waits are said to a person.

Here, so that every message says them alike. Everybody from the service up may import it.
"""

from __future__ import annotations

from datetime import UTC, datetime

SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
UNITS = ("bytes", "KB", "MB", "GB", "TB")


def day(at: float) -> str:
    """Say a time (seconds since 1970) as a date."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def moment(at: float) -> str:
    """Say a time (seconds since 1970) as date and time in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def span(seconds: float) -> str:
    """Say a length of time in its largest sensible unit: "3 minutes"."""
    for size, name in SPANS:
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {name}" + ("s" if number != 1 else "")
    return "a moment"


def size(number: int) -> str:
    """Say a number of bytes: "1.5 MB" (1 KB = 1024 bytes)."""
    amount = float(number)
    for unit in UNITS:
        if amount < 1024 or unit == UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable")


def count(number: int, noun: str) -> str:
    """Say a number of things: "1 post", "2 posts"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
