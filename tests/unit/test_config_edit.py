"""Edits change what was asked and nothing else: comments, order, line ends stay, and a doubtful text is not saved."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.config import changes, edit, export, load
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


@pytest.fixture(name="path")
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    return path


def test_a_query_is_added_in_its_place(path: Path) -> None:
    edit.add_query(path, "landscapes", " red barn ")
    edit.add_query(path, "birds", "heron", paused=True)
    assert path.read_text() == TEXT.replace("paused = true },\n", 'paused = true },\n  "red barn",\n').replace(
        '"kite"]', '"kite", {q = "heron", paused = true}]'
    )


def test_a_query_is_removed_with_its_comment_or_table_only(path: Path) -> None:
    edit.remove_query(path, "landscapes", "sea cliffs")
    edit.remove_query(path, "Birds", "owl")
    text = path.read_text()
    assert "sea cliffs" not in text
    assert 'queries = ["kite"]   # two' in text
    assert '"sky",      # always' in text
    assert "# mountains come later" in text
    edit.remove_query(path, "Birds", "kite")
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
    edit.add_query(path, "birds", "heron")
    backup = path.with_name("config.toml.bak")
    assert backup.read_text() == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(backup.stat().st_mode) == 0o640
    assert sorted(one.name for one in path.parent.iterdir()) == ["config.toml", "config.toml.bak"]


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(path)
    edit.add_query(link, "birds", "heron")
    assert link.is_symlink()
    assert "heron" in path.read_text()


def test_windows_lines_and_a_byte_order_mark_stay(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    edit.add_query(path, "landscapes", "red barn")
    edit.add_subscription(path, "winter", "safebooru", ["snow"])
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf#")
    assert raw.count(b"\r\n") == raw.count(b"\n") > 20
    assert len(load.load(path).subscriptions) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: edit.add_query(path, "bird", "x"), 'no subscription "bird". Did you mean "Birds"?'),
        (lambda path: edit.add_query(path, "birds", "owl"), "already"),
        (lambda path: edit.add_query(path, "landscapes", "sea cliffs"), "already"),
        (lambda path: edit.add_query(path, "birds", " "), "is empty"),
        (lambda path: edit.add_query(path, "birds", "a\nb"), "line break"),
        (lambda path: edit.remove_query(path, "birds", "owls"), 'Did you mean "owl"?'),
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
        edit.add_query(path, "birds", "heron")
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
        edit.change(path, pace_a_site)
    assert path.read_text() == text


def test_a_text_that_would_say_something_else_is_not_saved(path: Path) -> None:
    def more_than_meant(data: Any) -> None:
        if isinstance(data, tomlkit.TOMLDocument):
            data["watchers"] = []

    with pytest.raises(ConfigError, match="by hand"):
        edit.change(path, more_than_meant)
    assert path.read_text() == TEXT


def test_a_config_that_somebody_saved_meanwhile_is_left_to_them(path: Path) -> None:
    other = TEXT + "only = []\n"

    def slow(data: Any) -> None:
        path.write_text(other)
        data["subscriptions"][1]["queries"].append("heron")

    with pytest.raises(TryLaterError, match="saved by somebody else"):
        edit.change(path, slow)
    assert path.read_text() == other


def test_lists_in_one_line_are_edited_too(path: Path) -> None:
    path.write_text(
        'subscriptions = [{name = "a", site = "x", queries = ["b"]}] # all\n'
        + TEXT.split("[[subscriptions]]", maxsplit=1)[0]
    )
    edit.add_subscription(path, "winter", "x", ["snow"])
    edit.add_query(path, "a", "c")
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


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(added=st.lists(WORDS, max_size=5, unique=True), comments=st.lists(st.booleans(), min_size=5, max_size=5))
def test_whatever_is_added_and_removed_leaves_the_text_as_it_was(
    path: Path, added: list[str], comments: list[bool]
) -> None:
    added = [word for word in added if word not in ("sky", "owl", "kite")]
    text = TEXT.replace('"owl", "kite"', "".join(f"\n{'# note' if on else ''}" for on in comments) + '\n  "owl",\n')
    path.write_text(text)
    for word in added:
        edit.add_query(path, "Birds", word)
    data = tomllib.loads(path.read_text())
    assert data["subscriptions"][1]["queries"] == ["owl", *added]
    for word in added:
        edit.remove_query(path, "Birds", word)
    assert tomllib.loads(path.read_text()) == tomllib.loads(text)
    assert path.read_text().count("# note") == sum(comments)


def test_a_fingerprint_tells_every_kind_of_saving(path: Path) -> None:
    config = load.load(path)
    files = changes.watchable_files(config)
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
    assert changes.watchable_files(load.defaults(None)) == ()
