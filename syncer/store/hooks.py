"""Deliveries after which a person's own program is still to be run.

Here, so that a program is run once for each file and not for ever, whatever happens in between. Functions take a transaction and never
commit.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.store.database import Transaction


@frozen
class Waiting:
    """A delivery whose hook was not run to its end."""

    delivery: int
    tries: int
    """How often it was begun."""


def add(tx: Transaction, delivery_id: int) -> None:
    """Note that a delivery's hook is to be run."""
    tx.run("INSERT OR IGNORE INTO hooks (delivery) VALUES (?)", (delivery_id,))


def first(tx: Transaction) -> Waiting | None:
    """Return the oldest that waits."""
    row = tx.row("SELECT delivery, tries FROM hooks ORDER BY delivery LIMIT 1")
    return None if row is None else Waiting(row["delivery"], row["tries"])


def begun(tx: Transaction, delivery_id: int) -> None:
    """Note that the program is started now."""
    tx.run("UPDATE hooks SET tries = tries + 1 WHERE delivery = ?", (delivery_id,))


def done(tx: Transaction, delivery_id: int) -> None:
    """Forget a hook: it was run, or never can be."""
    tx.run("DELETE FROM hooks WHERE delivery = ?", (delivery_id,))
