"""What was used of each bandwidth context, and which contexts are paused, over restarts.

Here, because counters must outlive the process; the only rows that are written apart from the named transactions of the jobs.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncer.store.database import Transaction

UsageTuple = tuple[str, str, int, int, int]
"""(context, unit, start of the span in seconds since 1970, requests, bytes)."""


def add(tx: Transaction, rows: Sequence[UsageTuple]) -> None:
    """Add to the counters."""
    tx.many(
        "INSERT INTO usage (context, unit, start, requests, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " requests = requests + excluded.requests, bytes = bytes + excluded.bytes",
        rows,
    )


def rows(tx: Transaction) -> list[UsageTuple]:
    """Return all counters."""
    return [(*row,) for row in tx.rows("SELECT context, unit, start, requests, bytes FROM usage")]


def forget_before(tx: Transaction, unit: str, start: int) -> None:
    """Drop the counters of one unit that no rule can ask for any more."""
    tx.run("DELETE FROM usage WHERE unit = ? AND start < ?", (unit, start))


def set_pause(tx: Transaction, context: str, until: float, why: str) -> None:
    """Note that no request may go to a context before `until`."""
    tx.run("INSERT OR REPLACE INTO pauses (context, until, why) VALUES (?, ?, ?)", (context, until, why))


def pauses(tx: Transaction) -> list[tuple[str, float, str]]:
    """Return the pauses that have not ended, as (context, until, why)."""
    tx_rows = tx.rows("SELECT context, until, why FROM pauses WHERE until > ? ORDER BY until", (tx.now,))
    return [(row["context"], row["until"], row["why"]) for row in tx_rows]
