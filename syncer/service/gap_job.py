"""Gaps: what a sync left out by its limit is walked in the background, from the newest down to what was known before it.

Here, because recording, filling and giving up a gap must agree on what counts as known. The listing job records and ends, the loop
begins what a command or a fault left open.
"""

from __future__ import annotations

import json

from syncer.follow import walk_state
from syncer.follow.state import Trouble, TroubleKind
from syncer.follow.stops import Reason, Stop
from syncer.follow.subscription import DELAYS
from syncer.service import check_job, walking
from syncer.service.enqueue import Wish
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import follow_log, follows, gaps, jobs
from syncer.store.database import Named, Transaction
from syncer.store.follows import Follow

IGNORE = "ignore"
NEVER = 1e12
"""Not tried again by itself: only a command opens it."""
TRIES = 3
"""So many walks that do not come through a gap are enough."""
_TOO_DEEP = (Reason.PAGE_CAP, Reason.DEPTH)
"""Another walk would end at the same page."""


def record(tx: Transaction, snapshot: Snapshot, follow: Follow, state: walk_state.WalkState, stop: Stop) -> list[Event]:
    """Record what a sync could not look at, and begin to fill it unless the query says otherwise."""
    gap_id = gaps.add(tx, follow.id, state.newest, state.oldest, stop.words)
    if json.loads(follow.settings).get("gaps") == IGNORE:
        gaps.set_state(tx, gap_id, gaps.IGNORED, f"{stop.words}; the config says to ignore gaps")
        return []
    begin(tx, snapshot, follow)
    return [Event("notice", check_job.title_of(follow), f"{stop.words}; it is filled in the background")]


def begin(tx: Transaction, snapshot: Snapshot, follow: Follow) -> int | None:
    """Begin one walk for all open gaps of a follow; None where one is under way or there is nothing to fill."""
    if follow.id not in gaps.fillable(tx):
        return None
    gaps.begin_filling(tx, follow.id)
    since = gaps.filling_since(tx, follow.id)
    assert since is not None
    wish = Wish(f"follow:{follow.id}", check_job.origin_of(follow), jobs.BACKGROUND)
    known_before = follow_log.found_earlier(tx, follow.id, since)
    rules = walk_state.gap()
    return walking.begin(
        tx, snapshot, wish, "gap", follow.site, rules, follow.urls, follow=follow.id, known_before=known_before
    )


def begin_open(runtime: Runtime) -> int:
    """Begin to fill the gaps that wait for it; return how many follows that are."""
    with runtime.db.read() as tx:
        found = gaps.fillable(tx)
    if not found:
        return 0
    with runtime.db.write(Named.CHECK_BEGUN) as tx:
        for follow_id in found:
            follow = follows.get(tx, follow_id)
            if follow is not None:
                begin(tx, runtime.snapshot, follow)
    runtime.dispatch.look_again()
    return len(found)


def find(tx: Transaction, follow_id: str, key: str, *, pinned: bool) -> walk_state.Find:
    """Return a post as the walk on a gap sees it: known before the gap, passed (met at the gap or later), or new."""
    at, since = follow_log.found_at(tx, follow_id, key), gaps.filling_since(tx, follow_id)
    known = at is not None and since is not None and at < since
    return walk_state.Find(key, known, pinned, passed=at is not None and not known)


def ended(tx: Transaction, snapshot: Snapshot, follow_id: str, stop: Stop, new: int) -> list[Event]:
    """Close the gaps that a walk came through, or leave them open where it did not; return what there is to tell."""
    follow = follows.get(tx, follow_id)
    if follow is None:
        return []
    title = check_job.title_of(follow)
    # A listing that ends twice before what was known has it no more; once may be a page that came empty.
    over = stop.reason is Reason.END and not stop.fault and gaps.tries(tx, follow_id) > 0
    if (stop.fault or stop.gap or stop.reason in _TOO_DEEP) and not over:
        return _unfilled(tx, follow_id, title, stop)
    gaps.filled(tx, follow_id)
    begin(tx, snapshot, follow)
    return [Event("walk", title, f"gap filled with {count(new, 'post')}: {stop.words}")]


def _unfilled(tx: Transaction, follow_id: str, title: str, stop: Stop) -> list[Event]:
    """Open gaps again that a walk did not come through; after a few times only a person has them tried once more."""
    before = gaps.tries(tx, follow_id)
    last = stop.reason in _TOO_DEEP or before + 1 >= TRIES
    gaps.put_off(tx, follow_id, NEVER if last else tx.now + DELAYS[TroubleKind.UNREADABLE], stop.words)
    if last:
        return [Event("notice", title, f"its gap is not filled: {stop.words}. `syncer follow gap fill` tries again")]
    return [] if before else [Event("notice", title, f"its gap is not filled yet: {stop.words}")]


def broken_off(tx: Transaction, trouble: Trouble) -> float:
    """Return when a page of a walk on a gap is tried again that cannot be had now; the follow's checks go on meanwhile."""
    return tx.now + DELAYS.get(trouble.kind, DELAYS[TroubleKind.OTHER])
