"""What `status` shows on one screen: what needs you, what waits for what, what runs, what comes next.

Here, because it only reads the store and must work beside a running service as well as without one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from syncer.errors import sentences
from syncer.service import catalogue_words, facts, first_check, handed, handover_status, placeholders
from syncer.service.words import day
from syncer.store import deliveries, flags, follows, jobs, logins, requests, site_log, usage, walks
from syncer.store.database import Database, Transaction
from syncer.store.follows import Follow
from syncer.store.settle import TALLIED

SHOWN = 10
YEAR = 365 * 86400
MOMENT = 10.0
"""Seconds of waiting for bandwidth that are nothing but the pace."""
MISSED = "cookies that are missed"
"""The fact under which the service notes which cookies a site file needs and has no more."""


def status(db: Database, *, running: bool) -> dict[str, Any]:
    """Return the state of everything as plain data; times are seconds since 1970."""
    with db.read() as tx:
        counts = jobs.counts(tx)
        return {
            "running": running,
            "needs_you": _needs_you(tx),
            "waits": _waits(tx),
            "runs": _runs(tx) if running else [],
            "queue": {state: counts.get(state, 0) for state in ("waiting", "later", "asks")},
            "next": _next(tx),
            "follows": _follows(tx),
            "catalogues": catalogue_words.of_all(tx, follows.everything(tx)),
            "delivered": _delivered(tx),
            "adopted": _adopted(tx),
            "programs": handover_status.programs(tx),
        }


def _needs_you(tx: Transaction) -> list[dict[str, Any]]:
    """Return what only a person can mend: unknown deliveries first, then dead or faulty follows, then faults by cause."""
    found = _config(tx)
    found += [
        {"what": "delivery", "subject": staged.name, "why": "syncer was stopped while it placed this file",
         "advice": f"`syncer queue settle {staged.id} --as delivered` or `--as again`"}
        for staged in deliveries.in_state(tx, "unknown")
    ]  # fmt: skip
    for follow in follows.everything(tx):
        if follow.faults >= 3 or (follow.status == "dead" and follow.kind == "query"):
            name = _name(follow)
            worked = f"; it last worked on {day(follow.last_check)}" if follow.faults and follow.last_check else ""
            found.append({"what": "follow", "subject": name, "why": f"{follow.why}{worked}", "advice": ""})
    found += _stopped_gaps(tx)
    found += [
        {"what": "login", "subject": kept.site, "why": f"paused: {kept.why}", "advice": kept.advice}
        for kept in logins.everything(tx).values()
        if kept.out
    ]
    found += _refused(tx)
    found += requests.fact(tx, facts.AWAY) or []
    found += [{"what": "cookies", **each} for each in requests.fact(tx, MISSED) or []]
    found += placeholders.needs_you(tx, SHOWN)
    found += [
        {"what": "site", "subject": f"site {kept.site}", "why": f"{kept.url}: {kept.fault}", "advice": kept.advice}
        for kept in site_log.everything(tx).values()
        if kept.is_broken
    ]
    rows = tx.rows(
        "SELECT cause, why, advice, count(*) AS number, max(url) AS url FROM jobs WHERE outcome = 'failed'"
        " AND settled_at > ? GROUP BY cause, advice ORDER BY number DESC LIMIT ?",
        (tx.now - 7 * 86400, SHOWN),
    )
    found += [{"what": "failed", "subject": _all(row), "why": row["why"], "advice": row["advice"]} for row in rows]
    return found


def _all(row: sqlite3.Row) -> str:
    """Return in words which jobs a row of several is about."""
    more = f" and {row['number'] - 1} more" if row["number"] > 1 else ""
    return f"{handed.shown(row['url'])}{more}"


def _name(follow: Follow) -> str:
    if follow.kind == "query":
        return f'{follow.name}: "{follow.query}"'
    return follow.urls[0] if follow.kind == "watcher" else catalogue_words.label(follow)


def _refused(tx: Transaction) -> list[dict[str, Any]]:
    """Return the hosts that wait for what only a person can give: a browser's cookies, a proxy that works."""
    rows = tx.rows(
        "SELECT home, why, advice FROM jobs WHERE state = 'later' AND cause IN ('challenge', 'proxy') GROUP BY home, cause"
        " ORDER BY home LIMIT ?",
        (SHOWN,),
    )
    return [{"what": "site", "subject": row["home"], "why": row["why"], "advice": row["advice"]} for row in rows]


def _config(tx: Transaction) -> list[dict[str, Any]]:
    """Return what is wrong with config and site files: why those on the disk are not in force, or what does not work."""
    why = requests.fact(tx, facts.REFUSED)
    return refused(why["why"], why["problems"]) if why else _needs(requests.fact(tx, facts.FAULTS) or ())


def refused(why: str, problems: Iterable[str]) -> list[dict[str, Any]]:
    """Return what is to be mended in a config that is not in force."""
    return _needs((f"{why}; the last good one stays in force", *problems))


def _needs(told: Iterable[str]) -> list[dict[str, Any]]:
    return [{"what": "config", "subject": "config", "why": why, "advice": ""} for why in told]


