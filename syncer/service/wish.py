"""What became of one wish: whether it is open, what it brought, and what all that is left of it waits for.

Here, because `get` must tell this whether it ran the jobs itself or the service did: it only reads the store. `app` uses it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from syncer.clock import Clock
from syncer.errors import sentences
from syncer.fetch.contexts import contexts, pages
from syncer.frozen import frozen
from syncer.store import deliveries, entries, flags, logins, requests, usage
from syncer.store.database import Database, Transaction

PATIENCE = 60.0
"""What cannot go on within so many seconds is not waited for."""

_NEVER = float("inf")


@frozen
class Rest:
    """What a wish waits for; `until` in seconds since 1970, None = until a person does something."""

    until: float | None
    why: str
    advice: str = ""


@frozen
class _Hold:
    until: float
    why: str
    advice: str = ""


def is_open(db: Database, entry: int) -> bool:
    """Tell whether something of a wish is still to be done."""
    with db.read() as tx:
        found = entries.get(tx, entry)
    return found is not None and found.state == "open"


def wait_for(db: Database, entry: int, clock: Clock, poll: float, is_served: Callable[[], bool]) -> bool:
    """Wait until a wish is settled, can do nothing for long, or is served no more; True when the person broke that off."""
    condition = threading.Condition()
    try:
        while is_open(db, entry) and is_served() and not rest(db, entry):
            with condition:
                clock.wait(condition, poll)
    except KeyboardInterrupt:
        return True
    return False


def outcome(db: Database, entry: int) -> dict[str, Any]:
    """Return what came of a wish: its outcome in words, the files that it brought, what is left of it and waits."""
    with db.read() as tx:
        found = entries.get(tx, entry)
        files = [f"{each.folder}/{each.name}" for each in deliveries.of_source(tx, f"entry:{entry}")]
    assert found is not None
    answer = {"entry": entry, "outcome": found.outcome, "words": found.why, "files": files, "until": None}
    if found.state != "open":
        return answer
    left = rest(db, entry, patience=0)
    if left is None:
        return answer | {"outcome": "waits", "words": "it is not finished"}
    words = sentences(left.why, left.advice)
    return answer | {"outcome": "waits", "words": words, "until": left.until}


def rest(db: Database, entry: int, patience: float = PATIENCE) -> Rest | None:
    """Return what an open wish waits for when nothing of it can go on within `patience` seconds; None where something can."""
    with db.read() as tx:
        holds = _holds(tx)
        rows = tx.rows(
            "SELECT j.state, j.lane, j.kind, j.site, j.context, j.gate, min(j.not_before) AS until, j.why, j.advice"
            " FROM wishes w JOIN jobs j ON j.id = w.job WHERE w.source = ? AND j.state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6",
            (f"entry:{entry}",),
        )
        if not rows:
            return None
        left = min((_rest_of(row, holds) for row in rows), key=lambda each: each[0])
        if left[0] <= tx.now + patience:
            return None
    until, why, advice = left
    return Rest(None if until == _NEVER else until, why, advice)


def _rest_of(row: Any, holds: dict[str, _Hold]) -> tuple[float, str, str]:
    """Return until when jobs of one lane and state rest, why, and what a person can do."""
    names = ("all", *(["files"] if row["kind"] == "file" else []), f"site {row['site']}")
    url = f"http://{row['lane']}/"
    if row["kind"] == "file" and not row["context"].startswith("watcher:"):
        names += (flags.CROWDED,)
    names += (*contexts(url), row["context"], *([pages(row["gate"], url)] if row["gate"] else []))
    found = [holds[name] for name in names if name in holds]
    held = max(found, key=lambda each: each.until, default=_Hold(0.0, ""))
    if row["state"] == "asks":
        return _NEVER, row["why"], row["advice"]
    if row["state"] == "later" and row["until"] >= held.until:
        return row["until"], row["why"], row["advice"]
    return held.until, held.why, held.advice


def _holds(tx: Transaction) -> dict[str, _Hold]:
    """Return all that holds jobs back, by bandwidth context or what a command has paused."""
    found = dict(_told(tx)) | {context: _Hold(until, why) for context, until, why in usage.pauses(tx)}
    for each in requests.fact(tx, flags.CROWDED) or []:
        found[flags.CROWDED] = _Hold(_NEVER if each["until"] is None else each["until"], each["why"], each["cure"])
    for flag in flags.everything(tx):
        until = _NEVER if flag.until is None else flag.until
        found[flag.what] = _Hold(until, f"you have paused {flag.what}")
    for kept in logins.everything(tx).values():
        if kept.out:
            found[f"site {kept.site}"] = _Hold(_NEVER, sentences(kept.why, kept.advice))
    return found


def _told(tx: Transaction) -> Iterable[tuple[str, _Hold]]:
    """Yield the bandwidth contexts by whose rules requests wait, as the runner told last."""
    told = requests.fact(tx, "running") or {}
    for context, name, until, why in told.get("waiting", []):
        if until > tx.now:
            yield context, _Hold(until, f"{name}: {why}")
