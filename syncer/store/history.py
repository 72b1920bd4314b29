"""What was delivered when and where from: deliveries with their posts and jobs, for looking back.

Here, because it reads across tables that otherwise nobody joins. Functions take a transaction and write nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.model import Origin, Post
from syncer.store.codec import origin_from_text, post_from_text
from syncer.store.database import Transaction

_FROM = (
    "SELECT d.*, j.url AS job_url, p.data AS post FROM deliveries d LEFT JOIN jobs j ON j.id = d.job"
    " LEFT JOIN posts p ON p.id = j.post WHERE d.placed_at IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Came:
    """One delivered file."""

    id: int
    at: float
    """Seconds since 1970."""
    folder: str
    name: str
    size: int
    mime: str
    sha256: str
    md5: str
    file_url: str
    origin: Origin
    options: dict[str, Any]
    """Value and layer of each option that was not the default."""
    post: Post
    generation: int


def of_hash(tx: Transaction, value: str) -> list[Came]:
    """Return the deliveries of bytes by their sha256 or md5, the oldest first."""
    column = "sha256" if len(value) == 64 else "md5"
    return _all(tx.rows(f"{_FROM} AND d.{column} = ? ORDER BY d.id", (value.lower(),)))


def of_name(tx: Transaction, folder: str, name: str) -> list[Came]:
    """Return the deliveries under a name: in a folder, or in any with `folder` empty."""
    where, values = ("d.folder = ? AND d.name = ?", (folder, name)) if folder else ("d.name = ?", (name,))
    return _all(tx.rows(f"{_FROM} AND {where} ORDER BY d.id", values))


def of_keys(tx: Transaction, keys: Sequence[str]) -> list[Came]:
    """Return the deliveries of a post or URL by the keys under which it is known."""
    marks = ",".join("?" * len(keys))
    return _all(tx.rows(f"{_FROM} AND (d.post_key IN ({marks}) OR j.key IN ({marks})) ORDER BY d.id", (*keys, *keys)))


def since(tx: Transaction, at: float, limit: int | None = None) -> Iterator[Came]:
    """Yield what came after a time, the newest first."""
    most = -1 if limit is None else limit
    for row in tx.rows(f"{_FROM} AND d.placed_at > ? ORDER BY d.placed_at DESC, d.id DESC LIMIT ?", (at, most)):
        yield _came(row)


def _all(rows: Sequence[sqlite3.Row]) -> list[Came]:
    return [_came(row) for row in rows]


def _came(row: sqlite3.Row) -> Came:
    return Came(
        id=row["id"],
        at=row["placed_at"],
        folder=row["folder"],
        name=row["name"],
        size=row["size"],
        mime=row["mime"],
        sha256=row["sha256"],
        md5=row["md5"],
        file_url=row["job_url"] or "",
        origin=origin_from_text(row["origin"]),
        options=json.loads(row["options"]),
        post=post_from_text(row["post"]) if row["post"] else Post(),
        generation=row["generation"],
    )