def _stopped_gaps(tx: Transaction) -> list[dict[str, Any]]:
    """Return the gaps that are not filled by themselves any more."""
    rows = tx.rows(
        "SELECT f.name, f.query, g.why FROM gaps g JOIN follows f ON f.id = g.follow WHERE g.state = 'open'"
        " AND g.not_before > ? AND f.retired_at IS NULL ORDER BY g.id LIMIT ?",
        (tx.now + YEAR, SHOWN),
    )
    return [
        {"what": "gap", "subject": f'{row["name"]}: "{row["query"]}"', "why": row["why"],
         "advice": f"`syncer follow gap fill \"{row['name']}: {row['query']}\"` tries again, `gap ignore` ends it"}
        for row in rows
    ]  # fmt: skip


def _bandwidth(tx: Transaction, paused: set[str]) -> list[dict[str, Any]]:
    """Return by whose bandwidth rules requests wait for longer than a moment, as the runner told last."""
    told = (requests.fact(tx, "running") or {}).get("waiting", [])
    long = [each for each in told if each[2] > tx.now + MOMENT and each[0] not in paused]
    found = [{"what": name, "until": until, "why": f"bandwidth used up: {why}"} for _, name, until, why in long[:SHOWN]]
    if len(long) > SHOWN:
        more = f"{len(long) - SHOWN} more wait for bandwidth"
        found.append({"what": more, "until": None, "why": "`syncer bandwidth` shows them"})
    return found


def _paused_downloads(tx: Transaction) -> list[dict[str, Any]]:
    """Return the downloads that a person has paused and of which there is more to do."""
    return [
        {"what": f"download {walk.id}, {walk.origin.name}", "until": None,
         "why": f"{_PAUSED[walk.search_paused, walk.files_paused]} paused; `syncer downloads resume {walk.id}` goes on"}
        for walk in walks.paused(tx)
    ]  # fmt: skip


def _paused_by_command(tx: Transaction) -> list[dict[str, Any]]:
    """Return what commands have paused: everything, all follows, all files, sites, and follows by name."""
    found = [(_WHOLE.get(flag.what, flag.what), flag.until, f"resume {flag.what}") for flag in flags.everything(tx)]
    rows = tx.rows(
        "SELECT kind, name, query, urls, command_pause FROM follows WHERE command_pause IS NOT NULL AND retired_at IS NULL"
        " ORDER BY kind, name, query LIMIT ?",
        (SHOWN,),
    )
    for row in rows:
        name = f"{row['name']}: {row['query']}" if row["kind"] == "query" else json.loads(row["urls"])[0]
        found.append((name, row["command_pause"] or None, f'follow resume "{name}"'))
    return [
        {"what": what, "until": until, "why": f"paused by command; `syncer {cure}` lets it go on"}
        for what, until, cure in found
    ]


_WHOLE = {flags.ALL: "everything", flags.FOLLOWS: "all follows", flags.FILES: "all files"}
_PAUSED = {(True, True): "all of it is", (True, False): "its search is", (False, True): "its files are"}


def _waits(tx: Transaction) -> list[dict[str, Any]]:
    pauses = usage.pauses(tx)
    found = [{"what": context, "until": until, "why": why} for context, until, why in pauses]
    found += _bandwidth(tx, {context for context, _, _ in pauses})
    found += [
        {"what": "files", "until": each["until"], "why": sentences(each["why"], each["cure"])}
        for each in requests.fact(tx, flags.CROWDED) or []
    ]
    found += _paused_by_command(tx)
    found += _paused_downloads(tx)
    rows = tx.rows(
        "SELECT min(url) AS url, count(*) AS number, min(not_before) AS until, why FROM jobs WHERE state = 'later'"
        " GROUP BY lane, why ORDER BY until LIMIT ?",
        (SHOWN,),
    )
    return found + [{"what": _all(row), "until": row["until"], "why": row["why"]} for row in rows]


def _runs(tx: Transaction) -> list[dict[str, Any]]:
    state = requests.fact(tx, "running") or {}
    return [
        {"kind": kind, "url": url, "what": handed.shown(url), "lane": lane} for kind, url, lane in state.get("jobs", [])
    ]


def _next(tx: Transaction) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "name": each.name or each.urls[0],
            "query": each.query,
            "at": each.next_check,
            "why": each.why or first_check.of(each),
        }
        for each in follows.coming(tx, SHOWN)
    ]


def _adopted(tx: Transaction) -> list[dict[str, Any]]:
    """Return how what lies in each adopted folder came out, those of which nothing ever came left out."""
    rows = tx.rows("SELECT * FROM tallies WHERE source GLOB 'adopt:*' ORDER BY source")
    return [
        {"name": row["source"].removeprefix("adopt:"), **{key: row[key] for key in ("open", *TALLIED)}} for row in rows
    ]


def _follows(tx: Transaction) -> dict[str, int]:
    rows = tx.rows(
        "SELECT CASE WHEN paused <> '' THEN 'paused' WHEN command_pause IS NOT NULL THEN 'paused by command' ELSE status END"
        " AS state, count(*) AS number FROM follows"
        " WHERE retired_at IS NULL GROUP BY 1"
    )
    found = {row["state"]: row["number"] for row in rows}
    gaps = sum(follows.gaps(tx).values())
    return found | ({"gaps": gaps} if gaps else {})


def _delivered(tx: Transaction) -> dict[str, Any]:
    day = tx.value("SELECT count(*) FROM deliveries WHERE placed_at > ?", (tx.now - 86400,))
    everything = tx.value("SELECT count(*) FROM deliveries WHERE placed_at IS NOT NULL")
    latest = [{"name": each.name, "folder": each.folder, "at": each.at} for each in deliveries.latest(tx, 3)]
    return {"day": day, "all": everything, "latest": latest}
