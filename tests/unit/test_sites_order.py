"""Items from several places, items in an order of their own, times in several forms, folders: what listings of files need."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model import Page
from syncer.sites import dates, library
from syncer.sites.library import Library
from syncer.sites.schema.places import Step
from syncer.sites.steps import compile_steps

SITE = """
[site]
name = "Birds"
root = "https://birds.example/pub"

[[url]]
name = "listing"
kind = "gallery"
match = "/list/{words}"
fetch = "/api?q={words}"
parser = "listing"

[[url]]
name = "folder"
kind = "gallery"
match = "/{path:folder}"
parser = "listing"

[[url]]
name = "file"
kind = "file"
match = "/{path:rest}"

[parser.listing]
"""


def _loaded(folder: Path, parser: str) -> Library:
    (folder / "birds.toml").write_text(SITE + parser, "utf-8")
    return library.load([folder])


def _read(sites: Library, page: object) -> Page:
    assert [str(problem) for problem in sites.problems] == []
    recognised = sites.recognise("https://birds.example/pub/list/owl")
    assert recognised is not None
    return sites.parse(recognised, json.dumps(page), recognised.fetch_url, 2_000_000_000)


def _ids(folder: Path, parser: str, page: object) -> list[str]:
    return [post.id for post in _read(_loaded(folder, parser), page).posts]


def test_items_of_several_places_come_one_place_after_another(tmp_path: Path) -> None:
    parser = 'each = ["$", "$.replies[*]"]\nget = [{ what = "post", json = "$.no" }]'
    assert _ids(tmp_path, parser, {"no": 1, "replies": [{"no": 2}, {"no": 3}]}) == ["1", "2", "3"]


def test_items_stand_in_the_order_of_their_numbers_and_those_without_last(tmp_path: Path) -> None:
    page = [{"id": "a", "n": 9}, {"id": "b"}, {"id": "c", "n": 10}, {"id": "d", "n": 2}, {"id": "e", "n": 9}]
    get = 'each = "$[*]"\nget = [{ what = "post", json = "$.id" }]\n'
    assert _ids(tmp_path, get + 'sort = { json = "$.n", descending = true }', page) == ["c", "a", "e", "d", "b"]
    assert _ids(tmp_path, get + 'sort = { json = "$.n" }', page) == ["d", "a", "e", "c", "b"]


def test_a_sort_that_cannot_be_read_and_an_each_without_a_place_are_told_with_their_keys(tmp_path: Path) -> None:
    sites = _loaded(
        tmp_path, 'each = []\nread = "json"\nsort = { json = "id" }\nget = [{ what = "post", json = "$.id" }]'
    )
    told = "\n".join(str(problem) for problem in sites.problems)
    assert "listing.each" in told
    assert "listing.sort" in told


@pytest.mark.parametrize(
    ("url", "url_class", "normal"),
    [
        ("https://birds.example/pub/", "folder", "https://birds.example/pub/"),
        ("http://www.birds.example/pub/a/b%20c/?C=M;O=D#top", "folder", "https://birds.example/pub/a/b%20c/"),
        ("https://birds.example/pub/a/b", "file", "https://birds.example/pub/a/b"),
        ("https://birds.example/pub/list/owl", "listing", "https://birds.example/pub/list/owl"),
    ],
)
def test_a_folder_keeps_its_slash_and_a_file_has_none(tmp_path: Path, url: str, url_class: str, normal: str) -> None:
    sites = _loaded(tmp_path, 'each = "$[*]"\nget = [{ what = "post", json = "$.id" }]')
    found = sites.recognise(url)
    assert found is not None
    assert (found.url_class, found.normalised) == (url_class, normal)
    again = sites.recognise(found.normalised)
    assert again is not None
    assert (again.url_class, again.normalised) == (url_class, normal)


@pytest.mark.parametrize(
    ("words", "asked"), [("a&b", "a%26b"), ("c++", "c%2B%2B"), ("a%26b%20c", "a%26b%20c"), ("x", "x")]
)
def test_a_field_of_the_path_means_the_same_in_a_query(tmp_path: Path, words: str, asked: str) -> None:
    sites = _loaded(tmp_path, 'each = "$[*]"\nget = [{ what = "post", json = "$.id" }]')
    found = sites.recognise(f"https://birds.example/pub/list/{words}")
    assert found is not None
    assert found.fetch_url == f"https://birds.example/pub/api?q={asked}"


def _dated(texts: list[str], forms: list[str]) -> list[str]:
    (step,) = compile_steps([Step(date=forms)], {})
    return step(texts)


def test_a_date_is_read_by_the_first_form_that_fits_and_dropped_where_none_does() -> None:
    forms = ["%Y-%m-%d %H:%M", "%d-%b-%Y %H:%M"]
    assert _dated(["2023-11-14 22:13", "14-Nov-2023 22:13", "today"], forms) == ["1699999980", "1699999980"]


@given(st.datetimes().map(lambda moment: moment.replace(microsecond=0)))
def test_any_time_in_either_form_is_the_same(moment: object) -> None:
    plain, iso = f"{moment:%Y/%m/%d %H:%M:%S}".rjust(19, "0"), f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")
    expected = str(dates.reader("iso", None)(iso))
    assert _dated([plain, iso], ["%Y/%m/%d %H:%M:%S", "iso"]) == [expected, expected]
