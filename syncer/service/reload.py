"""Reading config and site files again when they change; a bad edit keeps the last good ones and says so.

Here, because a reload swaps one reference and reconciles follows. The loop's clockwork calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from syncer.config import absent, changes, include, load
from syncer.config.changes import Trace
from syncer.config.settings import Config
from syncer.errors import ConfigError, SyncerError
from syncer.service import bandwidth_of, cookie_job, in_force, mended, reconcile, snapshot, ways
from syncer.service.events import Event
from syncer.service.facts import REFUSED, SHOWN
from syncer.service.reconcile import Reconciled
from syncer.service.runtime import Runtime
from syncer.store import requests
from syncer.store.database import Named


class Reload:
    """Looks for changes and puts them in force; belongs to the loop's thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        runtime.reload = self.now
        in_force.keep(runtime.snapshot.config)
        self.begun: Callable[[], None] = _nothing
        """Called before everything is read again."""
        self.ended: Callable[[], None] = _nothing
        """Called after that, whatever came of it."""
        self.ahead: Callable[[Path], None] = _nothing_ahead
        """Called with the config's path before its files are read, after they were looked at; may raise ConfigError."""
        self._tried: Config | None = None
        """The config that was read last, where it could not be put in force: it may name other files."""
        self._patterns: tuple[str, ...] = ()
        self._named: tuple[Path, ...] = ()
        """What a faulty config names."""
        self._seen: dict[Path, Trace] = {}
        shot = runtime.snapshot
        self._see((*shot.config.looks, *shot.looks))

    def turn(self) -> bool:
        """Read everything again if a file has changed; True when something new is in force."""
        return self._look() != self._seen and self.again()

    def again(self) -> bool:
        """Read everything again though no file has changed, because somebody asked for it; True when it is in force."""
        path = self._runtime.snapshot.config.path
        if path is None:
            return False
        try:
            self.now()
        except SyncerError as error:
            self._runtime.tell(Event("notice", path.name, f"{error}; the last good one stays in force"))
            for problem in error.problems if isinstance(error, ConfigError) else ():
                self._runtime.tell(Event("notice", path.name, problem))
            return False
        return True

    def now(self, *, yes: bool = False) -> Reconciled:
        """Read everything again and put it in force; return what that changed.

        Raises SyncerError where it cannot be, or where it may be a mistake and no `yes` is given: the last good one stays.
        """
        path = self._runtime.snapshot.config.path
        if path is None:
            raise ConfigError("there is no config to read again", "`syncer init` writes one")
        self.begun()
        try:
            done = self._read(path, yes=yes)
        except SyncerError as error:
            self._note(error)
            raise
        finally:
            self.ended()
        self._tried = None
        self._note(None)
        return done

    def _read(self, path: Path, *, yes: bool) -> Reconciled:
        self._tried, self._patterns, self._named = None, include.patterns_at(path), ()
        # The look from before the reading counts: what is edited meanwhile is read once more.
        self._seen = self._look()
        try:
            self.ahead(path)
            config = self._tried = load.load(path)
            self._see(config.looks)
            self._same_places(config)
            return self.put_in_force(config, yes=yes)
        except ConfigError as error:
            self._named = error.files
            raise
        finally:
            self._see(())

    def _files(self) -> list[Path]:
        """Return the files of the config in force and of the one that was tried last."""
        configs = [self._runtime.snapshot.config, *([] if self._tried is None else [self._tried])]
        files = [
            path for each in configs for path in (*include.files_of(each), *snapshot.site_files(each.folders.sites))
        ]
        return [*files, *include.matches(self._patterns), *self._named]

    def _look(self) -> dict[Path, Trace]:
        return {path: changes.trace(path) for path in self._files()}

    def _see(self, looks: tuple[Trace, ...]) -> None:
        """Remember what files looked like when they were read; those that were not read, as they are now."""
        read = {look.path: look for look in looks}
        self._seen = {path: self._seen.get(path) or read.get(path) or changes.trace(path) for path in self._files()}

    def _note(self, error: SyncerError | None) -> None:
        """Note for `status` why what is on the disk is not in force."""
        why = None
        if error is not None:
            problems = list(error.problems[:SHOWN]) if isinstance(error, ConfigError) else []
            why = {"why": str(error), "problems": problems}
        with self._runtime.db.write(Named.REQUEST) as tx:
            requests.set_fact(tx, REFUSED, why)

    def _same_places(self, config: Config) -> None:
        """Refuse what only a new start can change: where the store and the inbox are."""
        old = self._runtime.snapshot.config
        changed = [key for key in ("inbox", "state") if getattr(config.folders, key) != getattr(old.folders, key)]
        if changed:
            raise ConfigError(f"[folders] {' and '.join(changed)} changed", "Restart syncer to apply it")

    def put_in_force(self, config: Config, *, yes: bool = False) -> Reconciled:
        """Let a config hold from now on; return what it changed. Raises ConfigError where it may be a mistake and no `yes` is given."""
        runtime = self._runtime
        shot = snapshot.build(config)
        away = runtime.targets.prepare(config.import_folders.values())
        with runtime.db.write(Named.RECONCILE) as tx:
            done = reconcile.reconcile(tx, shot, yes=yes, ask=True)
            if not done.refused:
                mended.wake(tx)
        if done.refused:
            raise ConfigError(done.refused, "If that is meant: `syncer reload --yes`")
        network = ways.renew(runtime, config)
        runtime.snapshot = shot
        in_force.keep(config)
        self._see(shot.looks)
        cookie_job.set_agents(runtime)
        ways.refresh(runtime)
        books = bandwidth_of.BooksOf(runtime.db, shot)
        runtime.ledger.reconfigure(config.bandwidth, books, bandwidth_of.domains(shot))
        runtime.dispatch.set_limits(config.bandwidth.connections, config.bandwidth.connections_per_domain)
        runtime.dispatch.look_again()  # the walk of a query that was paused may go on
        done = replace(done, network=network)
        runtime.tell(Event("notice", "config", done.words))
        runtime.tell_faults((*away, *done.faults, *map(str, shot.library.problems), *absent.lines(config)))
        return done


def _nothing() -> None:
    """Do nothing."""


def _nothing_ahead(path: Path) -> None:
    """Do nothing."""
