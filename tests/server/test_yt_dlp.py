"""The yt-dlp that is really installed, asked as syncer asks it, against a local site of videos.

Each of its starts takes most of a second: what is behind SYNCER_HANDOVER is run by `make handover`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.clock import elapsed
from syncer.config.handover import Handover, YtDlpSettings
from syncer.handover import find
from syncer.handover.base import Ask, Limits, Manners, Tool
from syncer.handover.mapping.found import Found
from syncer.handover.run import Runs
from syncer.handover.yt_dlp import YtDlp
from syncer.model import TAKEN, Action, Verdict
from tests.system.video_site import VideoSite

slow = pytest.mark.skipif(
    not os.environ.get("SYNCER_HANDOVER"), reason="each start of yt-dlp takes most of a second; `make handover` runs it"
)
needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg, which makes the streams, is not installed"
)

SETTINGS = Handover(yt_dlp=YtDlpSettings(generic=("127.0.0.1",)))
VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\x10\x00free" + bytes(4088)
PAGE = b'<html><head><title>A page</title></head><body><video src="/a.mp4" poster="/p.jpg"></video></body></html>'


class Bench:
    """A video site, and yt-dlp beside it."""

    def __init__(self, site: VideoSite, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.runs = Runs(elapsed)
        tool = find.tool("yt-dlp", Handover(), self.runs.run)
        assert tool is not None, "the dev extra installs it"
        self.tool: Tool = tool
        self.settings = SETTINGS

    def ask(self, path: str, **more: Any) -> Ask:
        """Return what is asked about a path; the folder is the same each time."""
        place = self.folder / "run"
        place.mkdir(mode=0o700, exist_ok=True)
        manners = more.pop("manners", Manners(pace=0.0, timeout=20))
        prefix, _, path = path.rpartition(":")
        return Ask(
            f"{prefix}{':' * bool(prefix)}{self.site.root}{path}", place, Limits(60, 100, 10**8), manners, **more
        )

    @property
    def program(self) -> YtDlp:
        """Return it with the settings of now."""
        return YtDlp(self.settings)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with VideoSite({"/a.mp4": VIDEO, "/page": PAGE}) as site:
        yield Bench(site, tmp_path)


def test_a_video_of_a_page_is_brought(bench: Bench) -> None:
    asked: list[str] = []
    came = bench.program.download(bench.tool, bench.ask("/page", asked=asked.append), bench.runs.run)
    (got,) = came.files
    assert got.path.read_bytes() == VIDEO
    assert got.post.title.startswith("A page")
    assert came.size >= len(VIDEO)
    assert asked == 2 * [bench.site.root.removeprefix("http://")], "the page and the file"
    assert bench.site.bytes_of("/a.mp4") == len(VIDEO), "fetched once"


@slow
def test_a_video_of_a_page_is_listed(bench: Bench) -> None:
    listed = bench.program.list(bench.tool, bench.ask("/page"), bench.runs.run)
    assert listed.trouble is None
    (post,) = listed.posts
    assert (post.url, post.site, post.id) == (f"{bench.site.root}/page", "", "")
    assert [file.url for file in post.files] == [f"handover:yt-dlp:{bench.site.root}/page"]
    assert not listed.more
    assert bench.site.bytes_of("/a.mp4") == 0


@slow
def test_its_word_for_urls_asks_nobody(bench: Bench, tmp_path: Path) -> None:
    urls = ["https://www.youtube.com/watch?v=BaW_jenozKc", f"{bench.site.root}/page"]
    found = bench.program.claims(bench.tool, urls, tmp_path, bench.runs.run)
    assert [(found[url].extractor, found[url].generic) for url in urls] == [("youtube", False), ("generic", True)]
    assert bench.site.asked == []


@slow
def test_a_page_is_searched_only_where_the_person_says_so(bench: Bench) -> None:
    bench.settings = Handover()
    listed = bench.program.list(bench.tool, bench.ask("/page"), bench.runs.run)
    assert listed.trouble is not None
    assert listed.trouble.kind == "unsupported"
    assert "[handover.yt-dlp] generic" in listed.trouble.advice
    assert bench.site.asked == []
    bench.settings = SETTINGS
    bench.site.files["/page"] = b"<html><head><title>Nothing</title></head><body>no video</body></html>"
    listed = bench.program.list(bench.tool, bench.ask("/page"), bench.runs.run)
    assert listed.trouble is not None
    assert listed.trouble.words == f"yt-dlp finds no video at {bench.site.root}/page"


@slow
def test_a_feed_is_a_listing_in_ranges(bench: Bench) -> None:
    items = "".join(
        f"<item><title>Talk {number}</title><link>{bench.site.root}/{number}</link>"
        f"<pubDate>Mon, 02 Jan 2023 10:00:0{number} GMT</pubDate></item>"
        for number in range(1, 6)
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Talks</title>{items}</channel></rss>'
    bench.site.files["/feed.xml"] = feed.encode()
    listed = bench.program.list(bench.tool, bench.ask("/feed.xml", first=2, last=3), bench.runs.run)
    assert [post.title for post in listed.posts] == ["Talk 2", "Talk 3"]
    assert [post.time for post in listed.posts] == [1672653602, 1672653603]
    assert [post.files[0].url for post in listed.posts] == [f"handover:yt-dlp:{bench.site.root}/{n}" for n in (2, 3)]
    assert listed.more
    rest = bench.program.list(bench.tool, bench.ask("/feed.xml", first=4, last=7), bench.runs.run)
    assert [post.title for post in rest.posts] == ["Talk 4", "Talk 5"]
    assert not rest.more
    assert {asked.path for asked in bench.site.asked} == {"/feed.xml"}, "no entry is looked at yet"


@slow
@pytest.mark.parametrize(
    ("status", "kind"), [(404, "not_found"), (403, "forbidden"), (429, "slow_down"), (503, "server_error")]
)
def test_what_a_site_answers_is_told_in_our_words(bench: Bench, status: int, kind: str) -> None:
    bench.site.status["/page"] = status
    listed = bench.program.list(bench.tool, bench.ask("/page"), bench.runs.run)
    assert listed.trouble is not None
    assert listed.trouble.kind == kind
    assert len(bench.site.asked) <= 2, "nobody asks on against a site's word"


@slow
def test_a_filter_says_no_before_anything_is_downloaded(bench: Bench) -> None:
    told: list[Found] = []

    def judge(found: Found) -> Verdict:
        told.append(found)
        return Verdict(Action.SKIP, "types", "not this one")

    came = bench.program.download(bench.tool, bench.ask("/page", judge=judge), bench.runs.run)
    assert (came.files, came.trouble) == ((), None)
    assert came.refused == Verdict(Action.SKIP, "types", "not this one")
    assert told[0].extension == "mp4"
    assert bench.site.bytes_of("/a.mp4") == 0


@slow
def test_cookies_go_along_and_ours_stay_as_they_are(bench: Bench) -> None:
    jar = bench.folder / "cookies.txt"
    jar.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc\n", "utf-8")
    manners = Manners(pace=0.0, cookies=jar, user_agent="My browser")
    bench.program.download(bench.tool, bench.ask("/page", manners=manners), bench.runs.run)
    assert {asked.headers.get("cookie") for asked in bench.site.asked} == {"session=abc"}
    assert {asked.headers.get("user-agent") for asked in bench.site.asked} == {"My browser"}


@slow
def test_pace_and_rate_are_kept(bench: Bench) -> None:
    bench.site.files["/a.mp4"] = VIDEO + bytes(60_000)
    begun = time.monotonic()
    came = bench.program.download(
        bench.tool, bench.ask("/page", manners=Manners(pace=0.0, rate=32_000)), bench.runs.run
    )
    assert came.files[0].path.stat().st_size == len(VIDEO) + 60_000
    assert time.monotonic() - begun > 1.9


@slow
def test_what_it_fetched_before_it_does_not_fetch_again(bench: Bench) -> None:
    archive = bench.folder / "archive.txt"
    first = bench.program.download(bench.tool, bench.ask("/page", archive=archive), bench.runs.run)
    (entry,) = first.files[0].archived
    assert archive.read_text("utf-8").splitlines() == [entry]
    shutil.rmtree(bench.folder / "run")
    again = bench.program.download(bench.tool, bench.ask("/page", archive=archive), bench.runs.run)
    assert again.refused is not None
    assert entry in again.refused.why
    assert bench.site.bytes_of("/a.mp4") == len(VIDEO)


@slow
def test_a_download_that_was_ended_goes_on_where_it_was(bench: Bench) -> None:
    whole = VIDEO + os.urandom(400_000)
    bench.site.files["/a.mp4"] = whole
    bench.site.slow["/a.mp4"] = 0.1
    stopper = threading.Thread(target=_stop_after, args=(bench, 100_000))
    stopper.start()
    came = bench.program.download(bench.tool, bench.ask("/page"), bench.runs.run)
    stopper.join()
    assert came.trouble is not None
    assert came.trouble.kind == "aborted"
    assert len(list(bench.ask("/page").folder.rglob("*.part"))) == 1
    bench.site.slow.clear()
    bench.runs = Runs(elapsed)
    came = bench.program.download(bench.tool, bench.ask("/page"), bench.runs.run)
    assert came.files[0].path.read_bytes() == whole
    assert bench.site.asked[-1].start > 50_000, "the rest alone"


def _stop_after(bench: Bench, sent: int) -> None:
    until = time.monotonic() + 30
    while bench.site.bytes_of("/a.mp4") < sent and time.monotonic() < until:
        time.sleep(0.02)
    bench.runs.stop()


@slow
def test_a_limit_ends_it(bench: Bench) -> None:
    bench.site.files["/a.mp4"] = VIDEO + bytes(2_000_000)
    bench.site.slow["/a.mp4"] = 0.05
    ask = replace(bench.ask("/page"), limits=Limits(60, 100, 300_000))
    came = bench.program.download(bench.tool, ask, bench.runs.run)
    assert came.trouble is not None
    assert "more than 300,000 bytes" in came.trouble.words
    assert bench.site.bytes_of("/a.mp4") < 2_000_000


@slow
def test_what_takes_too_long_goes_on_at_the_next_try(bench: Bench) -> None:
    bench.site.files["/a.mp4"] = VIDEO + bytes(1_000_000)
    bench.site.slow["/a.mp4"] = 0.5
    came = bench.program.download(bench.tool, replace(bench.ask("/page"), limits=Limits(6, 100, 10**8)), bench.runs.run)
    assert came.trouble is not None
    assert came.trouble.kind == "timeout"
    assert "longer than 6 seconds" in came.trouble.words
    bench.site.slow.clear()
    assert bench.program.download(bench.tool, bench.ask("/page"), bench.runs.run).files
    assert bench.site.asked[-1].start > 0


def stream(folder: Path, *words: str) -> dict[str, bytes]:
    """Make a stream in pieces with ffmpeg; return its files by name."""
    source = ("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=4")
    command = ["ffmpeg", "-loglevel", "error", *source, *words, "-hls_time", "1", "-hls_list_size", "0", "index.m3u8"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@slow
@needs_ffmpeg
@pytest.mark.parametrize("ffmpeg", [True, False])
def test_a_stream_in_pieces_is_one_file(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ffmpeg: bool
) -> None:
    (tmp_path / "hls").mkdir()
    for name, body in stream(tmp_path / "hls", "-c:v", "libx264", "-g", "5", "-pix_fmt", "yuv420p").items():
        bench.site.files[f"/hls/{name}"] = body
    if not ffmpeg:
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    came = bench.program.download(bench.tool, bench.ask("/hls/index.m3u8"), bench.runs.run)
    (got,) = came.files
    head = got.path.read_bytes()[:12]
    assert head[4:8] == b"ftyp" if ffmpeg else head[0] == 0x47, "whole either way: in its own boxes, or as it was sent"
    pieces = [asked.path for asked in bench.site.asked if asked.path.endswith(".ts")]
    assert len(pieces) == len(set(pieces)) == 4


@slow
@needs_ffmpeg
def test_a_stream_with_a_hole_is_none(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "hls").mkdir()
    for name, body in stream(tmp_path / "hls", "-c:v", "libx264", "-g", "5", "-pix_fmt", "yuv420p").items():
        bench.site.files[f"/hls/{name}"] = body
    bench.site.status["/hls/index2.ts"] = 404
    came = bench.program.download(bench.tool, bench.ask("/hls/index.m3u8"), bench.runs.run)
    assert came.files == ()
    assert came.trouble is not None
    assert came.trouble.kind == "wrong_length", came.trouble
    bench.site.status.clear()
    came = bench.program.download(bench.tool, bench.ask("/hls/index.m3u8"), bench.runs.run)
    assert len(came.files) == 1
    assert [asked.path for asked in bench.site.asked].count("/hls/index0.ts") == 1, "what came is kept"


@slow
def test_a_live_stream_is_left_until_it_is_over(bench: Bench) -> None:
    bench.site.files["/live.m3u8"] = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n/1.ts\n"
    bench.site.files["/1.ts"] = bytes(188)
    came = bench.program.download(bench.tool, bench.ask("/live.m3u8"), bench.runs.run)
    assert came.trouble is not None
    assert came.trouble.kind == "not_yet"
    assert bench.site.bytes_of("/1.ts") == 0


@slow
def test_streams_that_nothing_can_put_together_are_told_with_the_cure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream_of = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n/1.ts\n#EXT-X-ENDLIST\n"
    bench.site.files |= {"/v.m3u8": stream_of, "/s.m3u8": stream_of, "/1.ts": bytes(188)}
    bench.site.files["/all.m3u8"] = (
        b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="s",URI="/s.m3u8"\n'
        b'#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.42c00a",RESOLUTION=64x48,AUDIO="a"\n/v.m3u8\n'
    )
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    came = bench.program.download(bench.tool, bench.ask("/all.m3u8"), bench.runs.run)
    assert came.files == ()
    assert came.trouble is not None
    assert "Install ffmpeg" in came.trouble.advice
    assert bench.site.bytes_of("/1.ts") == 0


@slow
@needs_ffmpeg
def test_picture_sound_and_subtitles_are_one_file(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    picture = ("-c:v", "libx264", "-g", "5", "-pix_fmt", "yuv420p")
    for name, body in stream(tmp_path / "v", *picture).items():
        bench.site.files[f"/v/{name}"] = body
    (tmp_path / "a").mkdir()
    sound = ("-f", "lavfi", "-i", "sine=d=4", "-map", "1:a", "-c:a", "aac")
    for name, body in stream(tmp_path / "a", *sound).items():
        bench.site.files[f"/a/{name}"] = body
    bench.site.files["/s.vtt"] = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n"
    bench.site.files["/s/index.m3u8"] = (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:4,\n/s.vtt\n#EXT-X-ENDLIST\n"
    )
    bench.site.files["/all.m3u8"] = (
        b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="s",URI="/a/index.m3u8"\n'
        b'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",URI="/s/index.m3u8"\n'
        b'#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.42c00a",RESOLUTION=64x48,AUDIO="a",SUBTITLES="s"\n/v/index.m3u8\n'
    )
    bench.settings = replace(SETTINGS, yt_dlp=replace(SETTINGS.yt_dlp, subtitles=("en",)))
    told: list[Found] = []

    def judge(found: Found) -> Verdict:
        told.append(found)
        return TAKEN

    came = bench.program.download(bench.tool, bench.ask("/all.m3u8", judge=judge), bench.runs.run)
    (got,) = came.files
    shown = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", str(got.path)],
        capture_output=True, check=True, text=True, timeout=60,
    )  # fmt: skip
    assert sorted(shown.stdout.split()) == ["audio", "subtitle", "video"]
    assert (told[0].width, told[0].height) == (64, 48)
