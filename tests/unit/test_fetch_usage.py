"""Counters by minute, hour, day and month: spans, leases, forgetting."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.bandwidth import Rule
from syncer.config.settings import MB
from syncer.fetch.usage import KEEP, LEASE, UNITS, Unit, Usage, UsageRow, end_of, start_of

NOON = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC).timestamp()


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("minute", at(2026, 11, 25, 12), at(2026, 11, 25, 12, 1)),
        ("hour", at(2026, 11, 25, 12), at(2026, 11, 25, 13)),
        ("day", at(2026, 11, 25), at(2026, 11, 26)),
        ("month", at(2026, 11, 1), at(2026, 12, 1)),
    ],
)
def test_spans(unit: Unit, start: int, end: int) -> None:
    assert (start_of(unit, NOON), end_of(unit, start)) == (start, end)


def test_what_is_over_is_stored_exactly_and_what_goes_on_with_a_lease() -> None:
    usage = Usage("everything")
    usage.add(NOON, 1, 100)
    usage.add(NOON + 60, 1, 50)
    rows = {(row.unit, row.start): (row.requests, row.bytes) for row in usage.flush(NOON + 60, settle=False)}
    assert rows == {
        ("minute", at(2026, 11, 25, 12)): (1, 100),
        ("minute", at(2026, 11, 25, 12, 1)): (1, 50 + LEASE),
        ("hour", at(2026, 11, 25, 12)): (2, 150 + LEASE),
        ("day", at(2026, 11, 25)): (2, 150 + LEASE),
        ("month", at(2026, 11, 1)): (2, 150 + LEASE),
    }
    back = [(row.requests, row.bytes) for row in usage.flush(NOON + 61, settle=True)]
    assert back == [(0, -LEASE)] * 4


def test_the_lease_of_a_span_that_is_over_is_given_back_though_nothing_came_since() -> None:
    usage = Usage("everything")
    usage.add(NOON, 1, 100)
    assert len(list(usage.flush(NOON + 1, settle=False))) == 4
    assert list(usage.flush(NOON + 29, settle=False)) == []
    back = [(row.unit, row.requests, row.bytes) for row in usage.flush(NOON + 30, settle=False)]
    assert back == [("minute", 0, -LEASE)]
    assert list(usage.flush(NOON + 31, settle=False)) == []


@given(
    st.lists(
        st.tuples(st.floats(0, 4000), st.integers(0, 1), st.integers(0, 9 * MB), st.booleans()), min_size=1, max_size=30
    )
)
def test_the_store_never_holds_less_than_was_flushed_and_in_the_end_exactly_that(
    steps: list[tuple[float, int, int, bool]],
) -> None:
    usage, wall = Usage("everything"), NOON
    stored = dict.fromkeys(UNITS, 0)
    total = 0
    for rest, requests, number, settle in steps:
        wall += rest
        usage.add(wall, requests, number)
        total += number
        for row in usage.flush(wall, settle=settle):
            stored[row.unit] += row.bytes  # type: ignore[index]  # rows hold units as plain text
        assert all(total <= value <= total + LEASE for value in stored.values())
    for row in usage.flush(wall, settle=True):
        stored[row.unit] += row.bytes  # type: ignore[index]  # rows hold units as plain text
    assert set(stored.values()) == {total}


def test_old_spans_are_forgotten() -> None:
    old = [UsageRow("everything", unit, start_of(unit, NOON - KEEP[unit] - 40 * 86_400), 1, 1) for unit in UNITS]
    usage = Usage("everything", [*old, UsageRow("everything", "day", start_of("day", NOON), 2, 2)])
    assert list(usage.spread(Rule("requests", 1, 60), NOON)) != []
    assert list(usage.flush(NOON, settle=False)) == []
    assert list(usage.spread(Rule("requests", 1, 60), NOON)) == []
    assert usage.total("day", NOON) == (2, 2)


def test_units_that_nobody_knows_are_passed_over() -> None:
    assert Usage("everything", [UsageRow("everything", "fortnight", 0, 1, 1)]).total("day", NOON) == (0, 0)
