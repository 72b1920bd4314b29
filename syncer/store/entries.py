"""What people asked for: link files by their identity, and one entry a wish.

Here, because an entry must be in the store before its file is moved. Functions take a transaction and never commit.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence

from syncer.errors import sentences
from syncer.frozen import frozen
from syncer.model import Origin
from syncer.store.codec import dump, origin_to_text
from syncer.store.database import Transaction


@frozen
class FileIdentity:
    """What tells one dropped file from another that later has its name; `path` is relative to the inbox."""

    path: str
    inode: int
    size: int
    mtime_ns: int
    sha256: str = ""


@frozen
class AcceptedFile:
    """A link file that is in the store."""

    id: int
    path: str
    label: str
    state: str
    result: str
    identity: FileIdentity


@frozen
class NewEntry:
    """A wish to be stored."""

    text: str
    origin: Origin
    line: int = 0
    options: str = "{}"
    into_path: str = ""
    again: bool = False


@frozen
class Entry:
    """A stored wish."""

    id: int
    inbox_file: int | None
    line: int
    text: str
    state: str
    outcome: str
    why: str
    options: str = "{}"


Told = tuple[int, str, str]
"""What came of a line: its number, its text, and the outcome in words."""


def begin_file(tx: Transaction, identity: FileIdentity, label: str) -> int:
    """Store that a link file is being accepted; return its id."""
    return tx.insert(
        "INSERT INTO inbox_files (path, inode, size, mtime_ns, sha256, label, state, result, accepted_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'accepting', '', ?)",
        (
            os.fsencode(identity.path),
            identity.inode,
            identity.size,
            identity.mtime_ns,
            identity.sha256,
            label,
            tx.now,
        ),
    )


def add_told(tx: Transaction, file_id: int, told: Sequence[Told]) -> None:
    """Keep what came of some lines of a link file, of which others are not accepted yet."""
    tx.run("INSERT INTO inbox_told (inbox_file, told) VALUES (?, ?)", (file_id, dump(told)))


def told(tx: Transaction, file_id: int) -> list[Told]:
    """Return what came of the lines so far of a link file that is being accepted."""
    rows = tx.rows("SELECT told FROM inbox_told WHERE inbox_file = ? ORDER BY id", (file_id,))
    return [(number, text, words) for row in rows for number, text, words in json.loads(row["told"])]


def accept_file(tx: Transaction, file_id: int, result: str) -> None:
    """Store that all lines of a link file are accepted, with the text of its result file."""
    tx.run("UPDATE inbox_files SET state = 'accepted', result = ? WHERE id = ?", (result, file_id))
    tx.run("DELETE FROM inbox_told WHERE inbox_file = ?", (file_id,))


def begun(tx: Transaction, identity: FileIdentity) -> AcceptedFile | None:
    """Return the file of exactly this identity that is accepted, or a part of it, and not yet moved."""
    row = tx.row(
        "SELECT * FROM inbox_files WHERE path = ? AND inode = ? AND size = ? AND mtime_ns = ? AND sha256 = ?"
        " AND state IN ('accepting', 'accepted')",
        (os.fsencode(identity.path), identity.inode, identity.size, identity.mtime_ns, identity.sha256),
    )
    return None if row is None else _file(row)


def unmoved(tx: Transaction) -> list[tuple[int, str]]:
    """Return id and path of the link files that are accepted, or a part of them, and not yet moved; the oldest first."""
    rows = tx.rows("SELECT id, path FROM inbox_files WHERE state IN ('accepting', 'accepted') ORDER BY id")
    return [(row["id"], os.fsdecode(row["path"])) for row in rows]


def moved(tx: Transaction, file_id: int) -> None:
    """Note that a link file is in `done/`, or was taken away."""
    tx.run("UPDATE inbox_files SET state = 'moved' WHERE id = ? AND state IN ('accepting', 'accepted')", (file_id,))
    tx.run("DELETE FROM inbox_told WHERE inbox_file = ?", (file_id,))


def finished_files(tx: Transaction) -> list[AcceptedFile]:
    """Return the moved link files whose entries are all settled."""
    rows = tx.rows(
        "SELECT * FROM inbox_files f WHERE state = 'moved' AND NOT EXISTS"
        " (SELECT 1 FROM entries e WHERE e.inbox_file = f.id AND e.state = 'open') ORDER BY id"
    )
    return [_file(row) for row in rows]


def close_file(tx: Transaction, file_id: int) -> None:
    """Note that nothing more is to be written for a link file."""
    tx.run("UPDATE inbox_files SET state = 'closed' WHERE id = ?", (file_id,))


def failed_of_file(tx: Transaction, file_id: int) -> list[Entry]:
    """Return the entries of a link file that brought nothing, failed or gone, in the order of their lines."""
    rows = tx.rows(
        "SELECT * FROM entries WHERE inbox_file = ? AND outcome IN ('failed', 'gone') ORDER BY line, id", (file_id,)
    )
    return [_entry(row) for row in rows]


def add(tx: Transaction, new: NewEntry, inbox_file: int | None = None) -> int:
    """Store an open wish; return its id."""
    return tx.insert(
        "INSERT INTO entries (inbox_file, line, text, origin, options, into_path, again, state, accepted_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)",
        (
            inbox_file,
            new.line,
            new.text,
            origin_to_text(new.origin),
            new.options,
            new.into_path,
            new.again,
            tx.now,
        ),
    )


def settle(tx: Transaction, entry_id: int, outcome: str, why: str) -> None:
    """Settle a wish that needs no job, or needs none any more."""
    tx.run(
        "UPDATE entries SET state = 'settled', outcome = ?, why = ? WHERE id = ? AND state = 'open'",
        (outcome, why, entry_id),
    )


_ORDER = ("failed", "delivered", "grown", "known", "skipped", "gone", "same")
"""Of how a wish's jobs came out the first one is its own."""


