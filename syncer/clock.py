"""Time, and waiting for it: the only module that reads a clock, so that tests can bring their own.

Every wait of the service goes through a `Clock`; the virtual one lets a year pass in seconds. Everybody may import it.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

elapsed = time.monotonic
"""Seconds for limits on what the processor does in one go; nothing waits by it, so no clock of a test replaces it."""
worked = time.thread_time
"""CPU seconds of this thread, likewise."""


class Clock(Protocol):
    """What the time is, and a way to let it pass."""

    def now(self) -> float:
        """Return the wall clock time in seconds since 1970 (UTC)."""

    def monotonic(self) -> float:
        """Return seconds on a clock that no one sets back."""

    def wait(self, condition: threading.Condition, timeout: float | None) -> bool:
        """Wait, with `condition` held, until it is notified (True) or `timeout` seconds have passed (False)."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the wall clock time in seconds since 1970 (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds on a clock that no one sets back."""
        return time.monotonic()

    def wait(self, condition: threading.Condition, timeout: float | None) -> bool:
        """Wait, with `condition` held, until it is notified (True) or `timeout` seconds have passed (False)."""
        return condition.wait(timeout)


class VirtualClock:
    """A clock for tests, in one process and one thread: waiting moves it on at once."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._monotonic = 1_000.0

    def now(self) -> float:
        """Return the virtual wall clock time in seconds since 1970 (UTC)."""
        return self._now

    def monotonic(self) -> float:
        """Return virtual seconds that only `advance` moves."""
        return self._monotonic

    def wait(self, condition: threading.Condition, timeout: float | None) -> bool:
        """Let `timeout` virtual seconds pass at once and return False; waiting without end is an error in a test."""
        del condition
        assert timeout is not None, "a wait without end never ends on the virtual clock"
        self.advance(timeout)
        return False

    def advance(self, seconds: float) -> None:
        """Move both clocks on by `seconds`."""
        self._now += seconds
        self._monotonic += seconds

    def set(self, now: float) -> None:
        """Set the wall clock alone, as a person or NTP would; the monotonic one does not notice."""
        self._now = now
