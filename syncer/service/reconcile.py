"""Bringing the store's follows in line with the config: new ones in, vanished ones retired, the others kept as who they are.

Here, because what a follow remembers decides that nothing is downloaded anew. Start and reload call it, `resume` for one follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncer.model import UrlKind
from syncer.service import follows_of, timing_of
from syncer.service.follows_of import Wanted
from syncer.service.snapshot import Snapshot
from syncer.sites import urls
from syncer.store import follows, requests
from syncer.store.database import Transaction
from syncer.store.follows import Follow

KEPT_RETIRED = 180 * 86400
"""Seconds that a retired follow is remembered, so that one that comes back goes on where it was."""
FEW = 5
"""So many queries may vanish at once without a question, and a fifth of all of them."""
WAITS = "reload waits"
"""Key of the fact that a reload waits for a person's yes: {"retires": 12, "queries": 40}."""
SAME = "reconciled"
"""Key of the fact which config and site files the follows are in line with: the next start need not look at each of them."""
HELD = "the config does not name it any more; `syncer reload --yes` retires it"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many follows a reload added or retired, and what there is to tell."""

    added: int = 0
    retired: int = 0
    held: int = 0
    """Queries that wait for a person's yes to be retired."""
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Plan:
    want: Wanted
    new: list[Follow]
    same: list[tuple[Follow, Follow]]
    """Pairs of what the store has and what the config wants."""
    moved: list[tuple[Follow, Follow]]
    """The same, where the site file asks at other URLs now."""
    broken: list[Follow]
    gone: list[Follow]
    queries: int
    """Queries of the config that are in force."""

    @property
    def retires(self) -> int:
        return sum(follow.kind == "query" for follow in self.gone)

    @property
    def too_many(self) -> bool:
        return self.retires > FEW and self.retires * 5 > self.queries


def too_many(tx: Transaction, snapshot: Snapshot) -> str:
    """Say, and note it for `status`, that a config would retire so many queries that it may be a mistake; "" = it does not."""
    plan = _plan(tx, snapshot)
    requests.set_fact(tx, WAITS, {"retires": plan.retires, "queries": plan.queries} if plan.too_many else None)
    return f"it would retire {plan.retires} of {plan.queries} queries" if plan.too_many else ""


def reconcile(tx: Transaction, snapshot: Snapshot, *, yes: bool = False) -> Reconciled:
    """Bring the store's follows in line with the config; without `yes`, too many queries at once are only paused."""
    follows.drop_retired(tx, tx.now - KEPT_RETIRED)
    if snapshot.fingerprint and requests.fact(tx, SAME) == snapshot.fingerprint:
        return Reconciled()
    return _bring_in_line(tx, snapshot, _plan(tx, snapshot), yes=yes)


def _bring_in_line(tx: Transaction, snapshot: Snapshot, plan: _Plan, *, yes: bool) -> Reconciled:
    for follow in plan.new:
        follows.add(tx, _with_free_id(tx, follow))
    for known, follow in plan.same:
        if _differs(known, follow):
            follows.set_config(tx, _keep(known, follow))
            _retime(tx, snapshot, known, follow)
    told = [words for known, follow in plan.moved if (words := _move(tx, known, follow))]
    for follow in plan.broken:
        follows.set_reason(tx, follow.id, follows_of.MISSING.format(follow.site))
    held = plan.too_many and not yes
    for follow in plan.gone:
        if held and follow.kind == "query":
            follows.set_reason(tx, follow.id, HELD)
        else:
            follows.retire(tx, follow.id)
    _own_watchers(tx, snapshot)
    waits = {"retires": plan.retires, "queries": plan.queries} if held else None
    requests.set_fact(tx, WAITS, waits)
    if held:
        told.append(f"{plan.retires} queries are paused: {HELD}")
    settled = not (told or held or plan.want.faults or plan.moved or plan.broken)
    requests.set_fact(tx, SAME, snapshot.fingerprint if settled else None)
    retired = len(plan.gone) - (plan.retires if held else 0)
    return Reconciled(len(plan.new), retired, plan.retires if held else 0, (*plan.want.faults, *told))


def _retime(tx: Transaction, snapshot: Snapshot, known: Follow, follow: Follow) -> None:
    """Plan the next check of a follow anew whose timing was changed: it does not wait 90 days for what is now each day."""
    if timing_of.rules(known.settings) == timing_of.rules(follow.settings):
        return
    kept = replace(known, name=follow.name or known.name, settings=follow.settings)
    follows.set_state(tx, timing_of.with_new_rules(tx, snapshot, kept))


