"""A house beside the local site, both on one virtual clock: what the tests of the whole service begin from.

Jobs run in the loop's own thread, so that a test of a month takes a second and nothing waits.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.config.settings import Config
from syncer.demo.house import SITE_FILES
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.intake.settle import Patience
from syncer.service import requests_job, wish
from syncer.service.events import Event
from syncer.service.loop import Loop
from syncer.store import entries, follows
from syncer.store.entries import Entry
from syncer.store.follows import Follow
from tests.system.processes import FOLDERS

CONFIG = (
    FOLDERS
    + """\
{drains}
[pressure]
free_space = "0 KB"
{pressure}
{handover}
{options}
[network]
allow = ["127.0.0.1", "localhost"]
read_timeout = "{read_timeout}"
{network}
[site.demo]
root = "{root}"
[site.demoapi]
root = "{root}"
[site.demoboard]
root = "{root}"
{bandwidth}
"""
)

FAST = "".join(
    f'[bandwidth.site.{name}]\ndomain = ["500 requests / 1 s"]\nfaster = "I accept that this site may block me"\n'
    for name in ("demo", "demoapi", "demoboard")
)
NO_PAGES = 'follow_pages = "0 seconds"\ndownload_pages = "0 seconds"\n'
FAST = f'[bandwidth]\neverything = ["500 requests / 1 s"]\n{NO_PAGES}{FAST}'


class Place:
    """Folders, config and local site of one test, with what happened there."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.clock = VirtualClock(world.start)
        self.site = LocalSite(world, self.clock.now)
        self.events: list[Event] = []
        self.inbox, self.imports, self.state = folder / "inbox", folder / "import", folder / "state"
        self.more, self.network, self.pressure, self.drains = "", "", "", False
        self.handover = "[handover]\nprograms = []"
        """Other programs are asked nothing: each start of one takes a good part of a second."""
        self.options, self.bandwidth, self.read_timeout = '[options]\ntypes = ["image", "animation"]', FAST, "60 s"
        for each in (self.inbox, self.imports, folder / "sites"):
            each.mkdir()
        for file in sorted(SITE_FILES.glob("*.toml")):
            shutil.copyfile(file, folder / "sites" / file.name)

    def write_config(self, more: str | None = None) -> Path:
        """Write the config with `more` behind it; return its path."""
        self.more = self.more if more is None else more
        text = CONFIG.format(
            root=self.site.root,
            options=self.options,
            bandwidth=self.bandwidth,
            read_timeout=self.read_timeout,
            network=self.network,
            pressure=self.pressure,
            handover=self.handover,
            drains="drains = true" if self.drains else "",
        )
        path = self.folder / "config.toml"
        path.write_text(text + self.more, "utf-8")
        return path

    def config(self, more: str | None = None) -> Config:
        """Write and read the config."""
        return load.load(self.write_config(more))

    @contextmanager
    def runner(self, *, inbox: bool = True, checks: bool = True, more: str | None = None) -> Iterator[Loop]:
        """Start the service with its jobs in this thread."""
        wanted = app.Wanted(inbox=inbox, checks=checks, inline=True, patience=Patience(quiet=0, empty=0, old=0))
        with app.runner(self.config(more), wanted, clock=self.clock, tell=self.events.append) as loop:
            yield loop

    def once(self, *, patience: float = 60, more: str | None = None) -> None:
        """Run as `run --once` does, up to what is due within `patience` seconds."""
        with self.runner(more=more) as loop:
            loop.run_until(lambda: False, patience=patience)

    def get(self, loop: Loop, text: str, *, patience: float = 90_000, **more: Any) -> dict[str, Any]:
        """Do one wish (a URL, or `site: query`) to its end; return what came of it."""
        site, colon, query = text.partition(": ")
        what = {"site": site, "query": query} if colon else {"url": text}
        answer = requests_job.get(loop.runtime, {"text": text, **what, **more})
        loop.run_until(lambda: not wish.is_open(loop.runtime.db, answer["entry"]), patience=patience)
        return wish.outcome(loop.runtime.db, answer["entry"])

    def advance(self, seconds: float) -> None:
        """Let time pass for service and site."""
        self.clock.advance(seconds)

    def media(self) -> list[str]:
        """Return the names of the media in the import folder."""
        return sorted(path.name for path in self.imports.iterdir() if path.suffix != ".json")

    def posts(self) -> list[int]:
        """Return the numbers of the posts of which there are files, each as often as there are."""
        sidecars = [json.loads(path.read_text("utf-8")) for path in self.imports.glob("*.json")]
        return sorted(int(each["from"]["post"] or 0) for each in sidecars)

    def check_whole(self) -> None:
        """Check that every medium is true and whole with its sidecar, that none is there twice, and no part is left."""
        truth = {file.sha256 for file in self.world.expected("", self.clock.now())}
        for number in self.world.thread_numbers():
            thread = self.world.thread(number, self.world.start + 86_000)
            truth |= {file.sha256 for file in thread.files} if thread else set()
        hashes = []
        for name in self.media():
            sidecar = json.loads((self.imports / f"{name}.json").read_text("utf-8"))
            hashes.append(sidecar["file"]["sha256"])
            assert sidecar["file"]["size"] == (self.imports / name).stat().st_size
        assert len(hashes) == len(set(hashes)), "delivered twice"
        assert set(hashes) <= truth, "not what the site has"
        assert len(list(self.imports.iterdir())) == 2 * len(hashes), "a sidecar without media"
        self.check_no_parts()

    def check_no_parts(self) -> None:
        """Check that nothing but the marker is in the work folder."""
        work = self.folder / ".syncer-work-import"
        assert [path.name for path in work.iterdir()] == ["this-is-syncers-work-folder.txt"]

    def words(self, *kinds: str) -> str:
        """Return what was told of these kinds, a line each."""
        return "\n".join(f"{each.subject}: {each.text}" for each in self.events if each.kind in kinds or not kinds)

    def follow(self, loop: Loop, query: str = "") -> Follow:
        """Return the one follow, or the one of that query."""
        with loop.runtime.db.read() as tx:
            (found,) = [each for each in follows.everything(tx) if query in ("", each.query)]
        return found

    def entry(self, loop: Loop, number: int) -> Entry:
        """Return one wish."""
        with loop.runtime.db.read() as tx:
            found = entries.get(tx, number)
        assert found is not None
        return found


MakePlace = Callable[..., Place]


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[MakePlace]:
    """Give a function that makes the house and starts the local site; takes what `World` takes."""
    places: list[Place] = []

    def make(**world: Any) -> Place:
        folder = tmp_path / f"house-{len(places)}"
        folder.mkdir()
        place = Place(folder, World(**{"seed": 3, "posts": 12, "tiny": True, **world}))
        place.site.start()
        places.append(place)
        return place

    yield make
    for place in places:
        place.site.stop()


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """Give a house beside a small site."""
    return make_place()
