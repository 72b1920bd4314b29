"""The engine `autoindex` against the servers whose listings it reads: whole trees, odd names, and what is new later."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.service import requests_job
from syncer.service.loop import Loop
from tests.system import listing_servers

NOW = 1_790_000_000
DAY = 86_400
NAMES = (
    "a.png", "b 1.png", "c&d.png", "ü.png", "x:y.png", "p%41.png", "a<b.png", 'q".png', f"{'n' * 60}.png",
    "sub/e.png", "sub/deeper/f.png", "sub/deeper/a.png", "with space/g#1.png", "other/h.png",
)  # fmt: skip
CONFIG = """
[folders]
inbox = "inbox"
state = "state"
cache = "cache"
sites = "sites"
[import_folders.main]
path = "import"
profile = "hydrus"
[pressure]
free_space = "0 KB"
[network]
allow = ["127.0.0.1"]
[bandwidth]
everything = ["500 requests / 1 s"]
follow_pages = "0 seconds"
download_pages = "0 seconds"
[bandwidth.site.pictures]
domain = ["500 requests / 1 s"]
faster = "I accept that this site may block me"
"""
FOLLOWED = """
[[subscriptions]]
name = "everything there"
site = "pictures"
queries = ["{root}/"]
every = "1 day"
"""


def png(number: int) -> bytes:
    """Return a picture that no other number has."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"".join(b"\0" + bytes([number % 256, row, number // 256]) * 8 for row in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


class House:
    """A config and its folders beside one server."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.root, self.files = folder, "", folder / "served"
        self.clock = VirtualClock(NOW)
        self.server = server
        for number, name in enumerate(NAMES):
            self.put(name, number, NOW - (40 - number) * DAY)

    def put(self, name: str, number: int, at: int) -> None:
        """Put a picture into the served folder."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(number))
        os.utime(path, (at, at))

    @contextmanager
    def served(self) -> Iterator[House]:
        """Start the server."""
        with listing_servers.listing(self.server, self.files, self.folder / "server") as self.root:
            (self.folder / "sites").mkdir()
            site = f'[site]\nname = "Pictures"\nengine = "autoindex"\nroot = "{self.root}"\n'
            (self.folder / "sites" / "pictures.toml").write_text(site, "utf-8")
            yield self

    @contextmanager
    def runner(self, more: str = "") -> Iterator[Loop]:
        """Start syncer with its jobs in this thread."""
        path = self.folder / "config.toml"
        path.write_text(CONFIG + more, "utf-8")
        wanted = app.Wanted(inbox=False, checks=bool(more), inline=True)
        with app.runner(load.load(path), wanted, clock=self.clock) as loop:
            yield loop

    def get(self, url: str) -> dict[str, Any]:
        """Take all of a URL."""
        with self.runner() as loop:
            answer = requests_job.get(loop.runtime, {"text": url, "url": url})
            loop.run_until(lambda: app.entry_state(loop.runtime.db, answer["entry"]) != "open", patience=90_000)
            return app.outcome(loop.runtime.db, answer["entry"])

    def check(self) -> None:
        """Check the follow of the whole server, where it is due."""
        with self.runner(FOLLOWED.format(root=self.root)) as loop:
            loop.run_until(lambda: False, patience=3600)

    def sidecars(self) -> dict[str, dict[str, Any]]:
        """Return the sidecars by the name of the file on the server."""
        found = [json.loads(path.read_text("utf-8")) for path in (self.folder / "import").glob("*.json")]
        return {each["from"]["post"]: each for each in found}


@pytest.fixture(params=listing_servers.SERVERS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if why := listing_servers.missing(request.param):
        pytest.skip(why)
    with House(tmp_path, request.param).served() as house:
        yield house


def test_a_whole_tree_is_taken_and_later_what_is_new_in_any_of_its_folders(house: House) -> None:
    house.check()
    found = house.sidecars()
    assert set(found) == set(NAMES)
    for number, name in enumerate(NAMES):
        assert found[name]["file"]["sha256"] == hashlib.sha256(png(number)).hexdigest()
        if house.server != "python":  # it lists no times
            assert abs(found[name]["source_time"] - (NOW - (40 - number) * DAY)) <= DAY
    house.put("sub/deeper/new.png", 100, NOW + DAY)
    house.put("with space/z.png", 101, NOW + DAY)
    shutil.rmtree(house.files / "other")
    house.clock.advance(2 * DAY)
    house.check()
    assert set(house.sidecars()) == {*NAMES, "sub/deeper/new.png", "with space/z.png"}


def test_one_folder_is_taken_with_those_below_and_none_above(house: House) -> None:
    assert house.get(f"{house.root}/sub/?C=M;O=D")["outcome"] == "delivered"
    assert set(house.sidecars()) == {"sub/e.png", "sub/deeper/f.png", "sub/deeper/a.png"}
    assert house.get(f"{house.root}/with%20space/g%231.png")["outcome"] == "delivered"
