"""A config in several files is one config: joined in order, and every fault is told with its own file and line."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from syncer.config import changes, edit, include, load, remembered, source
from syncer.config.edit import NewQuery
from syncer.config.include import Joined
from syncer.config.replace import ReadOnlyError
from syncer.config.settings import Config, Source
from syncer.errors import ConfigError, UsageError

MAIN = """\
include = ["conf.d/*.toml"]
[import_folders.main]
path = "import"
profile = "plain"
[[subscriptions]]
name = "first"
site = "safebooru"
queries = ["sky"]
"""
SUB = '[[subscriptions]]\nname = "{}"\nsite = "safebooru"\nqueries = ["{}"]\n'


class Conf:
    """A folder with a config and what it includes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "config.toml"
        self.write("config.toml", MAIN)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def problems(self) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as caught:
            load.load(self.path)
        return caught.value.problems

    def names(self) -> list[str]:
        return [one.name for one in load.load(self.path).subscriptions]


@pytest.fixture(name="conf")
def a_conf(tmp_path: Path) -> Conf:
    return Conf(tmp_path)


def test_lists_of_tables_are_joined_in_the_order_of_names_and_tables_become_one(conf: Conf) -> None:
    conf.write("conf.d/b.toml", SUB.format("third", "c") + '[options]\nmin_size = "1 KB"\n')
    conf.write(
        "conf.d/a.toml", SUB.format("second", "b") + '[import_folders.main]\ndrains = true\n[check]\nzone = "UTC"\n'
    )
    conf.write("conf.d/.hidden.toml", "no toml")
    conf.write("conf.d/a.toml~", "no toml")
    (conf.folder / "conf.d" / "folder.toml").mkdir()
    config = load.load(conf.path)
    assert [one.name for one in config.subscriptions] == ["first", "second", "third"]
    assert config.import_folders["main"].drains
    assert config.import_folders["main"].profile == "plain"
    assert config.options["base"] == {"min_size": 1024}
    assert config.checks.zone == "UTC"
    assert config.included == (conf.folder / "conf.d" / "a.toml", conf.folder / "conf.d" / "b.toml")


def test_it_means_the_same_as_in_one_file(conf: Conf) -> None:
    more = SUB.format("second", "b") + '[[watchers]]\nurl = "https://boards.example/1"\n'
    conf.write("conf.d/a.toml", more)
    apart = load.load(conf.path)
    conf.write("config.toml", MAIN.partition("\n")[2] + more)
    whole = load.load(conf.path)
    assert (apart.subscriptions, apart.watchers) == (whole.subscriptions, whole.watchers)
    assert apart.folders == whole.folders


def test_a_pattern_may_match_nothing_and_a_named_file_may_not_be_missing(conf: Conf) -> None:
    assert conf.names() == ["first"]
    conf.write("config.toml", MAIN.replace('["conf.d/*.toml"]', '["more.toml", "conf.d", "*.toml", "conf.d/*.toml"]'))
    (conf.folder / "conf.d").mkdir()
    assert conf.problems() == (
        "config.toml:1: include #1: more.toml is not there; write it, or leave this out",
        'config.toml:1: include #2: conf.d is a folder; write "conf.d/*.toml"',
    )
    conf.write("config.toml", MAIN.replace('["conf.d/*.toml"]', '["more.toml", "*.toml", "./more.toml"]'))
    conf.write("more.toml", SUB.format("second", "b"))
    assert conf.names() == ["first", "second"], "each file once, and not the main one"


def test_every_fault_has_its_own_file_and_line_and_all_come_at_once(conf: Conf) -> None:
    conf.write("config.toml", MAIN + "evry = 1\n")
    conf.write("conf.d/a.toml", "\n\n" + SUB.format("second", "b") + "limt = 3\n[options]\nmin_size = 3\n")
    conf.write("conf.d/b.toml", '[[subscriptions]]\nname = "First"\nsite = "safebooru"\n[check]\nzone = "Mars"\n')
    problems = conf.problems()
    assert [each.partition(": ")[0] for each in problems] == [
        "config.toml:9",
        "conf.d/a.toml:7",
        "conf.d/a.toml:9",
        "conf.d/b.toml:1",
        "conf.d/b.toml:2",
        "conf.d/b.toml:5",
    ]
    assert 'subscriptions "second".limt: unknown key, did you mean "limit"?' in problems[1]
    assert "queries: is missing" in problems[3]
    assert problems[4].endswith("(the first is on line 6 of config.toml)")


