"""Lists of queries and included files while the service runs: read live, and a list that is away is never an empty one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncer import app, asking
from syncer.config import load
from syncer.errors import ConfigError
from syncer.service import follow_verbs, status
from syncer.service.reload import Reload
from syncer.service.workers import ThreadWorkers
from syncer.store import follows
from syncer.store.follows import Follow

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import Place

SUB = '[[subscriptions]]\nname = "{}"\nsite = "demoapi"\nqueries_from = "artists.txt"\n'
OWN = '[[subscriptions]]\nname = "{}"\nsite = "demoapi"\nqueries = ["{}"]\n'


@contextmanager
def _running(place: Place, more: str) -> Iterator[tuple[Loop, Reload]]:
    with place.runner(more=more) as loop:
        yield loop, Reload(loop.runtime)


def _list(place: Place, *queries: str) -> Path:
    path = place.folder / "artists.txt"
    path.write_text("# artists\n" + "".join(f"{query}\n" for query in queries), "utf-8")
    return path


def _follows(loop: Loop) -> dict[str, Follow]:
    with loop.runtime.db.read() as tx:
        return {follow.query: follow for follow in follows.everything(tx)}


def _needs_you(loop: Loop) -> list[str]:
    found = status.status(loop.runtime.db, running=True)["needs_you"]
    return [f"{each['subject']}: {each['why']} {each['advice']}".strip() for each in found if each["what"] == "config"]


def test_a_list_is_read_live(place: Place) -> None:
    path = _list(place, "scenery")
    with _running(place, SUB.format("views")) as (loop, reload):
        loop.run_until(lambda: False)
        assert len(place.media()) == len(place.world.expected("scenery"))
        before = _follows(loop)["scenery"]
        _list(place, "scenery", "roll_1")
        assert reload.turn()
        assert set(_follows(loop)) == {"scenery", "roll_1"}
        loop.run_until(lambda: False)
        assert _follows(loop)["scenery"].next_check == before.next_check
        path.write_text("", "utf-8")
        assert reload.turn()
        assert _follows(loop) == {}


@pytest.mark.parametrize("damage", ["missing", "zeros", "folder"])
def test_a_list_that_cannot_be_read_keeps_its_queries_and_says_so_once(place: Place, damage: str) -> None:
    path = _list(place, "scenery", "roll_1")
    with _running(place, SUB.format("views")) as (loop, reload):
        loop.run_until(lambda: False)
        before = _follows(loop)
        path.unlink()
        if damage == "zeros":
            path.write_bytes(bytes(500))
        elif damage == "folder":
            path.mkdir()
        place.events.clear()
        assert reload.turn()
        assert _follows(loop) == before
        told = place.words("notice")
        assert 'subscription "views": artists.txt' in told
        assert "its queries stay as they were" in told
        assert [each for each in _needs_you(loop) if "artists.txt" in each]
        place.events.clear()
        # Another edit does not tell it again, and what the config says of them holds all the same.
        place.write_config(SUB.format("views") + "paused = true\n")
        assert reload.turn()
        assert "artists.txt" not in place.words("notice")
        assert {follow.paused for follow in _follows(loop).values()} == {"config"}
        assert set(_follows(loop)) == set(before)
        path.rmdir() if damage == "folder" else path.unlink(missing_ok=True)
        _list(place, "scenery")
        assert reload.turn()
        assert set(_follows(loop)) == {"scenery"}
        assert _needs_you(loop) == []
        path.unlink()
        assert reload.turn()
        assert "artists.txt" in place.words("notice"), "a new fault is told again"


def test_it_is_kept_over_a_restart_and_when_its_subscription_is_renamed(place: Place) -> None:
    path = _list(place, "scenery")
    place.once(more=SUB.format("views"))
    path.unlink()
    asked = len(place.site.log)
    with _running(place, SUB.format("vistas") + OWN.format("other", "roll_1")) as (loop, _):
        assert _follows(loop)["scenery"].name == "vistas"
        assert _follows(loop)["scenery"].synced
        found = asking.check(loop.runtime.snapshot.config)
        assert [each for each in found["problems"] if "artists.txt cannot be read" in each]
    assert len(place.site.log) == asked


def test_odd_lines_are_told_and_the_others_hold(place: Place) -> None:
    _list(place, "scenery", "x" * 1001)
    with _running(place, SUB.format("views")) as (loop, _):
        assert set(_follows(loop)) == {"scenery"}
        assert "artists.txt:3: the line is longer than 1000 characters" in place.words("notice")
        assert "artists.txt:3" in asking.check(loop.runtime.snapshot.config)["problems"][0]


def test_a_list_that_shrinks_drastically_waits_for_a_yes(place: Place) -> None:
    path = _list(place, *(f"word_{number}" for number in range(10)))
    with _running(place, SUB.format("views")) as (loop, reload):
        path.write_text("word_1\n", "utf-8")
        assert not reload.turn()
        assert len(_follows(loop)) == 10
        assert {follow.paused for follow in _follows(loop).values()} == {""}
        assert "would retire 9 of 10 queries. If that is meant: `syncer reload --yes`" in place.words("notice")
        assert [each for each in _needs_you(loop) if "would retire 9 of 10" in each and "reload --yes" in each]
        _list(place, *(f"word_{number}" for number in range(9)))
        assert reload.turn(), "one less is no question"
        assert len(_follows(loop)) == 9
        assert _needs_you(loop) == []
        path.write_text("word_1\n", "utf-8")
        assert follow_verbs.VERBS["reload"](loop.runtime, {"yes": True})["retired"] == 8
        assert not reload.turn(), "it is in force already"


def test_five_of_many_may_go_without_a_question(place: Place) -> None:
    path = _list(place, *(f"word_{number}" for number in range(6)))
    with _running(place, SUB.format("views")) as (loop, reload):
        path.write_text("word_1\n", "utf-8")
        assert reload.turn()
        assert set(_follows(loop)) == {"word_1"}


def test_what_a_refused_config_names_is_looked_at_too(place: Place) -> None:
    words = [f"word_{number}" for number in range(10)]
    own = OWN.format("views", "roll_1").replace('["roll_1"]', str(words).replace("'", '"'))
    with _running(place, own) as (loop, reload):
        (place.folder / "artists.txt").write_text("", "utf-8")
        place.write_config(SUB.format("views"))
        assert not reload.turn(), "the list is still empty"
        assert not reload.turn()
        _list(place, *words)
        assert reload.turn(), "now it is filled, and nobody is gone"
        assert len(_follows(loop)) == 10


def test_included_files_are_read_live_and_a_bad_one_keeps_the_last_good_config(place: Place) -> None:
    more = place.folder / "conf.d"
    more.mkdir()
    main = place.write_config(OWN.format("views", "scenery"))
    main.write_text('include = ["conf.d/*.toml", "more.toml"]\n' + main.read_text("utf-8"), "utf-8")
    named = place.folder / "more.toml"
    named.write_text("", "utf-8")
    wanted = app.Wanted(inline=True)
    with app.runner(load.load(main), wanted, clock=place.clock, tell=place.events.append) as loop:
        reload = Reload(loop.runtime)
        assert not reload.turn()
        (more / "a.toml").write_text(OWN.format("rolls", "roll_1"), "utf-8")
        assert reload.turn(), "a new file"
        assert set(_follows(loop)) == {"scenery", "roll_1"}
        before = loop.runtime.snapshot
        (more / "b.toml").write_text("\n[optons]\n", "utf-8")
        assert not reload.turn()
        assert not reload.turn()
        assert loop.runtime.snapshot is before
        assert place.words("notice").count("conf.d/b.toml:2: optons: unknown key") == 1
        assert [each for each in _needs_you(loop) if "conf.d/b.toml:2" in each]
        (more / "b.toml").unlink()
        assert reload.turn()
        named.unlink()
        assert not reload.turn()
        assert "more.toml is not there" in place.words("notice")
        named.write_text(OWN.format("more", "sky"), "utf-8")
        assert reload.turn()
        (more / "a.toml").unlink()
        assert reload.turn()
        assert set(_follows(loop)) == {"scenery", "sky"}


def test_a_file_that_only_a_faulty_config_includes_is_looked_at(place: Place) -> None:
    with _running(place, OWN.format("views", "scenery")) as (loop, reload):
        path = place.write_config()
        path.write_text('include = ["more.toml"]\n' + path.read_text("utf-8"), "utf-8")
        more = place.folder / "more.toml"
        for fault in ("evry = 1\n", "[watchers\n"):
            more.write_text(fault, "utf-8")
            assert not reload.turn()
        more.write_text(OWN.format("more", "roll_1"), "utf-8")
        assert reload.turn()
        assert set(_follows(loop)) == {"scenery", "roll_1"}


def test_a_file_of_rules_that_a_faulty_config_names_is_looked_at(place: Place) -> None:
    with _running(place, OWN.format("views", "scenery")) as (loop, reload):
        place.options += '\nblacklist_from = "rules.txt"'
        place.write_config()
        assert not reload.turn()
        assert "rules.txt cannot be read" in place.words("notice")
        assert not reload.turn()
        (place.folder / "rules.txt").write_text("comic\n", "utf-8")
        assert reload.turn()
        assert loop.runtime.snapshot.config.rule_files[0].rules == ("comic",)


def test_an_edit_between_reading_and_running_is_seen(place: Place) -> None:
    path = _list(place, "scenery")
    config = place.config(SUB.format("views"))
    stat = path.stat()
    path.write_text("roll_1\n", "utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    with app.runner(config, app.Wanted(inline=True), clock=place.clock, tell=place.events.append) as loop:
        reload = Reload(loop.runtime)
        assert set(_follows(loop)) == {"scenery"}
        assert reload.turn()
        assert set(_follows(loop)) == {"roll_1"}


def test_an_engine_file_is_looked_at(place: Place) -> None:
    with _running(place, OWN.format("views", "scenery")) as (_, reload):
        assert not reload.turn()
        engines = place.folder / "sites" / "engines"
        engines.mkdir()
        assert reload.turn()
        (engines / "mine.toml").write_text("# nothing yet\n", "utf-8")
        assert reload.turn()
        assert not reload.turn()


def test_more_connections_have_more_threads_at_once(place: Place) -> None:
    with app.runner(place.config(), app.Wanted()) as loop:
        assert isinstance(loop.workers, ThreadWorkers)
        assert loop.workers._number() == 15 + 4, "four more deliver what was fetched"
        place.bandwidth = place.bandwidth.replace("[bandwidth]\n", "[bandwidth]\nconnections = 30\n")
        place.write_config()
        assert Reload(loop.runtime).turn()
        assert loop.workers._number() == 30 + 4
        assert loop.runtime.dispatch.limits.all == 30


def test_a_reload_by_command_is_refused_as_one_by_itself_is(place: Place) -> None:
    with _running(place, OWN.format("views", "scenery")) as (loop, _):
        before = loop.runtime.snapshot
        path = place.write_config()
        path.write_text(path.read_text("utf-8").replace('inbox = "inbox"', 'inbox = "elsewhere"'), "utf-8")
        with pytest.raises(ConfigError, match="Restart syncer to apply it"):
            follow_verbs.VERBS["reload"](loop.runtime, {})
        assert loop.runtime.snapshot is before
