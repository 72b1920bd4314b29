"""Follows as the store has them: state, times and the log of what their checks found.

Here, because a follow's memory must outlive its line in the config. Functions take a transaction and never commit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from syncer.frozen import frozen
from syncer.store import gaps as gap_rows
from syncer.store.codec import dump
from syncer.store.database import Transaction
from syncer.store.flags import NO_CHECKS

YEAR = 365 * 86400


@frozen
class Follow:
    """A query or watcher; times are seconds since 1970, `next_check` 0 = at once."""

    id: str
    kind: str
    site: str
    name: str
    query: str
    urls: tuple[str, ...]
    source: str
    settings: str
    paused: str = ""
    status: str = "alive"
    next_check: float = 0.0
    last_check: float = 0.0
    synced: bool = False
    faults: int = 0
    yielded: bool = False
    why: str = ""
    walk: int | None = None
    retired_at: float | None = None
    identity: str = ""
    """Who it is by site and first URLs; "" = its id."""
    command_pause: float | None = None
    """Paused by a command until then; 0 = until it is resumed."""
    dying: bool = False
    """The thread's page said that it will be gone before long."""
    shallow: int = 0
    """Checks since the last one that looked further down."""


def add(tx: Transaction, follow: Follow) -> None:
    """Store a new follow."""
    add_all(tx, [follow])


def add_all(tx: Transaction, new: Sequence[Follow]) -> None:
    """Store new follows."""
    tx.many(
        "INSERT INTO follows (id, identity, kind, site, name, query, urls, source, settings, paused, status, next_check,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                follow.id,
                follow.identity or follow.id,
                follow.kind,
                follow.site,
                follow.name,
                follow.query,
                dump(follow.urls),
                follow.source,
                follow.settings,
                follow.paused,
                follow.status,
                follow.next_check,
                tx.now,
            )
            for follow in new
        ],
    )


def get(tx: Transaction, follow_id: str) -> Follow | None:
    """Return one follow."""
    row = tx.row("SELECT * FROM follows WHERE id = ?", (follow_id,))
    return None if row is None else _follow(row)


def settings_of(tx: Transaction, follow_id: str) -> str | None:
    """Return the settings of a follow alone, as it was stored; None where there is no such follow."""
    value: str | None = tx.value("SELECT settings FROM follows WHERE id = ?", (follow_id,))
    return value


def of_identity(tx: Transaction, identity: str) -> Follow | None:
    """Return the follow that has an identity."""
    row = tx.row("SELECT * FROM follows WHERE identity = ?", (identity,))
    return None if row is None else _follow(row)


def everything(tx: Transaction, *, retired: bool = False) -> list[Follow]:
    """Return all follows that are in force, with `retired` the others too, by kind, name and query."""
    condition = "" if retired else " WHERE retired_at IS NULL"
    return [_follow(row) for row in tx.rows(f"SELECT * FROM follows{condition} ORDER BY kind, name, query")]


def due(tx: Transaction, limit: int = 200) -> list[Follow]:
    """Return the follows whose check is due and does not run yet: those of dying threads, then the longest due."""
    found: dict[str, Follow] = {}
    for first in ("dying AND ", ""):
        rows = tx.rows(
            f"SELECT * FROM follows WHERE {first}walk IS NULL AND paused = '' AND status = 'alive' AND retired_at IS NULL"
            f" AND command_pause IS NULL AND next_check <= ?{NO_CHECKS} ORDER BY next_check LIMIT ?",
            (tx.now, limit),
        )
        found |= {row["id"]: _follow(row) for row in rows if row["id"] not in found}
    return list(found.values())[:limit]


def coming(tx: Transaction, limit: int) -> list[Follow]:
    """Return the follows that are checked next, the first one first."""
    rows = tx.rows(
        "SELECT * FROM follows WHERE walk IS NULL AND paused = '' AND status = 'alive' AND retired_at IS NULL"
        f" AND command_pause IS NULL{NO_CHECKS} ORDER BY next_check LIMIT ?",
        (limit,),
    )
    return [_follow(row) for row in rows]


def next_due(tx: Transaction) -> float | None:
    """Return when the next check is due, in seconds since 1970."""
    value: float | None = tx.value(
        "SELECT min(next_check) FROM follows WHERE walk IS NULL AND paused = '' AND status = 'alive'"
        f" AND command_pause IS NULL AND retired_at IS NULL{NO_CHECKS}"
    )
    return value


def timed_oddly(tx: Transaction, slack: float, longest: Callable[[str], float]) -> list[Follow]:
    """Return the follows whose times a clock that was right cannot have made.

    `slack`: so many seconds may a check lie ahead; `longest` gives the seconds that a follow of some settings waits at most.
    """
    rows = tx.rows(
        "SELECT * FROM follows WHERE retired_at IS NULL AND (status IN ('alive', 'dead') AND last_check > ?1 + ?2"
        " OR status = 'alive' AND next_check > 0 AND next_check < last_check)",
        (tx.now, slack),
    )
    found = {row["id"]: _follow(row) for row in rows}
    living = " FROM follows WHERE retired_at IS NULL AND status = 'alive'"
    # Thousands of follows have a few settings: these are read, not each follow.
    for settings, latest in tx.rows(f"SELECT settings, max(next_check){living} GROUP BY settings"):
        until = tx.now + longest(settings)
        if latest > until:
            rows = tx.rows(f"SELECT *{living} AND settings = ? AND next_check > ?", (settings, until))
            found |= {row["id"]: _follow(row) for row in rows}
    return list(found.values())


