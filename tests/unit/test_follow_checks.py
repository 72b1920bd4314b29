"""What follows from a check for a query and for a watcher: next check, death, 404, archived, faults and their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import hours as words
from syncer.config.settings import TIMING_PRESETS, CheckTiming
from syncer.follow.calendar import Hours
from syncer.follow.state import Change, FollowState, Status, Trouble, TroubleKind, check_now, due, identity
from syncer.follow.stops import Reason, Stop
from syncer.follow.subscription import after_sync
from syncer.follow.watcher import after_check

HOUR, DAY = 3600, 86_400
NOW = 1_900_000_000
ARTIST = TIMING_PRESETS["artist"]
THREAD = TIMING_PRESETS["thread"]
NEVER_DIES = CheckTiming(4, DAY, 90 * DAY, 0, 180 * DAY)
KNOWN = Stop(Reason.KNOWN, "reached what was known")
LIMIT = Stop(Reason.LIMIT, "limit of 100 reached")
REPEATS = Stop(Reason.REPEATS, "paging fault: page 2", gap=True, fault=True)
EMPTY = Stop(Reason.EMPTY, "no post at all", fault=True)
FRESH = FollowState()
OLD = FollowState(next_check=NOW - 5, last_check=NOW - 10 * DAY, first_done=True)
LOG = [NOW - 10 * DAY, NOW - 5 * DAY, NOW - DAY]


def _sync(state: FollowState, outcome: Stop | Trouble, log: list[int], timing: CheckTiming = ARTIST) -> Change:
    return after_sync(state, outcome, now=NOW + 0.7, timing=timing, log=log)


def _look(state: FollowState, outcome: Stop | Trouble, log: list[int], *, archived: bool = False) -> Change:
    return after_check(state, outcome, archived=archived, now=NOW + 0.7, timing=THREAD, log=log)


@pytest.mark.parametrize("stop", [LIMIT, Stop(Reason.END, "end of the listing")])
def test_a_complete_first_sync_is_the_ground_for_later_ones(stop: Stop) -> None:
    change = _sync(FRESH, stop, LOG)
    # 3 files in 10 days: 4 new are due in 4 x 288000 s.
    assert change.state == FollowState(
        next_check=NOW + 4 * 288_000, last_check=NOW, first_done=True, why=change.state.why
    )
    assert "3 files in 10 days" in change.state.why
    assert change.notice == ""


def test_a_first_sync_with_a_fault_is_not_complete_and_tried_again_soon() -> None:
    change = _sync(FRESH, REPEATS, LOG)
    assert not change.state.first_done
    assert change.state.faults == 1
    assert change.state.next_check == NOW + 36 * HOUR
    assert change.state.why == "paging fault: page 2"


def test_a_fault_after_a_complete_sync_does_not_undo_it_and_asks_no_more_often_than_allowed() -> None:
    slow = TIMING_PRESETS["slow tags"]
    change = _sync(OLD, REPEATS, LOG, slow)
    assert change.state.first_done
    assert change.state.next_check == NOW + 7 * DAY


def test_a_first_sync_that_finds_nothing_is_dead_and_asks_about_the_spelling() -> None:
    for outcome in (Stop(Reason.END, "end"), Stop(Reason.GONE, "404"), Trouble(TroubleKind.GONE, "404")):
        change = _sync(FRESH, outcome, [])
        assert change.state.status is Status.DEAD
        assert "spelled" in change.notice
        assert not due(change.state, NOW + 1000 * DAY)


def test_a_query_that_went_quiet_dies_with_one_notice() -> None:
    change = _sync(OLD, KNOWN, [NOW - 181 * DAY])
    assert change.state.status is Status.DEAD
    assert change.notice == "no longer checked: 0 files in 180 days, fewer than 1 in 180 days: dead"


def test_a_query_that_may_not_die_is_looked_at_rarely() -> None:
    change = _sync(OLD, KNOWN, [NOW - 181 * DAY], NEVER_DIES)
    assert (change.state.status, change.state.next_check) == (Status.ALIVE, NOW + 90 * DAY)
    assert _sync(FRESH, Stop(Reason.GONE, "404"), [], NEVER_DIES).state.status is Status.ALIVE


@pytest.mark.parametrize(
    ("outcome", "delay"),
    [
        (Trouble(TroubleKind.NETWORK, "no connection"), 12 * HOUR),
        (Trouble(TroubleKind.OTHER, "error"), 36 * HOUR),
        (Trouble(TroubleKind.UNREADABLE, "a login page"), 36 * HOUR),
        (Trouble(TroubleKind.LOGIN, "login needed"), 300),
        (EMPTY, 36 * HOUR),
    ],
)
@pytest.mark.parametrize("log", [[], LOG, [NOW - 400 * DAY]])
def test_a_sync_that_was_broken_off_waits_and_never_kills(outcome: Stop | Trouble, delay: int, log: list[int]) -> None:
    change = _sync(OLD, outcome, log)
    assert change.state == replace(OLD, next_check=NOW + delay, faults=1, why=change.state.why)
    assert not _sync(FRESH, outcome, log).state.first_done


@pytest.mark.parametrize(("every", "wait"), [("1 hour", HOUR), ("day at 18:00", 800)])
@pytest.mark.parametrize(
    "outcome",
    [
        EMPTY,
        Stop(Reason.ELSE, "something else", fault=True),
        Trouble(TroubleKind.NETWORK, "no connection"),
        Trouble(TroubleKind.OTHER, "error"),
        Trouble(TroubleKind.UNREADABLE, "a login page"),
    ],
)
@pytest.mark.parametrize("log", [[], LOG])
def test_what_the_person_says_goes_before_the_wait_after_a_fault(
    every: str, wait: int, outcome: Stop | Trouble, log: list[int]
) -> None:
    """At NOW it is 17:46:40 (UTC): 18:00 comes in 800 seconds."""
    timing = replace(NEVER_DIES, every=words.every(every))
    for after in (after_sync, after_check):
        change = after(OLD, outcome, now=NOW + 0.7, timing=timing, log=log, hours=Hours(zone=UTC))
        assert (change.state.next_check, change.state.faults) == (NOW + wait, 1)


def test_a_long_distance_of_the_persons_own_does_not_put_off_another_try() -> None:
    timing = replace(NEVER_DIES, every=words.every("30 days"))
    assert _sync(OLD, Trouble(TroubleKind.NETWORK, "no connection"), LOG, timing).state.next_check == NOW + 12 * HOUR


def test_a_listing_that_is_gone_later_takes_the_normal_timing_and_counts_as_a_fault() -> None:
    change = _sync(OLD, Stop(Reason.GONE, "404"), LOG)
    assert (change.state.status, change.state.next_check, change.state.faults) == (Status.ALIVE, NOW + 4 * 288_000, 1)
    assert change.state.why.startswith("404; 3 files in 10 days")


def test_faults_are_told_once_and_so_is_their_end() -> None:
    state = OLD
    notices: list[str] = []
    for _ in range(5):
        change = _sync(state, Trouble(TroubleKind.NETWORK, "no connection"), LOG)
        state, notices = change.state, [*notices, change.notice]
    assert [bool(notice) for notice in notices] == [False, False, True, False, False]
    assert "3 checks in a row" in notices[2]
    assert "no connection" in notices[2]
    change = _sync(state, KNOWN, LOG)
    assert change.state.faults == 0
    assert change.notice == "works again, after 5 checks that did not"
    assert _sync(replace(OLD, faults=2), KNOWN, LOG).notice == ""


def test_a_thread_is_watched_by_its_velocity() -> None:
    change = _look(FRESH, Stop(Reason.END, "read the whole page"), [NOW - 100, NOW - 50])
    assert change.state.next_check == NOW + 300
    assert change.state.last_check == NOW
    assert change.state.status is Status.ALIVE


def test_a_thread_that_is_gone_is_no_longer_watched() -> None:
    for outcome in (Trouble(TroubleKind.GONE, "404 Not Found"), Stop(Reason.GONE, "404 Not Found", fault=True)):
        change = _look(OLD, outcome, LOG)
        assert change.state.status is Status.GONE
        assert change.notice == "no longer watched: the thread is gone: 404 Not Found"
        assert not due(change.state, NOW + DAY)


def test_an_archived_thread_ends_after_its_last_full_read_and_is_not_called_gone() -> None:
    change = _look(OLD, Stop(Reason.END, "read"), [NOW - 100], archived=True)
    assert change.state.status is Status.ARCHIVED
    assert "archived" in change.notice


def test_a_quiet_thread_dies() -> None:
    change = _look(OLD, Stop(Reason.END, "read"), [NOW - 4 * DAY])
    assert change.state.status is Status.DEAD


@pytest.mark.parametrize("kind", [TroubleKind.NETWORK, TroubleKind.LOGIN, TroubleKind.OTHER])
def test_a_site_that_is_away_is_looked_at_again_after_ninety_minutes(kind: TroubleKind) -> None:
    change = _look(OLD, Trouble(kind, "502"), LOG)
    assert change.state == replace(OLD, next_check=NOW + 5400, faults=1, why=change.state.why)


@pytest.mark.parametrize("outcome", [Trouble(TroubleKind.UNREADABLE, "451"), EMPTY])
def test_a_thread_that_cannot_be_read_keeps_its_timing_and_does_not_die_of_it(outcome: Stop | Trouble) -> None:
    change = _look(OLD, outcome, [NOW - 4 * DAY])
    assert (change.state.status, change.state.next_check) == (Status.ALIVE, NOW + DAY)
    assert change.state.faults == 1


def test_what_is_due() -> None:
    assert due(FRESH, NOW)
    assert not due(FollowState(next_check=NOW + 1), NOW)
    assert due(FollowState(next_check=NOW), NOW)
    for status in (Status.DEAD, Status.GONE, Status.ARCHIVED):
        assert not due(FollowState(status=status), NOW)


def test_a_check_by_hand_wakes_the_dead_but_not_within_thirty_seconds() -> None:
    dead = FollowState(status=Status.DEAD, next_check=NOW + 90 * DAY, last_check=NOW - 5)
    assert check_now(dead, NOW).next_check == NOW + 25
    assert check_now(dead, NOW).status is Status.ALIVE
    assert check_now(replace(dead, last_check=0), NOW).next_check == NOW
    # The clock was set back since the last check.
    assert check_now(replace(dead, last_check=NOW + 90 * DAY), NOW).next_check == NOW + 30


def test_who_a_query_is_does_not_hang_on_order_or_repeats_of_its_urls() -> None:
    one = identity("query", "birds", ["a", "b"])
    assert one == identity("query", "birds", ["b", "a", "a"])
    assert one != identity("query", "birds", ["ab"])
    assert one != identity("watcher", "birds", ["a", "b"])
    assert one != identity("query", "clouds", ["a", "b"])
    # Stored for years: it must never change.
    assert identity("query", "birds", ["https://birds.example/?q=heron"]) == "f8fd3e66bb594c241d71"


_OUTCOMES = st.one_of(
    st.builds(Stop, st.sampled_from(Reason), st.just("words"), st.booleans(), st.booleans()),
    st.builds(Trouble, st.sampled_from(TroubleKind), st.just("words")),
)


@given(
    st.lists(st.tuples(_OUTCOMES, st.integers(0, 400 * DAY), st.integers(0, 3)), max_size=20),
    st.sampled_from(sorted(TIMING_PRESETS)),
    st.booleans(),
)
def test_whatever_happens_a_living_follow_has_a_next_check_ahead_and_says_why(
    history: list[tuple[Stop | Trouble, int, int]], preset: str, thread: bool
) -> None:
    state, now, timing = FRESH, NOW, TIMING_PRESETS[preset]
    log: list[int] = []
    for outcome, later, files in history:
        now = max(now, state.next_check) + later
        log += [now - 30] * files
        after = after_check if thread else after_sync
        state = after(state, outcome, now=now, timing=timing, log=log).state
        assert state.why
        if state.status is not Status.ALIVE:
            return
        assert now < state.next_check <= now + max(timing.slowest, 36 * HOUR)
