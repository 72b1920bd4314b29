"""Settling: the one place where a job, its post, its wishes and the known list come to rest together.

Here, because "known is the last step of one commit" is the promise that makes everything else repeatable. The service calls it
inside a transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from syncer.store import entries, jobs, known, refetches
from syncer.store.database import Transaction

OUTSIDE = "outside"
"""It lies outside of what this wish asked for: nothing becomes known by that."""
RANK = {"": 0, OUTSIDE: 1, "gone": 2, "skipped": 3, "known": 4, "delivered": 5, "failed": 6}
"""Which outcome counts when a post's jobs differ: the higher one."""

TALLIED = ("delivered", "known", "skipped", "gone", "failed", "grown", "same")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How something ended: `delivered`, `known`, `skipped`, `gone`, `failed`, `outside`, `read` (a page), and why.

    Of a page that was read again: `grown`, if it told more of what was delivered, else `same`.
    """

    name: str
    why: str = ""
    cause: str = ""
    """The rule or the kind of fault, for grouping."""
    advice: str = ""

    @property
    def shown(self) -> str:
        """The name under which it is counted and told."""
        return "skipped" if self.name == OUTSIDE else self.name


READ = Outcome("read")


def job(tx: Transaction, job_id: int, outcome: Outcome, also: Iterable[str] = ()) -> bool:
    """Settle an open job and whatever that completes, with `also` as keys that are known by that; False when it was settled already."""
    row = tx.row(
        "UPDATE jobs SET state = 'done', outcome = ?, cause = ?, why = ?, advice = ?, settled_at = ?, partial = ''"
        " WHERE id = ? AND state <> 'done' RETURNING key",
        (outcome.name, outcome.cause, outcome.why, outcome.advice, tx.now, job_id),
    )
    keys = defaultdict(list, {(outcome.name, outcome.why): [*also]})
    if row is not None:
        _complete(tx, job_id, row["key"], outcome, keys)
    for (name, why), those in keys.items():
        if those:
            known.add_all(tx, those, name, why)
    return row is not None


def _complete(tx: Transaction, job_id: int, key: str, outcome: Outcome, keys: dict[tuple[str, str], list[str]]) -> None:
    """Settle what a settled job of this key completes; put into `keys` what is known by that, by outcome and why."""
    if key.startswith("url:") and outcome.name not in ("read", OUTSIDE):
        keys[outcome.name, outcome.why].append(key)
    for source, post in jobs.wishes(tx, job_id):
        if post and (told := _post(tx, post, outcome)) is not None:
            post_key, name, why = told
            keys[name, why].append(post_key)
        _tally(tx, source, outcome.shown)


def _post(tx: Transaction, post_id: int, outcome: Outcome) -> tuple[str, str, str] | None:
    """Count one job of a post as settled; after the last one return what is known of the post: its key, outcome and why."""
    row = tx.row("SELECT key, open, outcome, why FROM posts WHERE id = ?", (post_id,))
    if row is None:
        return None
    name, why = row["outcome"], row["why"]
    if RANK.get(outcome.name, 0) > RANK[name]:
        name, why = outcome.name, outcome.why
    tx.run("UPDATE posts SET open = open - 1, outcome = ?, why = ? WHERE id = ?", (name, why, post_id))
    return (row["key"], name or "skipped", why) if row["open"] == 1 and name != OUTSIDE else None


def outcome_of(tx: Transaction, job_id: int) -> str | None:
    """Return what became of a job, "" where nobody knows it any more; None while it is open."""
    row = tx.row("SELECT outcome FROM jobs WHERE id = ? AND state = 'done'", (job_id,))
    if row is not None:
        return str(row["outcome"])
    return None if tx.row("SELECT 1 FROM jobs WHERE id = ?", (job_id,)) else ""


def withdraw(tx: Transaction, source: str, post: int) -> None:
    """Take back one wish for a job that is not done any more; nothing becomes known by that."""
    if post:
        tx.run("UPDATE posts SET open = open - 1 WHERE id = ?", (post,))
    _tally(tx, source, "")


def _tally(tx: Transaction, source: str, name: str) -> None:
    column = f", {name} = {name} + 1" if name in TALLIED else ""
    row = tx.row(f"UPDATE tallies SET open = open - 1{column} WHERE source = ? RETURNING *", (source,))
    if source.startswith("entry:") and row is not None and row["open"] == 0 and not refetches.waits(tx, source):
        entries.settle_by_tally(tx, int(source.removeprefix("entry:")), {each: row[each] for each in TALLIED})