def test_the_same_key_in_two_files_names_both_places(conf: Conf) -> None:
    conf.write("config.toml", MAIN + "[options]\nblacklist = []\n[pressure]\n")
    conf.write("conf.d/a.toml", '[options]\nblacklist = ["x"]\npressure = 1\n[import_folders.main]\npath = "other"\n')
    conf.write("conf.d/b.toml", "check = 3\npressure = 3\n[options.blacklist]\n")
    problems = conf.problems()
    written = "is written in two files; leave one out"
    assert problems[0] == (f"conf.d/a.toml:2: options.blacklist: {written} (the first is on line 10 of config.toml)")
    assert problems[1].startswith("conf.d/a.toml:3: options.pressure: unknown key")
    assert problems[2] == (
        f"conf.d/a.toml:5: import_folders.main.path: {written} (the first is on line 3 of config.toml)"
    )
    assert f"conf.d/b.toml:2: pressure: {written} (the first is on line 11 of config.toml)" in problems
    assert f"conf.d/b.toml:3: options.blacklist: {written} (the first is on line 10 of config.toml)" in problems


def test_what_is_no_toml_is_told_for_all_files(conf: Conf) -> None:
    conf.write("conf.d/a.toml", "[options\n")
    (conf.folder / "conf.d" / "b.toml").write_bytes(b'x = "\xff"\n')
    conf.write("conf.d/c.toml", "evry = 3\n")
    problems = conf.problems()
    assert [each.partition(": ")[0] for each in problems] == ["conf.d/a.toml:1", "conf.d/b.toml:1"]
    with pytest.raises(ConfigError, match=r"conf.d/a.toml and conf.d/b.toml cannot be read"):
        load.load(conf.path)


def test_included_files_include_nothing_and_no_cycle_comes_of_it(conf: Conf) -> None:
    conf.write("conf.d/a.toml", '\ninclude = ["../config.toml", "a.toml"]\n' + SUB.format("second", "b"))
    assert conf.problems() == ("conf.d/a.toml:2: include: only the main config includes files; name it there",)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("3", "must be a list"),
        ('"conf.d/a.toml"', "must be a list"),
        ("[3]", "must be text in quotes"),
        ('[" "]', "is empty"),
        ('["$HOME/a.toml"]', "variables are not looked up"),
    ],
)
def test_an_include_that_makes_no_sense_is_told(conf: Conf, given: str, told: str) -> None:
    conf.write("config.toml", MAIN.replace('["conf.d/*.toml"]', given))
    (problem,) = conf.problems()
    assert problem.startswith("config.toml:1: include")
    assert told in problem


def test_an_include_below_a_table_is_sent_to_the_top(conf: Conf) -> None:
    conf.write("config.toml", MAIN.partition("\n")[2] + '[options]\ninclude = ["conf.d/*.toml"]\n')
    (problem,) = conf.problems()
    assert "belongs at the top of the file, before the first [table]" in problem


