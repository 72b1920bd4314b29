"""Quiet hours, fixed times and clocks that are set, seen from outside: when the local site is asked, and when not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from syncer import app
from syncer.cli import explain as explain_command
from syncer.config import load
from syncer.service import follows_of, requests_job
from syncer.service.explain import explain
from syncer.service.looking import Look
from syncer.store import follows, jobs

if TYPE_CHECKING:
    from syncer.model import Recognised
    from syncer.service.loop import Loop
    from syncer.service.snapshot import Snapshot
    from tests.system.conftest import Place

HOUR = 3600
DAY = 24 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")


def _sub(query: str = '"scenery"', **more: object) -> str:
    rest = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = [{query}]\n{rest}'


def _night(quiet: str = "23:00-07:00") -> str:
    return f'[check]\nquiet = "{quiet}"\nzone = "Europe/Berlin"\n'


def _set(place: Place, wall: str) -> None:
    """Let time pass until the clock in Berlin shows `wall` the next time."""
    now = datetime.fromtimestamp(place.clock.now(), BERLIN)
    hour, minute = map(int, wall.split(":"))
    seconds = (hour - now.hour) * HOUR + (minute - now.minute) * 60 - now.second
    place.advance(seconds % DAY)


def _wall(at: float) -> str:
    return datetime.fromtimestamp(at, BERLIN).strftime("%H:%M")


def test_checks_and_downloads_rest_in_quiet_hours_and_a_wish_does_not(place: Place) -> None:
    _set(place, "22:59")
    place.bandwidth = ""
    with place.runner(more=_night() + _sub()) as loop:
        loop.run_until(lambda: len(place.media()) >= 3)
        assert len(place.media()) == 3
        _set(place, "23:30")
        before = len(place.media())
        asked = len(place.site.log)
        loop.run_until(lambda: False, patience=4 * HOUR)
        assert (len(place.media()), len(place.site.log)) == (before, asked), "downloads of follows wait"
        assert place.get(loop, f"{place.site.root}/post/12", patience=60)["outcome"] == "delivered"
        assert "23:30" <= _wall(place.clock.now()) <= "23:32"
        _set(place, "07:00")
        loop.run_until(lambda: False)
    assert len(place.media()) == len(place.world.expected("scenery", place.clock.now()))
    place.check_whole()


def test_a_file_that_a_person_wants_too_does_not_rest(place: Place) -> None:
    _set(place, "22:59")
    place.bandwidth = ""
    with place.runner(more=_night() + _sub()) as loop:
        loop.run_until(lambda: len(place.media()) == 1)
        _set(place, "23:30")
        with loop.runtime.db.read() as tx:
            url = tx.value("SELECT url FROM jobs WHERE kind = 'file' AND state = 'waiting' ORDER BY id DESC LIMIT 1")
        assert place.get(loop, url, patience=60)["outcome"] == "delivered"
        assert len(place.media()) == 2


def test_explain_says_what_holds_a_follow_and_a_wish_back(place: Place) -> None:
    _set(place, "12:00")
    url = f"{place.site.root}/api/posts.json?tags=scenery&page=1"

    def held(loop: Loop, what: str = "") -> list[str]:
        found = explain(Look(loop.runtime.db, loop.runtime.snapshot, loop.runtime.ledger, place.clock), url, what)
        lines = [line for line in explain_command._show(found) if line.startswith("held back ")]
        assert [line.split(maxsplit=2)[2] for line in lines] == found["held"]
        return list(found["held"])

    with place.runner(more=_night() + _sub()) as loop:
        assert held(loop) == held(loop, "views") == []
        for what in ("files", "views"):
            requests_job.VERBS["pause"](loop.runtime, {"what": what})
        _set(place, "23:30")
        files, paused, quiet = held(loop, "views")
        assert files == "all files paused by command; `syncer resume files` lets it go on"
        assert paused == "views: scenery: paused by command until it is resumed"
        assert quiet.startswith("views: scenery: its quiet hours, until ")
        assert held(loop) == [files, paused, quiet], "its own first page is meant, too"
        requests_job.VERBS["pause"](loop.runtime, {"what": "site demoapi"})
        assert held(loop, "views")[1].startswith("site demoapi paused by command")


def test_a_site_has_quiet_hours_of_its_own(place: Place) -> None:
    _set(place, "12:00")
    path = place.write_config(f'{_night()}{_sub()}[[watchers]]\nurl = "{place.site.root}/board/thread/3"\n')
    path.write_text(path.read_text("utf-8").replace("[site.demoapi]", '[site.demoapi]\nquiet = "11:00-13:00"'), "utf-8")
    wanted = app.Wanted(inbox=False, inline=True)
    with app.runner(load.load(path), wanted, clock=place.clock) as loop:
        loop.run_until(lambda: False)
        assert not [path for path in place.site.log.paths() if "api" in path]
        assert [path for path in place.site.log.paths() if "board" in path]
        _set(place, "13:05")
        loop.run_until(lambda: False, patience=600)
    assert [path for path in place.site.log.paths() if "api" in path]


def _next(place: Place, loop: Loop) -> float:
    return place.follow(loop).next_check


def test_fixed_times_of_a_single_query(place: Place) -> None:
    _set(place, "12:00")
    text = _night("never") + _sub('"roll_1", { q = "scenery", every = "day at 06:00", dead = "never" }')
    with place.runner(more=text) as loop:
        loop.run_until(lambda: False)
        assert "06:00" <= _wall(place.follow(loop, "scenery").next_check) <= "06:10"
        assert place.follow(loop, "roll_1").next_check > place.clock.now() + DAY
        _set(place, "05:59")
        asked = len(place.site.log)
        loop.run_until(lambda: len(place.site.log) > asked, patience=HOUR)
        assert "06:00" <= _wall(place.clock.now()) <= "06:10"


def test_a_clock_that_was_a_year_ahead_for_one_check_does_no_harm(place: Place) -> None:
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False)
        right = place.clock.now()
        place.clock.set(right + 365 * DAY)
        loop.run_until(lambda: False)
        wrong = place.follow(loop)
        assert (wrong.last_check, wrong.status) == (right + 365 * DAY, "alive"), "nothing new for a year by its clock"
        place.clock.set(right + HOUR)
        loop.turn()
        after = place.follow(loop)
        assert right + DAY <= after.next_check <= right + 91 * DAY
        place.world.add((), right + HOUR)
        place.advance(after.next_check - place.clock.now())
        asked = len(place.site.log)
        loop.run_until(lambda: False)
        assert len(place.site.log) > asked
        assert place.follow(loop).last_check < right + 92 * DAY


def test_a_machine_that_boots_in_1970_checks_nothing_twice(place: Place) -> None:
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False)
        checked, planned = place.clock.now(), _next(place, loop)
    asked = len(place.site.log)
    place.clock.set(100.0)
    with place.runner() as loop:
        loop.run_until(lambda: False)
        place.clock.set(checked + HOUR)
        loop.run_until(lambda: False)
        assert _next(place, loop) == planned
    assert len(place.site.log) == asked


def test_a_job_that_a_wrong_clock_put_off_for_years_comes_soon(place: Place) -> None:
    place.site.misbehave("/media/*", "503_then_fine", times=1)
    right = place.clock.now()
    place.clock.set(right + 700 * DAY)
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False, patience=0)
        with loop.runtime.db.read() as tx:
            assert (jobs.next_wake(tx) or 0) > right + 700 * DAY
        place.clock.set(right)
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert jobs.counts(tx) == {}
            (follow,) = follows.everything(tx)
        assert follow.next_check < right + 91 * DAY


def test_a_domain_that_a_wrong_clock_let_rest_is_asked_again_after_a_day_at_most(place: Place) -> None:
    place.site.misbehave("*", "429_seconds", times=1)
    right = place.clock.now()
    place.clock.set(right + 700 * DAY)
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False, patience=0)
        assert loop.runtime.ledger.pauses()
    place.clock.set(right)
    with place.runner() as loop:
        loop.turn()
    place.clock.set(right + DAY + HOUR)
    with place.runner() as loop:
        assert loop.runtime.ledger.pauses() == ()


def test_a_timing_that_is_changed_holds_from_now_on(place: Place) -> None:
    place.once(more=_sub(intended=1000))
    with place.runner() as loop:
        assert _next(place, loop) > place.clock.now() + 80 * DAY
    with place.runner(more=_sub(every='"6 hours"')) as loop:
        assert 0 < _next(place, loop) - place.clock.now() <= 6 * HOUR + 600
        before = place.follow(loop)
    with place.runner(more=_sub(every='"6 hours"', limit=50)) as loop:
        assert place.follow(loop).next_check == before.next_check, "another limit changes no time"


def test_what_has_died_lives_again_once_it_shall_never_die(place: Place) -> None:
    place.once(more=_sub('"lanscapes"'))
    with place.runner() as loop:
        assert place.follow(loop).status == "dead"
    with place.runner(more=_sub('"lanscapes"', dead='"never"', slowest='"20 days"')) as loop:
        after = place.follow(loop)
        assert after.status == "alive"
        assert 19 * DAY < after.next_check - place.clock.now() < 21 * DAY


def test_a_start_with_the_same_config_and_site_files_looks_at_no_query(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.once(more=_sub())
    looked: list[int] = []
    real = follows_of.wanted

    def counting(*given: Any) -> follows_of.Wanted:
        looked.append(1)
        return real(*given)

    monkeypatch.setattr(follows_of, "wanted", counting)
    place.once()
    assert looked == []
    site = place.folder / "sites" / "demoapi.toml"
    site.write_text(site.read_text("utf-8") + "# a remark\n", "utf-8")
    place.once()
    assert looked == [1]
    place.once(more=_sub('"roll_1"'))
    assert looked == [1, 1]
    # What is wrong is told at each start.
    place.once(more=_sub('"roll_1"') + _sub().replace("views", "lost").replace("demoapi", "nowhere"))
    place.once()
    assert len(looked) == 4


def test_after_a_change_of_the_config_only_new_queries_are_looked_at(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.once(more=_sub('"scenery", "roll_1"'))
    asked: list[str] = []
    real = follows_of.starts_of

    def counting(shot: Snapshot, site: str, query: str) -> tuple[Recognised, ...]:
        asked.append(query)
        return real(shot, site, query)

    monkeypatch.setattr(follows_of, "starts_of", counting)
    place.once(more=_sub('"scenery", "sky"', limit=50))
    assert asked == ["sky"]
    asked.clear()
    # What was dropped is known no more: its site file may have changed before it comes back.
    place.once(more=_sub('"scenery", "sky", "roll_1"'))
    assert asked == ["roll_1"]
    asked.clear()
    site = place.folder / "sites" / "demoapi.toml"
    site.write_text(site.read_text("utf-8") + "# a remark\n", "utf-8")
    place.once()
    assert sorted(asked) == ["roll_1", "scenery", "sky"]
