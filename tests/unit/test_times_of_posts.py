"""Times that sites tell of posts: zones left out, clocks that differ, zeros for what nobody knows."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.clock import VirtualClock
from syncer.model import MediaFile, Post, earliest, posted
from syncer.service import identity, timing_of
from syncer.sites import dates
from syncer.store import codec, follow_log, follows
from syncer.store.database import Database, Named
from syncer.store.follows import Follow

NOW = 1_700_000_000
DAY = 86_400


@pytest.mark.parametrize(
    ("time", "meant"),
    [
        (None, None), (NOW - 5, NOW - 5), (NOW, NOW), (NOW + 1, NOW), (NOW + 9 * 3600, NOW), (NOW + DAY + 1, None),
        (10**18, None), (0, None), (-5, None), (7 * DAY - 1, None), (7 * DAY, 7 * DAY),
    ],
)  # fmt: skip
def test_what_a_time_means(time: int | None, meant: int | None) -> None:
    assert posted(time, NOW) == meant


def test_the_earliest_time_is_one_that_can_be_true() -> None:
    assert earliest(NOW, 0, NOW - 1, None) == NOW - 1
    assert earliest(0, None) == 0
    assert earliest(None) is None
    assert identity.merged(Post(time=0), Post(time=NOW)).time == NOW


def test_of_two_sites_each_keeps_its_own_time() -> None:
    here, there = Post(url="https://www.a.example/1", time=NOW), Post(url="https://b.example/2", time=NOW - DAY)
    assert identity.times(here, there) == (("a.example", NOW), ("b.example", NOW - DAY))
    assert identity.times(here, replace(here, time=NOW - 5)) == ()
    assert identity.times(here, replace(there, time=None)) == ()
    assert identity.times(here, Post(files=(MediaFile("https://c.example/3.png"),), time=NOW))[1] == ("c.example", NOW)
    both = replace(here, time=NOW - DAY, times=identity.times(here, there))
    assert codec.post_from_text(codec.post_to_text(both)) == both
    # Read again, the post's own page tells of its own domain alone; what nobody can know counts for nothing.
    later = identity.merged(both, replace(here, time=NOW - 5))
    assert later.times == (("a.example", NOW - 5), ("b.example", NOW - DAY))
    assert later.time == NOW - DAY
    assert identity.merged(both, replace(here, time=0)).times == both.times


def test_a_time_that_cannot_be_true_speeds_up_no_follow(tmp_path: Path) -> None:
    follow = Follow("f", "query", "demo", "s", "sky", (), "config", "{}")
    with closing(Database.open(tmp_path / "state", VirtualClock(NOW))) as db:
        with db.write(Named.CHECK_DONE) as tx:
            follows.add(tx, follow)
            follow_log.log_finds(
                tx, "f", [("a", 4_102_444_800), ("b", 0), ("c", NOW + 60), ("d", NOW - DAY), ("e", None)]
            )
        with db.read() as tx:
            assert sorted(timing_of.log_of(tx, follow)) == [NOW - DAY, NOW - 30, NOW - 30, NOW - 30, NOW]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1619568000", "2021-04-28T00:00:00"), ("20210428", "2021-04-28T00:00:00"), (" 202104281530 ", "2021-04-28T15:30:00"),
        ("20210428153059", "2021-04-28T15:30:59"), ("1619568000123", "2021-04-28T00:00:00"), ("1619568000123456", "2021-04-28T00:00:00"),
        ("20211328", "1970-08-22T22:15:28"), ("20210230", "1970-08-22T21:57:10"), ("19691231", "1970-08-16T21:47:11"),
        ("999999999", "2001-09-09T01:46:39"), ("99999999999", "5138-11-16T09:46:39"), ("0", "1970-01-01T00:00:00"),
    ],
)  # fmt: skip
def test_a_bare_number_is_read_as_what_it_can_be(text: str, meant: str) -> None:
    """Expected values by `date -u -d @SECONDS`; a day that is none stays a number of seconds."""
    assert datetime.fromtimestamp(dates.automatic(text), UTC).isoformat().startswith(meant)


@given(st.datetimes(datetime(1980, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 - the zone is set below
def test_each_day_written_in_digits_is_that_day(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert dates.automatic(moment.strftime("%Y%m%d%H%M%S")) == moment.timestamp()
    assert dates.automatic(moment.strftime("%Y%m%d")) == moment.replace(hour=0, minute=0, second=0).timestamp()
