"""Transactions that are waited for together: one commit for all, and one that fails leaves the others done, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.clock import VirtualClock
from syncer.store import known
from syncer.store.database import Database, Named, Transaction, is_away


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return Database.open(tmp_path / "state", VirtualClock())


def noting(key: str, calls: list[str], error: Exception | None = None) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        calls.append(key)
        known.add_all(tx, (key,), "delivered", "")
        if error is not None:
            raise error
        return key

    return work


def join(db: Database, *works: Callable[[Transaction], object]) -> list[object]:
    waits = [db.joined(Named.SETTLE, work) for work in works]
    assert len({wait.what for wait in waits}) == 1, "they are waited for together"
    return list(waits[0].serve([wait.gives for wait in waits]))


def keys(db: Database) -> list[str]:
    with db.read() as tx:
        return [row["key"] for row in tx.rows("SELECT key FROM known ORDER BY key")]


def test_all_are_done_in_one_transaction(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(db._flush, "_flush", lambda: flushed.append(1))
    calls: list[str] = []
    assert join(db, noting("a", calls), noting("b", calls)) == ["a", "b"]
    assert keys(db) == ["a", "b"]
    assert flushed == [1]


def test_one_that_fails_takes_no_other_with_it(db: Database) -> None:
    error = sqlite3.IntegrityError("taken")
    got = join(db, noting("a", []), noting("b", [], error), noting("c", []))
    assert got == ["a", error, "c"]
    assert keys(db) == ["a", "c"]


def test_a_store_that_is_away_is_not_asked_again_for_each(db: Database) -> None:
    calls: list[str] = []
    error = sqlite3.OperationalError("database or disk is full")
    assert join(db, noting("a", calls, error), noting("b", calls)) == [error, error]
    assert calls == ["a"]
    assert keys(db) == []


def test_what_is_waited_for_by_different_names_is_apart(db: Database) -> None:
    assert db.joined(Named.STAGE, lambda _: None).what != db.joined(Named.SETTLE, lambda _: None).what


def test_a_store_that_is_closed_is_away(db: Database) -> None:
    """What a hung disk has kept beyond the end must not be given up by that: the next start takes it up."""
    db.close()
    (error,) = join(db, noting("a", []))
    assert isinstance(error, Exception)
    assert is_away(error)
    with pytest.raises(sqlite3.ProgrammingError) as caught, db.read() as tx:
        tx.rows("SELECT 1")
    assert is_away(caught.value)
    assert not is_away(sqlite3.ProgrammingError("Incorrect number of bindings supplied"))
