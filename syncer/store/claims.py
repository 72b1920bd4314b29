"""What is next in the queue: asked lane by lane, gate by gate, the most urgent first, those who wait in turn.

Here, because it must cost the same however many jobs wait, and however many of those who wait may not go on now. Functions take
a transaction and write nothing: only one process runs jobs, so what runs now lives in its memory, and after a crash every job is
simply waiting again. The dispatcher calls them.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Turns:
    """Whose turn was last in a lane, at each gate and urgency, and in which round.

    Apart from each other: whoever waits for a gate, or goes before all others now and then, must not let the round of those
    who wait elsewhere begin anew, or those at its end would never come.
    """

    _last: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    _rounds: dict[int, int] = field(default_factory=dict)
    """By urgency, the round of who was served last."""

    def after(self, gate: str, priority: int) -> str:
        """Return whose turn was last."""
        return self._last.get((gate, priority), (0, ""))[1]

    def round(self, gate: str, priority: int, turn: str) -> int:
        """Return the round in which somebody comes next: of all that are as urgent, the earlier one first."""
        number, last = self._last.get((gate, priority), (0, ""))
        # A gate where nobody could go on meanwhile has nothing to make up for, and has its turn in this round.
        return max(number + (turn <= last), self._rounds.get(priority, 0))

    def served(self, gate: str, priority: int, turn: str) -> None:
        """Note whose turn it was."""
        self._rounds[priority] = now = self.round(gate, priority, turn)
        self._last[gate, priority] = (now, turn)


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


def candidates(
    tx: Transaction, lane: str, gates: Iterable[str], turns: Turns, look: Look = FREELY, most: int = 1
) -> list[Job]:
    """Return jobs that may be next in a lane, at most so many a gate, the one whose turn it is first.

    That is the most urgent; among those who are as urgent, and all wait in one round, it goes by `turns`.
    """
    found = [from_row(row) for gate in gates for row in _at_gate(tx, lane, gate, turns, look, most)]
    found.sort(key=lambda job: (job.priority, turns.round(job.gate, job.priority, job.turn), job.turn))
    return found


def _at_gate(tx: Transaction, lane: str, gate: str, turns: Turns, look: Look, most: int) -> list[sqlite3.Row]:
    """Return the candidates of one gate; mostly some wait past the last turn at the urgency that is the highest."""
    tail, values = _conditions(look, gate)
    sql = _NEXT.format(tail=tail, most=most)

    def at(priority: int, turn: str) -> list[sqlite3.Row]:
        return tx.rows(sql, (lane, gate, priority, turn, *values))

    highest = tx.value(f"SELECT min(priority) FROM {_SEATS}", (lane, gate))
    if highest is None:
        return []
    past = at(highest, turns.after(gate, highest))
    if past and past[0]["priority"] == highest:
        return past
    first = at(_FIRST, "")
    if first and (urgency := first[0]["priority"]) > highest:
        past = at(urgency, turns.after(gate, urgency))
        if past and past[0]["priority"] == urgency:
            return past
    return first


def following(tx: Transaction, job: Job, look: Look, most: int) -> list[Job]:
    """Return the jobs that come right after `job`: those of its own turn, while nobody else waits as urgently at its gate.

    None where somebody does, since then it is their turn.
    """
    place = (job.lane, job.gate, job.priority, job.turn)
    if tx.value(_OTHERS, place) is not None:
        return []
    tail, values = _conditions(look, job.gate)
    sql = f"SELECT * FROM {_SEATS} AND priority = ?3 AND turn = ?4 AND ?5 IS NOT NULL{tail} AND id > ? ORDER BY id LIMIT ?"
    return [from_row(row) for row in tx.rows(sql, (*place, *values, job.id, most))]


def is_waiting(tx: Transaction, job_id: int) -> bool:
    """Tell whether a job may still be run."""
    return tx.value("SELECT 1 FROM jobs WHERE id = ? AND state = 'waiting'", (job_id,)) is not None


_FIRST = -(10**9)
_SEATS = "jobs WHERE state = 'waiting' AND lane = ?1 AND gate = ?2"
_OTHERS = f"""
SELECT 1 WHERE EXISTS (SELECT 1 FROM {_SEATS} AND priority < ?3)
  OR EXISTS (SELECT 1 FROM {_SEATS} AND priority = ?3 AND turn < ?4)
  OR EXISTS (SELECT 1 FROM {_SEATS} AND priority = ?3 AND turn > ?4)"""
_NEXT = f"""
WITH RECURSIVE seats (priority, turn) AS (
  SELECT * FROM (SELECT priority, turn FROM {_SEATS} AND (priority, turn) > (?3, ?4) ORDER BY priority, turn LIMIT 1)
  UNION ALL
  SELECT other.priority, other.turn FROM seats CROSS JOIN jobs other WHERE other.id = coalesce(
    (SELECT id FROM {_SEATS} AND priority = seats.priority AND turn > seats.turn ORDER BY turn LIMIT 1),
    (SELECT id FROM {_SEATS} AND priority > seats.priority ORDER BY priority, turn LIMIT 1))
)
SELECT found.* FROM seats CROSS JOIN jobs found
WHERE seats.turn NOT IN (SELECT value FROM json_each(?5)) AND found.id =
  (SELECT id FROM {_SEATS} AND priority = seats.priority AND turn = seats.turn{{tail}} ORDER BY id LIMIT 1)
LIMIT {{most}}"""
"""Goes from turn to turn by index, past those that are blocked, to the first that has a job which may run.

The step is in two halves, since SQLite uses an index for both columns of a row value only where it is compared with constants.
"""


def _conditions(look: Look, gate: str) -> tuple[str, Sequence[object]]:
    """Return what a job at a gate must fulfil besides, as the tail of a WHERE, and the values from ?5 on."""
    turns, downloads = _passed_over(tuple(look.blocked), gate)
    tail = f"{_without(look.running)}{_only(look.only)}{flags.free(look.held)}{awake(look.resting)}"
    values = (turns, *look.running, *(look.only or ()), *look.held.sites, *look.resting.sites)
    if not downloads:
        return tail, values
    return f"{tail} AND context NOT IN (SELECT value FROM json_each(?))", (*values, downloads)


@functools.lru_cache(maxsize=64)
def _passed_over(blocked: tuple[str, ...], gate: str) -> tuple[str, str]:
    """Return as JSON the turns of blocked contexts, and the contexts that share a turn with others ("" = none).

    A dropped file's lines share one turn: of those, jobs are passed over one by one.
    """
    downloads = [context for context in blocked if context.startswith("download:")]
    return dump([_turn(context, gate) for context in blocked]), dump(downloads) if downloads else ""


def _turn(context: str, gate: str) -> str:
    """Return the turn that is of a blocked context alone; whoever is no download is a follow."""
    kind, _, number = context.partition(":")
    return f"entry:{number}" if kind == "download" else f"{'check:' if gate else ''}follow:{number}"


def _without(running: Collection[int]) -> str:
    return f" AND id NOT IN ({','.join('?' * len(running))})" if running else ""


def _only(sources: Collection[str] | None) -> str:
    if sources is None:
        return ""
    return f" AND id IN (SELECT job FROM wishes WHERE source IN ({','.join('?' * len(sources))}))"
