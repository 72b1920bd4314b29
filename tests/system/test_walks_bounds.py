"""Downloads within bounds, and sites that show only so many pages: what is asked for comes, the rest is left and can come later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from syncer.cli.main import main
from syncer.model import Tag
from syncer.service import downloads, preview, requests_job
from syncer.store import gaps

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from syncer.store.gaps import Gap
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\nfirst_limit = 500\n'


def _asked(place: Place) -> list[tuple[str, int]]:
    """Return the searches and page numbers that were asked for."""
    found = [parse_qs(urlsplit(target).query) for target in place.site.log.targets() if "/posts" in target]
    return [(one["tags"][0], int(one["page"][0])) for one in found]


def _one(loop: Loop, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = downloads.one(loop.runtime.db, loop.runtime.snapshot, number)["download"]
    return found


def _there(place: Place, since: float = 0, until: float = 9e12) -> set[int]:
    now = place.clock.now()
    found = place.world.search("scenery", now)
    return {post.id for post in found if not post.deleted(now) and since <= post.time <= until}


def _time(place: Place, number: int) -> int:
    post = place.world.post(number)
    assert post is not None
    return post.time


def _edit(place: Place, old: str, new: str) -> None:
    path = place.folder / "sites" / "demoapi.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _shallow(place: Place, pages: int, *, below: bool = False) -> None:
    """Let the site's file say that it shows only so many pages, and whether it can be asked for lower numbers."""
    _edit(place, "next = { page = 1 }\n", f"next = {{ page = 1 }}\nlast = {pages}\n")
    if not below:
        _edit(place, 'below = "id:<{}"\n', "")


def test_only_what_was_posted_in_a_time_comes_and_the_walk_ends_where_all_is_older(make_place: MakePlace) -> None:
    place = make_place(posts=130)
    since, until = _time(place, 85), _time(place, 95)
    with place.runner(checks=False) as loop:
        got = place.get(loop, "demoapi: scenery", since=since, until=until)
        row = _one(loop)
    assert set(place.posts()) == _there(place, since, until)
    assert [page for _, page in _asked(place)] == [1, 2, 3, 4], "page 3 ends in the middle of the time, page 4 is older"
    assert "older than --since" in row["why"]
    assert "older than --since" in got["words"]
    assert row["outside"] > 50
    assert row["new"] == len(_there(place, since, until)) + 1, "93 lies within, and is deleted"
    place.check_whole()


def test_what_the_listing_does_not_tell_is_decided_at_the_post_page_and_nothing_becomes_known(
    make_place: MakePlace,
) -> None:
    place = make_place(posts=30)
    since = _time(place, 20)
    with place.runner(checks=False) as loop:
        got = place.get(loop, "demo: scenery", since=since)
        assert set(place.posts()) == _there(place, since)
        assert "skipped" in got["words"]
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE outcome = 'skipped' AND why LIKE '%--since%'") == 0
            assert tx.value("SELECT count(*) FROM jobs WHERE outcome = 'outside'") > 10
            assert tx.value("SELECT count(*) FROM posts WHERE open <> 0") == 0
        place.get(loop, "demo: scenery")
    assert set(place.posts()) == _there(place)
    place.check_whole()


def test_numbers_as_bounds_where_the_site_can_be_asked_for_them(make_place: MakePlace) -> None:
    place = make_place(posts=130)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", after_id=40, before_id=61)
    assert set(place.posts()) == {number for number in _there(place) if 40 < number < 61}
    assert _asked(place) == [("scenery id:<61", 1), ("scenery id:<61", 2), ("scenery id:<61", 3)]
    sidecar = json.loads(next(place.imports.glob("*.json")).read_text("utf-8"))
    assert sidecar["from"]["query"] == "scenery", "the query is what was asked for"


def test_numbers_as_bounds_where_the_site_cannot(make_place: MakePlace) -> None:
    place = make_place(posts=70)
    with place.runner(checks=False) as loop:
        place.get(loop, "demo: scenery", after_id=40, before_id=61)
    assert set(place.posts()) == {number for number in _there(place) if 40 < number < 61}
    assert [page for _, page in _asked(place)] == [1, 2, 3]
    # Their pages were asked for, no others.
    pages = {int(path.rpartition("/")[2]) for path in place.site.log.paths() if path.startswith("/post/")}
    assert pages == {number for number in range(41, 61) if number not in {69}}


@pytest.mark.parametrize("bound", [{"since": 1}, {"after_id": 1}, {"before_id": 10_000}])
def test_a_download_within_bounds_is_no_ground_for_a_subscription(make_place: MakePlace, bound: dict[str, int]) -> None:
    place = make_place(posts=30)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", **bound)
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM follow_files") == 0


