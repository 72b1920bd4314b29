"""What the local site was asked, and when: for tests that prove what a client did and did not do.

Only the demo and tests import it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from syncer.clock import Clock
from syncer.frozen import frozen


@frozen
class Logged:
    """One request, written down before its reply is sent."""

    time: float
    """The site's time in seconds since 1970 when the request had arrived."""
    at: float
    """The same moment in real seconds on a clock that no one sets back."""
    method: str
    target: str
    """Path and query as they were sent, with a fault's prefix."""
    host: str
    """Host header: which of its names the site was called by."""
    headers: Mapping[str, str]
    """All headers, names in lower case."""
    status: int
    fault: str
    """Name of the fault that was served, "" = none."""
    size: int
    """Bytes of the reply's body, as long as a fault does not cut it off."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class RequestLog:
    """All requests in the order of their arrival; iterate, `len`, or ask with `paths`. Thread-safe."""

    def __init__(self, file: Path | None, clock: Clock) -> None:
        """Keep the log in memory, and in `file` as one JSON object a line where it is given."""
        self._entries: list[Logged] = []
        self._lock = threading.Lock()
        self._clock = clock
        self._file: TextIO | None = file.open("a", encoding="utf-8") if file else None

    def at(self) -> float:
        """Return the real moment."""
        return self._clock.monotonic()

    def add(self, entry: Logged) -> None:
        """Write a request down."""
        with self._lock:
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
                self._file.flush()

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order, without queries."""
        return [entry.path for entry in self]

    def targets(self) -> list[str]:
        """Return paths with queries, in order."""
        return [entry.target for entry in self]

    def clear(self) -> None:
        """Forget what was asked so far (the file keeps it)."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Close the file; the log in memory stays readable."""
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None

    def __iter__(self) -> Iterator[Logged]:
        with self._lock:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Logged:
        return self._entries[index]
