"""What did not work and what was left out, grouped with the command that tries it again; and the trying again itself.

Here, because a fault has a cause, a cure and sites, and what is tried again must not wait for a rest that was about what is mended
by now. Looking only reads; `retry` runs where the lock is held.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from syncer.fetch import judge
from syncer.fetch.contexts import contexts
from syncer.model import MediaFile
from syncer.service import handed, identity
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import jobs, queue, usage
from syncer.store.codec import media_from_text
from syncer.store.database import Database, Named, Transaction

AT_ONCE = 500
"""So many jobs are queued again in one transaction."""
MOST_SITES = 10
_NAMES = {"done": "failed", "later": "waits", "asks": "needs you"}


def faults(db: Database, *, site: str = "") -> dict[str, Any]:
    """Return what did not work, grouped by its cause, each group with its cure and the command that tries it again."""
    with db.read() as tx:
        rows = queue.faults(tx, site)
    return {"faults": [_group(group, "cause", site) for group in _by_cause(rows)]}


def skipped(db: Database, *, site: str = "") -> dict[str, Any]:
    """Return what rules have left out, grouped by the rule, each group with the command that tries it again."""
    with db.read() as tx:
        rows = queue.skipped(tx, site)
    return {"skipped": [_group(group, "skipped", site) for group in _by_cause(rows)]}


def _by_cause(rows: Iterable[sqlite3.Row]) -> list[list[sqlite3.Row]]:
    """Group by state and cause, whatever the site: the group with the most things first."""
    found: dict[tuple[str, str], list[sqlite3.Row]] = {}
    for row in rows:
        found.setdefault((row["state"], row["cause"]), []).append(row)
    return sorted(found.values(), key=lambda group: -sum(row["number"] for row in group))


def _group(rows: Sequence[sqlite3.Row], option: str, site: str) -> dict[str, Any]:
    first = rows[0]
    sites: dict[str, int] = {}
    for row in rows:
        sites[row["site"]] = sites.get(row["site"], 0) + row["number"]
    words = ["syncer", "queue", "retry", f"--{option}", first["cause"], *(["--site", site] if site else [])]
    return {
        "cause": first["cause"],
        "state": "skipped" if option == "skipped" else _NAMES.get(first["state"], first["state"]),
        "number": sum(sites.values()),
        "sites": [{"site": each, "number": number} for each, number in list(sites.items())[:MOST_SITES]],
        "url": first["url"],
        "what": handed.shown(first["url"]),
        "why": first["why"],
        "cure": first["advice"],
        "retry": "" if first["state"] == "asks" or not first["cause"] else shlex.join(words),
        "since": min((row["since"] for row in rows if row["since"] is not None), default=None),
        "until": min(row["until"] for row in rows) if first["state"] == "later" else None,
    }


def retry(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Try again what failed and wake what waits after a fault: of a `site`, a `cause`, `older_than` so many seconds.

    With `rule`, try again what that rule has left out instead; the options of today decide anew.
    """
    site, cause, rule = (str(details.get(key) or "") for key in ("site", "cause", "rule"))
    with runtime.db.read() as tx:
        age = details.get("older_than")
        before = None if age is None else tx.now - float(age)
        if rule:
            done, waiting = queue.left_out(tx, rule, site=site, before=before), []
        else:
            done = queue.failed(tx, site=site, cause=cause, before=before)
            waiting = queue.resting(tx, site=site, cause=cause, before=before)
    again = _again(runtime, done)
    _wake(runtime, waiting)
    _end_rests(runtime, {row["home"] for row in (*done, *waiting)} | {row["lane"] for row in waiting})
    runtime.dispatch.look_again()
    if rule and not done:
        words = f"nothing of that was left out{_no_rule(runtime, rule)}"
    elif rule:
        words = f"{count(again, 'job')} queued again that the rule had left out; the options of today decide"
    elif not (done or waiting) and (site or cause):
        words = f"nothing of that is at fault{_not_there(runtime, site=site, cause=cause)}"
    else:
        words = f"{count(again, 'failed job')} queued again, {count(len(waiting), 'waiting job')} woken"
    return {"failed": 0 if rule else again, "skipped": again if rule else 0, "woken": len(waiting), "words": words}


def _not_there(runtime: Runtime, *, site: str, cause: str) -> str:
    """Say which sites or causes there are, where none is called as the person says."""
    with runtime.db.read() as tx:
        rows = queue.faults(tx, "")
    for given, what, column in ((site, "sites", "site"), (cause, "causes", "cause")):
        there = {row[column] for row in rows} - {""}
        if given and there and given not in there:
            return f': there is no "{given}" among the {what} of faults: {", ".join(sorted(there))}'
    return ""


def _no_rule(runtime: Runtime, rule: str) -> str:
    """Say which rules have left something out, where none is called as the person says."""
    there = sorted({str(group["cause"]) for group in skipped(runtime.db)["skipped"]})
    if not there or any(each.casefold().startswith(rule.casefold()) for each in there):
        return ""
    names = ", ".join(f'"{each}"' for each in there)
    return f': there is no "{rule}" among the rules that did: {names}'


def _again(runtime: Runtime, rows: Sequence[sqlite3.Row]) -> int:
    """Queue jobs anew; return how many could be."""
    number = 0
    for start in range(0, len(rows), AT_ONCE):
        with runtime.db.write(Named.REQUEST) as tx:
            for row in rows[start : start + AT_ONCE]:
                key = _key(runtime.snapshot, row)
                if key is not None:
                    queue.again(tx, row, key)
                    number += 1
    return number


def _key(snapshot: Snapshot, row: sqlite3.Row) -> str | None:
    """Return the key of the request that a job is for; None where it stood for a post that has no page to ask."""
    if not row["key"].startswith("none:"):
        return str(row["key"])
    if row["kind"] == "file":
        media: MediaFile | None = media_from_text(row["media"]) if row["media"] else None
        return identity.url_key(media.url if media is not None else row["url"])
    found = snapshot.library.recognise(row["url"])
    return identity.page_key(snapshot.library, row["url"]) if found is not None and found.parser else None


def _wake(runtime: Runtime, rows: Sequence[sqlite3.Row]) -> None:
    with runtime.db.write(Named.REQUEST) as tx:
        for row in rows:
            jobs.wake_one(tx, row["id"])


def _end_rests(runtime: Runtime, lanes: set[str]) -> None:
    """End the rests of domains whose faults a person calls mended, but for those that the sites have asked for."""
    wanted = {domain for lane in lanes for domain in contexts(f"http://{lane}/")[1:]}
    ended = [
        pause.context
        for pause in runtime.ledger.pauses()
        if pause.context in wanted and not judge.is_the_sites_wish(pause.why)
    ]
    for context in ended:
        runtime.ledger.resume(context)
    for lane in lanes:
        runtime.streaks.worked(lane)
    limits = runtime.snapshot.config.bandwidth
    runtime.dispatch.set_limits(limits.connections, limits.connections_per_domain)  # lanes that wait ask again
    if ended:
        with runtime.db.write(Named.REQUEST) as tx:
            _forget(tx, ended)


def _forget(tx: Transaction, ended: Iterable[str]) -> None:
    for context in ended:
        usage.end_pause(tx, context)
