"""What gallery-dl is told: the person's options, and over them what syncer sees to itself."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from syncer.config.handover import GalleryDlSettings, Handover
from syncer.handover.base import BROKEN, STOPPED, Ask, Limits, Manners, Ran, Tool
from syncer.handover.gallery_dl import GalleryDl, allowed

TOOL = Tool("gallery-dl", ("/usr/bin/gallery-dl",), "1.32.0")
LIMITS = Limits(60.0, 10, 1_000_000)


def test_no_option_goes_around_what_syncer_sees_to() -> None:
    given = {
        "pixiv": {
            "ugoira": False,
            "cookies": "~/c.txt",
            "archive": "~/a.db",
            "sleep": 0,
            "deep": {"postprocessors": [1]},
        }
    }
    assert allowed(given, 1.0) == {"pixiv": {"ugoira": False, "deep": {}}}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (0, False),
        (0.5, False),
        (5, True),
        ("3.5", True),
        ("2.0-4.0", True),
        ("0.5-4.0", False),
        ([2, 3], True),
        ("fast", False),
    ],
)
def test_its_own_sleep_counts_where_it_is_slower(value: Any, kept: bool) -> None:
    assert ("sleep-request" in allowed({"pixiv": {"sleep-request": value}}, 1.5)["pixiv"]) is kept


def test_one_run_has_a_config_of_its_own_that_nobody_else_can_read(tmp_path: Path) -> None:
    seen: list[tuple[str, ...]] = []
    given: list[bytes] = []

    def run(command: tuple[str, ...], folder: Path, limits: Limits, **more: Any) -> Ran:
        seen.append(command)
        given.append(more["given"])
        assert (folder, limits, more["home"]) == (tmp_path, LIMITS, None)
        return Ran(0, b"[]", b"")

    manners = Manners(2.0, user_agent="A browser", cookies=tmp_path / "cookies.txt", proxy="http://me:secret@p:1")
    ask = Ask("https://a.example/x", tmp_path, LIMITS, manners, 51, 150, cache=tmp_path / "cache.db")
    settings = Handover(gallery_dl=GalleryDlSettings(options={"sleep-request": 0, "far": {"metadata": True}}))
    found = GalleryDl(settings).list(TOOL, ask, run)
    assert (found.posts, found.more, found.trouble) == ((), False, None)
    config = tmp_path / "config.json"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    told = json.loads(config.read_text())
    assert told["extractor"]["sleep-request"] == 2.0
    assert told["extractor"]["far"] == {"metadata": True}
    assert told["extractor"]["cookies"] == str(tmp_path / "cookies.txt")
    assert told["extractor"]["cookies-update"] is False
    assert told["extractor"]["retries"] == 0
    assert told["extractor"]["proxy"] == "http://me:secret@p:1"
    assert told["cache"] == {"file": str(tmp_path / "cache.db")}
    (command,) = seen
    assert command[:2] == ("/usr/bin/gallery-dl", "--config-ignore")
    assert command[-4:] == ("--post-range", "51-150", "-i", "-")
    assert given == [b"https://a.example/x"]
    assert not any("secret" in word or "a.example" in word for word in command), (
        "a command line is seen by everybody on the machine"
    )


@pytest.mark.parametrize(
    ("ran", "kind"),
    [
        (Ran(None, b"", b"", "syncer is ending", stopped=True), STOPPED),
        (Ran(None, b"[", b"", "it took longer than 60 seconds"), BROKEN),
        (Ran(64, b"", b"[gallery-dl][error] Unsupported URL 'https://a.example/x'"), "unsupported"),
        (Ran(1, b"half of an ans", b"Traceback ...\nMemoryError"), BROKEN),
    ],
)
def test_an_answer_that_did_not_come_is_told_as_what_it_is(tmp_path: Path, ran: Ran, kind: str) -> None:
    found = GalleryDl(Handover()).list(TOOL, Ask("https://a.example/x", tmp_path, LIMITS), lambda *_, **__: ran)
    assert found.trouble is not None
    assert found.trouble.kind == kind


@pytest.mark.parametrize(
    "url",
    [
        'ytdl:https://a.example/v.m3u8\n-extractor.postprocessors=[{"name":"exec","command":"rm"}]\nhttps://a.example/',
        "https://a.example/x\r-Gskip=false",
        "-extractor.x=1",
    ],
)
def test_what_would_be_a_second_line_for_it_is_never_given_to_it(tmp_path: Path, url: str) -> None:
    def run(*_: Any, **__: Any) -> Ran:
        raise AssertionError("it runs whatever stands in such a line")

    ask = Ask(url, tmp_path, LIMITS, Manners(1.0))
    for found in (GalleryDl(Handover()).list(TOOL, ask, run), GalleryDl(Handover()).download(TOOL, ask, run)):
        assert found.trouble is not None
        assert found.trouble.kind == BROKEN
