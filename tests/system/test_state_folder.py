"""A state folder that somebody deletes while syncer runs is made again with all that was stored, or the cure is told."""

from __future__ import annotations

import shutil
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from syncer.clock import SystemClock
from syncer.errors import TryLaterError
from syncer.fetch.cookie import Cookie
from syncer.service.lock import RunnerLock, is_held
from syncer.service.state_folder import StateFolder
from syncer.store.database import FILE_NAME, Database

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import Place

SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\n'


def _watch(place: Place, loop: Loop, lock: RunnerLock | None = None) -> StateFolder:
    return StateFolder(loop.runtime, lock or RunnerLock(place.state), loop.stop)


def test_it_is_made_again_and_everything_goes_on(place: Place) -> None:
    lock = RunnerLock(place.state)
    with place.runner(more=SUB) as loop:
        look = _watch(place, loop, lock)
        loop.runtime.client.jars.give([Cookie("session", "s3cret", "127.0.0.1")], "A browser")
        loop.run_until(lambda: len(place.media()) == 3)
        look.turn()
        assert "state" not in place.words("notice"), "nothing is amiss"
        shutil.rmtree(place.state)
        assert not is_held(place.state)
        look.turn()
        assert is_held(place.state), "no second syncer begins meanwhile"
        with pytest.raises(TryLaterError), RunnerLock(place.state):
            pass
        assert "was deleted; the store and the cookies were written there again" in place.words("notice")
        assert "s3cret" in "".join(path.read_text() for path in (place.state / "cookies").glob("*.json"))
        loop.run_until(lambda: False, patience=60)
    lock.__exit__(None, None, None)
    assert len(place.media()) == len(place.world.expected("scenery"))
    assert stat.S_IMODE(place.state.stat().st_mode) == 0o700
    assert stat.S_IMODE((place.state / FILE_NAME).stat().st_mode) == 0o600
    with closing(Database.open(place.state, SystemClock(), read_only=True)) as db, db.read() as tx:
        assert tx.value("SELECT count(*) FROM deliveries WHERE state = 'placed'") == len(place.media())
    asked = len(place.site.log)
    place.once()
    assert len(place.site.log) == asked, "the next start knows all of it"


def test_with_its_drive_away_the_cure_is_told_once_and_nothing_is_made(place: Place) -> None:
    with place.runner() as loop:
        look = _watch(place, loop)
        disk = place.folder.with_name("away")
        place.folder.rename(disk)
        place.folder.mkdir()
        for _ in range(2):
            look.turn()
        assert place.words("notice").count("Attach or mount it, then start syncer again") == 1
        assert list(place.folder.iterdir()) == []
        place.folder.rmdir()
        disk.rename(place.folder)
        look.turn()
        assert not loop.stopping


def test_another_store_in_its_place_ends_the_runner(place: Place) -> None:
    with place.runner() as loop:
        look = _watch(place, loop)
        (place.state / FILE_NAME).rename(place.state / "before")
        (place.state / FILE_NAME).write_bytes(b"")
        look.turn()
        assert "another database than before" in place.words("notice")
        assert loop.stopping
        (place.state / "before").replace(place.state / FILE_NAME)
