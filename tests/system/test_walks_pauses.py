"""Paused follows: their walk stops before its next request, is kept, and goes on where it was; what they found still comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from syncer.model import Tag
from syncer.service import requests_job
from syncer.store import gaps, jobs, walks

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from syncer.store.gaps import Gap
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\nfirst_limit = 500\n'


def _pages(place: Place) -> list[int]:
    found = [parse_qs(urlsplit(target).query) for target in place.site.log.targets() if "/api/posts" in target]
    return [int(one["page"][0]) for one in found]


def _ask(loop: Loop, verb: str, **details: Any) -> dict[str, Any]:
    return requests_job.VERBS[verb](loop.runtime, details)


def _run(loop: Loop, patience: float = 600) -> None:
    loop.run_until(lambda: False, patience=patience)


def _polite(make_place: MakePlace, posts: int = 75) -> Place:
    """Return a house that asks once a second, so that there is a time between two pages."""
    place = make_place(posts=posts)
    place.bandwidth = ""
    return place


def _gaps(place: Place, loop: Loop) -> list[Gap]:
    follow = place.follow(loop)
    with loop.runtime.db.read() as tx:
        return gaps.of_follow(tx, follow.id)


def _all(place: Place) -> set[int]:
    now = place.clock.now()
    return {post.id for post in place.world.search("scenery", now) if not post.deleted(now)}


@pytest.mark.parametrize("what", ["follows", "site demoapi", "views", "views: scenery", "all"])
@pytest.mark.parametrize("restart", [False, True])
def test_a_pause_stops_a_walk_before_its_next_request_and_resuming_goes_on_there(
    make_place: MakePlace, what: str, restart: bool
) -> None:
    place = _polite(make_place)
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(_pages(place)) == 2, patience=600)
        _ask(loop, "pause", what=what)
        before = len(place.site.log)
        place.advance(DAY)
        _run(loop)
        assert len(place.site.log) == before
        with loop.runtime.db.read() as tx:
            (walk,) = walks.walking(tx)
            assert (walk.pages, walk.new) == (2, 40)
        if not restart:
            _ask(loop, "resume", what=what)
            _run(loop)
    if restart:
        with place.runner() as loop:
            _run(loop)
            assert len(place.site.log) == before, "over a restart, too"
            _ask(loop, "resume", what=what)
            _run(loop)
    assert _pages(place) == [1, 2, 3, 4, 5]
    assert set(place.posts()) == _all(place)
    place.check_whole()


def test_a_pause_for_a_time_ends_by_itself_and_the_walk_goes_on(make_place: MakePlace) -> None:
    place = _polite(make_place)
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(_pages(place)) == 1, patience=600)
        _ask(loop, "pause", what="views", seconds=7200)
        place.advance(3600)
        _run(loop, 60)
        assert _pages(place) == [1]
        place.advance(3700)
        _run(loop)
    assert set(place.posts()) == _all(place)


def test_a_query_that_the_config_pauses_in_the_middle_of_its_walk_goes_on_when_it_may(make_place: MakePlace) -> None:
    place = _polite(make_place)
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(_pages(place)) == 2, patience=600)
        place.write_config(SUB + "paused = true\n")
        _ask(loop, "reload")
        before = len(place.site.log)
        _run(loop)
        assert len(place.site.log) == before
        place.write_config(SUB)
        _ask(loop, "reload")
        _run(loop)
    assert _pages(place) == [1, 2, 3, 4, 5]
    assert set(place.posts()) == _all(place)


def test_what_a_paused_follow_has_found_still_comes(make_place: MakePlace) -> None:
    place = _polite(make_place, 30)
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(place.media()) == 1, patience=600)
        _ask(loop, "pause", what="views")
        _run(loop)
        with loop.runtime.db.read() as tx:
            assert jobs.counts(tx) == {}
    assert set(place.posts()) == _all(place)


def test_the_filling_of_a_gap_is_paused_with_its_follow(make_place: MakePlace) -> None:
    place = _polite(make_place, 30)
    place.once(more=SUB + "limit = 10\n", patience=600)
    place.advance(91 * DAY)
    for _ in range(65):
        place.world.add([Tag("", "scenery")], place.clock.now())
    place.site.log.clear()
    with place.runner() as loop:
        loop.run_until(lambda: _pages(place) == [1, 1, 2], patience=3600)
        _ask(loop, "pause", what="views")
        _run(loop, 3600)
        assert _pages(place) == [1, 1, 2]
        _ask(loop, "resume", what="views")
        _run(loop, 3600)
        assert [gap.state for gap in _gaps(place, loop)] == ["filled"]
    assert set(place.posts()) == _all(place)
    place.check_whole()


def test_a_listing_that_moved_on_by_pages_while_paused_loses_nothing_and_is_no_fault(make_place: MakePlace) -> None:
    place = _polite(make_place)
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(_pages(place)) == 2, patience=600)
        _ask(loop, "pause", what="views")
        place.advance(3 * DAY)
        for _ in range(45):
            place.world.add([Tag("", "scenery")], place.clock.now())
        _ask(loop, "resume", what="views")
        _run(loop)
        follow = place.follow(loop)
        assert (follow.faults, follow.synced) == (0, True), follow.why
        place.advance(91 * DAY)
        _run(loop)
    assert set(place.posts()) == _all(place)
    place.check_whole()


def test_a_sync_that_met_just_as_many_as_it_may_leaves_no_gap(make_place: MakePlace) -> None:
    place = make_place(posts=30)
    place.once(more=SUB + "limit = 20\n")
    for new, recorded in ((20, 0), (21, 1), (19, 1)):
        place.advance(91 * DAY)
        for _ in range(new):
            place.world.add([Tag("", "scenery")], place.clock.now())
        with place.runner() as loop:
            loop.run_until(lambda: False)
            assert len(_gaps(place, loop)) == recorded, new
        assert set(place.posts()) == _all(place)
    place.check_whole()
