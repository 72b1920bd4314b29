"""The threads that bring fetched files to their place: one for each import folder, all files that wait there at once.

Here, because a worker that waited for the disk with each file would keep its connection idle, and flushes that many files share
cost as much as those of one. One thread a folder: a drive that hangs holds up its own files alone. `workers` uses it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Hashable
from typing import Final

from syncer.clock import Clock
from syncer.together import Steps, Wait, together

log = logging.getLogger(__name__)

MOST: Final = 16
"""So many files are brought to their place at once."""
GATHER: Final = 0.03
"""Seconds that a file waits for others: sharing their flushes takes a fifth of the CPU off where one connection is used."""
IDLE: Final = 60.0
"""Seconds after which a thread without work ends."""

Begun = tuple[Steps, Wait]
"""A work that has come to where it waits for the disk, and for what."""


class _Folder:
    """What waits at one folder, and the thread that does it."""

    def __init__(self, waiting: queue.SimpleQueue[Begun | None], thread: threading.Thread) -> None:
        self.waiting = waiting
        self.thread = thread


class Landing:
    """Does begun works to their ends; safe to call from any thread."""

    def __init__(self, landed: Callable[[list[bool]], None], clock: Clock) -> None:
        """`landed` is told, after each lot, which of its works are settled."""
        self._landed = landed
        self._clock = clock
        self._folders: dict[Hashable, _Folder] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def take(self, steps: Steps, wait: Wait) -> None:
        """Do the rest of a work that waits for `wait`, soon, in another thread; at once where the system gives no more threads."""
        try:
            with self._lock:
                folder = self._folders.get(wait.what)
                if folder is None:
                    folder = self._folders[wait.what] = self._begun(wait.what)
                folder.waiting.put((steps, wait))
        except RuntimeError as error:
            log.warning("no thread for files that are to be delivered: %s", error)
            self._landed(together([(steps, wait)]))

    def _begun(self, what: Hashable) -> _Folder:
        """Begin the thread of a folder. Raises RuntimeError where the system gives none."""
        waiting: queue.SimpleQueue[Begun | None] = queue.SimpleQueue()
        name = f"landing-{len(self._folders) + 1}"
        thread = threading.Thread(target=self._work, args=(what, waiting), name=name, daemon=True)
        thread.start()
        return _Folder(waiting, thread)

    def _work(self, what: Hashable, waiting: queue.SimpleQueue[Begun | None]) -> None:
        while (lot := self._next(what, waiting)) is not None:
            self._landed(together(lot))

    def _next(self, what: Hashable, waiting: queue.SimpleQueue[Begun | None]) -> list[Begun] | None:
        """Wait for works; return those that came by a moment later, None where this thread is to end."""
        first = _get(waiting, 0 if self._stopping else IDLE)
        while first is None:
            with self._lock:
                if waiting.empty():
                    del self._folders[what]
                    return None
            first = waiting.get()
        lot = [first]
        until = self._clock.monotonic() + GATHER
        while len(lot) < MOST and (more := _get(waiting, self._left(until))) is not None:
            lot.append(more)
        return lot

    def _left(self, until: float) -> float:
        return 0.0 if self._stopping else max(0.0, until - self._clock.monotonic())

    def stop(self, until: float) -> bool:
        """Bring what was taken to its end, at most until a time on the monotonic clock; False where something still runs."""
        self._stopping = True
        with self._lock:
            folders = list(self._folders.values())
        for folder in folders:
            folder.waiting.put(None)  # so that nobody waits any more
        for folder in folders:
            folder.thread.join(max(0.0, until - self._clock.monotonic()))
        return not any(folder.thread.is_alive() for folder in folders)


def _get(waiting: queue.SimpleQueue[Begun | None], seconds: float) -> Begun | None:
    """Return the next work, None where none comes or the end is asked for."""
    try:
        return waiting.get(timeout=seconds) if seconds else waiting.get_nowait()
    except queue.Empty:
        return None
