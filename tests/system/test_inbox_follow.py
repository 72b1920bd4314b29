"""Lists dropped into `inbox/follow/` are followed from then on, and what is dropped into `again/` is fetched once more."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer import app
from syncer.config import load, rewrite
from syncer.intake.inbox import Inbox
from syncer.intake.settle import Patience
from syncer.service import reload
from syncer.store import codec, entries, follows

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from syncer.store.follows import Follow
    from tests.system.conftest import Place

MINE = '\n# mine\n[[subscriptions]]\nname = "birds"   # all of them\nsite = "demoapi"\nqueries = ["owl"]\n'


class PowerCut(BaseException):
    """The machine stops here."""


def _drop(place: Place, name: str, text: str) -> Path:
    path = place.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(root=place.site.root), "utf-8")
    return path


@contextmanager
def _running(place: Place) -> Iterator[Loop]:
    """Start the service with the config as it lies there."""
    wanted = app.Wanted(inline=True, patience=Patience(quiet=0, empty=0, old=0))
    config = load.load(place.folder / "config.toml")
    with app.runner(config, wanted, clock=place.clock, tell=place.events.append) as loop:
        yield loop


def _once(place: Place) -> None:
    with _running(place) as loop:
        loop.run_until(lambda: False)


def _subscriptions(place: Place) -> dict[str, Any]:
    data = tomllib.loads((place.folder / "config.toml").read_text("utf-8"))
    return {one["name"]: one["queries"] for one in data.get("subscriptions", [])}


def _follows(loop: Loop, kind: str) -> list[Follow]:
    with loop.runtime.db.read() as tx:
        return [follow for follow in follows.everything(tx) if follow.kind == kind]


def _result(place: Place, name: str) -> list[str]:
    text = (place.inbox / "done" / f"{name}.result.txt").read_text("utf-8")
    return [line.replace(place.site.root, "{root}") for line in text.splitlines()[1:]]


def test_searches_and_threads_of_a_list_are_followed_from_then_on(place: Place) -> None:
    before = place.write_config(MINE).read_text("utf-8")
    text = (
        "# my list\ndemoapi: scenery\n{root}/posts?tags=roll_1&page=3\n{root}/board/thread/2\n{root}/post/3\n"
        "demoapi: owl\ndemoapi: scenery\nnosite: x\nwords\n"
    )
    _drop(place, "follow/list.txt", text)
    with _running(place) as loop:
        loop.run_until(lambda: False)
        assert [follow.urls[0] for follow in _follows(loop, "watcher")] == [f"{place.site.root}/board/thread/2"]
        assert {follow.query for follow in _follows(loop, "query") if follow.last_check} == {
            "owl", "scenery", f"{place.site.root}/posts?tags=roll_1&page=1",
        }  # fmt: skip
    assert (place.folder / "config.toml").read_text("utf-8").startswith(before)
    assert _subscriptions(place) == {
        "birds": ["owl"], "demoapi": ["scenery"], "demo": [f"{place.site.root}/posts?tags=roll_1&page=1"],
    }  # fmt: skip
    assert set(place.posts()) >= {int(file.path[7:].partition(".")[0]) for file in place.world.expected("scenery")}
    rows = _result(place, "follow/list.txt")
    first = "its first check takes the newest 100 posts at most"
    assert rows[0] == f'line 2: demoapi: scenery: a query of the subscription "demoapi" now; {first}'
    assert rows[1] == f'line 3: {{root}}/posts?tags=roll_1&page=3: a query of the subscription "demo" now; {first}'
    assert rows[2] == "line 4: {root}/board/thread/2: watched from now on"
    assert rows[3].startswith("line 5: {root}/post/3: this is a post, which does not grow")
    assert rows[4] == 'line 6: demoapi: owl: followed already as "owl" of the subscription "birds"'
    assert rows[5] == "line 7: demoapi: scenery: the same as on line 2"
    assert rows[6].startswith('line 8: nosite: x: there is no site "nosite"')
    assert rows[7] == "line 9: words: rejected: neither a link nor `site: query`"
    failed = (place.inbox / "failed" / "follow" / "list.txt").read_text("utf-8")
    assert failed.count("\n") == 4
    assert f"{place.site.root}/post/3\n" in failed
    assert "nosite: x\n" in failed


def test_a_folder_inside_names_the_subscription(place: Place) -> None:
    place.write_config(MINE)
    _drop(place, "follow/Birds/a.txt", "demoapi: kite\ndemo: kite\n")
    _drop(place, "Follow/new one/b.url", "[InternetShortcut]\nURL={root}/posts?tags=lake\n")
    _drop(place, "follow/all/c.txt", "demo: snow\n")
    _once(place)
    assert _subscriptions(place) == {
        "birds": ["owl", "kite"], "new one": [f"{place.site.root}/posts?tags=lake&page=1"],
    }  # fmt: skip
    assert "is of the site demoapi, not demo" in _result(place, "follow/Birds/a.txt")[1]
    assert 'no subscription can be called "all"' in (place.inbox / "failed/follow/all/c.txt").read_text("utf-8")


CUTS: dict[str, tuple[object, str]] = {
    "after the edit": (reload.Reload, "now"),
    "in the transaction": (entries, "accept_file"),
    "before the move": (Inbox, "finish"),
    "after the move": (entries, "moved"),
}


@pytest.mark.parametrize("cut", CUTS)
def test_cut_anywhere_everything_is_followed_once(place: Place, monkeypatch: pytest.MonkeyPatch, cut: str) -> None:
    place.write_config(MINE)
    text = "demoapi: lake\ndemo: roll_1\n{root}/board/thread/2\n{root}/post/3\n"
    _drop(place, "follow/list.txt", text)

    def power_cut(*given: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(*CUTS[cut], power_cut)
        with pytest.raises(PowerCut):
            _once(place)
    with _running(place) as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM entries") == 4
            assert tx.value("SELECT count(*) FROM inbox_files WHERE state = 'closed'") == 1
        assert len(_follows(loop, "watcher")) == 1
        assert len(_follows(loop, "query")) == 3
    assert _subscriptions(place) == {"birds": ["owl"], "demoapi": ["lake"], "demo": ["roll_1"]}
    assert not (place.inbox / "follow" / "list.txt").exists()
    assert len(_result(place, "follow/list.txt")) == 4
    assert len(list((place.inbox / "done" / "follow").iterdir())) == 2
    assert (place.inbox / "failed/follow/list.txt").read_text("utf-8").count("/post/3\n") == 1


def test_a_read_only_config_sends_searches_back_with_the_cure_and_threads_are_watched(place: Place) -> None:
    path = place.write_config(MINE)
    path.chmod(0o444)
    before = path.read_text("utf-8")
    _drop(place, "follow/searches.txt", "demoapi: lake\ndemo: roll_1\n")
    _drop(place, "follow/both.txt", "demoapi: lake\n{root}/board/thread/2\n")
    with _running(place) as loop:
        loop.run_until(lambda: False)
        assert len(_follows(loop, "watcher")) == 1
    assert path.read_text("utf-8") == before
    reason = (place.inbox / "failed/follow/searches.txt.reason.txt").read_text("utf-8")
    assert f"{path} is read-only" in reason
    assert "chmod u+w" in reason
    assert (place.inbox / "failed/follow/searches.txt").exists()
    back = (place.inbox / "failed/follow/both.txt").read_text("utf-8").splitlines()
    assert back[0].startswith(f"# {path} is read-only")
    assert back[1:] == ["demoapi: lake"]
    assert _result(place, "follow/both.txt")[1] == "line 2: {root}/board/thread/2: watched from now on"


def test_a_config_that_is_being_edited_is_waited_for(place: Place) -> None:
    path = place.write_config(MINE)
    _drop(place, "follow/list.txt", "demoapi: lake\n")
    _drop(place, "other.txt", "{root}/media/5.png\n")
    with _running(place) as loop:
        text = path.read_text("utf-8")
        path.write_text(text + "[optoins]\n", "utf-8")
        loop.run_until(lambda: False)
        assert len(place.media()) >= 1, "the others go on"
        assert (place.inbox / "follow/list.txt").exists()
        assert "list.txt waits: config.toml:" in place.words("notice")
        assert "optoins" in place.words("notice")
        path.write_text(text, "utf-8")
        place.advance(600)
        loop.run_until(lambda: False)
        assert len(_follows(loop, "query")) == 2
    assert _subscriptions(place)["demoapi"] == ["lake"]


def test_somebody_who_saves_at_the_same_moment_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place.write_config(MINE)
    _drop(place, "follow/list.txt", "demoapi: lake\n")
    real, times = rewrite._stepped, 0

    def slow(*given: Any) -> str:
        nonlocal times
        times += 1
        if times == 1:
            path.write_text(path.read_text("utf-8") + "# saved meanwhile\n", "utf-8")
        return real(*given)

    monkeypatch.setattr(rewrite, "_stepped", slow)
    with _running(place) as loop:
        loop.run_until(lambda: False)
        place.advance(600)
        loop.run_until(lambda: False)
    text = path.read_text("utf-8")
    assert "# saved meanwhile\n" in text
    assert text.endswith('\n[[subscriptions]]\nname = "demoapi"\nsite = "demoapi"\nqueries = ["lake"]\n')


def test_what_is_known_is_fetched_again_on_request_alone(place: Place) -> None:
    _drop(place, "a.txt", "{root}/post/3\n")
    _drop(place, "favourites/b.txt", "{root}/media/5.png\n")
    place.once()
    known = place.media()
    assert len(known) == 2
    _drop(place, "a.txt", "{root}/post/3\n")
    place.once()
    assert place.media() == known
    _drop(place, "again/a.txt", "{root}/post/3\n")
    _drop(place, "Again/favourites/b.txt", "{root}/media/5.png\n")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            rows = tx.rows("SELECT text, origin FROM entries WHERE again")
    assert {row["text"]: codec.origin_from_text(row["origin"]).label for row in rows} == {
        f"{place.site.root}/post/3": "", f"{place.site.root}/media/5.png": "favourites",
    }  # fmt: skip
    assert len(place.media()) == 4
    assert set(known) < set(place.media())
    assert "queued as a post" in _result(place, "again/a.txt")[0]
    assert (place.inbox / "done/Again/favourites/b.txt").exists()
