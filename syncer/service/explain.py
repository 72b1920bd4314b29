"""What `explain URL` says: how a URL is recognised and fetched, under which options, what is known, what would make it wait.

Here, because it asks every step for its decision without doing anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from syncer.config.proxies import DIRECT
from syncer.config.settings import Query, Subscription
from syncer.errors import ItemError, sentences
from syncer.fetch import cookie, refusals
from syncer.fetch.contexts import contexts, pages
from syncer.fetch.cookie_disk import CookieDisk
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.guard import guard
from syncer.fetch.judge import judge
from syncer.fetch.ledger import Ledger
from syncer.model import Recognised, UrlKind
from syncer.service import (
    adopt_explain,
    bandwidth,
    catalogue_job,
    catalogue_words,
    handed,
    handover_job,
    headers,
    held_explain,
    identity,
    login_explain,
    queued,
    scope,
)
from syncer.service.bandwidth_of import GATES
from syncer.service.looking import Look
from syncer.service.snapshot import Scope, Snapshot
from syncer.service.tools import Tools
from syncer.service.words import count, moment
from syncer.store import follows, known, queue
from syncer.store.database import Database

KINDS = {UrlKind.GALLERY: "gallery", UrlKind.WATCHABLE: "watcher"}


def explain(look: Look, url: str, subscription: str = "", label: str = "") -> dict[str, Any]:
    """Return all that is decided about a URL, or about a file in an adopted folder by its path; as plain data. Changes nothing.

    The options are those that hold when a `subscription` finds it (`NAME` or `NAME: query`), or when it is dropped into the folder
    `label` of the inbox; by default those for the URL itself. Raises ItemError for a subscription or query that is not there.
    """
    if (path := adopt_explain.path_of(url)) is not None:
        return adopt_explain.explain(look, path)
    snapshot = look.snapshot
    found = snapshot.library.recognise(url)
    keys = [identity.url_key(url)]
    if found is not None:
        keys = [f"url:{found.key}", *([f"post:{found.site}/{found.post_id}"] if found.post_id else []), *keys]
    request = found.fetch_url if found is not None else url
    own = _subscription(snapshot, subscription)
    options = options_for(snapshot, url, subscription, label)
    asked = _contexts(look, found, request, own)
    wait = look.ledger.wait(asked)
    keyless = headers.missing_key(snapshot, found)
    return {
        "url": url,
        "recognised": None if found is None else _recognised(found),
        "handover": _handover(snapshot, url) if found is None or keyless else None,
        "request": request,
        "needs": "" if keyless is None else sentences(keyless.title, keyless.advice),
        "login": None if found is None else login_explain.of_site(look, found.site),
        "refused": _refused(snapshot, "" if found is None else found.site, request),
        "through": _through(snapshot, "" if found is None else found.site),
        "known": None if look.db is None else _known(look.db, keys),
        "queued": [] if look.db is None else _queued(look.db, snapshot, keys),
        "catalogues": [] if look.db is None or found is None else _catalogues(look.db, found),
        "trouble": None if look.db is None else _trouble(look.db, snapshot, found, url, request),
        "held": held_explain.of(look, "" if found is None else found.site, subscription or url),
        "waits": None if wait is None else {"seconds": wait.seconds, "why": wait.why},
        "bandwidth": bandwidth.standings(look.ledger, asked),
        "options": options,
        "import_folder": str(snapshot.import_folder(name=options["import_folder"]["value"]).path)
        if snapshot.config.import_folders
        else None,
    }


def options_for(snapshot: Snapshot, url: str, subscription: str = "", label: str = "") -> dict[str, dict[str, Any]]:
    """Return by key the value of each option that holds for a URL, and the layer that it came from.

    Raises ItemError for a subscription or query that is not there.
    """
    resolved = snapshot.resolved(_scope(snapshot, snapshot.library.recognise(url), subscription, label))
    values = asdict(resolved.options) | {"blacklist_from": count(len(resolved.options.blacklist_from), "rule")}
    return {key: {"value": value, "layer": resolved.layer.get(key, "default")} for key, value in values.items()}


def _handover(snapshot: Snapshot, url: str) -> dict[str, Any]:
    """Return which other program takes a URL that no site file knows, and why; they are asked, and ask nobody themselves."""
    if (problem := snapshot.library.held(url)) is not None:
        why = f"its site file is broken: {problem}; it waits until that is mended"
        return {"program": "", "why": why, "waits": True}
    if handover_job.names_a_file(url):
        return {"program": "", "why": "its name is that of a file"}
    with TemporaryDirectory(prefix="syncer-") as folder:
        choice = Tools(Path(folder)).choose(snapshot.config, url)
    return {"program": choice.program, "why": choice.why}


def _catalogues(db: Database, found: Recognised) -> list[dict[str, Any]]:
    """Return what each catalogue that showed a thread made of it."""
    if found.kind is not UrlKind.WATCHABLE:
        return []
    with db.read() as tx:
        return catalogue_words.of_thread(tx, catalogue_job.watcher_key(found))


def _scope(snapshot: Snapshot, found: Recognised | None, subscription: str, label: str) -> Scope:
    kind = KINDS.get(found.kind, "url") if found is not None else "url"
    site, url_class = (found.site, f"{found.site}/{found.url_class}") if found is not None else ("", "")
    own = _subscription(snapshot, subscription)
    if own is None:
        return Scope(kind, site, url_class, label)
    return Scope("subscription", site, url_class, label, scope.as_text(scope.layers_of(*own)))


def _subscription(snapshot: Snapshot, name: str) -> tuple[Subscription, Query] | None:
    """Return the subscription, and the query in it, that `NAME` or `NAME: query` means; without a query an empty one."""
    if not name:
        return None
    names = {each.name.casefold(): each for each in snapshot.config.subscriptions}
    if (whole := names.get(name.casefold())) is not None:
        return whole, Query("")
    for place in (place for place, letter in enumerate(name) if letter == ":"):
        one = names.get(name[:place].strip().casefold())
        if one is not None:
            return one, _query(one, name[place + 1 :].strip())
    raise _unknown(name, [each.name for each in names.values()], "subscription", "`syncer follow list` names all")


def _query(one: Subscription, text: str) -> Query:
    found = next((each for each in one.queries if each.text.casefold() == text.casefold()), None)
    if found is None:
        names = [each.text for each in one.queries]
        raise _unknown(text, names, f'query of "{one.name}"', "`syncer follow list` names all")
    return found


def _unknown(name: str, names: Sequence[str], what: str, else_hint: str) -> ItemError:
    folded = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), folded, 1)
    return ItemError(f'there is no {what} "{name}"', f'Did you mean "{folded[near[0]]}"?' if near else else_hint)


def _contexts(
    look: Look, found: Recognised | None, request: str, own: tuple[Subscription, Query] | None
) -> tuple[str, ...]:
    """Return the contexts of a request; of a subscription's queries the one that waits longest."""
    gate = GATES.get(found.kind, "") if found is not None else ""
    query = max(_queries(look, own), key=lambda each: _seconds(look.ledger, each), default="")
    if query and gate:
        gate = "follow"
    return contexts(
        f"http://{identity.lane(request)}/", (*([query] if query else []), *([pages(gate, request)] if gate else []))
    )


