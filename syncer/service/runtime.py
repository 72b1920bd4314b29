"""What every job is given: store, clock, client, pace, folders and the snapshot in force.

Here, so that jobs take one argument and no module holds a global. `app` builds it; the jobs of the service use it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from syncer.clock import Clock
from syncer.config.settings import ImportFolder
from syncer.deliver.disk import DiskError
from syncer.deliver.place import Target
from syncer.deliver.workfolder import Owner
from syncer.fetch.client import Client
from syncer.fetch.cookie_disk import CookieDisk
from syncer.fetch.ledger import Ledger
from syncer.fetch.streaks import Streaks
from syncer.service.dispatch import Dispatch
from syncer.service.events import Event, nobody
from syncer.service.login_state import Logins
from syncer.service.reconcile import Reconciled
from syncer.service.snapshot import INTO, Snapshot
from syncer.service.tools import Tools
from syncer.service.vault import Vault
from syncer.store import requests
from syncer.store.database import Database, Named
from syncer.store.jobs import Job

OURSELVES = "id of this state folder"
"""The fact by which an import folder knows its syncer."""


class Targets:
    """The import folders in use, each prepared when it is first needed."""

    def __init__(self, clock: Clock, db: Database, state: Path) -> None:
        self._clock = clock
        self._db = db
        self._state = state
        self._targets: dict[str, Target] = {}
        self._lock = threading.Lock()

    def get(self, folder: ImportFolder) -> Target:
        """Return a folder's target, ready for deliveries. Raises ServiceError where the folder cannot be used."""
        with self._lock:
            target = self._targets.get(str(folder.path))
            if target is None:
                target = Target(folder, self._clock)
                self._prepare(folder, target)
                self._targets[str(folder.path)] = target
            return target

    def prepare(self, folders: Iterable[ImportFolder]) -> list[str]:
        """Make folders ready; return in words which are away: their files wait. Raises ConfigError where one never works."""
        away = []
        for folder in folders:
            try:
                self.get(folder)
            except DiskError as error:
                away.append(f"{error} Its files wait until then")
        return away

    def _prepare(self, folder: ImportFolder, target: Target) -> None:
        """Make the folder ready, knowing its work folder again: an empty mount point is not an empty drive."""
        fact = f"work folder of {target.path}"
        with self._db.read() as tx:
            before = requests.fact(tx, fact)
        found = target.prepare(str(before or ""), self._owner())
        if found != before and folder.name != INTO:
            with self._db.write(Named.REQUEST) as tx:
                requests.set_fact(tx, fact, found)

    def _owner(self) -> Owner:
        """Return who we are to other syncers; the state folder keeps it."""
        with self._db.read() as tx:
            known = requests.fact(tx, OURSELVES)
        if known is None:
            known = secrets.token_hex(16)
            with self._db.write(Named.REQUEST) as tx:
                requests.set_fact(tx, OURSELVES, known)
        return Owner(str(known), str(self._state))

    def everyone(self) -> list[Target]:
        """Return the targets in use."""
        with self._lock:
            return list(self._targets.values())


@dataclass(slots=True)
class Runtime:
    """The parts that a job works with; `snapshot` is replaced as a whole when the config changes."""

    db: Database
    clock: Clock
    client: Client
    ledger: Ledger
    dispatch: Dispatch
    targets: Targets
    snapshot: Snapshot
    cookie_disk: CookieDisk
    vault: Vault = field(init=False)
    tools: Tools = field(init=False)
    """Other programs that URLs can be handed to."""
    streaks: Streaks = field(init=False)
    """How often in a row each host has failed."""
    logins: Logins = field(default_factory=Logins)
    held: set[Path] = field(default_factory=set)
    """Import folders whose disk was too full at the last look."""
    published: list[object] = field(default_factory=list)
    """What was last told to other processes about what runs."""
    after_fetch: Callable[[Job, int, float], None] = lambda *_: None
    """Is called when a file is on the disk and its job needs no connection any more, with its size and the seconds that it took."""
    after_delivery: Callable[[], None] = lambda: None
    """Is called when a file was delivered after which a program is to be run."""
    tell: Callable[[Event], None] = nobody
    """Takes what happened, for progress and logs."""
    reload: Callable[..., Reconciled] | None = None
    """Reads config and site files again; None = no one here looks for changes."""
    told: set[str] = field(default_factory=set)
    """Faults of config and site files that were told at the last reading."""

    def __post_init__(self) -> None:
        """Begin without any host's failures, and without any secret."""
        self.streaks = Streaks(self.clock)
        self.vault = Vault(self.clock)
        self.tools = Tools(self.snapshot.config.folders.state)

    def tell_faults(self, faults: Iterable[str]) -> None:
        """Tell what does not work in config and site files; what was told at the last reading is not told again."""
        found = list(dict.fromkeys(faults))
        for fault in found:
            if fault not in self.told:
                self.tell(Event("notice", "config", fault))
        self.told = set(found)
