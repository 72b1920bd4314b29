"""What was used of each bandwidth context, and which contexts are paused, over restarts.

Here, because counters must outlive the process; the only rows that are written apart from the named transactions of the jobs.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncer.store.database import Transaction

UsageTuple = tuple[str, str, int, int, int, float]
"""(context, unit, start of the span in seconds since 1970, requests, bytes, when the last request was booked)."""

Used = tuple[int, int]
"""Requests and bytes."""

LASTING = "(context = 'everything' OR context GLOB 'domain:*')"
"""Part of a WHERE: the contexts whose history is kept; there are far more of the others."""


def add(tx: Transaction, rows: Sequence[UsageTuple]) -> None:
    """Add to the counters."""
    tx.many(
        "INSERT INTO usage (context, unit, start, requests, bytes, last) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " requests = requests + excluded.requests, bytes = bytes + excluded.bytes, last = max(last, excluded.last)",
        rows,
    )


def rows_of(tx: Transaction, context: str) -> list[UsageTuple]:
    """Return the counters of one context."""
    rows = tx.rows("SELECT context, unit, start, requests, bytes, last FROM usage WHERE context = ?", (context,))
    return [(*row,) for row in rows]


def in_span(tx: Transaction, unit: str, start: int) -> dict[str, Used]:
    """Return what each context used in one span."""
    rows = tx.rows("SELECT context, requests, bytes FROM usage WHERE unit = ? AND start = ?", (unit, start))
    return {row["context"]: (row["requests"], row["bytes"]) for row in rows}


def forget_before(tx: Transaction, unit: str, start: int, *, lasting: bool) -> None:
    """Drop the counters of one unit that no rule can ask for any more: of everything and domains, or of the others."""
    tx.run(f"DELETE FROM usage WHERE unit = ? AND start < ? AND {LASTING} = ?", (unit, start, lasting))


def set_pause(tx: Transaction, context: str, until: float, why: str) -> None:
    """Note that no request may go to a context before `until`."""
    tx.run("INSERT OR REPLACE INTO pauses (context, until, why) VALUES (?, ?, ?)", (context, until, why))


def end_pause(tx: Transaction, context: str) -> None:
    """Note that requests may go to a context again."""
    tx.run("DELETE FROM pauses WHERE context = ?", (context,))


def end_pauses(tx: Transaction) -> None:
    """Note that no context is paused."""
    tx.run("DELETE FROM pauses")


def is_paused_beyond(tx: Transaction, until: float) -> bool:
    """Tell whether a pause lasts beyond a time."""
    return tx.value("SELECT 1 FROM pauses WHERE until > ? LIMIT 1", (until,)) is not None


def pauses(tx: Transaction) -> list[tuple[str, float, str]]:
    """Return the pauses that have not ended, as (context, until, why)."""
    tx_rows = tx.rows("SELECT context, until, why FROM pauses WHERE until > ? ORDER BY until", (tx.now,))
    return [(row["context"], row["until"], row["why"]) for row in tx_rows]
