"""Threads for jobs: as many as the config in force allows at the moment that they are needed."""

from __future__ import annotations

import threading

import pytest

from syncer.clock import SystemClock
from syncer.model import Origin
from syncer.service import landing
from syncer.service.workers import ThreadWorkers
from syncer.store.jobs import Job
from syncer.together import Steps, flush

SOON = 5


def a_job() -> Job:
    url = "https://birds.example/1.png"
    return Job(
        id=1, kind="file", url=url, key=url, lane="birds.example", source="entry:1", turn="entry:1", context="",
        gate="", origin=Origin("url"),
        priority=5, hop="", hops=(), referrer="", post=None, media=None, walk=None, options="{}", into_path="",
        again=False, tries=0, waits=0,
    )  # fmt: skip


def test_more_threads_from_the_moment_that_more_are_allowed() -> None:
    allowed = 1
    gate, begun = threading.Event(), threading.Semaphore(0)

    def run(job: Job) -> Steps:
        del job
        begun.release()
        yield from ()
        return gate.wait(SOON)

    workers = ThreadWorkers(lambda: allowed, run, lambda: None, SystemClock(), more=lambda: None, at_rest=lambda: None)
    try:
        for _ in range(3):
            workers.start(a_job())
        assert begun.acquire(timeout=SOON)
        assert not begun.acquire(timeout=0.05), "one at a time"
        allowed = 3
        workers.start(a_job())
        assert begun.acquire(timeout=SOON), "a thread more"
        workers.start(a_job())
        assert begun.acquire(timeout=SOON)
        workers.start(a_job())
        assert not begun.acquire(timeout=0.05), "and no more than that"
    finally:
        gate.set()
        assert workers.stop(SOON)


def test_a_thread_that_delivers_lets_another_fetch_in_its_place() -> None:
    gate, begun, waiting = threading.Event(), threading.Semaphore(0), [a_job(), a_job()]

    def run(job: Job) -> Steps:
        del job
        begun.release()
        workers.spread()
        yield from ()
        return gate.wait(SOON)

    def take_next() -> Job | None:
        return waiting.pop() if waiting else None

    workers = ThreadWorkers(lambda: 2, run, take_next, SystemClock(), more=lambda: None, at_rest=lambda: None)
    try:
        workers.start(a_job())
        assert begun.acquire(timeout=SOON)
        assert begun.acquire(timeout=SOON), "the second thread has the next one"
        assert not begun.acquire(timeout=0.05), "there is no third thread"
        assert len(waiting) == 1, "what nobody could run is not taken"
    finally:
        gate.set()
        assert workers.stop(SOON)


def disk_is_back(disk: threading.Event) -> None:
    assert disk.wait(SOON)


def test_what_waits_for_the_disk_is_done_by_another_thread_and_the_worker_goes_on() -> None:
    disk, fetched, ended = threading.Event(), threading.Semaphore(0), threading.Event()
    waiting = [a_job(), a_job()]
    threads: list[str] = []

    def run(job: Job) -> Steps:
        del job
        fetched.release()
        yield flush("the folder", lambda: disk_is_back(disk))
        threads.append(threading.current_thread().name)
        return True

    workers = ThreadWorkers(
        lambda: 1,
        run,
        lambda: waiting.pop() if waiting else None,
        SystemClock(),
        more=lambda: None,
        at_rest=lambda: ended.set() if len(threads) == 3 else None,
    )
    try:
        workers.start(a_job())
        for _ in range(3):
            assert fetched.acquire(timeout=SOON), "the one thread fetches on while the disk is waited for"
        disk.set()
        assert ended.wait(SOON)
    finally:
        disk.set()
        assert workers.stop(SOON)
    assert set(threads) == {"landing-1"}


def test_files_that_come_soon_after_each_other_wait_for_the_disk_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "GATHER", SOON)
    monkeypatch.setattr(landing, "MOST", 3)
    lots, ended = list[int](), threading.Event()

    def landed(settled: list[bool]) -> None:
        lots.append(len(settled))
        ended.set()

    def work() -> Steps:
        yield flush("the folder", lambda: None)
        return True

    brought = landing.Landing(landed, SystemClock())
    for _ in range(3):
        steps = work()
        brought.take(steps, next(steps))
    assert ended.wait(2 * SOON)
    assert brought.stop(SystemClock().monotonic() + SOON)
    assert lots == [3]


def test_a_stop_brings_to_its_end_what_waits_for_the_disk() -> None:
    landed: list[bool] = []

    def run(job: Job) -> Steps:
        del job
        yield flush("the folder", lambda: None)
        landed.append(True)
        return True

    workers = ThreadWorkers(lambda: 1, run, lambda: None, SystemClock(), more=lambda: None, at_rest=lambda: None)
    workers.start(a_job())
    assert workers.stop(SOON)
    assert landed == [True]


def test_a_file_that_is_not_settled_wakes_the_loop() -> None:
    told = threading.Event()

    def run(job: Job) -> Steps:
        del job
        yield flush("the folder", lambda: None)
        return False

    workers = ThreadWorkers(lambda: 1, run, lambda: None, SystemClock(), more=told.set, at_rest=lambda: None)
    try:
        workers.start(a_job())
        assert told.wait(SOON)
    finally:
        assert workers.stop(SOON)


def test_a_system_that_gives_no_more_threads_loses_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    landed, waiting, ended = [], [a_job(), a_job()], threading.Event()

    def run(job: Job) -> Steps:
        del job
        yield flush("the folder", lambda: None)
        landed.append(threading.current_thread().name)
        if len(landed) == 4:
            ended.set()
        return True

    workers = ThreadWorkers(
        lambda: 9,
        run,
        lambda: waiting.pop() if waiting else None,
        SystemClock(),
        more=lambda: None,
        at_rest=lambda: None,
    )
    start, begun = threading.Thread.start, 0

    def refused(thread: threading.Thread) -> None:
        nonlocal begun
        begun += 1
        if begun > 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    try:
        for _ in range(2):
            workers.start(a_job())
        assert ended.wait(SOON), "one thread does it all"
    finally:
        assert workers.stop(SOON)
    assert set(landed) == {"worker-1"}
