"""Times of day in the words of the config, and where timing keys are inherited from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import hours, load
from syncer.config.settings import DAY, HOUR, NEVER_QUIET, TIMING_PRESETS, CheckTiming, Config, Every, Quiet

DAILY = tuple(range(7))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("day at 06:00", Every(days=DAILY, minute=360)),
        ("every day at 6:05", Every(days=DAILY, minute=365)),
        ("Monday at 18:30", Every(days=(0,), minute=1110)),
        ("mondays at 00:00", Every(days=(0,))),
        ("sun, wed and fri at 23.59", Every(days=(2, 4, 6), minute=1439)),
        ("6 hours", Every(seconds=6 * HOUR)),
        ("1 week", Every(seconds=7 * DAY)),
        ("day", Every(seconds=DAY)),
    ],
)
def test_fixed_times(text: str, means: Every) -> None:
    assert hours.every(text) == means


@pytest.mark.parametrize(
    "text",
    ["", "at 06:00", "day at 24:00", "day at 06:60", "t at 06:00", "moonday at 06:00", "0 s", "1 month", "-1 day"],
)
def test_what_is_no_fixed_time(text: str) -> None:
    with pytest.raises(ValueError, match=r'write "?|06:00|out of bounds'):
        hours.every(text)


EVERY = st.builds(
    lambda days, minute: Every(days=tuple(sorted(days)), minute=minute),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
) | st.builds(lambda seconds: Every(seconds=seconds), st.integers(1, 3650 * DAY))


@given(EVERY)
def test_fixed_times_are_read_as_they_are_written(given_every: Every) -> None:
    assert hours.every(hours.write_every(given_every)) == given_every


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_quiet_hours_are_read_as_they_are_written(begin: int, end: int) -> None:
    given_quiet = NEVER_QUIET if begin == end else Quiet(begin, end)
    assert hours.quiet(hours.write_quiet(given_quiet)) == given_quiet


def _config(text: str) -> Config:
    head = '[import_folders.main]\npath = "/import"\nprofile = "hydrus"\n'
    return load.parse(head + text, Path("/home/someone/config.toml"))


def test_each_level_inherits_what_it_does_not_say() -> None:
    config = _config(
        """
        [check]
        quiet = "23:00-07:00"
        zone = "Europe/Berlin"
        [check.subscriptions]
        every = "day at 06:00"
        dead = "never"
        [site.mine]
        quiet = "never"
        [[subscriptions]]
        name = "a"
        site = "mine"
        queries = ["one", { q = "two", every = "6 hours" }, { q = "three", slowest = "30 days" }]
        [[watchers]]
        url = "https://boards.example.org/w/thread/1"
        every = "1 hour"
        """
    )
    daily = Every(days=DAILY, minute=360)
    artist = TIMING_PRESETS["artist"]
    (subscription,) = config.subscriptions
    one, two, three = subscription.queries
    assert subscription.timing == CheckTiming(4, DAY, 90 * DAY, 0, 180 * DAY, daily)
    assert one.timing is None
    assert two.timing == CheckTiming(4, DAY, 90 * DAY, 0, 180 * DAY, Every(seconds=6 * HOUR))
    # Who says how seldom wants it to follow from what comes in again.
    assert three.timing == CheckTiming(4, DAY, 30 * DAY, 0, artist.dead_period)
    assert config.watchers[0].timing.every == Every(seconds=HOUR)
    assert (config.checks.quiet, config.checks.zone) == (Quiet(23 * 60, 7 * 60), "Europe/Berlin")
    assert (config.sites["mine"].root, config.sites["mine"].quiet) == ("", NEVER_QUIET)
