"""The queue as a person looks at it and changes it: what is open, what failed, put forward, taken out, tried again.

Here, because a job that leaves the queue or comes back must take its post, its wishes and its walk along. Functions take a
transaction and never commit; the service's verbs call them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from syncer.store import jobs, settle, walks
from syncer.store.codec import media_from_text, origin_from_text
from syncer.store.database import Transaction
from syncer.store.jobs import NewJob

SHOWN = "id, kind, state, priority, site, url, source, walk, not_before, cause, why, advice"


def open_jobs(tx: Transaction, limit: int, site: str = "") -> list[sqlite3.Row]:
    """Return the open jobs in the order of their turn, of one site or of all."""
    where = " AND site = ?" if site else ""
    values = (site, limit) if site else (limit,)
    return tx.rows(f"SELECT {SHOWN} FROM jobs WHERE state <> 'done'{where} ORDER BY priority, id LIMIT ?", values)


def count_open(tx: Transaction, site: str = "") -> int:
    """Return the number of open jobs, of one site or of all."""
    where, values = (" AND site = ?", (site,)) if site else ("", ())
    return int(tx.value(f"SELECT count(*) FROM jobs WHERE state <> 'done'{where}", values))


_GROUPED = (
    "SELECT cause, state, site, advice, count(*) AS number, max(url) AS url, max(why) AS why, min(settled_at) AS since,"
    " min(not_before) AS until FROM jobs WHERE {where} GROUP BY state, cause, advice, site"
)
_FAULTY = ("outcome = 'failed'", "state = 'asks'", "state = 'later' AND cause <> ''")


def faults(tx: Transaction, site: str = "") -> list[sqlite3.Row]:
    """Return what failed, and what waits after a fault or for a person, by state, cause, cure and site."""
    return _grouped(tx, _FAULTY, site)


def skipped(tx: Transaction, site: str = "") -> list[sqlite3.Row]:
    """Return what rules have left out, by rule and site."""
    return _grouped(tx, ("outcome = 'skipped'",), site)


def last_fault(tx: Transaction, lane: str, url: str) -> sqlite3.Row | None:
    """Return the job of a URL that waits after a fault or has failed; where it has none, the newest such job of its lane."""
    columns = "id, url, cause, why, advice, state, tries, waits, not_before, settled_at"
    for wanted, more in (((lane, url), " AND url = ?"), ((lane,), "")):
        for index, test in (("jobs_later", "state = 'later' AND cause <> ''"), ("jobs_faults", "outcome = 'failed'")):
            # Left to itself, SQLite would go through all jobs from the newest on.
            rows = f"jobs INDEXED BY {index} WHERE {test}"
            row = tx.row(f"SELECT {columns} FROM {rows} AND home = ?{more} ORDER BY id DESC LIMIT 1", wanted)
            if row is not None:
                return row
    return None


def _grouped(tx: Transaction, tests: Sequence[str], site: str) -> list[sqlite3.Row]:
    more = " AND site = ?" if site else ""
    # Each part by itself, so that each goes by its own index.
    sql = " UNION ALL ".join(_GROUPED.format(where=test + more) for test in tests)
    return tx.rows(f"{sql} ORDER BY number DESC, cause, site", (site,) * len(tests) if site else ())


def with_source(tx: Transaction, sources: Sequence[str]) -> list[int]:
    """Return the open jobs that any of these sources wants."""
    marks = ",".join("?" * len(sources))
    rows = tx.rows(
        f"SELECT DISTINCT w.job FROM wishes w JOIN jobs j ON j.id = w.job WHERE w.source IN ({marks})"
        " AND j.state <> 'done' ORDER BY w.job",
        tuple(sources),
    )
    return [row["job"] for row in rows]


def with_url(tx: Transaction, url: str, keys: Collection[str]) -> list[int]:
    """Return the open jobs for a URL: as it is written, or by its keys."""
    rows = tx.rows("SELECT id FROM jobs WHERE state <> 'done' AND url = ?", (url,))
    found = [row["id"] for row in rows]
    for key in keys:
        found += [row["id"] for row in tx.rows("SELECT id FROM jobs WHERE state <> 'done' AND key = ?", (key,))]
    return sorted(set(found))


def about(tx: Transaction, url: str) -> list[tuple[int, str]]:
    """Return the open jobs in whose URLs another one stands, each with its own URL."""
    rows = tx.rows("SELECT id, url FROM jobs WHERE state <> 'done' AND instr(url, ?) > 0 ORDER BY id", (url,))
    return [(row["id"], row["url"]) for row in rows]


def with_key(tx: Transaction, key: str) -> int | None:
    """Return the open job for a key."""
    found: int | None = tx.value("SELECT id FROM jobs WHERE key = ? AND state <> 'done'", (key,))
    return found


def of_walk(tx: Transaction, walk_id: int) -> list[int]:
    """Return the open jobs of a walk: its page, and what it found."""
    rows = tx.rows("SELECT id FROM jobs WHERE walk = ? AND state <> 'done' ORDER BY id", (walk_id,))
    return [row["id"] for row in rows]


def drop_pages(tx: Transaction, walk_id: int, why: str) -> None:
    """Take the open pages of a walk out of the queue; what it found stays."""
    rows = tx.rows("SELECT id FROM jobs WHERE walk = ? AND state <> 'done' AND kind = 'listing'", (walk_id,))
    for row in rows:
        drop(tx, row["id"], why)


def set_priority(tx: Transaction, job_ids: Collection[int], priority: int) -> int:
    """Give open jobs another priority; return how many that were."""
    return sum(
        tx.run("UPDATE jobs SET priority = ? WHERE id = ? AND state <> 'done'", (priority, job_id))
        for job_id in job_ids
    )


def failed(tx: Transaction, *, site: str = "", cause: str = "", before: float | None = None) -> list[sqlite3.Row]:
    """Return the failed jobs, the oldest first: of a site, a cause, settled before a time."""
    return _chosen(tx, "outcome = 'failed' AND state = 'done'", "settled_at", site, cause, before)


def resting(tx: Transaction, *, site: str = "", cause: str = "", before: float | None = None) -> list[sqlite3.Row]:
    """Return the open jobs that wait after a fault: of a site, a cause, queued before a time."""
    return _chosen(tx, "state = 'later' AND cause <> ''", "created_at", site, cause, before)


def left_out(tx: Transaction, rule: str, *, site: str = "", before: float | None = None) -> list[sqlite3.Row]:
    """Return what a rule has left out, by the beginning of its name; the oldest first."""
    rows = _chosen(tx, "outcome = 'skipped' AND state = 'done'", "settled_at", site, "", before)
    return [row for row in rows if row["cause"].lower().startswith(rule.lower())]


def _chosen(tx: Transaction, base: str, time: str, site: str, cause: str, before: float | None) -> list[sqlite3.Row]:
    tests: list[tuple[str, object]] = [("site = ?", site), ("cause = ?", cause), (f"{time} < ?", before)]
    used = [(test, value) for test, value in tests if value not in ("", None)]
    where = "".join(f" AND {test}" for test, _ in used)
    return tx.rows(f"SELECT * FROM jobs WHERE {base}{where} ORDER BY id", [value for _, value in used])


def again(tx: Transaction, row: sqlite3.Row, key: str = "") -> int:
    """Queue a job anew that failed or was left out, for all who wanted it, with all its tries before it; return the new job's id.

    Its known outcome is forgotten; the walk of a page that failed goes on there, and reads nothing twice. `key`: where the job
    itself stood for a post that was not taken, and not for a request.
    """
    wishes, outcome = jobs.wishes(tx, row["id"]), row["outcome"]
    tx.run("UPDATE jobs SET outcome = 'retried' WHERE id = ?", (row["id"],))
    for source, post in wishes:
        _take_back(tx, source, post, outcome)
    tx.run("DELETE FROM known WHERE key IN (?, ?) AND outcome = ?", (row["key"], key, outcome))
    if row["kind"] == "listing" and row["walk"] is not None:
        walk = walks.get(tx, row["walk"])
        if walk is not None and walk.state == "done":
            walks.go_on(tx, walk.id, walk.cursor)
    job_id, _ = jobs.add(tx, _new(row, tuple(wishes), key or row["key"]))
    return job_id


def outdated(tx: Transaction, job_id: int | None) -> None:
    """Let a failed job count no more as a fault: what it was about is another thing by now, or was taken away."""
    row = tx.row("SELECT id FROM jobs WHERE id = ? AND state = 'done' AND outcome = 'failed'", (job_id,))
    if row is not None:
        tx.run("UPDATE jobs SET outcome = 'retried' WHERE id = ?", (job_id,))
        for source, post in jobs.wishes(tx, row["id"]):
            if not source.startswith("entry:"):
                _take_back(tx, source, post, "failed")


def _take_back(tx: Transaction, source: str, post: int, outcome: str) -> None:
    column = {"failed": "failed", "skipped": "skipped"}[outcome]
    tx.run(f"UPDATE tallies SET {column} = {column} - 1 WHERE source = ? AND {column} > 0", (source,))
    if source.startswith("entry:"):
        reopen(tx, int(source.removeprefix("entry:")))
    if post:
        tx.run("UPDATE posts SET outcome = '' WHERE id = ? AND outcome = ?", (post, outcome))
        tx.run("DELETE FROM known WHERE outcome = ? AND key = (SELECT key FROM posts WHERE id = ?)", (outcome, post))


def reopen(tx: Transaction, entry: int) -> None:
    """Let a settled wish be open again: more of it is to be done."""
    tx.run("UPDATE entries SET state = 'open', outcome = '', why = '' WHERE id = ?", (entry,))


def _new(row: sqlite3.Row, wishes: tuple[tuple[str, int], ...], key: str) -> NewJob:
    first, *others = wishes or ((row["source"], row["post"] or 0),)
    return NewJob(
        kind=row["kind"],
        url=row["url"],
        key=key,
        lane=row["home"],
        source=first[0],
        origin=origin_from_text(row["origin"]),
        priority=row["priority"],
        post=first[1] or None,
        media=media_from_text(row["media"]) if row["media"] else None,
        walk=row["walk"],
        referrer=row["referrer"],
        options=row["options"],
        into_path=row["into_path"],
        again=bool(row["again"]),
        also=tuple(others),
        site=row["site"],
    )


def drop(tx: Transaction, job_id: int, why: str, source: str = "") -> bool:
    """Take an open job out of the queue, as far as `source` wants it ("" = for all); True when no one wants it now.

    Nothing of it becomes known: what is dropped may be asked for again.
    """
    wishes = jobs.wishes(tx, job_id)
    others = [wish for wish in wishes if source and wish[0] != source]
    if (walk := tx.value("SELECT walk FROM jobs WHERE id = ?", (job_id,))) is not None:
        walks.is_no_ground(tx, walk)
    if others:
        tx.run("DELETE FROM wishes WHERE job = ? AND source = ?", (job_id, source))
        # It waits among those who still want it, and no rule of who gave it up holds it.
        tx.run(
            "UPDATE jobs SET source = ?1, turn = ?1, context = '', walk = NULL WHERE id = ?2", (others[0][0], job_id)
        )
    else:
        tx.run(
            "UPDATE jobs SET state = 'done', outcome = 'dropped', cause = '', why = ?, settled_at = ? WHERE id = ?",
            (why, tx.now, job_id),
        )
    for wisher, post in wishes:
        if (wisher, post) not in others:
            settle.withdraw(tx, wisher, post)
    return not others
