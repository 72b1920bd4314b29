"""Walks of listings, and what they found by position, until it is queued.

Here, because a walk must go on after any crash where its last finished page ended. Functions take a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from syncer.frozen import frozen
from syncer.model import Origin, Post
from syncer.store.codec import origin_from_text, origin_to_text, post_from_text, post_to_text
from syncer.store.database import Transaction


@frozen
class NewWalk:
    """A walk to begin; `cursor` is the state of `follow.walk` as JSON."""

    kind: str
    """`check` or `gap` (of a follow), `gallery` (one time), `refetch` (of what was delivered, see `refetches`)."""
    site: str
    origin: Origin
    cursor: str
    follow: str | None = None
    entry: int | None = None
    into_path: str = ""
    options: str = "{}"
    again: bool = False
    search: str = ""
    """Of a gallery download: the identity that a query for the same would have; of a refetch: what it is of."""
    found: int = 0
    """Of a refetch: so many pages and files are to be read."""


@frozen
class Walk:
    """A walk as the store has it."""

    id: int
    kind: str
    follow: str | None
    entry: int | None
    site: str
    origin: Origin
    state: str
    cursor: str
    pages: int
    found: int
    new: int
    why: str
    into_path: str
    options: str
    again: bool
    search: str = ""
    complete: bool = False
    search_paused: bool = False
    files_paused: bool = False
    started_at: float = 0.0
    ended_at: float | None = None

    @property
    def source(self) -> str:
        """Whose jobs this walk's are, in the words of `jobs.source`."""
        return f"follow:{self.follow}" if self.follow else f"entry:{self.entry}"


def begin(tx: Transaction, new: NewWalk) -> int:
    """Store a new walk; return its id."""
    return tx.insert(
        "INSERT INTO walks (kind, follow, entry, site, origin, state, cursor, into_path, options, again, search, found,"
        " started_at) VALUES (?, ?, ?, ?, ?, 'walking', ?, ?, ?, ?, ?, ?, ?)",
        (
            new.kind,
            new.follow,
            new.entry,
            new.site,
            origin_to_text(new.origin),
            new.cursor,
            new.into_path,
            new.options,
            new.again,
            new.search,
            new.found,
            tx.now,
        ),
    )


def get(tx: Transaction, walk_id: int) -> Walk | None:
    """Return one walk."""
    row = tx.row("SELECT * FROM walks WHERE id = ?", (walk_id,))
    return None if row is None else _walk(row)


def checked_follow(tx: Transaction, walk_id: int) -> str | None:
    """Return the follow that a walk is the check of; None for any other walk."""
    value: str | None = tx.value("SELECT follow FROM walks WHERE id = ? AND kind = 'check'", (walk_id,))
    return value


def of_entry(tx: Transaction, entry: int) -> Walk | None:
    """Return the gallery download of a wish."""
    row = tx.row("SELECT * FROM walks WHERE entry = ? ORDER BY id LIMIT 1", (entry,))
    return None if row is None else _walk(row)


def walking(tx: Transaction) -> list[Walk]:
    """Return all walks that have not ended."""
    return [_walk(row) for row in tx.rows("SELECT * FROM walks WHERE state = 'walking' ORDER BY id")]


def of_retired(tx: Transaction, before: float) -> list[int]:
    """Return the walks that have not ended of follows that were retired before a time."""
    rows = tx.rows(
        "SELECT w.id FROM walks w JOIN follows f ON f.id = w.follow WHERE w.state = 'walking' AND f.retired_at < ?",
        (before,),
    )
    return [row["id"] for row in rows]


def page_done(tx: Transaction, walk_id: int, cursor: str, *, found: int, new: int) -> None:
    """Note a finished page: the new cursor, and how many posts it had, how many of them new."""
    tx.run(
        "UPDATE walks SET cursor = ?, pages = pages + 1, found = found + ?, new = new + ? WHERE id = ?",
        (cursor, found, new, walk_id),
    )


def add_finds(tx: Transaction, walk_id: int, finds: Sequence[tuple[str, Post]]) -> None:
    """Keep finds (key, post) in the order of the listing, after those of earlier pages."""
    first = int(tx.value("SELECT coalesce(max(position) + 1, 0) FROM finds WHERE walk = ?", (walk_id,)))
    rows = [(walk_id, first + place, key, post_to_text(post)) for place, (key, post) in enumerate(finds)]
    tx.many("INSERT INTO finds (walk, position, key, post) VALUES (?, ?, ?, ?)", rows)


