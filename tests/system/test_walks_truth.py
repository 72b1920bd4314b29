"""Listings that are not to be believed (another order, something else than asked), and downloads that a query begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from syncer import asking
from syncer.config import load
from syncer.model import Tag
from syncer.service import requests_job
from syncer.store import gaps

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace, Place

DAY = 86_400


def _sub(query: str = "roll_1", site: str = "demoapi", **more: object) -> str:
    rest = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["{query}"]\n{rest}'


def _pages(place: Place) -> list[int]:
    found = [parse_qs(urlsplit(target).query) for target in place.site.log.targets() if "/posts" in target]
    return [int(one["page"][0]) for one in found]


def _check_nothing_counts(place: Place, words: str, *, faults: int = 1, known: int = 0) -> None:
    with place.runner() as loop:
        loop.run_until(lambda: False)
        follow = place.follow(loop)
        assert follow.faults == faults
        assert words in follow.why
        assert follow.status == "alive"
        with loop.runtime.db.read() as tx:
            assert gaps.of_follow(tx, follow.id) == []
            assert tx.value("SELECT count(*) FROM follow_files") == known


@pytest.mark.parametrize("site", ["demo", "demoapi"])
def test_a_listing_in_another_order_is_a_fault_and_nothing_of_it_is_taken(
    place: Place, monkeypatch: pytest.MonkeyPatch, site: str
) -> None:
    real = place.world.page

    def oldest_first(*given: Any) -> Any:
        posts, more = real(*given)
        return posts[::-1], more

    with monkeypatch.context() as patched:
        patched.setattr(place.world, "page", oldest_first)
        place.write_config(_sub("scenery", site))
        _check_nothing_counts(place, "newest first")
    assert _pages(place) == [1]
    assert place.media() == []
    place.advance(2 * DAY)
    place.once()
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_few_posts_out_of_order_are_no_fault(make_place: MakePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make_place(posts=18)
    real = place.world.page

    def shaken(*given: Any) -> Any:
        posts, more = real(*given)
        return (*posts[:1], *posts[-3:], *posts[1:-3]), more

    monkeypatch.setattr(place.world, "page", shaken)
    place.once(more=_sub("scenery"))
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_word_for_another_order_is_told_before_anything_is_fetched(place: Place) -> None:
    config = place.config(_sub("scenery order:score"))
    assert any("newest first" in note and "order:score" in note for note in asking.check(config)["notes"])
    _check_nothing_counts(place, "order:score")
    assert len(place.site.log) == 0
    assert "newest first" in place.words("notice"), "told at the first time"


def test_a_search_that_the_site_file_calls_not_newest_first_is_not_followed(place: Place) -> None:
    file = place.folder / "sites" / "demoapi.toml"
    file.write_text(file.read_text("utf-8").replace('sample = "sky', 'order = "other"\nsample = "sky', 1), "utf-8")
    config = place.config(_sub("scenery"))
    assert any("newest first" in note for note in asking.check(config)["notes"])
    _check_nothing_counts(place, "site file")
    assert len(place.site.log) == 0
    with place.runner(checks=False) as loop:
        assert place.get(loop, "demoapi: scenery")["outcome"] == "delivered", "a download takes any order"


@pytest.mark.parametrize(("limit", "told"), [(500, False), (501, True)])
def test_big_limits_draw_a_note_that_names_get(place: Place, limit: int, told: bool) -> None:
    place.write_config(_sub(limit=limit))
    notes = asking.check(load.load(place.folder / "config.toml"))["notes"]
    assert any("`syncer get" in note and "501" in note for note in notes) is told
    assert any("first_limit" in note for note in asking.check(place.config(_sub(first_limit=501)))["notes"])


def test_all_posts_in_place_of_the_search_are_a_fault_and_nothing_is_known(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    place.once(more=_sub())
    before = place.posts()
    assert len(before) >= 9
    place.advance(91 * DAY)
    place.site.misbehave("/api/posts.json*", "all_posts")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        follow = place.follow(loop)
        assert follow.faults == 1
        assert "all posts" in follow.why
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM follow_files") == 10
            assert gaps.of_follow(tx, follow.id) == []
    assert place.posts() == before
    place.site.behave()
    place.advance(2 * DAY)
    with place.runner() as loop:
        loop.run_until(lambda: False)
        assert place.follow(loop).faults == 0


def test_new_posts_without_the_word_above_posts_that_were_met_are_no_fault(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some sites find what is like the word, too; that the rest of the page was met before shows that it is the search."""
    place = make_place(posts=60)
    place.once(more=_sub())
    before = place.posts()
    place.advance(91 * DAY)
    unlike = [place.world.add([Tag("", f"word {number}")], place.clock.now()) for number in range(6)]
    real = place.world.page

    def wider(*given: Any) -> Any:
        posts, more = real(*given)
        return (*unlike[::-1], *posts), more

    monkeypatch.setattr(place.world, "page", wider)
    with place.runner() as loop:
        loop.run_until(lambda: False)
        assert place.follow(loop).faults == 0
    assert place.posts() == sorted([*before, *(post.id for post in unlike)])


