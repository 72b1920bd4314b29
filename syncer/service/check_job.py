"""Checks: begun when they are due, ended with the follow's next time.

Here, because follow's pure rules meet the store's rows in one place. The loop begins checks, the listing job ends them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace

from syncer.follow import catalogue, plan, stops, subscription, timing, walk_state, watcher
from syncer.follow.state import Change, Trouble, TroubleKind
from syncer.follow.stops import Stop
from syncer.follow.walk_state import Rules
from syncer.frozen import frozen
from syncer.model import Origin
from syncer.service import advice, download_log, first_check, timing_of, walking
from syncer.service.enqueue import Wish
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import catalogues, follow_log, follows, gaps, jobs
from syncer.store.database import Named, Transaction, is_away
from syncer.store.follows import Follow

log = logging.getLogger(__name__)

KEPT_FILES = 250
"""So many of the newest files stay in a follow's log whatever their age; twice the limit where that is more (hydrus)."""


DEEP_EVERY, DEEP_PAGES = 10, 5
"""Each tenth check of a query reads at least five pages: posts that were tagged late stand among known ones (case GP6)."""


def begin_due(runtime: Runtime) -> int:
    """Begin the checks that are due; return how many."""
    snapshot = runtime.snapshot
    with runtime.db.read() as tx:
        due = follows.due(tx)
    due = _let_begin(runtime, snapshot, due)
    try:
        _begin_all(runtime, snapshot, due)
    except Exception as error:  # one of them is broken: it is found, and the others begin
        if is_away(error):
            raise
        log.debug("checks broke", exc_info=True)
        for follow in due:
            _begin_alone(runtime, snapshot, follow)
    runtime.dispatch.look_again()
    for follow in due:
        runtime.tell(Event("check", title_of(follow), first_check.of(follow)))
    return len(due)


def _let_begin(runtime: Runtime, snapshot: Snapshot, due: list[Follow]) -> list[Follow]:
    """Return those of the follows that are due that may begin now; put off the others, with the reason."""
    now = runtime.clock.now()
    held = [(follow, _hold(snapshot, follow, now)) for follow in due]
    if any(hold is not None for _, hold in held):
        with runtime.db.write(Named.CHECK_BEGUN) as tx:
            for follow, hold in held:
                if hold is not None:
                    follows.set_state(tx, replace(follow, next_check=hold.until, why=hold.why))
    return [follow for follow, hold in held if hold is None]


def _hold(snapshot: Snapshot, follow: Follow, now: float) -> plan.Hold | None:
    rules, hours = timing_of.rules(follow.settings), timing_of.hours(snapshot, follow.site)
    return plan.hold(timing_of.state(follow), follow.id, rules, now, hours)


def _begin_all(runtime: Runtime, snapshot: Snapshot, due: list[Follow]) -> None:
    with runtime.db.write(Named.CHECK_BEGUN) as tx:
        told = [event for follow in due for event in _begin(tx, snapshot, follow)]
    for event in told:
        runtime.tell(event)


def _begin_alone(runtime: Runtime, snapshot: Snapshot, follow: Follow) -> None:
    """Begin one check; one that cannot begin is put off with the reason."""
    try:
        _begin_all(runtime, snapshot, [follow])
    except Exception as error:
        if is_away(error):
            raise
        log.debug("the check of %s broke", title_of(follow), exc_info=True)
        why = f"its check could not begin: {type(error).__name__}: {error}"
        with runtime.db.write(Named.CHECK_BEGUN) as tx:
            later = tx.now + subscription.DELAYS[TroubleKind.OTHER]
            follows.set_state(tx, replace(follow, next_check=later, faults=follow.faults + 1, why=why))
        runtime.tell(Event("notice", title_of(follow), why))


def title_of(follow: Follow) -> str:
    """Return how a follow is called in messages."""
    if follow.kind != "query":
        return f"{follow.kind} {follow.name or follow.urls[0]}"
    return f'subscription "{follow.name}", query "{follow.query}"'


def origin_of(follow: Follow) -> Origin:
    """Return the origin of what a follow's checks find."""
    by = "subscription" if follow.kind == "query" else "watcher"
    return Origin(by, follow.name, follow.query, follow.id)


@frozen
class _Planned:
    """How a check is to go."""

    follow: Follow
    rules: Rules
    priority: int
    known_before: int = 0
    walk: str = "check"


def _begin(tx: Transaction, snapshot: Snapshot, follow: Follow) -> list[Event]:
    """Begin a check with its first page, or end it at once where its listing cannot be followed."""
    if follow.kind == "query" and (why := advice.not_newest_first(snapshot, follow.site, follow.query)):
        stop = stops.not_newest_first(why)
        told = ended(tx, snapshot, follow.id, stop, Said())
        return told if follow.faults else [*told, Event("notice", title_of(follow), stop.words)]
    planned = _PLANS[follow.kind](tx, follow)
    wish = Wish(f"follow:{follow.id}", origin_of(follow), planned.priority)
    walk_id = walking.begin(
        tx,
        snapshot,
        wish,
        planned.walk,
        follow.site,
        planned.rules,
        follow.urls,
        follow=follow.id,
        known_before=planned.known_before,
    )
    follows.set_state(tx, replace(planned.follow, walk=walk_id))
    return []


