"""Gallery downloads and wishes for single posts: limits, why they ended, what is known, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncer.store import walks

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place


def _listing_requests(place: Place) -> int:
    return sum("tags=" in target for target in place.site.log.targets())


def _walk_words(loop: Loop) -> str:
    with loop.runtime.db.read() as tx:
        assert walks.walking(tx) == []
        return str(tx.value("SELECT why FROM walks ORDER BY id DESC LIMIT 1"))


def test_all_of_a_gallery_comes_and_the_end_is_told(make_place: MakePlace) -> None:
    place = make_place(posts=45)
    with place.runner() as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] == "delivered"
        assert "end of the listing" in got["words"]
        assert len(got["files"]) == len(place.world.expected("scenery"))
        assert "end of the listing" in _walk_words(loop)
    place.check_whole()


def test_a_limit_ends_it_and_says_how_to_go_on(make_place: MakePlace) -> None:
    place = make_place(posts=45)
    with place.runner() as loop:
        got = place.get(loop, "demoapi: scenery", limit=10)
        assert len(got["files"]) == 10
        assert "limit of 10 reached" in got["words"]
        assert "continue with http" in got["words"]
        # Known posts are left out and use up nothing of the next limit.
        more = place.get(loop, "demoapi: scenery", limit=10)
        assert len(more["files"]) == 10
    assert len(place.media()) == 20
    place.check_whole()


def test_the_page_cap_ends_it(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    with place.runner() as loop:
        got = place.get(loop, "demo: scenery", pages=2)
        assert "2 pages" in got["words"]
    assert _listing_requests(place) == 2


@pytest.mark.parametrize("fault", ["404", "410", "403"])
def test_a_gallery_that_is_not_there_says_so(place: Place, fault: str) -> None:
    place.site.misbehave("/api/posts.json*", fault)
    with place.runner() as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] in ("gone", "failed")
        assert fault in got["words"]


def test_a_second_page_that_is_not_there_ends_the_listing(make_place: MakePlace) -> None:
    place = make_place(posts=45)
    place.site.misbehave("/api/posts.json?*page=3*", "404")
    with place.runner() as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] == "delivered"
        assert "404" in got["words"]


def test_a_page_that_never_works_ends_it_with_what_it_found(make_place: MakePlace) -> None:
    place = make_place(posts=45)
    place.site.misbehave("/api/posts.json?*page=2*", "500")
    with place.runner() as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] == "failed"
        assert "500" in got["words"]
        assert "tried 5 times" in got["words"]
        assert len(got["files"]) >= 19
        assert "stopped at" in _walk_words(loop)


@pytest.mark.parametrize(("fault", "cause"), [("broken_image", "wrong_answer"), ("empty", "empty")])
def test_a_page_that_comes_garbled_once_is_asked_for_again(make_place: MakePlace, fault: str, cause: str) -> None:
    """`broken_image`: half of the answer, with the length of the half."""
    place = make_place(posts=45)
    place.site.misbehave("/api/posts.json*", fault, times=2)
    with place.runner() as loop:
        assert place.get(loop, "demoapi: scenery")["outcome"] == "delivered"
        assert len(place.media()) == len(place.world.expected("scenery"))
        place.site.misbehave("/api/posts.json*", fault)
        done = place.get(loop, "demoapi: sky")
        assert done["outcome"] == "failed"
        assert "tried 3 times" in done["words"]
        assert ("it is kept as " in done["words"]) == (cause == "wrong_answer")


def test_a_mistake_of_ours_on_a_page_ends_it_in_words(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncer.service import listing_read

    def broken(*given: object, **more: object) -> None:
        raise ZeroDivisionError("no reason")

    monkeypatch.setattr(listing_read, "as_page", broken)
    with place.runner() as loop:
        got = place.get(loop, "demoapi: scenery")
        assert got["outcome"] == "failed"
        assert "ZeroDivisionError" in got["words"]
        _walk_words(loop)


def test_one_failed_file_fails_the_line_and_is_listed_to_be_dropped_again(place: Place) -> None:
    place.site.misbehave("/media/7.*", "403")
    (place.inbox / "mine.txt").write_text(
        f"{place.site.root}/post/5\n# a remark\n{place.site.root}/post/7\nno link here\n", "utf-8"
    )
    with place.runner() as loop:
        loop.run_until(lambda: False, patience=600)
    result = (place.inbox / "done" / "mine.txt.result.txt").read_text("utf-8")
    assert "post/5: queued as a post" in result
    assert "no link here" in result
    failed = (place.inbox / "failed" / "mine.txt").read_text("utf-8")
    comment, line = failed.splitlines()
    assert comment.startswith("# ")
    assert "403" in comment
    assert line == f"{place.site.root}/post/7"
    assert place.posts() == [5]
    # Dropped again once the site has come to its senses, it works.
    place.site.behave()
    (place.inbox / "failed" / "mine.txt").rename(place.inbox / "mine.txt")
    place.once()
    assert place.posts() == [5, 7]
    assert [path.name for path in (place.inbox / "failed").iterdir()] == []


def test_a_gallery_line_with_a_failed_file_is_listed_too(make_place: MakePlace) -> None:
    place = make_place(posts=12)
    place.site.misbehave("/media/7.*", "403")
    (place.inbox / "search.txt").write_text("demoapi: roll_0\n", "utf-8")
    with place.runner() as loop:
        loop.run_until(lambda: False, patience=600)
        assert place.entry(loop, 1).outcome == "failed"
    assert "demoapi: roll_0" in (place.inbox / "failed" / "search.txt").read_text("utf-8")
    assert 7 not in place.posts()
    place.site.behave()
    (place.inbox / "failed" / "search.txt").rename(place.inbox / "search.txt")
    place.once()
    assert 7 in place.posts(), "what failed is tried again when the gallery is asked for again"
    place.check_whole()


def test_two_wishes_for_one_post_both_learn_how_it_came_out(place: Place) -> None:
    for name in ("a.txt", "b.txt"):
        (place.inbox / name).write_text(f"{place.site.root}/post/5\n", "utf-8")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        assert [place.entry(loop, number).outcome for number in (1, 2)] == ["delivered", "delivered"]
    assert place.posts() == [5]
    assert place.site.log.paths().count("/post/5") == 1


def test_a_deleted_post_settles_with_its_reason(make_place: MakePlace) -> None:
    place = make_place(posts=20)
    with place.runner() as loop:
        for text in (f"{place.site.root}/post/13", f"{place.site.root}/api/post/13.json"):
            got = place.get(loop, text)
            assert got["outcome"] in ("skipped", "known"), got
            assert got["words"]
    assert place.media() == []


def test_what_is_known_is_said_and_not_asked_again(place: Place) -> None:
    with place.runner() as loop:
        place.get(loop, f"{place.site.root}/post/5")
        place.site.log.clear()
        assert place.get(loop, f"{place.site.root}/post/5")["words"].startswith("known since 2023-11-14 as delivered")
    assert len(place.site.log) == 0


def test_a_search_on_an_unknown_site_is_refused_with_the_cure(place: Place) -> None:
    with place.runner() as loop:
        got = place.get(loop, "nowhere: scenery")
        assert got["outcome"] == "failed"
        assert "nowhere" in got["words"]
