"""Works that go on side by side: one flush for all who wait for the same thing, and each has its own end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from syncer.together import A_TURN, Steps, Wait, alone, flush, together


class Disk:
    """Notes what was flushed, and fails where it is told to."""

    def __init__(self, *broken: str) -> None:
        self.flushed: list[str] = []
        self._broken = broken

    def flush(self, what: str) -> Wait:
        def run() -> None:
            self.flushed.append(what)
            if what in self._broken:
                raise OSError(5, what)

        return flush(what, run)


def work(disk: Disk, *steps: str, ends: bool = True) -> Steps:
    for step in steps:
        try:
            yield disk.flush(step)
        except OSError:
            return False
    return ends


def begin(steps: Steps) -> tuple[Steps, Wait]:
    return steps, next(steps)


def test_those_in_step_share_each_flush_and_keep_their_own_results() -> None:
    disk = Disk()
    begun = [begin(work(disk, "a", "b", "c")), begin(work(disk, "a", "c", ends=False)), begin(work(disk, "a", "b"))]
    assert together(begun) == [True, False, True]
    # The second one is a step ahead of the first at the end.
    assert disk.flushed == ["a", "b", "c", "c"]


def test_a_flush_that_fails_is_raised_in_those_whom_it_is_for_alone() -> None:
    disk = Disk("b")
    assert together([begin(work(disk, "a", "b")), begin(work(disk, "a", "c"))]) == [False, True]
    assert disk.flushed == ["a", "b", "c"]


def test_one_alone_raises_what_it_raises() -> None:
    def careless() -> Steps:
        yield Disk("a").flush("a")
        return True

    with pytest.raises(OSError, match="a"):
        alone(careless())
    assert alone(work(Disk("a"), "a", "b")) is False
    assert alone(work(Disk(), "a", "b")) is True


def test_one_that_breaks_takes_no_other_with_it() -> None:
    def broken() -> Steps:
        yield Disk().flush("a")
        raise ZeroDivisionError

    assert together([begin(broken()), begin(work(Disk(), "a", "b"))]) == [False, True]


def test_one_can_wait_until_another_has_come_further() -> None:
    done: list[str] = []

    def first() -> Steps:
        yield from work(Disk(), "a", "b", "c")
        done.append("first")
        return True

    def second() -> Steps:
        while not done:
            yield A_TURN
        done.append("second")
        return True

    assert together([begin(second()), begin(first())]) == [True, True]
    assert done == ["first", "second"]


def test_what_each_gives_comes_back_to_it() -> None:
    def doubled(given: Sequence[int]) -> Sequence[object]:
        return [ValueError(str(each)) if each == 2 else 2 * each for each in given]

    got: list[object] = []

    def one(number: int) -> Steps:
        try:
            got.append((yield Wait("doubled", doubled, number)))
        except ValueError as error:
            got.append(error.args)
        return True

    together([begin(one(number)) for number in (1, 2, 3)])
    assert got == [2, ("2",), 6]
    assert Wait("doubled", doubled, 5).alone() == 10
    with pytest.raises(ValueError, match="2"):
        Wait("doubled", doubled, 2).alone()


def test_none_at_all() -> None:
    assert together([]) == []
