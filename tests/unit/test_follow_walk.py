"""The walk of a listing: hydrus's stop rules, limits, gaps, pinned posts, sub-galleries, several first pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.follow.stops import Reason, Stop
from syncer.follow.walk import Step, after_page
from syncer.follow.walk_state import (
    Find,
    Link,
    ReadPage,
    Rules,
    WalkState,
    begin,
    dump,
    first_sync,
    gallery,
    later_sync,
    load,
    watcher,
)

FIRST = Link("https://birds.example/?page=1", "birds/1")


def _page_link(number: int, named: bool = True) -> Link:
    return Link(f"https://birds.example/?page={number}", f"birds/{number}", named)


class Walked:
    """A walk over whole pages given as texts: `n12` new, `k3` known, `p:` in front for pinned; what became of it."""

    def __init__(self, rules: Rules, pages: Sequence[str], known_before: int = 0, named: bool = True) -> None:
        self.taken: list[str] = []
        self.read: list[str] = []
        state = begin(rules, [FIRST], known_before)
        step = Step(state)
        while step.state.pending:
            number = len(self.read) + 1
            self.read.append(step.state.pending[0].url)
            finds = _finds(pages[number - 1]) if number <= len(pages) else ()
            more = (_page_link(number + 1, named),) if number < len(pages) or not named else ()
            step = after_page(load(dump(step.state)), ReadPage(finds, more))
            self.taken += [finds[position].key for position in step.take]
        assert step.stop is not None
        self.state: WalkState = step.state
        self.stop: Stop = step.stop


def _finds(text: str) -> tuple[Find, ...]:
    return tuple(
        Find(word.removeprefix("p:"), known="k" in word, pinned=word.startswith("p:")) for word in text.split()
    )


def _run(letter: str, numbers: Iterable[int]) -> str:
    return " ".join(f"{letter}{number}" for number in numbers)


def test_a_first_sync_takes_the_newest_up_to_its_limit() -> None:
    walked = Walked(first_sync(30), [_run("n", range(page * 20, page * 20 + 20)) for page in range(5)])
    assert walked.taken == [f"n{number}" for number in range(30)]
    assert walked.read == ["https://birds.example/?page=1", "https://birds.example/?page=2"]
    assert (walked.stop.reason, walked.stop.gap, walked.stop.fault) == (Reason.LIMIT, False, False)


def test_a_first_sync_that_begins_anew_passes_what_it_has_and_goes_no_deeper_than_its_limit() -> None:
    walked = Walked(first_sync(30), [_run("k", range(20)), _run("n", range(20, 40)), _run("n", range(40, 60))])
    assert walked.taken == [f"n{number}" for number in range(20, 30)]


def test_a_short_listing_ends_quietly() -> None:
    walked = Walked(first_sync(), ["n1 n2", "n3"])
    assert walked.taken == ["n1", "n2", "n3"]
    assert (walked.stop.reason, walked.stop.fault) == (Reason.END, False)
    assert walked.stop.words == "end of the listing after 2 pages"


def test_a_page_that_was_only_counted_up_to_and_is_empty_is_the_end() -> None:
    walked = Walked(first_sync(), ["n1 n2", "n3"], named=False)
    assert len(walked.read) == 3
    assert (walked.stop.reason, walked.stop.fault) == (Reason.END, False)


@pytest.mark.parametrize(
    ("pages", "known_before", "read", "taken", "reason"),
    [
        pytest.param(["n1 n2 " + _run("k", range(5)), "n9"], 90, 1, 2, Reason.KNOWN, id="5 known end the page"),
        pytest.param(["n1 n2 " + _run("k", range(4)), "n9"], 90, 2, 3, Reason.END, id="4 known do not"),
        pytest.param([_run("k", range(5)) + " n1", "n9"], 90, 2, 2, Reason.END, id="5 known, then a new one"),
        pytest.param([_run("k", range(3)), "n9"], 90, 1, 0, Reason.NOTHING_NEW, id="nothing new on a page"),
        pytest.param([_run("k", range(99)) + " n1", "n9"], 900, 2, 2, Reason.END, id="99 known in a row go on"),
        pytest.param([_run("k", range(100)) + " n1", "n9"], 900, 1, 0, Reason.KNOWN, id="100 known in a row end it"),
        pytest.param([_run("k", range(19)) + " n1", "n9"], 20, 1, 0, Reason.KNOWN, id="95 % of the known were met"),
        pytest.param([_run("k", range(18)) + " n1", "n9"], 20, 2, 2, Reason.END, id="90 % are not enough"),
    ],
)
def test_hydrus_rules_for_old_ground(
    pages: list[str], known_before: int, read: int, taken: int, reason: Reason
) -> None:
    walked = Walked(later_sync(), pages, known_before)
    assert (len(walked.read), len(walked.taken), walked.stop.reason) == (read, taken, reason)
    assert not walked.stop.gap
    assert not walked.stop.fault


def test_a_run_of_known_posts_counts_within_one_page() -> None:
    walked = Walked(later_sync(), ["n1 k1 k2 k3", "k4 k5 n2", "n3 " + _run("k", range(6, 11))], 90)
    assert walked.taken == ["n1", "n2", "n3"]


def test_a_first_sync_does_not_stop_at_known_posts() -> None:
    walked = Walked(first_sync(), [_run("k", range(10)), "n1 n2"], 10)
    assert walked.taken == ["n1", "n2"]


@pytest.mark.parametrize(
    ("pages", "gap"),
    [
        pytest.param([_run("n", range(10)), _run("n", range(10, 25))], True, id="nothing known in sight"),
        pytest.param([_run("n", range(10)) + " n10", "k1"], True, id="a new one behind the last one taken"),
        pytest.param([_run("n", range(10)) + " k1", "k2"], False, id="a known one behind the last one taken"),
        pytest.param(["k1 k2 " + _run("n", range(15)), "k3"], False, id="late-tagged posts among known ones"),
        pytest.param(["k1 " + _run("n", range(15)), "k3"], True, id="one old post made public again is no ground"),
        pytest.param(["p:k1 p:k2 " + _run("n", range(15)), "k3"], True, id="pinned ones are no ground"),
        pytest.param([_run("n", range(10))], False, id="the listing ends right there"),
    ],
)
def test_a_sync_that_reaches_its_limit_without_old_ground_leaves_a_gap(pages: list[str], gap: bool) -> None:
    walked = Walked(later_sync(10), pages, 90)
    assert len(walked.taken) == 10
    assert walked.stop.gap is gap
    assert not walked.stop.fault


def test_a_gap_says_from_where_to_where_and_how_to_go_on() -> None:
    walked = Walked(later_sync(3), ["p:n0 n5 n4", "n3 n2 n1", "k1 k2"], 90)
    assert walked.taken == ["n0", "n5", "n4"]
    assert (walked.state.newest, walked.state.oldest) == ("n5", "n4")
    assert walked.stop.resume == "https://birds.example/?page=2"
    assert walked.stop.gap


def test_pinned_posts_are_taken_when_new_and_never_old_ground() -> None:
    pinned = " ".join(f"p:k{number}" for number in range(6))
    walked = Walked(later_sync(), [f"{pinned} p:n1 n2", "n3"], 6)
    assert walked.taken == ["n1", "n2", "n3"]


def test_a_gallery_download_passes_what_is_known_and_stops_at_its_limit() -> None:
    walked = Walked(gallery(5), [_run("k", range(20)), "n1 n2 n3", "n4 n5 n6", "n7"])
    assert walked.taken == ["n1", "n2", "n3", "n4", "n5"]
    assert walked.stop.words == "limit of 5 reached, 5 new on 3 pages: continue with https://birds.example/?page=3"


def test_a_watcher_takes_all_of_one_page_and_follows_nothing() -> None:
    state = begin(watcher(), [FIRST])
    step = after_page(state, ReadPage(_finds("k1 n2 k3 n4"), (_page_link(2),), (_page_link(3),)))
    assert step.take == (1, 3)
    assert step.follow_pages == ()
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.END, False)


def test_the_page_cap_says_where_to_go_on() -> None:
    walked = Walked(gallery(None, page_cap=3), [f"n{number}" for number in range(9)])
    assert len(walked.read) == 3
    assert walked.stop.reason is Reason.PAGE_CAP
    assert walked.stop.resume == "https://birds.example/?page=4"
    assert Walked(later_sync(None, page_cap=3), [f"n{number}" for number in range(9)], 50).stop.gap


def test_sub_galleries_are_walked_after_the_pages_that_list_them() -> None:
    albums = tuple(Link(f"https://birds.example/album/{n}", f"album/{n}", url_class="album") for n in (1, 2))
    step = after_page(begin(gallery(), [FIRST]), ReadPage((), (_page_link(2),), albums))
    assert step.follow_pages == ("https://birds.example/?page=2", albums[0].url, albums[1].url)
    step = after_page(step.state, ReadPage((), (), albums))
    assert step.stop is None
    step = after_page(step.state, ReadPage(_finds("n1")))
    step = after_page(step.state, ReadPage(_finds("n2")))
    assert step.stop is not None
    assert step.stop.reason is Reason.REPEATS
    assert step.state.new == 2


def test_a_page_that_only_leads_to_a_gallery_is_counted_with_the_pages_behind_it() -> None:
    step = after_page(begin(gallery(), [FIRST]), ReadPage((), (), (Link("https://birds.example/9", "9"),)))
    step = after_page(step.state, ReadPage(_finds("n1"), (_page_link(3),)))
    step = after_page(step.state, ReadPage(_finds("n2")))
    assert step.stop is not None
    assert step.stop.words == "end of the listing after 3 pages"


def test_old_ground_ends_one_listing_and_the_others_go_on_each_gallery_too() -> None:
    starts = [Link("https://a.example/", "a"), Link("https://b.example/", "b")]
    albums = tuple(Link(f"https://a.example/album/{n}", f"album/{n}", url_class="album") for n in (1, 2))
    step = after_page(
        begin(later_sync(), starts, 50), ReadPage(_finds("n1 k1"), (Link("https://a.example/2", "a2"),), albums)
    )
    assert [link.key for link in step.state.pending] == ["a2", "b", "album/1", "album/2"]
    step = after_page(step.state, ReadPage(_finds("k2 k3")))
    assert [link.key for link in step.state.pending] == ["b", "album/1", "album/2"]
    step = after_page(step.state, ReadPage(_finds("n5 k9")))
    step = after_page(step.state, ReadPage(_finds("k12")))
    assert [link.key for link in step.state.pending] == ["album/2"]
    step = after_page(step.state, ReadPage(_finds("n13 k14"), (_page_link(3),)))
    assert [link.key for link in step.state.pending] == [_page_link(3).key]
    step = after_page(step.state, ReadPage(_finds("k15")))
    assert step.stop is not None
    assert step.stop.reason is Reason.NOTHING_NEW
    assert step.state.new == 3


def test_a_branch_without_old_ground_leaves_a_gap_though_another_met_it() -> None:
    starts = [Link("https://a.example/", "a"), Link("https://b.example/", "b")]
    step = after_page(begin(later_sync(4), starts, 50), ReadPage(_finds("n1 k1 k2 k3 k4 k5")))
    step = after_page(step.state, ReadPage(_finds("n2 n3 n4 n5"), (Link("https://b.example/2", "b2"),)))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.gap) == (Reason.LIMIT, True)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=8),
    st.integers(1, 40),
    st.sampled_from([first_sync, later_sync, gallery]),
)
def test_every_new_post_within_the_limit_is_taken_once_and_in_order(
    sizes: list[int], limit: int, rules: Callable[[int], Rules]
) -> None:
    numbers = iter(range(100))
    pages = [" ".join(f"n{next(numbers)}" for _ in range(size)) for size in sizes]
    walked = Walked(rules(limit), pages)
    assert walked.taken == [f"n{number}" for number in range(min(limit, sum(sizes)))]


def test_a_deep_look_reads_on_below_old_ground_and_takes_what_came_to_stand_there() -> None:
    pages = ["n1 " + _run("k", range(9)), _run("k", range(9, 19)), _run("k", range(19, 24)) + " n2", "n3 k90", "n4"]
    assert Walked(later_sync(), pages, 24).taken == ["n1"]
    walked = Walked(later_sync(deep=3), pages, 24)
    assert walked.taken == ["n1", "n2", "n3"]
    assert len(walked.read) == 4, "the third page ends with a new post: it goes on to old ground, as every sync"
    assert not walked.stop.gap
    assert Walked(later_sync(deep=9), pages, 24).taken == ["n1", "n2", "n3", "n4"]


def test_a_deep_look_below_old_ground_leaves_no_gap_at_its_limit() -> None:
    walked = Walked(later_sync(2, deep=5), ["n1 k1 k2 k3 k4 k5", "k6 n2 n3 n4", "n5"], 90)
    assert walked.taken == ["n1", "n2"]
    assert (walked.stop.reason, walked.stop.gap) == (Reason.LIMIT, False)
