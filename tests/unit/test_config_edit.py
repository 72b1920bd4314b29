"""Edits change what was asked and nothing else: comments, order, line ends stay, and a doubtful text is not saved."""

from __future__ import annotations

import difflib
import itertools
import os
import re
import stat
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.config import changes, edit, export, include, load, replace, rewrite, splice
from syncer.config.edit import NewQuery
from syncer.config.replace import ReadOnlyError
from syncer.config.rewrite import Step
from syncer.errors import ConfigError, TryLaterError, UsageError

TEXT = """# my config
[import_folders.main]
path = "/d/import"   # the big disk
profile = "hydrus"

[[subscriptions]]
name = "landscapes"
site = "safebooru"
queries = [
  "sky",      # always
  # mountains come later
  { q = "sea cliffs", paused = true },
]

[[subscriptions]]
name = "Birds"
site = "safebooru"
queries = ["owl", "kite"]   # two

[network]
# nothing yet
"""


def add(path: Path, name: str, *queries: str, paused: bool = False) -> list[bool]:
    """Add queries to a subscription of the one site; return for each whether it is new."""
    went = edit.add_queries(path, [NewQuery(name, "safebooru", query, paused) for query in queries])
    assert {file for file in went if file is not None} <= {path}
    return [file is not None for file in went]


def remove(path: Path, name: str, *queries: str) -> None:
    """Remove queries from a subscription."""
    edit.remove_queries(path, name, queries)


def change(path: Path, changed: Callable[[Any], None]) -> None:
    """Change the data as only tomlkit could write it."""
    rewrite.apply(path, load.read(path), {path: [Step(changed)]})


@pytest.fixture(name="path")
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    return path


def test_a_query_is_added_in_its_place(path: Path) -> None:
    add(path, "landscapes", " red barn ")
    add(path, "birds", "heron", paused=True)
    assert path.read_text() == TEXT.replace("paused = true },\n", 'paused = true },\n  "red barn",\n').replace(
        '"kite"]', '"kite", { q = "heron", paused = true }]'
    )


def test_a_query_is_removed_with_its_comment_or_table_only(path: Path) -> None:
    remove(path, "landscapes", "sea cliffs")
    remove(path, "Birds", "owl")
    text = path.read_text()
    assert "sea cliffs" not in text
    assert 'queries = ["kite"]   # two' in text
    assert '"sky",      # always' in text
    assert "# mountains come later" in text
    remove(path, "Birds", "kite")
    assert load.load(path).subscriptions[1].queries == ()


def test_a_subscription_is_added_at_the_end(path: Path) -> None:
    edit.add_subscription(path, "winter", "safebooru", ["snow", 'a "quoted" one'])
    assert path.read_text() == TEXT + (
        '\n[[subscriptions]]\nname = "winter"\nsite = "safebooru"\nqueries = ["snow", "a \\"quoted\\" one"]\n'
    )
    assert [one.name for one in load.load(path).subscriptions] == ["landscapes", "Birds", "winter"]


def test_a_first_subscription_comes_after_all_comments(path: Path) -> None:
    path.write_text(export.example())
    edit.add_subscription(path, "winter", "safebooru", ["snow"])
    assert path.read_text().startswith(export.example())
    assert load.load(path).subscriptions[0].queries[0].text == "snow"


