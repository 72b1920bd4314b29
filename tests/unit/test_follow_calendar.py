"""Fixed times and quiet hours against the calendar: both days on which clocks change, any zone, any time."""

from __future__ import annotations

import math
import time as machine
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.settings import NEVER_QUIET, Every, Quiet
from syncer.follow.calendar import Hours, next_change, next_time, quiet_until, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = tuple(range(7))
HOUR = 3600
DAY = 24 * HOUR


def _at(text: str) -> int:
    """Read `2025-03-30 01:30 +0100`; the offset is written out, so that no zone data takes part."""
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M %z").timestamp())


def _daily(hour: int, minute: int = 0) -> Every:
    return Every(days=DAILY, minute=hour * 60 + minute)


# The offsets are those of the law: in 2025 clocks in Berlin leapt on March 30 from 2 to 3 and on October 26 from 3 to 2.
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2025-03-29 02:30 +0100", "2025-03-30 03:30 +0200"),  # 02:30 is missing on that day
        ("2025-03-30 03:30 +0200", "2025-03-31 02:30 +0200"),
        ("2025-10-25 02:30 +0200", "2025-10-26 02:30 +0200"),  # 02:30 comes twice: the first counts
        ("2025-10-26 02:30 +0200", "2025-10-27 02:30 +0100"),
        ("2025-10-26 02:29 +0100", "2025-10-27 02:30 +0100"),
        ("2025-07-01 02:29 +0200", "2025-07-01 02:30 +0200"),
    ],
)
def test_half_past_two_comes_once_each_day(after: str, expected: str) -> None:
    assert next_time(_daily(2, 30), _at(after), BERLIN) == _at(expected)


def test_a_day_has_23_or_25_hours_when_clocks_change() -> None:
    at = _at("2025-03-29 06:00 +0100")
    assert next_time(_daily(6), at, BERLIN) - at == 23 * HOUR
    at = _at("2025-10-25 06:00 +0200")
    assert next_time(_daily(6), at, BERLIN) - at == 25 * HOUR


def test_only_on_the_days_that_are_named() -> None:
    monday_and_friday = Every(days=(0, 4), minute=18 * 60 + 30)
    at = _at("2025-06-02 18:30 +0200")  # a Monday
    assert next_time(monday_and_friday, at - 1, BERLIN) == at
    assert next_time(monday_and_friday, at, BERLIN) == _at("2025-06-06 18:30 +0200")
    assert next_time(monday_and_friday, _at("2025-06-06 18:31 +0200"), BERLIN) == _at("2025-06-09 18:30 +0200")


@pytest.mark.parametrize("quiet", [Quiet(23 * 60, 7 * 60), Quiet(120, 150), Quiet(12 * 60, 12 * 60 + 1)])
def test_each_minute_of_the_change_days_is_quiet_when_the_wall_clock_says_so(quiet: Quiet) -> None:
    """Apart from the hour that comes twice, in which quiet hours that ended do not begin anew."""
    hours = Hours(quiet, BERLIN)
    for day in ("2025-03-29 12:00 +0100", "2025-10-25 12:00 +0200"):
        for minute in range(0, 36 * 60, 7):
            now = _at(day) + minute * 60
            wall = datetime.fromtimestamp(now, BERLIN)
            of_day = wall.hour * 60 + wall.minute
            inside = (
                quiet.begin <= of_day < quiet.end
                if quiet.begin < quiet.end
                else of_day >= quiet.begin or of_day < quiet.end
            )
            end = quiet_until(hours, now)
            if wall.hour in (2, 3) and quiet.begin == 120:
                continue
            assert (end is not None) is inside, wall
            if end is not None:
                assert (
                    datetime.fromtimestamp(end, BERLIN).strftime("%H:%M") == f"{quiet.end // 60:02}:{quiet.end % 60:02}"
                )


def test_quiet_hours_within_the_hour_that_comes_twice_end_once() -> None:
    hours = Hours(Quiet(23 * 60, 150), BERLIN)
    assert quiet_until(hours, _at("2025-10-26 02:29 +0200")) == _at("2025-10-26 02:30 +0200")
    assert quiet_until(hours, _at("2025-10-26 02:10 +0100")) is None
    # In spring they would begin in the hour that is missing: none on that day.
    assert quiet_until(Hours(Quiet(120, 180), BERLIN), _at("2025-03-30 03:01 +0200")) is None


@pytest.fixture
def berlin_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    machine.tzset()
    yield
    monkeypatch.undo()
    machine.tzset()


def test_without_a_zone_the_machine_decides_and_agrees(berlin_machine: None) -> None:
    assert zone_of("") is None
    for start in ("2025-03-29 00:10 +0100", "2025-10-25 00:10 +0200"):
        for step in range(0, 3 * DAY, 1700):
            now = _at(start) + step
            assert next_time(_daily(2, 30), now, None) == next_time(_daily(2, 30), now, BERLIN)
            assert quiet_until(Hours(Quiet(60, 200)), now) == quiet_until(Hours(Quiet(60, 200), BERLIN), now)


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Africa/Casablanca",
    ]
)
MOMENTS = st.integers(_at("1995-01-01 00:00 +0000"), _at("2035-01-01 00:00 +0000"))


@given(MOMENTS, st.integers(0, 1439), st.sets(st.integers(0, 6), min_size=1), ZONES)
def test_the_next_time_is_ahead_and_on_the_wall(now: int, minute: int, days: set[int], zone: str) -> None:
    at = next_time(Every(days=tuple(sorted(days)), minute=minute), now, zone_of(zone))
    # Samoa left out a whole Friday in 2011; elsewhere a named day comes within a week and an hour.
    assert now < at <= now + 9 * DAY
    wall = datetime.fromtimestamp(at, ZoneInfo(zone))
    shown = wall.hour * 60 + wall.minute
    if shown != minute:
        before = datetime.fromtimestamp(at - 3 * HOUR, ZoneInfo(zone))
        assert (wall.utcoffset() or timedelta()) != (before.utcoffset() or timedelta()) or zone == "Pacific/Apia"


@given(MOMENTS, st.integers(0, 1439), st.integers(0, 1439), ZONES)
def test_nothing_changes_before_the_next_change(now: int, begin: int, end: int, zone: str) -> None:
    hours = Hours(Quiet(begin, end), zone_of(zone))
    change = next_change(hours, now)
    if begin == end:
        assert hours.quiet != NEVER_QUIET or (change, quiet_until(hours, now)) == (math.inf, None)
        return
    assert now < change <= now + 3 * DAY
    is_quiet = quiet_until(hours, now) is not None
    assert (quiet_until(hours, (now + change) / 2) is not None) is is_quiet
    assert (quiet_until(hours, change - 0.5) is not None) is is_quiet
