"""Videos that the yt-dlp that is really installed brings, through the whole service; all of it behind SYNCER_HANDOVER.

`make handover` runs it: each video costs three or four starts of yt-dlp, most of a second each.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer.demo import house
from syncer.demo.media import Picture, render
from tests.system.processes import FOLDERS, start
from tests.system.video_site import VideoSite

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace, Place

KILLS = int(os.environ.get("SYNCER_HANDOVER", "0"))
pytestmark = pytest.mark.skipif(
    not KILLS, reason="each start of yt-dlp takes most of a second; `make handover` runs it"
)

VIDEO = render(Picture("mp4", 1, 8, 8))
OTHER = render(Picture("mp4", 2, 8, 8))


def page(video: str, title: str = "Waves", more: str = "") -> bytes:
    return f'<html><head><title>{title}</title>{more}</head><body><video src="{video}"></video></body></html>'.encode()


@pytest.fixture
def site() -> Iterator[VideoSite]:
    with VideoSite({"/a.mp4": VIDEO, "/b.mp4": OTHER, "/a": page("/a.mp4"), "/b": page("/b.mp4", "Wind")}) as found:
        yield found


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    found = make_place(posts=3)
    found.handover = ""
    found.options = '[options]\ntypes = ["video", "image"]'
    return found


CONFIG = '[handover]\nprograms = ["yt-dlp"]\n[handover.yt-dlp]\ngeneric = ["127.0.0.1"]\n'


def sidecars(place: Place) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(place.imports.glob("*.json"))]


def feed(site: VideoSite, *items: tuple[str, str], day: str = "") -> bytes:
    date = f"<pubDate>{day} 10:00:00 GMT</pubDate>" if day else ""
    rows = "".join(f"<item><title>{title}</title><link>{site.root}{path}</link>{date}</item>" for path, title in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Talks</title>{rows}</channel></rss>'.encode()


def test_a_video_comes_with_what_is_told_of_it_and_only_once(place: Place, site: VideoSite) -> None:
    with place.runner(more=CONFIG) as loop:
        got = place.get(loop, f"{site.root}/a")
        assert got["outcome"] == "delivered", got
        assert place.get(loop, f"{site.root}/a")["files"] == [], "known"
    (told,) = sidecars(place)
    assert told["file"]["sha256"] == hashlib.sha256(VIDEO).hexdigest()
    assert told["title"].startswith("Waves")
    assert told["post_url"] == f"{site.root}/a"
    assert site.bytes_of("/a.mp4") == len(VIDEO)
    place.check_no_parts()


def test_a_filter_that_can_tell_before_asks_for_no_video(place: Place, site: VideoSite) -> None:
    place.options = '[options]\ntypes = ["image"]'
    with place.runner(more=CONFIG) as loop:
        got = place.get(loop, f"{site.root}/a")
    assert got["outcome"] == "skipped", got
    assert "video is not among the types" in got["words"]
    assert site.bytes_of("/a.mp4") == 0
    place.check_no_parts()


def test_a_listing_whose_parts_fail_brings_the_others(place: Place, site: VideoSite) -> None:
    site.files["/feed"] = feed(
        site, ("/a", "One"), ("/gone", "Two"), ("/b", "Three"), ("/b.mp4?copy", "Four"), day="Mon, 02 Jan 2023"
    )
    with place.runner(more=CONFIG) as loop:
        got = place.get(loop, f"yt-dlp: {site.root}/feed")
    assert "1 gone" in got["words"], got
    told = {each["file"]["sha256"]: each for each in sidecars(place)}
    assert set(told) == {hashlib.sha256(VIDEO).hexdigest(), hashlib.sha256(OTHER).hexdigest()}
    assert told[hashlib.sha256(VIDEO).hexdigest()]["source_time"] == 1672653600, "as its listing says"
    place.check_no_parts()


def test_a_query_of_yt_dlp_is_checked_like_any_other(place: Place, site: VideoSite) -> None:
    site.files["/feed"] = feed(site, ("/a", "One"))
    more = (
        CONFIG
        + f'[[subscriptions]]\nname = "talks"\nsite = "yt-dlp"\nqueries = ["{site.root}/feed"]\nevery = "1 day"\n'
    )
    place.once(more=more)
    assert len(sidecars(place)) == 1
    site.files["/feed"] = feed(site, ("/b", "Two"), ("/a", "One"))
    place.advance(2 * 86_400)
    place.once(more=more)
    assert {each["from"]["name"] for each in sidecars(place)} == {"talks"}
    assert len(sidecars(place)) == 2
    assert site.bytes_of("/a.mp4") == len(VIDEO), "the first is known"


def test_its_archive_and_our_known_list_agree(place: Place, site: VideoSite, tmp_path: Path) -> None:
    archive = tmp_path / "archive.txt"
    archive.write_text("youtube abc\n", "utf-8")
    more = f'{CONFIG}archive = "{archive}"\n'
    with place.runner(more=more) as loop:
        assert place.get(loop, f"{site.root}/a")["outcome"] == "delivered"
        lines = archive.read_text("utf-8").splitlines()
        assert lines[0] == "youtube abc", "theirs stays"
        assert len(lines) == 2
        # What their own yt-dlp has by now is not downloaded.
        archive.write_text("html5mediaembed b-1\ngeneric b-1\nhtml5mediaembed b\ngeneric b\n", "utf-8")
        got = place.get(loop, f"{site.root}/b")
        assert got["outcome"] == "skipped", got
        assert "in the archive of yt-dlp" in got["words"]
    assert site.bytes_of("/b.mp4") == 0


def test_the_picture_that_stands_for_it_comes_by_option(make_place: MakePlace, place: Place, site: VideoSite) -> None:
    picture = next(file for post in place.world.search() for file in post.files if file.extension in ("jpg", "png"))
    name = f"/picture.{picture.extension}"
    site.files |= {name: picture.data, f"/other{name}": picture.data}
    site.files["/a"] = page("/a.mp4", more=f'<meta property="og:image" content="{site.root}{name}">').replace(
        b"<video ", f'<video poster="{name}" '.encode()
    )
    with place.runner(more=f"{CONFIG}thumbnail = true\n") as loop:
        got = place.get(loop, f"{site.root}/a")
    assert got["outcome"] == "delivered", got
    told = sidecars(place)
    assert {each["file"]["sha256"] for each in told} == {hashlib.sha256(VIDEO).hexdigest(), picture.sha256}
    assert {each["post_url"] for each in told} == {f"{site.root}/a"}
    site.files["/c"] = page("/b.mp4").replace(b"<video ", f'<video poster="/other{name}" '.encode())
    place.options = '[options]\ntypes = ["image"]'
    with place.runner(more=f"{CONFIG}thumbnail = true\n") as loop:
        got = place.get(loop, f"{site.root}/c")
    assert got["outcome"] == "skipped", "no picture without its video"
    assert site.bytes_of(f"/other{name}") == 0


def test_a_program_that_breaks_is_told_with_what_renews_it(place: Place, site: VideoSite, tmp_path: Path) -> None:
    broken = tmp_path / "yt-dlp"
    broken.write_text(
        "#!/bin/sh\ncase $1 in --version) echo 2025.01.01;; *) cat >/dev/null; "
        "echo 'ERROR: [x] 1: Unable to extract title; please report this issue on  https://x.example' >&2; exit 1;; esac\n"
    )
    broken.chmod(0o755)
    with place.runner(more=f'{CONFIG}command = "{broken}"\n') as loop:
        got = place.get(loop, f"yt-dlp: {site.root}/a")
    assert got["outcome"] == "failed"
    assert "Unable to extract title" in got["words"]
    assert "2025.01.01" in got["words"]
    assert f"update {broken}" in got["words"]


KILLED = (
    FOLDERS
    + """\
