"""What the lines of a list mean to somebody who wants to follow them: queries, threads to watch, or neither and why.

Here, because commands, imported lists and the inbox's `follow/` take the same lines. Decides alone: nothing is written here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from syncer.config import texts
from syncer.config.edit import NewQuery
from syncer.config.handover import PROGRAMS
from syncer.config.settings import Subscription
from syncer.config.texts import RESERVED_SUBSCRIPTIONS
from syncer.errors import ItemError
from syncer.follow.state import identity
from syncer.frozen import frozen
from syncer.intake.lines import Line, LineKind
from syncer.model import Recognised, UrlKind
from syncer.service import advice, follows_of
from syncer.service.snapshot import Snapshot

_FIRST_LIMIT = Subscription("", "").first_limit
ADDED, WATCHED, THERE, REFUSED = "added", "watched", "there", "refused"
"""What came of a line."""


@frozen
class Meant:
    """What a line comes to: a new query, a thread, or words why it is nothing new."""

    line: Line
    new: NewQuery | None = None
    watch: Recognised | None = None
    there: str = ""
    """It is followed already: where, under which spelling."""
    why: str = ""
    """Why it cannot be followed."""
    note: str = ""
    """What a person should know of it."""
    first_limit: int = _FIRST_LIMIT
    """Of a new query: so many posts its first check takes at most; 0 = no limit."""


@dataclass(slots=True)
class _Known:
    """What the config follows so far, and the lines before this one."""

    snapshot: Snapshot
    into: str
    paused: bool
    subscriptions: dict[str, tuple[str, str]]
    """Name and site by the name in lower case."""
    places: dict[str, str] = field(default_factory=dict)
    """Where a query is followed, in words, by its identity."""


def read(snapshot: Snapshot, lines: Iterable[Line], into: str = "", *, paused: bool = False) -> list[Meant]:
    """Return what the lines mean; queries go into the subscription `into`, else into the one that their list names, or that is called like
    their site."""
    subscriptions = {one.name.casefold(): (one.name, one.site) for one in snapshot.config.subscriptions}
    known = _Known(snapshot, into, paused, subscriptions)
    for follow in follows_of.wanted(snapshot).follows.values():
        if follow.kind == "query":
            known.places[follow.id] = f'"{follow.query}" of the subscription "{follow.name}"'
    return [_meant(known, line) for line in lines]


def _meant(known: _Known, line: Line) -> Meant:
    try:
        if line.kind is LineKind.REJECTED:
            raise ItemError(line.why)
        if line.kind is LineKind.QUERY:
            return _query(known, line, *_in_a_config(known, line.site, line.query))
        return _url(known, line)
    except ItemError as error:
        return Meant(line, why=str(error))


def _url(known: _Known, line: Line) -> Meant:
    library = known.snapshot.library
    found = library.recognise(line.url)
    if found is None:
        raise ItemError("no site file knows this URL, so that there is nothing to follow")
    if found.kind is UrlKind.WATCHABLE:
        return Meant(line, watch=readable(found))
    if found.kind is not UrlKind.GALLERY:
        raise ItemError(
            f"this is a {found.kind.value}, which does not grow",
            "drop it into the inbox itself, or `syncer add url` it, to have it fetched",
        )
    if library.is_catalogue(found):
        raise ItemError(*follows_of.CATALOGUE)
    return _query(known, line, found.site, library.first_page(found))


def readable(found: Recognised) -> Recognised:
    """Return what was recognised; raises ItemError where no parser reads it."""
    if found.parser is None:
        raise ItemError(f'no parser reads the class "{found.url_class}" of the site "{found.site}"')
    return found


def _in_a_config(known: _Known, site: str, query: str) -> tuple[str, str]:
    """Return site and query as a config can say them: it knows each site's first search, others only by their URL."""
    stem, _, search = site.partition("/")
    if stem in PROGRAMS:
        return stem, query
    check_site(known.snapshot, stem)
    if not search:
        return stem, query
    urls = known.snapshot.library.search(site, query)
    if len(urls) > 1:
        raise ItemError(f"{site} searches at {len(urls)} URLs at once, which a config cannot name", "follow each URL")
    return stem, urls[0]


def check_site(snapshot: Snapshot, site: str) -> None:
    """Raise ItemError with a guess where there is no such site, or it is switched off; programs are given URLs."""
    if site in PROGRAMS:
        return
    found = snapshot.library.sites.get(site)
    if found is None:
        close = difflib.get_close_matches(site, snapshot.library.sites, n=1)
        advise = f'Did you mean "{close[0]}"?' if close else "`syncer sites list` shows all"
        raise ItemError(f'there is no site "{site}"', advise)
    if not found.enabled:
        raise ItemError(f'the site "{site}" is switched off', f"`syncer sites enable {site}` switches it on")


def _query(known: _Known, line: Line, site: str, query: str) -> Meant:
    starts = follows_of.starts_of(known.snapshot, site, query)
    who = identity("query", site, [start.key for start in starts])
    if (place := known.places.get(who)) is not None:
        return Meant(line, there=f"followed already as {place}")
    name = _subscription(known, site, line.subscription)
    known.places[who] = f'"{query}" of line {line.number}'
    limits = (one.first_limit for one in known.snapshot.config.subscriptions if one.name == name)
    note = _note(known.snapshot, name, site, query)
    new = NewQuery(name, site, query, known.paused)
    return Meant(line, new, note=note, first_limit=next(limits, _FIRST_LIMIT))


def _note(snapshot: Snapshot, name: str, site: str, query: str) -> str:
    """Say what a person should know of a new query; "" = nothing."""
    notes = []
    if why := advice.not_newest_first(snapshot, site, query):
        notes.append(f"it does not show the newest first ({why}), and cannot be followed like that")
    if any(one.paused and one.name == name for one in snapshot.config.subscriptions):
        notes.append("this subscription is paused in the config")
    return "; ".join(notes)


def _subscription(known: _Known, site: str, listed: str) -> str:
    """Return the subscription that takes a query of a site, as it is written where there is one; `listed`: its list names this one."""
    name = known.into.strip() or listed or site
    try:
        texts.plain_text(name)
    except ValueError as error:
        raise ItemError(f"the name of the subscription {error}", "name another one for it") from None
    if name.casefold() in RESERVED_SUBSCRIPTIONS:
        raise ItemError(f'no subscription can be called "{name}"', "name another one for it")
    there, its_site = known.subscriptions.setdefault(name.casefold(), (name, site))
    if its_site != site:
        raise ItemError(f'the subscription "{there}" is of the site {its_site}, not {site}', "name another one for it")
    return there
