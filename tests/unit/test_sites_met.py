"""Of posts that a query has met before the id alone is read; what belongs to the page, and all others, are read as ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model import Page, Post, Tag
from syncer.sites import effort, library
from syncer.sites.library import Library

SITE = """
[site]
name = "Birds"
root = "https://birds.example"

[[url]]
name = "listing"
kind = "gallery"
match = "/list/{words}"
parser = "listing"

[parser.listing]
each = "$[*]"
get = [
  { what = "tag", json = "$.tags", steps = [{ split = " " }] },
  { what = "post", json = "$.id" },
  { what = "file", json = "$.file" },
  { what = "pinned", json = "$.pinned" },
  { what = "next", json = "$.next" },
  { what = "time", json = "$.time" },
]
"""
ITEMS = [
    {"id": "9", "file": "/9.jpg", "tags": "owl snow", "pinned": True, "next": "/list/owl?p=2"},
    {"id": "8", "file": "/8.jpg", "tags": "owl"},
    {"id": "7", "file": "ftp://birds.example/7.jpg", "tags": "owl", "time": "no time"},
    {"file": "/none.jpg", "tags": "owl"},
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("sites")
    (folder / "birds.toml").write_text(SITE, "utf-8")
    return library.load([folder])


class _Met:
    """A memory that notes what it was asked."""

    def __init__(self, *ids: str) -> None:
        self.ids = frozenset(ids)
        self.asked: list[tuple[str, list[str]]] = []

    def __call__(self, site: str, ids: Sequence[str]) -> frozenset[str]:
        self.asked.append((site, list(ids)))
        return self.ids


def _read(sites: Library, items: object, met: _Met | None = None) -> Page:
    url = "https://birds.example/list/owl"
    recognised = sites.recognise(url)
    assert recognised is not None
    return sites.parse(recognised, json.dumps(items), url, 2_000_000_000, met)


def test_a_met_post_comes_as_its_id_and_the_page_keeps_what_stands_in_its_item(sites: Library) -> None:
    met = _Met("9", "7")
    page = _read(sites, ITEMS, met)
    assert met.asked == [("birds", ["9", "8", "7"])]
    assert page.posts[0] == Post(site="birds", id="9", pinned=True)
    assert page.posts[2] == Post(site="birds", id="7")
    assert (page.posts[1].id, page.posts[1].tags) == ("8", (Tag("", "owl"),))
    assert page.posts[3].files[0].url == "https://birds.example/none.jpg"
    assert page.next == ("https://birds.example/list/owl?p=2",)
    assert page.faults == ()


def test_what_nobody_has_met_is_read_whole_with_its_faults(sites: Library) -> None:
    page = _read(sites, ITEMS, _Met())
    assert page == _read(sites, ITEMS)
    assert [fault.partition(":")[0] for fault in page.faults] == ["item 3", "item 3"]


@given(
    st.lists(st.fixed_dictionaries({"id": st.sampled_from("1234"), "tags": st.text("ab ", max_size=5)}), max_size=8),
    st.sets(st.sampled_from("1234")),
)
def test_met_or_not_the_same_posts_stand_in_the_same_order(
    sites: Library, items: list[dict[str, str]], ids: set[str]
) -> None:
    whole = _read(sites, items).posts
    bare = tuple(replace(post, tags=()) if post.id in ids else post for post in whole)
    assert _read(sites, items, _Met(*ids)).posts == bare


def test_a_process_of_its_own_does_not_ask(sites: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fork, and the store may not be used across one; its page comes whole."""
    monkeypatch.setattr(effort, "SECONDS", -1.0)
    met = _Met("8")
    page = _read(sites, ITEMS, met)
    assert (met.asked, page) == ([], _read(sites, ITEMS))


def test_a_parser_with_items_within_items_reads_all(tmp_path: Path) -> None:
    nested = SITE.replace(
        '[parser.listing]\neach = "$[*]"\n',
        '[parser.listing]\neach = "$[*]"\ninner = [{ each = "$.more[*]", get = [{ what = "file", json = "$.f" }] }]\n',
    )
    (tmp_path / "birds.toml").write_text(nested, "utf-8")
    sites = library.load([tmp_path])
    assert sites.problems == ()
    items = [{"id": "5", "tags": "owl", "more": [{"f": "/a.jpg"}, {"f": "/b.jpg"}]}]
    met = _Met("5")
    page = _read(sites, items, met)
    assert [file.url for post in page.posts for file in post.files] == [
        "https://birds.example/a.jpg",
        "https://birds.example/b.jpg",
    ]
    assert met.asked == []
