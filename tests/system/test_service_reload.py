"""Config and site files that change while the service runs: the last good ones stay, and what is new holds at once."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncer.service import file_job
from syncer.service.reload import Reload
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import follows

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import Place

SUB = '[[subscriptions]]\nname = "{name}"\nsite = "demoapi"\nqueries = ["{query}"]\n'


@contextmanager
def _running(place: Place, more: str = "") -> Iterator[tuple[Loop, Reload]]:
    with place.runner(more=more) as loop:
        yield loop, Reload(loop.runtime)


def _later(path: Path) -> None:
    """Let a file look changed, however coarse the clock of the disk is."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[subscriptions\n", "config.toml:"),
        ('[[subscriptions]]\nname = "x"\nsite = "demoapi"\nqueries = ["a"]\nevry = 3\n', 'did you mean "every"'),
        ('[import_folders.more]\npath = "import"\nprofile = "hydra"\n', "hydrus"),
        (None, "config.toml"),
    ],
)
def test_a_bad_edit_keeps_the_last_good_one_and_says_so(place: Place, text: str | None, words: str) -> None:
    good = SUB.format(name="views", query="scenery")
    with _running(place, good) as (loop, reload):
        before = loop.runtime.snapshot
        assert not reload.turn(), "nothing has changed"
        path = place.write_config(good + text if text else None)
        if text is None:
            path.unlink()
        assert not reload.turn()
        assert loop.runtime.snapshot is before
        assert "the last good one stays in force" in place.words("notice")
        assert words in place.words("notice")
        told = len(place.events)
        assert not reload.turn()
        assert len(place.events) == told, "said once"
        loop.run_until(lambda: False)
        assert len(place.media()) == len(place.world.expected("scenery"))
        place.write_config(good + SUB.format(name="more", query="roll_1"))
        assert reload.turn()
        assert loop.runtime.snapshot is not before


def test_a_new_subscription_starts_and_one_that_is_gone_ends(place: Place) -> None:
    with _running(place) as (loop, reload):
        loop.run_until(lambda: False)
        assert len(place.site.log) == 0
        place.write_config(SUB.format(name="views", query="scenery"))
        assert reload.turn()
        loop.run_until(lambda: False)
        assert len(place.media()) == len(place.world.expected("scenery"))
        place.write_config("")
        assert reload.turn()
        with loop.runtime.db.read() as tx:
            assert follows.everything(tx) == []


def test_changed_options_are_used_by_what_runs_after(place: Place) -> None:
    place.bandwidth = ""
    with _running(place, SUB.format(name="views", query="scenery")) as (loop, reload):
        loop.run_until(lambda: len(place.media()) == 2)
        place.options = '[options]\nblacklist = ["scenery"]'
        place.write_config()
        assert reload.turn()
        loop.run_until(lambda: False)
    assert len(place.media()) == 2
    assert "scenery" in place.words("skipped")
    place.check_no_parts()


