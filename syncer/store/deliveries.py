"""Deliveries: what is being laid into an import folder, under which name, and what was.

Here, because a name is reserved and a hash taken in one transaction; that is what makes a delivery happen exactly once. Functions
take a transaction and never commit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields

from syncer.model import Origin
from syncer.store.codec import dump, origin_to_text
from syncer.store.database import Transaction

ASKED = "asked"
MORE_METADATA = "more metadata"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A file that is whole on the disk and is about to be placed."""

    sha256: str
    folder: str
    name: str
    name_key: str
    job: int
    part: str
    size: int
    md5: str
    mime: str
    sidecars: tuple[tuple[str, str], ...]
    """Pairs of suffix (".json") and text."""
    post_key: str
    origin: Origin
    options: str = "{}"
    """As JSON: value and layer of each option that was not the default."""
    generation: int = 0
    cause: str = ""
    """Why it is a later one of the same bytes: ASKED or MORE_METADATA."""
    at: float = 0.0
    """The time that its sidecars tell, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as the store has it."""

    id: int
    sha256: str
    generation: int
    folder: str
    name: str
    state: str
    job: int
    part: str
    size: int
    md5: str
    sidecars: tuple[tuple[str, str], ...]
    post_key: str
    mime: str
    at: float
    """When it was placed, else when it was staged; seconds since 1970."""
    told_at: float
    """The time that its sidecars tell."""


def first(tx: Transaction, sha256: str) -> Delivered | None:
    """Return the delivery that these bytes have or had, given up ones left out."""
    row = tx.row("SELECT * FROM deliveries WHERE sha256 = ? AND state <> 'given up' ORDER BY generation", (sha256,))
    return None if row is None else _delivered(row)


def newest(tx: Transaction, sha256: str) -> Delivered | None:
    """Return the last delivery of these bytes, given up ones left out: the one whose sidecars count."""
    row = tx.row(
        "SELECT * FROM deliveries WHERE sha256 = ? AND state <> 'given up' ORDER BY generation DESC", (sha256,)
    )
    return None if row is None else _delivered(row)


def by_hash(tx: Transaction, hashes: Iterable[tuple[str, str]]) -> str | None:
    """Return the sha256 of placed bytes by the hashes that a site gives, as pairs of kind and hex; None where there are none."""
    for kind, value in hashes:
        if kind in ("sha256", "md5"):
            # The second condition is what the index on sha256 says of itself.
            found = tx.value(
                f"SELECT sha256 FROM deliveries WHERE {kind} = ? AND state <> 'given up' AND state = 'placed'", (value,)
            )
            if found is not None:
                return str(found)
    return None


def next_generation(tx: Transaction, sha256: str) -> int:
    """Return the number of the next delivery of the same bytes."""
    newest = tx.value("SELECT max(generation) FROM deliveries WHERE sha256 = ? AND state <> 'given up'", (sha256,))
    return 0 if newest is None else int(newest) + 1


def name_taken(tx: Transaction, folder: str, name_key: str) -> bool:
    """Tell whether a name was ever used in a folder; names are never used again."""
    row = tx.row("SELECT 1 FROM deliveries WHERE folder = ? AND name_key = ?", (folder, name_key))
    return row is not None


def stage(tx: Transaction, new: NewDelivery) -> Delivered:
    """Take the hash and reserve the name; return the delivery. Raises sqlite3.IntegrityError where either is taken."""
    at = new.at or tx.now
    number = tx.insert(
        "INSERT INTO deliveries (sha256, generation, folder, name, name_key, state, job, part, size, md5, mime,"
        " sidecars, post_key, origin, options, cause, staged_at)"
        " VALUES (?, ?, ?, ?, ?, 'placing', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.sha256,
            new.generation,
            new.folder,
            new.name,
            new.name_key,
            new.job,
            new.part,
            new.size,
            new.md5,
            new.mime,
            dump(new.sidecars),
            new.post_key,
            origin_to_text(new.origin),
            new.options,
            new.cause,
            at,
        ),
    )
    staged = {name: getattr(new, name) for name in _KEPT}
    return Delivered(id=number, state="placing", at=at, told_at=at, **staged)


_KEPT = {each.name for each in fields(NewDelivery)} & {each.name for each in fields(Delivered)} - {"at"}


def rename(tx: Transaction, delivery_id: int, name: str, name_key: str, sidecars: tuple[tuple[str, str], ...]) -> None:
    """Reserve another name for a delivery that found its own taken on the disk."""
    tx.run(
        "UPDATE deliveries SET name = ?, name_key = ?, sidecars = ? WHERE id = ?",
        (name, name_key, dump(sidecars), delivery_id),
    )


