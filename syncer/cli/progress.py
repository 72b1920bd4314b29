"""What happens, while it happens: one line an event, or on a terminal a line that counts.

Here, because progress belongs to the command line alone. Commands that run jobs use it.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable

import click

from syncer.cli import letters
from syncer.service.events import Event

MARKS = {
    "delivered": "+",
    "known": "=",
    "skipped": "-",
    "gone": "x",
    "failed": "!",
    "waits": "~",
    "page": ".",
    "grown": "^",
    "same": "=",
    "walk": "*",
    "check": "?",
    "accepted": ">",
    "notice": "i",
}
QUIET = frozenset({"page", "same"})
"""Shown on a terminal's counting line only."""

SEEN = 1000
"""The last events that are kept for a summary; a service runs for months."""


class Progress:
    """Takes events from any thread; counts them, and writes them unless `quiet`; with `log` they go there instead."""

    def __init__(self, *, quiet: bool = False, log: Callable[[Event], None] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.seen: deque[Event] = deque(maxlen=SEEN)
        self._quiet = quiet
        self._log = log
        self._counting = not quiet and log is None and sys.stderr.isatty()
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """Take one event."""
        with self._lock:
            self.counts[event.kind] += 1
            if event.kind in ("skipped", "failed", "gone", "notice"):
                self.seen.append(event)
            if self._log is not None:
                self._log(event)
            elif not self._quiet:
                self._write(event)

    def _write(self, event: Event) -> None:
        if self._counting:
            click.echo("\r\x1b[K", err=True, nl=False)
        if event.kind not in QUIET:
            click.echo(line(event))
        if self._counting:
            counted = ", ".join(f"{number} {kind}" for kind, number in self.counts.items())
            click.echo(counted[: shutil.get_terminal_size().columns - 1], err=True, nl=False)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the counting line."""
        if self._counting and self.counts:
            click.echo("\r\x1b[K", err=True, nl=False)


def line(event: Event) -> str:
    """Write an event as a line."""
    text = f": {event.text}" if event.text else ""
    return letters.plain(f"{MARKS.get(event.kind, ' ')} {event.kind:<9} {event.subject}{text}").replace("\n", " ")
