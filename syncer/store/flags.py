"""What commands have paused: everything, all follows, all files, or a site; kept over restarts, some for a time only.

Here, because the pause of a person must outlive the process. Functions take a transaction and never commit.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.store.database import Transaction

CROWDED = "crowded"
"""Key of the fact which limits hold files back: a list of {why, cure, until}."""

ALL, FOLLOWS, FILES, SITE = "all", "follows", "files", "site "

NO_CHECKS = (
    " AND NOT EXISTS (SELECT 1 FROM flags WHERE what IN ('all', 'follows'))"
    " AND 'site ' || site NOT IN (SELECT what FROM flags)"
)
"""Part of a WHERE over `follows`: what no pause of everything, of follows or of the site holds back."""


@frozen
class Flag:
    """A pause by a command; `until` in seconds since 1970, None = until it is resumed."""

    what: str
    until: float | None
    at: float


@frozen
class Held:
    """What commands have paused of the queue."""

    everything: bool = False
    files: bool = False
    follows: bool = False
    """The pages of all checks; what these have found goes on."""
    sites: tuple[str, ...] = ()
    crowded: bool = False
    """As many files came as may: only those of threads go on."""


NOTHING_HELD = Held()


_PAUSED_WALK = (
    " AND NOT EXISTS (SELECT 1 FROM walks w LEFT JOIN follows f ON f.id = w.follow WHERE w.id = jobs.walk"
    " AND CASE jobs.kind WHEN 'listing' THEN w.search_paused OR f.paused <> '' OR f.command_pause IS NOT NULL OR f.retired_at IS NOT NULL"
    " ELSE w.files_paused END)"
)
"""The walk of a follow that is paused, or in no config any more, stays where it is; what it has queued comes all the same."""


def free(held: Held) -> str:
    """Return the part of a WHERE over `jobs`, its values are `held.sites`, that leaves out what commands have paused."""
    files = _PAUSED_WALK + (" AND kind <> 'file'" if held.files else "")
    files += " AND (kind <> 'file' OR context GLOB 'watcher:*')" if held.crowded else ""
    files += " AND NOT (kind = 'listing' AND source GLOB 'follow:*')" if held.follows else ""
    return files + (f" AND site NOT IN ({','.join('?' * len(held.sites))})" if held.sites else "")


def put(tx: Transaction, what: str, until: float | None) -> None:
    """Pause `what` (`all`, `follows`, `files`, `site NAME`) until a time, in place of an earlier pause of it."""
    tx.run("INSERT OR REPLACE INTO flags (what, until, at) VALUES (?, ?, ?)", (what, until, tx.now))


def drop(tx: Transaction, what: str) -> bool:
    """Resume `what`; False when it was not paused."""
    return tx.run("DELETE FROM flags WHERE what = ?", (what,)) > 0


def everything(tx: Transaction) -> list[Flag]:
    """Return all pauses that commands have made, but for those of single follows."""
    return [Flag(row["what"], row["until"], row["at"]) for row in tx.rows("SELECT * FROM flags ORDER BY what")]


def next_end(tx: Transaction) -> float | None:
    """Return when the next pause ends by itself, those of follows included, in seconds since 1970."""
    value: float | None = tx.value(
        "SELECT min(at) FROM (SELECT min(until) AS at FROM flags UNION ALL"
        " SELECT min(command_pause) FROM follows WHERE command_pause > 0)"
    )
    return value


def end_due(tx: Transaction) -> list[str]:
    """Drop the pauses whose time is over; return what of `flags` goes on now."""
    ended = [row["what"] for row in tx.rows("SELECT what FROM flags WHERE until <= ?", (tx.now,))]
    tx.run("DELETE FROM flags WHERE until <= ?", (tx.now,))
    tx.run("UPDATE follows SET command_pause = NULL WHERE command_pause > 0 AND command_pause <= ?", (tx.now,))
    return ended
