"""`add`, `remove`, `follow import` and `export` as a person types them, with and without a running service beside them."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncer import app, asking
from syncer.cli import main
from syncer.clock import SystemClock
from syncer.config import load, remembered
from syncer.demo import house
from syncer.demo.house import House
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.errors import ConfigError, ItemError
from syncer.service import add_verbs, in_force, lock
from syncer.service.reload import Reload
from syncer.store import codec, follows, requests
from syncer.store.database import Database
from tests.system.test_cli_process import call, service

LANDSCAPES = '[[subscriptions]]\nname = "landscapes"\nsite = "demoapi"\nqueries = ["lake", "snow"]\n'
WATCHERS = '[[watchers]]\nurl = "{root}/board/thread/3"\n'


class Typed:
    """A house, and its commands as they are typed there."""

    def __init__(self, place: House, root: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self.root = place, root
        self._capsys = capsys

    def __call__(self, *words: str, exit_code: int = 0) -> dict[str, Any]:
        """Call a command; return its data, or its error."""
        given = [word.format(root=self.root) for word in words]
        self._capsys.readouterr()
        code = main.main([*given, "--config", str(self.place.config), "--json"])
        answer: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        assert code == answer["exit"] == exit_code, answer
        found: dict[str, Any] = answer["error"] or answer["data"]
        return found

    def outcomes(self, *words: str, exit_code: int = 0) -> list[str]:
        """Call a command that answers with rows; return what came of each."""
        return [row["outcome"] for row in self(*words, exit_code=exit_code)["rows"]]

    @property
    def text(self) -> str:
        """The config as it is now."""
        return self.place.config.read_text("utf-8")

    def queries(self) -> dict[str, list[Any]]:
        """Return the queries in the config by subscription."""
        return {one["name"]: one["queries"] for one in tomllib.loads(self.text).get("subscriptions", [])}

    def followed(self) -> list[str]:
        """Return what the store follows; without a running service the config is read for that."""
        return [row["label"].replace(self.root, "{root}") for row in self("follow", "list")["follows"]]


MakeTyped = Callable[..., Typed]


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    """The address of a local site."""
    with LocalSite(World(seed=1, posts=8, tiny=True)) as site:
        yield site.root


@pytest.fixture
def typed(root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """A fresh house beside the local site."""
    return Typed(house.prepare(tmp_path / "house", root, links=False), root, capsys)


def test_queries_are_added_once_and_every_spelling_is_known(typed: Typed) -> None:
    before = typed.text
    done = typed("add", "query", "Landscapes", "rainbow", " lake", "{root}/api/posts.json?tags=snow&page=2", "rainbow ")
    assert [row["outcome"] for row in done["rows"]] == ["added", "there", "there", "there"]
    assert done["rows"][2]["words"] == 'followed already as "snow" of the subscription "landscapes"'
    assert done["taken_up"] == "saved; the next `syncer run` takes it up"
    assert typed.text == before.replace('["lake", "snow"]', '["lake", "snow", "rainbow"]')
    again = typed("add", "query", "landscapes", "rainbow")
    assert again["taken_up"] == ""
    assert again["rows"][0]["words"] == 'followed already as "rainbow" of the subscription "landscapes"'
    assert "landscapes: rainbow" in typed.followed()
    assert typed.outcomes("add", "query", "landscapes", "sky", "--paused") == ["added"]
    assert typed.queries()["landscapes"][-1] == {"q": "sky", "paused": True}


@pytest.mark.parametrize(
    ("words", "title", "advice"),
    [
        (["add", "query", "landscape", "x"], 'there is no subscription "landscape"', 'Did you mean "landscapes"?'),
        (["add", "query", "zzz", "x"], 'there is no subscription "zzz"', "There are: landscapes"),
        (["add", "subscription", "x", "--site", "dem"], 'there is no site "dem"', 'Did you mean "demo"?'),
        (["add", "subscription", "landscapes", "--site", "demoapi", "--query", "x"], "there is a subscription", "add query"),
        (["add", "subscription", "x", "--site", "demo", "--every", "dya"], '"dya" cannot be read', "Nothing was saved"),
        (["add", "subscription", "x", "--site", "demo", "--queries-from", "no.txt"], "there is no file", "Write it first"),
        (["add", "subscription", "all", "--site", "demo"], "has a meaning of its own in commands", "Nothing was saved"),
        (["remove", "query", "landscapes", "snw"], 'has no query "snw"', 'Did you mean "snow"?'),
        (["remove", "query", "landscapes", "lake", "snw"], 'has no query "snw"', 'Did you mean "snow"?'),
        (["remove", "subscription", "landscape"], "there is no subscription", 'Did you mean "landscapes"?'),
        (["remove", "watcher", "{root}/board/thread/3"], "stands in the config, at config.toml:", "Take it out there"),
        (["add", "watcher", "x"], "is no URL that can be fetched", "https://host/path"),
        (["add", "catalogue", "{root}/board/thread/3"], "this is a thread", "`syncer add watcher`"),
        (["add", "catalogue", "{root}/posts?tags="], "this is a gallery of posts", "[[subscriptions]]"),
        (["add", "catalogue", "{root}/board/catalog", "--words", "-sea"], "only says what is not there", "Nothing was saved"),
        (["add", "catalogue", "{root}/board/catalog", "--name", "landscapes"], "is the name of a subscription", "Nothing was saved"),
        (["remove", "catalogue", "hills"], 'the config has no catalogue "hills"', "There are: none"),
        (["follow", "import", "no.txt"], "No such file", "Name a file of follows"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing_and_says_why(
    typed: Typed, words: list[str], title: str, advice: str
) -> None:
    before = typed.text
    error = typed(*words, exit_code=2)
    assert title in error["title"]
    assert advice in error["advice"]
    assert typed.text == before


def test_a_catalogue_is_added_once_listed_with_its_threads_and_removed_without_them(typed: Typed) -> None:
    before, url = typed.text, "{root}/board/catalog"
    added = typed(
        "add", "catalogue", url, "--name", "hills", "--words", "mountain*", "--words", "title:lake", "--tag", "sea"
    )
    assert [row["outcome"] for row in added["rows"]] == ["added"]
    assert tomllib.loads(typed.text)["catalogues"] == [
        {"url": url.format(root=typed.root), "words": ["mountain*", "title:lake"], "name": "hills", "add_tags": ["sea"]}
    ]
    assert typed.outcomes("add", "catalogue", f"{url}/", "--name", "Hills") == ["there"]
    assert typed.outcomes("add", "watcher", url, exit_code=1) == ["refused"]
    assert typed.outcomes("add", "query", "landscapes", url, exit_code=1) == ["refused"]
    assert typed.outcomes("add", "catalogue", url) == ["added"]
    assert typed.followed()[2:4] == [url, "hills"]
    assert typed("remove", "catalogue", f"{url}/", exit_code=2)["advice"].startswith("Say which")
    removed = typed("remove", "catalogue", "HILLS", "--threads")
    assert removed["rows"][0]["outcome"] == "removed"
    assert typed.outcomes("remove", "catalogue", url) == ["removed"]
    assert typed.text == before


def test_a_watcher_of_the_config_is_told_with_its_line(typed: Typed) -> None:
    error = typed("remove", "watcher", "{root}/board/thread/3#p17", exit_code=2)
    line = typed.text.splitlines().index(f'url = "{typed.root}/board/thread/3"')
    assert f"at config.toml:{line}" in error["title"]


def test_queries_come_from_standard_input_one_a_line(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    read = io.TextIOWrapper(io.BytesIO("\ufeff# birds\r\n owl\r\n\r\nsnow\r\ngrey heron".encode()))
    monkeypatch.setattr(sys, "stdin", read)
    assert typed.outcomes("add", "query", "landscapes", "bird", "-") == ["added", "added", "there", "added"]
    assert typed.queries()["landscapes"] == ["lake", "snow", "bird", "owl", "grey heron"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"crane\na\x01b\n")))
    assert "control character" in typed("add", "query", "landscapes", "-", exit_code=2)["title"]
    assert "crane" not in typed.text


def test_what_else_is_to_be_known_of_a_query_is_said(typed: Typed) -> None:
    typed("add", "subscription", "resting", "--site", "demoapi", "--paused")
    words = typed("add", "query", "resting", "order:random")["rows"][0]["words"]
    assert "it does not show the newest first" in words
    assert "this subscription is paused in the config" in words
    typed.place.config.write_text(typed.text.replace('["order:random"]', '["lake"]'), "utf-8")
    assert typed("remove", "query", "landscapes", "lake")["rows"][0]["words"] == (
        'it is still followed in the subscription "resting"'
    )


def test_while_a_syncer_runs_a_faulty_config_keeps_nobody_from_looking(
    typed: Typed, caplog: pytest.LogCaptureFixture
) -> None:
    secret = '[handover.gallery-dl.options.far]\npassword = "hunter2"\n[handover.yt-dlp]\noptions = ["--password", "hunter2"]\n'
    more = typed.place.config.with_name("more.toml")
    more.write_text(secret, "utf-8")
    typed.place.config.write_text(f'include = ["more.toml"]\n{typed.text}', "utf-8")
    listed, good = typed("follow", "export")["text"], load.load(typed.place.config)
    with app.runner(good, app.Wanted(inbox=False, inline=True)) as loop:
        remembered.keep(good)
        Reload(loop.runtime)
        typed.place.config.write_text(f"{typed.text}\nincldue = 3\n[[subscriptions]]\nname = 7\n", "utf-8")
        assert typed("follow", "export")["text"] == listed
        assert "config.toml has 3 problems; the running syncer goes on with the last good one" in caplog.text
        assert typed("explain", "{root}/board/thread/3")["recognised"]["site"] == "demoboard"
        shown = typed("config", "show")
        assert shown["settings"]["subscriptions"][0]["name"] == "landscapes"
        assert shown["included"] == [str(more)]
        for words in (["config", "check"], ["add", "query", "landscapes", "x"], ["run", "--once"]):
            assert len(typed(*words, exit_code=78)["problems"]) == 3
        kept = loop.runtime.snapshot.config.folders.state / in_force.FILE_NAME
        assert kept.stat().st_mode & 0o077 == 0
        whole = kept.read_text("utf-8")
        assert "hunter2" not in whole, "options of other programs are for the service alone"
        kept.write_text("{}", "utf-8")
        typed("follow", "export", exit_code=78)
        kept.write_text(whole, "utf-8")
        assert typed("follow", "export")["text"] == listed
    typed("follow", "export", exit_code=78)


def test_a_service_whose_config_names_a_thread_lets_nobody_else_end_it(typed: Typed) -> None:
    with app.runner(load.load(typed.place.config), app.Wanted(inbox=False, inline=True)) as loop:
        with pytest.raises(ItemError, match=r"stands under \[\[watchers\]\] in the config"):
            add_verbs.unwatch(loop.runtime, {"urls": [f"{typed.root}/board/thread/3"]})
        with pytest.raises(ItemError, match="is no watcher but a query"):
            add_verbs.unwatch(loop.runtime, {"urls": [f"{typed.root}/api/posts.json?tags=lake"]})


def test_a_service_with_another_config_is_told_of(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "is_held", lambda state: True)
    monkeypatch.setattr(asking, "ask", lambda config, verb, details: {"path": "/elsewhere/config.toml"})
    done = typed("add", "query", "landscapes", "rainbow")
    assert done["taken_up"] == "saved; the running syncer uses another config, /elsewhere/config.toml"

    def busy(config: object, verb: str, details: object) -> None:
        raise ConfigError("it would retire 8 of 10 queries", "If that is meant: `syncer reload --yes`")

    monkeypatch.setattr(asking, "ask", busy)
    told = typed("add", "query", "landscapes", "sky")["taken_up"]
    assert told.startswith("saved, but the running syncer goes on with what it had: it would retire 8 of 10 queries")


def test_a_read_only_config_says_so_with_the_cure(typed: Typed) -> None:
    typed.place.config.chmod(0o444)
    before = typed.text
    for words in (
        ["add", "query", "landscapes", "x"],
        ["add", "subscription", "x", "--site", "demo"],
        ["remove", "query", "landscapes", "lake"],
        ["remove", "subscription", "landscapes"],
    ):
        error = typed(*words, exit_code=78)
        assert error["title"] == f"{typed.place.config} is read-only"
        assert "chmod u+w" in error["advice"]
    assert typed.text == before
    assert typed.outcomes("add", "watcher", "{root}/board/thread/2") == ["watched"], "the store is no config"


def test_a_subscription_comes_with_its_settings_and_goes_without_a_trace(typed: Typed) -> None:
    before = typed.text
    words = [
        "--first-limit",
        "7",
        "--limit",
        "9",
        "--every",
        "day at 06:00",
        "--priority",
        "low",
        "--gaps",
        "ignore",
        "--paused",
    ]
    done = typed("add", "subscription", "birds", "--site", "demo", "--query", "owl", "--query", "kite", *words)
    assert [row["text"] for row in done["rows"]] == ["owl", "kite"]
    assert typed.text == before + (
        '\n[[subscriptions]]\nname = "birds"\nsite = "demo"\nqueries = ["owl", "kite"]\nevery = "day at 06:00"\n'
        'first_limit = 7\nlimit = 9\ngaps = "ignore"\npriority = "low"\npaused = true\n'
    )
    assert typed.outcomes("add", "subscription", "Birds", "--site", "demo", "--query", "owl") == ["there"]
    assert typed.outcomes("add", "subscription", "twins", "--site", "demo", "--query", "owl") == ["there"]
    assert "twins" not in typed.queries(), "a subscription of nothing new is not made"
    assert typed.outcomes("add", "subscription", "empty", "--site", "demo") == ["added"]
    assert typed.outcomes("remove", "subscription", "EMPTY") == ["removed"]
    assert "with its 2 queries;" in typed("remove", "subscription", "birds")["rows"][0]["words"]
    typed("add", "subscription", "one", "--site", "demo", "--query", "kite")
    assert "with its query;" in typed("remove", "subscription", "one")["rows"][0]["words"]
    assert typed.text == before


def test_a_list_of_queries_is_named_as_it_lies_where_the_command_is_called(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "birds.txt").write_text("owl\nkite\n", "utf-8")
    typed("add", "subscription", "birds", "--site", "demo", "--queries-from", "birds.txt")
    assert f'queries_from = "{tmp_path}/birds.txt"\n' in typed.text
    assert {"birds: owl", "birds: kite"} <= set(typed.followed())
    assert typed.outcomes("add", "query", "birds", "heron") == ["added"]
    assert (tmp_path / "birds.txt").read_text("utf-8") == "owl\nkite\nheron\n"
    assert typed.outcomes("remove", "query", "birds", "owl") == ["removed"]
    assert (tmp_path / "birds.txt").read_text("utf-8") == "kite\nheron\n"
    assert "birds.txt stays" in typed("remove", "subscription", "birds")["rows"][0]["words"]
    assert (tmp_path / "birds.txt").exists()


def test_who_removes_by_command_is_not_asked_again_and_others_are(typed: Typed) -> None:
    words = [f"--query=word{number}" for number in range(8)]
    typed("add", "subscription", "many", "--site", "demo", *words)
    typed("add", "subscription", "more", "--site", "demoapi", *words)
    assert len(typed.followed()) == 2 + 8 + 8 + 1
    typed.place.config.chmod(0o444)
    assert "read-only" in typed("remove", "subscription", "many", "--yes", exit_code=78)["title"]
    with closing(Database.open(typed.place.state, SystemClock(), read_only=True)) as db, db.read() as tx:
        assert requests.fact(tx, "meant to go") == [], "it was not done"
    typed.place.config.chmod(0o644)
    error = typed("remove", "subscription", "many", exit_code=2)
    assert "has 8 queries" in error["title"]
    assert "--yes" in error["advice"]
    assert typed.outcomes("remove", "subscription", "many", "--yes") == ["removed"]
    assert len(typed.followed()) == 2 + 8 + 1
    assert typed("status")["needs_you"] == []
    # By hand it may be a mistake.
    typed.place.config.write_text(typed.text[: typed.text.index('[[subscriptions]]\nname = "more"')], "utf-8")
    assert len(typed.followed()) == 2 + 8 + 1
    with closing(Database.open(typed.place.state, SystemClock(), read_only=True)) as db, db.read() as tx:
        assert requests.fact(tx, "meant to go") == []
        assert sum("reload --yes" in follow.paused for follow in follows.everything(tx)) == 8


def test_threads_are_watched_and_let_go(typed: Typed) -> None:
    before = typed.text
    done = typed("add", "watcher", "{root}/board/thread/2", "{root}/post/3", "{root}/nothing", exit_code=1)
    assert [row["outcome"] for row in done["rows"]] == ["watched", "refused", "refused"]
    assert typed.outcomes("add", "watcher", "{root}/board/thread/2#p5", "{root}/board/thread/3") == ["there", "there"]
    assert typed.text == before
    assert "{root}/board/thread/2" in typed.followed()
    assert typed.outcomes("remove", "watcher", "{root}/board/thread/2") == ["removed"]
    assert "{root}/board/thread/2" not in typed.followed()
    assert "no follow is called" in typed("remove", "watcher", "{root}/board/thread/2", exit_code=1)["title"]
    assert typed.outcomes("add", "watcher", "{root}/board/thread/2") == ["watched"], "back again"


def test_urls_are_queued_and_not_waited_for(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    read = io.TextIOWrapper(
        io.BytesIO(b"# a list\n%(root)s/post/3\n%(root)s/board/thread/2\n".replace(b"%(root)s", typed.root.encode()))
    )
    monkeypatch.setattr(sys, "stdin", read)
    words = ["{root}/media/5.png", "demo: lake", "-", "words", "--priority", "low", "--label", "favourites"]
    done = typed("add", "url", *words, exit_code=1)
    assert [(row["outcome"], row["words"]) for row in done["rows"]] == [
        ("queued", "queued as a file"), ("queued", "queued as a gallery download: 2000 new posts at most"), ("queued", "queued as a post"),
        ("queued", "watched from now on"), ("refused", "neither a link nor `site: query`"),
    ]  # fmt: skip
    with closing(Database.open(typed.place.state, SystemClock(), read_only=True)) as db, db.read() as tx:
        origins = [codec.origin_from_text(row["origin"]) for row in tx.rows("SELECT origin FROM entries")]
    assert {origin.label for origin in origins} == {"favourites"}
    jobs = typed("queue", "list")["jobs"]
    assert {job["url"].replace(typed.root, "") for job in jobs} >= {"/media/5.png", "/post/3"}
    assert {job["priority"] for job in jobs if "/media/5.png" in job["url"]} == {"low"}
    assert list(typed.place.imports.iterdir()) == []
    assert typed("run", "--once")["counts"]["delivered"] >= 2
    assert typed.outcomes("add", "url", "{root}/media/5.png") == ["known"]
    assert typed.outcomes("add", "url", "{root}/media/5.png", "--again") == ["queued"]


def test_a_list_that_was_exported_is_imported_elsewhere_and_the_same_is_followed(
    typed: Typed, root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = ["source:https://a.example/1 -x", "two  words", "{root}/posts?tags=bird", "#7", "tags: x", "ä – 日本"]
    typed("add", "subscription", "odd", "--site", "demo", *(f"--query={each}" for each in odd))
    typed("add", "query", "odd", "rest", "--paused")
    typed("add", "watcher", "{root}/board/thread/2")
    file = tmp_path / "list.txt"
    done = typed("follow", "export", "--to", str(file))
    assert done["lines"] == len(file.read_text("utf-8").splitlines()) - 6
    assert "# paused:\ndemo: rest\n" in file.read_text("utf-8")
    other = Typed(house.prepare(tmp_path / "other", root, links=False), root, capsys)
    other.place.config.write_text(other.text.replace(LANDSCAPES, "").replace(WATCHERS.format(root=root), ""), "utf-8")
    assert other.followed() == []
    counts = other("follow", "import", str(file))["counts"]
    assert counts == {"added": 9, "watched": 2}
    assert sorted(other.queries()) == ["landscapes", "odd"]
    assert sorted(other.followed()) == sorted(typed.followed())
    before = other.text
    assert other("follow", "import", str(file))["counts"] == {"there": 11}
    assert other.text == before
    third = Typed(house.prepare(tmp_path / "third", root, links=False), root, capsys)
    third.place.config.write_text(third.text.replace(LANDSCAPES, "").replace(WATCHERS.format(root=root), ""), "utf-8")
    file.write_text(other("follow", "export")["text"], "utf-8")
    third("follow", "import", str(file))
    assert third("follow", "export")["text"] == file.read_text("utf-8")


def test_a_list_goes_into_one_subscription_and_each_line_is_told(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"# mine\ndemo: owl\ndemo: lake\ndemoapi: kite\n{typed.root}/post/3\nwords\ndemo: owl\n{typed.root}/board/thread/2\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    done = typed("follow", "import", "-", "--into", "birds", exit_code=1)
    assert [(row["line"], row["outcome"]) for row in done["rows"]] == [
        (2, "added"), (3, "added"), (4, "refused"), (5, "refused"), (6, "refused"), (7, "there"), (8, "watched"),
    ]  # fmt: skip
    assert typed.queries()["birds"] == ["owl", "lake"]


@pytest.mark.timeout(120)
def test_beside_a_running_service_everything_holds_at_once(typed: Typed) -> None:
    words = [f"--query=word{number}" for number in range(8)]
    typed("add", "subscription", "many", "--site", "demo", *words)
    typed.place.config.write_text(typed.text.replace("[[watchers]]", "[[watchers]]\npaused = true"), "utf-8")
    with service(typed.place):
        done = call("add", "query", "landscapes", "rainbow", "--config", str(typed.place.config))
        assert done.stdout.decode().splitlines() == [
            'added    rainbow: a query of the subscription "landscapes" now; its first check takes the newest 100 posts at most',
            "saved; the running syncer has taken it up",
        ]
        assert typed.outcomes("add", "url", "{root}/board/thread/2", "{root}/media/5.png") == ["queued", "queued"]
        assert {"landscapes: rainbow", "{root}/board/thread/2", "many: word7"} < set(typed.followed())
        removed = typed("remove", "subscription", "many", "--yes")
        assert removed["taken_up"] == "saved; the running syncer has taken it up"
        assert typed.outcomes("remove", "watcher", "{root}/board/thread/2") == ["removed"]
        assert set(typed.followed()) == {
            "landscapes: lake", "landscapes: snow", "landscapes: rainbow", "{root}/board/thread/3",
        }  # fmt: skip


def test_another_search_of_a_site_is_written_down_as_its_address(typed: Typed) -> None:
    typed("add", "subscription", "herons", "--site", "commons/category", "--query", "Grey herons")
    assert typed.queries()["herons"] == ["https://commons.wikimedia.org/wiki/Category:Grey_herons"]
    text = typed.text
    found = typed("add", "subscription", "more", "--site", "commons/nosuch", "--query", "a", exit_code=1)
    assert "commons/uploader" in str(found)
    assert typed.text == text
