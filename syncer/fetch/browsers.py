"""Cookies out of a browser on this machine: Firefox's by its own database, those of Chromium's kin through yt-dlp.

A browser's files are only ever copied, into a folder for this user alone, and the copy is read: the browser may be running.
The command line calls it, and nothing else.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from syncer.config import paths
from syncer.errors import ItemError, cause
from syncer.fetch import cookie
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookie_files import seconds_of

log = logging.getLogger(__name__)

CHROMIUM: Final = ("chromium", "chrome", "brave", "edge", "opera", "vivaldi")
BROWSERS: Final = ("firefox", *CHROMIUM)

_FIREFOX: Final = (
    ".config/mozilla/firefox",  # since Firefox 147
    ".mozilla/firefox",
    ".var/app/org.mozilla.firefox/config/mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    "Library/Application Support/Firefox/Profiles",
)
"""Below the home folder, as Mozilla, Flatpak, Snap and macOS lay it."""
_DATABASE: Final = "cookies.sqlite"
_MOST: Final = 100_000
# Containers, private windows and what is held apart for one embedding site are no part of the ordinary session.
_ROWS: Final = (
    "SELECT host, name, value, path, expiry, isSecure, isHttpOnly FROM moz_cookies WHERE originAttributes = '' LIMIT ?"
)


def read(browser: str, profile: str = "") -> tuple[Cookie, ...]:
    """Return all cookies of a browser's profile: its folder, its name, or the one that was used last. Raises ItemError."""
    found = _firefox(profile) if browser == "firefox" else _chromium(browser, profile)
    return tuple(each for each in found if cookie.is_sound(each))


def _firefox(profile: str) -> list[Cookie]:
    database = _newest(list(_databases(profile)))
    try:
        with tempfile.TemporaryDirectory(prefix="syncer-cookies-") as folder:
            return list(_rows(_copied(database, Path(folder))))
    except (sqlite3.Error, OSError) as error:
        raise ItemError(
            f"the cookies in {database} cannot be read: {cause(error)}",
            "Close Firefox and try again, or export a cookies.txt",
        ) from error


def _databases(profile: str) -> Iterator[Path]:
    roots: tuple[Path, ...]
    if profile and os.sep in profile:
        try:
            roots, wanted = (Path(profile).expanduser(),), ""
        except RuntimeError:
            raise ItemError(
                f'"{profile}": no user of this name is known here', "Write the full path of the profile's folder"
            ) from None
    else:
        roots = tuple(paths.home() / place for place in _FIREFOX)
        wanted = profile
    for root in roots:
        yield from root.glob(_DATABASE)
        yield from (file for file in root.glob(f"*/{_DATABASE}") if _is(file.parent.name, wanted))


def _is(name: str, wanted: str) -> bool:
    """Tell whether a profile is the one that is wanted: `default-release` is kept in `a1b2c3d4.default-release`."""
    return wanted in {"", name, name.partition(".")[2]}


def _newest(found: Sequence[Path]) -> Path:
    if not found:
        raise ItemError(
            "no cookies of Firefox are here", "Name its profile's folder with --profile; about:profiles shows it"
        )
    return max(found, key=lambda file: max(each.stat().st_mtime for each in _parts(file)))


def _parts(database: Path) -> list[Path]:
    """Return the files of a database; what was written last is still in the one beside it."""
    beside = database.with_name(f"{database.name}-wal")
    return [database, beside] if beside.is_file() else [database]


def _copied(database: Path, folder: Path) -> Path:
    for each in _parts(database):
        shutil.copyfile(each, folder / each.name)
    return folder / database.name


def _rows(database: Path) -> Iterator[Cookie]:
    with closing(sqlite3.connect(database)) as connection:
        connection.text_factory = lambda raw: raw.decode("latin-1")
        for host, name, value, path, expires, secure, http_only in connection.execute(_ROWS, (_MOST,)):
            yield Cookie(
                name=str(name),
                value=str(value),
                domain=cookie.plain_host(str(host).lstrip(".")),
                path=str(path) or "/",
                # Milliseconds since the database's version 16.
                expires=seconds_of(expires),
                secure=bool(secure),
                http_only=bool(http_only),
                host_only=not str(host).startswith("."),
            )


class _Quiet:
    """Takes what yt-dlp has to say; only its warnings go into the log."""

    def __init__(self) -> None:
        self.warning = log.warning
        self.error = log.warning

    def info(self, message: str) -> None:
        del message

    def debug(self, message: str) -> None:
        del message


def _chromium(browser: str, profile: str) -> list[Cookie]:
    try:
        from yt_dlp.cookies import extract_cookies_from_browser
    except ImportError:
        raise ItemError(
            f"the cookies of {browser} are encrypted, and yt-dlp, which can read them, is not installed beside syncer",
            "Install it: `pipx inject syncer yt-dlp`, or `pip install yt-dlp` where syncer is installed; or export a"
            " cookies.txt with an extension of the browser",
        ) from None
    try:
        jar: Any = extract_cookies_from_browser(browser, profile or None, _Quiet())
    except Exception as error:  # whatever another program makes of the browser's files
        raise ItemError(
            f"yt-dlp cannot read the cookies of {browser}: {error}", "Name its profile with --profile, or update yt-dlp"
        ) from error
    return [
        Cookie(
            name=each.name,
            value=_bytes(each.value or ""),
            domain=cookie.plain_host(each.domain.lstrip(".")),
            path=each.path or "/",
            expires=seconds_of(each.expires),
            secure=bool(each.secure),
            http_only=bool(each.has_nonstandard_attr("HttpOnly")),
            host_only=not each.domain.startswith("."),
        )
        for each in jar
    ]


def _bytes(text: str) -> str:
    return text.encode("utf-8", "replace").decode("latin-1")
