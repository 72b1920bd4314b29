"""The composition root: puts clock, store, client, pace, folders and jobs together, and takes them apart again.

The only module that knows everybody. The command line and the system tests import it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncer.clock import Clock, SystemClock
from syncer.config import load, paths
from syncer.config.settings import Config
from syncer.errors import ConfigError
from syncer.fetch.client import Client
from syncer.fetch.ledger import Ledger
from syncer.intake.inbox import Inbox
from syncer.intake.settle import Patience
from syncer.service import bandwidth_of, follows_of, housekeeping, pipeline, recover, snapshot
from syncer.service.clockwork import Clockwork
from syncer.service.dispatch import Dispatch
from syncer.service.events import Event
from syncer.service.inbox_job import InboxJob
from syncer.service.lock import RunnerLock
from syncer.service.loop import Loop
from syncer.service.reload import Reload
from syncer.service.requests_job import RequestsJob
from syncer.service.runtime import Runtime, Targets
from syncer.service.workers import InlineWorkers, ThreadWorkers, Workers
from syncer.store import usage
from syncer.store.database import Database, Named

log = logging.getLogger(__name__)

Tell = Callable[[Event], None]


def config_at(path: Path | None, *, into: Path | None = None) -> Config:
    """Return the config at `path` (None: the usual place); without a file there, the defaults, if `into` names a folder."""
    place = path or paths.config_file()
    if path is None and into is not None and not place.exists():
        return load.defaults(into)
    return load.load(place)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is for."""

    inbox: bool = True
    checks: bool = True
    watch: bool = False
    """Stay: watch the inbox for events, read the config again when it changes, answer other commands."""
    only: Collection[str] | None = None
    """Run just the jobs of these sources."""
    inline: bool = False
    """Run jobs in the loop's own thread (tests on a virtual clock)."""
    patience: Patience | None = None


@contextmanager
def runner(
    config: Config, wanted: Wanted, *, tell: Tell = lambda event: None, clock: Clock | None = None
) -> Iterator[Loop]:
    """Take the runner's lock and give a loop that is ready to run; everything is put away at the end, however it comes.

    Raises TryLaterError where another syncer runs, ConfigError and ServiceError where it cannot work.
    """
    if not config.import_folders:
        raise ConfigError("there is no import folder", "Name one in the config, or use --into DIR")
    clock = clock or SystemClock()
    with RunnerLock(config.folders.state):
        db = Database.open(config.folders.state, clock)
        try:
            runtime = build_runtime(config, db, clock, wanted, tell)
            loop = _loop(runtime, wanted)
            recover.run(runtime)
            try:
                yield loop
            finally:
                loop.close()
                runtime.client.close()
        finally:
            db.close()


def build_runtime(config: Config, db: Database, clock: Clock, wanted: Wanted, tell: Tell) -> Runtime:
    """Put together what jobs need, and bring the store's follows in line with the config."""
    shot = snapshot.build(config)
    with db.read() as tx:
        rows, pauses = usage.rows(tx), usage.pauses(tx)
    ledger = Ledger(config.bandwidth, clock, rows, pauses, bandwidth_of.domains(shot))
    dispatch = Dispatch(db, clock, ledger, only=wanted.only)
    dispatch.set_limits(config.bandwidth.connections, config.bandwidth.connections_per_domain)
    runtime = Runtime(db, clock, Client(config.network, clock), ledger, dispatch, Targets(clock), shot, tell=tell)
    for problem in shot.library.problems:
        tell(Event("notice", "site file", str(problem)))
    for folder in config.import_folders.values():
        runtime.targets.get(folder)
    if wanted.checks:
        with db.write(Named.RECONCILE) as tx:
            done = follows_of.reconcile(tx, shot)
        for fault in done.faults:
            tell(Event("notice", "config", fault))
    return runtime


def _loop(runtime: Runtime, wanted: Wanted) -> Loop:
    config = runtime.snapshot.config
    loop = Loop(runtime, InlineWorkers(lambda job: pipeline.run(runtime, job)), checks=wanted.checks)
    if not wanted.inline:
        loop.workers = _threads(runtime, loop)
    inbox = Inbox(config.folders.inbox, runtime.clock)
    if wanted.inbox:
        inbox.prepare()
        patience = wanted.patience or Patience(quiet=config.folders.settle)
        loop.inbox = InboxJob(runtime, inbox, patience)
    if wanted.watch:
        _stay(runtime, loop, inbox)
    return loop


def _threads(runtime: Runtime, loop: Loop) -> Workers:
    number = runtime.snapshot.config.bandwidth.connections
    return ThreadWorkers(number, lambda job: pipeline.run(runtime, job), runtime.dispatch.take, loop.wake)


def _stay(runtime: Runtime, loop: Loop, inbox: Inbox) -> None:
    """Add what only the lasting service does: housekeeping, requests of other commands, reload, the inbox's events."""
    config = runtime.snapshot.config
    requests = RequestsJob(runtime)
    reload = Reload(runtime)
    clockwork = Clockwork()
    clockwork.every(1, "counters", lambda: housekeeping.flush(runtime))
    clockwork.every(1, "requests", lambda: loop.wake() if requests.turn() else None)
    clockwork.every(2, "config", lambda: loop.wake() if reload.turn() else None)
    clockwork.every(60, "tidy", lambda: housekeeping.tidy(runtime))
    days = config.folders.keep_done // 86400
    clockwork.every(3600, "done", lambda: inbox.clean_done(days) and None)
    loop.clockwork = clockwork
