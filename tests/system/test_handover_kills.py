"""`kill -9` while another program lists and fetches for us: nothing is lost, doubled or fetched twice, and no program stays behind.

Only with SYNCER_HANDOVER=N kills (`make handover`): each start of a program costs a good part of a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from syncer.demo import house
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from tests.system.processes import FOLDERS, start

KILLS = int(os.environ.get("SYNCER_HANDOVER", "0"))
CONFIG = (
    FOLDERS
    + """\
[options]
types = ["image", "animation", "video"]
[network]
allow = ["{address}"]
[site.demo]
root = "{root}"
{bandwidth}
[handover]
programs = ["gallery-dl"]
[handover.gallery-dl]
archive = "archive.sqlite3"
[handover.gallery-dl.options.moebooru.local]
root = "{root}"
pattern = '{address}'
[[subscriptions]]
name = "far"
site = "gallery-dl"
queries = ["{root}/post?tags=scenery"]
first_limit = 500
"""
)


@pytest.mark.skipif(not KILLS, reason="each start of another program takes long; `make handover` runs it")
@pytest.mark.timeout(120 + 20 * KILLS)
def test_kill_while_another_program_works(tmp_path: Path) -> None:
    rng = random.Random(20261126)
    with LocalSite(World(seed=5, posts=140, tiny=True)) as site:
        place = house.prepare(tmp_path, site.root, links=False, config=CONFIG)
        (place.inbox / "links.txt").write_text(f"{site.root}/post?tags=roll_3\n{site.root}/post/show/17\n", "utf-8")
        killed = 0
        for _ in range(KILLS):
            process = start(place)
            try:
                process.wait(timeout=rng.uniform(0.4, 3.0))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += 1
            process.communicate()
        process = start(place)
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors.decode()
        truth = site.world.search("scenery")
        images = {post.files[0].sha256 for post in truth if post.files and not post.deleted(site.world.start)}
        fetched = Counter(target for target in site.log.targets() if target.startswith("/media/"))
    assert killed
    names = sorted(path.name for path in place.imports.iterdir() if path.suffix != ".json")
    hashes = [hashlib.sha256((place.imports / name).read_bytes()).hexdigest() for name in names]
    assert sorted(hashes) == sorted(images), "lost or doubled"
    for name in names:
        assert json.loads((place.imports / f"{name}.json").read_text("utf-8"))["from"]["site"] == "local"
    # What a kill cut off in the middle of its transfer is the only thing that is asked for again.
    assert sum(fetched.values()) - len(fetched) <= 16 * killed
    assert list((place.state / "handover").glob("runs/*")) == []
    with sqlite3.connect(tmp_path / "archive.sqlite3") as archive:
        entries = {
            row[0].rpartition("_")[2].removeprefix("local") for row in archive.execute("SELECT entry FROM archive")
        }
    assert entries == {name.split("_")[1] for name in names}, "the archive of the program itself agrees"
    assert list((place.state / "handover").glob("archived/*")) == []
    with sqlite3.connect(place.state / "syncer.db") as store:
        assert store.execute("SELECT count(*) FROM jobs WHERE state <> 'done'").fetchone() == (0,)
        assert store.execute("SELECT count(*) FROM entries WHERE state <> 'settled'").fetchone() == (0,)
