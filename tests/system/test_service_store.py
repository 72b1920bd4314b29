"""The store and its lock: migrations, damage, two runners, what other commands ask of a running service, set clocks."""

from __future__ import annotations

import datetime
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine

from syncer.clock import SystemClock, VirtualClock
from syncer.errors import ServiceError, TryLaterError
from syncer.service import wish
from syncer.service.clockwork import Clockwork
from syncer.service.lock import RunnerLock, is_held
from syncer.service.requests_job import RequestsJob
from syncer.store import database, requests
from syncer.store.database import FILE_NAME, Database, Named, NoStateError

if TYPE_CHECKING:
    from tests.system.conftest import Place

NEWEST = database.migrations()[-1][0]


def _version(state: Path) -> int:
    with sqlite3.connect(state / "syncer.db") as store:
        found = store.execute("PRAGMA user_version").fetchone()[0]
    store.close()
    return int(found)


def test_from_nothing_to_the_newest_schema_for_its_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state"
    for _ in range(2):
        Database.open(state, VirtualClock()).close()
        assert _version(state) == NEWEST
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "syncer.db").stat().st_mode & 0o777 == 0o600


def test_a_migration_that_breaks_leaves_the_schema_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database.open(tmp_path, VirtualClock()).close()
    known = database.migrations()
    good = (NEWEST + 1, "CREATE TABLE one (id INTEGER);")
    bad = (NEWEST + 2, "CREATE TABLE two (id INTEGER);\nINSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr(database, "migrations", lambda: [*known, good, bad])
    with pytest.raises(ServiceError, match="nowhere"):
        Database.open(tmp_path, VirtualClock())
    assert _version(tmp_path) == NEWEST + 1
    with sqlite3.connect(tmp_path / "syncer.db") as store:
        tables = {row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    store.close()
    assert "one" in tables
    assert "two" not in tables
    monkeypatch.setattr(database, "migrations", lambda: [*known, good, (NEWEST + 2, "CREATE TABLE two (id INTEGER);")])
    Database.open(tmp_path, VirtualClock()).close()
    assert _version(tmp_path) == NEWEST + 2


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path, read_only: bool) -> None:
    Database.open(tmp_path, VirtualClock()).close()
    with sqlite3.connect(tmp_path / "syncer.db") as store:
        store.execute(f"PRAGMA user_version = {NEWEST + 1}")
    store.close()
    with pytest.raises(ServiceError, match="newer syncer"):
        Database.open(tmp_path, VirtualClock(), read_only=read_only)
    assert _version(tmp_path) == NEWEST + 1


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("damage", ["not a database", "middle"])
def test_a_damaged_database_is_told_in_words(place: Place, read_only: bool, damage: str) -> None:
    place.once(more="")
    path = place.state / "syncer.db"
    data = bytearray(path.read_bytes())
    if damage == "middle":
        data[200:8000] = b"\xff" * 7800
    else:
        data[:] = b"this is no database at all, but long enough to be taken for one" * 100
    path.write_bytes(data)
    with pytest.raises(ServiceError) as caught:
        Database.open(place.state, VirtualClock(), read_only=read_only).close()
    assert "damaged" in str(caught.value)
    assert caught.value.advice
    assert path.read_bytes() == bytes(data), "nothing is made of it"


def test_nothing_there_yet_is_told_to_who_only_reads(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="no state"):
        Database.open(tmp_path, VirtualClock(), read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_two_runners_are_refused_with_75(place: Place) -> None:
    with place.runner(more=""):
        with pytest.raises(TryLaterError, match="another syncer runs") as caught, place.runner():
            pass
        assert int(caught.value.exit_code) == 75
        command = [sys.executable, "-m", "syncer", "run", "--once", "--config", str(place.folder / "config.toml")]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        assert done.returncode == 75
        assert b"Traceback" not in done.stderr
    with place.runner():
        pass


def test_who_only_asks_whether_one_runs_keeps_none_from_starting(tmp_path: Path) -> None:
    """`status` asks several times a second, and a service must start all the same."""
    with RunnerLock(tmp_path):
        assert is_held(tmp_path)
    ends = threading.Event()

    def ask() -> None:
        while not ends.is_set():
            is_held(tmp_path)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(300):
            with RunnerLock(tmp_path):
                pass
    finally:
        ends.set()
        for asker in askers:
            asker.join()
    assert not is_held(tmp_path)


def test_other_commands_are_answered_and_odd_ones_end_nothing(place: Place) -> None:
    with place.runner(more="", checks=False) as loop:
        answers = RequestsJob(loop.runtime)
        answers.turn()
        assert not answers.turn(), "nothing was asked"
        other = Database.open(place.state, SystemClock())
        asked = []
        for verb, details in (
            ("get", {"text": "x", "url": f"{place.site.root}/media/8.png"}),
            ("no such verb", {}),
            ("get", {"nothing": "of what is needed"}),
            ("settle", {"delivery": 99, "as": "delivered"}),
        ):
            with other.write(Named.REQUEST) as tx:
                asked.append(requests.ask(tx, verb, details))
        assert answers.turn()
        with other.read() as tx:
            found = [requests.answer_of(tx, each) for each in asked]
        assert found[0] is not None
        assert found[0]["state"] == "queued"
        assert all(each is not None and each["error"]["title"] for each in found[1:])
        loop.run_until(lambda: False)
        assert wish.outcome(other, found[0]["entry"])["outcome"] == "delivered"
        other.close()
    place.check_whole()


class _BackClock(SystemClock):
    """Sees the wall clock that `time_machine` sets, and a monotonic one that goes on."""

    ticks = 0.0

    def monotonic(self) -> float:
        """Return seconds that only the test adds."""
        return self.ticks


def test_a_clock_that_is_set_back_stops_no_chore() -> None:
    clock, done = _BackClock(), []
    noon = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
    with time_machine.travel(noon, tick=False) as traveller:
        clockwork = Clockwork(clock)
        clockwork.every(2, "count", lambda: done.append(clock.now()))
        for _ in range(6):
            traveller.shift(1)
            clock.ticks += 1
            clockwork.tick()
        assert len(done) == 3
        traveller.shift(-365 * 86_400)
        for _ in range(6):
            traveller.shift(1)
            clock.ticks += 1
            clockwork.tick()
            assert clockwork.rest() <= 2
        assert len(done) >= 5


def test_a_chore_that_fails_stops_no_other_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    done = []
    clock = _BackClock()
    with time_machine.travel(datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC), tick=False) as traveller:
        clockwork = Clockwork(clock)
        clockwork.every(1, "bad", lambda: 1 // 0)
        clockwork.every(1, "good", lambda: done.append(1))
        for _ in range(5):
            traveller.shift(1)
            clock.ticks += 1
            clockwork.tick()
    assert len(done) == 5
    assert caplog.text.count("division") == 1
    assert "Traceback" not in caplog.text


def test_a_database_that_is_just_being_made_is_no_state_yet(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(NoStateError, match="no state in"):
        Database.open(tmp_path, VirtualClock(0.0), read_only=True)
    assert (tmp_path / FILE_NAME).stat().st_size == 0
