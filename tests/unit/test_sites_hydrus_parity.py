"""Corners in which imported site files follow hydrus: URLs, patterns, string steps, and which class a parser gets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from syncer.sites import answers, library
from syncer.sites.chains import links, tags
from syncer.sites.chains.matching import compile_test
from syncer.sites.chains.steps import compile_steps, run
from syncer.sites.hydrus import toml
from syncer.sites.patterns import Pattern, like_re
from syncer.sites.schema.imported import ChainStep, Match


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://e.net/a?b&a=1&b&a=2", "https://e.net/a?b&a=2&b&a=2"),
        ("https://user@e.net/a b", "https://user@e.net/a%20b"),
        ("https://e.net?x=1", "https://e.net_x=1/"),
        ("https://e.net/a b;p=ü", "https://e.net/a%20b;p=ü"),
        ("https://e.net//x/", "https://e.net//x/"),
        ("https://e.net/100%", "https://e.net/100%25"),
        ("no url", "no url"),
    ],
)
def test_encoding(url: str, encoded: str) -> None:
    assert links.encoded(url) == encoded


def steps(*settings: dict[str, Any]) -> Any:
    return compile_steps([ChainStep.model_validate(setting) for setting in settings])


@pytest.mark.parametrize(
    ("step", "texts", "result"),
    [
        ({"split": "\\"}, ["a\\b"], []),
        ({"split": "\\n"}, ["a\nb"], ["a", "b"]),
        ({"join": "\\"}, ["a", "b"], ["a", "b"]),
        ({"join": "\\n"}, ["a", "b"], ["a\nb"]),
        ({"join": ","}, [], [""]),
        ({"join": ",", "of": 2}, ["a", "b", "c"], ["a,b"]),
        ({"encode": "base64 url"}, ["a"], ["YQ"]),
        ({"decode": "unicode"}, ["é\\u0041"], ["Ã©A"]),
        ({"sub": ["(", ""]}, ["a"], []),
        ({"sub": ["a", "\\1"]}, ["a"], []),
        ({"sort": "natural", "by": "("}, ["b", "a"], ["b", "a"]),
        ({"sort": "text", "by": r"\d+"}, ["b", "a", "x1", "x0"], ["x0", "x1", "a", "b"]),
        ({"tag_filter": {"sky": "deny"}}, ["place:sky", "sky", "sea"], ["sea"]),
        ({"tag_filter": {"": "deny", ":": "deny", "b:": "allow"}}, ["a:1", "b:1", "c"], ["b:1"]),
    ],
)
def test_string_steps(step: dict[str, Any], texts: list[str], result: list[str]) -> None:
    assert run(steps(step), texts) == result


def test_natural_order_puts_numbers_first_and_ignores_case() -> None:
    assert sorted(["b", "a10", "A9", "5", "a"], key=tags.natural) == ["5", "a", "A9", "a10", "b"]
    long = "1" * 5_000  # more digits than Python makes a number of
    assert sorted([long, "a", "9"], key=tags.natural) == ["9", long, "a"]


@pytest.mark.parametrize(("text", "passes"), [("a%2B%3D", True), ("a+", False), ("a%2b", False), ("a=", False)])
def test_percent_encoded_base64(text: str, passes: bool) -> None:
    assert compile_test(Match(chars="base64 percent")).passes(text) is passes


PIECES = st.sampled_from(
    [r"\w", r"\W", r"\s", r"\S", r"\b", r"\B", r"[\w-]", r"[^\w.]", r"[^\s]", r"[]a]", "a", ".", r"\d", r"\\", r"\]"]
)
TEXTS = st.text(st.sampled_from("ab1_ .-\n\x1cé\u0301\u200d²กํ日１]\\"), min_size=1, max_size=12)
"""Never empty: what `\\B` finds there changed with Python 3.14."""


@given(pieces=st.lists(PIECES, min_size=1, max_size=4), text=TEXTS)
def test_patterns_mean_what_re_means(pieces: list[str], text: str) -> None:
    source = "".join(pieces)
    assert regex.sub(like_re(source), "|", text) == re.sub(source, "|", text)


@pytest.mark.parametrize("source", [r"\p{L}", r"\X", "(?P<a>x", "[z-a]"])
def test_what_re_refuses_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="regular expression"):
        Pattern.of_re(source)


def url_class(name: str, **settings: Any) -> toml.Entry:
    return toml.Entry("url", {"name": name, "kind": "post", "domains": ["e.net"], **settings})


def parser(name: str, *examples: str) -> toml.Entry:
    return toml.Entry("parser", {"name": name, "examples": list(examples)})


def loaded(folder: Path, *entries: toml.Entry) -> library.Library:
    site = toml.site_table({"name": "e.net", "dialect": "hydrus"})
    (folder / "e-net.toml").write_text(site + toml.entries(sorted(entries, key=lambda entry: entry.kind)))
    found = library.load([folder])
    assert found.problems == ()
    return found


def test_the_host_counts_as_it_is_written_but_links_are_found(tmp_path: Path) -> None:
    sites = loaded(tmp_path, url_class("post", path=["p"], example="https://e.net/p"))
    assert answers.match(sites, "https://E.net/p")["class"] is None
    assert answers.match(sites, "https://e.net:443/p")["class"] is None
    assert answers.match(sites, "https://www2.e.net/p")["class"] == "post"
    recognised = sites.recognise("https://E.NET/p")
    assert recognised is not None
    assert recognised.normalised == "https://e.net/p"


def test_an_api_step_back_to_a_class_met_before_is_a_loop(tmp_path: Path) -> None:
    one = url_class("one", path=["a"], fetch=[{"append": "1"}, {"sub": ["/a", "/b"]}], example="https://e.net/a")
    two = url_class("two", path=[{"regex": "^b"}], fetch=[{"sub": ["/b.*", "/a"]}], example="https://e.net/b")
    answer = answers.match(loaded(tmp_path, one, two), "https://e.net/a")
    assert (answer["class"], answer["fetch_url"]) == ("one", None)


def test_an_example_goes_to_the_best_class_that_leads_nowhere_else(tmp_path: Path) -> None:
    page = url_class("page", path=["p", {"chars": "digits"}], fetch=[{"append": "/json"}], example="https://e.net/p/1")
    api = url_class("api", path=["p", {"chars": "digits"}, "json"], example="https://e.net/p/1/json")
    general = url_class("general", path=["p"], example="https://e.net/p")
    sites = loaded(
        tmp_path, page, api, general, parser("b", "https://e.net/p/1/json"), parser("a", "https://e.net/p/7")
    )
    assert answers.match(sites, "https://e.net/p/5")["parser"] == "b"
    assert answers.match(sites, "https://e.net/p")["parser"] == "a"


def test_parameters_keep_their_order_without_sorting(tmp_path: Path) -> None:
    entry = url_class("post", path=["p"], sort_params=False, keep_extra_params=True, example="https://e.net/p")
    answer = answers.match(loaded(tmp_path, entry), "https://e.net/p;x=1?b=1&lone&a=2&b=3")
    assert answer["normalised_for_server"] == "https://e.net/p?b=3&lone&a=2&b=3"
    assert answer["normalised"] == "https://e.net/p"


def test_next_page_in_the_path_leaves_the_query_alone(tmp_path: Path) -> None:
    listing = url_class(
        "list", kind="gallery", path=["l", {"chars": "digits", "default": "1"}], next={"path": 1, "step": 1},
        keep_extra_params=True, example="https://e.net/l/1",
    )  # fmt: skip
    listing.table["kind"] = "gallery"
    assert answers.match(loaded(tmp_path, listing), "https://e.net/l?z&a=1")["next_page"] == "https://e.net/l/2?a=1&z"


def test_defaults_are_written_as_they_stand(tmp_path: Path) -> None:
    entry = url_class("post", path=["en", {"any": True, "default": "/users/"}], example="https://e.net/en/x")
    assert answers.match(loaded(tmp_path, entry), "https://e.net/en")["normalised"] == "https://e.net/en//users/"