def _queries(look: Look, own: tuple[Subscription, Query] | None) -> list[str]:
    if own is None or look.db is None:
        return []
    with look.db.read() as tx:
        found = follows.everything(tx)
    name, text = own[0].name.casefold(), own[1].text
    return [f"subscription:{each.id}" for each in found if each.name.casefold() == name and text in ("", each.query)]


def _seconds(ledger: Ledger, context: str) -> float:
    wait = ledger.wait((context,))
    return 0.0 if wait is None else wait.seconds


def _recognised(found: Recognised) -> dict[str, Any]:
    return {
        "site": found.site,
        "class": f"{found.site}/{found.url_class}",
        "kind": str(found.kind),
        "normalised": found.normalised,
        "for_server": found.for_server,
        "fetch_class": found.fetch_class,
        "parser": found.parser,
        "post": found.post_id,
    }


def _refused(snapshot: Snapshot, site: str, request: str) -> str:
    """Say why [network] lets nobody ask for it, as far as its name tells; "" = it may be asked."""
    network = snapshot.config.network
    rules = guard(network.allow, network.only)
    try:
        rules.check_url(request)
        if _through(snapshot, site) is not None:
            rules.check_behind(request)
    except FetchError as error:
        judged = judge(error.failure, 1, 0.0)
        return sentences(judged.why, judged.advice)
    return ""


