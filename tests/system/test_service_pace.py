"""The pace as the local site saw it: under a mixed load, over pauses that it asked for, restarts and kills."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from syncer import app
from syncer.demo.server import LocalSite
from syncer.fetch.failure import Failure, FailureKind
from syncer.intake.settle import Patience
from syncer.service import failures, housekeeping, requests_job
from syncer.service import loop as loop_module

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace, Place

SUB = '[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["scenery"]\n'
SLACK = 0.002


def _most_in(times: Sequence[float], seconds: float) -> int:
    """Return the most requests in any window of so many seconds."""
    times = sorted(times)
    return max(sum(1 for other in times[at:] if other < start + seconds) for at, start in enumerate(times))


def _rests(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(sorted(times))]


def _mixed(place: Place) -> str:
    (place.inbox / "links.txt").write_text(
        "".join(f"{place.site.root}/post/{number}\n" for number in range(1, 9)) + "demo: roll_1\n", "utf-8"
    )
    return SUB.format(site="demoapi") + f'[[watchers]]\nurl = "{place.site.root}/board/thread/3"\n'


def test_one_request_a_second_and_domain_under_a_mixed_load(make_place: MakePlace) -> None:
    place = make_place(posts=45)
    place.bandwidth = ""
    place.once(more=_mixed(place))
    times = [entry.time for entry in place.site.log]
    assert len(times) > 60
    assert min(_rests(times)) >= 1 - SLACK
    # Not slower than it may be, either.
    assert max(times) - min(times) <= 1.1 * len(times)
    place.check_whole()


def test_everything_together_keeps_its_own_rule(make_place: MakePlace) -> None:
    place = make_place(posts=20)
    place.bandwidth = place.bandwidth.replace(
        'everything = ["500 requests / 1 s"]', 'everything = ["2 requests / 1 s"]'
    )
    with LocalSite(place.world, place.clock.now) as other:
        (place.inbox / "links.txt").write_text(
            "".join(
                f"{root}/media/{number}.png\n" for number in (2, 5, 6, 8, 10) for root in (place.site.root, other.root)
            ),
            "utf-8",
        )
        place.once()
        times = [entry.time for site in (place.site, other) for entry in site.log]
    assert len(times) == 10
    assert _most_in(times, 1 - SLACK) == 2


PATIENCE: list[tuple[str, dict[str, int], float, bool]] = [
    # fault, details, seconds until the next request may come, whether syncer is started anew meanwhile
    ("429_seconds", {"seconds": 3600}, 3600.0, False),
    ("429_seconds", {"seconds": 3600}, 3600.0, True),
    ("429_date", {}, 900.0, True),
    ("429_zero", {}, 1.0, False),
    ("429_negative", {}, 1.0, False),
    ("429_garbage", {}, 120.0, False),
    ("429_missing", {}, 120.0, True),
    ("429_huge", {}, 86_400.0, True),
    ("503", {"retry": 700}, 700.0, False),
]


@pytest.mark.parametrize(("fault", "details", "wait", "restart"), PATIENCE)
@pytest.mark.parametrize("what", ["page", "file"])
def test_a_site_that_asks_for_patience_gets_it(
    place: Place, fault: str, details: dict[str, int], wait: float, restart: bool, what: str
) -> None:
    pattern = "/api/posts.json*page=1*" if what == "page" else "/media/8.png"
    place.site.misbehave(pattern, fault, times=1, **details)
    if fault == "429_date":
        # The site's Date header is the machine's own: a date is told from that one.
        place.site.behave()
        place.site.misbehave(pattern, "429", times=1, retry=formatdate(time.time() + 900, usegmt=True))
    (place.inbox / "link.txt").write_text("".join(f"{place.site.root}/media/{n}.png\n" for n in (8, 10)), "utf-8")
    more = SUB.format(site="demoapi")
    if restart:
        place.once(patience=0.5, more=more)
        place.advance(wait / 2)
        place.once(patience=0)
    place.once(patience=90_000, more=more)
    refused_at = next(entry.time for entry in place.site.log if entry.status in (429, 503))
    later = [entry.time for entry in place.site.log if entry.time > refused_at]
    assert min(later) >= refused_at + wait - (5 if fault == "429_date" else SLACK), "pages and files alike"
    assert min(later) <= refused_at + wait + 10
    with place.runner() as loop, loop.runtime.db.read() as tx:
        assert tx.value("SELECT max(tries) FROM jobs") == 0, "no try is used up"
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_shorter_pause_does_not_end_a_longer_one_over_a_restart(place: Place) -> None:
    with place.runner(checks=False) as loop:
        runtime = loop.runtime
        requests_job.get(runtime, {"text": "x", "url": f"{place.site.root}/media/8.png"})
        requests_job.get(runtime, {"text": "x", "url": f"{place.site.root}/media/10.png"})
        first, second = runtime.dispatch.take(), runtime.dispatch.take()
        assert first is not None
        assert second is not None
        failures.handle(runtime, runtime.snapshot, first, Failure(FailureKind.SLOW_DOWN, "", 429, 7200.0))
        failures.handle(runtime, runtime.snapshot, second, Failure(FailureKind.UNAVAILABLE, "", 503))
    asked_from = place.clock.now()
    place.once(patience=90_000)
    assert min(entry.time for entry in place.site.log) >= asked_from + 7200 - SLACK


def test_use_is_booked_over_a_clean_restart(place: Place) -> None:
    place.bandwidth = ""
    for number in (2, 5, 8):
        with place.runner(checks=False) as loop:
            place.get(loop, f"{place.site.root}/media/{number}.png")
    assert min(_rests([entry.time for entry in place.site.log])) >= 1 - SLACK


def test_a_kill_right_after_a_request_lets_no_other_follow_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked in the last second before a kill is not in the store: each domain begins with one full pace."""
    place.bandwidth = ""
    (place.inbox / "links.txt").write_text("".join(f"{place.site.root}/media/{n}.png\n" for n in (8, 10)), "utf-8")
    with monkeypatch.context() as patched:
        # A kill writes neither counters nor that the run has ended.
        patched.setattr(housekeeping, "flush", lambda runtime, last=False: None)
        patched.setattr(loop_module, "flush", lambda runtime, last=False: None)
        with place.runner(checks=False) as loop:
            loop.run_until(lambda: len(place.media()) == 1)
    place.once()
    times = [entry.time for entry in place.site.log]
    assert len(times) == 2
    assert times[1] - times[0] >= 1 - SLACK
    # After a clean end nothing more than the pace is waited for.
    place.advance(100)
    began = place.clock.now()
    (place.inbox / "more.txt").write_text(f"{place.site.root}/media/6.png\n", "utf-8")
    place.once()
    assert place.site.log[-1].time == began