def settle_by_tally(tx: Transaction, entry_id: int, tally: Mapping[str, int]) -> None:
    """Settle a wish whose last job has settled: failed when any failed, with the words of the first that did."""
    why = ", ".join(f"{number} {name}" for name, number in tally.items() if number)
    outcome = next((name for name in _ORDER if tally[name]), "empty")
    if outcome not in ("delivered", "grown", "same") and (first := _first(tx, entry_id, outcome)):
        alone = outcome == "failed" and not (tally["grown"] or tally["same"])
        why = first if alone or sum(tally.values()) == 1 else f"{why}: {first}"
    # Of a gallery download it is told, too, why it read no further, and when all that it met was known.
    walk = tx.row("SELECT kind, why, found, new FROM walks WHERE entry = ? ORDER BY id DESC LIMIT 1", (entry_id,))
    ended = "" if walk is None else walk["why"]
    if outcome == "empty" and walk is not None and walk["kind"] == "gallery" and walk["found"] and not walk["new"]:
        outcome, why = "known", f"{walk['found']} post{'s' if walk['found'] > 1 else ''}, known before"
    parts = dict.fromkeys(part for part in (why, ended if ended not in why else "") if part)
    settle(tx, entry_id, outcome, "; ".join(parts) or "nothing was found there")


def _first(tx: Transaction, entry_id: int, outcome: str) -> str:
    """Return the words of the first of a wish's jobs that came out so."""
    row = tx.row(
        "SELECT j.url, j.why, j.advice FROM wishes w JOIN jobs j ON j.id = w.job"
        " WHERE w.source = ?1 AND (j.outcome = ?2 OR ?2 = 'skipped' AND j.outcome = 'outside') ORDER BY j.id LIMIT 1",
        (f"entry:{entry_id}", outcome),
    )
    return "" if row is None else sentences(row["why"], row["advice"])


def get(tx: Transaction, entry_id: int) -> Entry | None:
    """Return one wish."""
    row = tx.row("SELECT * FROM entries WHERE id = ?", (entry_id,))
    return None if row is None else _entry(row)


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        row["id"], row["inbox_file"], row["line"], row["text"], row["state"], row["outcome"], row["why"], row["options"]
    )


def _file(row: sqlite3.Row) -> AcceptedFile:
    path = os.fsdecode(row["path"])
    identity = FileIdentity(path, row["inode"], row["size"], row["mtime_ns"], row["sha256"])
    return AcceptedFile(row["id"], path, row["label"], row["state"], row["result"], identity)
