"""The known list: URLs, posts and hashes whose outcome is settled, independent of what lies on the disk.

Here, because it decides that nothing is fetched or delivered twice. Keys are `url:KEY`, `post:SITE/ID`, `sha256:HEX`, `md5:HEX`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncer.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Known:
    """What became of a URL, post or hash, and when (seconds since 1970)."""

    key: str
    outcome: str
    why: str
    at: int


def add_all(tx: Transaction, keys: Sequence[str], outcome: str, why: str) -> None:
    """Note the same outcome for these keys; what was delivered stays delivered, whatever comes later."""
    tx.run(
        f"INSERT INTO known (key, outcome, why, at) VALUES {', '.join(['(?, ?, ?, ?)'] * len(keys))} ON CONFLICT (key)"
        " DO UPDATE SET outcome = excluded.outcome, why = excluded.why, at = excluded.at"
        " WHERE known.outcome <> 'delivered' AND excluded.outcome <> 'known'",
        [value for key in keys for value in (key, outcome, why, int(tx.now))],
    )


def add_new(tx: Transaction, rows: Sequence[tuple[str, str, str]]) -> int:
    """Note outcomes that come from elsewhere, as (key, outcome, why); return how many are new.

    What is known already stays, but for what failed or was gone, since it has been found somewhere else, and for bytes that were
    delivered and are deleted now.
    """
    return tx.many(
        "INSERT INTO known (key, outcome, why, at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
        " outcome = excluded.outcome, why = excluded.why, at = excluded.at WHERE known.outcome IN ('failed', 'gone')"
        " OR known.outcome = 'delivered' AND excluded.outcome = 'skipped' AND known.key NOT GLOB 'url:*'"
        " AND known.key NOT GLOB 'post:*'",
        [(*row, int(tx.now)) for row in rows],
    )


def find(tx: Transaction, keys: Iterable[str]) -> Known | None:
    """Return what is known of the first of `keys` that is known at all."""
    wanted = tuple(keys)
    places = ", ".join("?" * len(wanted))
    rows = tx.rows(f"SELECT key, outcome, why, at FROM known WHERE key IN ({places})", wanted)
    return min((Known(*row) for row in rows), key=lambda found: wanted.index(found.key), default=None)


def forget(tx: Transaction, key: str) -> None:
    """Drop one key, so that it is fetched again when it is met."""
    tx.run("DELETE FROM known WHERE key = ?", (key,))
