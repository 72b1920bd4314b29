"""Many files that come to their place at once, by real threads: none doubled, twins settled without waiting for one another."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer import app
from syncer.deliver import disk
from syncer.deliver import place as place_module
from syncer.deliver.place import Target
from syncer.demo.media import Picture
from syncer.demo.posts import WorldFile
from syncer.model import Tag
from syncer.service import delivery, pipeline, queue_verbs, recover, refetch_job, requests_job, wish
from syncer.store import deliveries, jobs
from syncer.together import Wait, alone

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from syncer.service.runtime import Runtime
    from tests.system.conftest import Place

GREY = Picture("png", 99, 8, 8)


def _get(place: Place, query: str, finished: Callable[[dict[str, int]], bool] | None = None) -> dict[str, Any]:
    """Do a wish by threads and the real clock, to its end or until its jobs stand as they should."""
    with app.runner(place.config(), app.Wanted(checks=False), tell=place.events.append) as loop:

        def done() -> bool:
            with loop.runtime.db.read() as tx:
                stand = jobs.counts(tx)
            return finished(stand) if finished else not wish.is_open(loop.runtime.db, answer["entry"])

        answer = requests_job.get(loop.runtime, {"text": f"demoapi: {query}", "site": "demoapi", "query": query})
        loop.run_until(done, patience=1)
        return wish.outcome(loop.runtime.db, answer["entry"])


def test_twins_that_come_together_do_not_wait_for_one_another(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TWIN_WAIT", 3600)
    for number in range(12):
        post = place.world.add((Tag("", "many"),), 1_619_630_409 + number)
        if number % 3 == 0:
            place.world.change(post.id, files=(WorldFile(f"/media/{post.id}.png", GREY),))
    assert _get(place, "many")["outcome"] == "delivered"
    assert len(place.media()) == 9, "eight, and one of the four that are alike"
    assert len([event for event in place.events if event.kind == "known"]) == 3
    place.check_whole()
    place.check_no_parts()


def test_a_folder_that_cannot_be_flushed_lets_each_of_its_files_wait(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = place.folder / ".syncer-work-import"
    for number in range(4):
        place.world.add((Tag("", "many"),), 1_619_630_409 + number)

    def broken(folder: Path | str) -> None:
        # Whatever begins after the first has failed is not begun at all.
        for _ in range(500):
            if len(list(work.glob("*.part"))) == 4:
                break
            time.sleep(0.01)
        raise OSError(5, "Input/output error", str(folder))

    monkeypatch.setattr(place_module, "sync_folder", broken)
    _get(place, "many", lambda stand: stand.get("later", 0) == 4)
    assert place.media() == []
    assert place.words("waits").count("The disk failed at") == 4


def test_a_run_does_not_end_between_two_jobs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job ends while the loop looks what else there is, and its thread has not yet come to tell what it has queued."""
    begun: list[jobs.Job] = []

    class Slow:
        def start(self, job: jobs.Job) -> None:
            begun.append(job)

        def stop(self, timeout: float) -> bool:
            return timeout > 0

    def meanwhile(runtime: Runtime) -> float:
        while begun:
            alone(pipeline.run(runtime, begun.pop()))
        return 30.0

    place.world.add((Tag("", "many"),), 1_619_630_409)
    with place.runner(inbox=False, checks=False) as loop:
        loop.workers = Slow()
        monkeypatch.setattr(refetch_job, "feed", meanwhile)
        answer = requests_job.get(loop.runtime, {"text": "demoapi: many", "site": "demoapi", "query": "many"})
        loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]), patience=1)
        assert wish.outcome(loop.runtime.db, answer["entry"])["outcome"] == "delivered"


def test_files_that_are_called_alike_are_numbered_in_one_row(place: Place) -> None:
    for number in range(12):
        place.world.add((Tag("", "many"),), 1_619_630_409 + number)
    place.options = '[options]\ntypes = ["image"]\nimport_folder = "alike"'
    place.more = '[import_folders.alike]\npath = "alike"\nprofile = "plain"\nnames = "{site}.{ext}"\n'
    _get(place, "many")
    names = {path.name for path in (place.folder / "alike").glob("*.png")}
    assert names == {"demoapi.png", *(f"demoapi-{number}.png" for number in range(2, 13))}


def _broken(*given: object) -> Wait:
    raise disk.in_words(OSError(errno.EROFS, "read-only"), Path("part"))


WANTED = {"text": "demoapi: many", "site": "demoapi", "query": "many"}


def _held_up(loop: Loop, monkeypatch: pytest.MonkeyPatch, where: Any, what: str) -> int:
    """Wish for a post whose delivery breaks off at a step, and let it wait there; return the wish's entry."""
    with monkeypatch.context() as patch:
        patch.setattr(where, what, _broken)
        first = requests_job.get(loop.runtime, WANTED)
        loop.run_until(lambda: False, patience=1)
    return int(first["entry"])


def test_bytes_of_a_job_that_was_dropped_while_its_disk_was_away(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants them later does not fetch them again and again, waiting for a job that is no more."""

    place.world.add((Tag("", "many"),), 1_619_630_409)
    with place.runner(inbox=False, checks=False) as loop:
        runtime = loop.runtime
        entry = _held_up(loop, monkeypatch, Target, "lay_media")
        queue_verbs.drop(runtime, {"what": f"entry:{entry}"})
        place.advance(3600)
        answer = requests_job.get(runtime, WANTED)
        until = place.clock.now() + 60
        loop.run_until(lambda: place.clock.now() > until or not wish.is_open(runtime.db, answer["entry"]), patience=9)
        assert wish.outcome(runtime.db, answer["entry"])["outcome"] in ("delivered", "known")
    place.check_whole()
    assert len(place.media()) == 1


class Killed(BaseException):
    """The process ends here."""


def _killed(*given: object, **named: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    ("where", "what"),
    [(None, ""), (recover, "dropped"), (deliveries, "give_up"), (Target, "drop_part")],
    ids=["no kill", "before", "sidecars removed", "given up"],
)
@pytest.mark.parametrize("drains", [False, True])
def test_what_is_taken_out_of_the_queue_is_not_delivered_though_it_was_staged(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, where: Any, what: str, drains: bool
) -> None:
    """Nothing of it stays after a kill between any two steps, and it may be asked for again."""
    place.drains = drains
    place.world.add((Tag("", "many"),), 1_619_630_409)
    with place.runner(inbox=False, checks=False) as loop:
        entry = _held_up(loop, monkeypatch, Target, "lay_media")
        with monkeypatch.context() as patch, suppress(Killed):
            if where is not None:
                patch.setattr(where, what, _killed)
            queue_verbs.drop(loop.runtime, {"what": f"entry:{entry}"})
    with place.runner(inbox=False, checks=False) as loop:
        assert [*place.imports.iterdir()] == []
        place.check_no_parts()
        loop.run_until(lambda: False, patience=3600)
        assert place.media() == []
        assert place.get(loop, "demoapi: many")["outcome"] == "delivered"
    place.check_whole()
    assert len(place.media()) == 1


def test_what_was_placed_when_its_job_was_taken_out_stays_and_counts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.world.add((Tag("", "many"),), 1_619_630_409)
    with place.runner(inbox=False, checks=False) as loop:
        entry = _held_up(loop, monkeypatch, delivery, "_settled")
        queue_verbs.drop(loop.runtime, {"what": f"entry:{entry}"})
        assert place.get(loop, "demoapi: many")["outcome"] == "known"
    place.check_whole()
    assert len(place.media()) == 1
