"""Reading config and site files again when they change; a bad edit keeps the last good ones and says so.

Here, because a reload swaps one reference and reconciles follows. The loop's clockwork calls it.
"""

from __future__ import annotations

from pathlib import Path

from syncer.config import changes, load
from syncer.config.changes import Fingerprint
from syncer.config.settings import Config
from syncer.errors import ConfigError, SyncerError
from syncer.service import bandwidth_of, cookie_job, reconcile, snapshot
from syncer.service.events import Event
from syncer.service.reconcile import Reconciled
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store.database import Named


class Reload:
    """Looks for changes and puts them in force; belongs to the loop's thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen = self._look(runtime.snapshot.config)

    @staticmethod
    def _look(config: Config) -> Fingerprint:
        folder = config.folders.sites
        sites = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        return changes.fingerprint([*changes.watchable_files(config), folder, *sites])

    def turn(self) -> bool:
        """Read everything again if a file has changed; True when something new is in force."""
        config = self._runtime.snapshot.config
        now = self._look(config)
        return now != self._seen and self.again()

    def again(self) -> bool:
        """Read everything again though no file has changed, because somebody asked for it; True when it is in force."""
        config = self._runtime.snapshot.config
        if config.path is None:
            return False
        # The look from before the reading counts: what is edited meanwhile is read once more.
        self._seen = self._look(config)
        return self.read(config.path)

    def read(self, path: Path) -> bool:
        """Read everything again now; True when it is in force, False when the last good one stays."""
        try:
            config = load.load(path)
            self._same_places(config)
            self.put_in_force(config)
        except SyncerError as error:
            self._runtime.tell(Event("notice", path.name, f"{error}; the last good one stays in force"))
            for problem in error.problems if isinstance(error, ConfigError) else ():
                self._runtime.tell(Event("notice", path.name, problem))
            return False
        return True

    def _same_places(self, config: Config) -> None:
        """Refuse what only a new start can change: where the store and the inbox are, and how connections are made."""
        old = self._runtime.snapshot.config
        if config.folders.state != old.folders.state or config.folders.inbox != old.folders.inbox:
            raise ConfigError("[folders] inbox or state has changed", "Start syncer anew for that")
        if config.network != old.network:
            raise ConfigError("[network] has changed", "Start syncer anew for that")

    def put_in_force(self, config: Config, *, yes: bool = False) -> Reconciled:
        """Let a config hold from now on; return what it changed. Raises ConfigError where it may be a mistake and no `yes` is given."""
        runtime = self._runtime
        shot = snapshot.build(config)
        if not yes:
            self._ask_first(shot)
        away = runtime.targets.prepare(config.import_folders.values())
        with runtime.db.write(Named.RECONCILE) as tx:
            done = reconcile.reconcile(tx, shot, yes=yes)
        old, runtime.snapshot = runtime.snapshot.config, shot
        cookie_job.set_agents(runtime)
        books = bandwidth_of.BooksOf(runtime.db, shot)
        runtime.ledger.reconfigure(config.bandwidth, books, bandwidth_of.domains(shot))
        runtime.dispatch.set_limits(config.bandwidth.connections, config.bandwidth.connections_per_domain)
        runtime.dispatch.look_again()  # the walk of a query that was paused may go on
        if config.folders.sites != old.folders.sites:
            # Else the look from before the reading counts: what was edited meanwhile is read once more.
            self._seen = self._look(config)
        runtime.tell(Event("notice", "config", f"read again: {done.added} new follows, {done.retired} retired"))
        for fault in (*away, *done.faults, *map(str, shot.library.problems)):
            runtime.tell(Event("notice", "config", fault))
        return done

    def _ask_first(self, shot: Snapshot) -> None:
        with self._runtime.db.write(Named.RECONCILE) as tx:
            words = reconcile.too_many(tx, shot)
        if words:
            raise ConfigError(words, "If that is meant: `syncer reload --yes`")
