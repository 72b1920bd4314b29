"""Servers that repeat, loop, shift, go empty or lose pages: the walk ends, says why, and reads nothing twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.follow.stops import Reason, Stop
from syncer.follow.walk import Step, after_page, without_page
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


@pytest.mark.parametrize(
    ("rules", "gap"), [(first_sync(), False), (later_sync(), True), (gallery(), False)], ids=["first", "later", "all"]
)
def test_a_page_that_repeats_the_one_before_is_a_fault(rules: Rules, gap: bool) -> None:
    walked = Walked(rules, ["n1 n2", "n1 n2", "n3"])
    assert walked.taken == ["n1", "n2"]
    assert len(walked.read) == 2
    assert (walked.stop.reason, walked.stop.gap, walked.stop.fault) == (Reason.REPEATS, gap, True)
    assert "paging fault: page 2" in walked.stop.words


@pytest.mark.parametrize("back_to", [1, 2])
def test_a_next_link_to_a_page_that_was_read_is_a_fault(back_to: int) -> None:
    step = after_page(begin(gallery(), [FIRST]), ReadPage(_finds("n1"), (_page_link(2),)))
    step = after_page(step.state, ReadPage(_finds("n2"), (_page_link(back_to),)))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.LOOP, True)
    assert step.take == (0,)


def test_a_next_link_to_a_page_that_is_still_to_be_read_is_no_loop() -> None:
    starts = [FIRST, _page_link(2)]
    step = after_page(begin(gallery(), starts), ReadPage(_finds("n1"), (_page_link(2),)))
    assert step.stop is None
    step = after_page(step.state, ReadPage(_finds("n2")))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.END, False)


def test_page_numbers_that_lead_back_as_well_are_no_loop() -> None:
    step = after_page(begin(gallery(), [FIRST]), ReadPage(_finds("n1"), (_page_link(1), _page_link(2))))
    assert step.follow_pages == ("https://birds.example/?page=2",)
    step = after_page(step.state, ReadPage(_finds("n2"), (_page_link(1), _page_link(2))))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.END, False)


@pytest.mark.parametrize("rules", [first_sync(), later_sync(), gallery(), watcher()], ids=lambda rules: rules.kind)
def test_nothing_where_there_were_posts_is_a_fault(rules: Rules) -> None:
    walked = Walked(rules, ["", "n1"], known_before=12)
    assert (walked.stop.reason, walked.stop.fault) == (Reason.EMPTY, True)
    assert "12 posts were known" in walked.stop.words
    assert len(walked.read) == 1


def test_nothing_where_nothing_was_is_no_fault() -> None:
    walked = Walked(first_sync(), [""])
    assert (walked.stop.reason, walked.stop.fault) == (Reason.END, False)


def test_empty_pages_are_followed_a_few_times() -> None:
    assert Walked(gallery(), ["n1", "", "", "n2"]).taken == ["n1", "n2"]
    walked = Walked(gallery(), ["n1", "", "", "", "n2"])
    assert walked.taken == ["n1"]
    assert len(walked.read) == 4


def test_posts_that_shift_to_the_next_page_while_we_walk_count_once() -> None:
    walked = Walked(later_sync(), ["n1 n2 n3", "n2 n3 k1", "k1 k2 k3"], 30)
    assert walked.taken == ["n1", "n2", "n3"]
    assert walked.stop.reason is Reason.NOTHING_NEW
    assert (walked.state.new, walked.state.known) == (3, 1)


def test_the_gap_of_one_branch_is_not_hidden_by_the_graver_fault_of_another() -> None:
    starts = [Link("https://a.example/", "a"), Link("https://b.example/", "b")]
    step = after_page(begin(later_sync(), starts, 50), ReadPage(_finds("n1"), (Link("https://a.example/2", "a2"),)))
    step = after_page(step.state, ReadPage(_finds("n1")))
    step = after_page(step.state, ReadPage(_finds("k1 k2 n5"), (starts[1],)))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.gap, step.stop.fault) == (Reason.LOOP, True, True)


def test_one_first_page_of_several_that_is_missing_does_not_spoil_the_walk() -> None:
    starts = [Link("https://a.example/", "a"), Link("https://b.example/", "b")]
    step = without_page(begin(first_sync(), starts), "404")
    assert step.stop is None
    step = after_page(step.state, ReadPage(_finds("n1")))
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.END, False)
    step = without_page(without_page(begin(first_sync(), starts), "404").state, "404")
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.GONE, True)


def test_a_page_that_is_missing_is_the_end_unless_it_is_the_first() -> None:
    step = without_page(begin(later_sync(), [FIRST], 9), "404")
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault, step.stop.words) == (Reason.GONE, True, "404")
    step = after_page(begin(gallery(), [FIRST]), ReadPage(_finds("n1"), (_page_link(2),)))
    step = without_page(step.state, "404")
    assert step.stop is not None
    assert (step.stop.reason, step.stop.fault) == (Reason.END, False)
    assert "page 2" in step.stop.words
    assert "404" in step.stop.words


def test_a_walk_that_is_over_takes_no_page() -> None:
    step = after_page(begin(watcher(), [FIRST]), ReadPage())
    with pytest.raises(ValueError, match="over"):
        after_page(step.state, ReadPage())
    with pytest.raises(ValueError, match="over"):
        without_page(step.state, "404")


_POST = st.builds(Find, st.integers(0, 60).map(str), st.booleans(), st.booleans())
_LINK = st.integers(1, 25).map(_page_link)
_PAGE = st.builds(
    ReadPage,
    st.lists(_POST, max_size=12).map(tuple),
    st.lists(_LINK, max_size=2).map(tuple),
    st.lists(_LINK, max_size=1).map(tuple),
)
_RULES = st.one_of(
    st.builds(first_sync, st.integers(0, 30) | st.none(), st.integers(1, 12)),
    st.builds(later_sync, st.integers(0, 30) | st.none(), st.integers(1, 12)),
    st.builds(gallery, st.integers(0, 30) | st.none(), st.integers(1, 12)),
    st.just(watcher()),
)


@given(_RULES, st.dictionaries(st.integers(1, 25), st.one_of(_PAGE, st.none())), st.integers(0, 40))
@settings(max_examples=300)
def test_any_server_is_walked_to_an_end_no_page_twice_no_post_twice(
    rules: Rules, server: dict[int, ReadPage | None], known_before: int
) -> None:
    state, read, taken = begin(rules, [FIRST], known_before), [], []
    stop = None
    while stop is None:
        link = state.pending[0]
        assert link.key not in read
        read.append(link.key)
        page = server.get(int(link.key.removeprefix("birds/")), ReadPage())
        step = without_page(state, "503") if page is None else after_page(state, page)
        taken += [page.finds[position].key for position in step.take] if page else []
        state, stop = step.state, step.stop
        assert load(dump(state)) == state
    assert len(read) == state.pages <= rules.page_cap
    assert len(taken) == len(set(taken)) == state.new
    assert rules.limit is None or len(taken) <= max(rules.limit, 1)
    assert not state.pending
    assert stop.words
