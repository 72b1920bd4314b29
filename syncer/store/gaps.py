"""Gaps: the stretches of a listing between two finds that a check could not look at, because it met its limit.

Here, because a gap must be remembered until it is filled or a person says that it does not matter. Functions take a transaction
and never commit; listing pages record gaps, the gap job fills them, commands decide about them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from syncer.store.database import Transaction

OPEN, FILLING, FILLED, IGNORED = "open", "filling", "filled", "ignored"


@dataclass(frozen=True, slots=True)
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
    )