def _query(tx: Transaction, follow: Follow) -> _Planned:
    settings = json.loads(follow.settings)
    known_before = follow_log.found_before(tx, follow.id)
    # What a download of the same search met is known ground as well.
    later = follow.synced or (known_before > 0 and download_log.stands_for_first_sync(tx, follow))
    limit = settings["limit" if later else "first_limit"] or None
    follow = replace(follow, shallow=(follow.shallow + 1) % DEEP_EVERY if later else 0)
    deep = DEEP_PAGES if later and not follow.shallow else 0
    rules = walk_state.later_sync(limit, deep=deep) if later else walk_state.first_sync(limit)
    return _Planned(follow, rules, jobs.PRIORITIES[settings.get("priority", "normal")], known_before)


def _watcher(tx: Transaction, follow: Follow) -> _Planned:
    del tx
    # Nothing is known before: a thread that shrank to nothing has died, its site has not changed.
    return _Planned(follow, walk_state.watcher(), jobs.DYING if follow.dying else jobs.BEFORE_OTHERS)


def _catalogue(tx: Transaction, follow: Follow) -> _Planned:
    # What waits for its turn may stand further down.
    rules = walk_state.catalogue(whole=not follow.synced or catalogues.waiting(tx, follow.id) > 0)
    return _Planned(follow, rules, jobs.BEFORE_OTHERS, follow_log.found_before(tx, follow.id), "catalogue")


_PLANS: dict[str, Callable[[Transaction, Follow], _Planned]] = {
    "query": _query,
    "watcher": _watcher,
    "catalogue": _catalogue,
}


@frozen
class Said:
    """What a thread's page says of itself."""

    title: str = ""
    archived: bool = False
    dying: bool = False

    @property
    def is_gone_soon(self) -> bool:
        """Tell whether what it shows must be fetched before all else."""
        return self.archived or self.dying


def ended(tx: Transaction, snapshot: Snapshot, follow_id: str, stop: Stop, said: Said) -> list[Event]:
    """Give a follow whose check has ended its next time; return what there is to tell."""
    follow = follows.get(tx, follow_id)
    assert follow is not None
    log, hours = timing_of.log_of(tx, follow), timing_of.hours(snapshot, follow.site)
    state, rules = timing_of.state(follow), timing_of.rules(follow.settings)
    if follow.kind == "watcher":
        change = watcher.after_check(
            state, stop, archived=said.archived, now=tx.now, timing=rules, log=log, hours=hours
        )
        name = follow.name or said.title
        if said.is_gone_soon and not follow.dying:
            jobs.hurry(tx, f"follow:{follow.id}", jobs.DYING)
    else:
        change = _AFTER[follow.kind](state, stop, now=tx.now, timing=rules, log=log, hours=hours)
        name = follow.name
    if follow.kind == "catalogue":
        catalogues.tidy(tx, follow.id)
    if not gaps.unfilled(tx, follow_id):
        # What bounds a gap from below must stay known until it is filled.
        newest = max(KEPT_FILES, 2 * json.loads(follow.settings)["limit"])
        follow_log.compact(tx, follow_id, timing.kept_period(plan.in_force(rules)), newest)
    change = replace(change, state=plan.delayed(change.state, follow.id, tx.now, hours))
    dying = follow.dying or said.dying
    follows.set_state(tx, timing_of.with_state(replace(follow, walk=None, name=name, dying=dying), change.state))
    events = [
        Event("walk", title_of(follow), f"{stop.words}; next: {change.state.why.removeprefix(f'{stop.words}; ')}")
    ]
    return events + _notice(follow, change)


def broken_off(tx: Transaction, snapshot: Snapshot, follow_id: str, trouble: Trouble) -> tuple[float, list[Event]]:
    """Note a check that could not end; return when its page is tried again, and what there is to tell."""
    follow = follows.get(tx, follow_id)
    assert follow is not None
    log, hours = timing_of.log_of(tx, follow), timing_of.hours(snapshot, follow.site)
    state, rules = timing_of.state(follow), timing_of.rules(follow.settings)
    change = _AFTER[follow.kind](state, trouble, now=tx.now, timing=rules, log=log, hours=hours)
    change = replace(change, state=plan.delayed(change.state, follow.id, tx.now, hours))
    follows.set_state(tx, timing_of.with_state(follow, change.state))
    return float(change.state.next_check), _notice(follow, change)


_AFTER: dict[str, Callable[..., Change]] = {
    "query": subscription.after_sync,
    "watcher": watcher.after_check,
    "catalogue": catalogue.after_check,
}


def _notice(follow: Follow, change: Change) -> list[Event]:
    return [Event("notice", title_of(follow), change.notice)] if change.notice else []