def test_killed_and_started_again_for_real(place: Place) -> None:
    place.bandwidth = ""
    place.write_config()
    (place.inbox / "links.txt").write_text(
        "".join(f"{place.site.root}/media/{n}.png\n" for n in (2, 5, 8, 10)), "utf-8"
    )
    for round_ in range(2):
        command = [sys.executable, "-m", "syncer", "run", "--once", "--config", str(place.folder / "config.toml")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 10
            while len(place.site.log) <= round_ and time.monotonic() < until and process.poll() is None:
                os.sched_yield()
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    times = [entry.at for entry in place.site.log]
    assert len(times) >= 2
    assert min(_rests(times)) >= 0.95


def test_on_the_real_clock_with_threads(make_place: MakePlace) -> None:
    place = make_place(posts=12)
    place.bandwidth = place.bandwidth.replace("500 requests / 1 s", "20 requests / 1 s")
    (place.inbox / "links.txt").write_text(
        "".join(f"{place.site.root}/media/{n}.png\n" for n in range(1, 13)) + "demo: scenery\n", "utf-8"
    )
    wanted = app.Wanted(checks=False, patience=Patience(quiet=0, empty=0, old=0))
    with app.runner(place.config(), wanted) as loop:
        loop.run_until(lambda: False, patience=5)
    times = [entry.at for entry in place.site.log]
    assert len(times) >= 24
    # The site sees a request a little after it was booked, the first ones later than others: hence the shorter window.
    assert _most_in(times, 0.85) <= 20
    place.check_whole()


def test_no_more_connections_at_a_domain_than_allowed(make_place: MakePlace) -> None:
    place = make_place(posts=12)
    place.bandwidth = place.bandwidth.replace("[bandwidth]\n", "[bandwidth]\nconnections_per_domain = 2\n")
    place.site.misbehave("/media/*", "slow", seconds=0.05)
    (place.inbox / "links.txt").write_text("".join(f"{place.site.root}/media/{n}.png\n" for n in range(1, 13)), "utf-8")
    asking, most = 0, 0
    with app.runner(place.config(), app.Wanted(checks=False, patience=Patience(0, 0, 0))) as loop:
        real, lock = loop.runtime.client.file, threading.Lock()

        def counted(*given: object, **named: object) -> object:
            nonlocal asking, most
            with lock:
                asking += 1
                most = max(most, asking)
            try:
                return real(*given, **named)  # type: ignore[arg-type]  # handed through as it came
            finally:
                with lock:
                    asking -= 1

        loop.runtime.client.file = counted  # type: ignore[method-assign, assignment]  # only looked at on its way
        loop.run_until(lambda: False, patience=5)
    assert most == 2
    place.check_whole()
