"""Bounds of a download: what lies outside, when all that follows does, and which moment a written day is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.follow.bounds import KEYS, NONE, Bounds, moment, of
from syncer.follow.stops import Reason
from syncer.follow.walk import after_page
from syncer.follow.walk_state import Find, Link, ReadPage, begin, dump, gallery, load

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("bounds", "post", "at", "words"),
    [
        (Bounds(since=100), "1", 99, "before --since"),
        (Bounds(since=100), "1", 100, ""),
        (Bounds(until=100), "1", 101, "after --until"),
        (Bounds(until=100), "1", 100, ""),
        (Bounds(since=1, until=9), "1", None, ""),
        (Bounds(after_id=7), "7", None, "--after-id 7"),
        (Bounds(after_id=7), "8", None, ""),
        (Bounds(before_id=7), "7", None, "--before-id 7"),
        (Bounds(before_id=7), "6", None, ""),
        (Bounds(after_id=7, before_id=9), "a1b2", 5, ""),
        (Bounds(after_id=7), "", None, ""),
        (Bounds(after_id=7), "٣", None, ""),
        (NONE, "5", 5, ""),
    ],
)
def test_what_lies_outside(bounds: Bounds, post: str, at: int | None, words: str) -> None:
    assert (words in bounds.outside(post, at)) if words else bounds.outside(post, at) == ""


@pytest.mark.parametrize(
    ("bounds", "posts", "past"),
    [
        (Bounds(since=100), [("3", 99), ("2", 98)], True),
        (Bounds(since=100), [("3", 100), ("2", 98)], False),
        (Bounds(since=100), [("3", 99), ("2", None)], False),
        (Bounds(since=100), [(str(number), number) for number in range(90)], False),  # oldest first
        (Bounds(after_id=7), [("7", None), ("6", None)], True),
        (Bounds(after_id=7), [("8", None), ("6", None)], False),
        (Bounds(after_id=7), [("7", None), ("x", None)], False),
        (Bounds(after_id=99), [(str(number), None) for number in range(20)], False),
        (Bounds(since=100, after_id=7), [("9", 99)], True),
        (Bounds(until=100, before_id=9), [("90", 990), ("80", 980)], False),  # inside may follow
        (Bounds(since=100), [], False),
        (NONE, [("1", 1)], False),
    ],
)
def test_when_all_that_follows_lies_outside(bounds: Bounds, posts: list[tuple[str, int | None]], past: bool) -> None:
    assert bool(bounds.past(posts)) is past


@given(st.lists(st.integers(0, 1000), unique=True, max_size=30), st.integers(0, 1000), st.integers(1, 9))
def test_of_a_newest_first_listing_nothing_inside_is_behind_the_end(ids: list[int], least: int, size: int) -> None:
    ids.sort(reverse=True)
    pages = [ids[first : first + size] for first in range(0, len(ids), size)]
    bounds = Bounds(after_id=least)
    for number, page in enumerate(pages):
        if bounds.past([(str(one), None) for one in page]):
            assert all(one <= least for later in pages[number:] for one in later)
            break
    else:
        assert not ids or pages[-1][0] > least or not pages


def test_a_walk_leaves_out_what_lies_outside_and_ends_where_all_does() -> None:
    links = tuple(Link(f"https://birds.example/?page={number}", f"birds/{number}") for number in (1, 2, 3))
    finds = (Find("9", outside=True), Find("8"), Find("7", known=True), Find("6", outside=True), Find("5"))
    step = after_page(begin(gallery(2), links[:1]), ReadPage(finds, links[1:2]))
    assert (step.take, step.state.new, step.state.known, step.state.outside) == ((1, 4), 2, 1, 2)
    assert step.stop is not None
    assert step.stop.reason is Reason.LIMIT, "what is outside uses up nothing of it"
    step = after_page(begin(gallery(9), links[:1]), ReadPage(finds, links[1:2]))
    step = after_page(load(dump(step.state)), ReadPage((Find("4", outside=True),), links[2:], past="all are older"))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault, step.take) == (Reason.BOUND, False, ())
    assert step.stop.words == "reached the end of what was asked for on page 2: all are older; 3 posts outside of that"
    assert load(dump(step.state)).outside == 3


def test_the_last_page_that_a_site_shows_is_named_with_the_cure() -> None:
    first = Link("https://birds.example/?page=1", "birds/1")
    step = after_page(begin(gallery(), [first]), ReadPage((Find("1"),), deepest="the site shows no more: ask for less"))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.DEPTH, False)
    assert step.stop.words == "1 new on 1 page, and the site shows no more: ask for less"
    empty = after_page(begin(gallery(), [first]), ReadPage((), deepest="the site shows no more"))
    assert empty.stop is not None
    assert empty.stop.reason is Reason.END


@pytest.mark.parametrize(
    ("text", "last", "want"),
    [
        ("2024-03-01", False, datetime(2024, 3, 1, tzinfo=BERLIN)),
        ("2024-03-01", True, datetime(2024, 3, 1, 23, 59, 59, tzinfo=BERLIN)),
        ("2024-03-31", True, datetime(2024, 3, 31, 23, 59, 59, tzinfo=BERLIN)),  # a day of 23 hours
        (" 2024-03-01T18:00 ", False, datetime(2024, 3, 1, 18, tzinfo=BERLIN)),
        ("2024-03-01 18:00:05", True, datetime(2024, 3, 1, 18, 0, 5, tzinfo=BERLIN)),
        ("2024-03-01T18:00+00:00", False, datetime(2024, 3, 1, 18, tzinfo=UTC)),
    ],
)
def test_a_written_day_is_a_moment(text: str, last: bool, want: datetime) -> None:
    assert moment(text, BERLIN, last=last) == int(want.timestamp())


@pytest.mark.parametrize(
    "text", ["", "yesterday", "01.03.2024", "2024-13-01", "2024-02-30", "2024-03-01T25:00", "9" * 99]
)
def test_what_is_no_day_is_told_with_the_cure(text: str) -> None:
    with pytest.raises(ValueError, match="write 2024-03-01"):
        moment(text, None)


@given(st.dates(date(1980, 1, 1), date(2090, 1, 1)))
def test_the_last_second_of_a_day_is_right_before_the_next(day: date) -> None:
    assert moment(str(day), BERLIN, last=True) + 1 == moment(str(day + timedelta(days=1)), BERLIN)


def test_bounds_are_read_from_a_wish_among_other_things() -> None:
    assert of({"limit": 5, "since": 7, "before_id": "9", "until": None}) == Bounds(since=7, before_id=9)
    assert not of({"limit": 5})
    assert bool(replace(NONE, after_id=0))
    assert KEYS == ("since", "until", "after_id", "before_id")
