"""Queries that are renamed, moved, split, paused, dropped and brought back while the service runs: who they are stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from syncer import asking
from syncer.service import follow_verbs
from syncer.service.reload import Reload
from syncer.store import follow_log, follows, jobs, walks
from syncer.store.follows import Follow

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

DAY = 86_400


def _sub(name: str, *queries: str, more: str = "", site: str = "demoapi") -> str:
    listed = ", ".join(query if query.startswith("{") else f'"{query}"' for query in queries)
    return f'[[subscriptions]]\nname = "{name}"\nsite = "{site}"\nqueries = [{listed}]\n{more}'


@contextmanager
def _running(place: Place, more: str) -> Iterator[tuple[Loop, Reload]]:
    with place.runner(more=more) as loop:
        yield loop, Reload(loop.runtime)


def _follows(loop: Loop, *, retired: bool = False) -> dict[str, Follow]:
    with loop.runtime.db.read() as tx:
        return {follow.query: follow for follow in follows.everything(tx, retired=retired)}


def _log(loop: Loop, follow: Follow) -> int:
    with loop.runtime.db.read() as tx:
        return follow_log.found_before(tx, follow.id)


def _memory(loop: Loop) -> dict[str, tuple[object, ...]]:
    """Return what each query is and remembers, whatever it is called."""
    return {
        query: (each.id, each.next_check, each.last_check, each.synced, _log(loop, each))
        for query, each in _follows(loop).items()
    }


def _names(loop: Loop) -> dict[str, str]:
    return {query: each.name for query, each in _follows(loop).items()}


def _paused(loop: Loop, name: str) -> list[str]:
    (row,) = follow_verbs.VERBS["follow explain"](loop.runtime, {"name": name})["follows"]
    found: list[str] = row["paused"]
    return found


@pytest.mark.parametrize(
    ("after", "names"),
    [
        (_sub("new", "scenery", "roll_1", "sky"), {"scenery": "new", "roll_1": "new", "sky": "new"}),
        (_sub("old", "scenery", "sky") + _sub("other", "roll_1"), {"scenery": "old", "roll_1": "other", "sky": "old"}),
        (_sub("a", "scenery") + _sub("b", "roll_1") + _sub("c", "sky"), {"scenery": "a", "roll_1": "b", "sky": "c"}),
        (_sub("old", "sky", "  roll_1 ", '{ q = "scenery" }'), {"scenery": "old", "roll_1": "old", "sky": "old"}),
    ],
    ids=["renamed", "moved", "split", "written otherwise"],
)
def test_a_query_stays_who_it_is(place: Place, after: str, names: dict[str, str]) -> None:
    with _running(place, _sub("old", "scenery", "roll_1", "sky")) as (loop, reload):
        loop.run_until(lambda: False)
        before, asked = _memory(loop), len(place.site.log)
        place.write_config(after)
        assert reload.turn()
        loop.run_until(lambda: False)
        assert _memory(loop) == before
        assert _names(loop) == names
        assert len(place.site.log) == asked
        assert "0 new follows, 0 retired" in place.words("notice")


def test_a_query_that_moves_has_the_settings_of_its_new_place(place: Place) -> None:
    with _running(place, _sub("old", "scenery", more='add_tags = ["old"]\n')) as (loop, reload):
        loop.run_until(lambda: False)
        before = _memory(loop)
        place.write_config(_sub("new", "scenery", more='limit = 7\npriority = "high"\nadd_tags = ["new"]\n'))
        assert reload.turn()
        assert _memory(loop) == before
        settings = json.loads(_follows(loop)["scenery"].settings)
        assert (settings["limit"], settings["priority"]) == (7, "high")
        assert "new" in json.dumps(settings["options"])
        assert "old" not in json.dumps(settings["options"])


def test_one_query_in_two_subscriptions_is_of_the_first_and_the_check_names_the_second(place: Place) -> None:
    first, second = _sub("a", "scenery", more="limit = 5\n"), _sub("b", "scenery", more="limit = 6\n")
    with _running(place, first + second) as (loop, reload):
        loop.run_until(lambda: False)
        before, asked = _memory(loop), len(place.site.log)
        assert _names(loop) == {"scenery": "a"}
        (note,) = [each for each in asking.check(loop.runtime.snapshot.config)["notes"] if "asks for the same" in each]
        assert note.startswith('subscription "b", query "scenery" asks for the same as subscription "a"')
        for text, name, limit in ((second + first, "b", 6), (first, "a", 5), (second, "b", 6)):
            place.write_config(text)
            assert reload.turn()
            assert _names(loop) == {"scenery": name}
            assert json.loads(_follows(loop)["scenery"].settings)["limit"] == limit
        loop.run_until(lambda: False)
        assert _memory(loop) == before
        assert len(place.site.log) == asked


def test_config_and_command_pause_apart_and_each_is_told(place: Place) -> None:
    sub = _sub("a", "scenery")
    with _running(place, sub + "paused = true\n") as (loop, reload):
        loop.run_until(lambda: False)
        assert len(place.site.log) == 0
        follow_verbs.VERBS["follow pause"](loop.runtime, {"name": "a"})
        assert _paused(loop, "a") == ["paused in the config", "paused by command until it is resumed"]
        place.write_config(sub)
        assert reload.turn()
        loop.run_until(lambda: False)
        assert _paused(loop, "a") == ["paused by command until it is resumed"]
        assert len(place.site.log) == 0, "a reload ends no pause by command"
        place.write_config(_sub("a", '{ q = "scenery", paused = true }'))
        assert reload.turn()
        follow_verbs.VERBS["follow resume"](loop.runtime, {"name": "a"})
        loop.run_until(lambda: False)
        assert _paused(loop, "a") == ["paused in the config"]
        assert len(place.site.log) == 0
        place.write_config(sub)
        assert reload.turn()
        loop.run_until(lambda: False)
        assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_dropped_query_comes_back_with_its_log_within_half_a_year(place: Place) -> None:
    sub = _sub("a", "scenery", "roll_1")
    with _running(place, sub) as (loop, reload):
        loop.run_until(lambda: False)
        before = _follows(loop)
        place.write_config(_sub("a", "roll_1"))
        assert reload.turn()
        assert set(_follows(loop)) == {"roll_1"}
        place.advance(179 * DAY)
        place.site.log.clear()
        place.write_config(sub)
        assert reload.turn()
        after = _follows(loop)["scenery"]
        assert (after.id, after.synced, after.retired_at) == (before["scenery"].id, True, None)
        assert _log(loop, after) > 0
        loop.run_until(lambda: False)
        assert not [path for path in place.site.log.paths() if "media" in path], "nothing is downloaded anew"


def test_after_half_a_year_it_is_forgotten_and_what_is_known_stays_known(place: Place) -> None:
    sub = _sub("a", "scenery", "roll_1")
    with _running(place, sub) as (loop, reload):
        loop.run_until(lambda: False)
        media = place.media()
        place.write_config(_sub("a", "roll_1"))
        assert reload.turn()
        place.advance(181 * DAY)
        place.write_config(sub)
        assert reload.turn()
        after = _follows(loop)["scenery"]
        assert (after.synced, _log(loop, after)) == (False, 0)
        loop.run_until(lambda: False)
        assert set(media) <= set(place.media())
        place.check_whole()


def test_queued_files_of_a_dropped_query_come_under_its_last_options(place: Place) -> None:
    place.bandwidth = ""
    sub = _sub("a", "scenery", more='add_tags = ["from:a"]\n')
    with _running(place, sub) as (loop, reload):
        loop.run_until(lambda: len(place.media()) == 1)
        place.write_config(_sub("b", "roll_1", more="paused = true\n"))
        assert reload.turn()
        assert set(_follows(loop)) == {"roll_1"}
        loop.run_until(lambda: False)
    assert len(place.media()) == len(place.world.expected("scenery"))
    for path in place.imports.glob("*.json"):
        assert "from:a" in json.loads(path.read_text("utf-8"))["tags"]


def _pages(place: Place) -> int:
    return len([target for target in place.site.log.targets() if target.startswith("/api/posts.json?tags=scenery")])


@pytest.mark.parametrize("days", [1, 181])
def test_a_query_that_is_dropped_within_its_check_asks_no_more_and_loses_nothing(
    make_place: MakePlace, days: int
) -> None:
    place = make_place(posts=60)
    sub = _sub("a", "scenery", more="first_limit = 1000\n")
    place.bandwidth = ""
    with _running(place, sub) as (loop, reload):
        loop.run_until(lambda: _pages(place) == 2)
        place.write_config("")
        assert reload.turn()
        loop.run_until(lambda: False)
        assert (_pages(place), place.media()) == (2, [])
        place.advance(days * DAY)
        place.write_config(sub)
        assert reload.turn()
        with loop.runtime.db.read() as tx:
            assert len(walks.walking(tx)) == (days < 180)
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert walks.walking(tx) == []
            assert jobs.counts(tx) == {}
    assert len(place.media()) == len(place.world.expected("scenery", place.clock.now()))
    place.check_whole()


def test_what_waits_for_a_yes_at_a_start_goes_on_when_it_is_named_again(place: Place) -> None:
    words = [f"word_{number}" for number in range(10)]
    with place.runner(more=_sub("a", *words)) as loop:
        assert len(_follows(loop)) == 10
    with _running(place, _sub("a", "word_0")) as (loop, reload):
        paused = {query: each.paused for query, each in _follows(loop).items()}
        assert len(paused) == 10
        assert sum("reload --yes" in why for why in paused.values()) == 9
        assert "9 queries are paused" in place.words("notice")
        place.write_config(_sub("a", *words[:9]))
        assert reload.turn()
        assert {each.paused for each in _follows(loop).values()} == {""}
        assert len(_follows(loop)) == 9


def test_a_site_file_with_other_urls_pauses_until_a_person_has_looked(place: Place) -> None:
    words = ("scenery", "roll_1", "sky")
    with _running(place, _sub("a", *words)) as (loop, reload):
        loop.run_until(lambda: False)
        before = _memory(loop)
        path = place.folder / "sites" / "demoapi.toml"
        text = path.read_text("utf-8")
        assert text.count('"/api/posts.json?tags={query}&page=1"') == 1
        path.write_text(text.replace("?tags={query}&page=1", "?tags=order_new+{query}&page=1", 1), "utf-8")
        place.advance(100 * DAY)
        place.site.log.clear()
        assert reload.turn()
        loop.run_until(lambda: False)
        assert len(place.site.log) == 0
        assert all("`follow resume` accepts that" in _paused(loop, f"a: {query}")[0] for query in words)
        assert {query: each[0] for query, each in _memory(loop).items()} == {
            query: each[0] for query, each in before.items()
        }
        told = len(place.events)
        place.write_config(_sub("a", *words, more="limit = 99\n"))
        assert reload.turn()
        assert "asks at" not in "\n".join(each.text for each in place.events[told:]), "told once"
        assert all("asks at" in _paused(loop, f"a: {query}")[0] for query in words), "and paused still"
        follow_verbs.VERBS["follow resume"](loop.runtime, {"name": "a"})
        assert all(_paused(loop, f"a: {query}") == [] for query in words)
        assert all("order_new" in each.urls[0] for each in _follows(loop).values())
        assert {query: each[0] for query, each in _memory(loop).items()} == {
            query: each[0] for query, each in before.items()
        }
        # The file as it was: again it is another place.
        path.write_text(text, "utf-8")
        assert reload.turn()
        assert all("asks at" in _paused(loop, f"a: {query}")[0] for query in words)


def test_a_root_that_moves_pauses_too(place: Place) -> None:
    with _running(place, _sub("a", "scenery")) as (loop, reload):
        loop.run_until(lambda: False)
        path = place.write_config()
        moved = place.site.root.replace("127.0.0.1", "localhost")
        text = path.read_text("utf-8").replace(
            f'[site.demoapi]\nroot = "{place.site.root}"', f'[site.demoapi]\nroot = "{moved}"'
        )
        path.write_text(text, "utf-8")
        place.site.log.clear()
        assert reload.turn()
        assert "asks at" in _paused(loop, "a: scenery")[0]
        follow_verbs.VERBS["follow resume"](loop.runtime, {"name": "a"})
        place.advance(100 * DAY)
        loop.run_until(lambda: False)
        assert _follows(loop)["scenery"].urls[0].startswith(moved)
        assert not [path for path in place.site.log.paths() if "media" in path]
