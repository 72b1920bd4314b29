"""Threads for jobs: as many as the config in force allows at the moment that they are needed."""

from __future__ import annotations

import threading

from syncer.clock import SystemClock
from syncer.model import Origin
from syncer.service.workers import ThreadWorkers
from syncer.store.jobs import Job

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

    def run(job: Job) -> None:
        del job
        begun.release()
        gate.wait(SOON)

    workers = ThreadWorkers(lambda: allowed, run, lambda: None, lambda: None, SystemClock())
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

    def run(job: Job) -> None:
        del job
        begun.release()
        workers.spread()
        gate.wait(SOON)

    def take_next() -> Job | None:
        return waiting.pop() if waiting else None

    workers = ThreadWorkers(lambda: 2, run, take_next, lambda: None, SystemClock())
    try:
        workers.start(a_job())
        assert begun.acquire(timeout=SOON)
        assert begun.acquire(timeout=SOON), "the second thread has the next one"
        assert not begun.acquire(timeout=0.05), "there is no third thread"
        assert len(waiting) == 1, "what nobody could run is not taken"
    finally:
        gate.set()
        assert workers.stop(SOON)
