"""Bringing the store's follows in line with the config: new ones in, vanished ones retired, the others kept as who they are.

Here, because what a follow remembers decides that nothing is downloaded anew. Start and reload call it, `resume` for some follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.model import UrlKind
from syncer.service import catalogue_job, follows_of, handed, timing_of
from syncer.service.facts import FAULTS, MEANT, SAME, SHOWN, SITES, WAITS
from syncer.service.follows_of import NONE_KNOWN, Places, Wanted
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.sites import urls
from syncer.store import catalogues, follows, queue, requests, walks
from syncer.store.database import Transaction
from syncer.store.follows import Follow

KEPT_RETIRED = 180 * 86400
"""Seconds that a retired follow is remembered, so that one that comes back goes on where it was."""
FEW = 5
"""So many queries may vanish at once without a question, and a fifth of all of them."""
HELD = "the config does not name it any more; `syncer reload --yes` retires it"


@frozen
class Reconciled:
    """How many follows a reload added or retired, and what there is to tell."""

    added: int = 0
    retired: int = 0
    held: int = 0
    """Queries that wait for a person's yes to be retired."""
    faults: tuple[str, ...] = ()
    refused: str = ""
    """Why nothing was changed: it may be a mistake."""
    network: tuple[str, ...] = ()
    """The keys of `[network]` that a reload has changed."""

    @property
    def words(self) -> str:
        """Return in words what a reload did."""
        words = f"read again: {count(self.added, 'new follow')}, {self.retired} retired"
        keys = ", ".join(self.network)
        return f"{words}; [network] {keys} changed, for all that is asked for from now on" if keys else words


@dataclass(slots=True)
class _Plan:
    want: Wanted
    stored: list[Follow]
    """All that the store has, retired ones too."""
    same_sites: bool
    """The site files are those by which the follows' URLs were made."""
    meant: frozenset[tuple[str, str]]
    """Site and text of the queries that a person has removed by command."""
    new: list[Follow] = field(default_factory=list)
    same: list[tuple[Follow, Follow]] = field(default_factory=list)
    """Pairs of what the store has and what the config wants."""
    moved: list[tuple[Follow, Follow]] = field(default_factory=list)
    """The same, where the site file asks at other URLs now."""
    broken: list[Follow] = field(default_factory=list)
    gone: list[Follow] = field(default_factory=list)

    @property
    def in_force(self) -> list[Follow]:
        """What the config named until now."""
        return [follow for follow in self.stored if follow.source == "config" and follow.retired_at is None]

    def asks(self, follow: Follow) -> bool:
        """Tell whether a follow that is gone may be gone by mistake."""
        return follow.kind == "query" and (follow.site, follow.query) not in self.meant

    @property
    def waits(self) -> dict[str, int] | None:
        """Return how many queries of how many it would retire, where that may be a mistake."""
        retires = sum(map(self.asks, self.gone))
        queries = sum(follow.kind == "query" for follow in self.in_force)
        return {"retires": retires, "queries": queries} if retires > FEW and retires * 5 > queries else None


def mean(tx: Transaction, gone: Iterable[tuple[str, str]]) -> None:
    """Note that queries, by site and text, vanish from the config because a person says so: no reload asks about them."""
    requests.set_fact(tx, MEANT, sorted(_meant(tx) | set(gone)))


def take_back(tx: Transaction, gone: Iterable[tuple[str, str]]) -> None:
    """Forget that queries were to vanish: they stay after all, or it is done."""
    if left := _meant(tx):
        requests.set_fact(tx, MEANT, sorted(left - set(gone)))


def _meant(tx: Transaction) -> set[tuple[str, str]]:
    return {(site, text) for site, text in requests.fact(tx, MEANT) or ()}


def reconcile(tx: Transaction, snapshot: Snapshot, *, yes: bool = False, ask: bool = False) -> Reconciled:
    """Bring the store's follows in line with the config.

    Where too many queries at once would be retired and no `yes` is given, they are only paused; with `ask` nothing at all is
    changed then, and `refused` says so. What waits is noted for `status`.
    """
    _forget(tx, tx.now - KEPT_RETIRED)
    if snapshot.fingerprint and requests.fact(tx, SAME) == snapshot.fingerprint:
        requests.set_fact(tx, WAITS, None)
        return Reconciled()
    plan = _plan(tx, snapshot)
    waits = None if yes else plan.waits
    requests.set_fact(tx, WAITS, waits)
    if waits and ask:
        return Reconciled(refused="it would retire {retires} of {queries} queries".format_map(waits))
    return _bring_in_line(tx, snapshot, plan, held=bool(waits))


