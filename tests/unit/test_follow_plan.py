"""What comes on top of the formula only delays: jitter, fixed times, quiet hours, late checks, clocks that were wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.settings import TIMING_PRESETS, CheckTiming, Every, Quiet
from syncer.follow import plan, timing
from syncer.follow.calendar import ALWAYS, Hours
from syncer.follow.state import FollowState, Status, check_now

HOUR = 3600
DAY = 24 * HOUR
YEAR = 365 * DAY
NOW = int(datetime(2025, 6, 2, 10, 0, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())  # a Monday
BERLIN = ZoneInfo("Europe/Berlin")
ARTIST = TIMING_PRESETS["artist"]
DAILY = replace(ARTIST, every=Every(days=tuple(range(7)), minute=6 * 60))
SIX_HOURS = replace(ARTIST, every=Every(seconds=6 * HOUR))
NIGHT = Hours(Quiet(23 * 60, 7 * 60), BERLIN)
LIVELY = [NOW - 2 * DAY * number for number in range(1, 11)]
ALIVE = FollowState(next_check=NOW, last_check=NOW - 8 * DAY, first_done=True)


def _wall(at: float) -> str:
    return datetime.fromtimestamp(at, BERLIN).strftime("%a %H:%M")


def test_without_extras_the_formula_stands_as_it_is() -> None:
    assert plan.plan(ALIVE, LIVELY, ARTIST, NOW, ALWAYS) == timing.decide(LIVELY, ARTIST, NOW, NOW)


def test_500_follows_do_not_come_due_in_one_second() -> None:
    spread = [plan.jitter(f"follow {number}", DAY) for number in range(500)]
    assert 0 <= min(spread) < 20
    assert 580 < max(spread) < 600
    assert max(spread.count(second) for second in spread) <= 6
    assert plan.jitter("follow 1", DAY) == plan.jitter("follow 1", DAY)
    assert max(plan.jitter(f"thread {number}", 300) for number in range(500)) < 15, "5 % of a short wait"


def test_a_fixed_time_is_the_next_on_the_wall_and_missed_ones_are_made_up_for_once() -> None:
    assert _wall(plan.plan(ALIVE, LIVELY, DAILY, NOW, Hours(zone=BERLIN)).next_check) == "Tue 06:00"
    late = NOW + 20 * DAY
    timed = plan.plan(replace(ALIVE, next_check=NOW), LIVELY, DAILY, late, Hours(zone=BERLIN))
    assert timed.next_check - late == 20 * HOUR
    assert timed.why == "fixed: day at 06:00"


def test_a_fixed_time_is_not_done_twice_when_the_clock_is_set_back_a_little() -> None:
    six = NOW - 4 * HOUR
    timed = plan.plan(replace(ALIVE, next_check=six + 10), LIVELY, DAILY, six - 30, Hours(zone=BERLIN))
    assert timed.next_check == six + DAY


def test_a_fixed_distance_leaves_missed_checks_out() -> None:
    assert plan.plan(ALIVE, LIVELY, SIX_HOURS, NOW, ALWAYS).next_check == NOW + 6 * HOUR
    assert plan.in_force(SIX_HOURS).fastest == plan.in_force(SIX_HOURS).slowest == 6 * HOUR


def test_fixed_times_die_like_others() -> None:
    old = [NOW - 200 * DAY]
    for rules in (DAILY, SIX_HOURS, ARTIST):
        assert plan.plan(ALIVE, old, rules, NOW, ALWAYS).dead
        assert not plan.plan(ALIVE, old, replace(rules, dead_files=0), NOW, ALWAYS).dead


def test_a_check_that_comes_very_late_kills_nothing_but_the_next_one_may() -> None:
    silent = [NOW - YEAR]
    slept = replace(ALIVE, next_check=NOW - 100 * DAY, last_check=NOW - 101 * DAY)
    timed = plan.plan(slept, silent, ARTIST, NOW, ALWAYS)
    assert not timed.dead
    assert "one more check" in timed.why
    after = replace(slept, last_check=NOW, next_check=timed.next_check)
    assert plan.plan(after, silent, ARTIST, after.next_check, ALWAYS).dead


def test_quiet_hours_put_a_check_off_to_their_end() -> None:
    night = replace(ALIVE, next_check=NOW + 14 * HOUR, why="x")
    assert _wall(night.next_check) == "Tue 00:00"
    moved = plan.delayed(night, "a", NOW, NIGHT)
    end = NOW + 21 * HOUR
    assert _wall(end) == "Tue 07:00"
    assert end <= moved.next_check < end + plan.JITTER_MOST
    assert "quiet hours 23:00-07:00" in moved.why
    assert plan.delayed(replace(night, next_check=NOW + 5 * HOUR), "a", NOW, NIGHT).next_check < NOW + 6 * HOUR


def test_what_is_due_in_quiet_hours_waits_also_when_the_machine_slept_until_then() -> None:
    midnight = NOW + 14 * HOUR
    held = plan.hold(ALIVE, "a", ARTIST, midnight, NIGHT)
    assert held is not None
    assert _wall(held.until) in ("Tue 07:00", "Tue 07:01", "Tue 07:02", "Tue 07:03", "Tue 07:04", "Tue 07:05")
    assert plan.hold(ALIVE, "a", ARTIST, midnight, Hours(zone=BERLIN)) is None


@pytest.mark.parametrize("rules", [ARTIST, DAILY, SIX_HOURS])
def test_nothing_is_checked_sooner_than_allowed_after_a_clock_came_back(rules: CheckTiming) -> None:
    checked = NOW - 2 * HOUR
    early = FollowState(next_check=NOW - 40 * YEAR, last_check=checked, first_done=True)
    held = plan.hold(early, "a", rules, NOW, Hours(zone=BERLIN))
    assert held is not None
    expected = {ARTIST: checked + DAY, DAILY: NOW + 20 * HOUR, SIX_HOURS: checked + 6 * HOUR}[rules]
    assert held.until == expected
    # Who asks for it gets it.
    assert plan.hold(replace(early, next_check=0), "a", rules, NOW, ALWAYS) is None
    assert plan.hold(check_now(early, NOW), "a", rules, NOW, ALWAYS) is None


def test_a_clock_that_was_a_year_ahead_costs_one_wait_not_a_year() -> None:
    wrong = NOW + YEAR
    state = FollowState(next_check=wrong + 90 * DAY, last_check=wrong, first_done=True)
    assert plan.is_odd(state, ARTIST, NOW)
    right = plan.set_right(state, "a", LIVELY, ARTIST, NOW, ALWAYS)
    regular = timing.decide(LIVELY, ARTIST, NOW, NOW).next_check
    assert regular <= right.next_check <= regular + plan.JITTER_MOST
    # A restart later brings it nearer, never further away.
    again = plan.set_right(right, "a", LIVELY, ARTIST, NOW + 5 * HOUR, ALWAYS)
    assert again.next_check == right.next_check


def test_a_clock_that_starts_in_1970_each_time_changes_nothing_once_it_is_right() -> None:
    checked = NOW - 3 * DAY
    before = plan.delayed(
        replace(ALIVE, last_check=checked, next_check=timing.decide(LIVELY, ARTIST, checked, checked).next_check),
        "a",
        checked,
        ALWAYS,
    )
    booted = plan.set_right(before, "a", LIVELY, ARTIST, 1000, ALWAYS)
    assert booted.next_check < 10 * DAY
    assert booted.last_check == checked
    assert plan.is_odd(booted, ARTIST, NOW)
    assert plan.set_right(booted, "a", LIVELY, ARTIST, NOW, ALWAYS).next_check == before.next_check


def test_what_died_while_the_clock_was_ahead_lives_again() -> None:
    dead = FollowState(Status.DEAD, NOW + YEAR + 90 * DAY, NOW + YEAR, first_done=True)
    assert plan.is_odd(dead, ARTIST, NOW)
    after = plan.set_right(dead, "a", LIVELY, ARTIST, NOW, ALWAYS)
    assert after.status is Status.ALIVE
    assert NOW + DAY < after.next_check < NOW + 9 * DAY


def test_what_is_dead_stays_dead_without_a_check_through_a_boot_in_1970() -> None:
    checked = NOW - 30 * DAY
    dead = FollowState(Status.DEAD, checked + 90 * DAY, checked, first_done=True)
    silent = [NOW - YEAR]
    booted = plan.set_right(dead, "a", silent, ARTIST, 1000, ALWAYS)
    assert booted.next_check > 1000 + DAY
    assert plan.is_odd(booted, ARTIST, NOW)
    assert plan.set_right(booted, "a", silent, ARTIST, NOW, ALWAYS).status is Status.DEAD
    assert not plan.is_odd(dead, ARTIST, NOW)


def test_a_retry_noted_by_a_wrong_clock_is_brought_back() -> None:
    state = replace(ALIVE, last_check=NOW - DAY, next_check=NOW + YEAR, faults=1)
    assert plan.is_odd(state, ARTIST, NOW)
    assert plan.set_right(state, "a", LIVELY, ARTIST, NOW, ALWAYS).next_check < NOW + 9 * DAY
    never = FollowState(next_check=NOW + YEAR)
    assert plan.set_right(never, "a", [], ARTIST, NOW, ALWAYS).next_check <= NOW + 36 * HOUR


TIMINGS = st.builds(
    CheckTiming,
    st.integers(1, 20),
    st.integers(60, 10 * DAY),
    st.integers(10 * DAY, 90 * DAY),
    st.integers(0, 3),
    st.integers(DAY, 200 * DAY),
    st.none()
    | st.builds(lambda seconds: Every(seconds=seconds), st.integers(60, 30 * DAY))
    | st.builds(
        lambda days, minute: Every(days=tuple(sorted(days)), minute=minute),
        st.sets(st.integers(0, 6), min_size=1),
        st.integers(0, 1439),
    ),
)
HOURS = st.builds(
    lambda begin, end, zone: Hours(Quiet(begin, end), ZoneInfo(zone)),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
)


@given(TIMINGS, HOURS, st.lists(st.integers(0, 300 * DAY), max_size=30), st.text(max_size=5), st.integers(0, YEAR))
def test_extras_only_delay_and_never_beyond_bounds(
    rules: CheckTiming, hours: Hours, ages: list[int], who: str, late: int
) -> None:
    now = NOW + late
    log = [now - age for age in ages]
    state = replace(ALIVE, next_check=NOW, last_check=NOW - DAY)
    timed = plan.plan(state, log, rules, now, hours)
    planned = replace(state, last_check=now, next_check=timed.next_check, why=timed.why)
    after = plan.delayed(planned, who, now, hours)
    assert timed.next_check <= after.next_check
    assert after.next_check <= now + plan.longest(rules)
    assert not plan.is_odd(after, rules, now)
    if rules.every is None:
        assert timed.next_check == timing.decide(log, rules, now, now).next_check
    # What was planned may begin when its time has come.
    assert plan.hold(after, who, rules, after.next_check, hours) is None
    assert plan.plan(replace(state, status=Status.ALIVE), log, rules, now, hours).why
