"""The composition root: puts clock, store, client, pace, folders and jobs together, and takes them apart again.

The only module that knows everybody. `asking`, the commands that run the service, and the system tests import it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from syncer.clock import Clock, SystemClock
from syncer.config import absent, paths
from syncer.config.settings import Config
from syncer.errors import ConfigError
from syncer.fetch import pages
from syncer.fetch.client import Client
from syncer.fetch.cookie_disk import CookieDisk
from syncer.fetch.ledger import Ledger
from syncer.frozen import frozen
from syncer.intake.inbox import Inbox
from syncer.intake.settle import Patience
from syncer.intake.watch import FolderWatch
from syncer.service import (
    bandwidth_of,
    cookie_job,
    handover_note,
    housekeeping,
    logins,
    pipeline,
    reconcile,
    recover,
    snapshot,
    ways,
)
from syncer.service.adopt_job import Adopting
from syncer.service.clockwork import Clockwork
from syncer.service.dispatch import Dispatch
from syncer.service.events import Event, guarded, nobody
from syncer.service.facts import REFUSED
from syncer.service.growing import Growing
from syncer.service.hooks import Hooks
from syncer.service.inbox_job import InboxJob
from syncer.service.known_job import KnownPlaces
from syncer.service.lock import RunnerLock
from syncer.service.loop import Loop
from syncer.service.reload import Reload
from syncer.service.requests_job import RequestsJob
from syncer.service.runtime import Runtime, Targets
from syncer.service.snapshot import INTO
from syncer.service.state_folder import StateFolder
from syncer.service.workers import NEAR, SMALL, SPARE, InlineWorkers, ThreadWorkers, Workers
from syncer.store import requests, usage
from syncer.store.database import Database, Named
from syncer.store.jobs import Job
from syncer.store.place import refuse_network

Tell = Callable[[Event], None]


@frozen
class Wanted:
    """What a run is for."""

    inbox: bool = True
    checks: bool = True
    delivers: bool = True
    """Files may come, so that there must be an import folder; a mere look at a page needs none."""
    watch: bool = False
    """Stay: watch the inbox for events, read the config again when it changes, answer other commands."""
    only: Collection[str] | None = None
    """Run just the jobs of these sources."""
    inline: bool = False
    """Run jobs in the loop's own thread (tests on a virtual clock)."""
    patience: Patience | None = None


@contextmanager
def runner(config: Config, wanted: Wanted, *, tell: Tell = nobody, clock: Clock | None = None) -> Iterator[Loop]:
    """Take the runner's lock and give a loop that is ready to run; everything is put away at the end, however it comes.

    Raises TryLaterError where another syncer runs, ConfigError and ServiceError where it cannot work.
    """
    if wanted.delivers and not config.import_folders:
        raise ConfigError("there is no import folder", "Name one in the config, or use --into DIR")
    clock = clock or SystemClock()
    refuse_network(config.folders.state)
    with RunnerLock(config.folders.state) as lock:
        db = Database.open(config.folders.state, clock)
        try:
            runtime = build_runtime(config, db, clock, wanted, tell)
            loop = _loop(runtime, wanted)
            if loop.clockwork is not None:
                loop.clockwork.every(5, "state folder", StateFolder(runtime, lock, loop.stop).turn)
            recover.run(runtime)
            if wanted.inbox:
                housekeeping.at_start(runtime)
            if loop.hooks is not None:
                loop.hooks.resume()
            try:
                yield loop
            finally:
                loop.close()
                _leave(runtime)
                runtime.client.close()
        finally:
            db.close()


def build_runtime(config: Config, db: Database, clock: Clock, wanted: Wanted, tell: Tell) -> Runtime:
    """Put together what jobs need, and bring the store's follows in line with the config."""
    shot = snapshot.build(config)
    with db.read() as tx:
        pauses = usage.pauses(tx)
    kills = housekeeping.begin(db)
    books = bandwidth_of.BooksOf(db, shot)
    ledger = Ledger(config.bandwidth, clock, books, pauses, domains=bandwidth_of.domains(shot), kills=kills)
    dispatch = Dispatch(db, clock, ledger, only=wanted.only)
    dispatch.set_limits(config.bandwidth.connections, config.bandwidth.connections_per_domain)
    disk = CookieDisk(config.folders.state)
    per_host = config.bandwidth.connections_per_domain
    cache = pages.at(config.folders.cache, config.network.page_cache)
    client = Client(config.network, clock, per_host=per_host, jars=disk.jars(clock), page_cache=cache)
    runtime = Runtime(
        db, clock, client, ledger, dispatch, Targets(clock, db, config.folders.state), shot, disk, tell=guarded(tell)
    )
    cookie_job.set_agents(runtime)
    ways.refresh(runtime)
    logins.load(runtime)
    faults = [*map(str, shot.library.problems), *runtime.targets.prepare(config.import_folders.values())]
    if wanted.checks:
        with db.write(Named.RECONCILE) as tx:
            faults += reconcile.reconcile(tx, shot).faults
            requests.set_fact(tx, REFUSED, None)
        faults += absent.lines(config)
    runtime.tell_faults(faults)
    return runtime


