"""Rules in words: "5 requests / 1 s", "16 GB / 1 day", "1 GB / 1 month" for bandwidth, "1 per 180 days" for death.

Reading, writing and judging them is pure; counting against them is `fetch.bandwidth`. Everybody above may import it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from syncer.config import settings, units
from syncer.config.bandwidth import POLITE, Rule

MAX_WINDOW: Final = 366 * settings.DAY
MAX_REQUESTS: Final = 10**9

_SEPARATOR: Final = re.compile(r"\s*/\s*|\s+per\s+", re.ASCII)
_REQUESTS: Final = re.compile(r"([0-9]{1,12})\s*requests?", re.ASCII | re.IGNORECASE)
_WINDOW: Final = re.compile(r"(?:([0-9.]+)\s*)?([A-Za-z]+)", re.ASCII)
_DEATH: Final = re.compile(r"([0-9]{1,6})\s*(?:files?\s*)?(?:/|per\b)\s*(.+)", re.ASCII | re.IGNORECASE)
_CURE: Final = 'write a rule like "1 request / 1 s", "8 GB / 1 day" or "100 GB / 1 month"'


def read(text: str) -> Rule:
    """Read one bandwidth rule; "1 month" is the calendar month. Raises ValueError with the cure."""
    parts = _SEPARATOR.split(text.strip())
    if len(parts) != 2 or not all(parts):
        raise ValueError(f'"{text}" cannot be read; {_CURE}')
    amount_text, window = parts
    requests = _REQUESTS.fullmatch(amount_text)
    if requests is None and amount_text.isdigit():
        raise ValueError(f'"{text}" does not say what it counts; {_CURE}')
    amount = int(requests.group(1)) if requests else units.size(amount_text)
    if amount < 1:
        raise ValueError(f'"{text}" would never allow anything; to stop a subscription or watcher, write paused = true')
    if requests and amount > MAX_REQUESTS:
        raise ValueError(f'"{text}" is more requests than can be; leave the rule out')
    return Rule("requests" if requests else "bytes", amount, _window(window, text))


def write(rule: Rule) -> str:
    """Write a rule so that `read` gives the same again."""
    counted = f"{rule.amount} request{'' if rule.amount == 1 else 's'}"
    amount = counted if rule.kind == "requests" else units.write_size(rule.amount)
    return f"{amount} / {'1 month' if rule.seconds is None else units.write_duration(rule.seconds)}"


def faster_than_polite(rules: Sequence[Rule]) -> Rule | None:
    """Return the tightest rule on requests where it lets more than one a second through over its window, else None.

    Rules without one on requests are not faster: `polite` adds it.
    """
    paced = [rule for rule in rules if rule.kind == "requests" and rule.seconds is not None]
    if not paced:
        return None
    tightest = min(paced, key=_rate)
    return tightest if _rate(tightest) > 1 else None


def polite(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules with "1 request / 1 s" before them, unless one of them already spaces single requests so far.

    "60 requests / 1 minute" alone would allow sixty at once.
    """
    spaced = any(rule.kind == "requests" and rule.amount == 1 for rule in rules)
    return tuple(rules) if spaced else (POLITE, *rules)


def death(text: str) -> tuple[int, int | None]:
    """Read "1 per 180 days" into (files, seconds), "never" into (0, None). Raises ValueError with the cure."""
    if text.strip().lower() == "never":
        return 0, None
    match = _DEATH.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" cannot be read; write "1 per 180 days" (fewer files than that: dead) or "never"')
    seconds = units.whole_seconds(match.group(2))
    if seconds < 1:
        raise ValueError(f'"{text}": the time must be at least one second')
    return int(match.group(1)), seconds


def write_death(files: int, seconds: int) -> str:
    """Write what `death` reads."""
    return f"{files} per {units.write_duration(seconds)}"


def _rate(rule: Rule) -> Fraction:
    assert rule.seconds is not None, "a calendar month is no pace"
    return Fraction(rule.amount, rule.seconds)


def _window(window: str, text: str) -> int | None:
    match = _WINDOW.fullmatch(window)
    if match is None:
        raise ValueError(f'"{text}" cannot be read; {_CURE}')
    number, unit = match.group(1) or "1", match.group(2).lower()
    if unit in ("month", "months"):
        if number != "1":
            raise ValueError(f'"{text}": only "1 month", the calendar month, can be counted; write days otherwise')
        return None
    seconds = units.whole_seconds(f"{number} {unit}")
    if not 1 <= seconds <= MAX_WINDOW:
        raise ValueError(f'"{text}": the time must be between 1 second and 366 days')
    return seconds