def test_what_is_no_file_or_too_big_is_told(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    (conf.folder / "conf.d").mkdir()
    os.mkfifo(conf.folder / "conf.d" / "a.toml")
    assert conf.problems() == ("config.toml:1: include #1: conf.d/a.toml cannot be read: it is no plain file",)
    (conf.folder / "conf.d" / "a.toml").unlink()
    monkeypatch.setattr(source, "MAX_SIZE", 1000)
    for name in "abc":
        conf.write(f"conf.d/{name}.toml", "#" * 500 + "\n")
    assert conf.problems() == ("conf.d/b.toml: all files of the config together are over 16 MB",
                               "conf.d/c.toml: all files of the config together are over 16 MB")  # fmt: skip


def test_relative_paths_begin_at_the_folder_of_their_file(conf: Conf) -> None:
    conf.write("config.toml", MAIN.replace('path = "import"\n', ""))
    more = '[folders]\ninbox = "../in"\nsites = "~/sites"\nstate = "/var/state"\n[import_folders.main]\npath = "out"\n'
    conf.write("conf.d/a.toml", more + '[[subscriptions]]\nname = "l"\nsite = "x"\nqueries_from = "l.txt"\n')
    config = load.load(conf.path)
    assert config.folders.inbox == conf.folder / "in"
    assert config.folders.state == Path("/var/state")
    assert config.folders.sites == Path.home() / "sites"
    assert config.import_folders["main"].path == conf.folder / "conf.d" / "out"
    assert config.subscriptions[1].queries_from == conf.folder / "conf.d" / "l.txt"
    secrets = (
        '[site.x.credentials]\na = { file = "a" }\nb = { file = "~/b" }\nc = { env = "c" }\n[cookies]\nfiles = ["d"]\n'
    )
    proxy = '[network]\nproxy = "http://p.example:1"\nproxy_login = { file = "e", before = "x" }\n'
    conf.write("conf.d/a.toml", more + secrets + proxy)
    config = load.load(conf.path)
    found = {name: each.words[0] for name, each in config.sites["x"].credentials.items()}
    assert found == {"a": str(conf.folder / "conf.d" / "a"), "b": str(Path.home() / "b"), "c": "c"}
    assert config.cookie_files == (conf.folder / "conf.d" / "d",)
    assert config.network.proxy_login == Source("file", (str(conf.folder / "conf.d" / "e"),), "x")
    conf.write("conf.d/a.toml", more.replace('"out"', '" "'))
    assert "an empty path" in conf.problems()[0]


def test_files_that_come_and_go_change_the_fingerprint(conf: Conf) -> None:
    config = load.load(conf.path)
    before = changes.fingerprint(include.files_of(config))
    path = conf.write("conf.d/a.toml", SUB.format("second", "b"))
    after = changes.fingerprint(include.files_of(config))
    assert after != before
    path.unlink()
    assert changes.fingerprint(include.files_of(config)) == before


def test_what_was_found_fine_is_judged_again_when_an_included_file_changes(
    conf: Conf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = conf.write("conf.d/a.toml", '\ufeff[folders]\nstate = "one"\n')
    judged: list[Path] = []
    real = load.settings

    def judge(joined: Joined) -> Config:
        judged.append(joined.sources[0].path)
        return real(joined)

    monkeypatch.setattr(load, "settings", judge)
    assert remembered.state_folder(conf.path) == conf.folder / "conf.d" / "one"
    assert remembered.state_folder(conf.path) == conf.folder / "conf.d" / "one"
    assert len(judged) == 1
    conf.write("conf.d/a.toml", '[folders]\nstate = "two"\n')
    assert remembered.state_folder(conf.path) == conf.folder / "conf.d" / "two"
    conf.write("conf.d/b.toml", "[folders]\nstat = 3\n")
    with pytest.raises(ConfigError):
        remembered.state_folder(conf.path)
    (conf.folder / "conf.d" / "b.toml").unlink()
    path.unlink()
    assert remembered.state_folder(conf.path) not in (conf.folder / "conf.d" / "one", conf.folder / "conf.d" / "two")


def test_the_place_of_a_subscription_is_found_wherever_it_is(conf: Conf) -> None:
    conf.write("conf.d/a.toml", SUB.format("second", "b") + "\n" + SUB.format("third", "c"))
    place = edit.place_of(conf.path, "THIRD")
    assert (place.name, place.file, place.index, place.line) == ("third", conf.folder / "conf.d" / "a.toml", 1, 6)
    assert edit.place_of(conf.path, "first").file == conf.path
    with pytest.raises(UsageError, match='Did you mean "second"'):
        edit.place_of(conf.path, "secnd")


def add(path: Path, subscription: str, query: str) -> Path | None:
    """Add one query; return the file that it went into."""
    (went,) = edit.add_queries(path, [NewQuery(subscription, "safebooru", query)])
    return went


def test_edits_go_into_the_file_that_has_it(conf: Conf) -> None:
    text = "# mine\n" + SUB.format("second", "b") + "# end\n"
    path = conf.write("conf.d/a.toml", text)
    assert add(conf.path, "second", "more") == path
    assert path.read_text() == text.replace('["b"]', '["b", "more"]')
    assert (conf.folder / "conf.d" / "a.toml.bak").read_text() == text
    edit.remove_queries(conf.path, "second", ["more"])
    assert path.read_text() == text
    assert conf.path.read_text() == MAIN
    edit.add_subscription(conf.path, "new", "safebooru", ["x"])
    assert tomllib.loads(conf.path.read_text())["subscriptions"][1]["name"] == "new"
    with pytest.raises(UsageError, match='"Second" already'):
        edit.add_subscription(conf.path, "Second", "safebooru", [])


def test_one_edit_goes_into_all_files_that_it_concerns(conf: Conf) -> None:
    path = conf.write("conf.d/a.toml", SUB.format("second", "b"))
    new = [("second", "x"), ("third", "y"), ("FIRST", "z"), ("second", "b")]
    went = edit.add_queries(conf.path, [NewQuery(name, "safebooru", text) for name, text in new])
    assert went == [path, conf.path, conf.path, None]
    assert path.read_text() == SUB.format("second", 'b", "x')
    assert conf.path.read_text() == MAIN.replace('"sky"', '"sky", "z"') + "\n" + SUB.format("third", "y")
    assert edit.remove_subscription(conf.path, "SECOND") == path
    assert path.read_text() == ""
    assert conf.names() == ["first", "third"]


def test_where_one_file_cannot_be_written_none_is(conf: Conf) -> None:
    path = conf.write("conf.d/a.toml", SUB.format("second", "b"))
    path.chmod(0o444)
    with pytest.raises(ReadOnlyError, match=r"conf\.d/a\.toml is read-only"):
        edit.add_queries(conf.path, [NewQuery("first", "safebooru", "x"), NewQuery("second", "safebooru", "y")])
    assert conf.path.read_text() == MAIN


def test_a_faulty_neighbour_stops_an_edit_and_nothing_is_written(conf: Conf) -> None:
    path = conf.write("conf.d/a.toml", SUB.format("second", "b"))
    conf.write("conf.d/b.toml", "onli = 3\n")
    with pytest.raises(ConfigError) as caught:
        add(conf.path, "second", "more")
    assert caught.value.problems[0].startswith("conf.d/b.toml:1: onli")
    assert path.read_text() == SUB.format("second", "b")
