"""What was delivered when and where from: deliveries with their posts and jobs, for looking back.

Here, because it reads across tables that otherwise nobody joins. Functions take a transaction and write nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from syncer.frozen import frozen
from syncer.model import Origin, Post
from syncer.store.codec import origin_from_text, post_from_text
from syncer.store.database import Transaction

_FROM = (
    "SELECT d.*, j.url AS job_url, p.data AS post FROM deliveries d LEFT JOIN jobs j ON j.id = d.job"
    " LEFT JOIN posts p ON p.id = j.post WHERE d.placed_at IS NOT NULL"
)


@frozen
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
    cause: str
    """Why it is a later one of the same bytes, see `deliveries`."""


def of_hash(tx: Transaction, value: str) -> list[Came]:
    """Return the deliveries of bytes by their sha256 or md5, the oldest first."""
    column = "sha256" if len(value) == 64 else "md5"
    return _all(tx.rows(f"{_FROM} AND d.state <> 'given up' AND d.{column} = ? ORDER BY d.id", (value.lower(),)))


def of_job(tx: Transaction, job: int) -> list[Came]:
    """Return what a job delivered."""
    return _all(tx.rows(f"{_FROM} AND d.job = ?", (job,)))


def of_name(tx: Transaction, folder: str, name: str) -> list[Came]:
    """Return the deliveries under a name: in a folder, or in any with `folder` empty."""
    where, values = ("d.folder = ? AND d.name = ?", (folder, name)) if folder else ("d.name = ?", (name,))
    return _all(tx.rows(f"{_FROM} AND {where} ORDER BY d.id", values))


def of_keys(tx: Transaction, keys: Sequence[str]) -> list[Came]:
    """Return the deliveries of a post or URL by the keys under which it is known."""
    marks = ",".join("?" * len(keys))
    # Posts are found by an index, single files only by a look at every delivery.
    of_posts = tx.rows(f"{_FROM} AND d.post_key IN ({marks}) ORDER BY d.id", keys)
    return _all(of_posts or tx.rows(f"{_FROM} AND j.key IN ({marks}) ORDER BY d.id", keys))


def since(tx: Transaction, at: float, limit: int) -> Iterator[Came]:
    """Yield what came after a time, the newest first."""
    for row in tx.each(f"{_FROM} AND d.placed_at > ? ORDER BY d.placed_at DESC, d.id DESC LIMIT ?", (at, limit)):
        yield _came(row)


@frozen
class Tagged:
    """One delivered file with what its post told of it, and no more: there may be a million."""

    name: str
    size: int
    url: str
    """Of the post, else of the file."""
    site: str
    tags: tuple[tuple[str, str], ...]
    """Pairs of namespace and text, each once."""


def tagged(tx: Transaction, at: float) -> Iterator[Tagged]:
    """Yield the tags of what came after a time, the newest first."""
    rows = tx.each(
        "SELECT d.name, d.size, j.url, p.data FROM deliveries d LEFT JOIN jobs j ON j.id = d.job"
        " LEFT JOIN posts p ON p.id = j.post WHERE d.placed_at > ? ORDER BY d.placed_at DESC, d.id DESC",
        (at,),
    )
    for name, size, url, data in rows:
        post: dict[str, Any] = json.loads(data) if data else {"url": "", "site": "", "tags": ()}
        tags = tuple(dict.fromkeys((namespace, text) for namespace, text in post["tags"]))
        yield Tagged(name, size, post["url"] or url or "", post["site"], tags)


def by_site(tx: Transaction, at: float) -> list[tuple[str, int, int]]:
    """Return how many files and bytes came after a time from each site ("" = no site file), the most first."""
    rows = tx.each(
        "SELECT coalesce(json_extract(p.data, '$.site'), ''), count(*) AS files, sum(d.size) FROM deliveries d"
        " LEFT JOIN jobs j ON j.id = d.job LEFT JOIN posts p ON p.id = j.post WHERE d.placed_at > ?"
        " GROUP BY 1 ORDER BY files DESC, 1",
        (at,),
    )
    return [(name, files, size) for name, files, size in rows]


def by_day(tx: Transaction, at: float) -> list[tuple[int, int, int]]:
    """Return how many files and bytes came after a time on each day (days since 1970, UTC), the newest first."""
    rows = tx.each(
        "SELECT CAST(placed_at AS INTEGER) / 86400 AS day, count(*), sum(size) FROM deliveries WHERE placed_at > ?"
        " GROUP BY day ORDER BY day DESC",
        (at,),
    )
    return [(day, files, size) for day, files, size in rows]


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
        cause=row["cause"],
    )
