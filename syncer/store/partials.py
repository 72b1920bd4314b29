"""What is on the disk of files that broke off, with their jobs: so that the rest of a file is fetched, and no part stays for ever.

Here, because a part must outlive the process and not its job. Functions take a transaction and never commit; the service's `parts`
calls them.
"""

from __future__ import annotations

import sqlite3

from syncer.store.database import Transaction

NEVER = "-"
"""In place of a part: what breaks off is not kept for this job."""


def note(tx: Transaction, job_id: int, text: str) -> None:
    """Note what is there of a job's file; "" = nothing."""
    tx.run("UPDATE jobs SET partial = ? WHERE id = ?", (text, job_id))


def reached(tx: Transaction, job_id: int) -> int:
    """Return how many bytes were there when the job's tries last began anew."""
    return int(tx.value("SELECT reached FROM jobs WHERE id = ?", (job_id,)) or 0)


def progress(tx: Transaction, job_id: int, size: int) -> None:
    """Let a job's tries begin anew, since so much of its file is there now."""
    tx.run("UPDATE jobs SET reached = ?, tries = 0, waits = 0 WHERE id = ?", (size, job_id))


def came(tx: Transaction, job_id: int, sha256: str) -> bool:
    """Note what came of a file that was not whole, as long as its server said; True where the same bytes came the last time."""
    return not tx.run("UPDATE jobs SET came = ?1 WHERE id = ?2 AND came <> ?1", (sha256, job_id))


def left(tx: Transaction, job_id: int) -> None:
    """Note that a job that is done may leave a part behind."""
    tx.run("UPDATE jobs SET partial = ? WHERE id = ? AND state = 'done'", (NEVER, job_id))


def of_done(tx: Transaction) -> list[sqlite3.Row]:
    """Return id and folder of the jobs that are done and left a part behind."""
    return tx.rows("SELECT id, into_path FROM jobs WHERE partial <> '' AND state = 'done'")
