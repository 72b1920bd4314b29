"""Troubles of our own machine: full, vanished and read-only disks, a locked store. Everything waits, and goes on by itself."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer.config import load
from syncer.deliver.moves import Mover
from syncer.deliver.place import Target
from syncer.service import delivery, requests_job, wish
from syncer.service.explain import _handover
from syncer.service.reload import Reload
from syncer.store import database, deliveries, usage
from syncer.together import Wait

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\n'
GB = 1024**3


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """Give a house where a request is made each second, so that a trouble comes in the middle."""
    place = make_place()
    place.bandwidth = ""
    return place


def _all_there(place: Place) -> None:
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()


def _go_on(place: Place, loop: Loop, seconds: float) -> None:
    until = place.clock.now() + seconds
    while place.clock.now() < until:
        loop._rest(min(loop.turn(), until - place.clock.now()))


def _tries(loop: Loop) -> int:
    with loop.runtime.db.read() as tx:
        return int(tx.value("SELECT coalesce(max(tries), 0) FROM jobs"))


class Disk:
    """Lets calls of the operating system fail on paths that end as given, while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: str, ending: str, number: int) -> None:
        self.full = True
        self.refused = 0
        self._ending, self._number = ending, number
        if call == "move":
            move = Mover.move
            self._real: Callable[..., Any] = lambda source, mover, target: move(mover, source, target)
            monkeypatch.setattr(Mover, "move", lambda mover, source, target: self(source, mover, target))
        else:
            self._real = getattr(os, call)
            monkeypatch.setattr(os, call, self)

    def __call__(self, what: Any, *given: Any, **named: Any) -> Any:
        path = str(Path(f"/proc/self/fd/{what}").readlink() if isinstance(what, int) else what)
        if self.full and path.endswith(self._ending):
            self.refused += 1
            raise OSError(self._number, os.strerror(self._number))
        return self._real(what, *given, **named)


CALLS = [
    ("open", ".part", errno.ENOSPC),
    ("write", ".part", errno.ENOSPC),
    ("write", ".part", errno.EDQUOT),
    ("write", ".part", errno.EIO),
    ("fsync", ".part", errno.ENOSPC),
    ("fsync", ".part.json", errno.ENOSPC),
    ("fsync", "/import", errno.EIO),
    ("fsync", "/.syncer-work-import", errno.ENOSPC),
    ("open", ".part.json", errno.EROFS),
    ("move", ".part", errno.EROFS),
    ("move", ".part.json", errno.EACCES),
]


@pytest.mark.parametrize(("call", "ending", "number"), CALLS, ids=lambda value: str(value).strip("/."))
def test_a_disk_that_takes_nothing_is_waited_for(
    place: Place, monkeypatch: pytest.MonkeyPatch, call: str, ending: str, number: int
) -> None:
    disk = Disk(monkeypatch, call, ending, number)
    with place.runner(more=SUB) as loop:
        _go_on(place, loop, 1800)
        assert disk.refused > 0
        assert disk.refused < 100, "not again and again"
        assert place.media() == []
        assert list(place.imports.iterdir()) == [], "no sidecar lies there alone"
        assert _tries(loop) == 0
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE outcome = 'delivered' AND key LIKE 'post:%'") == 0
            assert tx.value("SELECT count(*) FROM jobs WHERE outcome = 'failed'") == 0
            assert any("everything" in context for context, _, _ in usage.pauses(tx))
        disk.full = False
        loop.run_until(lambda: False, patience=700)
    _all_there(place)


