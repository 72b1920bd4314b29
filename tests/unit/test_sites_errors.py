"""What is wrong in a site file is told with file, line, key and cure, and costs that file alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.sites import library
from syncer.sites.schema import export

GOOD = """[site]
name = "S"
root = "https://s.example"

[[search]]
name = "tags"
url = "/posts?tags={query}"
sample = "sky"

[[url]]
name = "list"
kind = "gallery"
match = "/posts?tags={tags?}&page={page:digits=1}"
next = { page = 1 }
parser = "list"

[parser.list]
each = "article"
get = [
  { what = "post", attr = "id" },
  { what = "follow", css = "a", attr = "href" },
]
"""

MISTAKES = [
    ('kind = "gallery"', 'kind = "galery"', 12, "gallery"),
    ('next = { page = 1 }', 'nxt = { page = 1 }', 14, 'did you mean "next"?'),
    ('next = { page = 1 }', 'next = { pge = 1 }', 14, "no field of match"),
    ('next = { page = 1 }', 'next = { page = "1" }', 14, "whole number"),
    ("{page:digits=1}", "{page:digit=1}", 13, "no known type"),
    ("{page:digits=1}", "{page:digits=x}", 14, "needs a number as its default"),
    ("{tags?}", "{tags", 13, "a field is written"),
    ('parser = "list"', 'parser = "lst"', 15, "no [parser.lst]"),
    ('each = "article"', 'each = "article["', 18, "not a CSS selector"),
    ('css = "a"', 'css = ":nope("', 21, "not a CSS selector"),
    ('css = "a"', 'json = "$.a"', 18, "must begin with $"),
    ('attr = "id"', 'css = "b", parts.text = { json = "$.a" }, template = "{text}"', 20, 'use "css" here'),
    ('css = "a"', 'css = "a", json = "$.a"', 21, "cannot stand together"),
    ('what = "follow"', 'what = "folow"', 21, "is not known"),
    ('attr = "id"', 'attr = "id", steps = [{ sub = ["(", ""] }]', 20, "not a regular expression"),
    ('attr = "id"', 'attr = "id", steps = [{ date = "isso" }]', 20, "not known; use iso"),
    ('attr = "id"', 'attr = "id", steps = [{ use = "words" }]', 20, "no steps named"),
    ("url = \"/posts?tags={query}\"", "url = \"/posts?tags=x\"", 7, "no {query}"),
    ("url = \"/posts?tags={query}\"", "url = \"/post?tags={query}\"", 7, "matches no [[url]]"),
    ('root = "https://s.example"', 'root = "s.example"', 3, "is not a URL"),
    ('name = "S"\n', "", 1, 'needs the key "name"'),
]  # fmt: skip


def problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    return [str(problem) for problem in library.load([tmp_path]).problems]


def test_a_good_file_has_none(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(("right", "wrong", "line", "words"), MISTAKES)
def test_each_mistake_has_line_and_cure(tmp_path: Path, right: str, wrong: str, line: int, words: str) -> None:
    assert right in GOOD
    found = problems(tmp_path, GOOD.replace(right, wrong, 1))
    assert any(words in problem and problem.startswith(f"s.toml:{line}: ") for problem in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD.replace("next =", "nxt =").replace('attr = "id"', 'atr = "id"'))
    assert len([problem for problem in found if "did you mean" in problem]) == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[site]", "[[site]]", "s.toml:1: site: is one table; write [site] with single brackets"),
        (
            "https://s.example",
            "https://me:pw@s.example",
            "s.toml:3: site.root: a name or password in a URL would end up",
        ),
        ('name = "S"', "name = true", "s.toml:2: site.name: must be text in quotes, not true"),
    ],
)
def test_a_mistake_is_told_as_the_file_would_write_it(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(tmp_path, GOOD.replace(old, new))
    assert any(each.startswith(told) for each in found), found
    assert "pw" not in str(found)


def lines_of(found: list[str]) -> list[int]:
    return sorted(int(problem.split(":")[1]) for problem in found)


def test_mistakes_in_what_keys_say_are_told_at_once_too(tmp_path: Path) -> None:
    text = GOOD.replace('url = "/posts?tags={query}"', 'url = "/posts?tags=x"')
    text = text.replace("{page:digits=1}", "{page:digit=1}").replace('parser = "list"', 'parser = "lst"')
    text = text.replace('each = "article"', 'each = "article["').replace('css = "a"', 'css = ":nope("')
    text = text.replace('attr = "id"', 'attr = "id", steps = [{ sub = ["(", ""] }, { date = "isso" }]')
    found = problems(tmp_path, text)
    assert lines_of(found) == [7, 13, 15, 18, 20, 20, 21], found


def test_mistakes_of_both_kinds_are_told_at_once_each_with_its_own_line(tmp_path: Path) -> None:
    text = GOOD.replace("next =", "nxt =").replace('what = "post", attr = "id"', 'what = "pst", attr = "id"')
    text = text.replace('css = "a"', 'css = ":nope("').replace("{page:digits=1}", "{page:digit=1}")
    text += """