def _through(snapshot: Snapshot, site: str) -> str | None:
    """Return the proxy that requests for a site go through; None where they go straight."""
    settings = snapshot.config.sites.get(site)
    own = settings.proxy if settings is not None else None
    proxy = own or snapshot.config.network.proxy
    return None if proxy in (None, DIRECT) else str(proxy)


def _trouble(
    db: Database, snapshot: Snapshot, found: Recognised | None, url: str, request: str
) -> dict[str, Any] | None:
    """Return what last went wrong with a URL, or else at its host, and, where the site says no, which step is next."""
    with db.read() as tx:
        row = queue.last_fault(tx, identity.lane(request), url)
    if row is None:
        return None
    kind = next((each for each in FailureKind if each == row["cause"]), None)
    step = None if kind is None else _step(snapshot, found, request, kind, _tried_at(row, kind))
    return {
        "url": row["url"],
        "what": handed.shown(row["url"]),
        "cause": row["cause"],
        "why": row["why"],
        "advice": row["advice"],
        "step": None if step is None else step[0].value,
        "next": "" if step is None else step[1],
    }


def _tried_at(row: sqlite3.Row, kind: FailureKind) -> float:
    """Return about when a job was tried last: when it was settled, or as long before its next time as it was told to wait."""
    if row["settled_at"] is not None:
        return float(row["settled_at"])
    return float(row["not_before"]) - judge(Failure(kind), row["tries"], 0.0, max(0, row["waits"] - 1)).wait


def _step(
    snapshot: Snapshot, found: Recognised | None, request: str, kind: FailureKind, tried_at: float
) -> tuple[refusals.Step, str] | None:
    """Return which step is next where a site says no, in words; what was handed over since the last try is to be tried first."""
    jars = CookieDisk(snapshot.config.folders.state).load()
    given = [jars[name].given_at for name in cookie.owners(request) if name in jars and jars[name].given]
    own = None if found is None else snapshot.config.sites.get(found.site)
    key = own is not None and bool(own.headers or own.parameters)
    step = refusals.next_step(kind, cookies=bool(given), key=key)
    if step is None:
        return None
    if refusals.FIRST.get(kind) is refusals.Step.BROWSER and max(given, default=0.0) > tried_at:
        which = f"--site {found.site}" if found is not None else f"--cause {kind}"
        return refusals.Step.BROWSER, f"try again with what you handed over since: `syncer queue retry {which}`"
    return step, f"{refusals.WORDS[step]} ({refusals.place(step)})"


def _queued(db: Database, snapshot: Snapshot, keys: list[str]) -> list[dict[str, Any]]:
    with db.read() as tx:
        return queued.told(tx, snapshot, keys)


def _known(db: Database, keys: list[str]) -> dict[str, Any] | None:
    with db.read() as tx:
        found = known.find(tx, keys)
    if found is None:
        return None
    return {"key": found.key, "outcome": found.outcome, "why": found.why, "since": moment(found.at)}
