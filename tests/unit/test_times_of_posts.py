"""Times that sites tell of posts: zones left out, clocks that differ, zeros for what nobody knows."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from syncer.clock import VirtualClock
from syncer.model import Post, earliest, posted
from syncer.service import identity, timing_of
from syncer.store import follows
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


def test_a_time_that_cannot_be_true_speeds_up_no_follow(tmp_path: Path) -> None:
    follow = Follow("f", "query", "demo", "s", "sky", (), "config", "{}")
    with closing(Database.open(tmp_path / "state", VirtualClock(NOW))) as db:
        with db.write(Named.CHECK_DONE) as tx:
            follows.add(tx, follow)
            follows.log_finds(tx, "f", [("a", 4_102_444_800), ("b", 0), ("c", NOW + 60), ("d", NOW - DAY), ("e", None)])
        with db.read() as tx:
            assert sorted(timing_of.log_of(tx, follow)) == [NOW - DAY, NOW - 30, NOW - 30, NOW - 30, NOW]
