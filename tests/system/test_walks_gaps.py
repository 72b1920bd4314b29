"""Gaps end to end: recorded by the check that met its limit, filled in the background, once, through cuts and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from syncer.model import Tag
from syncer.service import listing_job
from syncer.store import gaps, jobs, walks
from syncer.store.database import Named

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from syncer.store.gaps import Gap
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\nlimit = 10\n'


class PowerCut(BaseException):
    """The machine stops here."""


def _add(place: Place, number: int) -> list[int]:
    return [place.world.add([Tag("", "scenery")], place.clock.now()).id for _ in range(number)]


def _gaps(loop: Loop) -> list[Gap]:
    with loop.runtime.db.read() as tx:
        return [gap for row in tx.rows("SELECT id FROM gaps ORDER BY id") if (gap := gaps.get(tx, row["id"]))]


def _pages(place: Place) -> list[int]:
    """Return the numbers of the listing's pages that were asked for."""
    found = [parse_qs(urlsplit(target).query) for target in place.site.log.targets() if "/api/posts" in target]
    return [int(one["page"][0]) for one in found]


def _with_gap(make_place: MakePlace, new: int = 45) -> tuple[Place, list[int]]:
    """Return a house whose next check meets its limit, and the posts that are new then."""
    place = make_place(posts=30)
    place.once(more=SUB)
    place.advance(91 * DAY)
    added = _add(place, new)
    place.site.log.clear()
    return place, added


def _wanted(place: Place) -> list[int]:
    now = place.clock.now()
    found = place.world.search("scenery", now)
    return sorted(post.id for post in found if not post.deleted(now) for _ in post.files)


def test_a_gap_is_recorded_and_filled_down_to_known_ground(make_place: MakePlace) -> None:
    place, added = _with_gap(make_place)
    with place.runner() as loop:
        loop.run_until(lambda: False)
        (gap,) = _gaps(loop)
        assert (gap.state, gap.newest, gap.oldest) == (
            "filled",
            f"post:demoapi/{added[-1]}",
            f"post:demoapi/{added[-10]}",
        )
        with loop.runtime.db.read() as tx:
            assert jobs.counts(tx) == {}
            assert walks.walking(tx) == []
    assert place.posts() == _wanted(place)
    place.check_whole()
    # The sync's one page, then 45 new ones are on three; the walk ends on the third, at what was known before.
    assert _pages(place) == [1, 1, 2, 3]
    assert "filled in the background" in place.words("notice")
    assert "gap filled with 35 posts" in place.words("walk")


def test_the_finds_of_the_check_come_before_the_gap(make_place: MakePlace) -> None:
    place, added = _with_gap(make_place)
    place.once()
    asked = [int(path.split("/")[2].split(".")[0]) for path in place.site.log.paths() if path.startswith("/media/")]
    assert asked[:10] == added[-10:]
    assert asked[10:] == added[:-10], "oldest first"


@pytest.mark.parametrize("where", ["subscription", "query"])
def test_a_query_may_ignore_its_gaps(make_place: MakePlace, where: str) -> None:
    place, added = _with_gap(make_place)
    more = SUB + 'gaps = "ignore"\n'
    if where == "query":
        more = SUB.replace('["scenery"]', '[{ q = "scenery", gaps = "ignore" }]')
    with place.runner(more=more) as loop:
        loop.run_until(lambda: False)
        assert [gap.state for gap in _gaps(loop)] == ["ignored"]
    assert set(place.posts()) & set(added) == set(added[-10:])
    assert _pages(place) == [1]


@pytest.mark.parametrize("page", [2, 3, 4])
@pytest.mark.parametrize("when", ["before", "after"])
def test_filling_goes_on_after_a_cut(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch, page: int, when: str
) -> None:
    place, _ = _with_gap(make_place)
    pages = 0
    real = listing_job._advance

    def cut(*given: object, **named: object) -> object:
        nonlocal pages
        pages += 1
        if pages == page and when == "before":
            raise PowerCut
        result = real(*given, **named)  # type: ignore[arg-type]  # handed through as it came
        if pages == page:
            raise PowerCut
        return result

    with monkeypatch.context() as patched:
        patched.setattr(listing_job, "_advance", cut)
        with pytest.raises(PowerCut):
            place.once()
    _add(place, 3)
    place.once()
    place.advance(91 * DAY)
    place.once()
    with place.runner() as loop:
        assert [gap.state for gap in _gaps(loop)] == ["filled"]
    assert place.posts() == _wanted(place)
    place.check_whole()


