"""Who a file is, by the numbers of any file system."""

from __future__ import annotations

import os
import sqlite3
import stat

from hypothesis import given
from hypothesis import strategies as st

from syncer.intake import adopt_scan, scan
from syncer.intake.seen import signed

UNSIGNED = st.integers(0, 2**64 - 1)


@given(UNSIGNED, UNSIGNED)
def test_numbers_of_64_bits_stay_different_and_fit_into_the_store(one: int, other: int) -> None:
    kept = (signed(one), signed(other))
    with sqlite3.connect(":memory:") as base:
        assert base.execute("SELECT ?, ?", kept).fetchone() == kept
    assert (kept[0] == kept[1]) is (one == other)


@given(st.integers(-(2**63), 2**63 - 1))
def test_usual_numbers_stay_as_they_are(number: int) -> None:
    assert signed(number) == number


def test_an_inode_of_a_union_file_system_is_kept() -> None:
    status = os.stat_result((stat.S_IFREG, 2**64 - 5, 1, 1, 0, 0, 7, 0, 0, 0), {"st_mtime_ns": 1})
    assert scan.identity("", status).inode == adopt_scan.who(status).inode == -5