def test_a_running_job_keeps_what_it_began_with(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with _running(place, SUB.format(name="views", query="roll_1")) as (loop, reload):
        seen: list[Snapshot] = []
        real = file_job.check_space

        def edited(runtime: Runtime, snapshot: Snapshot, target: object) -> None:
            if not seen:
                place.options = '[options]\nmin_size = "1 GB"'
                place.write_config()
                assert reload.turn()
                assert runtime.snapshot is not snapshot
            seen.append(snapshot)
            real(runtime, snapshot, target)  # type: ignore[arg-type]  # handed through as it came

        monkeypatch.setattr(file_job, "check_space", edited)
        loop.run_until(lambda: False)
        assert seen[0] is not seen[-1]
        assert seen[1] is loop.runtime.snapshot
    assert len(place.media()) == 1, "the first as it began, the others by the new rule"


@pytest.mark.parametrize(
    ("before", "after"), [("1 request / 1 hour", "1 request / 2 s"), ("1 request / 2 s", "1 request / 60 s")]
)
def test_a_changed_pace_is_in_force_at_once(place: Place, before: str, after: str) -> None:
    place.bandwidth = f'[bandwidth]\ndomain = ["{before}"]'
    with _running(place, SUB.format(name="views", query="scenery")) as (loop, reload):
        loop._rest(min(loop.turn(), 1))
        loop.turn()
        assert len(place.site.log) == 1
        place.bandwidth = f'[bandwidth]\ndomain = ["{after}"]'
        place.write_config()
        assert reload.turn()
        place.site.log.clear()
        began = place.clock.now()
        loop.run_until(lambda: len(place.media()) >= 3, patience=4000)
        assert place.site.log[0].time - began <= 60, "what waited under the old pace asks again"
    rests = [b - a for a, b in itertools.pairwise(entry.time for entry in place.site.log)]
    wanted = 2 if after.endswith("2 s") else 60
    assert all(wanted - 0.01 <= rest <= wanted + 0.01 for rest in rests), rests


def test_a_site_file_that_breaks_and_is_mended(place: Place) -> None:
    more = SUB.format(name="views", query="scenery") + SUB.format(name="html", query="roll_1").replace(
        "demoapi", "demo"
    )
    with _running(place, more) as (loop, reload):
        loop.run_until(lambda: False)
        before = len(place.media())
        path = place.folder / "sites" / "demoapi.toml"
        text = path.read_text("utf-8")
        path.write_text("[site\n", "utf-8")
        assert reload.turn()
        assert "demoapi.toml" in place.words("notice")
        place.advance(100 * 86_400)
        place.site.log.clear()
        loop.run_until(lambda: False)
        assert not any("/api/" in path for path in place.site.log.paths())
        assert any("/posts" in path for path in place.site.log.paths()), "the other site goes on"
        path.write_text(text, "utf-8")
        _later(path)
        assert reload.turn()
        loop.run_until(lambda: False)
        assert any("/api/" in path for path in place.site.log.paths())
        assert len(place.media()) == before


def test_an_import_folder_that_can_never_work_keeps_the_last_good_config(place: Place) -> None:
    (place.folder / "a file").write_text("no folder", "utf-8")
    with _running(place) as (loop, reload):
        before = loop.runtime.snapshot
        path = place.write_config()
        path.write_text(path.read_text("utf-8").replace('path = "import"', 'path = "a file"'), "utf-8")
        assert not reload.turn()
        assert loop.runtime.snapshot is before
        assert "is a file" in place.words("notice")
        place.write_config()
        got = place.get(loop, f"{place.site.root}/media/8.png")
        assert got["outcome"] == "delivered"


@pytest.mark.parametrize("key", ['inbox = "inbox"', 'state = "state"'])
def test_what_only_a_new_start_can_change_is_refused_in_words(place: Place, key: str) -> None:
    with _running(place) as (loop, reload):
        before = loop.runtime.snapshot
        path = place.write_config()
        path.write_text(path.read_text("utf-8").replace(key, key.replace('"i', '"other i').replace('"s', '"other s')))
        assert not reload.turn()
        assert loop.runtime.snapshot is before
        assert f"[folders] {key.split(maxsplit=1)[0]} changed. Restart syncer to apply it" in place.words("notice")


def test_an_edit_during_the_reading_is_read_once_more(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with _running(place) as (loop, reload):
        real = reload.put_in_force

        def edited(*given: object, **named: object) -> object:
            done = real(*given, **named)  # type: ignore[arg-type]  # handed through as it came
            _later(place.write_config(SUB.format(name="second", query="scenery")))
            return done

        monkeypatch.setattr(Reload, "put_in_force", lambda self, *given, **named: edited(*given, **named))
        place.write_config(SUB.format(name="first", query="scenery"))
        assert reload.turn()
        monkeypatch.undo()
        assert reload.turn()
        assert place.follow(loop).name == "second"


def test_what_the_config_names_and_is_not_there_is_told_at_the_start_and_at_a_reload(place: Place) -> None:
    gone = place.folder / "disk" / "archive"
    with _running(place, f'[[known]]\nkind = "gallery-dl"\npath = "{gone}"\n') as (_, reload):
        told = place.words("notice")
        assert f"known #1.path: {gone} is not there, nor is {gone.parent}; mend the path, or mount" in told
        assert "config.toml:" in told
        place.write_config(place.more + '[cookies]\nfiles = ["cookies.txt"]\n')
        assert reload.turn()
        assert "cookies.files #1: " in place.words("notice")
        assert place.words("notice").count("known #1.path") == 1, "told once"