def _plan(tx: Transaction, snapshot: Snapshot) -> _Plan:
    want = follows_of.wanted(snapshot)
    stored = follows.everything(tx, retired=True)
    have = {follow.identity: follow for follow in stored}
    unwanted = [follow for follow in stored if follow.identity not in want.follows]
    unwanted.sort(key=lambda follow: follow.retired_at is None)  # of two of one text the one in force
    others = {_text(snapshot, follow): follow for follow in unwanted}
    plan = _Plan(want, [], [], [], [], [], 0)
    for follow in want.follows.values():
        if (known := have.get(follow.identity)) is not None:
            plan.same.append((known, follow))
        elif (known := others.pop(_text(snapshot, follow), None)) is not None:
            plan.moved.append((known, follow))
        else:
            plan.new.append(follow)
    in_force = [follow for follow in stored if follow.source == "config" and follow.retired_at is None]
    plan.queries = sum(follow.kind == "query" for follow in in_force)
    taken_over = {known.id for known, _ in plan.moved}
    for follow in in_force:
        if follow.identity not in want.follows and follow.id not in taken_over:
            _missing(plan, follow)
    return plan


def _missing(plan: _Plan, follow: Follow) -> None:
    """Sort a follow that the config does not want now: its site file fails it, its list cannot be read, or it is gone."""
    if _is_broken(plan.want, follow):
        plan.broken.append(follow)
    elif not (follow.kind == "query" and follow.name in plan.want.unread):
        plan.gone.append(follow)


def _text(snapshot: Snapshot, follow: Follow) -> tuple[str, ...]:
    """Return who a follow is in a person's eyes: site and query text, or the thread."""
    if follow.kind == "query":
        return ("query", follow.site, follow.query)
    found = snapshot.library.recognise(follow.urls[0])
    return ("watcher", found.key if found is not None else urls.key(follow.urls[0]))


def _move(tx: Transaction, known: Follow, follow: Follow) -> str:
    """Take over a follow whose site file asks at other URLs; return what there is to tell.

    A query is paused until a person has looked: the site may list other posts there, or the same under other names. A thread
    is the same thread.
    """
    if known.kind == "watcher":
        follows.set_identity(tx, known.id, follow.identity)
        follows.set_config(tx, _keep(known, follow))
        return ""
    words = f"its site file asks at {follow.urls[0]} now and no more at {known.urls[0]}; `follow resume` accepts that"
    follows.set_config(tx, replace(_keep(known, follow), urls=known.urls, paused=words))
    return f'subscription "{follow.name}", query "{follow.query}" is paused: {words}' if words != known.paused else ""


def accept_move(tx: Transaction, snapshot: Snapshot, known: Follow) -> bool:
    """Let a query go on under the URLs that its site file asks at now, with all it remembers; False where nothing changed."""
    for follow in follows_of.wanted(snapshot).follows.values():
        if _text(snapshot, follow) == _text(snapshot, known) and follow.identity != known.identity:
            follows.set_identity(tx, known.id, follow.identity)
            follows.set_config(tx, _keep(known, follow))
            return True
    return False


def _own_watchers(tx: Transaction, snapshot: Snapshot) -> None:
    """Pause the watchers that only the store names while no site file knows their URL."""
    for follow in follows.everything(tx):
        if follow.source != "store":
            continue
        found = snapshot.library.recognise(follow.urls[0])
        known = found is not None and found.kind is UrlKind.WATCHABLE
        reason = "" if known else follows_of.MISSING.format(follow.site)
        if reason != follow.paused:
            follows.set_reason(tx, follow.id, reason)


def _with_free_id(tx: Transaction, follow: Follow) -> Follow:
    """Give a new follow an id of its own; its identity's is taken where another follow has left that one behind."""
    number, free = 1, follow.id
    while follows.get(tx, free) is not None:
        number += 1
        free = f"{follow.id}-{number}"
    return replace(follow, id=free)


def _differs(known: Follow, follow: Follow) -> bool:
    fields: tuple[str, ...] = ("name", "query", "urls", "source", "settings", "paused")
    if follow.kind == "watcher":
        fields = ("urls", "source", "settings", "paused")
    return known.retired_at is not None or any(getattr(known, each) != getattr(follow, each) for each in fields)


def _keep(known: Follow, follow: Follow) -> Follow:
    """Return what the config wants as the follow that is there; a watcher keeps the title that it learnt."""
    return replace(follow, id=known.id, name=follow.name or known.name)


def _is_broken(want: Wanted, follow: Follow) -> bool:
    """Tell whether a follow vanished only because its site file did: the config still names it."""
    if follow.kind == "query":
        return (follow.site, follow.query) in want.broken
    return any(("", urls.key(url)) in want.broken for url in follow.urls)
