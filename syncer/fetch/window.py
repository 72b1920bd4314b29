"""How much of one rule is used, and when it frees: exact for requests, in sixty-four slices for bytes, calendar months.

Pure arithmetic on moments that the ledger brings; the ledger alone uses it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from datetime import UTC, datetime
from typing import Final

from syncer.clock import Clock
from syncer.config.bandwidth import Rule
from syncer.frozen import frozen

SHORT: Final = 240
"""Rules up to so many seconds are counted on the clock that nobody sets back; longer ones must outlive a restart."""
SLICES: Final = 64
"""A sliced window frees at most one slice late: 98 % of the allowed rate can be used."""
EXACT_REQUESTS: Final = 4096
"""Above this a rule on requests is sliced too, since each one would be kept in memory."""


@frozen
class Moment:
    """The same instant on three clocks, all in seconds."""

    short: float
    """Monotonic: for short windows."""
    long: float
    """Runs on through suspend and never goes back; at start it is the wall clock."""
    wall: float
    """Since 1970, as people see it: for calendar months."""


class Timeline:
    """Makes moments out of a clock that a person or NTP may set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()

    def moment(self) -> Moment:
        """Return the present.

        A wall clock that went ahead (suspend, or set forward) takes the long one with it; one that was set back does
        not: else a window would stay shut for as long as it was set back.
        """
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        if wall - monotonic > self._offset + 1.0:
            self._offset = wall - monotonic
        return Moment(monotonic, monotonic + self._offset, wall)


class Window(ABC):
    """What was used under one rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @abstractmethod
    def add(self, at: Moment, amount: int) -> None:
        """Book `amount` requests or bytes."""

    @abstractmethod
    def wait(self, at: Moment) -> float:
        """Return the seconds until something is free again; 0 = now."""

    @abstractmethod
    def used(self, at: Moment) -> int:
        """Return what counts at present."""


class _Running(Window):
    """A window of so many seconds up to now."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        assert rule.seconds is not None, "a calendar month is another kind of window"
        self._seconds = float(rule.seconds)
        self._short = rule.seconds <= SHORT

    def _now(self, at: Moment) -> float:
        return at.short if self._short else at.long


class ExactWindow(_Running):
    """Remembers the time of each of the last requests, as many as the rule allows."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._times: deque[float] = deque(maxlen=rule.amount)

    def add(self, at: Moment, amount: int) -> None:
        self._times.extend([self._now(at)] * min(amount, self.rule.amount))

    def wait(self, at: Moment) -> float:
        if len(self._times) < self.rule.amount:
            return 0.0
        return max(0.0, self._times[0] + self._seconds - self._now(at))

    def used(self, at: Moment) -> int:
        since = self._now(at) - self._seconds
        return sum(time > since for time in self._times)


class SlicedWindow(_Running):
    """Adds up in slices; a slice counts until its end has left the window, so never too little."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._size = self._seconds / SLICES
        self._slices: deque[list[int]] = deque()
        self._total = 0

    def add(self, at: Moment, amount: int) -> None:
        index = int(self._now(at) // self._size)
        if self._slices and self._slices[-1][0] == index:
            self._slices[-1][1] += amount
        else:
            self._prune(self._now(at))
            self._slices.append([index, amount])
        self._total += amount

    def wait(self, at: Moment) -> float:
        self._prune(self._now(at))
        left = self._total
        for index, amount in self._slices:
            if left < self.rule.amount:
                break
            left -= amount
            freed = self._leaves(index)
            if left < self.rule.amount:
                return max(0.0, freed - self._now(at))
        return 0.0

    def used(self, at: Moment) -> int:
        self._prune(self._now(at))
        return self._total

    def _leaves(self, index: int) -> float:
        return (index + 1) * self._size + self._seconds

    def _prune(self, now: float) -> None:
        while self._slices and self._leaves(self._slices[0][0]) <= now:
            self._total -= self._slices.popleft()[1]


class MonthWindow(Window):
    """Adds up by calendar month (UTC); a clock set to another month and back finds its count again."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._months: dict[int, int] = {}

    def add(self, at: Moment, amount: int) -> None:
        start = month_start(at.wall)
        self._months[start] = self._months.get(start, 0) + amount

    def wait(self, at: Moment) -> float:
        if self.used(at) < self.rule.amount:
            return 0.0
        return next_month(at.wall) - at.wall

    def used(self, at: Moment) -> int:
        return self._months.get(month_start(at.wall), 0)


def window(rule: Rule) -> Window:
    """Return an empty window for a rule."""
    if rule.seconds is None:
        return MonthWindow(rule)
    if rule.kind == "requests" and rule.amount <= EXACT_REQUESTS:
        return ExactWindow(rule)
    return SlicedWindow(rule)


def month_start(wall: float) -> int:
    """Return the first second of the UTC month of a time."""
    day = datetime.fromtimestamp(wall, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())


def next_month(wall: float) -> int:
    """Return the first second of the UTC month after it."""
    day = datetime.fromtimestamp(wall, UTC)
    year, month = divmod(day.year * 12 + day.month, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp())
