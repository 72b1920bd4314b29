"""Accepting: a wish becomes an entry and whatever has to be done for it, in one transaction.

Here, because an inbox line, `get` and `add url` are the same wish. The inbox job and the request handler call it.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.config.handover import PROGRAMS
from syncer.errors import ItemError
from syncer.follow import bounds
from syncer.follow.bounds import Bounds
from syncer.frozen import frozen
from syncer.model import MediaFile, Post, Recognised, UrlKind
from syncer.service import (
    download_log,
    enqueue,
    follows_of,
    handed,
    handover_job,
    headers,
    identity,
    queued,
    rule_job,
    walking,
)
from syncer.service.enqueue import Wish
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import entries, jobs, known, posts
from syncer.store.database import Transaction
from syncer.store.entries import NewEntry


@frozen
class Asked:
    """A wish as a person put it: a URL, or a site and a query."""

    text: str
    url: str = ""
    site: str = ""
    query: str = ""


@frozen
class Plan:
    """What a wish comes to, found out before the transaction."""

    kind: str
    """`file`, `post`, `walk`, `watch`, `ask`, `hold`, `rule` or `refused`."""
    urls: tuple[str, ...] = ()
    recognised: Recognised | None = None
    why: str = ""


@frozen
class Accepted:
    """What was made of a wish, in words for its result file."""

    entry: int
    state: str
    """`queued`, `known` or `refused`."""
    words: str


def plan(snapshot: Snapshot, asked: Asked) -> Plan:
    """Find out what a wish needs; asks nothing of the net and changes nothing."""
    if not asked.url:
        try:
            if asked.site in PROGRAMS:
                return Plan("walk", (str(handed.start(asked.site, asked.query)),))
            return Plan("walk", snapshot.library.search(asked.site, asked.query))
        except ItemError as error:
            return Plan("refused", why=str(error))
    found = handed.recognise(snapshot, asked.url)
    unknown = found is None or headers.missing_key(snapshot, found) is not None
    if found is None and (problem := snapshot.library.held(asked.url)) is not None:
        return Plan("hold", (asked.url,), why=f"queued, and waits until its site file is mended: {problem}")
    if unknown and handover_job.may_know(snapshot.config, asked.url):
        return Plan("ask", (asked.url,))
    if found is None or found.kind is UrlKind.FILE:
        return Plan("file", (asked.url,), found)
    if found.parser is None:
        return Plan("refused", why=f'no parser reads the class "{found.url_class}" of site "{found.site}"')
    kinds = {UrlKind.POST: "post", UrlKind.GALLERY: "walk", UrlKind.WATCHABLE: "watch"}
    return Plan(kinds[found.kind], (found.for_server,), found)


def plan_within(snapshot: Snapshot, asked: Asked, wanted: Bounds) -> Plan:
    """Find out what a wish within bounds needs: where its site can be asked for lower numbers alone, it is."""
    word = snapshot.library.below(asked.site, wanted.before_id) if asked.query and wanted.before_id is not None else ""
    planned = plan(snapshot, replace(asked, query=f"{asked.query} {word}") if word else asked)
    if wanted and planned.kind in ("file", "post"):  # what `ask` comes to is known later
        return Plan("refused", why="--since, --until, --after-id and --before-id are for searches and galleries")
    return planned


def plan_by_rule(snapshot: Snapshot, asked: Asked, rule: str) -> Plan:
    """Find out what a wish needs whose page a simple rule reads, whatever site files say of its URL."""
    try:
        rule_job.check(snapshot, rule)
    except ItemError as error:
        return Plan("refused", why=str(error))
    return Plan("rule", (asked.url,)) if asked.url else Plan("refused", why="a rule reads a page: give its URL")


def accept(
    tx: Transaction, snapshot: Snapshot, asked: Asked, planned: Plan, new: NewEntry, inbox_file: int | None = None
) -> Accepted:
    """Store a wish with the jobs that it needs, or settle it at once with the reason."""
    entry = entries.add(tx, new, inbox_file)
    if planned.kind == "refused":
        entries.settle(tx, entry, "failed", planned.why)
        return Accepted(entry, "refused", planned.why)
    priority = jobs.PRIORITIES[str(snapshot.one_off(new.options).get("priority", "normal"))]
    wish = Wish(f"entry:{entry}", new.origin, priority, new.options, new.into_path, new.again)
    if planned.kind == "watch":
        return _watch(tx, snapshot, planned, wish, entry)
    already = queued.already(tx, snapshot, wish, key) if (key := _key(snapshot, planned)) else ""
    words = _QUEUE[planned.kind](tx, snapshot, asked, planned, wish, entry)
    if words is not None:
        entries.settle(tx, entry, "known", words)
        return Accepted(entry, "known", words)
    return Accepted(entry, "queued", already or planned.why or _queued(snapshot, planned, wish))


def _key(snapshot: Snapshot, planned: Plan) -> str:
    """Return the key of the one request that a wish begins with; "" where it is one of its own in any case."""
    if planned.kind == "post":
        return identity.page_key(snapshot.library, planned.urls[0])
    if planned.kind in ("file", "ask", "hold"):
        return identity.url_key(planned.recognised.fetch_url if planned.recognised else planned.urls[0])
    return ""


def _queued(snapshot: Snapshot, planned: Plan, wish: Wish) -> str:
    words = _QUEUED[planned.kind]
    limit = handover_job.rules(snapshot, wish).limit if planned.kind == "walk" else None
    return f"{words}: {count(limit, 'new post')} at most" if limit else words


_QUEUED = {
    "file": "queued as a file",
    "post": "queued as a post",
    "walk": "queued as a gallery download",
    "ask": "queued; other programs are asked whether they know it",
    "rule": "queued as a page to be read by its rule",
}


def known_words(tx: Transaction, *keys: str) -> str | None:
    """Say since when something is known as what, or None; failed and vanished things are tried again when asked for."""
    found = known.find(tx, keys)
    if found is None or found.outcome in ("failed", "gone"):
        return None
    return enqueue.known_as(found)


def _file(tx: Transaction, snapshot: Snapshot, asked: Asked, planned: Plan, wish: Wish, entry: int) -> str | None:
    del asked, entry
    url = planned.recognised.fetch_url if planned.recognised else planned.urls[0]
    key = identity.url_key(url)
    if not wish.again and (words := known_words(tx, key)):
        return words
    site = planned.recognised.site if planned.recognised else ""
    post = Post(site=site, files=(MediaFile(url),))
    enqueue.post(tx, snapshot, wish, key, post)
    return None


def _ask(tx: Transaction, snapshot: Snapshot, asked: Asked, planned: Plan, wish: Wish, entry: int) -> str | None:
    del asked, entry, snapshot
    url = planned.urls[0]
    if not wish.again and (words := known_words(tx, identity.url_key(url))):
        return words
    handover_job.queue(tx, wish, url)
    return None


def _post(tx: Transaction, snapshot: Snapshot, asked: Asked, planned: Plan, wish: Wish, entry: int) -> str | None:
    del asked, entry
    found = planned.recognised
    assert found is not None
    key = f"post:{found.site}/{found.post_id}" if found.post_id else f"url:{found.key}"
    if not wish.again and (words := known_words(tx, key, f"url:{found.key}")):
        return words
    post = Post(site=found.site, id=found.post_id, url=found.normalised, follow=(found.for_server,))
    enqueue.post(tx, snapshot, wish, key, post)
    return None


def _rule(tx: Transaction, snapshot: Snapshot, asked: Asked, planned: Plan, wish: Wish, entry: int) -> str | None:
    del asked, entry
    url = planned.urls[0]
    # A key of its own each time: such pages change, and are read whenever a person asks.
    post_id = posts.add(tx, f"page:{wish.source}", Post(url=url), wish.origin)
    new = enqueue.page(wish, url, f"rule:{wish.source}", post_id)
    jobs.add(tx, replace(new, lane=identity.page_lane(snapshot.library, url)))
    return None


def _walk(tx: Transaction, snapshot: Snapshot, asked: Asked, planned: Plan, wish: Wish, entry: int) -> str | None:
    site = planned.recognised.site if planned.recognised else asked.site
    given = snapshot.one_off(wish.options)
    rules = handover_job.rules(snapshot, wish)
    # What lies within bounds is not all from the top down: it is no ground for a subscription to begin on.
    search = "" if bounds.of(given) else download_log.identity_of(snapshot, site, planned.urls)
    walking.begin(tx, snapshot, wish, "gallery", site, rules, planned.urls, entry=entry, search=search)
    return None


def _watch(tx: Transaction, snapshot: Snapshot, planned: Plan, wish: Wish, entry: int) -> Accepted:
    assert planned.recognised is not None
    words = follows_of.watch(tx, snapshot, planned.recognised, wish.origin)
    entries.settle(tx, entry, "delivered", words)
    return Accepted(entry, "queued", words)


_QUEUE = {"file": _file, "ask": _ask, "hold": _ask, "post": _post, "walk": _walk, "rule": _rule}
