"""The jars on disk: for this user alone from the first byte, whole, the same after a restart, and never a value in a message."""

from __future__ import annotations

import json
import logging
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from syncer.clock import VirtualClock
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookie_disk import CookieDisk
from syncer.fetch.cookies import Jars

NOW = 1_700_000_000.0
CLOCK = VirtualClock(NOW)
COOKIES = (
    Cookie("session", "s3cret", "example.org", "/", None, secure=True, http_only=True, host_only=False),
    Cookie("pref", "dark", "www.example.org", "/a", 1_893_456_000),
    Cookie("sid", "s3cret-too", "127.0.0.1"),
)


def saved(state: Path) -> CookieDisk:
    disk, jars = CookieDisk(state), Jars(CLOCK)
    jars.give(COOKIES, "Browser/1")
    jars.take("http://[::1]:8123/", ["v6=1"])
    assert disk.save(jars)
    assert not disk.save(jars), "nothing has changed since"
    return disk


def test_all_comes_back(tmp_path: Path) -> None:
    saved(tmp_path)
    found = CookieDisk(tmp_path).load()
    assert sorted(found) == ["127.0.0.1", "[::1]:8123", "example.org"]
    assert list(found["example.org"].cookies.values()) == list(COOKIES[:2])
    assert (found["example.org"].user_agent, found["example.org"].given) == ("Browser/1", True)
    assert found["[::1]:8123"].given is False
    assert Jars(CLOCK, found).header("https://www.example.org/a/b") == "pref=dark; session=s3cret"


def test_it_is_for_this_user_alone_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0)
    modes: list[int] = []
    real = os.fsync

    def look(handle: int) -> None:
        modes.append(os.fstat(handle).st_mode)
        real(handle)

    monkeypatch.setattr(os, "fsync", look)
    opened: list[tuple[Any, ...]] = []
    real_open = os.open

    def note(path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        if flags & os.O_CREAT:
            opened.append((str(path), mode, bool(flags & os.O_EXCL)))
        return real_open(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", note)
    try:
        saved(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "cookies").stat().st_mode) == 0o700
    for file in (tmp_path / "cookies").glob("*.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert opened
    assert {(mode, alone) for _, mode, alone in opened} == {(0o600, True)}
    assert any(stat.S_ISREG(mode) for mode in modes)
    assert any(stat.S_ISDIR(mode) for mode in modes)


def test_a_disk_that_takes_nothing_leaves_the_old_file_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, jars = CookieDisk(tmp_path), Jars(CLOCK)
    jars.give(COOKIES)
    disk.save(jars)
    jars.take("https://example.org/", ["new=1"])

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            disk.save(jars)
    assert sorted(path.suffix for path in (tmp_path / "cookies").iterdir()) == [".json", ".json"]
    assert len(CookieDisk(tmp_path).load()["example.org"].cookies) == 2
    assert disk.save(jars)
    assert len(CookieDisk(tmp_path).load()["example.org"].cookies) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3cret",
        "[1]",
        '{"cookies": [{"name": "s3cret"}], "domain": "x"}',
        '{"cookies": [{"name": "a", "value": "s3cret", "domain": "x", "odd": 1}], "domain": "x"}',
        '{"cookies": "s3cret", "domain": "x"}',
        '{"cookies": []}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_is_told_and_takes_no_other_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    disk = saved(tmp_path)
    (tmp_path / "cookies" / "broken.example.json").write_text(text, "utf-8")
    with caplog.at_level(logging.DEBUG):
        assert sorted(disk.load()) == ["127.0.0.1", "[::1]:8123", "example.org"]
    assert "broken.example.json" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_row_of_the_wrong_kind_is_left_out(tmp_path: Path) -> None:
    disk = saved(tmp_path)
    rows = [
        {"name": "a", "value": 1, "domain": "x"},
        {"name": "b", "value": "1\r\n", "domain": "x"},
        {"name": "c", "value": "1", "domain": "x", "secure": "yes"},
        {"name": "d", "value": "1", "domain": "x"},
    ]
    (tmp_path / "cookies" / "x.json").write_text(json.dumps({"domain": "x", "cookies": rows}), "utf-8")
    assert [each.name for each in disk.load()["x"].cookies.values()] == ["d"]


def test_what_a_crash_left_is_removed_and_wide_rights_are_taken_back(tmp_path: Path) -> None:
    disk = saved(tmp_path)
    half = tmp_path / "cookies" / ".example.org.json.0123456789ab.tmp"
    half.write_text("s3cret", "utf-8")
    file = tmp_path / "cookies" / "example.org.json"
    file.chmod(0o644)
    disk.load()
    assert half.exists(), "another process may be writing it"
    disk.jars(CLOCK)
    assert not half.exists()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_handing_over_between_two_processes(tmp_path: Path) -> None:
    word = CookieDisk(tmp_path).hand_over(COOKIES, "Browser/1")
    there = tmp_path / "cookies" / "handed-over" / f"{word}.json"
    assert stat.S_IMODE(there.stat().st_mode) == 0o600
    disk = CookieDisk(tmp_path)
    assert disk.load() == {}
    jar = disk.handed_over(word)
    assert (tuple(jar.cookies.values()), jar.user_agent) == (COOKIES, "Browser/1")
    assert disk.handed_over("../../../etc/passwd").cookies == {}
    disk.drop(word)
    assert disk.handed_over(word).cookies == {}


def test_what_a_killed_command_laid_down_goes_after_a_while(tmp_path: Path) -> None:
    disk = CookieDisk(tmp_path)
    word = disk.hand_over(COOKIES)
    at = (tmp_path / "cookies" / "handed-over" / f"{word}.json").stat().st_mtime
    disk.drop_left_over(at - 1)
    assert disk.handed_over(word).cookies
    disk.drop_left_over(at + 1)
    assert not disk.handed_over(word).cookies


def test_cookies_that_are_the_first_thing_of_all_lie_in_folders_that_nobody_else_can_enter(tmp_path: Path) -> None:
    state = tmp_path / "state" / "syncer"
    CookieDisk(state).hand_over([])
    for folder in (state, state / "cookies", state / "cookies" / "handed-over"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
