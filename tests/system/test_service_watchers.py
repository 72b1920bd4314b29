"""Watchers end to end: threads that grow, shrink, are archived and die, and what is dropped to be watched."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from syncer.demo.posts import NEVER
from syncer.store import follows
from syncer.store.database import Named

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
HOUR = 3_600


def _watch(place: Place, thread: int) -> str:
    return f'[[watchers]]\nurl = "{place.site.root}/board/thread/{thread}"\n'


def _thread_requests(place: Place) -> list[float]:
    return [entry.time for entry in place.site.log if "/thread/" in entry.path]


def _run_for(place: Place, seconds: float, more: str | None = None) -> None:
    """Let the service run for so long in one piece."""
    with place.runner(inbox=False, more=more) as loop:
        _go_on(place, loop, seconds)


def _go_on(place: Place, loop: Loop, seconds: float) -> None:
    until = place.clock.now() + seconds
    while place.clock.now() < until:
        loop._rest(min(loop.turn(), until - place.clock.now()))


def test_a_lively_thread_is_looked_at_by_its_velocity_until_it_dies(place: Place) -> None:
    # Thread 3: a reply every 600 s, two in three with a file; dies a day after the start.
    _run_for(place, 1.2 * DAY, _watch(place, 3))
    times = _thread_requests(place)
    rests = [later - earlier for earlier, later in itertools.pairwise(times)]
    # Four files in about 3600 s is what a check should find.
    assert 12 <= len(times) <= 60
    assert all(300 <= rest <= 2 * HOUR for rest in rests)
    with place.runner() as loop:
        assert place.follow(loop).status == "404"
        assert "gone" in place.follow(loop).why
        assert place.follow(loop).name == "Landscapes, thread 3"
    last = place.world.thread(3, times[-2])
    assert last is not None
    assert len(place.media()) == len(last.files)
    place.check_whole()
    assert max(times) < place.world.start + DAY + 2 * HOUR, "no more once it is gone"


def test_an_archived_thread_is_read_a_last_time_and_ends(make_place: MakePlace) -> None:
    place = make_place()
    place.world.change_thread(3, archived=2 * HOUR)
    _run_for(place, 12 * HOUR, _watch(place, 3))
    with place.runner() as loop:
        assert place.follow(loop).status == "archived"
    thread = place.world.thread(3, place.clock.now())
    assert thread is not None
    assert thread.archived
    assert len(place.media()) == len(thread.files)
    asked = len(_thread_requests(place))
    _run_for(place, DAY / 2)
    assert len(_thread_requests(place)) == asked


def test_files_still_come_after_the_thread_has_died(place: Place) -> None:
    thread = place.world.thread(3)
    assert thread is not None
    late = thread.files[1:3]
    for file in late:
        place.site.misbehave(file.path, "500", times=1)
    # The board keeps the files of dead threads for a while: only the thread itself is 404.
    place.world.change_thread(3, most=len(thread.replies), dies=NEVER)
    with place.runner(more=_watch(place, 3)) as loop:
        loop.run_until(lambda: len(place.media()) == len(thread.files) - len(late))
        place.site.misbehave("/board/thread/3.json", "404")
        follow = place.follow(loop)
        with loop.runtime.db.write(Named.REQUEST) as tx:
            follows.revive(tx, follow.id)
        loop.run_until(lambda: place.follow(loop).status == "404")
        assert len(place.media()) == len(thread.files) - len(late)
        loop.run_until(lambda: False)
        assert len(place.media()) == len(thread.files)
    place.check_whole()


def test_a_vanished_image_blocks_nothing(place: Place) -> None:
    thread = place.world.thread(3)
    assert thread is not None
    gone, *rest = thread.files
    place.site.misbehave(gone.path, "404")
    place.once(more=_watch(place, 3))
    assert len(place.media()) == len(rest)
    assert gone.path in place.words("gone")
    with place.runner() as loop:
        assert place.follow(loop).faults == 0
    place.check_whole()


def test_a_thread_that_shrinks_takes_no_local_file_away(place: Place) -> None:
    place.once(more=_watch(place, 3))
    before = place.media()
    place.world.change_thread(3, most=1)
    place.advance(2 * HOUR)
    place.once()
    assert place.media() == before
    with place.runner() as loop:
        assert place.follow(loop).status == "alive"


@pytest.mark.parametrize("fault", ["500", "503", "garbage_json", "login_page", "closed", "451"])
def test_a_fault_of_the_board_does_not_end_the_watcher(place: Place, fault: str) -> None:
    place.once(more=_watch(place, 3))
    before = place.media()
    place.site.misbehave("/board/thread/3.json", fault)
    place.advance(2 * HOUR)
    with place.runner(inbox=False) as loop:
        _go_on(place, loop, 4 * HOUR)
        assert place.follow(loop).status == "alive"
        assert place.follow(loop).faults > 0
        assert place.media() == before
        place.site.behave()
        _go_on(place, loop, 3 * HOUR)
        assert place.follow(loop).faults == 0
    assert len(place.media()) > len(before)


def test_a_dropped_thread_becomes_a_watcher_and_wakes_a_dead_one(place: Place) -> None:
    (place.inbox / "thread.txt").write_text(f"{place.site.root}/board/thread/3\n", "utf-8")
    with place.runner(more="") as loop:
        loop.run_until(lambda: False)
        follow = place.follow(loop)
        assert (follow.kind, follow.source, follow.status) == ("watcher", "store", "alive")
        assert "watched from now on" in (place.inbox / "done" / "thread.txt.result.txt").read_text("utf-8")
        first = len(place.media())
        assert first > 0
        # The config does not name it, and a reload must not retire it.
        place.site.misbehave("/board/thread/3.json", "404", times=1)
        place.advance(2 * HOUR)
        loop.run_until(lambda: False)
        assert place.follow(loop).status == "404"
    with place.runner() as loop:
        assert place.follow(loop).status == "404"
        (place.inbox / "again.txt").write_text(f"{place.site.root}/board/thread/3\n", "utf-8")
        loop.run_until(lambda: False)
        assert place.follow(loop).status == "alive"
    assert "watched again" in (place.inbox / "done" / "again.txt.result.txt").read_text("utf-8")
    assert len(place.media()) > first
    place.check_whole()


def test_a_dropped_thread_whose_site_file_was_away_is_watched_again(place: Place) -> None:
    place.once(more=_watch(place, 3))
    path = place.folder / "sites" / "demoboard.toml"
    text = path.read_text("utf-8")
    path.unlink()
    place.once()
    path.write_text(text, "utf-8")
    (place.inbox / "again.txt").write_text(f"{place.site.root}/board/thread/3\n", "utf-8")
    place.advance(2 * HOUR)
    before = len(place.media())
    place.once(more="")
    assert len(place.media()) > before


def test_dead_by_time_is_no_longer_looked_at(make_place: MakePlace) -> None:
    place = make_place()
    place.world.change_thread(3, most=4, dies=NEVER)
    _run_for(place, 5 * DAY, _watch(place, 3))
    with place.runner() as loop:
        assert place.follow(loop).status == "dead"
    asked = len(_thread_requests(place))
    _run_for(place, 2 * DAY)
    assert len(_thread_requests(place)) == asked
