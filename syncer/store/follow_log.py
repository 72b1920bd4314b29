"""The log of a follow: which posts its checks have met, and when.

Here apart from the follows, since it grows with each find and each check asks it. Functions take a transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from syncer.store.codec import dump
from syncer.store.database import Transaction


def log_finds(tx: Transaction, follow_id: str, finds: Sequence[tuple[str, int | None]]) -> None:
    """Note finds (key, the site's own time) in a follow's log; ones that are there keep their first row."""
    rows = [(follow_id, key, time, int(tx.now)) for key, time in finds]
    tx.many("INSERT OR IGNORE INTO follow_files (follow, key, time, created) VALUES (?, ?, ?, ?)", rows)


def set_time(tx: Transaction, follow_id: str, key: str, time: int) -> None:
    """Note the site's own time for a find, learnt from its post page."""
    tx.run("UPDATE follow_files SET time = ? WHERE follow = ? AND key = ? AND time IS NULL", (time, follow_id, key))


def has_found(tx: Transaction, follow_id: str, key: str) -> bool:
    """Tell whether an earlier check of this follow has met a post."""
    return tx.value("SELECT 1 FROM follow_files WHERE follow = ? AND key = ?", (follow_id, key)) is not None


def met(tx: Transaction, follow_id: str, keys: Collection[str]) -> frozenset[str]:
    """Return those of the posts that an earlier check of this follow has met."""
    rows = tx.rows(
        "SELECT key FROM follow_files WHERE follow = ? AND key IN (SELECT value FROM json_each(?))",
        (follow_id, dump([key for key in keys if "\0" not in key])),
    )
    # JSON in SQLite ends a text at its first NUL, which would be the key of another post.
    odd = (key for key in keys if "\0" in key and has_found(tx, follow_id, key))
    return frozenset((*(row["key"] for row in rows), *odd))


def found_at(tx: Transaction, follow_id: str, key: str) -> int | None:
    """Return when a check of this follow has met a post, in seconds since 1970; None = never."""
    value: int | None = tx.value("SELECT created FROM follow_files WHERE follow = ? AND key = ?", (follow_id, key))
    return value


def found_earlier(tx: Transaction, follow_id: str, before: int) -> int:
    """Return how many posts are in a follow's log since before a time."""
    return int(tx.value("SELECT count(*) FROM follow_files WHERE follow = ? AND created < ?", (follow_id, before)))


def found_before(tx: Transaction, follow_id: str) -> int:
    """Return how many posts are in a follow's log."""
    return int(tx.value("SELECT count(*) FROM follow_files WHERE follow = ?", (follow_id,)))


def log_of(tx: Transaction, follow_id: str) -> list[tuple[int | None, int]]:
    """Return a follow's log as pairs of the site's own time and the time it was found."""
    rows = tx.rows("SELECT time, created FROM follow_files WHERE follow = ?", (follow_id,))
    return [(row["time"], row["created"]) for row in rows]


def compact(tx: Transaction, follow_id: str, keep_period: int, keep_newest: int = 250) -> None:
    """Drop log rows older than `keep_period` seconds, the newest `keep_newest` kept (hydrus's compaction)."""
    tx.run(
        "DELETE FROM follow_files WHERE follow = ?1 AND coalesce(time, created) < ?2 AND key NOT IN"
        " (SELECT key FROM follow_files WHERE follow = ?1 ORDER BY coalesce(time, created) DESC LIMIT ?3)",
        (follow_id, int(tx.now) - keep_period, keep_newest),
    )