def test_the_text_before_is_kept_beside_it_with_the_same_rights(path: Path) -> None:
    path.chmod(0o640)
    add(path, "birds", "heron")
    backup = path.with_name("config.toml.bak")
    assert backup.read_text() == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(backup.stat().st_mode) == 0o640
    assert sorted(one.name for one in path.parent.iterdir()) == ["config.toml", "config.toml.bak"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody")
def test_an_edit_as_root_leaves_the_file_to_its_owner(path: Path) -> None:
    os.chown(path, 12345, 12346)
    add(path, "birds", "heron")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


def test_what_a_kill_left_behind_is_swept_away(path: Path) -> None:
    for name in (".config.toml.0011aabbccdd.tmp", ".config.toml.bak.0011aabbccdd.tmp", ".other.toml.11.tmp"):
        (path.parent / name).write_text("half")
    add(path, "birds", "heron")
    left = {each.name for each in path.parent.iterdir()}
    assert left == {"config.toml", "config.toml.bak", ".other.toml.11.tmp"}


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(path)
    add(link, "birds", "heron")
    assert link.is_symlink()
    assert "heron" in path.read_text()


def test_windows_lines_and_a_byte_order_mark_stay(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    add(path, "landscapes", "red barn")
    edit.add_subscription(path, "winter", "safebooru", ["snow"])
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf#")
    assert raw.count(b"\r\n") == raw.count(b"\n") > 20
    assert len(load.load(path).subscriptions) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: remove(path, "bird", "x"), 'no subscription "bird". Did you mean "Birds"?'),
        (lambda path: edit.remove_subscription(path, "bird"), 'no subscription "bird". Did you mean "Birds"?'),
        (lambda path: edit.add_queries(path, [NewQuery("birds", "other", "x")]), "is of the site safebooru, not other"),
        (lambda path: add(path, "birds", " "), "is empty"),
        (lambda path: add(path, "birds", "a\nb"), "line break"),
        (lambda path: remove(path, "birds", "owls"), 'Did you mean "owl"?'),
        (lambda path: remove(path, "birds", "owl", "x"), 'no query "x"'),
        (lambda path: edit.add_subscription(path, "BIRDS", "safebooru", []), "already"),
        (lambda path: edit.add_subscription(path, "x", "rule", []), "meaning of its own"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    path: Path, change: Callable[[Path], None], told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        change(path)
    assert told in str(caught.value)
    assert path.read_text() == TEXT
    assert len(list(path.parent.iterdir())) == 1


def test_a_faulty_config_is_not_touched(path: Path) -> None:
    path.write_text(TEXT + "onli = []\n")
    with pytest.raises(ConfigError) as caught:
        add(path, "birds", "heron")
    assert "onli" in caught.value.problems[0]
    assert len(list(path.parent.iterdir())) == 1


def test_an_edit_that_makes_it_faulty_is_not_saved(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        edit.add_subscription(path, "all", "safebooru", [])
    assert "meaning of its own in commands" in caught.value.problems[0]
    assert path.read_text() == TEXT


def test_what_tomlkit_would_move_is_not_saved(path: Path) -> None:
    """It writes the table between the dotted keys, so that the second one falls into it (python-poetry/tomlkit#145)."""
    text = 'bandwidth.connections = 4\npressure.free_space = "2 GB"\n' + TEXT
    path.write_text(text)

    def pace_a_site(data: Any) -> None:
        data["bandwidth"]["site"] = {"own": {"domain": ["1 request / 5 s"]}}

    document = tomlkit.parse(text)
    pace_a_site(document)
    assert "free_space" in tomllib.loads(tomlkit.dumps(document))["bandwidth"]["site"]["own"].get("pressure", {})
    with pytest.raises(ConfigError, match="by hand"):
        change(path, pace_a_site)
    assert path.read_text() == text


def test_a_text_that_would_say_something_else_is_not_saved(path: Path) -> None:
    def more_than_meant(data: Any) -> None:
        if isinstance(data, tomlkit.TOMLDocument):
            data["watchers"] = []

    with pytest.raises(ConfigError, match="by hand"):
        change(path, more_than_meant)
    assert path.read_text() == TEXT


def test_a_config_that_somebody_saved_meanwhile_is_left_to_them(path: Path) -> None:
    other = TEXT + "only = []\n"

    def slow(data: Any) -> None:
        path.write_text(other)
        data["subscriptions"][1]["queries"].append("heron")

    with pytest.raises(TryLaterError, match="saved by somebody else"):
        change(path, slow)
    assert path.read_text() == other


def test_a_config_that_was_saved_after_it_was_read_is_left_to_them(path: Path) -> None:
    joined = load.read(path)
    path.write_text(TEXT + "only = []\n")
    with pytest.raises(TryLaterError, match="saved by somebody else"):
        rewrite.apply(path, joined, {path: [Step(lambda data: data.clear())]})
    assert path.read_text() == TEXT + "only = []\n"


def test_an_editor_that_never_ends_is_not_waited_for_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrite, "PATIENCE", 0.01)
    with rewrite.alone(path), pytest.raises(TryLaterError, match="another syncer is changing the config"):
        add(path, "birds", "heron")
    assert path.read_text() == TEXT


def test_two_editors_wait_for_each_other(path: Path) -> None:
    other = threading.Thread(target=add, args=(path, "birds", "heron"))
    with rewrite.alone(path):
        other.start()
        other.join(0.2)
        assert other.is_alive()
        assert path.read_text() == TEXT
    other.join(10)
    assert '"heron"' in path.read_text()


def test_lists_in_one_line_are_edited_too(path: Path) -> None:
    path.write_text(
        'subscriptions = [{name = "a", site = "x", queries = ["b"]}] # all\n'
        + TEXT.split("[[subscriptions]]", maxsplit=1)[0]
    )
    edit.add_subscription(path, "winter", "x", ["snow"])
    edit.add_queries(path, [NewQuery("a", "x", "c")])
    found = load.load(path).subscriptions
    assert [(one.name, [query.text for query in one.queries]) for one in found] == [
        ("a", ["b", "c"]),
        ("winter", ["snow"]),
    ]
    assert "# all" in path.read_text()


def test_a_file_without_a_line_end_can_be_added_to(path: Path) -> None:
    path.write_text(TEXT + "only = []")
    edit.add_subscription(path, "winter", "x", [])
    assert path.read_text().endswith('only = []\n\n[[subscriptions]]\nname = "winter"\nsite = "x"\nqueries = []\n')


def test_what_is_there_already_changes_nothing(path: Path) -> None:
    assert add(path, "BIRDS", " owl ") == [False]
    assert add(path, "landscapes", "sea cliffs", "sky", paused=True) == [False, False]
    assert path.read_text() == TEXT
    assert len(list(path.parent.iterdir())) == 1, "no backup of nothing"
    assert add(path, "birds", "owl", "heron", "heron") == [False, True, False]


def test_many_are_added_in_one_edit_and_what_is_missing_is_made(path: Path) -> None:
    new = [("birds", "heron"), ("winter", "snow"), ("landscapes", "red barn"), ("Winter", "ice"), ("winter", "snow")]
    added = edit.add_queries(path, [NewQuery(name, "safebooru", text) for name, text in new])
    assert added == [path, path, path, path, None]
    assert (
        path.read_text()
        == TEXT.replace('"kite"]', '"kite", "heron"]').replace(
            "paused = true },\n", 'paused = true },\n  "red barn",\n'
        )
        + '\n[[subscriptions]]\nname = "winter"\nsite = "safebooru"\nqueries = ["snow", "ice"]\n'
    )
    assert path.with_name("config.toml.bak").read_text() == TEXT, "one edit, one backup"


def test_a_long_list_is_written_one_query_a_line(path: Path) -> None:
    words = [f"word number {number}" for number in range(20)]
    edit.add_subscription(path, "many", "safebooru", words, {"limit": 5, "paused": True, "every": "6 hours"})
    added = path.read_text().removeprefix(TEXT)
    assert added.count('\n  "word number') == 20
    assert added.endswith('\n]\nlimit = 5\npaused = true\nevery = "6 hours"\n')
    assert load.load(path).subscriptions[2].limit == 5


def test_a_subscription_is_removed_with_what_is_inside_it(path: Path) -> None:
    edit.remove_subscription(path, "LANDSCAPES")
    begin, end = TEXT.index('[[subscriptions]]\nname = "landscapes"'), TEXT.index('[[subscriptions]]\nname = "Birds"')
    assert path.read_text() == TEXT[:begin] + TEXT[end:]
    edit.remove_subscription(path, "birds")
    assert path.read_text() == TEXT[:begin] + TEXT[TEXT.index("[network]") :]
    assert load.load(path).subscriptions == ()


def test_what_stands_between_tables_stays(path: Path) -> None:
    text = TEXT.replace("[network]\n", "# about the net\n[network]\n").replace(
        '[[subscriptions]]\nname = "Birds"', '# since 2020\n[[subscriptions]]   # two\nname = "Birds"'
    )
    path.write_text(text)
    edit.remove_subscription(path, "landscapes")
    assert "# since 2020\n[[subscriptions]]   # two\n" in path.read_text()
    edit.remove_subscription(path, "Birds")
    assert "# since 2020\n" in path.read_text()
    assert path.read_text().endswith("\n# about the net\n[network]\n# nothing yet\n")


def test_tables_in_parts_and_odd_writing_are_understood(path: Path) -> None:
    odd = (
        "[[ \"subscriptions\" ]]\n'name' = 'odd [one]'\nsite='safebooru'\n"
        'limit = 7\nqueries = [\'\'\'\n# no comment, [\'\'\', """]"""""]# here [\nfirst_limit = 8 # last'
    )
    text = TEXT.replace("# nothing yet\n", 'only = ["a.example"] # ]\n') + odd
    path.write_text(text)
    add(path, "odd [one]", "x")
    longer = text.replace('"""""]#', '""""", "x"]#') + "\n"
    assert path.read_text() == longer
    remove(path, "odd [one]", "# no comment, [")
    assert path.read_text() == longer.replace("'''\n# no comment, [''', ", "")
    edit.remove_subscription(path, "odd [one]")
    assert path.read_text() == text.removesuffix(odd)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a", "b", "c"]', '["a", "c"]'),
        ('["b", "c", ]', '["c", ]'),
        ('["a", "b"]', '["a"]'),
        ('[ "b" ]', "[ ]"),
        ('["a", "b", # both\n  "c"]', '["a", # both\n  "c"]'),
        ('[\n  "a",\n  # heading\n  "b", # b\n]', '[\n  "a",\n  # heading\n]'),
        ('[\n  "a",\n  "b"\n]', '[\n  "a",\n]'),
        ('[ "a"\n, "b"\n, "c" ]', '[ "a"\n, "c" ]'),
        ('["a", # note\n "b"]', '["a", # note\n]'),
        ('[\n  { q = "b", paused = true },\n  "a" ]', '[\n  "a" ]'),
    ],
)
def test_one_query_is_cut_out(path: Path, before: str, after: str) -> None:
    text = TEXT.replace('["owl", "kite"]', before)
    path.write_text(text)
    remove(path, "birds", "b")
    assert path.read_text() == text.replace(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", '["N"]'),
        ("[ ]", '["N"]'),
        ("[\n]", '[\n  "N",\n]'),
        ("[\n  # none yet\n]", '[\n  # none yet\n  "N",\n]'),
        ('["a", ]', '["a", "N", ]'),
        ('[\n    "a"  # a\n    # b\n]', '[\n    "a",  # a\n    # b\n    "N"\n]'),
        ('["a",\n "b"]', '["a",\n "b", "N"]'),
        ('["a", # a\n]', '["a", # a\n  "N",\n]'),
        ('[\n\t"a",\n]', '[\n\t"a",\n\t"N",\n]'),
    ],
)
def test_a_query_is_put_in_as_the_others_are_written(path: Path, before: str, after: str) -> None:
    text = TEXT.replace('["owl", "kite"]', before)
    path.write_text(text)
    add(path, "birds", "N")
    assert path.read_text() == text.replace(before, after)


