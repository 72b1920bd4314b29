"""From config and dropped links to follows: their identity, and their settings as the store keeps them.

Here, because a follow's memory must survive renaming, moving and retiring. Start, reload and accepting call it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from syncer.config import rules
from syncer.config.catalogue import Catalogue
from syncer.config.handover import PROGRAMS
from syncer.config.settings import Query, Subscription
from syncer.errors import ItemError
from syncer.filters import threads
from syncer.follow.state import Status, identity
from syncer.model import Origin, Recognised, UrlKind
from syncer.service import catalogue_job, handed, scope
from syncer.service.snapshot import Snapshot
from syncer.service.timing_of import settings
from syncer.sites import urls
from syncer.store import follows
from syncer.store.database import Transaction
from syncer.store.follows import Follow

log = logging.getLogger(__name__)

ALREADY = "watched already"
MISSING = 'no site file serves it: that of "{}" is missing, broken or has changed'

Places = Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]
"""Identity and first URLs by site and query text, where they are known already."""
NONE_KNOWN: Places = MappingProxyType({})


@dataclass(slots=True)
class Wanted:
    """The follows that the config names, and why some of them cannot run."""

    follows: dict[str, Follow] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)
    """Site and query, or "" and the key of a thread's URL, of those that no site file serves now."""


def wanted(
    snapshot: Snapshot, known: Places = NONE_KNOWN, subscriptions: Sequence[Subscription] | None = None
) -> Wanted:
    """Return all follows of the config, or of some `subscriptions` in place of its own.

    A query that cannot be searched is a fault and stops nothing else. What is `known` of a query is taken over; the site files
    are asked for the others.
    """
    found = Wanted()
    for subscription in snapshot.config.subscriptions if subscriptions is None else subscriptions:
        for query in subscription.queries:
            try:
                follow = of_query(snapshot, subscription, query, known)
            except ItemError as error:
                found.faults.append(f'subscription "{subscription.name}", query "{query.text}": {error}')
                found.broken.add((subscription.site, query.text))
            else:
                _add(found, follow)
        found.faults += subscription.odd_lines
        if subscription.unread:
            found.faults.append(f'subscription "{subscription.name}": {subscription.unread}')
    _watchers(snapshot, found)
    _catalogues(snapshot, found)
    return found


def with_kept(subscriptions: Sequence[Subscription], stored: Sequence[Follow]) -> list[Subscription]:
    """Return the subscriptions, with the queries that the store has of those whose list cannot be read now.

    Queries of the same site whose subscription is named no more go with them: it may have been renamed.
    """
    names = {one.name for one in subscriptions}
    found = []
    for one in subscriptions:
        if one.unread:
            own = {query.text for query in one.queries}
            kept = [each.query for each in stored if _is_of(each, one, names) and each.query not in own]
            one = replace(one, queries=(*one.queries, *map(Query, kept)))  # noqa: PLW2901 the same with more
        found.append(one)
    return found


def _is_of(follow: Follow, one: Subscription, names: set[str]) -> bool:
    named = follow.kind == "query" and follow.source == "config" and follow.retired_at is None
    return named and follow.site == one.site and (follow.name == one.name or follow.name not in names)


def of_query(snapshot: Snapshot, subscription: Subscription, query: Query, known: Places = NONE_KNOWN) -> Follow:
    """Return a query of the config as a new follow; raises ItemError where no site file serves it."""
    found = known.get((subscription.site, query.text))
    if found is None:
        starts = starts_of(snapshot, subscription.site, query.text)
        who = identity("query", subscription.site, [start.key for start in starts])
        found = who, tuple(start.url for start in starts)
    who, places = found
    return Follow(
        id=who,
        identity=who,
        kind="query",
        site=subscription.site,
        name=subscription.name,
        query=query.text,
        urls=places,
        source="config",
        settings=_settings(subscription, query),
        paused="config" if subscription.paused or query.paused else "",
    )


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
    if site in PROGRAMS:
        piece = handed.recognise(snapshot, str(handed.start(site, query)))
        assert piece is not None
        return (piece,)
    if not query.lower().startswith(("http://", "https://")):
        starts = snapshot.library.search(site, query)
    else:
        found = snapshot.library.recognise(query)
        if found is None or found.kind is not UrlKind.GALLERY or found.site != site:
            raise ItemError(
                f"the site {site} has no gallery at this URL", f"`syncer sites match {query}` shows what it is"
            )
        if snapshot.library.is_catalogue(found):
            raise ItemError(*CATALOGUE)
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
            f"{_titled(follow)} asks for the same as {_titled(first)}; it is checked once, under the first"
        )


def _titled(follow: Follow) -> str:
    if follow.kind == "query":
        return f'subscription "{follow.name}", query "{follow.query}"'
    return f"{follow.kind} {follow.name or follow.urls[0]}"


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


def _catalogues(snapshot: Snapshot, found: Wanted) -> None:
    for one in snapshot.config.catalogues:
        try:
            _add(found, of_catalogue(snapshot, one))
        except ItemError as error:
            found.faults.append(f"catalogue {one.label}: {error}")
            found.broken.add(("", urls.key(one.url)))


def of_catalogue(snapshot: Snapshot, one: Catalogue) -> Follow:
    """Return a catalogue of the config as a new follow; raises ItemError with the cure where it cannot be one.

    It is known by what is fetched for it, so that a board and its catalogue are one, and by its name, so that others can look at it
    for other words.
    """
    threads.compiled(one.words)
    recognised = catalogue_at(snapshot, one.url)
    names = [f"name:{one.name.casefold()}"] if one.name else []
    who = identity("catalogue", recognised.site, [urls.key(recognised.fetch_url), *names])
    places, limits = (recognised.for_server,), catalogue_job.settings(one)
    follow = Follow(who, "catalogue", recognised.site, one.name, "", places, "config", limits, identity=who)
    return follows.pause(follow, "config") if one.paused else follow


def catalogue_at(snapshot: Snapshot, url: str) -> Recognised:
    """Return the first page of the catalogue at a URL; raises ItemError with the cure where there is none."""
    library = snapshot.library
    found = library.recognise(url)
    if found is None:
        raise ItemError("no site file knows this URL", f"`syncer explain {url}` says more")
    if library.is_catalogue(found):
        return library.recognise(library.first_page(found)) or found
    raise ItemError(*_NO_CATALOGUE.get(found.kind, (f"this is a {found.kind}", "A catalogue lists threads")))


_NO_CATALOGUE = {
    UrlKind.WATCHABLE: (
        "this is a thread",
        "`syncer add watcher` watches it; in the config it stands under [[watchers]]",
    ),
    UrlKind.GALLERY: (
        "this is a gallery of posts and no catalogue of threads",
        'A query of [[subscriptions]] follows it. If it does list threads, its site file must say so: what = "thread"',
    ),
}
CATALOGUE = "this is a catalogue of threads", "`syncer add catalogue` watches its threads, `syncer get` takes them once"
"""What is said of one where a gallery of posts is wanted."""


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
        return ALREADY
    follows.revive(tx, known.id)
    return "watched again"
