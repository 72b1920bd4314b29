"""Whether a listing is newest first, and whether it is the one that was asked for; and what a walk makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.settings import TIMING_PRESETS
from syncer.follow import order, subscription
from syncer.follow.state import FollowState, Status
from syncer.follow.stops import Reason
from syncer.follow.walk import after_page
from syncer.follow.walk_state import (
    Find,
    Link,
    ReadPage,
    Rules,
    begin,
    dump,
    first_sync,
    gallery,
    gap,
    later_sync,
    load,
)


def _keys(numbers: str) -> list[str]:
    return [f"post:birds/{number}" for number in numbers.split()]


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [
        ("10 9 8 7 6 5 4 3 2 1", 0),
        ("10 9 8 3 7 6 5 4 2 1", 0),  # one of ten: an old post, tagged late
        ("1 2 10 9 8 7 6 5 4 3", 0),  # two of ten: just a fifth
        ("1 2 3 10 9 8 7 6 5 4", 3),
        ("1 2 3 4 5", 4),
        ("5 1 4 2 3", 2),
        ("1 2 3 4", 0),  # too few to say
        ("9 9 8 8 7", 0),
    ],
)
def test_more_than_a_fifth_out_of_order(numbers: str, wrong: int) -> None:
    words = order.out_of_order(_keys(numbers))
    assert (f"{wrong} of the" in words) if wrong else words == ""


def test_posts_without_a_number_are_not_judged() -> None:
    assert order.out_of_order(["post:birds/a1", *_keys("1 2 3 4 5 6")]) == ""
    assert order.out_of_order([f"url:https://birds.example/{number}" for number in range(9)]) == ""


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=40, unique=True), st.data())
def test_a_fifth_may_stand_anywhere(ids: list[int], data: st.DataObject) -> None:
    ids.sort(reverse=True)
    for _ in range(len(ids) // 5):
        ids.insert(data.draw(st.integers(0, len(ids) - 1)), ids.pop(data.draw(st.integers(0, len(ids) - 1))))
    assert order.out_of_order([f"post:birds/{number}" for number in ids]) == ""


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("heron order:score", "order:score"),
        ("heron sort:random", "sort:random"),
        ("random heron", "random"),
        ("random:20", "random:20"),
        ("heron order:id_desc", ""),
        ("heron sort:id:desc", ""),
        ("border:blue heron", ""),
        ("order=views heron", "order=views"),
        ("ordfav:joan", "ordfav:joan"),
        ("ordpool:12 heron", "ordpool:12"),
        ("ordinary", ""),
        ("https://birds.example/posts?tags=heron&sort=views", "sort=views"),
        ("https://birds.example/posts?tags=heron+order%3Ascore", "order:score"),
        ("https://birds.example/posts?order_by=rank&page=1", "order_by=rank"),
        ("https://birds.example/posts?tags=heron&sort=new&order=desc&sort_by=", ""),
        ("https://birds.example/random", ""),
    ],
)
def test_words_that_ask_for_another_order(query: str, word: str) -> None:
    assert order.order_word(query) == word


def test_the_words_of_a_query_are_looked_for_in_the_tags() -> None:
    words = order.plain_words("grey_heron -duck rating:safe Lake*")
    assert words == ("grey heron",)
    right, other = order.tag_words(["Grey Heron", "lake"]), order.tag_words(["duck"])
    assert order.share_carrying(words, [right] * 3 + [other]) is None, "four are too few"
    assert order.share_carrying(words, [right] * 3 + [other] * 2 + [frozenset()] * 5) == 0.6
    assert order.share_carrying((), [right] * 9) is None


def test_words_that_a_redirect_lost() -> None:
    before = "https://birds.example/posts?tags=grey_heron+lake&page=1"
    assert order.lost_words("grey_heron lake", before, "https://birds.example/posts") == ("grey_heron", "lake")
    assert order.lost_words("grey_heron lake", before, "https://birds.example/posts?q=grey heron,lake") == ()


FIRST = Link("https://birds.example/?page=1", "birds/1")
NEXT = (Link("https://birds.example/?page=2", "birds/2"),)


def _page(numbers: str, **more: bool) -> ReadPage:
    return ReadPage(tuple(Find(key, **more) for key in _keys(numbers)), NEXT)


@pytest.mark.parametrize("rules", [first_sync(), later_sync(), gap()])
def test_a_check_ends_at_another_order_takes_nothing_and_leaves_no_gap(rules: Rules) -> None:
    step = after_page(begin(rules, [FIRST], known_before=9), _page("1 2 3 4 5 6"))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault, step.stop.gap, step.take) == (Reason.ORDER, True, False, ())
    assert "newest first" in step.stop.words
    assert "get" in step.stop.words


def test_only_the_first_page_is_judged_pinned_left_out_and_a_download_takes_any_order() -> None:
    assert after_page(begin(gallery(), [FIRST]), _page("1 2 3 4 5 6")).stop is None
    step = after_page(begin(first_sync(), [FIRST]), _page("9 8 7 6 5"))
    assert after_page(load(dump(step.state)), _page("1 2 3 4 0")).stop is not None, "no next page is left"
    assert after_page(load(dump(step.state)), _page("1 2 3 4 0")).take == (0, 1, 2, 3, 4)
    pinned = ReadPage((*_page("1 2 3", pinned=True).finds, *_page("9 8 7 6 5").finds), NEXT)
    assert len(after_page(begin(first_sync(), [FIRST]), pinned).take) == 8


@pytest.mark.parametrize("rules", [first_sync(), later_sync(), gallery()])
def test_something_else_than_asked_is_a_fault_and_nothing_is_taken(rules: Rules) -> None:
    step = after_page(begin(rules, [FIRST]), replace(_page("9 8 7 6 5"), wrong="it shows all posts"))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault, step.take) == (Reason.ELSE, True, ())
    assert step.state.seen == frozenset()


@pytest.mark.parametrize("reason", [Reason.ORDER, Reason.ELSE])
def test_an_untrue_listing_neither_kills_a_query_nor_counts_as_a_check(reason: Reason) -> None:
    page = _page("1 2 3 4 5 6") if reason is Reason.ORDER else replace(_page("5"), wrong="it shows all posts")
    stop = after_page(begin(first_sync(), [FIRST]), page).stop
    assert stop is not None
    change = subscription.after_sync(FollowState(), stop, now=1000, timing=TIMING_PRESETS["artist"], log=[])
    assert (change.state.status, change.state.first_done, change.state.last_check) == (Status.ALIVE, False, 0)
    assert change.state.faults == 1
    assert change.state.next_check == 1000 + 36 * 3600


def test_filling_a_gap_passes_what_later_syncs_met_and_ends_at_old_ground() -> None:
    state = begin(gap(), [FIRST], known_before=100)
    step = after_page(state, _page("29 28 27 26 25 24", passed=True))
    assert (step.stop, step.take) == (None, ())
    mixed = (*_page("23 22", passed=True).finds, *_page("21 20 19").finds)
    step = after_page(step.state, ReadPage(mixed, (Link("https://birds.example/?page=3", "birds/3"),)))
    assert (step.stop, step.take) == (None, (2, 3, 4))
    old = (*_page("18").finds, *_page("17 16 15 14 13", known=True).finds)
    step = after_page(step.state, ReadPage(old, (Link("https://birds.example/?page=4", "birds/4"),)))
    assert step.take == (0,)
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.KNOWN, False)


def _tagged(*texts: str) -> list[frozenset[str]]:
    return [order.tag_words(text.split()) for text in texts]


@pytest.mark.parametrize(
    ("posts", "learnt", "unlike"),
    [
        (_tagged(*["duck pond", "owl", "jay", "gull sea"] * 3), None, True),
        (_tagged(*["duck pond", "owl", "jay", "gull sea"] * 2), None, False),  # too few for a query never checked
        (_tagged(*["duck", "owl", "jay", "gull"] * 3, "heron"), None, False),  # one carries it
        (_tagged(*["duck bird", "owl bird", "jay bird"] * 4), None, False),  # bird is its other name
        (_tagged(*["duck", "owl", "jay", "gull"] * 2), frozenset({"heron"}), True),
        (_tagged(*["duck bird", "owl bird", "jay bird"] * 2), frozenset({"heron", "bird"}), True),  # all are birds
        (_tagged(*["grey-heron bird duck", "grey-heron bird"] * 3), frozenset({"heron", "bird"}), False),  # renamed
        (_tagged(*["heron", "heron duck", "duck"] * 2), frozenset({"heron"}), False),
        (_tagged("duck", "owl", "jay", "gull"), frozenset({"heron"}), False),  # too few to say
        ([frozenset()] * 20, None, False),
    ],
)
def test_posts_that_are_not_what_was_asked_for(
    posts: list[frozenset[str]], learnt: frozenset[str] | None, unlike: bool
) -> None:
    assert order.is_unlike(("heron",), posts, learnt) is unlike
    assert order.is_unlike((), posts, learnt) is False


def test_what_posts_have_in_common() -> None:
    assert order.common_tags(_tagged(*["duck bird"] * 9, "owl bird")) == {"duck", "bird"}
    assert order.common_tags(_tagged(*["duck bird"] * 8, "owl bird", "jay bird")) == {"bird"}
    assert order.common_tags(_tagged("duck", "duck", "duck", "duck")) == frozenset()