@pytest.mark.parametrize("restart", [False, True])
def test_an_import_folder_that_is_away_and_comes_back(place: Place, restart: bool) -> None:
    away = place.folder / "elsewhere"
    work = place.folder / ".syncer-work-import"
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(place.media()) == 3)
        away.mkdir()
        work.rename(away / "work")
        place.imports.rename(away / "import")
        if not restart:
            # An empty mount point is left where the drive was.
            place.imports.mkdir()
            _go_on(place, loop, 1800)
            assert list(place.imports.iterdir()) == [], "nothing is written into the empty mount point"
            assert not work.exists()
            assert _tries(loop) == 0
            place.imports.rmdir()
            _bring_back(place)
            loop.run_until(lambda: False, patience=700)
    if restart:
        place.imports.mkdir()
        with place.runner() as loop:
            _go_on(place, loop, 1800)
            assert "away" in place.words("notice")
            assert list(place.imports.iterdir()) == []
            assert not work.exists()
            place.imports.rmdir()
            _bring_back(place)
            loop.run_until(lambda: False, patience=700)
    _all_there(place)


def _bring_back(place: Place) -> None:
    (place.folder / "elsewhere" / "import").rename(place.imports)
    (place.folder / "elsewhere" / "work").rename(place.folder / ".syncer-work-import")


def test_a_work_folder_that_somebody_deleted_is_made_again(place: Place) -> None:
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(place.media()) == 3)
        shutil.rmtree(place.folder / ".syncer-work-import")
        loop.run_until(lambda: False, patience=700)
    _all_there(place)
    assert "away" not in place.words()


