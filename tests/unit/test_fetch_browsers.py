"""Cookies out of browsers' own files, which are copied and never touched."""

from __future__ import annotations

import hashlib
import http.cookiejar
import os
import sqlite3
import sys
import types
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from syncer.errors import ItemError
from syncer.fetch import browsers
from syncer.fetch.cookie import Cookie

TABLE = (
    "CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, originAttributes TEXT NOT NULL DEFAULT '', name TEXT, value TEXT,"
    " host TEXT, path TEXT, expiry INTEGER, lastAccessed INTEGER, creationTime INTEGER, isSecure INTEGER, isHttpOnly INTEGER,"
    " inBrowserElement INTEGER DEFAULT 0, sameSite INTEGER DEFAULT 0, schemeMap INTEGER DEFAULT 0)"
)
INSERT = (
    "INSERT INTO moz_cookies (originAttributes, name, value, host, path, expiry, isSecure, isHttpOnly)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@contextmanager
def firefox(folder: Path) -> Iterator[sqlite3.Connection]:
    """A profile whose browser runs: what was written last is in the file beside the database."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "cookies.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(TABLE)
        connection.execute(INSERT, ("", "old", "1", ".example.org", "/", 1_893_456_000, 0, 0))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute(INSERT, ("", "session", "s3cret", "www.example.org", "/a", 1_893_456_000_123, 1, 1))
        connection.execute(INSERT, ("^userContextId=2", "session", "other", "www.example.org", "/a", 1, 1, 1))
        connection.execute(INSERT, ("^partitionKey=%28https%2Cx.org%29", "p", "x", ".example.org", "/", 1, 1, 1))
        connection.commit()
        yield connection


def digest(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        file.name: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in folder.iterdir()
        if file.suffix != ".sqlite-shm"
    }


EXPECTED = (
    Cookie("old", "1", "example.org", "/", 1_893_456_000, host_only=False),
    Cookie("session", "s3cret", "www.example.org", "/a", 1_893_456_000, secure=True, http_only=True),
)


@pytest.mark.parametrize(
    "place", [".mozilla/firefox", ".config/mozilla/firefox", "snap/firefox/common/.mozilla/firefox"]
)
def test_firefox_while_it_runs(place: str) -> None:
    home = Path(os.environ["HOME"])
    profile = home / place / "a1b2c3d4.default-release"
    with firefox(profile):
        before = digest(profile)
        assert browsers.read("firefox") == EXPECTED
        assert digest(profile) == before
        for name in ("default-release", "a1b2c3d4.default-release", str(profile), str(profile.parent)):
            assert browsers.read("firefox", name) == EXPECTED
        with pytest.raises(ItemError, match="no cookies of Firefox"):
            browsers.read("firefox", "work")


def test_the_profile_that_was_used_last_is_taken() -> None:
    root = Path(os.environ["HOME"]) / ".mozilla/firefox"
    with firefox(root / "old.default"), firefox(root / "new.default"):
        for file in (root / "old.default").iterdir():
            os.utime(file, (1, 1))
        (root / "old.default" / "cookies.sqlite").write_bytes(b"broken")
        os.utime(root / "old.default" / "cookies.sqlite", (1, 1))
        assert browsers.read("firefox") == EXPECTED


def test_a_broken_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "cookies.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    with pytest.raises(ItemError, match=r"cookies\.sqlite cannot be read"):
        browsers.read("firefox", f"{tmp_path}/")


def test_chromium_needs_yt_dlp_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    monkeypatch.setitem(sys.modules, "yt_dlp.cookies", None)
    with pytest.raises(ItemError, match="pipx inject syncer yt-dlp"):
        browsers.read("chromium")


def test_chromium_by_yt_dlp(monkeypatch: pytest.MonkeyPatch) -> None:
    jar = http.cookiejar.CookieJar()
    jar.set_cookie(
        http.cookiejar.Cookie(
            0, "session", "grün", None, False, ".example.org", True, True, "/", True, True, 13_537_929_600_000_000, False, None, None, {}
        )
    )  # fmt: skip
    asked: list[tuple[str, str | None]] = []

    def extract(browser: str, profile: str | None, logger: object) -> http.cookiejar.CookieJar:
        asked.append((browser, profile))
        if browser == "brave":
            raise FileNotFoundError("could not find brave cookies database")
        return jar

    module = types.ModuleType("yt_dlp.cookies")
    module.extract_cookies_from_browser = extract  # type: ignore[attr-defined]  # a stand-in for a package that need not be here
    monkeypatch.setitem(sys.modules, "yt_dlp", types.ModuleType("yt_dlp"))
    monkeypatch.setitem(sys.modules, "yt_dlp.cookies", module)
    (found,) = browsers.read("chrome", "Default")  # yt-dlp hands on what Chromium keeps: microseconds since 1601
    assert found == Cookie(
        "session", "grün".encode().decode("latin-1"), "example.org", "/", 1_893_456_000, secure=True, host_only=False
    )
    assert asked == [("chrome", "Default")]
    with pytest.raises(ItemError, match="yt-dlp cannot read the cookies of brave: could not find"):
        browsers.read("brave")