[options]
types = ["video"]
[network]
allow = ["127.0.0.1"]
[site.demo]
root = "{root}"
{bandwidth}
[handover]
programs = ["yt-dlp"]
[handover.yt-dlp]
generic = ["127.0.0.1"]
archive = "archive.txt"
"""
)


@pytest.mark.timeout(180 + 20 * KILLS)
def test_kill_while_a_video_comes(tmp_path: Path) -> None:
    rng = random.Random(7)
    body = VIDEO + (2_000_008).to_bytes(4, "big") + b"free" + rng.randbytes(2_000_000)
    with VideoSite({"/a.mp4": body, "/a": page("/a.mp4")}, slow={"/a.mp4": 0.1}) as site:
        place = house.prepare(tmp_path, site.root, links=False, config=KILLED)
        (place.inbox / "links.txt").write_text(f"{site.root}/a\n", "utf-8")
        kills = min(KILLS, 4)
        for _ in range(kills):
            wanted = site.bytes_of("/a.mp4") + 400_000
            process = start(place)
            while site.bytes_of("/a.mp4") < wanted and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        site.slow.clear()
        process = start(place)
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors.decode()
        sent = site.bytes_of("/a.mp4")
    (media,) = [path for path in place.imports.iterdir() if path.suffix != ".json"]
    assert media.read_bytes() == body, "put together wrongly"
    assert json.loads(media.with_name(f"{media.name}.json").read_text("utf-8"))["file"]["size"] == len(body)
    # What yt-dlp had read but not written is all that is asked for again; each kill came after 400,000 bytes.
    assert sent - len(body) <= 100_000 * kills, sent
    assert len((tmp_path / "archive.txt").read_text("utf-8").splitlines()) == 1
    assert list((place.state / "handover").glob("archived/*")) == []
    with sqlite3.connect(place.state / "syncer.db") as store:
        assert store.execute("SELECT count(*) FROM jobs WHERE state <> 'done'").fetchone() == (0,)
    assert list(tmp_path.rglob("*.run")) == []
    sys.stdout.write(f"\n{kills} kills: {sent:,} bytes sent for a video of {len(body):,}\n")