def test_two_gaps_are_filled_by_one_walk_each_post_once(make_place: MakePlace) -> None:
    place, _ = _with_gap(make_place, 25)
    with place.runner(more=SUB) as loop:
        place_id = place.follow(loop).id
        with loop.runtime.db.write(Named.REQUEST) as tx:
            tx.run("UPDATE follows SET settings = json_set(settings, '$.gaps', 'ignore')")
        loop.run_until(lambda: False)
        place.advance(91 * DAY)
        _add(place, 25)
        loop.run_until(lambda: False)
        assert [gap.state for gap in _gaps(loop)] == ["ignored", "ignored"]
        place.site.log.clear()
        with loop.runtime.db.write(Named.REQUEST) as tx:
            for gap in gaps.of_follow(tx, place_id):
                gaps.set_state(tx, gap.id, gaps.OPEN)
        loop.run_until(lambda: False)
        assert [gap.state for gap in _gaps(loop)] == ["filled", "filled"]
    assert place.posts() == _wanted(place)
    assert sum("/api/" in target for target in place.site.log.targets()) == 3, (
        "50 new ones, and old ground on the third"
    )


def test_a_site_that_changes_while_a_gap_is_filled_leaves_it_open_and_it_is_filled_later(make_place: MakePlace) -> None:
    place, added = _with_gap(make_place)
    place.site.misbehave("/api/posts.json?tags=scenery&page=2*", "same_page")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        (gap,) = _gaps(loop)
        assert gap.state == "open", gap
        assert gap.why
        follow = place.follow(loop)
        assert (follow.faults, follow.synced) == (0, True), "the check itself was fine"
    assert set(added[-10:]) <= set(place.posts())
    place.site.behave()
    place.once()
    with place.runner() as loop:
        assert [gap.state for gap in _gaps(loop)] == ["open"], "not at once again"
    place.advance(2 * DAY)
    place.once()
    with place.runner() as loop:
        assert [gap.state for gap in _gaps(loop)] == ["filled"]
    assert place.posts() == _wanted(place)
    place.check_whole()


def test_pages_that_cannot_be_had_put_the_filling_off_and_no_check(make_place: MakePlace) -> None:
    place, _ = _with_gap(make_place)
    place.site.misbehave("/api/posts.json?tags=scenery&page=3*", "garbage_json")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        assert [gap.state for gap in _gaps(loop)] == ["filling"]
        assert place.follow(loop).faults == 0
    place.site.behave()
    place.advance(2 * DAY)
    place.once()
    assert place.posts() == _wanted(place)
    place.check_whole()


def test_a_paused_follow_fills_no_gap_until_it_goes_on(make_place: MakePlace) -> None:
    place, _ = _with_gap(make_place)
    with place.runner() as loop:
        follow = place.follow(loop)
        with loop.runtime.db.write(Named.REQUEST) as tx:
            gaps.add(tx, follow.id, "post:demoapi/9", "post:demoapi/8", "by hand")
            tx.run("UPDATE follows SET command_pause = 0")
        loop.run_until(lambda: False)
        assert [gap.state for gap in _gaps(loop)] == ["open"]
        assert len(place.site.log) == 0


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_that_comes_empty_before_what_was_known_leaves_no_hole(make_place: MakePlace, times: int) -> None:
    """Once: the check alone was cut short; twice: the walk on its gap as well."""
    more = SUB.replace("limit = 10", "limit = 100")
    place = make_place(posts=30)
    place.once(more=more)
    place.advance(91 * DAY)
    _add(place, 45)
    place.site.misbehave("/api/posts.json?tags=scenery&page=2*", "no_results", times)
    place.once(more=more)
    place.advance(2 * DAY)
    place.once(more=more)
    with place.runner(more=more) as loop:
        assert [gap.state for gap in _gaps(loop)] == ["filled"]
    assert place.posts() == _wanted(place)
    place.check_whole()
