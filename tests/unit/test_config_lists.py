"""Lists of queries: any encoding, odd lines told with their number, and never an empty list where one cannot be read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import changes, edit, include, lists, load, source
from syncer.config.edit import NewQuery
from syncer.config.settings import Subscription
from syncer.errors import ConfigError, TryLaterError, UsageError

MAIN = """\
[import_folders.main]
path = "import"
profile = "plain"
[[subscriptions]]
name = "artists"
site = "safebooru"
queries_from = "artists.txt"
"""


@pytest.fixture(name="path")
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(MAIN)
    return path


def artists(path: Path) -> Subscription:
    (found,) = load.load(path).subscriptions
    return found


def texts(path: Path) -> list[str]:
    return [query.text for query in artists(path).queries]


def write(path: Path, raw: bytes) -> Path:
    listed = path.with_name("artists.txt")
    listed.write_bytes(raw)
    return listed


def test_a_list_gives_queries_behind_those_of_the_table(path: Path) -> None:
    path.write_text(MAIN + 'queries = ["zebra", { q = "owl", paused = true }]\nlimit = 3\n')
    write(path, b"# birds\n  kite \n\nowl\nheron\nkite\n   # end\nsky blue # no remark\n")
    one = artists(path)
    assert [query.text for query in one.queries] == ["zebra", "owl", "kite", "heron", "sky blue # no remark"]
    assert one.queries[1].paused, "what the table says of it holds"
    assert (one.limit, one.unread, one.odd_lines) == (3, "", ())


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfkite\r\nowl\xc3\xa9\r\n",
        b"kite\rowl\xc3\xa9",
        "kite\nowlé\n".encode("utf-16"),
        "kite\r\nowlé\r\n".encode("utf-16-be"),
        "kite\nowlé\n".encode("utf-16-le"),
        b"kite\nowl\xe9\n",
        "kite\n\ufeffowlé\n".encode(),
    ],
)
def test_whatever_program_wrote_it(path: Path, raw: bytes) -> None:
    write(path, raw)
    assert texts(path) == ["kite", "owlé"]
    assert artists(path).odd_lines == ()


def test_odd_lines_are_told_with_their_number_and_stop_no_other(path: Path) -> None:
    write(path, b"kite\n" + b"x" * 1_000_000 + b"\nowl\nbe\x07ll\n" + b"y" * 1001)
    one = artists(path)
    assert [query.text for query in one.queries] == ["kite", "owl"]
    assert one.odd_lines == (
        "artists.txt:2: the line is longer than 1000 characters; it is left out",
        "artists.txt:4: the line holds a control character or a line break; it is left out",
        "artists.txt:5: the line is longer than 1000 characters; it is left out",
    )
    write(path, b"kite\n" + b"\x07\n" * 50)
    assert len(artists(path).odd_lines) == 21
    assert artists(path).odd_lines[-1] == "artists.txt: 30 more lines are left out"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"kite\nowl\x00\nheron\n", "artists.txt:2: there is a zero byte; the file is damaged, or no text"),
        (b"\x00" * 5000, "artists.txt:1: there is a zero byte"),
        (b"\x07\n\x08\n", "no line of artists.txt can be read; artists.txt:1: the line holds a control character"),
        (b"a" * 1001, "no line of artists.txt can be read"),
    ],
)
def test_a_damaged_list_is_no_empty_list(path: Path, raw: bytes, told: str) -> None:
    write(path, raw)
    one = artists(path)
    assert one.queries == ()
    assert one.unread.startswith(told)
    assert one.unread.endswith("; its queries stay as they were")


def test_a_list_that_is_not_there_or_no_file_or_too_big(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = path.with_name("artists.txt")
    assert artists(path).unread.startswith("artists.txt cannot be read: No such file or directory")
    listed.mkdir()
    assert artists(path).unread.startswith("artists.txt cannot be read: it is no plain file")
    listed.rmdir()
    os.mkfifo(listed)
    assert artists(path).unread.startswith("artists.txt cannot be read: it is no plain file")
    listed.unlink()
    write(path, b"a\nb\nc\n")
    monkeypatch.setattr(lists, "MAX_QUERIES", 2)
    assert "over 2 queries" in artists(path).unread
    monkeypatch.setattr(source, "MAX_SIZE", 5)
    assert "over 16 MB" in lists.listed(b"a\nb\nc\n", "x").why


def test_an_empty_list_is_one(path: Path) -> None:
    write(path, b"# nobody yet\n")
    assert artists(path).queries == ()
    assert artists(path).unread == ""


def test_a_hundred_thousand_lines_are_read_in_no_time(path: Path) -> None:
    write(path, "".join(f"artist_number_{number} sky\n" for number in range(100_000)).encode())
    began = time.process_time()
    assert len(artists(path).queries) == 100_000
    assert time.process_time() - began < 2


def test_one_of_both_is_needed(path: Path) -> None:
    path.write_text(MAIN.replace('queries_from = "artists.txt"\n', ""))
    with pytest.raises(ConfigError) as caught:
        load.load(path)
    assert caught.value.problems == (
        'config.toml:4: subscriptions "artists".queries: is missing; write queries = ["mountain lake"]',
    )
    path.write_text(MAIN.replace('"artists.txt"', '""'))
    with pytest.raises(ConfigError) as caught:
        load.load(path)
    assert "an empty path" in caught.value.problems[0]


def test_a_list_that_comes_goes_or_may_be_read_again_changes_the_fingerprint(path: Path) -> None:
    config = load.load(path)
    listed = path.with_name("artists.txt")
    assert include.files_of(config) == (path, listed)
    looks = [changes.fingerprint(include.files_of(config))]
    write(path, b"kite\n")
    looks.append(changes.fingerprint(include.files_of(config)))
    listed.chmod(0o000)
    looks.append(changes.fingerprint(include.files_of(config)))
    assert len(set(looks)) == 3
    listed.unlink()
    assert changes.fingerprint(include.files_of(config)) == looks[0]


LINES = st.lists(st.binary(max_size=30) | st.text(max_size=30).map(str.encode), max_size=20)


@given(LINES, st.sampled_from([b"\n", b"\r\n"]))
def test_no_bytes_break_it(lines: list[bytes], end: bytes) -> None:
    found = lists.listed(end.join(lines), "x")
    assert not (found.why and found.queries)
    for query in found.queries:
        assert query.strip() == query != ""
        assert not query.startswith("#")
        assert "\n" not in query


def add(path: Path, subscription: str, query: str, *, paused: bool = False) -> Path | None:
    """Add one query; return the file that it went into."""
    (went,) = edit.add_queries(path, [NewQuery(subscription, "safebooru", query, paused)])
    return went


def test_a_query_is_added_to_the_list_where_there_is_nothing_else(path: Path) -> None:
    listed = write(path, b"\xef\xbb\xbf# birds\r\nkite\r\nowl")
    assert add(path, "artists", "heron") == listed
    assert listed.read_bytes() == b"\xef\xbb\xbf# birds\r\nkite\r\nowl\r\nheron\r\n"
    assert path.read_text() == MAIN
    assert listed.with_name("artists.txt.bak").read_bytes() == b"\xef\xbb\xbf# birds\r\nkite\r\nowl"
    assert add(path, "artists", "owl") is None, "it is there"
    # What a list cannot say stands in the table.
    assert add(path, "artists", "#tag") == path
    edit.remove_queries(path, "artists", ["#tag"])
    assert path.read_text() == MAIN + "queries = []\n"
    assert add(path, "artists", "crane", paused=True) == path
    assert [query.text for query in artists(path).queries if query.paused] == ["crane"]
    assert add(path, "artists", "gull") == path


def test_a_query_is_removed_from_table_and_list(path: Path) -> None:
    listed = write(path, b"# birds\r\nkite\r\n owl \r\n# owl\r\nowl\r\n")
    path.write_text(MAIN + 'queries = ["owl"]\n')
    assert edit.remove_queries(path, "artists", ["owl"]) == (listed, path)
    assert listed.read_bytes() == b"# birds\r\nkite\r\n# owl\r\n"
    assert texts(path) == ["kite"]
    assert edit.remove_queries(path, "artists", ["kite"]) == (listed,)
    with pytest.raises(UsageError, match='no query "kite"'):
        edit.remove_queries(path, "artists", ["kite"])


def test_a_list_that_cannot_be_changed_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = "kite\nowl\n".encode("utf-16")
    listed = write(path, raw)
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        add(path, "artists", "heron")
    assert listed.read_bytes() == raw
    listed.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        add(path, "artists", "heron")
    path.write_text(MAIN + 'queries = ["owl"]\n')
    assert edit.remove_queries(path, "artists", ["owl"]) == (path,), "a list that is not there hides nothing"
    write(path, b"kite\n")
    real = lists.listed

    def slow(raw: bytes, name: str, skip: tuple[str, ...] = ()) -> lists.Listed:
        if raw.endswith(b"heron\n"):
            write(path, b"kite\nsomebody else's\n")
        return real(raw, name, skip)

    monkeypatch.setattr(lists, "listed", slow)
    with pytest.raises(TryLaterError, match="saved by somebody else"):
        add(path, "artists", "heron")
    assert listed.read_bytes() == b"kite\nsomebody else's\n"
