"""Shared flushes: one for all who wait, none that began before the call, and a failure for everyone whom it was for."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.clock import SystemClock
from syncer.flush import SharedFlush
from syncer.store.database import FILE_NAME, Database, Named

SOON = 5


class Disk:
    """A disk whose flushes end when they are let go, one after the other."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.flushes = 0
        self.error: Exception | None = None

    def flush(self) -> None:
        self.flushes += 1
        self.begun.release()
        assert self.go_on.acquire(timeout=SOON)
        if self.error is not None:
            raise self.error


@contextmanager
def threads(number: int, work: Callable[[int], None]) -> Iterator[list[threading.Thread]]:
    started = [threading.Thread(target=work, args=(each,), daemon=True) for each in range(number)]
    for thread in started:
        thread.start()
    yield started
    for thread in started:
        thread.join(SOON)
        assert not thread.is_alive()


def waiting(shared: SharedFlush) -> int:
    """Return how many threads wait for a flush that another one makes."""
    return len(shared._changed._waiters)  # type: ignore[attr-defined]  # there is no other way to see them


def until(happened: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(500):
        if happened():
            return
        tick.wait(0.01)
    pytest.fail("it did not happen in time")


def test_those_who_come_while_one_runs_share_the_next() -> None:
    disk = Disk()
    shared, ended = SharedFlush(disk.flush), threading.Semaphore(0)

    def wait(_: int) -> None:
        shared.wait()
        ended.release()

    with threads(1, wait):
        assert disk.begun.acquire(timeout=SOON)
        with threads(5, wait):
            until(lambda: waiting(shared) == 5)
            disk.go_on.release()
            assert ended.acquire(timeout=SOON), "the first one's flush has ended"
            assert disk.begun.acquire(timeout=SOON)
            assert not ended.acquire(timeout=0.05), "the others' flush began after they came, and has not ended"
            disk.go_on.release()
    assert disk.flushes == 2


def test_a_failed_flush_fails_for_all_whom_it_was_for_and_for_nobody_else() -> None:
    disk = Disk()
    shared, failed = SharedFlush(disk.flush), list[int]()

    def wait(_: int) -> None:
        try:
            shared.wait()
        except OSError as error:
            failed.append(error.errno or 0)

    with threads(1, wait):
        assert disk.begun.acquire(timeout=SOON)
        with threads(3, wait):
            until(lambda: waiting(shared) == 3)
            disk.go_on.release()
            assert disk.begun.acquire(timeout=SOON)
            disk.error = OSError(errno.EIO, "Input/output error")
            disk.go_on.release()
    assert failed == [errno.EIO] * 3, "and not the one whose flush ended well before"
    disk.error = None
    disk.go_on.release()
    shared.wait()


def test_a_flush_that_breaks_off_passes_for_none() -> None:
    disk = Disk()
    disk.error = KeyError("a mistake")
    shared, ended = SharedFlush(disk.flush), list[type[BaseException]]()

    def wait(_: int) -> None:
        try:
            shared.wait()
        except (OSError, KeyError) as error:
            ended.append(type(error))

    with threads(1, wait):
        assert disk.begun.acquire(timeout=SOON)
        with threads(2, wait):
            until(lambda: waiting(shared) == 2)
            disk.go_on.release(2)
    assert sorted(each.__name__ for each in ended) == ["KeyError", "KeyError", "OSError"]


def test_a_durable_commit_is_in_the_log_when_that_is_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    flushed: list[object] = []
    real = os.fdatasync

    def note(descriptor: int) -> None:
        assert os.path.samestat(os.fstat(descriptor), (state / f"{FILE_NAME}-wal").stat())
        # What a power cut at this moment would leave, if the flush does its work.
        copy = tmp_path / f"copy-{len(flushed)}"
        copy.mkdir()
        for name in (FILE_NAME, f"{FILE_NAME}-wal"):
            (copy / name).write_bytes((state / name).read_bytes())
        with sqlite3.connect(copy / FILE_NAME) as left:
            flushed.append([key for (key,) in left.execute("SELECT key FROM facts WHERE key LIKE 'test%'")])
        real(descriptor)

    db = Database.open(state, SystemClock())
    monkeypatch.setattr(os, "fdatasync", note)
    for named in (Named.FLUSH, Named.STAGE, Named.SETTLE):
        with db.write(named) as tx:
            tx.run("INSERT INTO facts VALUES (?, '')", (f"test {named.title}",))
    db.close()
    assert flushed == [["test flush", "test stage"], ["test flush", "test settle", "test stage"]]


def test_a_commit_that_cannot_be_flushed_is_an_error_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    db = Database.open(tmp_path / "state", SystemClock())
    monkeypatch.setattr(os, "fdatasync", broken)
    with (
        pytest.raises(sqlite3.OperationalError, match="could not be flushed to the disk: Input/output error"),
        db.write(Named.STAGE) as tx,
    ):
        tx.run("INSERT INTO facts VALUES ('test', '')")
    monkeypatch.undo()
    with db.write(Named.STAGE):
        pass
    db.close()
