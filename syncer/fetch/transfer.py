"""One running transfer, and all of them: deadline, least rate, and the lines to cut when syncer must stop.

Apart from connections, because the same watch holds for headers and bodies, plain and TLS. Only `fetch` imports it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from syncer.clock import Clock
from syncer.fetch.failure import FailureKind, fail

SLOW_WINDOW: Final = 30.0
SLOW_RATE: Final = 1024.0
"""Less than 1 KB/s over half a minute is a drip (cases DL9)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a transfer may be, in bytes and seconds."""

    deadline: float
    slow_window: float = SLOW_WINDOW
    slow_rate: float = SLOW_RATE


class Transfer:
    """Watches what comes in for one request; used by one thread, cut by any."""

    __slots__ = (
        "_clock",
        "_ends",
        "_line",
        "_lock",
        "_pace",
        "_since",
        "_window_bytes",
        "cut",
        "kept",
        "public",
        "received",
    )

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace = pace
        self._clock = clock
        self._ends = clock.monotonic() + pace.deadline
        self._since: float | None = None
        self._window_bytes = 0
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self.received = 0
        """Bytes that came over the line, headers included."""
        self.cut = False
        self.public = False
        """It speaks with a host of the open internet."""
        self.kept: tuple[str, int] | None = None
        """To which host and port it runs, where over a connection that has answered before and may be asked again; else None."""

    def left(self) -> float:
        """Return the seconds until the deadline. Raises FetchError (timeout) when there are none."""
        left = self._ends - self._clock.monotonic()
        if left <= 0:
            raise fail(FailureKind.TIMEOUT, f"not done after {self._pace.deadline:g} s")
        return left

    def count(self, number: int) -> None:
        """Book `number` bytes that came in. Raises FetchError: aborted, timeout or drip."""
        if self.cut:
            raise fail(FailureKind.ABORTED)
        now = self._clock.monotonic()
        self.received += number
        self._window_bytes += number
        if now >= self._ends:
            raise fail(FailureKind.TIMEOUT, f"not done after {self._pace.deadline:g} s")
        if self._since is None:
            self._since, self._window_bytes = now, 0
        elif now - self._since >= self._pace.slow_window:
            if self._window_bytes < self._pace.slow_rate * (now - self._since):
                raise fail(FailureKind.DRIP, f"{self._window_bytes} bytes in {now - self._since:.1f} s")
            self._since, self._window_bytes = now, 0

    def attach(self, line: socket.socket | None) -> None:
        """Say over which line it runs, for `abort`. Raises FetchError (aborted) when it was cut already."""
        with self._lock:
            self._line = line
            if self.cut and line is not None:
                raise fail(FailureKind.ABORTED)

    def abort(self) -> None:
        """End it from another thread: a read that waits returns at once."""
        with self._lock:
            self.cut = True
            if self._line is not None:
                with contextlib.suppress(OSError):
                    # Of the plain socket: TLS needs no goodbye here, and its own shutdown is not for other threads.
                    socket.socket.shutdown(self._line, socket.SHUT_RDWR)


class Transfers:
    """The transfers that run, each in its thread."""

    def __init__(self) -> None:
        self._running: set[Transfer] = set()
        self._lock = threading.Lock()
        self._here = threading.local()
        self._stopped = False

    @contextlib.contextmanager
    def run(self, transfer: Transfer) -> Iterator[Transfer]:
        """Make `transfer` the one of this thread. Raises FetchError (aborted) after `abort`."""
        with self._lock:
            if self._stopped:
                raise fail(FailureKind.ABORTED)
            self._running.add(transfer)
        self._here.transfer = transfer
        try:
            yield transfer
        finally:
            self._here.transfer = None
            with self._lock:
                self._running.discard(transfer)
            transfer.attach(None)

    def current(self) -> Transfer:
        """Return the transfer of this thread."""
        transfer: Transfer | None = getattr(self._here, "transfer", None)
        assert transfer is not None, "a connection is used outside a transfer"
        return transfer

    def check(self) -> None:
        """Raise FetchError (aborted) after `abort`, for work of a transfer that has no line."""
        if self._stopped:
            raise fail(FailureKind.ABORTED)

    def abort(self) -> None:
        """End all that run; none can start any more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for transfer in running:
            transfer.abort()

    def __len__(self) -> int:
        return len(self._running)
