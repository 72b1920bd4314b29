"""When a dropped file is finished: writers that pause, grow, are refused, lie about the time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.intake.seen import Identity, Seen
from syncer.intake.settle import Patience, Sifted, put_off, sift

WALL = 1_900_000_000.0
FILE = Path("/inbox/a.txt")


def _file(size: int = 10, *, age: float = 0.0, inode: int = 7, path: Path = FILE) -> Seen:
    return Seen(path, "", Identity("", inode, size, int((WALL - age) * 1e9)))


class Folder:
    """A folder with one file, looked at again and again; `now` is the monotonic time."""

    def __init__(self) -> None:
        self.sifted = Sifted((), {}, None)

    def look(self, now: float, *files: Seen, wall: float = WALL) -> bool:
        self.sifted = sift(self.sifted.waiting, files, now=now, wall=wall)
        return bool(self.sifted.ready)


def test_a_file_is_ready_when_it_kept_still_for_two_seconds() -> None:
    folder = Folder()
    assert not folder.look(100.0, _file())
    assert folder.sifted.look_again == pytest.approx(102.0)
    assert not folder.look(101.9, _file())
    assert folder.look(102.0, _file())
    assert folder.sifted.look_again is None


@pytest.mark.parametrize(
    "changed", [_file(11), _file(age=-1), _file(inode=8)], ids=["larger", "written again", "replaced"]
)
def test_any_change_begins_the_wait_anew_and_longer(changed: Seen) -> None:
    folder = Folder()
    folder.look(100.0, _file())
    assert not folder.look(102.0, changed)
    assert not folder.look(104.0, changed)
    assert folder.sifted.look_again == pytest.approx(106.0)
    assert folder.look(106.0, changed)


def test_a_slow_writer_is_waited_for_and_never_given_up() -> None:
    folder = Folder()
    now, size = 0.0, 1
    for _ in range(200):
        now, size = now + 1.9, size + 1
        assert not folder.look(now, _file(size))
    assert folder.sifted.look_again == pytest.approx(now + 300)
    assert folder.look(now + 300, _file(size))


def test_who_appends_without_a_pause_is_read_as_soon_as_he_has_stopped() -> None:
    folder = Folder()
    now, size = 0.0, 1
    for _ in range(20):
        now, size = now + 0.3, size + 30
        assert not folder.look(now, _file(size))
    assert not folder.look(now + 1.9, _file(size))
    assert folder.look(now + 2.0, _file(size))


def test_an_empty_file_is_given_a_minute_to_be_filled() -> None:
    folder = Folder()
    assert not folder.look(0.0, _file(0))
    assert not folder.look(59.0, _file(0))
    assert folder.look(60.0, _file(0))
    other = Folder()
    assert not other.look(0.0, _file(0, age=1e6))


def test_what_was_dropped_long_before_anyone_looked_is_ready_at_once() -> None:
    assert Folder().look(0.0, _file(age=60))
    assert not Folder().look(0.0, _file(age=59))


def test_a_file_from_the_future_is_ready_like_any_other() -> None:
    folder = Folder()
    assert not folder.look(0.0, _file(age=-1e8))
    assert folder.look(2.0, _file(age=-1e8))


def test_a_file_that_vanished_and_came_back_begins_anew() -> None:
    folder = Folder()
    folder.look(0.0, _file())
    assert not folder.look(1.0)
    assert not folder.look(2.5, _file())
    assert folder.look(4.5, _file())


def test_a_file_that_cannot_be_read_is_tried_again_ever_more_rarely_but_for_ever() -> None:
    folder = Folder()
    folder.look(0.0, _file())
    now, waits = 2.0, []
    for _ in range(30):
        assert folder.look(now, _file())
        known = put_off(folder.sifted.waiting, FILE, now=now)
        folder.sifted = Sifted((), known, None)
        assert not folder.look(now + 0.1, _file())
        assert folder.sifted.look_again is not None
        waits.append(round(folder.sifted.look_again - now))
        now = folder.sifted.look_again
    assert waits[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(waits[8:]) == {300}


def test_putting_off_what_is_not_there_changes_nothing() -> None:
    assert put_off({}, FILE, now=0.0) == {}


def test_each_file_waits_for_itself() -> None:
    other = Path("/inbox/b.txt")
    folder = Folder()
    folder.look(0.0, _file())
    folder.look(1.0, _file(), _file(path=other))
    assert folder.look(2.0, _file(), _file(path=other))
    assert [seen.path for seen in folder.sifted.ready] == [FILE]
    assert folder.sifted.look_again == pytest.approx(3.0)


_MOMENT = st.tuples(st.floats(0.01, 400), st.integers(0, 3), st.integers(-(10**6), 10**6), st.booleans())


@given(st.lists(_MOMENT, max_size=30))
def test_whatever_a_writer_does_its_file_is_ready_in_the_end_and_never_while_it_changes(
    moments: list[tuple[float, int, int, bool]],
) -> None:
    folder, now, before = Folder(), 0.0, None
    file = _file(0)
    for pause, size, age, refuse in moments:
        now += pause
        file = _file(size, age=age)
        ready = folder.look(now, file)
        if ready and before is not None:
            assert file.identity == before
        before = file.identity
        if refuse:
            folder.sifted = Sifted((), put_off(folder.sifted.waiting, FILE, now=now), None)
    for _ in range(10):
        if folder.look(now, file):
            return
        assert folder.sifted.look_again is not None
        assert now < folder.sifted.look_again <= now + Patience().longest
        now = folder.sifted.look_again
    raise AssertionError("never ready")