@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_config_that_may_not_be_written_says_so_with_the_cure(
    path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    if which == "file":
        path.chmod(0o444)
    else:
        real = os.access
        monkeypatch.setattr(os, "access", lambda place, mode: place != path.parent.resolve() and real(place, mode))
    with pytest.raises(ReadOnlyError) as caught:
        add(path, "birds", "heron")
    assert "read-only" in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.advice
    assert path.read_text() == TEXT
    assert add(path, "birds", "owl") == [False], "what is there needs no writing"


def test_a_config_that_cannot_be_replaced_is_left_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(self: Path, target: Path) -> Path:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(ConfigError) as caught:
        add(path, "birds", "heron")
    assert "Device or resource busy" in caught.value.title
    assert "mount its folder" in caught.value.advice
    assert path.read_text() == TEXT
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


EXAMPLES = 2000 if os.environ.get("SYNCER_HYPOTHESIS") == "search" else 25
NOTE = "# note"
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(
    lambda word: "#" not in word
)


def _two_a_line(items: list[str]) -> str:
    lines = [", ".join(items[at : at + 2]) for at in range(0, len(items), 2)]
    return "[\n" + "".join(f"\t{line}, {NOTE}\n" for line in lines) + f"\t{NOTE}\n]"


SHAPES: dict[str, Callable[[list[str]], str]] = {
    "one line": lambda items: f"[{', '.join(items)}]",
    "a line each": lambda items: "[\n" + "".join(f"    {each},  {NOTE}\n" for each in items) + "]",
    "blanks and a comma": lambda items: f"[ {' , '.join([*items, ''])}]",
    "no last comma": lambda items: "[\n" + " ,\n".join(f"  {each}" for each in items) + f"  {NOTE}\n  {NOTE}\n]",
    "comma first": lambda items: "[ " + "\n, ".join(items) + "\n]",
    "two a line": _two_a_line,
    "tables": lambda items: f"[{', '.join(f'{{ q = {each}, paused = true }}' for each in items)},\n{NOTE}\n]",
}
BETWEEN = ("", f"{NOTE}\n", f"\n{NOTE}\n\n", "\n")
OTHERS = (
    f'[import_folders.main]\npath = "/d/import" {NOTE}\nprofile = "hydrus"\n',
    f"[check.subscriptions] {NOTE}\nintended = 4 {NOTE}\n",
    f'[options]\nblacklist = ["a, -b"] {NOTE}\n',
    "[network]\n",
)


@dataclass
class Drawn:
    """A config as somebody may have written it."""

    text: str
    queries: dict[str, list[str]]
    """By the name of the subscription."""

    @property
    def data(self) -> dict[str, Any]:
        return tomllib.loads(self.text)


@st.composite
def configs(draw: st.DrawFn) -> Drawn:
    """Draw a config with subscriptions in every shape, comments and other tables between them, in any order."""
    pieces = list(OTHERS)
    queries: dict[str, list[str]] = {}
    for number in range(draw(st.integers(1, 3))):
        found = queries[f"s{number}"] = draw(st.lists(WORDS, max_size=4, unique=True))
        shape = SHAPES[draw(st.sampled_from([*SHAPES] if found else [*SHAPES][:2]))]
        written = f'site = "safebooru" {NOTE}\nqueries = {shape([splice.literal(each) for each in found])}'
        ending = draw(st.sampled_from(["", f" {NOTE}", f"\n{NOTE}\nlimit = 3"]))
        pieces.append(f'[[subscriptions]]\nname = "s{number}"\n{written}{ending}\n')
    text = "".join(piece + draw(st.sampled_from(BETWEEN)) for piece in draw(st.permutations(pieces)))
    numbers = itertools.count()
    return Drawn(re.sub(NOTE, lambda found: f"{found[0]} {next(numbers)}", text), queries)


def notes(text: str) -> list[str]:
    """Return the comments of the tests in their order."""
    return re.findall(f"{NOTE} [0-9]+", text)


def bare(text: str) -> str:
    """Return a text without what stands between things."""
    return re.sub(r"[\s,]", "", text)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=configs(), words=st.lists(WORDS, min_size=1, max_size=3, unique=True), data=st.data())