def test_a_redirect_to_a_listing_without_the_query_is_a_fault(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(posts=60)
    place.site.misbehave("/api/posts.json?tags=roll*", "redirect_to", to="|api|posts.json?tags=&page=1")
    place.write_config(_sub())
    _check_nothing_counts(place, "does not ask for")
    assert place.media() == []


# Downloads


def test_a_subscription_after_a_download_of_the_same_search_costs_one_page(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    with place.runner(checks=False) as loop:
        assert place.get(loop, "demoapi: scenery")["outcome"] == "delivered"
    assert _pages(place) == [1, 2, 3, 4, 5, 6], "an empty page is the end"
    delivered = place.posts()
    new = [place.world.add([*place.world.search("scenery")[5].tags], place.clock.now()).id for _ in range(3)]
    place.site.log.clear()
    place.once(more=_sub("scenery"))
    assert _pages(place) == [1], "one page"
    assert place.posts() == sorted([*delivered, *new])
    with place.runner() as loop:
        follow = place.follow(loop)
        assert (follow.synced, follow.faults) == (True, 0)
        assert follow.status == "alive"
    place.check_whole()


def test_a_download_up_to_its_limit_does_as_well(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=50)
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM follow_files") == 50, "what lies behind the limit was not met"
    before = place.posts()
    place.site.log.clear()
    place.once(more=_sub("scenery"))
    assert _pages(place) == [1]
    assert place.posts() == before


@pytest.mark.parametrize("how", ["downloads cancel", "queue drop"])
def test_what_was_taken_out_of_a_download_is_new_to_a_subscription(make_place: MakePlace, how: str) -> None:
    place = make_place(posts=40)
    with place.runner(checks=False) as loop:
        wish = {"text": "demoapi: scenery", "site": "demoapi", "query": "scenery"}
        entry = requests_job.get(loop.runtime, wish)["entry"]
        requests_job.VERBS["downloads pause"](loop.runtime, {"download": 1, "part": "files"})
        loop.run_until(lambda: False, patience=3600)
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM walks WHERE complete") == 1
        requests_job.VERBS[how](loop.runtime, {"download": 1, "what": f"entry:{entry}"})
        assert place.media() == []
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM walks WHERE complete") == 0, "a query begins with a first check"
    place.once(more=_sub("scenery"))
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()


def test_what_other_downloads_brought_is_no_known_ground(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: roll_8")
        place.get(loop, "demoapi: roll_7")
    place.once(more=_sub("scenery", first_limit=200))
    assert len(place.media()) == len(place.world.expected("scenery"))


@pytest.mark.parametrize("fault", ["garbage_json", "same_page"])
def test_a_download_that_ended_with_a_fault_counts_for_nothing(make_place: MakePlace, fault: str) -> None:
    place = make_place(posts=90)
    place.site.misbehave("/api/posts.json?*page=3*", fault)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery")
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM follow_files") == 0
            assert tx.value("SELECT complete FROM walks") == 0
    place.site.behave()
    place.once(more=_sub("scenery", first_limit=200))
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()
