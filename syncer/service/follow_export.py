"""All that is followed as a list that `follow import` and the inbox take: `site: query` or a URL a line.

Here, because it needs config, site files and the store's watchers together; it only reads. `syncer follow export` shows it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from syncer.config import hours
from syncer.config.catalogue import Catalogue
from syncer.config.handover import PROGRAMS
from syncer.config.settings import Query, Subscription
from syncer.intake.lines import LineKind, read_line
from syncer.service.snapshot import Snapshot
from syncer.store import follows
from syncer.store.database import Database


def text(snapshot: Snapshot, db: Database | None) -> str:
    """Return the list, subscriptions in the order of the config, catalogues, then threads; remarks tell what a line cannot."""
    parts = [_subscription(snapshot, one) for one in snapshot.config.subscriptions]
    threads = [watcher.url for watcher in snapshot.config.watchers]
    if db is not None:
        with db.read() as tx:
            found = [each for each in follows.everything(tx) if each.kind == "watcher" and each.source == "store"]
        threads += [follow.urls[0] for follow in found if follow.status == "alive"]
    if snapshot.config.catalogues:
        parts.append(["# catalogues, as the commands that add them", *map(_catalogue, snapshot.config.catalogues)])
    if threads:
        parts.append(["# threads", *dict.fromkeys(threads)])
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def _subscription(snapshot: Snapshot, one: Subscription) -> list[str]:
    paused = ["# paused in the config"] if one.paused else []
    unread = [f"# {one.unread}"] if one.unread else []
    lines = [line for query in one.queries for line in _query(snapshot, one, query)]
    return [f"subscription: {one.name}", *paused, *unread, *lines]


def _catalogue(one: Catalogue) -> str:
    options = [("--name", one.name), *(("--words", rule) for rule in one.words), ("--most", str(one.most))]
    options.append(("--every", hours.write_every(one.every)))
    words = ["syncer", "add", "catalogue", one.url, *(word for option in options if option[1] for word in option)]
    return f"# {shlex.join([*words, *(['--paused'] if one.paused else [])])}"


def _query(snapshot: Snapshot, one: Subscription, query: Query) -> Iterator[str]:
    if query.paused:
        yield "# paused:"
    is_url = query.text.lower().startswith(("http://", "https://"))
    is_url = is_url and one.site not in PROGRAMS
    line = query.text if is_url else f"{one.site}: {query.text}"
    found = list(read_line(1, line, {one.site, *snapshot.sites}))
    if is_url:
        fits = [each.url for each in found] == [query.text]
    else:
        fits = [(each.kind, each.site, each.query) for each in found] == [(LineKind.QUERY, one.site, query.text)]
    yield line if fits else f"# cannot be said in a list: {line}"
