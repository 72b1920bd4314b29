"""What a person does with the queue: look at it, put something forward, take something out.

Here, because it needs names of follows and URLs as well as the store. The verbs run where the lock is held; looking only reads.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

from syncer.errors import ItemError
from syncer.service import downloads, follow_names, handed, identity, queue_faults, recover
from syncer.service.runtime import Runtime
from syncer.service.words import count
from syncer.store import jobs, queue
from syncer.store.database import Database, Named, Transaction

SHOWN = 50
_WORDS = {
    jobs.RAISED: "first",
    jobs.DYING: "dying thread",
    jobs.BEFORE_OTHERS: "thread",
    jobs.BACKGROUND: "background",
    **{number: word for word, number in jobs.PRIORITIES.items()},
}
_NUMBER = re.compile(r"[0-9]{1,18}")
_NOTHING = ItemError("nothing in the queue is called that", "`syncer queue list` shows the numbers, URLs and sources")


def listing(db: Database, *, site: str = "", limit: int = SHOWN) -> dict[str, Any]:
    """Return the open jobs in the order of their turn, and how many there are."""
    with db.read() as tx:
        rows, number = queue.open_jobs(tx, limit, site), queue.count_open(tx, site)
    return {"jobs": [_job(row) for row in rows], "open": number}


def _job(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "job": row["id"],
        "kind": row["kind"],
        "state": row["state"],
        "priority": _WORDS.get(row["priority"], str(row["priority"])),
        "site": row["site"],
        "url": row["url"],
        "what": handed.shown(row["url"]),
        "source": row["source"],
        "walk": row["walk"],
        "until": row["not_before"] or None,
        "why": row["why"],
        "advice": row["advice"],
    }


def put_first(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Let `what` (a job's number, a URL, a source or a follow) come before everything else."""
    with runtime.db.write(Named.REQUEST) as tx:
        found = _find(tx, runtime, str(details["what"]))
        number = queue.set_priority(tx, found, jobs.RAISED)
    runtime.dispatch.look_again()
    return {"jobs": found, "words": f"{count(number, 'job')} put first"}


def drop(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Take `what` out of the queue; nothing of it becomes known, so that it may be asked for again."""
    running = {job.id for job in runtime.dispatch.running()}
    with runtime.db.write(Named.REQUEST) as tx:
        found = [job for job in _find(tx, runtime, str(details["what"])) if job not in running]
        dropped = [job for job in found if _drop(tx, job)]
    recover.dropped(runtime)
    runtime.dispatch.look_again()
    words = f"{count(len(dropped), 'job')} taken out of the queue; `syncer get` fetches what is asked for again"
    if not dropped:
        raise ItemError(
            "nothing was taken out: it runs now, or it is a page of a check", "`syncer follow pause` stops the checks"
        )
    return {"jobs": dropped, "words": words}


def _drop(tx: Transaction, job_id: int) -> bool:
    """Take one job out; a download's page ends the download, a page of a check stays with its follow."""
    job = jobs.get(tx, job_id)
    if job is None:
        return False
    if job.kind == "listing":
        return job.walk is not None and downloads.stop_search(tx, job.walk, "taken out of the queue")
    return queue.drop(tx, job_id, "taken out of the queue by hand")


def _find(tx: Transaction, runtime: Runtime, what: str) -> list[int]:
    """Return the open jobs that a person means. Raises ItemError where there is none."""
    found: list[int] = []
    if is_number := _NUMBER.fullmatch(what):
        job = jobs.get(tx, int(what))
        found = [job.id] if job is not None and jobs.is_open(tx, job.key) else []
    elif what.lower().startswith(("http://", "https://")):
        library = runtime.snapshot.library
        found = queue.with_url(tx, what, {identity.url_key(what), identity.page_key(library, what)})
        found = found or [job for job, url in queue.about(tx, what) if handed.on_the_net(url) == what]
    elif what.partition(":")[0] in ("entry", "follow") and " " not in what:
        found = queue.with_source(tx, [what])
    if not found and not is_number:
        found = _of_follow(tx, runtime, what)
    if not found:
        raise _NOTHING
    return found


def _of_follow(tx: Transaction, runtime: Runtime, what: str) -> list[int]:
    try:
        follows = follow_names.find(tx, runtime.snapshot, what)
    except ItemError as error:
        raise _NOTHING from error
    return queue.with_source(tx, [f"follow:{follow.id}" for follow in follows])


VERBS: dict[str, Callable[[Runtime, dict[str, Any]], dict[str, Any]]] = {
    "queue raise": put_first,
    "queue drop": drop,
    "queue retry": queue_faults.retry,
}
