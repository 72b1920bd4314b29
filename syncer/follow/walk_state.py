"""What a walk is made of: its rules, the pages and posts it meets, and how far it has come, as JSON for the store.

Apart from the walk's rules because the store keeps these between two pages; pure. Imported by this floor and by service.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any

from syncer.follow.stops import Reason, Stop
from syncer.frozen import frozen


@frozen
class Rules:
    """What ends a walk; made by `first_sync`, `later_sync`, `gap`, `gallery`, `watcher` and `catalogue`."""

    kind: str
    limit: int | None
    page_cap: int
    next_pages: bool = True
    """Whether more than the first page is read."""
    stops_at_known: bool = False
    """Whether known posts mean that the rest is known as well: only after one complete walk."""
    counts_known: bool = False
    """Whether known posts use up the limit: a first sync that begins anew goes no deeper than it would have."""
    newest_first: bool = False
    """Whether the listing must show the newest first: else known ground would mean nothing."""
    deep: int = 0
    """So many pages are read, known ground or not, for posts that came to stand among known ones since."""


def first_sync(limit: int | None = 100, page_cap: int = 200) -> Rules:
    """Return the rules of a query's first sync: the newest `limit` posts (hydrus: 100)."""
    return Rules("first sync", limit, page_cap, counts_known=True, newest_first=True)


def later_sync(limit: int | None = 100, page_cap: int = 200, deep: int = 0) -> Rules:
    """Return the rules of a sync after a complete one: until what is known, at most `limit` new posts, at least `deep` pages."""
    return Rules("sync", limit, page_cap, stops_at_known=True, newest_first=True, deep=deep)


def gap(page_cap: int = 10_000) -> Rules:
    """Return the rules of filling a gap: past what later syncs met, down to what was known before the gap."""
    return Rules("gap", None, page_cap, stops_at_known=True, newest_first=True)


MOST_PAGES = 2000
"""Pages that one gallery download reads at most unless told otherwise."""


def gallery(limit: int | None = 2000, page_cap: int = MOST_PAGES) -> Rules:
    """Return the rules of a gallery download: all of the listing, at most `limit` new posts (hydrus: 2000)."""
    return Rules("gallery download", limit, page_cap)


def watcher() -> Rules:
    """Return the rules of a watcher: everything on its one page."""
    return Rules("watcher", None, 1, next_pages=False)


def catalogue(*, whole: bool) -> Rules:
    """Return the rules of a look at a catalogue: down to a page that shows nothing new, or `whole`; a board has few pages."""
    return Rules("catalogue", None, 20, stops_at_known=not whole)


@frozen
class Link:
    """A page to read: its URL, and the key that tells when two spellings are one page."""

    url: str
    key: str
    named: bool = True
    """The page itself names it; False: it was counted up from the page's own URL."""
    url_class: str = ""
    """Known ground ends the pages of one URL class; those of other classes are read on."""
    branch: int = 0
    """Which listing it belongs to: one for each of the walk's first pages, one for each gallery found; the walk sets it."""


@frozen
class Find:
    """A post on a page; what `known` means says `begin`."""

    key: str
    known: bool = False
    pinned: bool = False
    """Held at the top by the site: taken when new, but never old ground."""
    passed: bool = False
    """Stands above the gap that is being filled: a later sync met it; neither new nor old ground."""
    outside: bool = False
    """Lies outside of what the download was asked for."""


@frozen
class ReadPage:
    """What was found on the page that was read."""

    finds: tuple[Find, ...] = ()
    next: tuple[Link, ...] = ()
    galleries: tuple[Link, ...] = ()
    wrong: str = ""
    """Why this is not the listing that was asked for; "" = it is."""
    past: str = ""
    """Why all that follows lies outside of what the download was asked for; "" = it need not."""
    deepest: str = ""
    """Why the site shows no page beyond this one, with the cure; "" = it may."""
    missing: str = ""
    """Why the site has no such page: it leads elsewhere; "" = this is it."""
    late: bool = False
    """It was read so long after the page before it that the listing has moved on meanwhile."""


@frozen
class WalkState:
    """How far a walk has come."""

    rules: Rules
    pending: tuple[Link, ...]
    """Pages still to read, the next one first; none = the walk is over."""
    queued: frozenset[str]
    """Marks of all pages that were ever pending: no page is read twice."""
    seen: frozenset[str] = frozenset()
    """Marks of all posts met in this walk: they do not count again, neither as new nor as known."""
    known_before: int = 0
    """Posts that were known when the walk began."""
    new: int = 0
    known: int = 0
    pages: int = 0
    empty_pages: int = 0
    """Pages without a post or gallery, the latest ones in a row."""
    newest: str = ""
    """Key of the first post met, pinned ones left out; with `oldest` it says where a gap lies."""
    oldest: str = ""
    """Key of the last post met, pinned ones left out."""
    grounded: frozenset[int] = frozenset()
    """Branches that met old ground: these leave no gap."""
    begun: frozenset[int] = frozenset()
    """Branches whose first page was read."""
    stops: tuple[Stop, ...] = ()
    """How those branches ended that are over."""
    outside: int = 0
    """Posts that lie outside of what the download was asked for."""
    looks: bool = False
    """The limit was met with the last post of a page: the next page only tells whether that leaves a gap."""
    slack: int = 0
    """So many pages may bring nothing unseen, since the listing has moved on while the walk rested."""
    total: int | None = None
    """How many posts the whole listing has, as its first page says; None where it does not tell."""

    @property
    def is_below_ground(self) -> bool:
        """Tell whether the page that the walk waits for lies below old ground, and is only looked at for latecomers."""
        return bool(self.rules.deep and self.pending and self.pending[0].branch in self.grounded)


def begin(rules: Rules, starts: Sequence[Link], known_before: int = 0) -> WalkState:
    """Return the state of a walk before its first page; `starts` are the first pages, at least one.

    For a query, known is what *it* met in earlier walks, and `known_before` how many posts that are. What another
    follow brought is new here: a run of it would else pass for old ground, and all below would never be seen.
    For a gallery download, known is what is settled anyway, and only left out.
    """
    pending: dict[str, Link] = {}
    for branch, link in enumerate(starts):
        pending.setdefault(link.key, replace(link, branch=branch))
    return WalkState(rules, tuple(pending.values()), frozenset(map(mark, pending)), known_before=known_before)


def mark(key: str) -> str:
    """Return a short stand-in for a key: a walk of thousands of posts stays a small row."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_SETS = ("begun", "grounded", "queued", "seen")


def dump(state: WalkState) -> str:
    """Write a state as JSON; equal states give equal text."""
    told = _plain(state)
    told |= {name: sorted(told[name]) for name in _SETS}
    told["rules"] = _plain(state.rules)
    told |= {name: [_plain(each) for each in told[name]] for name in ("pending", "stops")}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _plain(record: WalkState | Rules | Link | Stop) -> dict[str, Any]:
    return {part.name: getattr(record, part.name) for part in fields(record)}


def load(text: str) -> WalkState:
    """Read what `dump` wrote; ValueError, KeyError or TypeError if it is something else."""
    found: dict[str, Any] = json.loads(text)
    return WalkState(
        **found
        | {
            "rules": Rules(**found["rules"]),
            "pending": tuple(Link(**link) for link in found["pending"]),
            **{name: frozenset(found.get(name, ())) for name in _SETS},
            "stops": tuple(Stop(**stop | {"reason": Reason(stop["reason"])}) for stop in found["stops"]),
        }
    )
