"""Reads a hydrus client's database: the files that it has and those that were deleted there, with their hashes and URLs.

The database of version 682 and those since 447 (facts of hydrus's own source): `client.db` has for each file service N the tables
`current_files_N` and `deleted_files_N` and, for all, `url_map`; `client.master.db` has `hashes`, `local_hashes` and `urls`. Only `had`
imports it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from syncer.errors import UsageError
from syncer.intake.had import Had
from syncer.intake.had_sqlite import reading, tables

_FILES, _MASTER = "client.db", "client.master.db"
_CURE: Final = "the folder that hydrus shows under help > about > database directory"
_LOCAL: Final = (2, 14, 15)
"""Service types of files on this machine: a local file domain, the trash, the whole local storage."""
_TRASH: Final = 14
_NEEDED: Final = frozenset({"services", "url_map"})
_MOST_URLS: Final = 200


def read(path: Path) -> Iterator[Had]:
    """Yield the files of the hydrus database in the folder `path`. Raises UsageError."""
    folder = path.parent if path.is_file() else path
    for name in (_FILES, _MASTER):
        if not (folder / name).is_file():
            raise UsageError(f"there is no {name} in {folder}", f"Name {_CURE}")
    return _files(folder)


def _files(folder: Path) -> Iterator[Had]:
    with reading(folder / _FILES, _CURE) as connection:
        connection.execute("ATTACH ? AS master", (f"{(folder / _MASTER).absolute().as_uri()}?mode=ro",))
        there = tables(connection)
        if not there >= _NEEDED:
            raise UsageError(f"{folder / _FILES} is no database of hydrus, or of a very old one", f"Name {_CURE}")
        rows = connection.execute("SELECT service_id, service_type FROM services")
        services = [(int(service), int(kind)) for service, kind in rows if kind in _LOCAL]
        # A file in the trash is deleted in a person's eyes, and still there in the storage.
        current = _all_of("current_files", [service for service, kind in services if kind == 2], there)
        deleted = _all_of("deleted_files", [service for service, kind in services if kind != _TRASH], there)
        yield from _rows(connection, current, deleted=False)
        yield from _rows(connection, f"{deleted} EXCEPT {current}", deleted=True)


def _all_of(prefix: str, services: list[int], there: set[str]) -> str:
    names = [f"{prefix}_{service}" for service in services if f"{prefix}_{service}" in there]
    return " UNION ".join(f"SELECT hash_id FROM {name}" for name in names) or "SELECT 0 AS hash_id WHERE 0"  # noqa: S608 numbers


def _rows(connection: sqlite3.Connection, chosen: str, *, deleted: bool) -> Iterator[Had]:
    found = connection.execute(
        f"SELECT f.hash_id, h.hash, l.md5 FROM ({chosen}) f JOIN master.hashes h ON h.hash_id = f.hash_id"  # noqa: S608 from numbers alone
        " LEFT JOIN master.local_hashes l ON l.hash_id = f.hash_id"
    )
    urls = connection.cursor()
    for hash_id, sha256, md5 in found:
        named = urls.execute(
            "SELECT u.url, (SELECT count(*) FROM url_map o WHERE o.url_id = m.url_id) FROM url_map m"
            " JOIN master.urls u ON u.url_id = m.url_id WHERE m.hash_id = ? LIMIT ?",
            (hash_id, _MOST_URLS),
        ).fetchall()
        pairs = (("sha256", sha256, 32), ("md5", md5, 16))
        hashes = tuple((kind, raw.hex()) for kind, raw, size in pairs if isinstance(raw, bytes) and len(raw) == size)
        own = tuple(str(url) for url, files in named if files == 1)
        yield Had(own, tuple(str(url) for url, files in named if files > 1), hashes, deleted=deleted)
