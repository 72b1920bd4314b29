"""Reads times as people type them on the command line. Only commands import it."""

from __future__ import annotations

from syncer.errors import UsageError


def since(text: str, now: float) -> float:
    """Return a time in seconds since 1970: a length of time back from `now`, or a date (UTC). Raises UsageError."""
    from datetime import UTC, datetime

    from syncer.config import units

    try:
        return now - units.duration(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f'"{text}" is no time', 'Write "7 days" or a date like "2026-05-31"') from None
