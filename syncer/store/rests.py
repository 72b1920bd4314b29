"""Jobs that the clock on the wall holds back: those of follows in their quiet hours, and those put off by a wrong clock.

Here, because the queue itself knows no time of day. `jobs` leaves out what rests; the service's daytime sets it.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.store.database import Transaction

LONGEST = 4 * 86400
"""Seconds that no job is ever put off for, but for a follow's page, which waits as long as its follow."""
_JOBS = "state = 'later' AND NOT (kind = 'listing' AND source GLOB 'follow:*') AND not_before > ?"


@frozen
class Resting:
    """Whose quiet hours it is: jobs of follows of these sites wait; with `everybody`, those of all other sites."""

    everybody: bool = False
    sites: tuple[str, ...] = ()


NOTHING_RESTS = Resting()


def awake(resting: Resting) -> str:
    """Return the part of a WHERE over `jobs`, its values are `resting.sites`, that leaves out what rests.

    A job that somebody else wants too goes on: only follows have quiet hours.
    """
    if resting == NOTHING_RESTS:
        return ""
    sites = f"site {'NOT ' if resting.everybody else ''}IN ({','.join('?' * len(resting.sites))})"
    wanted = "EXISTS (SELECT 1 FROM wishes WHERE job = jobs.id AND source NOT GLOB 'follow:*')"
    return f" AND (source NOT GLOB 'follow:*' OR NOT {sites} OR {wanted})"


def beyond(tx: Transaction, until: float) -> bool:
    """Tell whether a job rests beyond a time so far off that only a wrong clock can have written it."""
    return tx.value(f"SELECT 1 FROM jobs WHERE {_JOBS} LIMIT 1", (until,)) is not None


def end_beyond(tx: Transaction, until: float) -> int:
    """Make those due at once; return how many."""
    return tx.run(f"UPDATE jobs SET not_before = ? WHERE {_JOBS}", (tx.now, until))


def queued_at(tx: Transaction, job_id: int) -> float:
    """Return when a job was queued; now, if a clock that was set since makes it seem to come."""
    return min(float(tx.value("SELECT created_at FROM jobs WHERE id = ?", (job_id,)) or tx.now), tx.now)


def bring_forward(tx: Transaction, walk: int, until: float) -> None:
    """Let the page that a walk waits for rest no longer than until a time."""
    tx.run(
        "UPDATE jobs SET not_before = ?1 WHERE walk = ?2 AND state = 'later' AND kind = 'listing' AND not_before > ?1",
        (until, walk),
    )
