"""Velocity, next check and death: worked examples, hydrus's own answers where they are at hand, and bounds for any log."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.settings import TIMING_PRESETS, CheckTiming
from syncer.follow import timing

DAY = 86_400
NOW = 1_900_000_000
ARTIST = TIMING_PRESETS["artist"]
THREAD = TIMING_PRESETS["thread"]
DAILY = CheckTiming(4, DAY, DAY, 1, 180 * DAY)
IMMORTAL = CheckTiming(4, 300, DAY, 0, DAY)


def _times(*days_ago: float) -> list[int]:
    return [int(NOW - days * DAY) for days in days_ago]


# Worked by hand from hydrus's formula: I files a check, span // files seconds a file, a quarter of the silence at least.
@pytest.mark.parametrize(
    ("rules", "times", "wait", "velocity", "dead"),
    [
        pytest.param(
            ARTIST, _times(*range(1, 21, 2)), int(4 * 19 * DAY / 10), (10, 19 * DAY), False, id="10 in 19 days"
        ),
        pytest.param(ARTIST, _times(1, 2, 60), 80 * DAY, (3, 60 * DAY), False, id="4 times 20 days"),
        pytest.param(ARTIST, _times(100, 101), 90 * DAY, (2, 101 * DAY), False, id="slowest at most"),
        pytest.param(ARTIST, _times(*[0.01] * 50), DAY, (50, 864), False, id="fastest at least"),
        pytest.param(ARTIST, _times(*[16] * 400), 4 * DAY, (400, 16 * DAY), False, id="a quarter of the silence"),
        pytest.param(ARTIST, _times(181), 90 * DAY, (0, 180 * DAY), True, id="nothing within the death period"),
        pytest.param(ARTIST, [], 90 * DAY, (0, 180 * DAY), True, id="first check found nothing"),
        pytest.param(THREAD, [NOW - 100], 400, (1, 100), False, id="thread"),
        pytest.param(THREAD, [NOW + 500], 300, (1, 30), False, id="a source time in the future"),
        pytest.param(THREAD, _times(2.99), DAY, (1, int(2.99 * DAY)), False, id="thread almost dead"),
        pytest.param(THREAD, _times(3.01), DAY, (0, 3 * DAY), True, id="thread dead"),
        pytest.param(DAILY, _times(400), DAY, (0, 180 * DAY), True, id="fixed interval"),
        pytest.param(IMMORTAL, _times(400), DAY, (0, DAY), False, id="never dies"),
        pytest.param(IMMORTAL, [], DAY, (0, DAY), False, id="never dies, empty"),
    ],
)
def test_worked_examples(
    rules: CheckTiming, times: list[int], wait: int, velocity: tuple[int, int], dead: bool
) -> None:
    decided = timing.decide(times, rules, NOW, NOW)
    assert decided.next_check == NOW + wait
    assert (decided.velocity.files, decided.velocity.span) == velocity
    assert decided.dead is dead
    assert str(velocity[0]) in decided.why or rules is DAILY


def test_what_was_never_checked_is_due_at_once_and_alive() -> None:
    assert timing.next_check([], ARTIST, 0, NOW) == 0
    assert not timing.is_dead([], ARTIST, 0)


@pytest.mark.parametrize(
    ("asleep", "due"),
    [(0, DAY), (DAY, DAY), (2 * DAY, DAY), (2 * DAY + 1, 2 * DAY), (10 * DAY, 9 * DAY), (10 * DAY + 5, 10 * DAY)],
)
def test_a_fixed_interval_makes_up_for_one_missed_check_only(asleep: int, due: int) -> None:
    assert timing.next_check([NOW - 5], DAILY, NOW, NOW + asleep) == NOW + due


def test_a_file_without_a_time_counts_as_thirty_seconds_older_than_its_find() -> None:
    assert timing.file_time(None, NOW) == NOW - 30
    assert timing.file_time(0, NOW) == 0


@pytest.mark.parametrize(
    ("rules", "days"), [(ARTIST, 180), (DAILY, 5), (IMMORTAL, 1), (CheckTiming(4, 300, DAY, 0, 900 * DAY), 360)]
)
def test_how_long_the_log_is_kept(rules: CheckTiming, days: int) -> None:
    assert timing.kept_period(rules) == days * DAY


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (60, "1 minute"), (90, "90 seconds"), (DAY, "1 day"), (36 * 3600, "36 hours"),
     (47 * 3600, "47 hours"), (90 * DAY, "90 days"), (-5, "0 seconds")],
)  # fmt: skip
def test_spans_in_words(seconds: int, words: str) -> None:
    assert timing.in_words(seconds) == words


def _given_cases() -> list[dict[str, Any]]:
    """Answers of hydrus itself, in a folder beside the repository or where SYNCER_PARITY says."""
    folder = Path(os.environ.get("SYNCER_PARITY", Path(__file__).parents[3] / "shared" / "parity"))
    file = folder / "checker_cases.json"
    cases: list[dict[str, Any]] = json.loads(file.read_text()) if file.is_file() else []
    return cases


def test_hydrus_own_answers() -> None:
    for number, case in enumerate(_given_cases()):
        intended, fastest, slowest, (files, period) = case["tuple"]
        rules = CheckTiming(intended, fastest, slowest, files, period)
        times = [timing.file_time(source, created) for source, created in case["files_source_time_and_created"]]
        found = timing.velocity(times, rules, case["last_check"])
        assert ([found.files, found.span] if times else None) == case["velocity"], number
        assert timing.next_check(times, rules, case["last_check"], case["now"]) == case["next_check"], number
        assert timing.is_dead(times, rules, case["last_check"]) == case["dead"], number
        assert timing.kept_period(rules) == case["death_period_for_compaction"], number


def _timings() -> st.SearchStrategy[CheckTiming]:
    return st.builds(
        lambda intended, fastest, more, files, period: CheckTiming(intended, fastest, fastest + more, files, period),
        st.integers(1, 1000), st.integers(1, 400 * DAY), st.integers(0, 400 * DAY), st.integers(0, 100),
        st.integers(30, 4000 * DAY),
    )  # fmt: skip


_LOGS = st.lists(st.integers(NOW - 5000 * DAY, NOW + DAY), max_size=40)


@given(_LOGS, _timings())
def test_the_next_check_is_never_sooner_nor_later_than_allowed(times: list[int], rules: CheckTiming) -> None:
    decided = timing.decide(times, rules, NOW, NOW)
    assert NOW + rules.fastest <= decided.next_check <= NOW + rules.slowest
    assert 0 <= decided.velocity.files <= len(times)
    assert decided.why


@given(_LOGS, _timings())
def test_a_new_file_never_makes_a_follow_dead(times: list[int], rules: CheckTiming) -> None:
    assert timing.is_dead([*times, NOW - 1], rules, NOW) <= timing.is_dead(times, rules, NOW)


@given(_timings(), st.integers(0, 10**7))
def test_a_fixed_interval_stays_on_its_grid_and_within_reach(rules: CheckTiming, asleep: int) -> None:
    fixed = CheckTiming(rules.intended, rules.fastest, rules.fastest, rules.dead_files, rules.dead_period)
    due = timing.next_check([NOW], fixed, NOW, NOW + asleep)
    assert (due - NOW) % rules.fastest == 0
    assert due >= NOW + rules.fastest
    assert NOW + asleep <= due + rules.fastest
