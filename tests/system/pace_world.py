"""The two hours of the pace test: a site under many names, what is asked of it, and which rule must bind whom when.

One virtual clock for site and service, over the end of a month, with a restart and a kill in between. `test_pace` lets it run
and measures from the site's log alone.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load, rules
from syncer.config.bandwidth import Rule
from syncer.demo.house import SITE_FILES
from syncer.demo.posts import media_files
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.intake.settle import Patience
from syncer.model import Tag
from syncer.service import housekeeping
from syncer.service import loop as loop_module
from syncer.service.loop import Loop
from syncer.store.database import Named
from tests.system.processes import FOLDERS

MINUTE, HOUR = 60, 3600
START = datetime(2024, 2, 29, 23, 30, tzinfo=UTC).timestamp()
SPAN = 2 * HOUR


@dataclass(frozen=True, slots=True)
class Scale:
    """How many requests two hours hold: a pace is counted in `unit` seconds."""

    unit: int
    query: int
    """Requests of a query in half an hour."""
    download: int
    """Requests of a gallery download in twenty minutes."""


SHORT, FULL = Scale(20, 20, 15), Scale(1, 60, 100)
TOPICS = {"topic_a": "query", "topic_b": "query", "topic_c": "download", "topic_d": "download"}
CALM = ("plain.example", "slow.example", "cdn.garden.example")
"""Asked without end from the beginning: their own rules bind them, as long as there are few."""
CROWD = tuple(f"crowd{number}.example" for number in range(5))
"""Asked without end in the second hour: then the rule for everything binds."""
BYTES, MONTH = 40, 40
"""KB in ten minutes, and requests in a calendar month, of the sites called so."""

CONFIG = (
    FOLDERS
    + """\
[pressure]
free_space = "0 KB"
[network]
allow = ["127.0.0.1"]
[bandwidth]
everything = ["5 requests / {unit} s"]
domain = ["1 request / {unit} s"]
subscription = ["{query} requests / 30 minutes"]
download = ["{download} requests / 20 minutes"]
follow_pages = "{follow} s"
download_pages = "{gallery} s"
[bandwidth.site.bytes]
domain = ["1 request / {unit} s", "{bytes} KB / 10 minutes"]
[bandwidth.site.month]
domain = ["1 request / {unit} s", "{month} requests / 1 month"]
[site.demoapi]
root = "http://api.garden.example:{port}"
[site.demogallery]
root = "http://gallery.example:{port}"
[site.demoempty]
root = "http://empty.example:{port}"
[site.demopages]
root = "http://pages.example:{port}"
[site.demoboard]
root = "http://board.example:{port}"
[[subscriptions]]
name = "big"
site = "demoapi"
queries = [{big}]
first_limit = 2000
[[subscriptions]]
name = "many"
site = "demopages"
queries = [{many}]
"""
)

FILES_ALONE = """
[site]
name = "{name}"
root = "http://{name}.example:{port}"
pace = "{pace}"
[[url]]
name = "file"
kind = "file"
match = "/media/{{name}}"
"""


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule of a context; where it is the one that binds, nearly all that it allows must be used."""

    context: str
    rule: Rule
    binds: tuple[float, float] | None = None
    """From when to when, in seconds from the start."""


def bounds(scale: Scale) -> list[Bound]:
    """Return every rule that the config and the site files make, under the names that `contexts_of` gives."""
    unit, whole, first = scale.unit, (0.0, float(SPAN)), (0.0, float(HOUR))
    pace, slow = Rule("requests", 1, unit), Rule("requests", 1, 3 * unit)
    query, download = (
        rules.read(f"{scale.query} requests / 30 minutes"),
        rules.read(f"{scale.download} requests / 20 minutes"),
    )
    return [
        Bound("everything", Rule("requests", 5, unit), (float(HOUR), float(SPAN))),
        # In the first quarter all begin at once, and each gets its part of what everything may use.
        Bound("plain.example", pace, (HOUR / 4, float(HOUR))),
        Bound("garden.example", pace, first),
        *(Bound(f"{name}.garden.example", pace) for name in ("api", "cdn")),
        Bound("slow.example", slow, first),
        Bound("bytes.example", pace),
        Bound("bytes.example", rules.read(f"{BYTES} KB / 10 minutes"), whole),
        Bound("month.example", pace),
        Bound("month.example", rules.read(f"{MONTH} requests / 1 month"), whole),
        Bound("gallery.example", pace),
        Bound("board.example", pace),
        *(
            # In the second hour everything is what binds the gallery's host.
            Bound(topic, query, whole) if kind == "query" else Bound(topic, download, first)
            for topic, kind in TOPICS.items()
        ),
        Bound("follow pages of pages.example", Rule("requests", 1, 5 * unit), first),
        Bound("follow pages of garden.example", Rule("requests", 1, 5 * unit)),
        Bound("follow pages of board.example", Rule("requests", 1, 5 * unit)),
        Bound("download pages of empty.example", Rule("requests", 1, 15 * unit), first),
        Bound("download pages of gallery.example", Rule("requests", 1, 15 * unit)),
        *(Bound(name, pace) for name in CROWD),
    ]


