"""Something else than what was asked for, from the very first sync on: never "found nothing", never taken, never a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncer.demo.posts import NEVER
from syncer.model import Tag
from syncer.service import requests_job
from syncer.store import gaps

if TYPE_CHECKING:
    from syncer.store.gaps import Gap
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
LISTING = {"demo": "/posts?tags=scenery*", "demoapi": "/api/posts.json?tags=scenery*"}


def _sub(query: str = "scenery", site: str = "demoapi") -> str:
    return f'[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["{query}"]\nfirst_limit = 500\n'


def _kept(place: Place) -> list[str]:
    return [path.name for path in (place.state / "faulty-pages").glob("*.page")]


@pytest.mark.parametrize(
    ("site", "fault", "details", "words"),
    [
        ("demo", "login_page", {}, "login page"),
        ("demo", "redirect_login", {}, "login"),
        ("demo", "error_page", {}, "Search error"),
        ("demo", "redirect_to", {"to": "|post|5"}, "which is a post page"),
        ("demo", "redirect_to", {"to": "|"}, "which no site file knows"),
        ("demo", "redirect_to", {"to": "|posts?tags="}, "does not ask for"),
        ("demoapi", "login_page", {}, "Login"),
        ("demoapi", "redirect_login", {}, "Login"),
        ("demoapi", "error_page", {}, "the search timed out"),
        ("demoapi", "redirect_to", {"to": "|api|post|5.json"}, "which is a post page"),
        ("demoapi", "site_changed", {}, "could be read"),
        ("demoapi", "garbage_json", {}, "JSON"),
    ],
)
def test_a_first_sync_that_meets_something_else_is_a_fault_and_later_what_it_would_have_been(
    make_place: MakePlace, site: str, fault: str, details: dict[str, Any], words: str
) -> None:
    place = make_place(posts=30)
    place.site.misbehave(LISTING[site], fault, **details)
    with place.runner(more=_sub(site=site)) as loop:
        loop.run_until(lambda: bool(place.follow(loop).faults), patience=600)
        follow = place.follow(loop)
        assert (follow.faults, follow.status, follow.synced) == (1, "alive", False), follow.why
        assert words in follow.why
        assert "spelled" not in place.words("notice")
    assert place.media() == []
    assert _kept(place) or "login" in fault
    place.site.behave()
    place.advance(2 * DAY)
    place.once()
    assert len(place.media()) == len(place.world.expected("scenery"))
    with place.runner() as loop:
        assert (place.follow(loop).faults, place.follow(loop).synced) == (0, True)
    place.check_whole()


@pytest.mark.parametrize("site", ["demo", "demoapi"])
def test_a_query_that_finds_nothing_is_asked_for_its_spelling_and_its_page_is_kept(place: Place, site: str) -> None:
    with place.runner(more=_sub("lanscapes", site)) as loop:
        loop.run_until(lambda: False)
        assert place.follow(loop).status == "dead"
    assert "is the query spelled" in place.words("notice")
    assert "nothing was found here; the page is kept as" in place.words("notice")
    assert len(_kept(place)) == 1


@pytest.mark.parametrize(
    ("fault", "details"),
    [("login_page", {}), ("error_page", {}), ("redirect_to", {"to": "|"}), ("404", {})],
)
@pytest.mark.parametrize("site", ["demo", "demoapi"])
def test_something_else_in_the_middle_of_a_later_sync_leaves_no_hole(
    make_place: MakePlace, site: str, fault: str, details: dict[str, Any]
) -> None:
    place = make_place(posts=30)
    place.once(more=_sub(site=site))
    place.advance(91 * DAY)
    for _ in range(35):
        place.world.add([Tag("", "scenery")], place.clock.now())
    place.site.misbehave(f"{LISTING[site][:-1]}&page=2*", fault, **details)
    place.once()
    place.site.behave()
    for _ in range(3):
        place.advance(2 * DAY)
        place.once()
    now = place.clock.now()
    wanted = {post.id for post in place.world.search("scenery", now) if not post.deleted(now)}
    assert set(place.posts()) >= wanted
    assert [each.state for each in _gaps(place)] in (["filled"], [])
    place.check_whole()


def _gaps(place: Place) -> list[Gap]:
    with place.runner() as loop:
        follow = place.follow(loop)
        with loop.runtime.db.read() as tx:
            return gaps.of_follow(tx, follow.id)


def test_a_gap_that_cannot_be_filled_is_tried_a_few_times_and_told_twice(make_place: MakePlace) -> None:
    place = make_place(posts=30)
    place.once(more=_sub() + "limit = 10\n")
    place.advance(91 * DAY)
    for _ in range(35):
        place.world.add([Tag("", "scenery")], place.clock.now())
    place.site.misbehave("/api/posts.json?tags=scenery&page=2*", "error_page")
    for _ in range(6):
        place.once()
        place.advance(2 * DAY)
    (gap,) = _gaps(place)
    assert (gap.state, gap.tries) == ("open", 3)
    notices = [event.text for event in place.events if event.kind == "notice" and "gap is not filled" in event.text]
    assert len(notices) == 2
    assert "`syncer follow gap fill` tries again" in notices[1]
    place.site.behave()
    with place.runner() as loop:
        requests_job.VERBS["follow gap"](loop.runtime, {"name": "views", "fill": True})
        loop.run_until(lambda: False)
    assert [each.state for each in _gaps(place)] == ["filled"]
    assert len(place.media()) == len(place.world.expected("scenery", place.clock.now()))


def _varied(make_place: MakePlace, number: int, *tags: str) -> Place:
    """Return a house whose site has posts without a tag in common but these."""
    place = make_place(posts=0)
    for one in range(number):
        own = [Tag("", f"kind {one % 4}"), Tag("", f"only {one}"), *(Tag("", tag) for tag in tags)]
        place.world.add(own, place.world.start - 1000 + one)
    return place


def test_all_posts_in_place_of_a_search_are_known_as_such_at_the_first_sync(make_place: MakePlace) -> None:
    place = _varied(make_place, 40)
    place.site.misbehave("/api/posts.json*", "all_posts")
    with place.runner(more=_sub("heron")) as loop:
        loop.run_until(lambda: False)
        follow = place.follow(loop)
        assert follow.faults == 1
        assert "all posts" in follow.why
        assert place.media() == []
        # The person knows better: the site tags nothing as it is searched.
        requests_job.VERBS["follow resume"](loop.runtime, {"name": "views"})
        loop.run_until(lambda: False)
        assert (place.follow(loop).faults, place.follow(loop).synced) == (0, True)
    assert len(place.media()) == 40


def test_a_search_for_words_anywhere_may_find_posts_without_them_as_tags(make_place: MakePlace) -> None:
    place = _varied(make_place, 40)
    place.site.misbehave("/api/posts.json*", "all_posts")
    file = place.folder / "sites" / "demoapi.toml"
    file.write_text(file.read_text("utf-8").replace("[[search]]\n", "[[search]]\ntags = false\n", 1), "utf-8")
    with place.runner(more=_sub("heron")) as loop:
        loop.run_until(lambda: place.follow(loop).synced or bool(place.follow(loop).faults))
        assert (place.follow(loop).faults, place.follow(loop).synced) == (0, True), place.follow(loop).why


def test_a_word_that_the_site_knows_under_another_name_is_no_fault(make_place: MakePlace) -> None:
    place = _varied(make_place, 40, "grey heron")
    place.site.misbehave("/api/posts.json*", "all_posts")
    place.once(more=_sub("heron"))
    assert len(place.media()) == 40


def test_a_tag_that_is_renamed_on_the_site_after_years_is_no_fault(make_place: MakePlace) -> None:
    place = _varied(make_place, 25, "heron", "bird")
    place.once(more=_sub("heron"))
    assert len(place.media()) == 25
    for post in place.world.search("heron", place.clock.now()):
        place.world.change(
            post.id, tags=tuple(Tag("", "grey heron") if tag.text == "heron" else tag for tag in post.tags)
        )
    place.world.add([Tag("", "grey heron"), Tag("", "bird")], place.clock.now())
    place.site.misbehave("/api/posts.json*", "all_posts")
    place.advance(91 * DAY)
    with place.runner() as loop:
        loop.run_until(lambda: False)
        assert place.follow(loop).faults == 0
    assert len(place.media()) == 26


@pytest.mark.parametrize(
    ("fault", "details", "words"),
    [
        ("error_page", {}, "the search timed out"),
        ("site_changed", {}, "no post at all"),
        ("redirect_to", {"to": "|board|"}, '(a page titled "Board")'),
        ("redirect_login", {}, "Login"),
    ],
)
def test_a_thread_that_shows_something_else_is_neither_dead_nor_quiet(
    place: Place, fault: str, details: dict[str, Any], words: str
) -> None:
    place.world.change_thread(3, dies=NEVER)
    place.site.misbehave("/board/thread/3.json", fault, **details)
    with place.runner(more=f'[[watchers]]\nurl = "{place.site.root}/board/thread/3"\n') as loop:
        loop.run_until(lambda: place.follow(loop).faults > 0, patience=7200)
        follow = place.follow(loop)
        assert (follow.status, follow.faults) == ("alive", 1), follow.why
        assert words in follow.why
        assert "dead" not in follow.why
    place.site.behave()
    place.advance(2 * DAY)
    place.once()
    assert place.media()


@pytest.mark.parametrize(
    ("what", "path", "fault", "words"),
    [
        ("demo: scenery", "/posts*", "login_page", "login page"),
        ("demo: scenery", "/posts*", "error_page", "Search error"),
        ("demoapi: scenery", "/api/posts.json*", "error_page", "the search timed out"),
        ("/posts?tags=scenery", "/posts*", "login_page", "login page"),
        ("/post/5", "/post/5", "login_page", "login page"),
        ("/post/5", "/post/5", "error_page", "Search error"),
    ],
)
def test_a_wish_that_meets_something_else_has_failed_and_says_why(
    place: Place, what: str, path: str, fault: str, words: str
) -> None:
    place.site.misbehave(path, fault)
    with place.runner() as loop:
        got: dict[str, Any] = place.get(loop, f"{place.site.root}{what}" if what.startswith("/") else what)
    assert got["outcome"] == "failed"
    assert words in got["words"]