def _forget(tx: Transaction, before: float) -> None:
    """Forget the follows that were retired before a time, with the checks that they were in."""
    why = "its query was dropped half a year ago"
    for walk in walks.of_retired(tx, before):
        walks.end(tx, walk, why)
        walks.take_finds(tx, walk)
        queue.drop_pages(tx, walk, why)
    follows.drop_retired(tx, before)
    catalogues.drop_orphans(tx)


def _bring_in_line(tx: Transaction, snapshot: Snapshot, plan: _Plan, *, held: bool) -> Reconciled:
    taken = {follow.id for follow in plan.stored}
    follows.add_all(tx, [_with_free_id(follow, taken) for follow in plan.new])
    for known, follow in plan.same:
        if _differs(known, follow):
            _change(tx, snapshot, known, follow)
    told = [words for known, follow in plan.moved if (words := _move(tx, known, follow))]
    for follow in plan.broken:
        follows.set_reason(tx, follow.id, follows_of.MISSING.format(follow.site))
    on_hold = {follow.id for follow in plan.gone if held and plan.asks(follow)}
    for follow in plan.gone:
        if follow.id in on_hold:
            follows.set_reason(tx, follow.id, HELD)
        else:
            follows.retire(tx, follow.id)
    if not plan.same_sites:
        _own_watchers(tx, snapshot, plan.stored)
    take_back(tx, plan.meant - {(follow.site, follow.query) for follow in plan.want.follows.values()})
    if on_hold:
        told.append(f"{len(on_hold)} queries are paused: {HELD}")
    faults = (*plan.want.faults, *told)
    in_line = not (plan.moved or plan.broken or on_hold)
    requests.set_fact(tx, SITES, snapshot.sites_mark if in_line else None)
    requests.set_fact(tx, SAME, snapshot.fingerprint if in_line and not faults else None)
    requests.set_fact(tx, FAULTS, faults[:SHOWN])
    return Reconciled(len(plan.new), len(plan.gone) - len(on_hold), len(on_hold), faults)


def _change(tx: Transaction, snapshot: Snapshot, known: Follow, follow: Follow) -> None:
    """Let what the config says of a follow now hold."""
    follows.set_config(tx, _keep(known, follow))
    _retime(tx, snapshot, known, follow)
    if follow.kind == "catalogue":
        _look_anew(tx, snapshot, known, follow)


def _retime(tx: Transaction, snapshot: Snapshot, known: Follow, follow: Follow) -> None:
    """Plan the next check of a follow anew whose timing was changed: it does not wait 90 days for what is now each day."""
    if timing_of.rules(known.settings) == timing_of.rules(follow.settings):
        return
    kept = replace(known, name=follow.name or known.name, settings=follow.settings)
    follows.set_state(tx, timing_of.with_new_rules(tx, snapshot, kept))


def _look_anew(tx: Transaction, snapshot: Snapshot, known: Follow, follow: Follow) -> None:
    """Let a catalogue whose words were changed be looked at soon, from the top down, and its watchers have the new options."""
    before, after = catalogue_job.wants(known), catalogue_job.wants(follow)
    current = follows.get(tx, known.id)
    if current is not None and (before.words, before.most) != (after.words, after.most):
        follows.set_state(tx, replace(current, synced=False, next_check=0))
    if before.watcher == after.watcher:
        return
    for each in catalogues.watchers(tx, known.id):
        watcher = follows.get(tx, each)
        if watcher is not None:
            renewed = replace(watcher, settings=after.watcher)
            follows.set_config(tx, renewed)
            _retime(tx, snapshot, watcher, renewed)


