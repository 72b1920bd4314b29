"""What a config says that works, but not as its writer will want: another order than newest first, limits that `get` serves better.

Here, because it needs config and site files together. `config check` shows it; a check asks before it begins.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncer.config.settings import BIG_LIMIT, Subscription
from syncer.follow import order
from syncer.service.snapshot import Snapshot


def not_newest_first(snapshot: Snapshot, site: str, query: str) -> str:
    """Say why a query does not show the newest first, by its words or its site file; "" where nothing says so."""
    if word := order.order_word(query):
        return f'"{word}" asks for another order'
    stem, _, name = site.partition("/")
    found = snapshot.library.sites.get(stem)
    if found is None or not found.searches or query.lower().startswith(("http://", "https://")):
        return ""
    search = name or found.searches[0]
    return f'the site file says so of its search "{search}"' if search in found.not_newest_first else ""


def notes(snapshot: Snapshot) -> list[str]:
    """Return what a person should know about the subscriptions of the config, a line each."""
    return [note for subscription in snapshot.config.subscriptions for note in _of(snapshot, subscription)]


def _of(snapshot: Snapshot, subscription: Subscription) -> Iterator[str]:
    limits = {"first_limit": subscription.first_limit, "limit": subscription.limit}
    for key, limit in limits.items():
        if limit > BIG_LIMIT:
            yield (
                f'subscription "{subscription.name}": {key} = {limit} is much for a check; lower it and fetch what is there'
                f' once with `syncer get "{subscription.site}: ..."`, the subscription then begins where that ended'
            )
    for query in subscription.queries:
        if why := not_newest_first(snapshot, subscription.site, query.text):
            yield (
                f'subscription "{subscription.name}", query "{query.text}" does not show the newest first ({why}): it cannot'
                " be followed; ask for the newest first, or fetch it with `syncer get`"
            )
