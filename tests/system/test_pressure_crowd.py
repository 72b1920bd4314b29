"""No flood: so many files a day, so many that the media manager has not taken; threads come all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.service.crowd import Crowd
from syncer.service.dispatch import Dispatch
from syncer.service.status import status
from syncer.store.database import Database
from tests.system.conftest import Place

DAY = 86_400


def limited(place: Place, words: str) -> None:
    place.options = '[options]\ntypes = ["image", "animation"]\n'
    place.pressure = words


def waits(place: Place) -> list[dict[str, object]]:
    db = Database.open(place.state, place.clock, read_only=True)
    try:
        return [each for each in status(db, running=False)["waits"] if each["what"] == "files"]
    finally:
        db.close()


def test_no_more_files_come_in_a_day_than_may(place: Place) -> None:
    limited(place, "files_per_day = 4")
    with place.runner() as loop:
        begun = place.clock.now()
        done = place.get(loop, "demo: scenery", patience=600)
        assert done["outcome"] == "waits"
        assert "files_per_day is 4" in done["words"]
        assert len(place.media()) == 4
        (wait,) = waits(place)
        # Down to nine tenths: one file's day is over first.
        assert isinstance(wait["until"], float)
        assert begun + DAY <= wait["until"] <= begun + DAY + 600
        place.advance(DAY / 2)
        loop.run_until(lambda: False, patience=600)
        assert len(place.media()) == 4
        place.advance(DAY / 2 + 60)
        loop.run_until(lambda: False, patience=600)
        assert 4 < len(place.media()) <= 8


def test_what_the_manager_has_not_taken_holds_files_back_until_it_has(place: Place) -> None:
    limited(place, "undrained = 3")
    place.drains = True
    (place.imports / "of-another-program.png").write_bytes(b"x")
    with place.runner() as loop:
        done = place.get(loop, "demo: scenery", patience=600)
        assert done["outcome"] == "waits"
        assert '3 files wait in the import folder "main", and undrained is 3' in done["words"]
        assert len(place.media()) == 3
        for name in place.media()[:1]:
            (place.imports / name).unlink()
        place.advance(60)
        loop.run_until(lambda: False, patience=60)
        assert len(place.media()) == 3
        (wait,) = waits(place)
        assert "files come again from 2 on" in str(wait)
        for path in list(place.imports.iterdir()):
            path.unlink()
        place.advance(60)
        loop.run_until(lambda: False, patience=60)
        assert len(place.media()) == 3


def test_a_file_that_ends_while_others_are_counted_is_not_forgotten(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(place, "undrained = 3")
    place.drains = True
    running, allowed = [1], list[int | None]()
    with place.runner() as loop:
        monkeypatch.setattr(Dispatch, "files_running", lambda _: running[0])
        monkeypatch.setattr(Dispatch, "set_allowance", lambda _, number: allowed.append(number))

        def counted(_crowd: Crowd, _path: Path, _most: int) -> int:
            running[0] = 0  # It was placed behind the count's back.
            return 2

        monkeypatch.setattr(Crowd, "_there", counted)
        loop._crowd.turn()
    assert allowed[0] == 0


def test_a_folder_that_nobody_drains_has_no_such_limit(place: Place) -> None:
    limited(place, "undrained = 1")
    with place.runner() as loop:
        assert place.get(loop, "demo: scenery")["outcome"] == "delivered"
    assert len(place.media()) > 1
    assert waits(place) == []


def test_threads_come_all_the_same(place: Place) -> None:
    limited(place, "files_per_day = 1")
    number = place.world.thread_numbers()[0]
    with place.runner(more=f'[[watchers]]\nurl = "{place.site.root}/board/thread/{number}"\n') as loop:
        place.get(loop, "demo: scenery", patience=60)
        loop.run_until(lambda: False, patience=600)
    assert len(place.media()) > 2


def test_when_the_limit_is_lifted_all_goes_on(place: Place) -> None:
    limited(place, "files_per_day = 2")
    with place.runner() as loop:
        assert place.get(loop, "demo: scenery", patience=60)["outcome"] == "waits"
    assert waits(place)
    place.pressure = ""
    place.once()
    assert len(place.media()) > 2
    assert waits(place) == []
