"""What leaves a gap and what does not: limits met with a page's last post, walks cut short, listings that moved on meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.follow.stops import Reason
from syncer.follow.walk import Step, after_page, without_page
from syncer.follow.walk_state import Find, Link, ReadPage, WalkState, begin, dump, first_sync, gallery, later_sync, load

FIRST = Link("https://birds.example/?page=1", "birds/1")


def _link(number: int, *, named: bool = True) -> Link:
    return Link(f"https://birds.example/?page={number}", f"birds/{number}", named)


def _page(text: str, following: int = 0, **more: object) -> ReadPage:
    """Read `n12` as new, `k3` as known, `p:` in front as pinned."""
    finds = tuple(Find(word.removeprefix("p:"), "k" in word, word.startswith("p:")) for word in text.split())
    return replace(ReadPage(finds, (_link(following),) if following else ()), **more)  # type: ignore[arg-type]  # fields by name


def _full(limit: int = 3, text: str = "n1 n2 n3", page_cap: int = 200) -> WalkState:
    """Return a later sync that met its limit with the last post of its first page."""
    step = after_page(begin(later_sync(limit, page_cap), [FIRST], 90), _page(text, 2))
    return load(dump(step.state))


@pytest.mark.parametrize(
    ("behind", "gap"),
    [
        pytest.param("k1 k2", False, id="known"),
        pytest.param("n4 k1 k2 k3 k4 k5", True, id="one more new one"),
        pytest.param("p:n9 p:k8 k1", False, id="pinned ones are looked past"),
        pytest.param("n3 n2 k1", False, id="posts that moved on are looked past"),
        pytest.param("n2 n3", True, id="all moved on: no one can tell"),
        pytest.param("", False, id="nothing more"),
    ],
)
def test_a_limit_met_with_the_last_post_of_a_page_is_a_gap_only_where_a_new_one_follows(behind: str, gap: bool) -> None:
    state = _full()
    assert [link.url for link in state.pending] == ["https://birds.example/?page=2"]
    step = after_page(state, _page(behind, 3))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.gap, step.stop.fault) == (Reason.LIMIT, gap, False)
    assert step.take == ()
    assert (step.state.new, step.state.newest, step.state.oldest) == (3, "n1", "n3")
    assert step.stop.words.startswith("limit of 3 reached, 3 new on 1 page: ")
    assert step.stop.resume == "https://birds.example/?page=2"


def test_the_page_behind_the_limit_that_cannot_be_had_leaves_a_gap() -> None:
    step = without_page(_full(), "404")
    assert step.stop is not None
    assert step.stop.gap
    step = after_page(_full(), _page("n9", wrong="a login page"))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.gap) == (Reason.ELSE, True)


def test_nobody_looks_behind_the_limit_where_it_tells_nothing_or_may_not_be() -> None:
    for rules in (first_sync(3), gallery(3)):
        stop = after_page(begin(rules, [FIRST], 90), _page("n1 n2 n3", 2)).stop
        assert stop is not None
        assert (stop.reason, stop.gap) == (Reason.LIMIT, False)
    grounded = after_page(begin(later_sync(3), [FIRST], 90), _page("k1 k2 n1 n2 n3", 2)).stop
    assert grounded is not None
    assert not grounded.gap
    capped = after_page(begin(later_sync(3, page_cap=1), [FIRST], 90), _page("n1 n2 n3", 2)).stop
    assert capped is not None
    assert (capped.reason, capped.gap) == (Reason.LIMIT, True)
    looped = after_page(begin(later_sync(3), [FIRST], 90), _page("n1 n2 n3", 1)).stop
    assert looped is not None
    assert looped.gap


def test_a_limit_that_keeps_another_listing_from_being_read_leaves_a_gap() -> None:
    starts = [Link("https://a.example/", "a"), Link("https://b.example/", "b")]
    stop = after_page(begin(later_sync(3), starts, 90), _page("n1 n2 n3 k1 k2")).stop
    assert stop is not None
    assert stop.gap, "the second listing was not looked at"
    step = after_page(begin(later_sync(3), starts[::-1], 90), _page("n1 k1 k2 k3 k4 k5"))
    stop = after_page(step.state, _page("n2 n3 k6")).stop
    assert stop is not None
    assert not stop.gap


def test_pinned_posts_behind_the_last_one_that_the_limit_allows_are_not_taken() -> None:
    state = _full(2, "n1 n2 p:n3 p:n4")
    assert state.new == 2
    assert state.looks


@pytest.mark.parametrize("page", ["404", "a login page"])
def test_a_sync_cut_short_before_old_ground_leaves_a_gap(page: str) -> None:
    def ended(known: str, known_before: int) -> Step:
        step = after_page(begin(later_sync(), [FIRST], known_before), _page(f"n1 n2 {known}", 2))
        return without_page(step.state, page) if page == "404" else after_page(step.state, _page("n3", wrong=page))

    for known, known_before, gap in (("", 90, True), ("k1 k2", 90, False)):
        stop = ended(known, known_before).stop
        assert stop is not None
        assert stop.gap is gap, (known, known_before)
    step = after_page(begin(later_sync(), [FIRST], 90), _page("n3", wrong="a login page"))
    assert step.stop is not None
    assert not step.stop.gap, "nothing was taken above it"


@pytest.mark.parametrize("last", ["an empty page", "no next link"])
@pytest.mark.parametrize(
    ("known", "known_before", "gap"),
    [("", 90, True), ("k1", 90, True), ("k1 k2", 90, False), ("", 0, False)],
)
def test_a_listing_that_ends_before_what_was_known_may_have_been_cut_short(
    last: str, known: str, known_before: int, gap: bool
) -> None:
    step = after_page(begin(later_sync(), [FIRST], known_before), _page(f"n1 {known} n2", 2))
    step = after_page(load(dump(step.state)), _page("") if last == "an empty page" else _page("n3 n4"))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.gap, step.stop.fault) == (Reason.END, gap, False)


def test_a_feed_has_one_page_and_leaves_no_gap_that_nobody_could_fill() -> None:
    stop = after_page(begin(later_sync(), [FIRST], 90), _page("n1 n2")).stop
    assert stop is not None
    assert (stop.reason, stop.gap) == (Reason.END, False)


def test_a_listing_that_moved_on_while_the_walk_rested_is_no_paging_fault() -> None:
    step = after_page(begin(gallery(), [FIRST]), _page("n1 n2 n3", 2))
    step = after_page(step.state, _page("n4 n5 n6", 3))
    # Seven new posts came meanwhile: page 3 shows what page 1 showed, and what is below follows.
    step = after_page(load(dump(step.state)), _page("n0 n1 n2", 4, late=True))
    step = after_page(step.state, _page("n3 n4 n5", 5))
    step = after_page(step.state, _page("n6 n7 n8", 6))
    assert (step.stop, step.take) == (None, (1, 2))
    # Since then it stands still.
    step = after_page(step.state, _page("n7 n8", 7))
    assert step.stop is None, "two pages were read before the rest: so many may repeat"
    step = after_page(step.state, _page("n7 n8", 8))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.REPEATS, True)


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_after_a_rest_no_more_pages_repeat_than_were_read(pages: int) -> None:
    step = Step(begin(gallery(), [FIRST]))
    for number in range(1, pages + 1):
        step = after_page(step.state, _page(f"n{number}", number + 1))
    late, read = True, 0
    while step.stop is None:
        step = after_page(step.state, _page("n1", step.state.pages + 2, late=late))
        late, read = False, read + 1
    assert read == pages + 1
    assert step.stop.reason is Reason.REPEATS


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 40), st.integers(0, 2))
def test_a_later_sync_leaves_a_gap_just_where_something_new_lies_below_its_limit(
    new: int, size: int, known: int, pinned: int
) -> None:
    limit = 10
    posts = [f"n{number}" for number in range(new)] + [f"k{number}" for number in range(known)]
    pages = [posts[first : first + size] for first in range(0, len(posts), size)]
    step, taken = Step(begin(later_sync(limit), [FIRST], known)), 0
    while step.stop is None:
        number = step.state.pages
        text = " ".join([*(f"p:k9{one}" for one in range(pinned)), *pages[number]]) if number < len(pages) else ""
        step = after_page(load(dump(step.state)), _page(text, number + 2 if number + 1 < len(pages) else 0))
        taken += len(step.take)
    assert taken == min(new, limit)
    assert step.stop.gap is (new > limit)
