"""Which bandwidth rules hold for whom: the config's own rules, the pace that a site file asks for, what the store knows was used.

Here, because the config names sites and subscriptions, the store knows follows, and the ledger only contexts. Start, reload and
what answers about bandwidth call it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from syncer.config import rules
from syncer.config.bandwidth import Rule, SiteBandwidth
from syncer.fetch.account import About
from syncer.fetch.contexts import DOMAIN, domain, registered
from syncer.fetch.ledger import DomainRules
from syncer.fetch.usage import Unit, UsageRow
from syncer.model import UrlKind
from syncer.service import follow_names
from syncer.service.snapshot import Snapshot
from syncer.sites.register import Site
from syncer.store import follows, usage, walks
from syncer.store.database import Database, Transaction

PAGES: Final = {"follow pages": "follow_pages", "download pages": "download_pages"}
"""The contexts in which listing pages are paced, by the setting that says how far apart."""
GATES: Final = {UrlKind.GALLERY: "download", UrlKind.WATCHABLE: "follow"}
"""Among whose listing pages a page is that nobody follows, by its kind."""
_PAGE_UNITS: Final[tuple[Unit, ...]] = ("minute",)


class BooksOf:
    """What config and store know of a context; without a store nothing was used yet."""

    def __init__(self, db: Database | None, snapshot: Snapshot) -> None:
        self._db = db
        self._snapshot = snapshot

    def about(self, context: str) -> About:
        """Return rules, name and what was used."""
        kind, _, rest = context.partition(":")
        if self._db is None:
            return _ABOUT[kind](None, self._snapshot, rest) if kind in _ABOUT else About()
        with self._db.read() as tx:
            about = _ABOUT[kind](tx, self._snapshot, rest) if kind in _ABOUT else About()
            found = tuple(UsageRow(*row) for row in usage.rows_of(tx, context))
        return About(found, about.rules, about.name, about.units)


def _query(tx: Transaction | None, snapshot: Snapshot, follow_id: str) -> About:
    follow = None if tx is None else follows.get(tx, follow_id)
    if follow is None:
        return About(rules=snapshot.config.bandwidth.subscription, name=f"query {follow_id}")
    own = json.loads(follow.settings).get("bandwidth")
    given = snapshot.config.bandwidth.subscription if own is None else tuple(rules.read(text) for text in own)
    return About(rules=given, name=f"subscription {follow_names.label(follow)}")


def _watcher(tx: Transaction | None, snapshot: Snapshot, follow_id: str) -> About:
    follow = None if tx is None else follows.get(tx, follow_id)
    name = follow_id if follow is None else follow.name or follow.urls[0]
    return About(rules=snapshot.config.bandwidth.watcher, name=f"watcher {name}")


def _download(tx: Transaction | None, snapshot: Snapshot, entry: str) -> About:
    walk = None if tx is None else walks.of_entry(tx, int(entry))
    name = entry if walk is None else f"{walk.id}, {walk.origin.name}" if walk.origin.name else str(walk.id)
    return About(rules=snapshot.config.bandwidth.download, name=f"download {name}")


def _pages(kind: str) -> Callable[[Transaction | None, Snapshot, str], About]:
    setting = PAGES[kind]

    def about(tx: Transaction | None, snapshot: Snapshot, host: str) -> About:
        del tx
        seconds = _rest(snapshot, setting, host)
        pace = (Rule("requests", 1, seconds),) if seconds else ()
        return About(rules=pace, name=f"{kind} of {host}", units=_PAGE_UNITS)

    return about


_ABOUT: Final[dict[str, Callable[[Transaction | None, Snapshot, str], About]]] = {
    "subscription": _query,
    "watcher": _watcher,
    "download": _download,
    **{kind: _pages(kind) for kind in PAGES},
}


def _rest(snapshot: Snapshot, setting: str, host: str) -> int:
    """Return how far apart listing pages of a registered domain are: what its sites say, the longest, or what holds for all."""
    bandwidth = snapshot.config.bandwidth
    own = [
        seconds
        for name, site in bandwidth.sites.items()
        if (seconds := getattr(site, setting)) is not None and host in _registered(snapshot, name)
    ]
    return int(max(own, default=getattr(bandwidth, setting)))


def _registered(snapshot: Snapshot, name: str) -> set[str]:
    site = snapshot.library.sites.get(name)
    return {registered(_url(host)) for host in site.domains} if site is not None else set()


def _url(host: str) -> str:
    return f"http://{host.removeprefix('*').removeprefix('.')}/"


def domains(shot: Snapshot) -> dict[str, DomainRules]:
    """Return the special rules by domain, as the ledger wants them; sites that share one are held by the rules of all."""
    found: dict[str, DomainRules] = {}
    for name, site in shot.library.sites.items():
        settings = shot.config.bandwidth.sites.get(name, SiteBandwidth())
        # The person answers for a site that may be asked faster than its file says; else that can only be stricter.
        pace = () if settings.faster else _of_file(site)
        for host in site.domains if settings.domain or pace else ():
            key = domain(_url(host)).removeprefix(DOMAIN)
            before = found.get(key, DomainRules())
            found[key] = DomainRules(before.own + settings.domain, before.pace + pace)
    return found


def _of_file(site: Site) -> tuple[Rule, ...]:
    """Return the rules that a site file asks for; those that cannot be read are told of by the file's own check."""
    found = []
    for text in (*([site.pace] if site.pace else []), *site.bandwidth):
        with suppress(ValueError):
            found.append(rules.read(text))
    return tuple(found)
