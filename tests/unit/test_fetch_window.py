"""Windows: when a rule is used up and when it frees, on clocks that people set."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncer.clock import VirtualClock
from syncer.config.bandwidth import Rule
from syncer.fetch.window import ExactWindow, MonthWindow, SlicedWindow, Timeline, next_month, window


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> float:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (Rule("requests", 1, 1), ExactWindow),
        (Rule("requests", 1000, 86_400), ExactWindow),
        (Rule("requests", 100_000, 86_400), SlicedWindow),
        (Rule("bytes", 10, 1), SlicedWindow),
        (Rule("requests", 5, None), MonthWindow),
    ],
)
def test_kinds(rule: Rule, kind: type) -> None:
    assert type(window(rule)) is kind


def test_exact_to_the_request() -> None:
    clock = VirtualClock()
    line, pace = Timeline(clock), window(Rule("requests", 2, 10))
    pace.add(line.moment(), 1)
    clock.advance(4)
    assert pace.wait(line.moment()) == 0
    pace.add(line.moment(), 1)
    assert pace.wait(line.moment()) == pytest.approx(6)
    assert pace.used(line.moment()) == 2
    clock.advance(6)
    assert pace.wait(line.moment()) == 0
    pace.add(line.moment(), 1)
    assert pace.wait(line.moment()) == pytest.approx(4)


def test_bytes_block_once_the_amount_is_reached_and_free_slice_by_slice() -> None:
    clock = VirtualClock()
    line, pace = Timeline(clock), window(Rule("bytes", 1000, 3600))
    pace.add(line.moment(), 999)
    assert pace.wait(line.moment()) == 0
    clock.advance(1800)
    pace.add(line.moment(), 1)
    wait = pace.wait(line.moment())
    assert 1800 <= wait <= 1800 + 3600 / 64
    clock.advance(wait)
    assert pace.wait(line.moment()) == 0
    assert pace.used(line.moment()) == 1


def test_one_big_file_frees_only_when_it_leaves() -> None:
    clock = VirtualClock()
    line, pace = Timeline(clock), window(Rule("bytes", 10, 60))
    pace.add(line.moment(), 5000)
    clock.advance(59)
    assert pace.wait(line.moment()) > 0
    clock.advance(2)
    assert pace.wait(line.moment()) == 0


def test_calendar_months_in_utc() -> None:
    clock = VirtualClock(wall(2026, 11, 29, 12))
    line, pace = Timeline(clock), window(Rule("bytes", 100, None))
    pace.add(line.moment(), 100)
    assert pace.wait(line.moment()) == wall(2026, 12, 1) - clock.now()
    clock.set(wall(2026, 12, 1))
    assert pace.wait(line.moment()) == 0
    pace.add(line.moment(), 50)
    clock.set(wall(2026, 11, 30))
    assert pace.used(line.moment()) == 100, "a clock set back finds the old month as it was"


@pytest.mark.parametrize(
    ("moment", "after"),
    [((2026, 12, 31), (2027, 1, 1)), ((2024, 2, 29), (2024, 3, 1)), ((2026, 1, 1), (2026, 2, 1))],
)
def test_the_month_after(moment: tuple[int, int, int], after: tuple[int, int, int]) -> None:
    assert next_month(wall(*moment)) == wall(*after)


def test_short_windows_do_not_notice_the_wall_clock() -> None:
    clock = VirtualClock()
    line, pace = Timeline(clock), window(Rule("requests", 1, 1))
    pace.add(line.moment(), 1)
    for jump in (10**8, -(10**8)):
        clock.set(clock.now() + jump)
        assert pace.wait(line.moment()) == pytest.approx(1)


def test_long_windows_are_not_shut_by_a_clock_set_back() -> None:
    clock = VirtualClock()
    line, pace = Timeline(clock), window(Rule("requests", 1, 3600))
    pace.add(line.moment(), 1)
    clock.set(clock.now() - 365 * 86_400)
    assert pace.wait(line.moment()) == pytest.approx(3600)
    clock.advance(3600)
    assert pace.wait(line.moment()) == 0


def test_time_asleep_counts_for_long_windows() -> None:
    clock = VirtualClock()
    line, pace = Timeline(clock), window(Rule("bytes", 1, 3600))
    pace.add(line.moment(), 1)
    clock.set(clock.now() + 7200)  # the monotonic clock stands still in suspend
    assert pace.wait(line.moment()) == 0