def _loop(runtime: Runtime, wanted: Wanted) -> Loop:
    config = runtime.snapshot.config
    runtime.tools.sweep()
    loop = Loop(runtime, InlineWorkers(functools.partial(pipeline.run, runtime)), checks=wanted.checks)
    loop.closers.append(runtime.tools.stop)
    if not wanted.inline:
        loop.workers = _threads(runtime, loop)
        loop.clockwork = _clockwork(runtime, loop)
    if wanted.delivers:
        loop.hooks = Hooks(runtime, inline=wanted.inline)
        runtime.after_delivery = loop.hooks.note
        loop.growing = Growing(runtime, loop.wake, inline=wanted.inline)
        loop.closers += [loop.hooks.close, loop.growing.close]
    if wanted.checks:
        loop.known = KnownPlaces(runtime, loop.wake, inline=wanted.inline)
    inbox = Inbox(config.folders.inbox, runtime.clock)
    if wanted.inbox:
        inbox.prepare()
        inbox.clean_done(config.folders.keep_done)
        loop.inbox = InboxJob(runtime, inbox, wanted.patience)
        loop.adopting = Adopting(runtime, loop.wake, inline=wanted.inline, watch=wanted.watch)
    if wanted.watch:
        _stay(runtime, loop, inbox)
    return loop


def _watch(loop: Loop, inbox: Inbox) -> None:
    """Let events in the inbox wake the loop; the timed look stays, since events can be lost."""
    job = loop.inbox
    assert job is not None

    def hint() -> None:
        job.look()
        loop.wake()

    watch = loop.watch = FolderWatch(inbox.root, hint)
    job.before_look = watch.check
    loop.closers.append(watch.stop)


def _threads(runtime: Runtime, loop: Loop) -> Workers:
    dispatch = runtime.dispatch

    def number() -> int:
        return runtime.snapshot.config.bandwidth.connections + SPARE

    def after_fetch(job: Job, size: int, seconds: float) -> None:
        dispatch.fetched(job)
        if size > SMALL or seconds > NEAR:
            workers.spread()

    run = functools.partial(pipeline.run, runtime)
    workers = ThreadWorkers(number, run, dispatch.take, runtime.clock, more=loop.wake, at_rest=loop.look_up)
    runtime.after_fetch = after_fetch
    return workers


def _clockwork(runtime: Runtime, loop: Loop) -> Clockwork:
    """Return what every runner does each second: counters to the store, answers to other commands."""
    requests = RequestsJob(runtime)
    files = cookie_job.CookieFiles(runtime)
    files.turn()
    clockwork = Clockwork(runtime.clock)
    clockwork.every(1, "counters", lambda: housekeeping.flush(runtime))
    clockwork.every(2, "cookie files", files.turn)
    clockwork.every(3, "logins", lambda: logins.look(runtime))
    clockwork.every(1, "requests", lambda: loop.wake() if requests.turn() else None)
    return clockwork


def _stay(runtime: Runtime, loop: Loop, inbox: Inbox) -> None:
    """Add what only the lasting service does: reload, tidying up, the inbox's events."""
    _watch(loop, inbox)
    clockwork = loop.clockwork
    if clockwork is None:
        return
    reload = loop.reload = Reload(runtime)
    clockwork.every(2, "config", lambda: loop.wake() if reload.turn() else None)
    handover_note.note(runtime)
    clockwork.every(3600, "other programs", lambda: handover_note.note(runtime))
    clockwork.every(60, "tidy", lambda: housekeeping.tidy(runtime))
    if loop.known is not None:
        clockwork.every(60, "known", loop.known.turn)
    clockwork.every(3600, "cookies", lambda: cookie_job.tidy(runtime))
    clockwork.every(3600, "counters of the past", lambda: housekeeping.forget_usage(runtime))
    clockwork.every(3600, "done", lambda: inbox.clean_done(runtime.snapshot.config.folders.keep_done))
    clockwork.every(6 * 3600, "old parts", lambda: recover.sweep(runtime))


def _leave(runtime: Runtime) -> None:
    """Take back the work folders of import folders that a command named for once."""
    folders = runtime.snapshot.config.import_folders.values()
    lasting = {paths.real(folder.path) for folder in folders if folder.name != INTO}
    for target in runtime.targets.everyone():
        if target.path not in lasting:
            target.leave()
