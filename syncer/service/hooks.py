"""Runs a person's own program after each delivered file, one after the other, beside the deliveries and never in their way.

Here, because what is to be run is in the store and what came of it is told. A program that fails is told of and not run again; one
that was cut off by our own end is run once more at the next start. `app` builds it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from syncer.config import masks
from syncer.config.settings import ImportFolder
from syncer.deliver import naming
from syncer.service.events import Event
from syncer.service.programs import Program, Ran
from syncer.service.runtime import Runtime
from syncer.store import deliveries, hooks
from syncer.store.database import Named
from syncer.store.deliveries import Delivered

log = logging.getLogger(__name__)

MOST_TRIES = 2
STORE_REST = 60.0
SLICE = 0.25
"""Seconds between two looks whether a stop was asked for."""
GRACE = 1.0
"""Seconds that a program gets to end by itself after a stop is asked for."""
SHOWN = 300
"""Characters of a program's last line that are told."""


class Hooks:
    """The hooks of one runner; `inline` runs them in the thread that notes them, for tests."""

    def __init__(self, runtime: Runtime, *, inline: bool = False) -> None:
        self._runtime = runtime
        self._inline = inline
        self._condition = threading.Condition()
        self._noted = False
        self._busy = False
        self._stopping = False
        self._program = Program()
        self._thread: threading.Thread | None = None
        self._told: dict[str, str] = {}

    def note(self) -> None:
        """Look what is to be run; any thread may call this."""
        if self._inline:
            self._run_all()
            return
        with self._condition:
            self._noted = self._busy = True
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._work, name="hooks", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def resume(self) -> None:
        """Run what an earlier runner left."""
        with self._runtime.db.read() as tx:
            left = hooks.first(tx) is not None
        if left:
            self.note()

    def finish(self, broken_off: Callable[[], bool]) -> None:
        """Wait until all that was noted has been run, or until it is broken off."""
        with self._condition:
            while self._busy and not self._stopping and not broken_off():
                self._runtime.clock.wait(self._condition, SLICE)

    def close(self) -> None:
        """Let what runs come to its end for a moment, then end it; what was not run waits for the next start."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(GRACE)
            self._program.stop()
            self._thread.join(GRACE)

    def _work(self) -> None:
        while not self._stopping:
            rest = self._run_all()
            with self._condition:
                if not self._noted or rest:
                    self._busy = False
                    self._condition.notify_all()
                    if not self._stopping:
                        self._runtime.clock.wait(self._condition, rest or STORE_REST)
                self._noted = False

    def _run_all(self) -> float:
        """Run all that waits; return the seconds to rest where the store cannot be used."""
        try:
            while not self._stopping and self._run_next():
                pass
        except sqlite3.Error as error:
            log.error("the store cannot be used: %s; hooks wait for a minute", error)
            return STORE_REST
        return 0.0

    def _run_next(self) -> bool:
        db = self._runtime.db
        with db.read() as tx:
            waiting = hooks.first(tx)
            delivered = None if waiting is None else deliveries.get(tx, waiting.delivery)
        if waiting is None:
            return False
        folder = None if delivered is None else self._runtime.snapshot.folder_at(delivered.folder)
        if delivered is not None and folder is not None and folder.hook:
            if waiting.tries >= MOST_TRIES:
                self._tell(folder, delivered, Ran("syncer ended twice while it ran; it is not run again"))
            else:
                with db.write(Named.FLUSH) as tx:
                    hooks.begun(tx, waiting.delivery)
                ran = self._program.run(*_call(folder, delivered))
                if self._program.stopped:
                    return False
                self._tell(folder, delivered, ran)
        with db.write(Named.FLUSH) as tx:
            hooks.done(tx, waiting.delivery)
        return True

    def _tell(self, folder: ImportFolder, delivered: Delivered, ran: Ran) -> None:
        """Write everything to the log, and tell of a fault when it is another than the last one."""
        name = f"hook of {folder.name}"
        log.info("%s for %s: %s", name, delivered.name, ran.fault or "fine")
        said = masks.masked(ran.output).splitlines()
        for line in said:
            log.info("%s: %s", name, line)
        if ran.fault and self._told.get(folder.name) != ran.fault:
            last = f": {said[-1][:SHOWN]}" if said else ""
            self._runtime.tell(
                Event("notice", delivered.name, f"the {name} failed: {ran.fault}{last}. The file itself is delivered")
            )
        self._told[folder.name] = ran.fault


def _call(folder: ImportFolder, delivered: Delivered) -> tuple[list[str], Mapping[str, str], Path, float]:
    """Return command, environment, folder and time limit of one run."""
    root = Path(delivered.folder)
    path = str(root / delivered.name)
    program, *arguments = folder.hook
    sidecars = [str(root / naming.sidecar(delivered.name, suffix)) for suffix, _ in delivered.sidecars]
    environment = {
        "SYNCER_FILE": path,
        "SYNCER_SIDECARS": "\n".join(sidecars),
        "SYNCER_IMPORT_FOLDER": folder.name,
        "SYNCER_SHA256": delivered.sha256,
        "SYNCER_MD5": delivered.md5,
        "SYNCER_SIZE": str(delivered.size),
        "SYNCER_TYPE": delivered.mime,
    }
    command = [str(Path(program).expanduser()), *(each.replace("{path}", path) for each in arguments)]
    return command, environment, root, folder.hook_timeout