def test_whatever_is_added_everything_else_stays_to_the_letter(
    path: Path, drawn: Drawn, words: list[str], data: st.DataObject
) -> None:
    path.write_text(drawn.text)
    name = data.draw(st.sampled_from([*drawn.queries]))
    fresh = [word for word in words if word not in drawn.queries[name]]
    assert add(path, name, *words) == [word in fresh for word in words]
    text, intended = path.read_text(), drawn.data
    (mine,) = [each for each in intended["subscriptions"] if each["name"] == name]
    mine["queries"] += fresh
    assert tomllib.loads(text) == intended
    assert notes(text) == notes(drawn.text)
    parts = difflib.SequenceMatcher(None, drawn.text.splitlines(), text.splitlines(), autojunk=False).get_opcodes()
    assert sum(end - begin for how, begin, end, _, _ in parts if how != "equal") <= 1, "one line at most is another"
    for word in fresh:
        remove(path, name, word)
    assert tomllib.loads(path.read_text()) == drawn.data
    assert bare(path.read_text()) == bare(drawn.text)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=configs(), data=st.data())
def test_whatever_is_removed_everything_else_stays_to_the_letter(path: Path, drawn: Drawn, data: st.DataObject) -> None:
    path.write_text(drawn.text)
    name, words = data.draw(st.sampled_from([*drawn.queries.items()]))
    gone = data.draw(st.lists(st.sampled_from(words), unique=True)) if words else []
    remove(path, name, *gone)
    text, intended = path.read_text(), drawn.data
    (mine,) = [each for each in intended["subscriptions"] if each["name"] == name]
    mine["queries"] = [each for each in mine["queries"] if (each if isinstance(each, str) else each["q"]) not in gone]
    assert tomllib.loads(text) == intended
    marks = [splice.literal(word) for word in gone]
    # A line that begins with a comma can come to stand behind the one before.
    touched = [line for line in drawn.text.splitlines() if line[:1] == "," or any(mark in line for mark in marks)]
    untouched = [line for line in drawn.text.splitlines() if line not in touched]
    left = iter(text.splitlines())
    assert all(line in left for line in untouched), "in their order, to the letter"
    assert [note for note in notes(drawn.text) if note not in notes("\n".join(touched))] == [
        note for note in notes(text) if note not in notes("\n".join(touched))
    ]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=configs(), words=st.lists(WORDS, max_size=3, unique=True), data=st.data())
