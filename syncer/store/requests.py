"""What other commands ask of the running service, its answers, and a few facts that it tells about itself.

Here, because the store is the one place that both processes share. Functions take a transaction and never commit.
"""

from __future__ import annotations

import json
from typing import Any

from syncer.frozen import frozen
from syncer.store.codec import dump
from syncer.store.database import Transaction


@frozen
class Asked:
    """An open request: a verb and its details."""

    id: int
    verb: str
    details: dict[str, Any]


def ask(tx: Transaction, verb: str, details: dict[str, Any]) -> int:
    """Store a request; return its id."""
    return tx.insert("INSERT INTO requests (verb, details, asked_at) VALUES (?, ?, ?)", (verb, dump(details), tx.now))


def waiting(tx: Transaction) -> list[Asked]:
    """Return the requests that have no answer yet, oldest first."""
    rows = tx.rows("SELECT id, verb, details FROM requests WHERE answer IS NULL ORDER BY id")
    return [Asked(row["id"], row["verb"], json.loads(row["details"])) for row in rows]


def answer(tx: Transaction, request_id: int, value: dict[str, Any]) -> None:
    """Answer a request."""
    tx.run("UPDATE requests SET answer = ? WHERE id = ?", (dump(value), request_id))


def answer_of(tx: Transaction, request_id: int) -> dict[str, Any] | None:
    """Return the answer to a request, or None while there is none."""
    text = tx.value("SELECT answer FROM requests WHERE id = ?", (request_id,))
    return None if text is None else dict(json.loads(text))


def forget_before(tx: Transaction, at: float) -> None:
    """Drop answered requests older than `at`."""
    tx.run("DELETE FROM requests WHERE answer IS NOT NULL AND asked_at < ?", (at,))


def set_fact(tx: Transaction, key: str, value: object) -> None:
    """Note something about the service (what runs now, its process, its start)."""
    tx.run("INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", (key, dump(value)))


def fact(tx: Transaction, key: str) -> Any:
    """Return what was noted under `key`, or None."""
    text = tx.value("SELECT value FROM facts WHERE key = ?", (key,))
    return None if text is None else json.loads(text)
