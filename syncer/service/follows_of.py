"""From config and dropped links to follows: their identity, their settings as the store keeps them, and reconciling both.

Here, because a follow's memory must survive renaming, moving and retiring. Start, reload and accepting call it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from syncer.config.settings import CheckTiming
from syncer.errors import ItemError
from syncer.follow.state import Status, identity
from syncer.model import Origin, Recognised, UrlKind
from syncer.service.snapshot import Snapshot
from syncer.sites import urls
from syncer.store import follows
from syncer.store.codec import dump
from syncer.store.database import Transaction
from syncer.store.follows import Follow

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Wanted:
    """The follows that the config names, and why some of them cannot run."""

    follows: dict[str, Follow] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)
    """Site and query, or "" and the key of a thread's URL, of those that no site file serves now."""


def settings(timing: CheckTiming, first_limit: int = 0, limit: int = 0) -> str:
    """Write what a follow's checks need as the store keeps it."""
    figures = [timing.intended, timing.fastest, timing.slowest, timing.dead_files, timing.dead_period]
    return dump({"timing": figures, "first_limit": first_limit, "limit": limit})


def wanted(snapshot: Snapshot) -> Wanted:
    """Return all follows of the config; a query that cannot be searched is a fault and stops nothing else."""
    found = Wanted()
    for subscription in snapshot.config.subscriptions:
        limits = settings(subscription.timing, subscription.first_limit, subscription.limit)
        for query in subscription.queries:
            try:
                starts = snapshot.library.search(subscription.site, query.text)
            except ItemError as error:
                found.faults.append(f'subscription "{subscription.name}", query "{query.text}": {error}')
                found.broken.add((subscription.site, query.text))
                continue
            keys = [_key(snapshot, url) for url in starts]
            follow = Follow(
                id=identity("query", subscription.site, keys),
                kind="query",
                site=subscription.site,
                name=subscription.name,
                query=query.text,
                urls=starts,
                source="config",
                settings=limits,
                paused="config" if subscription.paused or query.paused else "",
            )
            _add(found, follow)
    _watchers(snapshot, found)
    return found


def _add(found: Wanted, follow: Follow) -> None:
    first = found.follows.setdefault(follow.id, follow)
    if first is not follow:
        found.notes.append(
            f'subscription "{follow.name}", query "{follow.query}" asks for the same as'
            f' subscription "{first.name}", query "{first.query}"; it is checked once, under the first'
        )


def _key(snapshot: Snapshot, url: str) -> str:
    recognised = snapshot.library.recognise(url)
    return recognised.key if recognised else url


def _watchers(snapshot: Snapshot, found: Wanted) -> None:
    for watcher in snapshot.config.watchers:
        recognised = snapshot.library.recognise(watcher.url)
        if recognised is None or recognised.kind is not UrlKind.WATCHABLE:
            found.faults.append(f"watcher {watcher.url}: no site file knows this as a URL that can be watched")
            found.broken.add(("", urls.key(watcher.url)))
            continue
        follow = _watcher(recognised, settings(watcher.timing), "config")
        _add(found, follows.pause(follow, "config") if watcher.paused else follow)


def _watcher(recognised: Recognised, limits: str, source: str) -> Follow:
    return Follow(
        id=identity("watcher", recognised.site, [recognised.key]),
        kind="watcher",
        site=recognised.site,
        name="",
        query="",
        urls=(recognised.for_server,),
        source=source,
        settings=limits,
    )


def watch(tx: Transaction, snapshot: Snapshot, recognised: Recognised, origin: Origin) -> str:
    """Put a watcher for a URL into the store, or wake the one that is there; return what was done, in words."""
    del origin
    limits = settings(snapshot.config.checks.watchers)
    follow = _watcher(recognised, limits, "store")
    known = follows.get(tx, follow.id)
    if known is None:
        follows.add(tx, follow)
        return "watched from now on"
    if known.retired_at is not None:
        follows.set_config(tx, follow)
    elif known.status == Status.ALIVE:
        return "watched already"
    follows.revive(tx, follow.id)
    return "watched again"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many follows a reload added, changed or retired."""

    added: int
    retired: int
    faults: tuple[str, ...]


def reconcile(tx: Transaction, snapshot: Snapshot) -> Reconciled:
    """Bring the store's follows in line with the config: new ones in, vanished ones retired, the others updated."""
    want = wanted(snapshot)
    have = {follow.id: follow for follow in follows.everything(tx, retired=True)}
    added = 0
    for follow in want.follows.values():
        known = have.get(follow.id)
        if known is None:
            follows.add(tx, follow)
            added += 1
        elif _differs(known, follow):
            follows.set_config(tx, _keep(known, follow))
    gone = [
        follow
        for follow in have.values()
        if follow.source == "config" and follow.retired_at is None and follow.id not in want.follows
    ]
    retired = 0
    for follow in gone:
        if _is_broken(want, follow):
            follows.set_config(tx, follows.pause(follow, f'site file "{follow.site}" is missing or broken'))
        else:
            follows.retire(tx, follow.id)
            retired += 1
    return Reconciled(added, retired, tuple(want.faults))


def _differs(known: Follow, follow: Follow) -> bool:
    fields: tuple[str, ...] = ("name", "query", "urls", "source", "settings", "paused")
    if follow.kind == "watcher":
        fields = ("urls", "source", "settings", "paused")
    return known.retired_at is not None or any(getattr(known, each) != getattr(follow, each) for each in fields)


def _keep(known: Follow, follow: Follow) -> Follow:
    """A command's pause outlives a reload; a watcher keeps the title that it learnt."""
    paused = known.paused if known.paused == "command" else follow.paused
    return replace(follow, paused=paused, name=follow.name or known.name)


def _is_broken(want: Wanted, follow: Follow) -> bool:
    """Tell whether a follow vanished only because its site file did: the config still names it."""
    if follow.kind == "query":
        return (follow.site, follow.query) in want.broken
    return any(("", urls.key(url)) in want.broken for url in follow.urls)
