"""`sites new URL`: a draft that works as far as it guesses, made from a page that is fetched with every pace kept."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.cli.main import main
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.sites import library


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=1, posts=50)) as site:
        yield site


def _config(site: LocalSite, folder: Path) -> Path:
    text = f"""
        [folders]
        inbox = "inbox"
        state = "state"
        cache = "cache"
        sites = "sites"
        [import_folders.main]
        path = "import"
        profile = "plain"
        [network]
        allow = ["{site.root.partition("//")[2]}"]
    """
    (folder / "config.toml").write_text(text, "utf-8")
    return folder / "config.toml"


def _new(capsys: pytest.CaptureFixture[str], config: Path, url: str, *more: str) -> tuple[int, dict[str, object]]:
    code = main(["sites", "new", url, "--json", "--config", str(config), *more])
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, answer


@pytest.mark.parametrize(
    ("path", "kind", "posts", "first"),
    [
        ("/posts?tags=scenery&page=1", "gallery", 20, "3"),
        ("/api/posts.json?tags=scenery&page=1&limit=20", "gallery", 20, "3"),
        ("/post/12", "post", 1, "12"),
        ("/api/post/12.json", "post", 1, "12"),
    ],
)
def test_the_draft_reads_the_page_that_it_was_made_from(
    site: LocalSite, tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, kind: str, posts: int, first: str
) -> None:
    config = _config(site, tmp_path)
    code, answer = _new(capsys, config, site.root + path)
    assert code == 0, answer
    assert len(list((tmp_path / "sites").glob("*.toml"))) == 1
    loaded = library.load([tmp_path / "sites"])
    assert loaded.problems == ()
    recognised = loaded.recognise(site.root + path)
    assert recognised is not None
    assert recognised.kind == kind
    # Where a listing only leads to posts, the first of them is looked at as well.
    assert [seen.target for seen in site.log] == ([path, f"/post/{first}"] if path.startswith("/posts") else [path])
    with urllib.request.urlopen(site.root + path) as reply:
        page = loaded.parse(recognised, reply.read().decode(), site.root + path, 2_000_000_000)
    assert len(page.posts) == posts
    assert page.posts[0].id == first
    if kind == "post":
        world = site.world.post(12)
        assert world is not None
        assert [media.url for media in page.posts[0].files] == [site.root + world.files[0].path]
        assert {tag.text for tag in world.tags} <= {tag.text for tag in page.posts[0].tags}


def test_what_is_there_is_not_overwritten(site: LocalSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = _config(site, tmp_path)
    assert _new(capsys, config, f"{site.root}/post/12")[0] == 0
    (file,) = (tmp_path / "sites").glob("*.toml")
    before = file.read_bytes()
    code, answer = _new(capsys, config, f"{site.root}/posts?page=1")
    assert code == 2
    assert "--print" in str(answer["error"])
    assert file.read_bytes() == before
    code, answer = _new(capsys, config, f"{site.root}/posts?page=1", "--print")
    assert code == 0
    assert file.read_bytes() == before


def test_a_page_that_cannot_be_had_is_said(site: LocalSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = _new(capsys, _config(site, tmp_path), f"{site.root}/post/9999")
    assert code == 1
    assert "9999" in str(answer["error"])
    assert not list(tmp_path.glob("sites/*.toml"))


def _parse(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = main(["sites", "parse", *words, "--json"])
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, answer


def test_parse_fetches_a_url_once_and_shows_what_is_found(
    site: LocalSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = _config(site, tmp_path)
    assert _new(capsys, config, f"{site.root}/post/12")[0] == 0
    site.log.clear()
    code, answer = _parse(capsys, f"{site.root}/post/12", "--config", str(config))
    assert code == 0, answer
    assert [seen.target for seen in site.log] == ["/post/12"]
    world = site.world.post(12)
    assert world is not None
    posts = answer["posts"]
    assert isinstance(posts, list)
    desired = [each["url"] for each in posts[0]["urls"] if each["kind"] == "desired"]
    assert desired == [site.root + world.files[0].path]


def test_parse_of_a_file_needs_its_url(tmp_path: Path, site: LocalSite, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.html").write_text("<p>x</p>", "utf-8")
    config = _config(site, tmp_path)
    code, answer = _parse(capsys, str(tmp_path / "page.html"), "--config", str(config))
    assert code == 2
    assert "--url" in str(answer)