def _plan(tx: Transaction, snapshot: Snapshot) -> _Plan:
    stored = follows.everything(tx, retired=True)
    same_sites = snapshot.sites_mark != "" and requests.fact(tx, SITES) == snapshot.sites_mark
    subscriptions = follows_of.with_kept(snapshot.config.subscriptions, stored)
    want = follows_of.wanted(snapshot, _places(stored) if same_sites else NONE_KNOWN, subscriptions)
    plan = _Plan(want, stored, same_sites, frozenset(_meant(tx)))
    have = {follow.identity: follow for follow in stored}
    unwanted = [follow for follow in stored if follow.identity not in want.follows]
    unwanted.sort(key=lambda follow: follow.retired_at is None)  # of two of one text the one in force
    others = {_text(snapshot, follow): follow for follow in unwanted}
    for follow in want.follows.values():
        if (known := have.get(follow.identity)) is not None:
            plan.same.append((known, follow))
        elif others and (known := others.pop(_text(snapshot, follow), None)) is not None:
            plan.moved.append((known, follow))
        else:
            plan.new.append(follow)
    taken_over = {known.id for known, _ in plan.moved}
    for follow in plan.in_force:
        if follow.identity not in want.follows and follow.id not in taken_over:
            (plan.broken if _is_broken(want, follow) else plan.gone).append(follow)
    return plan


def _places(stored: list[Follow]) -> Places:
    """Return what is known of the queries in force, by site and text."""
    return {
        (follow.site, follow.query): (follow.identity, follow.urls)
        for follow in stored
        if follow.kind == "query" and follow.source == "config" and follow.retired_at is None
    }


def _text(snapshot: Snapshot, follow: Follow) -> tuple[str, ...]:
    """Return who a follow is in a person's eyes: site and query text, or the thread."""
    if follow.kind == "query":
        return ("query", follow.site, follow.query)
    found = snapshot.library.recognise(follow.urls[0])
    return (
        follow.kind,
        follow.name if follow.kind == "catalogue" else "",
        found.key if found is not None else urls.key(follow.urls[0]),
    )


def _move(tx: Transaction, known: Follow, follow: Follow) -> str:
    """Take over a follow whose site file asks at other URLs; return what there is to tell.

    A query is paused until a person has looked: the site may list other posts there, or the same under other names. A thread
    is the same thread, a board's catalogue lists the same threads.
    """
    if known.kind != "query":
        follows.set_identity(tx, known.id, follow.identity)
        follows.set_config(tx, _keep(known, follow))
        return ""
    new, old = handed.shown(follow.urls[0]), handed.shown(known.urls[0])
    words = f"its site file asks at {new} now and no more at {old}; `follow resume` accepts that"
    follows.set_config(tx, replace(_keep(known, follow), urls=known.urls, paused=words))
    return f'subscription "{follow.name}", query "{follow.query}" is paused: {words}' if words != known.paused else ""


def accept_moves(tx: Transaction, snapshot: Snapshot, found: list[Follow]) -> None:
    """Let queries go on under the URLs that their site file asks at now, with all they remember."""
    named = {(one.site, query.text): (one, query) for one in snapshot.config.subscriptions for query in one.queries}
    for known in found:
        if known.kind != "query" or (known.site, known.query) not in named:
            continue
        try:
            follow = follows_of.of_query(snapshot, *named[known.site, known.query])
        except ItemError:
            continue  # it stays paused, with the reason
        if follow.identity != known.identity and follows.of_identity(tx, follow.identity) is None:
            follows.set_identity(tx, known.id, follow.identity)
            follows.set_config(tx, _keep(known, follow))


def _own_watchers(tx: Transaction, snapshot: Snapshot, stored: list[Follow]) -> None:
    """Pause the watchers that the config does not name while no site file knows their URL."""
    for follow in stored:
        if follow.source == "config" or follow.retired_at is not None:
            continue
        found = snapshot.library.recognise(follow.urls[0])
        known = found is not None and found.kind is UrlKind.WATCHABLE
        reason = "" if known else follows_of.MISSING.format(follow.site)
        if reason != follow.paused:
            follows.set_reason(tx, follow.id, reason)


def _with_free_id(follow: Follow, taken: set[str]) -> Follow:
    """Give a new follow an id of its own; its identity's is taken where another follow has left that one behind."""
    number, free = 1, follow.id
    while free in taken:
        number += 1
        free = f"{follow.id}-{number}"
    taken.add(free)
    return follow if free == follow.id else replace(follow, id=free)


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
