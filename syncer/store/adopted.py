"""Files that other programs put somewhere: who they were when they were looked at, and which job is theirs.

Here, because what was looked at once is not read again, over any crash. Functions take a transaction and never commit.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from syncer.frozen import frozen
from syncer.store.codec import dump
from syncer.store.database import Transaction


class Who(NamedTuple):
    """Who a file is: a name may come back with other contents."""

    inode: int
    size: int
    mtime_ns: int


Beside = tuple[tuple[str, Who], ...]
"""Names of the files that tell of a file, and who they are."""


@frozen
class Place:
    """Where a file lies; its folder and name may hold bytes that are no text (surrogate escapes)."""

    root: str
    """The adopted folder, its real path."""
    folder: str
    """Below it, with `/`; "" = itself."""
    name: str

    @property
    def path(self) -> Path:
        """Return the absolute path."""
        return Path(self.root, self.folder, self.name)


@frozen
class Adopted:
    """A file that was looked at."""

    id: int
    place: Place
    who: Who
    beside: Beside
    key: str
    job: int | None


@frozen
class Outcome:
    """What became of a file; `waits` as long as its job is open."""

    name: str
    why: str
    advice: str
    at: float
    """In seconds since 1970."""


def of_folder(tx: Transaction, root: str, folder: str) -> dict[str, Adopted]:
    """Return the files of one folder that were looked at, by name."""
    rows = tx.rows("SELECT * FROM adopted WHERE root = ? AND folder = ?", (os.fsencode(root), os.fsencode(folder)))
    found = (_adopted(row) for row in rows)
    return {each.place.name: each for each in found}


def put(tx: Transaction, place: Place, who: Who, beside: Beside, *, leaves: bool = False) -> int:
    """Note who a file is that is taken in now; return its number, which stays the same for this place."""
    tx.run(
        "INSERT INTO adopted (root, folder, name, inode, size, mtime_ns, beside, leaves, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (root, folder, name) DO UPDATE SET inode = excluded.inode, size = excluded.size,"
        " mtime_ns = excluded.mtime_ns, beside = excluded.beside, leaves = excluded.leaves, key = '', job = NULL, at = excluded.at",
        (*_bytes(place), *who, _beside_to_text(beside), leaves, tx.now),
    )
    return int(tx.value("SELECT id FROM adopted WHERE root = ? AND folder = ? AND name = ?", _bytes(place)))


def give(tx: Transaction, number: int, key: str, job: int | None) -> None:
    """Note under which key a file's job is, and which job that is."""
    tx.run("UPDATE adopted SET key = ?, job = ? WHERE id = ?", (key, job, number))


def of_key(tx: Transaction, key: str) -> Adopted | None:
    """Return the file for a job's key, the one that was taken in last."""
    row = tx.row("SELECT * FROM adopted WHERE key = ? ORDER BY at DESC, id DESC LIMIT 1", (key,))
    return None if row is None else _adopted(row)


def at(tx: Transaction, place: Place) -> Adopted | None:
    """Return the file at a place, if it was looked at."""
    row = tx.row("SELECT * FROM adopted WHERE root = ? AND folder = ? AND name = ?", _bytes(place))
    return None if row is None else _adopted(row)


def lying_at(tx: Transaction, path: Path) -> Adopted | None:
    """Return the file at a path, whichever adopted folder it is in; None where it was not looked at."""
    whole = Path(os.path.realpath(path.parent)) / path.name
    for root in whole.parents:
        inside = whole.relative_to(root)
        folder = "" if inside.parent == Path() else str(inside.parent)
        if found := at(tx, Place(str(root), folder, whole.name)):
            return found
    return None


def outcome(tx: Transaction, found: Adopted) -> Outcome | None:
    """Return what became of a file's job; None where it has none: it belongs to another file."""
    row = tx.row(
        "SELECT state, outcome, why, advice, coalesce(settled_at, created_at) AS at FROM jobs WHERE id = ?",
        (found.job,),
    )
    if row is None:
        return None
    name = row["outcome"] if row["state"] == "done" else "waits"
    return Outcome(name, row["why"], row["advice"], row["at"])


def taken_by(tx: Transaction, number: int, job: int, who: Who) -> None:
    """Note which job reads a file, and who the file is that it reads."""
    tx.run(
        "UPDATE adopted SET job = ?, inode = ?, size = ?, mtime_ns = ? WHERE id = ?",
        (job, *who, number),
    )


def is_open(tx: Transaction, found: Adopted) -> bool:
    """Tell whether a file's job is still to be done."""
    if found.job is None:
        return False
    return tx.value("SELECT 1 FROM jobs WHERE id = ? AND state <> 'done'", (found.job,)) is not None


def leaving(tx: Transaction, limit: int) -> list[Adopted]:
    """Return files that are to be taken away where they lie, since they were delivered."""
    rows = tx.rows(
        "SELECT a.* FROM adopted a CROSS JOIN jobs j ON j.id = a.job WHERE a.leaves"
        " AND j.outcome = 'delivered' LIMIT ?",
        (limit,),
    )
    return [_adopted(row) for row in rows]


def stays(tx: Transaction, number: int) -> None:
    """Note that a file is not to be taken away any more: it is gone, or another one by now."""
    tx.run("UPDATE adopted SET leaves = 0 WHERE id = ?", (number,))


def forget(tx: Transaction, numbers: Collection[int]) -> None:
    """Drop files that are there no more."""
    tx.many("DELETE FROM adopted WHERE id = ?", [(number,) for number in numbers])


def folders(tx: Transaction, root: str) -> set[str]:
    """Return the folders below an adopted one in which files were looked at."""
    rows = tx.rows("SELECT DISTINCT folder FROM adopted WHERE root = ?", (os.fsencode(root),))
    return {os.fsdecode(row["folder"]) for row in rows}


def _bytes(place: Place) -> tuple[bytes, bytes, bytes]:
    return os.fsencode(place.root), os.fsencode(place.folder), os.fsencode(place.name)


def _beside_to_text(beside: Beside) -> str:
    return dump([[os.fsencode(name).hex(), *who] for name, who in beside])


def _adopted(row: sqlite3.Row) -> Adopted:
    place = Place(os.fsdecode(row["root"]), os.fsdecode(row["folder"]), os.fsdecode(row["name"]))
    who = Who(row["inode"], row["size"], row["mtime_ns"])
    beside = tuple((os.fsdecode(bytes.fromhex(each[0])), Who(*each[1:])) for each in json.loads(row["beside"]))
    return Adopted(row["id"], place, who, beside, row["key"], row["job"])