def take_finds(tx: Transaction, walk_id: int) -> list[tuple[str, Post]]:
    """Return a walk's finds in the order of the listing and drop them from the walk."""
    rows = tx.rows("SELECT key, post FROM finds WHERE walk = ? ORDER BY position", (walk_id,))
    tx.run("DELETE FROM finds WHERE walk = ?", (walk_id,))
    return [(row["key"], post_from_text(row["post"])) for row in rows]


def end(tx: Transaction, walk_id: int, why: str, *, complete: bool = False) -> None:
    """Note that a walk has ended, and why; `complete`: without a fault, from the top of the listing down."""
    tx.run(
        "UPDATE walks SET state = 'done', why = ?, complete = ?, ended_at = ? WHERE id = ?",
        (why, complete, tx.now, walk_id),
    )


def go_on(tx: Transaction, walk_id: int, cursor: str) -> None:
    """Let a walk that has ended go on where `cursor` says."""
    tx.run(
        "UPDATE walks SET state = 'walking', why = '', complete = 0, ended_at = NULL, cursor = ? WHERE id = ?",
        (cursor, walk_id),
    )


def set_cursor(tx: Transaction, walk_id: int, cursor: str) -> None:
    """Put another state of the walk in place of the present one."""
    tx.run("UPDATE walks SET cursor = ? WHERE id = ?", (cursor, walk_id))


def downloads(tx: Transaction) -> list[Walk]:
    """Return all that a person asked for once and that takes its time, gallery downloads and refetches, the newest first."""
    return [_walk(row) for row in tx.rows("SELECT * FROM walks WHERE kind IN ('gallery', 'refetch') ORDER BY id DESC")]


def pause(tx: Transaction, walk_id: int, *, search: bool | None = None, files: bool | None = None) -> None:
    """Let a walk's pages (`search`) or its posts and files wait, or go on; None leaves it as it is."""
    tx.run(
        "UPDATE walks SET search_paused = coalesce(?, search_paused), files_paused = coalesce(?, files_paused)"
        " WHERE id = ?",
        (search, files, walk_id),
    )


def paused(tx: Transaction) -> list[Walk]:
    """Return the walks whose pages or files are paused while there are such."""
    rows = tx.rows(
        "SELECT * FROM walks w WHERE (search_paused OR files_paused) AND (search_paused AND state = 'walking' OR files_paused"
        " AND EXISTS (SELECT 1 FROM jobs j WHERE j.walk = w.id AND j.state <> 'done' AND j.kind <> 'listing')) ORDER BY id"
    )
    return [_walk(row) for row in rows]


def is_no_ground(tx: Transaction, walk_id: int) -> None:
    """Note that what a gallery download met is no known ground for a query: something of it was taken out of the queue.

    A query that has a complete check of its own keeps its log.
    """
    search = tx.value(
        "SELECT search FROM walks WHERE id = ? AND kind = 'gallery' AND complete AND search <> ''", (walk_id,)
    )
    if search is None:
        return
    tx.run("UPDATE walks SET complete = 0 WHERE search = ? AND kind = 'gallery'", (search,))
    tx.run(
        "DELETE FROM follow_files WHERE follow = ?1 AND NOT EXISTS (SELECT 1 FROM follows WHERE id = ?1)"
        " OR follow IN (SELECT id FROM follows WHERE identity = ?1 AND NOT synced)",
        (search,),
    )


def was_searched(tx: Transaction, search: str) -> bool:
    """Tell whether a gallery download has gone through the listing of a search (by its identity) without a fault."""
    return tx.value("SELECT 1 FROM walks WHERE search = ? AND complete AND kind = 'gallery'", (search,)) is not None


def _walk(row: sqlite3.Row) -> Walk:
    return Walk(
        id=row["id"],
        kind=row["kind"],
        follow=row["follow"],
        entry=row["entry"],
        site=row["site"],
        origin=origin_from_text(row["origin"]),
        state=row["state"],
        cursor=row["cursor"],
        pages=row["pages"],
        found=row["found"],
        new=row["new"],
        why=row["why"],
        into_path=row["into_path"],
        options=row["options"],
        again=bool(row["again"]),
        search=row["search"],
        complete=bool(row["complete"]),
        search_paused=bool(row["search_paused"]),
        files_paused=bool(row["files_paused"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
