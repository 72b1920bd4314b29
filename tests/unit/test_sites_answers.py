"""What the commands answer, one line of a batch each; and the documentation's own examples."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import ItemError
from syncer.sites import answers, library
from syncer.sites.library import Library

DOCS = Path(__file__).parents[2] / "docs" / "site-files.md"
NOW = 1_800_000_000

IMPORTED = """[site]
name = "e.net"
dialect = "hydrus"
[[search]]
name = "e tag search"
template = "https://e.net/l?tags=%tags%"
phrase = "%tags%"
[[search_group]]
name = "both"
searches = ["e tag search", "not there"]
[[url]]
name = "list"
kind = "gallery"
domains = ["e.net"]
path = ["l"]
params = [{ name = "tags", match = { any = true } }, { name = "p", match = { chars = "digits" }, default = "1" }]
next = { param = "p", step = 1 }
example = "https://e.net/l?tags=a"
[[url]]
name = "post"
kind = "post"
domains = ["e.net"]
path = ["p", { chars = "digits" }]
many_files = true
associate = true
fetch = [{ append = ".json" }]
example = "https://e.net/p/1"
[[parser]]
name = "lists"
examples = ["https://e.net/l?tags=a"]
[[parser.get]]
name = "gone"
what = "veto"
html = [{ tag = "p", attrs = { class = "gone" } }]
match = { any = true }
[[parser.get]]
name = "next"
what = "next"
html = [{ tag = "a", attrs = { rel = "next" } }]
attr = "href"
[[parser.posts]]
name = "posts"
split = { html = ["li"], take = "html" }
[[parser.posts.get]]
name = "hidden"
what = "veto"
html = ["s"]
match = { any = true }
[[parser.posts.get]]
name = "page"
what = "desired"
html = ["a"]
attr = "href"
[[parser.posts.get]]
name = "tag"
what = "tag"
namespace = "creator"
html = ["b"]
"""
PAGE = '<ul><li><a href="/p/1">x</a><b>Blue  Sky</b></li><li><s>x</s><a href="/p/2">y</a></li></ul><a rel="next nofollow" href="?p=2">n</a>'


@pytest.fixture
def sites(tmp_path: Path) -> Library:
    (tmp_path / "e-net.toml").write_text(IMPORTED)
    loaded = library.load([tmp_path])
    assert loaded.problems == ()
    return loaded


def ask(sites: Library, **request: Any) -> dict[str, Any]:
    return answers.batch_line(sites, json.dumps(request), NOW)


def test_match(sites: Library) -> None:
    answer = ask(sites, op="match", url="http://www.e.net/l?x=1&tags=a b#f", id=[1])
    assert answer == {
        "id": [1], "normalised": "https://e.net/l?p=1&tags=a%20b", "normalised_for_server": "https://e.net/l?p=1&tags=a%20b",
        "class": "list", "type": "gallery", "can_parse": True, "parser": "lists", "fetch_url": "https://e.net/l?p=1&tags=a%20b",
        "fetch_class": "list", "next_page": "https://e.net/l?p=2&tags=a%20b", "referrer": None,
        "referrer_given": "https://given.referral/", "headers": {}, "associate_with_files": False, "many_files": True,
    }  # fmt: skip


def test_match_where_the_fetch_leads_nowhere(sites: Library) -> None:
    answer = ask(sites, op="match", url="https://e.net/p/1")
    assert (answer["class"], answer["fetch_url"], answer["can_parse"]) == ("post", None, False)
    assert (answer["associate_with_files"], answer["many_files"]) == (True, True)


def test_match_of_what_nobody_knows(sites: Library) -> None:
    answer = ask(sites, op="match", url="https://other.net/ü?q=a b#f")
    assert (answer["class"], answer["type"]) == (None, "unknown")
    assert answer["normalised"] == answer["normalised_for_server"] == "https://other.net/%C3%BC?q=a%20b"


def test_search(sites: Library) -> None:
    url = "https://e.net/l?tags=a%2Fb+c"
    assert ask(sites, op="search", name="e tag search", query="a/b c") == {"urls": [url]}
    assert ask(sites, op="search", name="both", query="a/b c") == {"urls": [url]}
    assert set(ask(sites, op="search", name="nobody", query="a")) == {"error"}


def test_parse_with_posts_vetoes_and_what_stands_around(sites: Library, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    answer = ask(sites, op="parse", url="https://e.net/l?tags=a", page_file=str(file))
    assert answer["vetoed_posts"] == ["hidden"]
    assert answer["veto"] is None
    (post,) = answer["posts"]
    assert post["urls"] == [
        {"kind": "desired", "priority": 50, "url": "https://e.net/p/1"},
        {"kind": "next", "priority": 50, "url": "https://e.net/l?p=2"},
    ]
    assert post["tags"] == ["creator:blue sky"]
    file.write_text('<p class="gone">x</p>' + PAGE)
    assert ask(sites, op="parse", url="x", parser="lists", page_file=str(file)) == {
        "posts": [], "veto": "gone", "vetoed_posts": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "5", '{"op": "dance"}', '{"op": "match"}', '{"op": "match", "url": 5}', '{"op": "parse", "url": "x"}',
     '{"op": "parse", "url": "x", "page_file": "/no/such/file"}', "[" * 100_000],
)  # fmt: skip
def test_an_unusable_line_is_answered(sites: Library, line: str) -> None:
    assert set(answers.batch_line(sites, line, NOW)) == {"error"}


def test_native_files_answer_in_the_same_form(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        '[site]\nname = "S"\nroot = "https://s.example"\n[[url]]\nname = "p"\nkind = "post"\nmatch = "/p/{id}"\nparser = "p"\n'
        '[parser.p]\nget = [{ what = "file", css = "img", attr = "src" }, { what = "tag", css = "b" }]\n'
    )
    loaded = library.load([tmp_path])
    answer = ask(loaded, op="match", url="https://s.example/p/1")
    assert (answer["class"], answer["parser"], answer["can_parse"]) == ("s/p", "s/p", True)
    parsed = answers.parse(loaded, '<img src="/a.png"><b>x</b>', "https://s.example/p/1", NOW)
    assert parsed["posts"][0]["urls"] == [{"kind": "desired", "priority": 50, "url": "https://s.example/a.png"}]
    assert parsed["posts"][0]["tags"] == ["x"]


def test_a_pattern_without_end_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        '[site]\nname = "S"\nroot = "https://s.example"\n[[url]]\nname = "p"\nkind = "post"\nmatch = "/p"\nparser = "p"\n'
        '[parser.p]\nget = [{ what = "title", css = "b", steps = [{ match = \'^(a|aa)+$\' }] }]\n'
    )
    loaded = library.load([tmp_path])
    recognised = loaded.recognise("https://s.example/p")
    assert recognised is not None
    begun = time.monotonic()
    with pytest.raises(ItemError, match="took longer"):
        loaded.parse(recognised, "<b>" + "a" * 60 + "!</b>", "https://s.example/p", NOW)
    assert time.monotonic() - begun < 3


def test_the_tutorial_of_the_documentation_loads_and_works(tmp_path: Path) -> None:
    lesson = DOCS.read_text().partition("## Write one")[2].partition("## Reference")[0]
    blocks = [
        re.sub(r"^ {3}", "", block, flags=re.MULTILINE) for block in re.findall(r"```toml\n(.*?)```", lesson, re.DOTALL)
    ]
    (tmp_path / "birds.toml").write_text("\n".join(blocks[:-1]))
    loaded = library.load([tmp_path])
    assert [str(problem) for problem in loaded.problems] == []
    first = loaded.recognise(loaded.search("birds", "grey heron")[0])
    assert first is not None
    assert first.url_class == "search page"
    # The JSON variant replaces class and parser of the pages.
    (tmp_path / "birds.toml").write_text(blocks[0] + blocks[-1])
    assert [str(problem) for problem in library.load([tmp_path]).problems] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"op": match}', "this line is no JSON from character 8 on"),
        ("[" * 100_000, "this line is no JSON: it goes too deep"),
        ("[]", 'a request is an object, like {"op": "match", "url": "https://example.org/"}'),
        ("{}", "op is one of match, search, parse; there is none"),
        ('{"op": null}', "op is one of match, search, parse, not null"),
        ('{"op": true}', "op is one of match, search, parse, not true"),
    ],
)
def test_a_request_that_cannot_be_read_is_told_in_words(line: str, told: str, tmp_path: Path) -> None:
    assert answers.batch_line(library.load([tmp_path]), line, NOW) == {"error": told}
