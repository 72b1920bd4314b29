"""A hydrus downloader dropped into the inbox lands in the sites folder, switched off, with a word about whom it would contact."""

from __future__ import annotations

import json
import struct
import tomllib
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

from syncer import app
from syncer.clock import VirtualClock
from syncer.config import load
from syncer.config.settings import Config
from syncer.intake.settle import Patience
from syncer.sites import library

WANTED = app.Wanted(checks=False, inline=True, patience=Patience(quiet=0.0, empty=0.0))


def _drop(folder: Path, name: str, value: Any) -> None:
    """Write a value into a PNG as hydrus writes its downloaders."""
    packed = zlib.compress(json.dumps(value).encode())
    width = 64
    body = struct.pack("!I", len(packed)) + packed
    data = struct.pack("!H", 1).ljust(width, b"\xff") + body + bytes(-len(body) % width)
    Image.frombytes("L", (width, len(data) // width), data).save(folder / name)


def _config(folder: Path) -> Config:
    text = """
        [folders]
        inbox = "inbox"
        state = "state"
        cache = "cache"
        [import_folders.main]
        path = "import"
        profile = "hydrus"
    """
    (folder / "config.toml").write_text(text, "utf-8")
    (folder / "inbox").mkdir()
    return load.load(folder / "config.toml")


def _run(config: Config) -> None:
    with app.runner(config, WANTED, clock=VirtualClock()) as loop:
        loop.run_until(lambda: False, patience=0)


def _search(host: str) -> list[Any]:
    return [69, "bird search", 1, ["aa", f"https://{host}/?q=%tags%", "%tags%", "+", "birds", "owl"]]


def test_a_downloader_is_taken_in_switched_off(tmp_path: Path) -> None:
    config = _config(tmp_path)
    _drop(tmp_path / "inbox", "birds.png", [26, 3, [[2, _search("birds.example")]]])
    _run(config)
    done = tmp_path / "inbox" / "done"
    assert sorted(path.name for path in done.iterdir()) == ["birds.png", "birds.png.result.txt"]
    words = (done / "birds.png.result.txt").read_text("utf-8")
    assert "1 searches" in words
    assert "birds.example" in words.splitlines()[-1]
    (file,) = (tmp_path / "sites").glob("*.toml")
    assert file.stem in words
    assert tomllib.loads(file.read_text("utf-8"))["site"]["enabled"] is False
    loaded = library.load([tmp_path / "sites"])
    assert not loaded.sites[file.stem].enabled
    assert loaded.recognise("https://birds.example/?q=owl") is None


def test_a_picture_that_is_no_downloader_goes_to_failed(tmp_path: Path) -> None:
    config = _config(tmp_path)
    _drop(tmp_path / "inbox", "text.png", "only a text")
    (tmp_path / "inbox" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    _run(config)
    failed = {path.name for path in (tmp_path / "inbox" / "failed").iterdir()}
    assert failed == {"text.png", "text.png.reason.txt", "broken.png", "broken.png.reason.txt"}
    assert not (tmp_path / "sites").exists() or not list((tmp_path / "sites").glob("*.toml"))


def test_what_cannot_be_written_is_said_and_lost_is_nothing(tmp_path: Path) -> None:
    config = _config(tmp_path)
    (tmp_path / "sites").write_text("a file where the folder should be", "utf-8")
    _drop(tmp_path / "inbox", "birds.png", [26, 3, [[2, _search("birds.example")]]])
    _run(config)
    assert (tmp_path / "inbox" / "failed" / "birds.png").exists()
    reason = (tmp_path / "inbox" / "failed" / "birds.png.reason.txt").read_text("utf-8")
    assert str(tmp_path / "sites") in reason
