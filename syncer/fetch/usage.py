"""What a context used, by minute, hour, day and month: the form in which counters go to the store and come back.

Bytes are leased ahead, so that after a kill the store holds rather too much than too little. Pure; the ledger uses it,
`service` carries the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from syncer.config.bandwidth import Rule
from syncer.config.settings import MB
from syncer.fetch.window import month_start, next_month

LEASE: Final = 8 * MB

Unit = Literal["minute", "hour", "day", "month"]

KEEP: Final[dict[Unit, int]] = {"minute": 2 * 3600, "hour": 8 * 86_400, "day": 400 * 86_400, "month": 800 * 86_400}
"""Seconds after which a row of the unit can be forgotten, here and in the store."""

KEEP_OTHERS: Final[dict[Unit, int]] = {**KEEP, "day": 32 * 86_400, "month": 62 * 86_400}
"""The same for contexts that are neither everything nor a domain, of which there may be thousands."""

_FORGET_EVERY: Final = 600
_LENGTHS: Final[dict[Unit, int]] = {"minute": 60, "hour": 3600, "day": 86_400}
UNITS: Final[tuple[Unit, ...]] = ("minute", "hour", "day", "month")


class UsageRow(NamedTuple):
    """What to add to the store's counter of one context and span; both numbers can be negative (a lease given back)."""

    context: str
    unit: str
    start: int
    """Of the span, in seconds since 1970."""
    requests: int
    bytes: int
    last: float = 0.0
    """When the last request was booked, in seconds since 1970: not to be added, the latest counts."""


class PauseRow(NamedTuple):
    """A context that must not be asked before `until`, in seconds since 1970."""

    context: str
    until: float
    why: str


@dataclass(slots=True)
class _Span:
    requests: int = 0
    bytes: int = 0
    requests_stored: int = 0
    bytes_stored: int = 0
    last: float = 0.0


class Usage:
    """The counters of one context."""

    __slots__ = ("_at", "_context", "_forgot", "_open", "_spans", "_stored", "_units")

    def __init__(self, context: str, rows: Iterable[UsageRow] = (), units: tuple[Unit, ...] = UNITS) -> None:
        """Start with what the store knows, and count in these units."""
        self._context = context
        self._units = units
        self._spans: dict[tuple[Unit, int], _Span] = {}
        self._open: set[tuple[Unit, int]] = set()
        for row in rows:
            if row.unit in UNITS:
                unit: Unit = row.unit
                self._spans[unit, row.start] = _Span(row.requests, row.bytes, row.requests, row.bytes, row.last)
        self._at: tuple[int, tuple[_Span, ...]] | None = None
        self._forgot = 0.0
        self._stored: tuple[int, int] | None = None
        """The seconds between which the store needs nothing of what was booked up to now."""

    def add(self, wall: float, requests: int, number: int) -> None:
        """Book requests and bytes at a time (seconds since 1970)."""
        minute = int(wall // 60)
        if self._at is None or self._at[0] != minute:
            keys = [(unit, start_of(unit, wall)) for unit in self._units]
            self._open.update(keys)
            self._at = (minute, tuple(self._spans.setdefault(key, _Span()) for key in keys))
        self._stored = None
        for span in self._at[1]:
            span.requests += requests
            span.bytes += number
            span.last = max(span.last, wall) if requests else span.last

    def spread(self, rule: Rule, wall: float) -> Iterator[tuple[float, int]]:
        """Yield (time, amount) of what counts for a rule, each at the latest time at which it can have been."""
        unit = _unit_for(rule)
        for (kind, start), span in sorted(self._spans.items()):
            amount = span.requests if rule.kind == "requests" else span.bytes
            if kind == unit and amount:
                # Bytes go on after the request that brings them: of those the time of the last one is not known.
                latest = span.last if rule.kind == "requests" and span.last >= start else end_of(unit, start)
                yield start if rule.seconds is None else min(float(latest), wall), amount

    def flush(self, wall: float, *, settle: bool) -> Iterator[UsageRow]:
        """Yield what the store must add; with `settle` all leases are given back."""
        if self._stored is not None and self._stored[0] <= wall < self._stored[1] and not settle:
            return
        for key in list(self._open):
            span = self._spans[key]
            over = settle or not key[1] <= wall < end_of(*key)
            target = span.bytes if over else _leased(span)
            row = UsageRow(
                self._context, *key, span.requests - span.requests_stored, target - span.bytes_stored, span.last
            )
            if row.requests or row.bytes:
                span.requests_stored, span.bytes_stored = span.requests, target
                yield row
            if over:
                self._open.discard(key)
        if settle:
            self._at = None
        if abs(wall - self._forgot) >= _FORGET_EVERY:
            self._forget(wall)
        starts, ends = [key[1] for key in self._open], [end_of(*key) for key in self._open]
        self._stored = max(starts, default=0), min(ends, default=int(wall) + _FORGET_EVERY)

    def total(self, unit: Unit, wall: float) -> tuple[int, int]:
        """Return requests and bytes of the span that `wall` lies in."""
        span = self._spans.get((unit, start_of(unit, wall)), _Span())
        return span.requests, span.bytes

    def largest(self) -> int:
        """Return how many bytes an answer had in the minute in which answers were largest; 0 where nothing is known of it."""
        return max(
            (
                -(-span.bytes // span.requests)
                for (unit, _), span in self._spans.items()
                if unit == "minute" and span.requests
            ),
            default=0,
        )

    def _forget(self, wall: float) -> None:
        self._forgot = wall
        for key in [key for key in self._spans if key[1] < wall - KEEP[key[0]] and key not in self._open]:
            del self._spans[key]


def _leased(span: _Span) -> int:
    """Return what the store shall hold: what it holds, while half of the lease is left, else a new lease."""
    return span.bytes_stored if span.bytes_stored - span.bytes >= LEASE // 2 else span.bytes + LEASE


def start_of(unit: Unit, wall: float) -> int:
    """Return the first second of the span of `unit` (UTC) that a time lies in."""
    if unit == "month":
        return month_start(wall)
    return int(wall // _LENGTHS[unit]) * _LENGTHS[unit]


def end_of(unit: Unit, start: int) -> int:
    """Return the first second after the span that begins at `start`."""
    return next_month(start) if unit == "month" else start + _LENGTHS[unit]


def _unit_for(rule: Rule) -> Unit:
    if rule.seconds is None:
        return "month"
    if rule.seconds <= 3600:
        return "minute"
    return "hour" if rule.seconds <= 7 * 86_400 else "day"
