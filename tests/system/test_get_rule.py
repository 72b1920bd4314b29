"""`get URL --rule NAME`: the links that a simple rule finds on any page, each taken as if it had been dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.demo import house
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.service import requests_job, wish

RULE = """
[site]
name = "Rules"

[[rule]]
name = "linked images"
css = "a#original, a.original"
attr = "href"

[[rule]]
name = "linked posts"
css = "a.thumb"
attr = "href"
"""


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=1, posts=30)) as site:
        yield site


def _get(site: LocalSite, folder: Path, path: str, rule: str) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    place = house.prepare(folder, site.root, links=False)
    (folder / "sites" / "rules.toml").write_text(RULE, "utf-8")
    config = load.load(place.config)
    with app.runner(config, app.Wanted(inbox=False, checks=False, inline=True), clock=VirtualClock()) as loop:
        url = site.root + path
        answer = requests_job.get(loop.runtime, {"text": url, "url": url, "rule": rule})
        loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]), patience=3600)
        return wish.outcome(loop.runtime.db, answer["entry"])


def _hashes(folder: Path) -> set[str]:
    media = [path for path in (folder / "import").iterdir() if path.suffix != ".json"]
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in media}


def test_the_files_that_a_rule_finds_are_delivered(site: LocalSite, tmp_path: Path) -> None:
    got = _get(site, tmp_path, "/post/18", "linked images")
    assert got["outcome"] == "delivered"
    post = site.world.post(18)
    assert post is not None
    assert len(post.files) == 3
    assert _hashes(tmp_path) == {file.sha256 for file in post.files}


def test_pages_that_a_rule_finds_are_read_by_their_own_site_file(site: LocalSite, tmp_path: Path) -> None:
    got = _get(site, tmp_path, "/posts?tags=sky&page=1", "linked posts")
    assert got["outcome"] == "delivered"
    taken = [
        file.sha256
        for post in site.world.search("sky")
        if not post.deleted(site.world.start) and "fog" not in post.words() and "owl" not in post.words()
        for file in post.files
        if file.extension in ("png", "jpg", "webp")
    ]
    assert taken
    assert set(taken) <= _hashes(tmp_path)


def test_a_rule_that_finds_nothing_or_does_not_exist_is_said(site: LocalSite, tmp_path: Path) -> None:
    nothing = _get(site, tmp_path / "a", "/posts?tags=sky", "linked images")
    assert nothing["outcome"] == "failed"
    assert 'the rule "linked images" finds nothing' in str(nothing["words"])
    unknown = _get(site, tmp_path / "b", "/post/18", "no such rule")
    assert unknown["outcome"] == "failed"
    assert '"linked images"' in str(unknown["words"])
