"""Gaps: the stretches of a listing between two finds that a check could not look at, because it met its limit.

Here, because a gap must be remembered until it is filled or a person says that it does not matter. Functions take a transaction
and never commit; listing pages record gaps, the gap job fills them, commands decide about them.
"""

from __future__ import annotations

import sqlite3

from syncer.frozen import frozen
from syncer.store.database import Transaction

OPEN, FILLING, FILLED, IGNORED = "open", "filling", "filled", "ignored"


@frozen
class Gap:
    """A stretch that was left out: below the find `newest`, down to the find `oldest` ("" = no end is known)."""

    id: int
    follow: str
    newest: str
    oldest: str
    why: str
    state: str
    """`open`, `filling` (a walk is on it), `filled` or `ignored`."""
    found_at: float
    tries: int = 0
    """Walks that could not fill it."""


def add(tx: Transaction, follow_id: str, newest: str, oldest: str, why: str) -> int:
    """Record a gap; return its id."""
    return tx.insert(
        "INSERT INTO gaps (follow, newest, oldest, why, found_at) VALUES (?, ?, ?, ?, ?)",
        (follow_id, newest, oldest, why, tx.now),
    )


def get(tx: Transaction, gap_id: int) -> Gap | None:
    """Return one gap."""
    row = tx.row("SELECT * FROM gaps WHERE id = ?", (gap_id,))
    return None if row is None else _gap(row)


def unfilled(tx: Transaction, follow_id: str | None = None) -> list[Gap]:
    """Return the gaps that are open or being filled, the oldest first; of one follow or of all that are in force."""
    if follow_id is not None:
        return [gap for gap in of_follow(tx, follow_id) if gap.state in (OPEN, FILLING)]
    rows = tx.rows(
        "SELECT g.* FROM gaps g JOIN follows f ON f.id = g.follow"
        " WHERE g.state IN ('open', 'filling') AND f.retired_at IS NULL ORDER BY g.id"
    )
    return [_gap(row) for row in rows]


def of_follow(tx: Transaction, follow_id: str) -> list[Gap]:
    """Return all gaps of a follow, settled ones too, the oldest first."""
    return [_gap(row) for row in tx.rows("SELECT * FROM gaps WHERE follow = ? ORDER BY id", (follow_id,))]


def set_state(tx: Transaction, gap_id: int, state: str, why: str = "") -> None:
    """Note how a gap stands now; `why` replaces its reason where it is given."""
    tx.run(
        "UPDATE gaps SET state = ?1, why = CASE WHEN ?2 = '' THEN why ELSE ?2 END WHERE id = ?3", (state, why, gap_id)
    )


def put_off(tx: Transaction, follow_id: str, until: float, why: str) -> None:
    """Open the gaps of a follow again that could not be filled, not to be tried by itself before `until`."""
    tx.run(
        "UPDATE gaps SET state = 'open', not_before = ?, why = ?, tries = tries + 1 WHERE follow = ? AND state = 'filling'",
        (until, why, follow_id),
    )


def tries(tx: Transaction, follow_id: str) -> int:
    """Return how many walks have not come through the gaps of a follow that are being filled."""
    rows = tx.value("SELECT max(tries) FROM gaps WHERE follow = ? AND state = 'filling'", (follow_id,))
    return int(rows or 0)


def open_again(tx: Transaction, gap_id: int) -> None:
    """Have a gap filled that was left, ignored or given up, with all its tries before it."""
    tx.run("UPDATE gaps SET state = 'open', not_before = 0, tries = 0 WHERE id = ?", (gap_id,))


def begin_filling(tx: Transaction, follow_id: str) -> None:
    """Note that a walk is on all open gaps of a follow: it passes them all on its way down."""
    tx.run("UPDATE gaps SET state = 'filling', not_before = 0 WHERE follow = ? AND state = 'open'", (follow_id,))


def filled(tx: Transaction, follow_id: str) -> int:
    """Note that the walk on a follow's gaps has come through; return how many it filled."""
    return tx.run("UPDATE gaps SET state = 'filled' WHERE follow = ? AND state = 'filling'", (follow_id,))


def filling_since(tx: Transaction, follow_id: str) -> int | None:
    """Return when the oldest gap that is being filled was found: what was known before lies below it."""
    value = tx.value("SELECT min(found_at) FROM gaps WHERE follow = ? AND state = 'filling'", (follow_id,))
    return None if value is None else int(value)


def fillable(tx: Transaction) -> list[str]:
    """Return the follows that have an open gap which may be filled now, and no walk on another one."""
    rows = tx.rows(
        "SELECT DISTINCT g.follow FROM gaps g JOIN follows f ON f.id = g.follow WHERE g.state IN ('open', 'filling')"
        " AND g.state = 'open' AND g.not_before <= ? AND f.paused = '' AND f.command_pause IS NULL AND f.retired_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM gaps o WHERE o.follow = g.follow"
        " AND o.state IN ('open', 'filling') AND o.state = 'filling')",
        (tx.now,),
    )
    return [row["follow"] for row in rows]


def counts(tx: Transaction) -> dict[str, int]:
    """Return the number of gaps that are not filled of each follow that has any."""
    rows = tx.rows("SELECT follow, count(*) FROM gaps WHERE state IN ('open', 'filling') GROUP BY follow")
    return {row[0]: row[1] for row in rows}


def _gap(row: sqlite3.Row) -> Gap:
    return Gap(
        id=row["id"],
        follow=row["follow"],
        newest=row["newest"],
        oldest=row["oldest"],
        why=row["why"],
        state=row["state"],
        found_at=row["found_at"],
        tries=row["tries"],
    )
