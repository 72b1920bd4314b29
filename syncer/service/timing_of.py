"""A follow's row as the pure rules of timing want it: its figures, its state, its hours; and the state back into the row.

Here, because checks, reloads and a clock that was set all need the same reading. The jobs of the service import it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from syncer.config import hours as words
from syncer.config.settings import CheckTiming, SiteSettings
from syncer.follow import plan, timing
from syncer.follow.calendar import Hours, zone_of
from syncer.follow.state import FollowState, Status
from syncer.model import posted
from syncer.service.snapshot import Snapshot
from syncer.store import follow_log
from syncer.store.codec import dump
from syncer.store.database import Transaction
from syncer.store.follows import Follow


def settings(
    check: CheckTiming, first_limit: int = 0, limit: int = 0, layers: Sequence[object] = (), **more: object
) -> str:
    """Write what a follow's checks and files need as the store keeps it.

    `layers`: its own layers of options; `more`: `gaps`, `priority` and `bandwidth`, as the config words them.
    """
    figures = [check.intended, check.fastest, check.slowest, check.dead_files, check.dead_period]
    every = {} if check.every is None else {"every": words.write_every(check.every)}
    options = {"options": layers} if layers else {}
    return dump({"timing": figures, "first_limit": first_limit, "limit": limit, **every, **more, **options})


def rules(text: str) -> CheckTiming:
    """Return the timing that `settings` wrote."""
    kept = json.loads(text)
    intended, fastest, slowest, dead_files, dead_period = kept["timing"]
    every = words.every(kept["every"]) if "every" in kept else None
    return CheckTiming(intended, fastest, slowest, dead_files, dead_period, every)


def hours(snapshot: Snapshot, site: str) -> Hours:
    """Return the quiet hours of a site and the time zone, by the config in force."""
    checks = snapshot.config.checks
    own = snapshot.config.sites.get(site, SiteSettings()).quiet
    return Hours(checks.quiet if own is None else own, zone_of(checks.zone))


def state(follow: Follow) -> FollowState:
    """Return how a follow stands."""
    return FollowState(
        Status(follow.status),
        int(follow.next_check),
        int(follow.last_check),
        follow.synced,
        follow.faults,
        follow.why,
    )


def with_state(follow: Follow, after: FollowState) -> Follow:
    """Return the follow with the state that a decision gave it."""
    return replace(
        follow,
        status=str(after.status),
        next_check=after.next_check,
        last_check=after.last_check,
        synced=after.first_done,
        faults=after.faults,
        why=after.why,
    )


def log_of(tx: Transaction, follow: Follow) -> list[int]:
    """Return the times of all files of a follow."""
    return [timing.file_time(posted(time, created), created) for time, created in follow_log.log_of(tx, follow.id)]


def with_new_rules(tx: Transaction, snapshot: Snapshot, follow: Follow) -> Follow:
    """Return a follow whose timing was changed as its new timing has it: next check, and alive where it now would be."""
    check, before = rules(follow.settings), state(follow)
    limits = hours(snapshot, follow.site)
    if before.faults and before.status is Status.ALIVE:
        base = before.last_check or tx.now
        at = plan.again(before.next_check - base, before, log_of(tx, follow), check, base, limits)
        return with_state(follow, replace(before, next_check=at))
    if not before.last_check or before.status not in (Status.ALIVE, Status.DEAD) or before.faults:
        return follow
    planned = plan.plan(replace(before, next_check=0), log_of(tx, follow), check, before.last_check, limits)
    status = Status.DEAD if planned.dead else Status.ALIVE
    after = replace(before, status=status, next_check=planned.next_check, why=planned.why)
    return with_state(follow, plan.delayed(after, follow.id, before.last_check, limits))
