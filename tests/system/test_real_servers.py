"""Engines, feeds and first drafts against the software itself: `make servers` runs this by hand, since it takes minutes.

Each server is filled with more pictures than one page shows; all of them must come, each with its bytes and tags, and a later
check must bring what is new and nothing else.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncer.cli.main import main
from tests.system.real_house import House, sha256
from tests.system.real_servers import Boorunaut, Mastodon, MediaWiki, WordPress

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("SYNCER_SERVERS"), reason="takes minutes and installs packages: make servers"
    ),
    pytest.mark.timeout(900),
]
DAY = 86_400


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house", time.time() + 3600)


def told(what: str, sidecars: dict[str, dict[str, Any]]) -> None:
    """Print what a server delivered, for the table of a run by hand."""
    tags = sorted({tag for each in sidecars.values() for tag in each["tags"]})
    print(f"\n{what}: {len(sidecars)} files, {len(tags)} tags like {', '.join(tags[:6])}")  # noqa: T201 - made for being read


def serving(server: Any) -> Iterator[tuple[Any, str]]:
    if why := server.missing():
        pytest.skip(why)
    with server.running() as root:
        yield server, root


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[tuple[MediaWiki, str]]:
    yield from serving(MediaWiki(tmp_path / "wiki"))


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[tuple[WordPress, str]]:
    yield from serving(WordPress(tmp_path / "blog"))


@pytest.fixture
def booru(tmp_path: Path) -> Iterator[tuple[Boorunaut, str]]:
    (tmp_path / "booru").mkdir()
    yield from serving(Boorunaut(tmp_path / "booru"))


@pytest.fixture
def mastodon(tmp_path: Path) -> Iterator[tuple[Mastodon, str]]:
    yield from serving(Mastodon(tmp_path / "mastodon"))


def drafted(house: House, url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Make the draft of a site file for a URL and keep it as `pictures`, as it is; return its text."""
    capsys.readouterr()
    assert main(["sites", "new", url, "--print", "--json", "--config", str(house.config())]) == 0
    text = str(json.loads(capsys.readouterr().out)["data"]["text"])
    (house.folder / "sites").mkdir(exist_ok=True)
    (house.folder / "sites" / "pictures.toml").write_text(text, "utf-8")
    return text


def test_mediawiki(house: House, wiki: tuple[MediaWiki, str], capsys: pytest.CaptureFixture[str]) -> None:
    server, root = wiki
    server.add(range(45), "Owls & more")
    assert 'api = "/api.php"' in drafted(house, f"{root}/wiki/Main_Page", capsys)
    house.check("Owls & more")
    found = house.sidecars()
    assert (
        {each["file"]["sha256"] for each in found.values()}
        == house.hashes()
        == {sha256(number) for number in range(45)}
    )
    assert all({"Owls & more", "Night birds", "uploader:Gardener"} == set(each["tags"]) for each in found.values())
    assert all(each["source_time"] > 1_700_000_000 for each in found.values())
    told("MediaWiki, a category", found)
    server.add(range(45, 48), "Owls & more")
    house.clock.advance(2 * DAY)
    house.check("Owls & more")
    assert house.hashes() == {sha256(number) for number in range(48)}
    assert house.get(f"{root}/wiki/File:Nothing.png")["outcome"] == "skipped"
    assert house.get(f"{root}/wiki/Special:ListFiles/Gardener")["outcome"] in ("known", "empty")


def test_wordpress(house: House, blog: tuple[WordPress, str], capsys: pytest.CaptureFixture[str]) -> None:
    server, root = blog
    server.add(range(25), "bird")
    drafted(house, f"{root}/", capsys)
    house.get("pictures/tag: bird")
    found = house.sidecars()
    assert house.hashes() == {sha256(number) for number in range(25)}
    assert all({"creator:gardener", "bird"} <= set(each["tags"]) for each in found.values())
    assert {each["source_time"] for each in found.values()} == {server.published + number * 60 for number in range(25)}
    told("WordPress, a tag", found)
    house.check(f"{root}/tag/bird/")
    server.add(range(25, 28), "bird")
    house.clock.advance(2 * DAY)
    house.check(f"{root}/tag/bird/")
    assert house.hashes() == {sha256(number) for number in range(28)}


def test_a_booru_that_no_engine_knows_works_with_its_first_draft(
    house: House, booru: tuple[Boorunaut, str], capsys: pytest.CaptureFixture[str]
) -> None:
    server, root = booru
    server.add(range(45), "blue_sky")
    drafted(house, f"{root}/post/list/?tags=blue_sky", capsys)
    house.check("blue_sky")
    found = house.sidecars()
    assert len(found) == len(house.hashes()) == 45
    assert {
        sum("blue_sky" in each["tags"] for each in found.values()),
        sum(bool(each["source_time"]) for each in found.values()),
    } == {45}
    told("Boorunaut, its draft", found)
    server.add(range(45, 47), "blue_sky")
    house.clock.advance(2 * DAY)
    house.check("blue_sky")
    assert len(house.hashes()) == 47


def test_mastodon(house: House, mastodon: tuple[Mastodon, str]) -> None:
    server, root = mastodon
    server.add(range(95), "birds")
    house.site("mastodon", root)
    house.check("testuser")
    found = house.sidecars()
    assert house.hashes() == {sha256(number) for number in range(95)}
    assert all({"creator:testuser", "birds"} == set(each["tags"]) for each in found.values())
    told("Mastodon's mock, an account", found)
    server.add(range(95, 98), "birds")
    house.clock.advance(2 * DAY)
    house.check("testuser")
    assert house.hashes() == {sha256(number) for number in range(98)}
    assert house.get("pictures/hashtag: birds")["outcome"] in ("known", "empty")