[[url]]
name = "broken"
kind = "galery"
match = "/x"
[[url]]
name = "other"
kind = "post"
match = "/y/{id"
parser = "list"
"""
    found = problems(tmp_path, text)
    assert lines_of(found) == [13, 14, 20, 21, 26, 31], found


def test_one_mistake_makes_no_others(tmp_path: Path) -> None:
    text = GOOD + '\n[steps]\nwords = [{ sub = ["(", ""] }]\n'
    found = problems(tmp_path, text.replace('attr = "id"', 'attr = "id", steps = [{ use = "words" }]'))
    assert len(found) == 1, found


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"[site\n", "is not TOML"),
        (b"\xff\xfe[site]", "is not UTF-8"),
        (b'[site]\nname = "x"\nname = "y"\n', ":3: is not TOML: a key or table is written twice"),
        (b"[site]\nname\n", ":2: is not TOML: a key without = after it"),
        (b"[site]\n" + b"a." * 3000 + b"b = 1\n", "nested too deep"),
        (b"a = " + b"[" * 5000, ""),
    ],
)
def test_broken_files_disable_only_themselves(tmp_path: Path, raw: bytes, words: str) -> None:
    (tmp_path / "broken.toml").write_bytes(raw)
    (tmp_path / "s.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    loaded = library.load([tmp_path])
    assert [problem.file.name for problem in loaded.problems] == ["broken.toml"]
    assert words in str(loaded.problems[0])
    assert loaded.recognise("https://s.example/posts") is not None


def test_a_later_folder_shadows_and_can_switch_off(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    shipped.mkdir()
    own.mkdir()
    (shipped / "s.toml").write_text(GOOD)
    (shipped / "t.toml").write_text(GOOD.replace("s.example", "t.example"))
    (own / "s.toml").write_text(GOOD.replace('name = "S"', 'name = "Mine"'))
    (own / "t.toml").write_text(GOOD.replace('name = "S"', 'name = "T"\nenabled = false'))
    loaded = library.load([shipped, own])
    assert loaded.sites["s"].name == "Mine"
    assert loaded.sites["s"].shadows == shipped / "s.toml"
    assert loaded.sites["t"].enabled is False
    assert loaded.recognise("https://t.example/posts") is None


ENGINE = GOOD.replace(
    '[site]\nname = "S"\nroot = "https://s.example"\n', '[engine]\nname = "E"\n[vars]\nsize = "big"\n'
).replace("page={page:digits=1}", "page={page:digits=1}&size={$size}")


def test_a_site_names_only_what_differs_from_its_engine(tmp_path: Path) -> None:
    (tmp_path / "engines").mkdir()
    (tmp_path / "engines" / "e.toml").write_text(ENGINE)
    (tmp_path / "s.toml").write_text(
        '[site]\nname = "S"\nengine = "e"\nroot = "https://s.example"\n[vars]\nsize = "small"\n'
        '[[url]]\nname = "list"\nkind = "watchable"\n'
    )
    loaded = library.load([tmp_path])
    found = loaded.recognise("https://s.example/posts?size=small")
    assert found is not None
    assert found.kind == "watchable"
    (problem,) = loaded.problems
    assert str(problem).startswith('e.toml:8: search "tags".url:')
    assert "which matches no [[url]]" in problem.text


def test_mistakes_in_an_engine_name_the_engine_file(tmp_path: Path) -> None:
    (tmp_path / "engines").mkdir()
    (tmp_path / "engines" / "e.toml").write_text(ENGINE.replace('each = "article"', 'each = "article["'))
    (tmp_path / "s.toml").write_text('[site]\nname = "S"\nengine = "e"\nroot = "https://s.example"\n')
    (tmp_path / "t.toml").write_text('[site]\nname = "T"\nengine = "../e"\nroot = "https://s.example"\n')
    texts = [str(problem) for problem in library.load([tmp_path]).problems]
    assert texts[0].startswith("e.toml:19: parser.list.each:")
    assert texts[1].startswith("t.toml:3: site.engine: no engine file")


def test_fetch_circles_and_wrong_samples_are_told(tmp_path: Path) -> None:
    circle = """[site]
name = "S"
root = "https://s.example"
[[url]]
name = "a"
kind = "post"
match = "/a/{id}"
fetch = "/b/{id}"
[[url]]
name = "b"
kind = "post"
match = "/b/{id}"
fetch = "/a/{id}"
[[sample]]
url = "/a/1"
class = "b"
"""
    found = problems(tmp_path, circle)
    assert any("matches a, not" in problem and problem.startswith("s.toml:16:") for problem in found)
    assert any("a cycle" in problem for problem in found)


def test_imported_files_have_lines_too(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        '[site]\nname = "S"\ndialect = "hydrus"\n[[parser]]\nname = "p"\n[[parser.get]]\nwhat = "tag"\n'
        'html = [{ tg = "a" }]\n[[parser.get]]\nwhat = "hash"\njson = ["a", { key = { fixed = "b", regex = "c" } }]\n',
    )
    assert found[0].startswith("s.toml:8: ")
    assert 'did you mean "tag"?' in found[0]
    assert any(problem.startswith("s.toml:11: ") and "cannot stand together" in problem for problem in found)


def test_the_json_schema_holds_both_dialects() -> None:
    schema = export.json_schema()
    assert schema["else"]["properties"]["search"]["items"]["$ref"] == "#/$defs/Search"
    assert schema["then"]["properties"]["search"]["items"]["$ref"] == "#/$defs/HydrusImportedSearch"
    assert schema["$defs"]["UrlClass"]["properties"]["match"]["description"]
    assert schema["$defs"]["UrlClass"]["additionalProperties"] is False


@pytest.mark.parametrize("stem", ["tags", "Rule", "http", "done", "failed", "again", "follow", "gallery-dl", "yt-dlp"])
def test_a_site_file_with_a_name_that_means_something_else_is_refused(tmp_path: Path, stem: str) -> None:
    (tmp_path / f"{stem}.toml").write_text(GOOD, "utf-8")
    (tmp_path / "tagged.toml").write_text(GOOD, "utf-8")
    found = library.load([tmp_path])
    assert list(found.sites) == ["tagged"]
    assert [str(problem) for problem in found.problems] == [
        f'{stem}.toml: "{stem}" has a meaning of its own and cannot be a site; give the file another name'
    ]
