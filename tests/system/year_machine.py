"""The machine of the simulated year: a living site, the service beside it, and whatever happens to both.

Bursts and lulls, late tags, threads that live and die, deletions, outages, pauses, power cuts, days off, both changes of the clocks,
and clocks that are wrong; all on one virtual clock. `test_year` lets it run and judges what came of it.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import methodcaller
from pathlib import Path
from typing import Any

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.demo.house import SITE_FILES
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.service import pipeline, recover, requests_job
from syncer.service.events import Event
from syncer.service.loop import Loop
from syncer.service.workers import InlineWorkers
from syncer.store.database import Database, Named, Transaction
from tests.system.year_threads import Life, make_threads, posts_with_files, thread_of
from tests.system.year_world import DAY, HOUR, MINUTE, SETTLED, Scale, make_config, make_world


class PowerCut(BaseException):
    """The machine stops here."""


@dataclass(slots=True)
class Check:
    """One check of a query, in true time; `end` 0 = it never came to its end."""

    begin: float
    wall: float
    visible: tuple[int, ...]
    """What the site showed when it began, newest first."""
    end: float = 0.0
    words: str = ""


@dataclass(slots=True)
class Machine:
    """The computer on which syncer runs, with everything that happens to it."""

    scale: Scale
    folder: Path
    world: World
    clock: VirtualClock
    site: LocalSite
    checks: dict[int, list[Check]] = field(default_factory=lambda: defaultdict(list))
    taken: Counter[int] = field(default_factory=Counter)
    """How often the media manager got each post's file."""
    threads: list[Life] = field(default_factory=list)
    thread_checks: dict[int, list[Check]] = field(default_factory=lambda: defaultdict(list))
    thread_taken: Counter[int] = field(default_factory=Counter)
    spell: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Begin and end of the bad time that it is now, or was last."""
    bad: list[list[float]] = field(default_factory=list)
    """Begin and end of each time in which something was not as it should be, in true time."""
    paused: list[tuple[float, float, str]] = field(default_factory=list)
    """Begin and end of each pause, and of what."""
    notices: Counter[str] = field(default_factory=Counter)
    loop: Loop | None = None
    fuse: int = -1
    """So many writes of the store until the power is cut; below 0 = none is."""
    cuts: int = 0
    wrong: list[list[float]] = field(default_factory=list)
    """Begin and end of each time that the clock on the wall was wrong, in true time."""

    def true(self) -> float:
        """Return the time as it is, whatever the clock on the wall says."""
        return self.scale.start + self.clock.monotonic() - 1_000.0

    def tell(self, event: Event) -> None:
        if event.kind == "notice":
            self.notices[event.text.partition(":")[0][:60]] += 1
        query, thread = _query_of(event.subject), thread_of(event.subject)
        if query is not None and event.kind == "check":
            shown = self.world.search(f"topic_{query}", self.true())
            self._begun(self.checks[query], tuple(post.id for post in shown))
        elif thread is not None and event.kind == "check":
            self._begun(self.thread_checks[thread], tuple(posts_with_files(self.world, thread, self.true())))
        elif event.kind == "walk" and not event.text.startswith("gap filled"):
            checks = self.checks[query] if query is not None else self.thread_checks.get(thread or 0, [])
            for check in checks[-1:]:
                check.end, check.words = self.true(), event.text

    def _begun(self, checks: list[Check], visible: tuple[int, ...]) -> None:
        checks.append(Check(self.true(), self.clock.now(), visible))

    def start(self) -> None:
        """Start the service on what is in the folder, as after any end."""
        db = Database.open(self.folder / "state", self.clock)
        wanted = app.Wanted(inbox=False, inline=True)
        runtime = app.build_runtime(load.load(self.folder / "config.toml"), db, self.clock, wanted, self.tell)
        self.loop = Loop(runtime, InlineWorkers(lambda job: pipeline.run(runtime, job)))
        recover.run(runtime)

    def drop(self) -> None:
        """End the service without a word: nothing is closed in order, no counter is written."""
        assert self.loop is not None
        self.loop.runtime.client.close()
        self.loop.runtime.db.close()
        self.loop = None

    def run(self, until: float, stop: Callable[[], bool] = lambda: False) -> None:
        """Run the service up to a moment in true time, or until `stop`; a power cut costs ten minutes."""
        while self.true() < until and not stop():
            if self.loop is None:
                self.start()
            assert self.loop is not None
            try:
                rest = self.loop.turn()
            except PowerCut:
                self._cut()
                continue
            if rest > 10 * MINUTE:
                self.collect()
            self.clock.advance(min(rest, until - self.true()) if rest > 0 else 0.0)
        self.collect()

    def collect(self) -> None:
        """Take everything out of the import folder, as a media manager does."""
        folder = self.folder / "import"
        for path in sorted(folder.iterdir()):
            if path.suffix != ".json":
                sidecar = path.with_name(f"{path.name}.json")
                described = json.loads(sidecar.read_text("utf-8"))
                taken = self.thread_taken if described["from"]["site"] == "demoboard" else self.taken
                taken[int(described["from"]["post"])] += 1
                assert described["file"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest(), path
                path.unlink()
                sidecar.unlink()

    def off(self, seconds: float) -> None:
        """Let time pass while the machine is off."""
        if self.loop is not None:
            self.drop()
        self.bad.append([self.true(), self.true() + seconds])
        self.clock.advance(seconds)

    def _spell(self) -> None:
        self.spell = [self.true(), float("inf")]
        self.bad.append(self.spell)

    def command(self, verb: str, **details: Any) -> None:
        """Give the service a command, if need be once more after a power cut."""
        while True:
            if self.loop is None:
                self.start()
            assert self.loop is not None
            try:
                requests_job.VERBS[verb](self.loop.runtime, details)
            except PowerCut:
                self._cut()
                continue
            return

    def _cut(self) -> None:
        self.cuts += 1
        self.drop()
        self.off(600)

    def watch(self, thread: int) -> None:
        """Have a thread watched from now on."""
        self.command("watch", urls=[f"{self.site.root}/board/thread/{thread}"])

    def pause(self, what: str) -> None:
        """Pause something by a command, if that comes to pass in the middle of a walk."""
        self.run(self.true() + DAY, self._walks)
        self.command("pause", what=what)
        self.paused.append((self.true(), float("inf"), what))
        self._spell()

    def resume(self) -> None:
        """Let that go on."""
        begin, _, what = self.paused[-1]
        self.paused[-1] = (begin, self.true(), what)
        self.spell[1] = self.true()
        self.command("resume", what=what)

    def _walks(self) -> bool:
        if self.loop is None:
            return False
        with self.loop.runtime.db.read() as tx:
            return bool(tx.value("SELECT 1 FROM walks WHERE state = 'walking' AND pages > 0"))

    def cut_soon(self, writes: int) -> None:
        """Cut the power at the write of the store that comes after so many."""
        self.fuse = writes

    def misbehave(self, fault: str) -> None:
        """Let the site fail every request, from the moment on when it is in the middle of downloads."""
        self.run(self.true() + DAY, self._downloads)
        self.site.misbehave("*", fault)
        self._spell()

    def _downloads(self) -> bool:
        if self.loop is None:
            return False
        with self.loop.runtime.db.read() as tx:
            return int(tx.value("SELECT count(*) FROM jobs WHERE state = 'waiting' AND kind = 'file'")) > 1

    def behave(self) -> None:
        """Let the site work again."""
        self.site.behave()
        self.spell[1] = self.true()

    def set_right(self) -> None:
        """Set the clock on the wall to the true time."""
        self.wrong[-1][1] = self.spell[1] = self.true()
        self.clock.set(self.true())

    def set_clock(self, seconds: float) -> None:
        """Set the clock on the wall so far ahead of the true time, or behind it."""
        self.wrong.append([self.true(), float("inf")])
        self._spell()
        self.clock.set(self.true() + seconds)


def _query_of(title: str) -> int | None:
    _, found, rest = title.partition('query "topic_')
    return int(rest.partition('"')[0]) if found else None


@contextmanager
def _site(world: World, now: Callable[[], float]) -> Iterator[LocalSite]:
    """Serve the world, at the same port each time if it is free: who a follow is, and so its jitter, depends on it."""
    site = LocalSite(world, now, port=47_613)
    try:
        site.start()
    except OSError:
        site = LocalSite(world, now).start()
    try:
        yield site
    finally:
        site.stop()


@contextmanager
def machine_of(scale: Scale, folder: Path, rng: random.Random) -> Iterator[Machine]:
    world, clock = make_world(scale, rng), VirtualClock(scale.start)
    with _site(world, lambda: scale.start + clock.monotonic() - 1_000.0) as site:
        shutil.copytree(SITE_FILES, folder / "sites")
        (folder / "import").mkdir()
        (folder / "config.toml").write_text(make_config(scale, site.root), "utf-8")
        machine = Machine(scale, folder, world, clock, site, threads=make_threads(world, scale, rng))
        try:
            yield machine
        finally:
            if machine.loop is not None:
                machine.drop()


def burning(machine: Machine) -> Callable[..., Any]:
    """Return a `Database.write` that cuts the power right before or right after a commit, when the fuse is burnt down."""
    real = Database.write

    @contextmanager
    def write(db: Database, named: Named) -> Iterator[Transaction]:
        machine.fuse -= machine.fuse >= 0
        before = machine.fuse == 0 and machine.cuts % 2 == 0
        with real(db, named) as tx:
            yield tx
            if before:
                raise PowerCut
        if machine.fuse == 0:
            raise PowerCut

    return write


FAULTS = ("503", "500", "closed", "429_seconds", "login_page", "503", "silent", "502")
AHEAD = (400 * DAY, -30 * DAY, 2 * HOUR, -18_000 * DAY, 40 * DAY, -2 * HOUR, 3 * DAY, -3 * DAY)
"""By how much the clock on the wall is wrong for a while; before the last but four it starts in 1974."""

PAUSED = ("all", "follows", "year: topic_4", "files", "site demoapi", "year", "site demoboard")
"""What is paused by command, one after another."""

Plan = tuple[float, Callable[[Machine], None]]


def plans(scale: Scale, rng: random.Random) -> list[Plan]:
    """Return what happens when, in true time: outages, days off and wrong clocks one after another, power cuts at any time."""
    last = scale.start + scale.days * DAY - SETTLED
    found: list[Plan] = [
        (rng.uniform(scale.start, last), methodcaller("cut_soon", rng.randint(1, 40))) for _ in range(scale.cuts)
    ]
    spells: list[tuple[str, str | float, str]] = [
        ("misbehave", FAULTS[number % len(FAULTS)], "behave") for number in range(scale.outages)
    ]
    spells += [("set_clock", AHEAD[number % len(AHEAD)], "set_right") for number in range(scale.jumps)]
    spells += [("pause", PAUSED[number % len(PAUSED)], "resume") for number in range(scale.pauses)]
    spells += [("off", 0.0, "")] * scale.offs
    rng.shuffle(spells)
    slot = (last - scale.start) / len(spells)
    for number, (begin, what, end) in enumerate(spells):
        at = scale.start + (number + rng.uniform(0.05, 0.3)) * slot
        lasts = min(float(rng.choice((10 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY))), 0.65 * slot)
        found.append((at, methodcaller(begin, what or lasts)))
        if end:
            found.append((at + lasts, methodcaller(end)))
    return sorted(found, key=lambda plan: plan[0])


def live(machine: Machine, rng: random.Random) -> None:
    """Let the whole span pass."""
    found: list[Plan] = [(life.found, methodcaller("watch", life.number)) for life in machine.threads]
    for at, happen in sorted([*plans(machine.scale, rng), *found], key=lambda plan: plan[0]):
        machine.run(at)
        happen(machine)
    machine.fuse = -1
    machine.run(machine.scale.start + machine.scale.days * DAY)
