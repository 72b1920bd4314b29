"""Free space: when work is held, and what lifts it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncer.deliver import pressure

MB = 1024 * 1024
GB = 1024 * MB


def test_the_floor_holds_and_says_what_lifts_it() -> None:
    decision = pressure.judge(3 * GB, 5 * GB, holding=False)
    assert decision.hold
    assert decision.why == "3.0 GB are free on the disk; 5.0 GB must stay free"
    assert decision.cure == "Free 2.0 GB, or lower [pressure] free_space."


def test_exactly_the_floor_is_enough_to_go_on_but_not_to_begin_again() -> None:
    assert not pressure.judge(5 * GB, 5 * GB, holding=False).hold
    assert pressure.judge(5 * GB, 5 * GB, holding=True).hold
    assert not pressure.judge(5 * GB + 512 * MB, 5 * GB, holding=True).hold


def test_a_small_floor_has_a_margin_of_64_mb() -> None:
    assert pressure.judge(100 * MB + 63 * MB, 100 * MB, holding=True).hold
    assert not pressure.judge(100 * MB + 64 * MB, 100 * MB, holding=True).hold


def test_the_coming_file_counts() -> None:
    assert not pressure.judge(6 * GB, 5 * GB, holding=False, coming=GB).hold
    decision = pressure.judge(6 * GB, 5 * GB, holding=False, coming=GB + 1)
    assert decision.hold
    assert "the next file needs 1.0 GB" in decision.why


def test_no_floor_holds_nothing() -> None:
    assert pressure.judge(0, 0, holding=True) == pressure.GO


@given(st.integers(0, 10**13), st.integers(0, 10**12), st.integers(0, 10**11))
def test_freeing_what_the_cure_says_lifts_it(free: int, floor: int, coming: int) -> None:
    for holding in (False, True):
        if pressure.judge(free, floor, holding=holding, coming=coming).hold:
            more = floor + (max(floor // 10, 64 * MB) if holding else 0) + coming - free
            assert more > 0
            assert not pressure.judge(free + more, floor, holding=holding, coming=coming).hold


def test_sizes_in_words() -> None:
    words = [pressure.size(each) for each in (0, 1023, 1024, 1536, 200 * 1024, 5 * MB, 3 * GB, 4096 * GB)]
    assert words == ["0 bytes", "1023 bytes", "1.0 KB", "1.5 KB", "200 KB", "5.0 MB", "3.0 GB", "4.0 TB"]
