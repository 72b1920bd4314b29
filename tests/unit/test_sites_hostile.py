"""Pages that are built to stall or bloat are read apart, within limits, and end as an error of that page alone."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from bench import hostile, hostile_pages
from syncer.errors import ItemError
from syncer.model import MediaFile, Note, Page, Post, Tag
from syncer.sites import cell, effort, library, packing
from syncer.sites.cell import Codec
from syncer.sites.library import Library

ANY: Codec[object] = Codec(lambda value: value, lambda value: value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sites")
    for stem, text in hostile_pages.SITES.items():
        (made / f"{stem}.toml").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def sites(folder: Path) -> Library:
    loaded = library.load([folder])
    assert loaded.problems == ()
    return loaded


def outcome(sites: Library, url: str, page: str) -> str:
    try:
        return f"{len(read(sites, url, page).posts)} posts"
    except ItemError as error:
        return error.title


def read(sites: Library, url: str, page: str) -> Page:
    recognised = sites.recognise(f"https://{url}")
    assert recognised is not None
    return sites.parse(recognised, page, recognised.url, 1_800_000_000)


@pytest.mark.parametrize(
    ("kind", "name", "url"),
    [
        ("html", "nested elements", "hostile.example/html"),
        ("html", "wrong end tags", "imported.example/html"),
        ("html", "hidden attributes", "hostile.example/html"),
        ("html", "many siblings in a post", "hostile.example/html"),
        ("html", "low towers", "imported.example/html"),
        ("html", "many for the pattern", "hostile.example/html"),
        ("json", "a hostile page in a string", "imported.example/json"),
        ("xml", "many siblings", "hostile.example/xml"),
        ("feed", "a broken feed", "hostile.example/feed"),
    ],
)
def test_a_page_that_stalls_is_stopped(
    sites: Library, monkeypatch: pytest.MonkeyPatch, kind: str, name: str, url: str
) -> None:
    monkeypatch.setattr(cell, "SECONDS", 0.15)
    with pytest.raises(ItemError, match=r"takes longer than \d"):
        read(sites, url, hostile_pages.KINDS[kind][name](1_000_000))


@pytest.mark.parametrize(
    ("kind", "name", "url"),
    [
        ("html", "few fonts and paragraphs", "hostile.example/html"),
        ("html", "a tower with much text in it", "hostile.example/html"),
        ("json", "rows", "hostile.example/json"),
    ],
)
def test_a_page_that_bloats_is_stopped(
    sites: Library, monkeypatch: pytest.MonkeyPatch, kind: str, name: str, url: str
) -> None:
    monkeypatch.setattr(cell, "SECONDS", 20.0)  # so that memory ends it, however slow the machine is
    with pytest.raises(ItemError, match=r"takes more than 1\d\d MB"):
        read(sites, url, hostile_pages.KINDS[kind][name](1_000_000))


@pytest.mark.parametrize(
    ("kind", "name", "url"),
    [("html", "many tags beside many posts", "hostile.example/html"), ("json", "rows", "imported.example/json")],
)
def test_memory_stays_bounded(folder: Path, kind: str, name: str, url: str) -> None:
    result = hostile.measure(folder, kind, name, f"https://{url}", 1_000_000)
    assert result["megabytes"] < 250
    assert "died" not in result


@pytest.mark.parametrize(
    ("kind", "name"), [("html", "blanks"), ("html", "blank lines"), ("json", "zipped marks"), ("json", "nested lists")]
)
def test_what_only_looks_bad_costs_next_to_nothing(
    sites: Library, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setattr(cell, "SECONDS", 0.5)
    for url in hostile_pages.READERS[kind]:
        assert "takes" not in outcome(sites, url.removeprefix("https://"), hostile_pages.KINDS[kind][name](200_000))


def test_a_large_real_page_is_read_apart_like_any_other(sites: Library) -> None:
    post = '<div class="post" id="p{0}"><a href="/p/{0}">x</a><p>text</p></div>'
    page = "<html><body>" + "".join(post.format(number) for number in range(2000)) + "</body></html>"
    found = read(sites, "hostile.example/html", page)
    small = read(sites, "hostile.example/html", post.format(7))
    assert [each.follow for each in found.posts] == [(f"https://hostile.example/p/{number}",) for number in range(2000)]
    assert [found.posts[7]] == list(small.posts)


def test_a_page_is_the_same_when_it_comes_back() -> None:
    post = Post(
        "s", "1", "https://s.example/1",
        files=(MediaFile("https://s.example/1.png", 1, (("md5", "00"),), (("X", "y"),), "n"),),
        follow=("https://s.example/2",), tags=(Tag("a", "b:c"), Tag("", "ü\ud800")), notes=(Note("n", "t\n"),),
        sources=("https://o.example/",), title="t", time=7, veto="v", pinned=True,
    )  # fmt: skip
    page = Page((post, Post()), ("https://s.example/n",), ("https://s.example/g",), "t", "v", ("f",), True)
    assert cell.read(lambda: _odd(page), 1, packing.PAGE) == page


def _odd(page: Page) -> Page:
    effort.move("is odd")
    return page


def test_faults_of_the_reading_come_back() -> None:
    def refuse() -> object:
        effort.move("is odd")
        raise ItemError("No", "Because.")

    with pytest.raises(ItemError, match=r"No\. Because\."):
        cell.read(refuse, 1, ANY)


def test_a_crash_of_the_reader_is_a_fault_of_the_page() -> None:
    def crash() -> object:
        effort.move("is odd")
        os.kill(os.getpid(), signal.SIGSEGV)
        return None

    with pytest.raises(ItemError, match="is odd and crashes its reader"):
        cell.read(crash, 1, ANY)


def test_a_reader_that_sleeps_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell, "PATIENCE", 0.05)

    def sleep() -> object:
        effort.move("is odd")
        threading.Event().wait()
        return None

    with pytest.raises(ItemError, match="could not be read in time"):
        cell.read(sleep, 1, ANY)


def test_a_child_born_into_a_held_lock_has_a_second_try(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cell, "PATIENCE", 0.2)
    mark = tmp_path / "tried"

    def once() -> object:
        effort.move("is odd")
        if not mark.exists():
            mark.touch()
            threading.Event().wait()
        return 7

    assert cell.read(once, 1, ANY) == 7


def test_a_child_keeps_nothing_open_and_ends_nothing_of_its_parent(tmp_path: Path) -> None:
    held = (tmp_path / "x").open("w")
    held.write("unwritten")

    def look() -> object:
        effort.move("is odd")
        try:
            os.fstat(held.fileno())
        except OSError:
            return "closed"
        return "open"

    assert cell.read(look, 1, ANY) == "closed"
    held.close()
    assert (tmp_path / "x").read_text() == "unwritten"