@dataclass(slots=True)
class Two:
    """The two hours: folders, site and service."""

    scale: Scale
    folder: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    topic_of: dict[int, str] = field(default_factory=dict)
    """By post, whose files are asked for by that query or download alone."""
    big: list[int] = field(default_factory=list)
    """Posts with files of some size."""

    def world(self) -> World:
        world = World(seed=5, posts=0, start=START, tiny=True, threads=6)
        number_of = {"query": 5 * self.scale.query, "download": 4 * self.scale.download}
        for topic, kind in TOPICS.items():
            for number in range(number_of[kind]):
                at = START - HOUR - number
                self.topic_of[world.add([Tag("", topic.replace("_", " "))], at).id] = topic
        first = len(self.topic_of) + 1
        for number in range(first, first + 6 * BYTES):
            world.add([Tag("", "big")], START - HOUR, files=media_files(number, 5, 1, "png", (64, 48)))
            self.big.append(number)
        return world

    def write(self, site: LocalSite) -> None:
        """Write config and site files, and drop what is asked for from the beginning."""
        scale, port = self.scale, int(site.root.rpartition(":")[2])
        shutil.copytree(SITE_FILES, self.folder / "sites")
        for copy, of in (("demogallery", "demo"), ("demoempty", "demo"), ("demopages", "demoapi")):
            text = (SITE_FILES / f"{of}.toml").read_text("utf-8")
            (self.folder / "sites" / f"{copy}.toml").write_text(text, "utf-8")
        for name, slower in (("bytes", 1), ("month", 1), ("slow", 3)):
            pace = f"1 request / {slower * scale.unit} s"
            text = FILES_ALONE.format(name=name, port=port, pace=pace)
            (self.folder / "sites" / f"{name}.toml").write_text(text, "utf-8")
        for name in ("inbox", "import"):
            (self.folder / name).mkdir()
        many = ", ".join(f'"none_{number}"' for number in range(HOUR // (4 * scale.unit)))
        # Its pages are long: what a check finds comes at its end, and pages are far apart.
        listing = f"http://api.garden.example:{port}/api/posts.json?page=1&limit=100&tags="
        big = ", ".join(f'"{listing}{topic}"' for topic, kind in TOPICS.items() if kind == "query")
        figures = {
            "big": big,
            "follow": 5 * scale.unit,
            "gallery": 15 * scale.unit,
            "bytes": BYTES,
            "month": MONTH,
            "many": many,
        }
        text = CONFIG.format(unit=scale.unit, query=scale.query, download=scale.download, port=port, **figures)
        (self.folder / "config.toml").write_text(text, "utf-8")
        for host in CALM:
            self.drop(host, [f"http://{host}:{port}/media/{number}.png" for number in self._absent(SPAN)])
        self.drop("month", [f"http://month.example:{port}/media/{number}.png" for number in range(90_000, 90_120)])
        self.drop("bytes", [f"http://bytes.example:{port}/media/{number}.png" for number in self.big])
        self.drop("galleries", ["demogallery: topic_c", "demogallery: topic_d"])
        self.drop("empty", [f"demoempty: none_{number}" for number in range(SPAN // (14 * scale.unit))])
        self.drop("threads", [f"http://board.example:{port}/board/thread/{number}" for number in range(1, 7)])

    def crowd(self, site: LocalSite) -> None:
        """Drop what is asked for in the second hour."""
        port = site.root.rpartition(":")[2]
        for host in CROWD:
            self.drop(host, [f"http://{host}:{port}/media/{number}.png" for number in self._absent(HOUR)])

    def drop(self, name: str, lines: list[str]) -> None:
        (self.folder / "inbox" / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")

    def _absent(self, seconds: int) -> range:
        """Return so many numbers of files that are not there, which is answered quickly, that a domain cannot ask for all."""
        return range(90_000, 90_000 + seconds // self.scale.unit + 10)

    @contextmanager
    def service(self, *, kill: bool = False) -> Iterator[Loop]:
        """Run the service; with `kill` nothing is written at its end, as when it is killed."""
        wanted = app.Wanted(inline=True, patience=Patience(quiet=0, empty=0, old=0))
        config = load.load(self.folder / "config.toml")
        with pytest.MonkeyPatch.context() as patch, app.runner(config, wanted, clock=self.clock) as loop:
            yield loop
            if kill:
                patch.setattr(housekeeping, "flush", lambda runtime, last=False: None)
                patch.setattr(loop_module, "flush", lambda runtime, last=False: None)

    def run(self, loop: Loop, until: float) -> None:
        """Let the service work up to a moment (seconds from the start), its counters flushed once a unit."""
        end, flush_at = START + until, self.clock.now() + self.scale.unit
        while self.clock.now() < end:
            rest = loop.turn()
            now = self.clock.now()
            self.clock.advance(max(0.0, min(rest, flush_at - now, end - now)))
            if self.clock.now() >= flush_at:
                housekeeping.flush(loop.runtime)
                flush_at = self.clock.now() + self.scale.unit


@contextmanager
def names_lead_here() -> Iterator[None]:
    """Let all names of the test lead to this machine."""
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".example") else host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        for named in Named:
            # No power is cut here, and thousands of requests end: waiting for the disk would take most of the time.
            patch.setattr(named, "durable", False)
        yield


def live(two: Two, site: LocalSite) -> None:
    """Let the two hours pass: a clean restart in the first, a kill in the second."""
    two.write(site)
    with two.service() as loop:
        two.run(loop, 40 * MINUTE + 7)
    with two.service(kill=True) as loop:
        two.run(loop, HOUR)
        two.crowd(site)
        assert loop.inbox is not None
        loop.inbox.look()
        two.run(loop, 80 * MINUTE + 3)
    with two.service() as loop:
        two.run(loop, SPAN)