def set_config(tx: Transaction, follow: Follow) -> None:
    """Put what the config says now in place of what it said: name, URLs, settings, pause; un-retires."""
    tx.run(
        "UPDATE follows SET name = ?, query = ?, urls = ?, source = ?, settings = ?, paused = ?, retired_at = NULL"
        " WHERE id = ?",
        (
            follow.name,
            follow.query,
            dump(follow.urls),
            follow.source,
            follow.settings,
            follow.paused,
            follow.id,
        ),
    )


def set_identity(tx: Transaction, follow_id: str, identity: str) -> None:
    """Let a follow be known by another identity from now on: its site file asks at other URLs, its memory stays."""
    tx.run("UPDATE follows SET identity = ? WHERE id = ?", (identity, follow_id))


def set_pause(tx: Transaction, follow_id: str, until: float | None) -> None:
    """Pause a follow by a command until a time (0 = until it is resumed), or with None let it go on."""
    tx.run("UPDATE follows SET command_pause = ? WHERE id = ?", (until, follow_id))


def set_reason(tx: Transaction, follow_id: str, paused: str) -> None:
    """Note why a follow cannot run or that the config pauses it, "" = nothing keeps it."""
    tx.run("UPDATE follows SET paused = ? WHERE id = ?", (paused, follow_id))


def reset(tx: Transaction, follow_id: str) -> None:
    """Forget what a follow's checks found, as if it were new; the list of what is known stays."""
    for table in ("follow_files", "gaps"):
        tx.run(f"DELETE FROM {table} WHERE follow = ?", (follow_id,))
    tx.run(
        "UPDATE follows SET status = 'alive', next_check = 0, last_check = 0, synced = 0, faults = 0, yielded = 0, dying = 0, why = ''"
        " WHERE id = ?",
        (follow_id,),
    )


def drop_retired(tx: Transaction, before: float) -> int:
    """Forget the follows that were retired before a time; return how many."""
    rows = tx.rows("SELECT id FROM follows WHERE retired_at < ?", (before,))
    for row in rows:
        for table, column in (("follow_files", "follow"), ("gaps", "follow"), ("follows", "id")):
            tx.run(f"DELETE FROM {table} WHERE {column} = ?", (row["id"],))
    return len(rows)


def set_state(tx: Transaction, follow: Follow) -> None:
    """Write what a check changed: status, times, faults, the walk that runs."""
    tx.run(
        "UPDATE follows SET status = ?, next_check = ?, last_check = ?, synced = ?, faults = ?, yielded = ?, why = ?,"
        " walk = ?, name = ?, dying = ?, shallow = ? WHERE id = ?",
        (
            follow.status,
            follow.next_check,
            follow.last_check,
            follow.synced,
            follow.faults,
            follow.yielded,
            follow.why,
            follow.walk,
            follow.name,
            follow.dying,
            follow.shallow,
            follow.id,
        ),
    )


def retire(tx: Transaction, follow_id: str) -> None:
    """Take a follow out of force; its memory is kept."""
    tx.run("UPDATE follows SET retired_at = ? WHERE id = ? AND retired_at IS NULL", (tx.now, follow_id))


def revive(tx: Transaction, follow_id: str) -> None:
    """Let a follow be checked again at once, whatever it died of."""
    tx.run("UPDATE follows SET status = 'alive', next_check = 0, faults = 0, why = '' WHERE id = ?", (follow_id,))


def learnt(tx: Transaction, follow_id: str) -> tuple[frozenset[str] | None, bool]:
    """Return the tags that a follow's posts had in common when they carried its words (None = not learnt), and whether a person
    said that what it shows is right.
    """
    row = tx.row("SELECT carries, accepted FROM follows WHERE id = ?", (follow_id,))
    if row is None:
        return None, False
    return (frozenset(json.loads(row["carries"])) if row["carries"] else None), bool(row["accepted"])


def accept(tx: Transaction, follow_id: str) -> None:
    """Note that a person says that what a follow shows is right, and let it be checked at once."""
    tx.run("UPDATE follows SET accepted = 1 WHERE id = ?", (follow_id,))
    revive(tx, follow_id)


def set_carries(tx: Transaction, follow_id: str, tags: frozenset[str]) -> None:
    """Note what the posts of a follow have in common while they carry its words."""
    tx.run("UPDATE follows SET carries = ? WHERE id = ?", (dump(sorted(tags)), follow_id))


def gaps(tx: Transaction) -> dict[str, int]:
    """Return the number of gaps that are not filled of each follow that has any."""
    return gap_rows.counts(tx)


def pause(follow: Follow, by: str) -> Follow:
    """Return the follow as paused by `by` ("" = goes on)."""
    return replace(follow, paused=by)


def _follow(row: sqlite3.Row) -> Follow:
    return Follow(
        id=row["id"],
        kind=row["kind"],
        site=row["site"],
        name=row["name"],
        query=row["query"],
        urls=tuple(json.loads(row["urls"])),
        source=row["source"],
        settings=row["settings"],
        paused=row["paused"],
        status=row["status"],
        next_check=row["next_check"],
        last_check=row["last_check"],
        synced=bool(row["synced"]),
        faults=row["faults"],
        yielded=bool(row["yielded"]),
        why=row["why"],
        walk=row["walk"],
        retired_at=row["retired_at"],
        identity=row["identity"],
        command_pause=row["command_pause"],
        dying=bool(row["dying"]),
        shallow=row["shallow"],
    )
