"""The jars on disk: a file for each registered domain in the state folder, for this user alone, written whole.

JSON, since a `cookies.txt` cannot hold what is host-only, nor a User-Agent. Apart from the jars, so that no file is written
under their lock. `app` loads them; the jobs of `service` save them.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from syncer import private
from syncer.clock import Clock
from syncer.config import replace
from syncer.fetch import cookie
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookies import Jar, Jars

log = logging.getLogger(__name__)

FOLDER: Final = "cookies"
HANDED: Final = "handed-over"
VERSION: Final = 1
_MOST_BYTES: Final = 4 * 1024 * 1024
_LONGEST_NAME: Final = 240


class CookieDisk:
    """The folder of all jars; safe to use from any thread."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER
        self._handed = self._folder / HANDED
        self._lock = threading.Lock()

    def load(self) -> dict[str, Jar]:
        """Return all jars that can be read; none where there are none yet."""
        found: dict[str, Jar] = {}
        for file in sorted(self._folder.glob("*.json")):
            found.update(_read(file))
        return found

    def jars(self, clock: Clock) -> Jars:
        """Return the jars that are here, for the one process that writes them; half-written files of a crash are removed."""
        for half in self._folder.glob("*.tmp"):
            half.unlink(missing_ok=True)
        return Jars(clock, self.load())

    def save(self, jars: Jars) -> bool:
        """Write what has changed since the last time; True if that was anything. Raises OSError; it is written later then."""
        with self._lock:
            changed = jars.changed()
            try:
                for name, jar in changed.items():
                    self._write(name, jar)
            except OSError:
                jars.not_kept(changed)
                raise
        return bool(changed)

    def _write(self, name: str, jar: Jar | None) -> None:
        path = self._folder / f"{quote(name, safe='')[:_LONGEST_NAME]}.json"
        if jar is None or not (jar.cookies or jar.user_agent):
            path.unlink(missing_ok=True)
            return
        private.folder(self._folder)
        replace.write(path, _text(name, jar))

    def hand_over(self, cookies: Iterable[Cookie], user_agent: str = "") -> str:
        """Lay cookies down for the process that runs the service; return the word by which it finds them."""
        word = secrets.token_hex(8)
        private.folder(self._handed)
        jar = Jar({each.key: each for each in cookies}, user_agent)
        replace.write(self._handed / f"{word}.json", _text(word, jar))
        return word

    def handed_over(self, word: str) -> Jar:
        """Return what another process laid down; nothing where it is not there (any more)."""
        return _read(self._file_of(word)).get(word, Jar())

    def drop(self, word: str) -> None:
        """Remove what was laid down."""
        self._file_of(word).unlink(missing_ok=True)

    def drop_left_over(self, before: float) -> None:
        """Remove what was laid down before a time, in seconds since 1970: whoever did was killed."""
        for file in self._handed.glob("*"):
            if file.stat().st_mtime < before:
                file.unlink(missing_ok=True)

    def _file_of(self, word: str) -> Path:
        return self._handed / f"{Path(word).name}.json"


def _text(name: str, jar: Jar) -> bytes:
    data = {
        "syncer_cookies": VERSION,
        "domain": name,
        "user_agent": jar.user_agent,
        "given": jar.given,
        "given_at": jar.given_at,
        "cookies": [asdict(each) for each in jar.cookies.values()],
    }
    return json.dumps(data).encode()


def _read(file: Path) -> dict[str, Jar]:
    """Read one jar, by its domain; nothing, with a word in the log, where it is none."""
    try:
        file.chmod(0o600)
        with file.open("rb") as opened:
            data = json.loads(opened.read(_MOST_BYTES))
        name, jar = str(data["domain"]), Jar(user_agent=str(data.get("user_agent", "")), given=bool(data.get("given")))
        jar.given_at = float(data.get("given_at", 0.0))
        for row in data["cookies"]:
            each = Cookie(**row)
            if _has_types(row) and cookie.is_sound(each):
                jar.cookies[each.key] = each
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # Not the error's own words: they could show a piece of what is in the file.
        log.warning("the cookies in %s cannot be read (%s); import them again", file, type(error).__name__)
        return {}
    return {name: jar}


def _has_types(row: Mapping[str, Any]) -> bool:
    flags = ("secure", "http_only", "host_only")
    texts = ("name", "value", "domain", "path")
    expires = row.get("expires")
    return (
        all(isinstance(row[name], str) for name in texts if name in row)
        and all(isinstance(row[name], bool) for name in flags if name in row)
        and (expires is None or isinstance(expires, int))
    )