def test_a_part_that_was_lost_with_the_work_folder_does_not_count_as_delivered(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder drains, so that a file that is gone was delivered; but not one whose part was deleted before it came there."""
    place.drains = True
    lay = Target.lay_sidecars

    def lose(target: Target, *_: Any, **__: Any) -> Wait:
        monkeypatch.setattr(Target, "lay_sidecars", lay)
        place.advance(1)
        shutil.rmtree(place.folder / ".syncer-work-import")
        raise target.away()

    monkeypatch.setattr(Target, "lay_sidecars", lose)
    with place.runner(more="", checks=False) as loop:
        got = place.get(loop, f"{place.site.root}/media/8.png", patience=700)
        assert got["outcome"] != "delivered"
        assert "it arrived and was removed, or never did" in place.words("notice")
        delivery.decide(loop.runtime, 1, delivered=False)
        loop.run_until(lambda: False, patience=700)
        assert len(place.media()) == 1


def test_a_folder_of_one_wish_alone_stops_no_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = place.folder / "stick"
    stick.mkdir()
    with place.runner(more="", checks=False) as loop:
        assert place.get(loop, f"{place.site.root}/media/8.png", into=str(stick))["outcome"] == "delivered"
        shutil.rmtree(place.folder / ".syncer-work-stick")
        stick.rename(place.folder / "away")
        waits = place.get(loop, f"{place.site.root}/media/10.png", into=str(stick), patience=30)
        assert waits["outcome"] == "waits"
        began = place.clock.now()
        assert place.get(loop, f"{place.site.root}/media/6.png")["outcome"] == "delivered"
        assert place.clock.now() - began < 10
    place.check_no_parts()


def test_the_floor_of_free_space_holds_and_lets_go_with_a_margin(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 5 * GB
    monkeypatch.setattr(Target, "free_space", lambda self: free)
    text = place.write_config(SUB).read_text("utf-8").replace('"0 KB"', '"4 GB"')
    (place.folder / "config.toml").write_text(text, "utf-8")
    monkeypatch.setattr(place, "config", lambda more=None: load.load(place.folder / "config.toml"))
    usage_of = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage_of(path)._replace(free=100 * GB))
    with place.runner() as loop:
        loop.run_until(lambda: len(place.media()) == 2)
        free = 3 * GB
        _go_on(place, loop, 1800)
        assert len(place.media()) == 2
        assert "4.0 GB must stay free" in place.words("waits")
        free = 4 * GB + 1
        _go_on(place, loop, 1800)
        assert len(place.media()) == 2, "a tenth more must be free before it goes on"
        free = 5 * GB
        loop.run_until(lambda: False, patience=700)
    _all_there(place)


def test_the_disk_of_the_state_counts_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    usage_of = shutil.disk_usage
    state_full = True

    def disk_usage(path: Any) -> Any:
        found = usage_of(path)
        return found._replace(free=0) if state_full and str(path).endswith("state") else found

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    text = place.write_config(SUB).read_text("utf-8").replace('"0 KB"', '"1 KB"')
    (place.folder / "config.toml").write_text(text, "utf-8")
    monkeypatch.setattr(place, "config", lambda more=None: load.load(place.folder / "config.toml"))
    with place.runner() as loop:
        _go_on(place, loop, 600)
        assert place.media() == []
        assert "state" in place.words("waits")
        state_full = False
        loop.run_until(lambda: False, patience=700)
    _all_there(place)


def test_a_store_on_a_full_disk_is_waited_for(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(place.media()) == 3)
        connection = loop.runtime.db._connection
        # As on a full disk: not a page more.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        (place.inbox / "big.txt").write_text(
            "".join(f"{place.site.root}/media/{n}.jpg?{'x' * 500}\n" for n in range(300)), "utf-8"
        )
        assert loop.inbox is not None
        loop.inbox.look()
        _go_on(place, loop, 600)
        assert (place.inbox / "big.txt").exists(), "not moved before it is accepted"
        assert "database or disk is full" in caplog.text
        assert len(place.media()) < 12
        connection.execute("PRAGMA max_page_count = 1000000")
        loop.runtime.dispatch.only = None
        loop.run_until(lambda: len(place.media()) >= len(place.world.expected("scenery")), patience=700)
        assert not (place.inbox / "big.txt").exists()
    _all_there(place)


def test_a_store_that_another_program_locks_for_a_while(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    with place.runner(more=SUB) as loop:
        loop.run_until(lambda: len(place.media()) == 3)
        with sqlite3.connect(place.state / "syncer.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            _go_on(place, loop, 300)
            before = len(place.media())
            assert before <= 5
            other.execute("ROLLBACK")
        other.close()
        assert "locked" in caplog.text
        assert "Traceback" not in caplog.text
        loop.run_until(lambda: False, patience=700)
    _all_there(place)


def test_a_mistake_in_the_store_s_use_is_no_full_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise sqlite3.IntegrityError("NOT NULL constraint failed")

    monkeypatch.setattr(deliveries, "placed", broken)
    with place.runner(checks=False) as loop:
        began = place.clock.now()
        got = place.get(loop, f"{place.site.root}/media/8.png")
        assert got["outcome"] == "failed"
        assert "IntegrityError" in got["words"]
        assert place.clock.now() - began < 10


BROKEN = {"no TOML": ("[site]\n", "[site\n"), "unknown key": ("[site]\n", "[site]\nrooot = 3\n")}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("path", ["/api/post/8.json", "/api/posts.json?tags=scenery"])
def test_a_url_whose_site_file_is_broken_waits_until_it_is_mended(place: Place, how: str, path: str) -> None:
    """It is neither fetched as a file nor given up, and the message names the file and the line."""
    file = place.folder / "sites" / "demoapi.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace(*BROKEN[how]), "utf-8")
    with place.runner(checks=False) as loop:
        answer = requests_job.get(loop.runtime, {"text": place.site.root + path, "url": place.site.root + path})
        loop.run_until(lambda: False, patience=60)
        with loop.runtime.db.read() as tx:
            (row,) = tx.rows("SELECT state, cause, why FROM jobs")
        assert (row["state"], row["cause"]) == ("later", "site file")
        assert "its site file is broken: demoapi.toml:" in row["why"]
        assert place.site.log.paths() == []
        assert "it waits until that is mended" in str(_handover(loop.runtime.snapshot, place.site.root + path))
        file.write_text(text, "utf-8")
        assert Reload(loop.runtime).again()
        loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]), patience=60)
        assert wish.outcome(loop.runtime.db, answer["entry"])["outcome"] == "delivered"
    place.check_whole()
    assert place.media()
