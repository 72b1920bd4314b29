"""From config and dropped links to follows: their identity, their settings as the store keeps them, and reconciling both.

Here, because a follow's memory must survive renaming, moving and retiring. Start, reload and accepting call it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from syncer.config import rules
from syncer.config.settings import Query, Subscription
from syncer.errors import ItemError
from syncer.follow.state import Status, identity
from syncer.model import Origin, Recognised, UrlKind
from syncer.service import scope
from syncer.service.snapshot import Snapshot
from syncer.service.timing_of import settings
from syncer.sites import urls
from syncer.store import follows
from syncer.store.database import Transaction
from syncer.store.follows import Follow

log = logging.getLogger(__name__)

MISSING = 'no site file serves it: that of "{}" is missing, broken or has changed'


@dataclass(slots=True)
class Wanted:
    """The follows that the config names, and why some of them cannot run."""

    follows: dict[str, Follow] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)
    """Site and query, or "" and the key of a thread's URL, of those that no site file serves now."""
    unread: set[str] = field(default_factory=set)
    """Subscriptions whose list of queries could not be read: what the store has of them stays."""


def wanted(snapshot: Snapshot) -> Wanted:
    """Return all follows of the config; a query that cannot be searched is a fault and stops nothing else."""
    found = Wanted()
    for subscription in snapshot.config.subscriptions:
        for query in subscription.queries:
            try:
                starts = starts_of(snapshot, subscription.site, query.text)
            except ItemError as error:
                found.faults.append(f'subscription "{subscription.name}", query "{query.text}": {error}')
                found.broken.add((subscription.site, query.text))
                continue
            who = identity("query", subscription.site, [start.key for start in starts])
            follow = Follow(
                id=who,
                identity=who,
                kind="query",
                site=subscription.site,
                name=subscription.name,
                query=query.text,
                urls=tuple(start.url for start in starts),
                source="config",
                settings=_settings(subscription, query),
                paused="config" if subscription.paused or query.paused else "",
            )
            _add(found, follow)
        found.faults += subscription.odd_lines
        if subscription.unread:
            found.faults.append(f'subscription "{subscription.name}": {subscription.unread}')
            found.unread.add(subscription.name)
    _watchers(snapshot, found)
    return found


def _settings(subscription: Subscription, query: Query) -> str:
    own = subscription.bandwidth if query.bandwidth is None else query.bandwidth
    bandwidth = {} if own is None else {"bandwidth": [rules.write(rule) for rule in own]}
    return settings(
        query.timing or subscription.timing,
        subscription.first_limit,
        subscription.limit,
        scope.layers_of(subscription, query),
        gaps=query.gaps or subscription.gaps,
        priority=query.priority or subscription.priority,
        **bandwidth,
    )


def starts_of(snapshot: Snapshot, site: str, query: str) -> tuple[Recognised, ...]:
    """Return where the checks of a query begin: at what its site's search makes of it, or at the gallery URL that it is.

    Raises ItemError with the cure where there is no such search, or no site file reads what it leads to.
    """
    if not query.lower().startswith(("http://", "https://")):
        starts = snapshot.library.search(site, query)
    else:
        found = snapshot.library.recognise(query)
        if found is None or found.kind is not UrlKind.GALLERY or found.site != site:
            raise ItemError(
                f"the site {site} has no gallery at this URL", f"`syncer sites match {query}` shows what it is"
            )
        starts = (found.for_server,)
    return tuple(_readable(snapshot, site, url) for url in starts)


def _readable(snapshot: Snapshot, site: str, url: str) -> Recognised:
    found = snapshot.library.recognise(url)
    if found is None or found.parser is None:
        raise ItemError(f"the search leads to {url}, which no site file can read", f"Mend the site file {site}")
    return found


def _add(found: Wanted, follow: Follow) -> None:
    first = found.follows.setdefault(follow.id, follow)
    if first is not follow:
        found.notes.append(
            f'subscription "{follow.name}", query "{follow.query}" asks for the same as'
            f' subscription "{first.name}", query "{first.query}"; it is checked once, under the first'
        )


def _watchers(snapshot: Snapshot, found: Wanted) -> None:
    for watcher in snapshot.config.watchers:
        recognised = snapshot.library.recognise(watcher.url)
        if recognised is None or recognised.kind is not UrlKind.WATCHABLE:
            found.faults.append(f"watcher {watcher.url}: no site file knows this as a URL that can be watched")
            found.broken.add(("", urls.key(watcher.url)))
            continue
        own = [("watcher", dict(watcher.options))] if watcher.options else []
        follow = _watcher(recognised, settings(watcher.timing, layers=own), "config")
        _add(found, follows.pause(follow, "config") if watcher.paused else follow)


def _watcher(recognised: Recognised, limits: str, source: str) -> Follow:
    who = identity("watcher", recognised.site, [recognised.key])
    return Follow(
        id=who,
        identity=who,
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
    known = follows.of_identity(tx, follow.identity)
    if known is None:
        follows.add(tx, follow)
        return "watched from now on"
    if known.retired_at is not None:
        follows.set_config(tx, replace(follow, id=known.id, name=known.name))
    elif known.status == Status.ALIVE:
        return "watched already"
    follows.revive(tx, known.id)
    return "watched again"
