"""Gives delivered files what later posts tell of them, apart from the loop: files are read and hashed for it.

Here, because it is noted in transactions in which no file may be touched. `app` builds it, the loop calls `turn`.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Final

from syncer.deliver.disk import DiskError
from syncer.errors import SyncerError
from syncer.service import more_metadata
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.store import jobs, more
from syncer.store.database import Named, is_away

log = logging.getLogger(__name__)

PIECE: Final = 100
REST: Final = 60.0
"""Seconds until what could not be done is tried again."""


SLICE: Final = 0.25
"""Seconds between two looks whether a stop was asked for."""


class Growing:
    """Works through what is noted, one at a time; `inline`: in the caller's own thread."""

    def __init__(self, runtime: Runtime, ready: Callable[[], None], *, inline: bool = False) -> None:
        """`ready` is called when all that was noted has been looked at."""
        self._runtime = runtime
        self._ready = ready
        self._inline = inline
        self._thread: threading.Thread | None = None
        self._not_before = 0.0
        self._stop = threading.Event()

    @property
    def is_busy(self) -> bool:
        """Tell whether something is being done now."""
        return self._thread is not None and self._thread.is_alive()

    def turn(self) -> float:
        """Begin, if there is something to do; return the seconds until the next look."""
        if self.is_busy or self._stop.is_set():
            return REST
        rest = self._not_before - self._runtime.clock.monotonic()
        if rest > 0:
            return rest
        with self._runtime.db.read() as tx:
            waiting = more.after(tx, 0, 1)
        if waiting and self._inline:
            self._work()
        elif waiting:
            self._thread = threading.Thread(target=self._work, name="more metadata", daemon=True)
            self._thread.start()
        return REST

    def finish(self, broken_off: Callable[[], bool]) -> None:
        """Do what is left before the runner ends, until it is broken off; what cannot be done now waits for the next one."""
        self._wait(broken_off)
        self.turn()
        self._wait(broken_off)

    def close(self) -> None:
        """End behind the file that is being looked at."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _wait(self, broken_off: Callable[[], bool]) -> None:
        while self._thread is not None and self._thread.is_alive() and not broken_off():
            self._thread.join(SLICE)

    def _work(self) -> None:
        try:
            left = self._all()
        except sqlite3.Error as error:
            log.error("the store cannot be used: %s; later metadata waits for a minute", error)
            left = True
        if left:
            self._not_before = self._runtime.clock.monotonic() + REST
        self._ready()

    def _all(self) -> bool:
        """Look at all that is noted; True where something is left for later."""
        last, left = 0, False
        while not self._stop.is_set():
            with self._runtime.db.read() as tx:
                piece = more.after(tx, last, PIECE)
            if not piece:
                return left
            for last, sha256 in piece:
                if self._stop.is_set():
                    return True
                left |= not self._one(last, sha256)
        return True

    def _one(self, job_id: int, sha256: str) -> bool:
        """Do one; False where it has to wait."""
        runtime = self._runtime
        snapshot = runtime.snapshot
        with runtime.db.read() as tx:
            job = jobs.get(tx, job_id)
            told = None if job is None else more_metadata.told_by(tx, snapshot, job)
        words: str | None = ""
        try:
            if told is not None:
                words = more_metadata.arrived(runtime, snapshot, sha256, told)
        except DiskError as error:
            log.info("later metadata waits: %s", error)
            return False
        except SyncerError as error:
            log.warning("later metadata is left out: %s", error)
        except Exception as error:  # one odd post must not keep the others from it
            if is_away(error):
                raise
            log.error("later metadata is left out: syncer made a mistake here (%s: %s)", type(error).__name__, error)
            log.debug("the metadata of job %d broke", job_id, exc_info=True)
        if words is None:
            return False
        with runtime.db.write(Named.FLUSH) as tx:
            more.done(tx, job_id)
        if words and job is not None:
            runtime.tell(Event("known", job.url, f"the file was delivered before; {words}"))
        return True
