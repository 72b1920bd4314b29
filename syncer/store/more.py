"""Posts that tell more of a file that was delivered before, until its sidecar has it.

Here, because it is noted in the transaction that settles their jobs, and files are touched only after it. Functions take a
transaction and never commit.
"""

from __future__ import annotations

from syncer.store.database import Transaction


def add(tx: Transaction, job_id: int, sha256: str) -> None:
    """Note that the post of a settled file job tells of the file with these bytes."""
    tx.run("INSERT OR REPLACE INTO more (job, sha256) VALUES (?, ?)", (job_id, sha256))


def after(tx: Transaction, job_id: int, number: int) -> list[tuple[int, str]]:
    """Return up to `number` that wait, behind `job_id`, as pairs of job and sha256, oldest first."""
    rows = tx.rows("SELECT job, sha256 FROM more WHERE job > ? ORDER BY job LIMIT ?", (job_id, number))
    return [(row["job"], row["sha256"]) for row in rows]


def done(tx: Transaction, job_id: int) -> None:
    """Forget one: the sidecar has it, or never will."""
    tx.run("DELETE FROM more WHERE job = ?", (job_id,))
