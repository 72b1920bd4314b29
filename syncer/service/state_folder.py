"""The state folder that somebody deletes while syncer runs: it is made again, or what to do is told.

Here, because lock, store and cookies lie in it, and only the runner has what is lost. The loop's clockwork calls it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from syncer import private
from syncer.errors import SyncerError, cause
from syncer.service import cookie_job, in_force
from syncer.service.events import Event
from syncer.service.lock import RunnerLock
from syncer.service.runtime import Runtime
from syncer.store.database import FILE_NAME


class StateFolder:
    """The runner's look at its state folder; belongs to the loop's thread."""

    def __init__(self, runtime: Runtime, lock: RunnerLock, stop: Callable[[], None]) -> None:
        """Remember which folder it is; `stop` ends the runner."""
        self._runtime = runtime
        self._lock = lock
        self._stop = stop
        self._state = runtime.snapshot.config.folders.state
        self._file = self._state / FILE_NAME
        self._was = _identity(self._file)
        self._around = _identity(self._state.parent)
        self._told = ""

    def turn(self) -> None:
        """Look whether the database is where it was; where not, write it there again, or tell the cause and the cure."""
        found = _identity(self._file)
        if found == self._was:
            self._told = ""
        elif found is not None:
            self._tell(
                f"another database than before lies at {self._file}; syncer ends, so that nothing is lost in between"
            )
            self._stop()
        elif _identity(self._state.parent) != self._around:
            self._tell(
                f"the drive of the state folder {self._state} is away, and nothing that comes now is kept for the next start. "
                "Attach or mount it, then start syncer again"
            )
        else:
            self._make_again()

    def _make_again(self) -> None:
        try:
            private.folder(self._state)
            self._lock.take_again()
            self._runtime.db.write_anew(self._state)
        except (OSError, sqlite3.Error, SyncerError) as error:
            self._tell(
                f"the state folder {self._state} was deleted and cannot be made again: {cause(error)}; syncer ends"
            )
            self._stop()
            return
        self._was = _identity(self._file)
        jars = self._runtime.client.jars
        jars.not_kept(jars.everything())
        cookie_job.save(self._runtime)
        if self._runtime.reload is not None:
            in_force.keep(self._runtime.snapshot.config)
        self._tell(
            f"the state folder {self._state} was deleted; the store and the cookies were written there again. What other programs "
            "kept there, backups and pages for repair are gone"
        )
        self._told = ""

    def _tell(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self._runtime.tell(Event("notice", "state", words))


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what a file or folder is on its file system; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
