"""A config and its folders beside one real server, with one site file of the person's own that names an engine.

Jobs run in the test's own thread and on a virtual clock, as everywhere; only the server is none of ours.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.service import requests_job, wish
from syncer.service.events import Event
from syncer.service.loop import Loop

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
allow = ["127.0.0.1", "localhost"]
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
queries = ["{query}"]
every = "1 day"
"""


def png(number: int) -> bytes:
    """Return a picture that no other number has."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"".join(b"\0" + bytes([number % 256, row, number // 256]) * 8 for row in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def sha256(number: int) -> str:
    """Return the hash of a picture."""
    return hashlib.sha256(png(number)).hexdigest()


class House:
    """Folders, config and clock of one test."""

    def __init__(self, folder: Path, now: float) -> None:
        self.folder, self.clock = folder, VirtualClock(now)
        self.events: list[Event] = []
        folder.mkdir(exist_ok=True)

    def site(self, engine: str, root: str, more: str = "") -> None:
        """Write the one site file."""
        (self.folder / "sites").mkdir(exist_ok=True)
        text = f'[site]\nname = "Pictures"\nengine = "{engine}"\nroot = "{root}"\n{more}'
        (self.folder / "sites" / "pictures.toml").write_text(text, "utf-8")

    def config(self, more: str = "") -> Path:
        """Write the config."""
        path = self.folder / "config.toml"
        path.write_text(CONFIG + more, "utf-8")
        return path

    @contextmanager
    def runner(self, more: str = "") -> Iterator[Loop]:
        """Start syncer with its jobs in this thread."""
        wanted = app.Wanted(inbox=False, checks=bool(more), inline=True)
        with app.runner(load.load(self.config(more)), wanted, clock=self.clock, tell=self.events.append) as loop:
            yield loop

    def get(self, text: str) -> dict[str, Any]:
        """Do one wish (a URL, or `site: query`) to its end; return what came of it."""
        site, colon, query = text.partition(": ")
        what = {"site": site, "query": query} if colon else {"url": text}
        with self.runner() as loop:
            answer = requests_job.get(loop.runtime, {"text": text, **what})
            loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]), patience=90_000)
            return wish.outcome(loop.runtime.db, answer["entry"])

    def check(self, query: str) -> None:
        """Check a follow of the site, where it is due."""
        with self.runner(FOLLOWED.format(query=query)) as loop:
            loop.run_until(lambda: False, patience=3600)

    def sidecars(self) -> dict[str, dict[str, Any]]:
        """Return the sidecars by the site's name of the post."""
        found = [json.loads(path.read_text("utf-8")) for path in (self.folder / "import").glob("*.json")]
        return {each["from"]["post"]: each for each in found}

    def hashes(self) -> set[str]:
        """Return the hashes of what was delivered, as the files have them."""
        files = [path for path in (self.folder / "import").iterdir() if path.suffix != ".json"]
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
