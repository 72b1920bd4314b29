"""What catalogues showed: each thread with what came of it, and which watchers are whose.

Here, because a thread that was watched once must be known as such when its watcher has long ended. Functions take a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from syncer.frozen import frozen
from syncer.store.database import Transaction

WATCHED, ENDED, HAD, REMOVED, WAITS, UNWANTED, REFUSED = (
    "watched", "ended", "had", "removed", "waits", "unwanted", "refused",
)  # fmt: skip
"""What came of a thread: its watcher lives; has ended; ended so long ago that it is forgotten; a person removed it; it is wanted, but
so many are watched already; no rule wants it; no site file can watch it, or its own refuses it."""
FRESH = 6 * 3600
"""Seconds for which it is not noted anew that a thread is still there."""
KEPT_UNSEEN = 2 * 86400
"""Seconds that a thread is remembered which was never watched and is shown no more."""
KEPT_WATCHED = 180 * 86400
"""The same for one that was watched."""
MOST_UNWATCHED = 5_000
"""Threads of one catalogue that are remembered though they were never watched."""


@frozen
class Thread:
    """A thread that a catalogue showed; times are seconds since 1970."""

    key: str
    """Identity of the watcher that it has or would have."""
    url: str
    title: str
    outcome: str
    why: str
    begun: bool = False
    """It was watched for this catalogue once."""
    seen_at: float = 0.0


def threads(tx: Transaction, catalogue: str) -> dict[str, Thread]:
    """Return the threads of a catalogue by their key."""
    rows = tx.rows("SELECT * FROM catalogue_threads WHERE catalogue = ? ORDER BY seen_at DESC, url", (catalogue,))
    return {row["key"]: _thread(row) for row in rows}


def of_thread(tx: Transaction, key: str) -> list[tuple[str, Thread]]:
    """Return what came of a thread in each catalogue that showed it, with the catalogue's id."""
    rows = tx.rows("SELECT * FROM catalogue_threads WHERE key = ?", (key,))
    return [(row["catalogue"], _thread(row)) for row in rows]


def put(tx: Transaction, catalogue: str, found: Sequence[Thread]) -> None:
    """Note threads that a catalogue shows now."""
    tx.many(
        "INSERT OR REPLACE INTO catalogue_threads (catalogue, key, url, title, outcome, why, begun, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(catalogue, each.key, each.url, each.title, each.outcome, each.why, each.begun, tx.now) for each in found],
    )


def tidy(tx: Transaction, catalogue: str) -> None:
    """Forget the threads of a catalogue that it shows no more, and the oldest where there are too many."""
    tx.run(
        "DELETE FROM catalogue_threads WHERE catalogue = ?1 AND (NOT begun AND seen_at < ?2 OR begun AND seen_at < ?3"
        " AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.identity = key AND f.status = 'alive' AND f.retired_at IS NULL))",
        (catalogue, tx.now - KEPT_UNSEEN, tx.now - KEPT_WATCHED),
    )
    tx.run(
        "DELETE FROM catalogue_threads WHERE catalogue = ?1 AND NOT begun AND key NOT IN (SELECT key FROM catalogue_threads"
        " WHERE catalogue = ?1 AND NOT begun ORDER BY seen_at DESC LIMIT ?2)",
        (catalogue, MOST_UNWATCHED),
    )


def forget(tx: Transaction, catalogue: str) -> None:
    """Forget all that a catalogue showed, but for whose its living watchers are."""
    tx.run(
        "DELETE FROM catalogue_threads WHERE catalogue = ? AND NOT (begun AND EXISTS (SELECT 1 FROM follows f"
        " WHERE f.identity = key AND f.status = 'alive' AND f.retired_at IS NULL))",
        (catalogue,),
    )


def drop_orphans(tx: Transaction) -> None:
    """Forget the threads of catalogues that are forgotten themselves."""
    tx.run("DELETE FROM catalogue_threads WHERE catalogue NOT IN (SELECT id FROM follows)")


def owners(tx: Transaction) -> dict[str, str]:
    """Return the catalogue's id for the id of each watcher in force that a catalogue has begun."""
    rows = tx.rows(
        "SELECT f.id, t.catalogue FROM catalogue_threads t JOIN follows f ON f.identity = t.key"
        " WHERE t.begun AND f.source = 'catalogue' AND f.retired_at IS NULL"
    )
    return {row["id"]: row["catalogue"] for row in rows}


def watchers(tx: Transaction, catalogue: str) -> list[str]:
    """Return the ids of a catalogue's watchers that are alive."""
    rows = tx.rows(
        "SELECT f.id FROM catalogue_threads t JOIN follows f ON f.identity = t.key WHERE t.catalogue = ? AND t.begun"
        " AND f.source = 'catalogue' AND f.retired_at IS NULL AND f.status = 'alive' ORDER BY f.id",
        (catalogue,),
    )
    return [row["id"] for row in rows]


def waiting(tx: Transaction, catalogue: str) -> int:
    """Return how many threads of a catalogue are wanted and wait until others have ended."""
    sql = "SELECT count(*) FROM catalogue_threads WHERE catalogue = ? AND outcome = ?"
    return int(tx.value(sql, (catalogue, WAITS)))


def _thread(row: sqlite3.Row) -> Thread:
    return Thread(
        row["key"], row["url"], row["title"], row["outcome"], row["why"], bool(row["begun"]), float(row["seen_at"])
    )
