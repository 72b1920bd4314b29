"""Site files that were fine before: their parsers wait until they are needed, and read pages as ever; faults are told each time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.sites import library, load
from syncer.sites.library import Library
from syncer.sites.problems import Problem

SITE = """\
[site]
name = "Mine"
root = "https://mine.example"

[[url]]
name = "list"
kind = "gallery"
match = "/list"
parser = "list"

[[url]]
name = "feed"
kind = "gallery"
match = "/feed"
parser = "feed"

[parser.list]
each = "$.posts[?@.id > 1]"
get = [{ what = "post", json = "$.id" }, { what = "file", json = "$.url" }]

[parser.feed]
read = "xml"
each = "//post"
get = [{ what = "file", xml = "@url" }]
"""
PAGE = '{"posts": [{"id": 1, "url": "/1.jpg"}, {"id": 2, "url": "/2.jpg"}]}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a folder with one site file."""
    load._compiled.cache_clear()
    (tmp_path / "mine.toml").write_text(SITE, "utf-8")
    return tmp_path


def _again(folder: Path, roots: dict[str, str] | None = None) -> Library:
    """Read the folder as a new start does."""
    load._compiled.cache_clear()
    return library.load([folder], roots)


def _compiled(site: Library) -> dict[str, bool]:
    return {name: parser is not None for name, parser in site._native["mine"].parsers._made.items()}


def _files(site: Library, url: str) -> list[str]:
    recognised = site.recognise(url)
    assert recognised is not None
    return [file.url for post in site.parse(recognised, PAGE, url, 0).posts for file in post.files]


def test_parsers_of_a_file_that_was_fine_wait_until_a_page_needs_them(folder: Path) -> None:
    """The first reading compiles all to see their faults, a later one none; what they find is the same."""
    first = library.load([folder], {})
    assert first.problems == ()
    assert _compiled(first) == {"list": True, "feed": True}
    second = _again(folder)
    assert (_compiled(second), second.problems) == ({"list": False, "feed": False}, ())
    assert _files(second, "https://mine.example/list") == _files(first, "https://mine.example/list")
    assert _files(second, "https://mine.example/list") == ["https://mine.example/2.jpg"]
    assert _compiled(second) == {"list": True, "feed": False}
    assert second.sites == first.sites


def test_patterns_and_steps_of_a_file_that_was_fine_match_as_ever(folder: Path) -> None:
    """They are compiled when the first URL or text meets them."""
    file = folder / "mine.toml"
    where = 'match = "/{board:word}/list"\nwhere = { board = "a+" }'
    steps = '[steps]\nshort = [{ sub = ["s$", ""] }]\n\n[parser.list]'
    text = SITE.replace('match = "/list"', where).replace("[parser.list]", steps)
    file.write_text(text.replace('json = "$.url" }', 'json = "$.url", steps = [{ use = "short" }] }'), "utf-8")
    for site in (library.load([folder], {}), _again(folder)):
        assert site.problems == ()
        assert site.recognise("https://mine.example/b/list") is None
        assert _files(site, "https://mine.example/aa/list") == ["https://mine.example/2.jpg"]


def test_another_root_is_another_file(folder: Path) -> None:
    """What was fine at one root says nothing of another."""
    library.load([folder], {})
    assert _compiled(_again(folder, {"mine": "https://other.example"})) == {"list": True, "feed": True}
    assert _again(folder, {"mine": "nonsense"}).broken == {"mine"}
    assert _again(folder).broken == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        ("$.posts[?@.id > 1]", "$.posts[?", True),
        ("//post", "//post[", True),
        ('parser = "feed"', 'parser = "feet"', True),
        ('match = "/feed"', 'match = "/feed"\nwhere = { x = "y" }', True),
        ('name = "feed"', 'name = "list"', False),
        ("[parser.feed]", '[steps]\nodd = [{ sub = ["(", ""] }]\n[parser.feed]', True),
    ],
)
def test_faults_are_told_at_each_start(folder: Path, old: str, new: str, *, broken: bool) -> None:
    """A parser, a class or a table that is wrong is named the second time as it was the first."""
    file = folder / "mine.toml"
    file.write_text(SITE.replace(old, new), "utf-8")
    first, second = library.load([folder], {}), _again(folder)
    assert first.problems == second.problems != ()
    assert ("mine" in first.broken, "mine" in second.broken) == (broken, broken)


def test_a_start_with_the_shipped_sites_loads_no_reader_of_pages(pytestconfig: pytest.Config) -> None:
    """What only a page of some site needs is loaded with that page."""
    load._compiled.cache_clear()
    folder = pytestconfig.rootpath / "sites"
    library.load([folder], {})
    script = (
        "import sys; from pathlib import Path; from syncer.sites import library\n"
        f"assert len(library.load([Path({str(folder)!r})], {{}}).sites) > 10\n"
        "print([name for name in ('pydantic', 'lxml', 'jsonpath', 'dateparser', 'feedparser') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_what_only_all_files_together_show_is_looked_for_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for again where a file changes or comes, and told each time where something was found."""
    seen: list[object] = []
    cycles = Library._cycles

    def counted(self: Library, loaded: load.Loaded) -> Iterator[Problem]:
        seen.append(loaded)
        return cycles(self, loaded)

    monkeypatch.setattr(Library, "_cycles", counted)
    library.load([folder], {})
    assert _again(folder).problems == ()
    assert len(seen) == 1
    (folder / "more.toml").write_text(SITE.replace("mine.example", "more.example"), "utf-8")
    assert _again(folder).problems == ()
    assert len(seen) == 2
    nowhere = (
        '[[url]]\nname = "odd"\nkind = "gallery"\nmatch = "/odd"\nfetch = "/nowhere"\n\n[[sample]]\nurl = "/odd"\n'
    )
    (folder / "more.toml").write_text(SITE.replace("mine.example", "more.example") + nowhere, "utf-8")
    first, second = _again(folder), _again(folder)
    assert first.problems == second.problems != ()
    assert len(seen) == 4