def test_a_subscription_comes_and_goes_without_a_trace(
    path: Path, drawn: Drawn, words: list[str], data: st.DataObject
) -> None:
    path.write_text(drawn.text)
    edit.add_subscription(path, "new", "safebooru", words)
    assert path.read_text().startswith(drawn.text)
    assert load.load(path).subscriptions[-1].name == "new"
    edit.remove_subscription(path, "new")
    assert path.read_text() == drawn.text
    name = data.draw(st.sampled_from([*drawn.queries]))
    edit.remove_subscription(path, name)
    intended = drawn.data
    intended["subscriptions"] = [each for each in intended["subscriptions"] if each["name"] != name]
    assert tomllib.loads(path.read_text()).get("subscriptions", []) == intended.pop("subscriptions")
    assert {key: value for key, value in tomllib.loads(path.read_text()).items() if key != "subscriptions"} == intended
    block = re.search(rf'\[\[subscriptions\]\]\nname = "{name}"\n.*?(?=\n\[\[?[a-z]|\Z)', drawn.text, re.DOTALL)
    assert block
    inside = re.sub(r"(\n[ \t]*(#[^\n]*)?)+\Z", "", block[0])
    assert set(notes(drawn.text)) - set(notes(path.read_text())) == set(notes(inside)), "its own, and all of them"


def test_a_fingerprint_tells_every_kind_of_saving(path: Path) -> None:
    config = load.load(path)
    files = include.files_of(config)
    assert files == (path,)
    before = changes.fingerprint(files)
    assert changes.fingerprint(files) == before
    # An editor that saves by a rename keeps size and can keep the time.
    new = path.with_name("new")
    new.write_bytes(path.read_bytes())
    new.replace(path)
    renamed = changes.fingerprint(files)
    assert renamed != before
    path.write_text(TEXT + "# more\n")
    written = changes.fingerprint(files)
    assert written not in (before, renamed)
    path.unlink()
    assert changes.fingerprint(files) == (changes.Trace(path),)
    assert include.files_of(load.defaults(None)) == ()


def test_what_is_no_plain_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link", tmp_path):
        with pytest.raises(OSError, match="no plain file"):
            replace.write(path, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]
