"""How often in a row a host failed."""

from __future__ import annotations

from syncer.clock import VirtualClock
from syncer.fetch.streaks import MOST, NET, Streaks


def test_a_row_grows_until_something_works() -> None:
    streaks = Streaks(VirtualClock())
    assert [streaks.failed("a") for _ in range(3)] == [1, 2, 3]
    assert streaks.failed("b") == 1, "each host has its own"
    streaks.worked("a")
    assert (streaks.failed("a"), streaks.failed("b")) == (1, 2)


def test_what_was_under_way_when_a_host_was_let_rest_counts_once() -> None:
    clock = VirtualClock()
    streaks = Streaks(clock)
    assert streaks.failed("a") == 1
    streaks.rests("a", 60)
    assert [streaks.failed("a") for _ in range(3)] == [1, 1, 1]
    clock.advance(60)
    assert streaks.failed("a") == 2


def test_whoever_answers_shows_that_the_net_is_there() -> None:
    streaks = Streaks(VirtualClock())
    assert [streaks.failed(NET), streaks.failed(NET)] == [1, 2]
    streaks.worked("a")
    assert streaks.failed(NET) == 1


def test_hosts_without_end_fill_no_memory() -> None:
    streaks = Streaks(VirtualClock())
    for number in range(MOST + 5):
        streaks.failed(str(number))
    assert len(streaks._hosts) <= MOST
