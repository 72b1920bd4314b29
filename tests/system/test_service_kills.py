"""`kill -9` at random moments of a real run: nothing is lost, doubled or half there (promises 1 to 3).

SYNCER_KILLS sets how many kills are tried; CI tries 10, `make kills N=200` more.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.demo import house
from syncer.demo.house import House
from syncer.demo.posts import WorldFile
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from tests.system.processes import FOLDERS, start

KILLS = int(os.environ.get("SYNCER_KILLS", "10"))
PER_HOUSE = 10
POSTS = 120
GONE = "nosite: x"
"""A line that cannot be followed: it comes back, once."""

CONFIG = (
    FOLDERS
    + """\
[options]
types = ["image", "animation", "video"]
[network]
allow = ["{address}"]
[site.demo]
root = "{root}"
[site.demoapi]
root = "{root}"
[site.demoboard]
root = "{root}"
{bandwidth}
[[subscriptions]]
name = "everything"
site = "demoapi"
queries = ["scenery"]
first_limit = 500
"""
)


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=5, posts=POSTS)) as site:
        yield site


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_whole(place: House, expected: dict[str, WorldFile], *, after_kill: bool) -> list[str]:
    """Check that every media file in the import folder is whole and has its sidecar; return their hashes."""
    names = {path.name for path in place.imports.iterdir()}
    media = sorted(name for name in names if not name.endswith(".json"))
    hashes = []
    for name in media:
        sha256 = _sha256(place.imports / name)
        assert sha256 in expected, f"{name} holds bytes that the site does not have"
        sidecar = json.loads((place.imports / f"{name}.json").read_text("utf-8"))
        assert sidecar["file"]["sha256"] == sha256
        hashes.append(sha256)
    alone = {name for name in names if name.endswith(".json")} - {f"{name}.json" for name in media}
    assert len(alone) <= (20 if after_kill else 0), f"sidecars without media: {alone}"
    return hashes


@pytest.mark.timeout(120 + 20 * KILLS)
def test_kill_at_random_moments(site: LocalSite, tmp_path: Path) -> None:
    rng = random.Random(20261125)
    done = 0
    while done < KILLS:
        folder = tmp_path / f"house-{done}"
        folder.mkdir()
        done += _one_house(site, folder, rng, min(PER_HOUSE, KILLS - done))


def _one_house(site: LocalSite, folder: Path, rng: random.Random, kills: int) -> int:
    place = house.prepare(folder, site.root, links=False, config=CONFIG)
    world = site.world
    (place.inbox / "links.txt").write_text(
        "".join(f"{site.root}/post/{number}\n" for number in range(1, 9)) + "demo: roll 2\n", "utf-8"
    )
    (place.inbox / "follow").mkdir()
    (place.inbox / "follow" / "list.txt").write_text(f"demo: scenery lake\ndemo: scenery snow\n{GONE}\n", "utf-8")
    expected = {file.sha256: file for file in world.expected("scenery")}
    killed = 0
    for _ in range(kills):
        process = start(place)
        try:
            process.wait(timeout=rng.uniform(0.25, 1.1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
        hashes = _check_whole(place, expected, after_kill=True)
        assert len(hashes) == len(set(hashes)), "a file was delivered twice"
    process = start(place)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    assert b"Traceback" not in errors
    _check_end(place, expected)
    _check_follows(place)
    # A kill that came after the last job proves little; enough must have come in the middle.
    assert killed >= kills // 3
    return kills


def _check_follows(place: House) -> None:
    """Check that a list in `follow/` was followed once, whenever it was cut short."""
    found = tomllib.loads(place.config.read_text("utf-8"))["subscriptions"]
    assert {one["name"]: one["queries"] for one in found} == {
        "everything": ["scenery"], "demo": ["scenery lake", "scenery snow"],
    }  # fmt: skip
    done = sorted(path.name for path in (place.inbox / "done" / "follow").iterdir())
    assert done == ["list.txt", "list.txt.result.txt"]
    back = (place.inbox / "failed" / "follow" / "list.txt").read_text("utf-8")
    assert [line for line in back.splitlines() if not line.startswith("#")] == [GONE]


def _check_end(place: House, expected: dict[str, WorldFile]) -> None:
    hashes = _check_whole(place, expected, after_kill=False)
    assert sorted(hashes) == sorted(expected), "lost or doubled"
    work = place.folder / ".syncer-work-import"
    assert [path.name for path in work.iterdir()] == ["this-is-syncers-work-folder.txt"]
    assert [path.name for path in place.inbox.iterdir() if path.is_file()] == []
    assert (place.inbox / "done" / "links.txt").exists()
    with sqlite3.connect(place.state / "syncer.db") as store:
        assert store.execute("SELECT count(*) FROM jobs WHERE state <> 'done'").fetchone() == (0,)
        assert store.execute("SELECT count(*) FROM entries WHERE state <> 'settled'").fetchone() == (0,)
        assert store.execute("SELECT DISTINCT state FROM deliveries").fetchall() == [("placed",)]
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
