"""What is next in the queue: asked lane by lane, gate by gate, the most urgent first, those who wait in turn.

Here, because it must cost the same however many jobs wait, and however many of those who wait may not go on now. Functions take
a transaction and write nothing: only one process runs jobs, so what runs now lives in its memory, and after a crash every job is
simply waiting again. The dispatcher calls them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from syncer.store import flags
from syncer.store.codec import dump
from syncer.store.database import Transaction
from syncer.store.flags import NOTHING_HELD, Held
from syncer.store.jobs import Job, from_row
from syncer.store.rests import NOTHING_RESTS, Resting, awake


@dataclass(frozen=True, slots=True)
class Look:
    """What may be claimed in a lane: all but what runs, what others than `only` want, and what is held back."""

    running: Collection[int] = ()
    only: Collection[str] | None = None
    held: Held = NOTHING_HELD
    resting: Resting = NOTHING_RESTS
    blocked: Collection[str] = ()
    """Bandwidth contexts of those who may make no request now."""


FREELY = Look()


def lanes(tx: Transaction) -> dict[str, set[str]]:
    """Return every lane that has a job waiting, with the gates that those wait at; costs one index look-up a gate."""
    found: dict[str, set[str]] = {}
    past = ("", "")
    while True:
        row = tx.row(
            "SELECT lane, gate FROM jobs WHERE state = 'waiting' AND (lane, gate) > (?, ?) ORDER BY lane, gate LIMIT 1",
            past,
        )
        if row is None:
            return found
        past = (row["lane"], row["gate"])
        found.setdefault(row["lane"], set()).add(row["gate"])


def claim(tx: Transaction, lane: str, gates: Iterable[str], after: str, look: Look = FREELY) -> Job | None:
    """Return the lane's next job: the most urgent, those who wait in turn (the first one past `after`)."""
    tail, values = _conditions(look)
    found: list[sqlite3.Row] = []
    for gate in gates:
        row = tx.row(_NEXT.format(tail=tail), (lane, gate, _FIRST, "", *values))
        if row is not None and row["turn"] <= after:
            # At the same urgency those past the last turn go first; else it begins anew.
            past = tx.row(_NEXT.format(tail=tail), (lane, gate, row["priority"], after, *values))
            row = past if past is not None and past["priority"] == row["priority"] else row
        if row is not None:
            found.append(row)
    if not found:
        return None
    return from_row(min(found, key=lambda row: (row["priority"], row["turn"] <= after, row["turn"])))


_FIRST = -(10**9)
_SEATS = "jobs WHERE state = 'waiting' AND lane = ?1 AND gate = ?2"
_NEXT = f"""
WITH RECURSIVE seats (priority, turn) AS (
  SELECT * FROM (SELECT priority, turn FROM {_SEATS} AND (priority, turn) > (?3, ?4) ORDER BY priority, turn LIMIT 1)
  UNION ALL
  SELECT other.priority, other.turn FROM seats CROSS JOIN jobs other WHERE other.id =
    (SELECT id FROM {_SEATS} AND (priority, turn) > (seats.priority, seats.turn) ORDER BY priority, turn LIMIT 1)
)
SELECT found.* FROM seats CROSS JOIN jobs found
WHERE seats.turn NOT IN (SELECT value FROM json_each(?5)) AND found.id =
  (SELECT id FROM {_SEATS} AND priority = seats.priority AND turn = seats.turn{{tail}} ORDER BY id LIMIT 1)
LIMIT 1"""
"""Goes from turn to turn by index, past those that are blocked, to the first that has a job which may run."""


def _conditions(look: Look) -> tuple[str, Sequence[object]]:
    """Return what a job must fulfil besides, as the tail of a WHERE, and the values from ?5 on."""
    turns = [turn for context in look.blocked for turn in _turns(context)]
    # A dropped file's lines share one turn: of those, jobs are passed over one by one.
    downloads = [context for context in look.blocked if context.startswith("download:")]
    tail = f"{_without(look.running)}{_only(look.only)}{flags.free(look.held)}{awake(look.resting)}"
    values = (dump(turns), *look.running, *(look.only or ()), *look.held.sites, *look.resting.sites)
    if not downloads:
        return tail, values
    return f"{tail} AND context NOT IN (SELECT value FROM json_each(?))", (*values, dump(downloads))


def _turns(context: str) -> tuple[str, ...]:
    """Return the turns that are of a blocked context alone."""
    kind, _, number = context.partition(":")
    return (f"entry:{number}",) if kind == "download" else (f"follow:{number}", f"check:follow:{number}")


def _without(running: Collection[int]) -> str:
    return f" AND id NOT IN ({','.join('?' * len(running))})" if running else ""


def _only(sources: Collection[str] | None) -> str:
    if sources is None:
        return ""
    return f" AND id IN (SELECT job FROM wishes WHERE source IN ({','.join('?' * len(sources))}))"
