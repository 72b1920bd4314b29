"""Threads end to end: those that die soonest come first, their title goes where the config says, hung ones hold up nobody."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from syncer.demo.posts import NEVER
from syncer.service import requests_job

if TYPE_CHECKING:
    from syncer.demo.world import World
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

HOUR = 3_600
LIVELY = (3, 7, 11, 15)


def _watch(place: Place, *threads: int) -> str:
    return "".join(f'[[watchers]]\nurl = "{place.site.root}/board/thread/{thread}"\n' for thread in threads)


def _of(path: str) -> int:
    """Return the thread that a page or file belongs to."""
    stem = path.rpartition("/")[2].partition(".")[0]
    return int(stem) if "/thread/" in path else int(stem[-6:]) // 1000


def _asked(place: Place) -> list[tuple[str, int]]:
    return [("page" if "/thread/" in path else "file", _of(path)) for path in place.site.log.paths()]


def _board(make_place: MakePlace) -> Place:
    return make_place(threads=16)


def _ask(loop: Loop, verb: str, **details: Any) -> None:
    requests_job.VERBS[verb](loop.runtime, details)


def _dying(world: World, thread: int) -> None:
    """Let a thread have met its bump limit."""
    world.change_thread(thread, limit=2)


@pytest.mark.parametrize("says", ["dying", "archived"])
def test_the_files_of_a_thread_that_is_gone_soon_come_before_all_others(make_place: MakePlace, says: str) -> None:
    place = _board(make_place)
    if says == "dying":
        _dying(place.world, 11)
    else:
        place.world.change_thread(11, archived=-60)
    place.once(more=_watch(place, *LIVELY))
    asked = _asked(place)
    at = asked.index(("page", 11))
    thread = place.world.thread(11)
    assert thread is not None
    own = len(thread.files)
    assert own >= 3
    assert asked[at + 1 : at + 1 + own] == [("file", 11)] * own


@pytest.mark.parametrize("dying", [[7, 15], [3, 11]])
def test_a_dying_thread_is_looked_at_first(make_place: MakePlace, dying: list[int]) -> None:
    place = _board(make_place)
    for thread in dying:
        _dying(place.world, thread)
    place.once(more=_watch(place, *LIVELY))
    place.advance(2 * HOUR)
    place.site.log.clear()
    place.once()
    pages = [thread for what, thread in _asked(place) if what == "page"]
    assert sorted(pages[:2]) == dying
    assert sorted(pages) == list(LIVELY)


def test_what_was_queued_before_a_thread_began_to_die_comes_first_from_then_on(make_place: MakePlace) -> None:
    place = _board(make_place)
    with place.runner(more=_watch(place, *LIVELY)) as loop:
        _ask(loop, "pause", what="files")
        loop.run_until(lambda: False)
        _dying(place.world, 15)
        place.advance(2 * HOUR)
        loop.run_until(lambda: False)
        place.site.log.clear()
        _ask(loop, "resume", what="files")
        loop.run_until(lambda: False)
    order = [thread for thread, _ in itertools.groupby(_of(path) for path in place.site.log.paths())]
    assert order[0] == 15
    assert order.count(15) == 1, "all of it before anything else"
    place.check_whole()


@pytest.mark.parametrize(
    ("option", "tags", "notes"),
    [
        ("", [], []),
        ('thread_title = "no"', [], []),
        ('thread_title = "tag"', ["thread:Landscapes, thread 3"], []),
        ('thread_title = "note"', [], ["thread title: Landscapes, thread 3"]),
        ('thread_title = "both"', ["thread:Landscapes, thread 3"], ["thread title: Landscapes, thread 3"]),
    ],
)
def test_the_title_of_the_thread_goes_where_the_config_says(
    place: Place, option: str, tags: list[str], notes: list[str]
) -> None:
    place.options += f"\n{option}"
    place.once(more=_watch(place, 3))
    sidecars = [json.loads(path.read_text("utf-8")) for path in place.imports.glob("*.json")]
    assert len(sidecars) >= 3
    for sidecar in sidecars:
        assert sidecar["tags"] == tags
        assert [note for note in sidecar["notes"] if note.startswith("thread")] == notes
        assert sidecar["from"]["name"] == "Landscapes, thread 3", "from the first check on"


def test_hung_threads_hold_up_nobody_and_are_looked_at_again(make_place: MakePlace) -> None:
    place = _board(make_place)
    place.read_timeout = "100 ms"
    for thread in LIVELY[:3]:
        place.world.change_thread(thread, dies=NEVER)
        place.site.misbehave(f"/board/thread/{thread}.json", "silent", times=1)
    place.once(more=_watch(place, *LIVELY))
    good = place.world.thread(15)
    assert good is not None
    paths = {file.path for file in good.files}
    asked = place.site.log.paths()
    assert paths <= set(asked)
    with place.runner() as loop:
        loop.run_until(lambda: False, patience=600)
    threads = [place.world.thread(thread, place.clock.now()) for thread in LIVELY]
    assert len(place.media()) == sum(len(thread.files) for thread in threads if thread)
    place.check_whole()