def test_a_higher_limit_goes_on_within_the_bounds(make_place: MakePlace) -> None:
    place = make_place(posts=130)
    since = _time(place, 60)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", since=since, limit=30)
        requests_job.VERBS["downloads set"](loop.runtime, {"download": 1, "limit": 500})
        loop.run_until(lambda: False, patience=3600)
        assert "older than --since" in _one(loop)["why"]
    assert set(place.posts()) == _there(place, since)


def test_bounds_are_refused_for_a_single_post(place: Place) -> None:
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}/post/5", since=1)
        assert got["outcome"] == "failed"
        assert "--since" in got["words"]


def test_a_preview_shows_what_lies_outside(make_place: MakePlace) -> None:
    place = make_place(posts=30)
    with place.runner(checks=False) as loop:
        wish = {"text": "demoapi: scenery", "site": "demoapi", "query": "scenery", "since": _time(place, 20)}
        shown = {int(post["post"]): post for post in preview.preview(loop.runtime, wish)["posts"]}
    assert shown[20]["would"] == "take"
    assert (shown[19]["would"], shown[19]["why"]) == ("skip", "it was posted before --since")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--since", "yesterday"], "write 2024-03-01"),
        (["--until", "2024-02-30"], "write 2024-03-01"),
        (["--since", "2024-03-02", "--until", "2024-03-01"], "later than --until"),
        (["--after-id", "x"], "--after-id"),
        (["--before-id", "0"], "--before-id"),
    ],
)
def test_bounds_that_make_no_sense_are_a_usage_error(
    place: Place, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    config = str(place.write_config(""))
    assert main(["get", "--config", config, "demoapi: scenery", *options]) == 2
    assert words in capsys.readouterr().err


def test_a_site_that_shows_only_so_many_pages_is_named_with_the_cure(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    _shallow(place, 2)
    with place.runner(checks=False) as loop:
        got = place.get(loop, "demoapi: scenery")
        row = _one(loop)
    shown = {post.id for post in place.world.search("scenery", place.clock.now())[:40]}
    assert set(place.posts()) == shown & _there(place)
    for words in (got["words"], row["why"]):
        assert "the site shows no page beyond" in words
        assert "page=2" in words
        assert "with more words" in words
    assert [page for _, page in _asked(place)] == [1, 2]


def test_a_walk_goes_on_below_the_last_post_where_the_site_can_be_asked_so(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    _shallow(place, 2, below=True)
    with place.runner(checks=False) as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] == "delivered"
        assert "end of the listing" in _one(loop)["why"]
    assert set(place.posts()) == _there(place)
    searches = [search for search, _ in _asked(place)]
    assert searches[:2] == ["scenery", "scenery"]
    assert len(set(searches)) == 3, "twice it went on below"
    assert all(page <= 2 for _, page in _asked(place))
    place.check_whole()


def _gaps(place: Place) -> list[Gap]:
    with place.runner() as loop:
        follow = place.follow(loop)
        with loop.runtime.db.read() as tx:
            return gaps.of_follow(tx, follow.id)


@pytest.mark.parametrize("below", [True, False])
def test_a_gap_deeper_than_the_site_shows_is_filled_or_told_once(make_place: MakePlace, below: bool) -> None:
    place = make_place(posts=30)
    _shallow(place, 2, below=below)
    place.once(more=SUB)
    place.advance(91 * DAY)
    for _ in range(150):
        place.world.add([Tag("", "scenery")], place.clock.now())
    place.once(more=SUB + "limit = 20\n")
    for _ in range(3):
        place.advance(2 * DAY)
        place.once()
    (gap,) = _gaps(place)
    if below:
        assert gap.state == "filled"
        assert set(place.posts()) == _there(place)
    else:
        assert gap.state == "open"
        told = [event.text for event in place.events if event.kind == "notice" and "gap is not filled" in event.text]
        assert len(told) == 1
        assert "the site shows no page beyond" in told[0]
    place.check_whole()


@pytest.mark.parametrize("status", ["410", "403", "404"])
def test_a_deep_page_that_the_site_refuses_is_named(make_place: MakePlace, status: str) -> None:
    place = make_place(posts=90)
    place.site.misbehave("/api/posts.json?tags=scenery&page=3*", status)
    with place.runner(checks=False) as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] == "delivered"
        assert "page 3 could not be had" in _one(loop)["why"]
        assert status in _one(loop)["why"]
