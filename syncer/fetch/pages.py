"""Pages that are asked for again and again, kept on the disk with their ETag or time of change: "nothing new" costs no body then.

A cache and nothing more: it forgets when it is full, may be deleted at any moment, and one that is damaged is made anew. diskcache
keeps it, told to read JSON alone, since its own way would run code from a file (CVE-2025-69872). Only the client uses it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import re
import shutil
import sqlite3
import threading
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from syncer import private
from syncer.frozen import frozen

log = logging.getLogger(__name__)

LARGEST: Final = 4 * 1024 * 1024
"""A larger page is not kept."""
FOLDER: Final = "pages"
_MOST_JSON: Final = 6 * LARGEST + 64 * 1024
_DATABASE: Final = "cache.db"
_NOT_ITS_OWN: Final = frozenset({"accept-encoding", "referer"})
"""Headers that say nothing about whose page it is."""
_ERRORS: Final = (sqlite3.Error, OSError, ValueError, TypeError, KeyError, zlib.error, RecursionError, MemoryError)
_PATH: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}\.val")
_RAW, _BINARY = 1, 2
"""How diskcache marks what lies in its database, and what in a file beside it."""


@frozen
class Kept:
    """A page as it came."""

    etag: str
    changed: str
    content_type: str
    body: bytes

    def asking(self) -> tuple[tuple[str, str], ...]:
        """Return the headers that ask for the page only if it is another one by now."""
        both = (("If-None-Match", self.etag), ("If-Modified-Since", self.changed))
        return tuple((name, value) for name, value in both if value)


def at(folder: Path, limit: int) -> PageCache | None:
    """Return the cache below the folder for all that may be deleted; None for a limit of 0."""
    return PageCache(folder / FOLDER, limit) if limit else None


def identity(url: str, headers: Mapping[str, str], keys: Sequence[tuple[str, str]] = ()) -> str:
    """Name a page by its URL and everything that is sent with it: what one login sees is not shown to another, or to none."""
    sent = sorted((name.lower(), value) for name, value in headers.items() if name.lower() not in _NOT_ITS_OWN)
    return hashlib.sha256(json.dumps([url, sent, sorted(keys)]).encode()).hexdigest()


def worth(status: int, headers: Mapping[str, str], body: bytes) -> Kept | None:
    """Return a page as it is kept; None where the site forbids that, or says nothing by which it is known again."""
    etag, changed = headers.get("etag", ""), headers.get("last-modified", "")
    rules = headers.get("cache-control", "").lower()
    if status != 200 or not (etag or changed) or not _is_header(etag + changed) or len(body) > LARGEST:
        return None
    if "no-store" in rules or headers.get("vary", "").strip() == "*":
        return None
    return Kept(etag[:1000], changed[:100], headers.get("content-type", "")[:200], body)


class PageCache:
    """The cache of all pages; safe to use from many threads, and never the cause of a failure."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Open nothing yet; at most about `limit` bytes are kept."""
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._open: tuple[Any, int] | None = None
        self._broken = 0

    def find(self, name: str) -> Kept | None:
        """Return a page; None where there is none."""
        return _page(self._do(lambda cache: cache.get(name)))

    def keep(self, name: str, page: Kept) -> None:
        """Keep a page in place of an earlier one."""
        row = [page.etag, page.changed, page.content_type, page.body.decode("latin-1")]
        self._do(lambda cache: cache.set(name, row))

    def drop(self, name: str) -> None:
        """Forget a page."""
        # Looking is cheaper than a transaction, and most pages that are dropped were never kept.
        self._do(lambda cache: name in cache and cache.delete(name))

    def close(self) -> None:
        """Close it; it opens again when it is needed."""
        with self._lock:
            self._close()

    def _do(self, work: Any) -> Any:
        """Do something with the cache; one that does not work is made anew once, and then done without."""
        for _ in range(2):
            if self._broken > 3:
                return None
            try:
                return work(self._opened())
            except _ERRORS as error:
                self._remove(error)
        return None

    def _opened(self) -> Any:
        with self._lock:
            if self._open is not None and self._open[1] != _inode(self._folder / _DATABASE):
                self._close()  # somebody has deleted it
            if self._open is None:
                private.folder(self._folder)
                self._folder.chmod(0o700)
                cache = _cache(str(self._folder), self._limit)
                database = self._folder / _DATABASE
                database.chmod(0o600)
                self._open = cache, _inode(database)
            return self._open[0]

    def _remove(self, error: BaseException) -> None:
        log.info("the cache of pages is made anew: %s", error)
        with self._lock:
            self._broken += 1
            self._close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        if self._open is not None:
            with suppress(*_ERRORS):
                self._open[0].close()
            self._open = None


def _page(row: Any) -> Kept | None:
    """Read a page as it was put there; None for anything else."""
    match row:
        case [str() as etag, str() as changed, str() as content_type, str() as text] if _is_header(etag + changed):
            try:
                return Kept(etag, changed, content_type, text.encode("latin-1"))
            except UnicodeError:
                return None
    return None


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _cache(folder: str, limit: int) -> Any:
    import diskcache

    return diskcache.Cache(
        folder,
        timeout=1,
        disk=_json_disk(),
        size_limit=limit,
        eviction_policy="least-recently-used",
        cull_limit=2,  # as many as go at once; ten would empty a small cache
    )


@functools.cache
def _json_disk() -> Any:
    """Return diskcache's way of storing JSON, without the pickles that it would still read."""
    import diskcache

    class Json(diskcache.JSONDisk):  # type: ignore[misc]  # the library has no types
        def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
            del read  # nobody asks for an open file
            if mode == _RAW and isinstance(value, bytes):
                data = value
            elif mode == _BINARY and filename and _PATH.fullmatch(filename):
                with Path(self._directory, filename).open("rb") as file:
                    data = file.read(_MOST_JSON)
            else:
                raise ValueError("the cache holds what was not put there")
            return json.loads(zlib.decompressobj().decompress(data, _MOST_JSON))

        def get(self, key: Any, raw: bool) -> Any:
            if not raw:
                raise ValueError("the cache holds what was not put there")
            return super().get(key, raw)

        def remove(self, file_path: str) -> None:
            if _PATH.fullmatch(file_path):
                super().remove(file_path)

    return Json