def set_sidecars(tx: Transaction, delivery_id: int, sidecars: tuple[tuple[str, str], ...]) -> None:
    """Note what the sidecars of a delivery hold now."""
    tx.run("UPDATE deliveries SET sidecars = ? WHERE id = ?", (dump(sidecars), delivery_id))


def placed(tx: Transaction, delivery_id: int) -> None:
    """Note that media and sidecars are in the import folder."""
    tx.run("UPDATE deliveries SET state = 'placed', placed_at = ? WHERE id = ?", (tx.now, delivery_id))


def unknown(tx: Transaction, delivery_id: int) -> None:
    """Note that no one can tell whether the media arrived; a person decides."""
    tx.run("UPDATE deliveries SET state = 'unknown' WHERE id = ?", (delivery_id,))


def give_up(tx: Transaction, delivery_id: int) -> None:
    """Free the hash, so that the bytes can be delivered later; the name stays used."""
    tx.run("UPDATE deliveries SET state = 'given up' WHERE id = ?", (delivery_id,))


def placed_since(tx: Transaction, since: float) -> int:
    """Return how many files were placed after a time (seconds since 1970)."""
    return int(tx.value("SELECT count(*) FROM deliveries WHERE placed_at > ?", (since,)))


def nth_newest(tx: Transaction, number: int) -> float | None:
    """Return when the `number`-th newest file was placed, from 0; None where there are fewer."""
    value: float | None = tx.value(
        "SELECT placed_at FROM deliveries WHERE placed_at IS NOT NULL ORDER BY placed_at DESC LIMIT 1 OFFSET ?",
        (number,),
    )
    return value


def in_state(tx: Transaction, state: str) -> list[Delivered]:
    """Return the deliveries that are `placing` or `unknown`, oldest first."""
    return [_delivered(row) for row in tx.rows("SELECT * FROM deliveries WHERE state = ? ORDER BY id", (state,))]


def placed_after(tx: Transaction, delivery_id: int, number: int) -> list[Delivered]:
    """Return up to `number` placed deliveries behind one, in their order."""
    rows = tx.rows(
        "SELECT * FROM deliveries WHERE id > ? AND state = 'placed' ORDER BY id LIMIT ?", (delivery_id, number)
    )
    return [_delivered(row) for row in rows]


def get(tx: Transaction, delivery_id: int) -> Delivered | None:
    """Return one delivery."""
    row = tx.row("SELECT * FROM deliveries WHERE id = ?", (delivery_id,))
    return None if row is None else _delivered(row)


def of_job(tx: Transaction, job_id: int) -> Delivered | None:
    """Return the delivery that a job has staged, given up ones left out."""
    row = tx.row("SELECT * FROM deliveries WHERE job = ? AND state <> 'given up' ORDER BY id DESC", (job_id,))
    return None if row is None else _delivered(row)


def of_source(tx: Transaction, source: str) -> list[Delivered]:
    """Return the placed deliveries that one source (`entry:3`) wished for, in their order."""
    rows = tx.rows(
        "SELECT DISTINCT d.* FROM wishes w JOIN deliveries d ON d.job = w.job"
        " WHERE w.source = ? AND d.state = 'placed' ORDER BY d.id",
        (source,),
    )
    return [_delivered(row) for row in rows]


def of_post(tx: Transaction, post_key: str) -> list[tuple[str, int]]:
    """Return the sha256 of each file that was delivered of a post, with the job that delivered it last."""
    rows = tx.rows(
        "SELECT sha256, max(job) AS job FROM deliveries WHERE post_key = ? AND state <> 'given up' GROUP BY sha256"
        " ORDER BY min(id)",
        (post_key,),
    )
    return [(row["sha256"], row["job"]) for row in rows]


def latest(tx: Transaction, number: int) -> list[Delivered]:
    """Return the last deliveries, newest first."""
    rows = tx.rows("SELECT * FROM deliveries WHERE placed_at IS NOT NULL ORDER BY placed_at DESC LIMIT ?", (number,))
    return [_delivered(row) for row in rows]


def _delivered(row: sqlite3.Row) -> Delivered:
    return Delivered(
        id=row["id"],
        sha256=row["sha256"],
        generation=row["generation"],
        folder=row["folder"],
        name=row["name"],
        state=row["state"],
        job=row["job"],
        part=row["part"],
        size=row["size"],
        md5=row["md5"],
        sidecars=tuple((suffix, text) for suffix, text in json.loads(row["sidecars"])),
        post_key=row["post_key"],
        mime=row["mime"],
        at=row["placed_at"] or row["staged_at"],
        told_at=row["staged_at"],
    )
