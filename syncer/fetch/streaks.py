"""How often in a row a host has failed: one broken page is its own fault, several are the host's.

Apart from the judge, which is pure and is told the number. The jobs of `service` count here; nothing of it outlives the process,
since the pauses that follow from it do.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from syncer.clock import Clock

MOST: Final = 10_000
"""Hosts that are remembered; then all are forgotten."""

NET: Final = ""
"""In place of a host: the net itself, or our disk."""


@dataclass(slots=True)
class _Streak:
    number: int = 0
    rests_until: float = 0.0


@dataclass(slots=True)
class Streaks:
    """Counts for all hosts; safe to use from any thread."""

    clock: Clock
    _hosts: dict[str, _Streak] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def failed(self, host: str) -> int:
        """Count a failure; return how many there were in a row. What was under way when the host was let rest does not count."""
        with self._lock:
            if len(self._hosts) >= MOST:
                self._hosts.clear()
            streak = self._hosts.setdefault(host, _Streak())
            if streak.rests_until <= self.clock.monotonic():
                streak.number += 1
            return streak.number

    def rests(self, host: str, seconds: float) -> None:
        """Note that a host is let rest for so long."""
        with self._lock:
            streak = self._hosts.setdefault(host, _Streak())
            streak.rests_until = max(streak.rests_until, self.clock.monotonic() + seconds)

    def worked(self, host: str) -> None:
        """End a host's row, and that of the net."""
        with self._lock:
            self._hosts.pop(host, None)
            self._hosts.pop(NET, None)
