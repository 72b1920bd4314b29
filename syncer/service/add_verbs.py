"""What `syncer add` and `remove` ask for that goes into the store: wishes as the inbox would take them, and watchers.

Here, because only the holder of the lock writes the store. The table of requests takes its verbs from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.errors import ItemError
from syncer.model import Origin, Recognised, UrlKind
from syncer.service import accept_job, follows_of
from syncer.service.accept_job import Asked
from syncer.service.follow_lines import REFUSED, THERE, WATCHED, readable
from syncer.service.follow_names import find
from syncer.service.runtime import Runtime
from syncer.store import catalogues, codec, follows
from syncer.store.database import Named
from syncer.store.entries import NewEntry

Answer = dict[str, Any]


def queue(runtime: Runtime, details: Answer) -> Answer:
    """Accept wishes (`wishes`: dicts of text, url or site and query) without waiting for them; all in one transaction."""
    snapshot = runtime.snapshot
    asked = [Asked(each["text"], each["url"], each["site"], each["query"]) for each in details["wishes"]]
    planned = [(each, accept_job.plan(snapshot, each)) for each in asked]
    options = codec.dump({"priority": details["priority"]} if details.get("priority") else {})
    rows = []
    with runtime.db.write(Named.ACCEPT) as tx:
        for each, plan in planned:
            origin = Origin("url" if each.url else "gallery", each.text, each.query, label=details.get("label", ""))
            new = NewEntry(each.text, origin, options=options, again=bool(details.get("again")))
            done = accept_job.accept(tx, snapshot, each, plan, new)
            rows.append({"text": each.text, "outcome": done.state, "words": done.words, "entry": done.entry})
    runtime.dispatch.look_again()
    return {"rows": rows}


def watch(runtime: Runtime, details: Answer) -> Answer:
    """Watch the threads at `urls` from now on; what is no thread is refused and stops no other."""
    snapshot = runtime.snapshot
    rows = []
    with runtime.db.write(Named.ACCEPT) as tx:
        for url in details["urls"]:
            try:
                words = follows_of.watch(tx, snapshot, _thread(runtime, url), Origin("url", url))
                outcome = THERE if words == follows_of.ALREADY else WATCHED
                rows.append({"text": url, "outcome": outcome, "words": words})
            except ItemError as error:
                rows.append({"text": url, "outcome": REFUSED, "words": str(error)})
    return {"rows": rows}


def _thread(runtime: Runtime, url: str) -> Recognised:
    found = runtime.snapshot.library.recognise(url)
    if found is None:
        raise ItemError("no site file knows this URL as one that can be watched", f"`syncer explain {url}` says more")
    if runtime.snapshot.library.is_catalogue(found):
        raise ItemError(*follows_of.CATALOGUE)
    if found.kind is not UrlKind.WATCHABLE:
        verb = "add query" if found.kind is UrlKind.GALLERY else "get"
        raise ItemError(f"this is a {found.kind.value}, which is not watched", f"`syncer {verb}` takes it")
    return readable(found)


def unwatch(runtime: Runtime, details: Answer) -> Answer:
    """End the watchers at `urls`, all or none; what they found stays, and what they queued is still fetched."""
    with runtime.db.write(Named.RECONCILE) as tx:
        gone = []
        for url in details["urls"]:
            meant = find(tx, runtime.snapshot, url)
            found = [follow for follow in meant if follow.kind == "watcher"]
            if not found:
                kind = meant[0].kind
                raise ItemError(f"{url} is no watcher but a {kind}", f"`syncer remove {kind}` removes it")
            if any(follow.source == "config" for follow in found):
                raise ItemError(f"{url} stands under [[watchers]] in the config", "Take it out there")
            gone += [(url, follow) for follow in found]
        for _, follow in gone:
            follows.retire(tx, follow.id)
    rows = [{"text": url, "outcome": "removed", "words": _ended(follow.status)} for url, follow in gone]
    return {"rows": rows}


def _ended(status: str) -> str:
    was = "" if status == "alive" else f" (it was {status})"
    return f"not watched any more{was}; its files stay, and what is queued of it is still fetched"


def end_threads(runtime: Runtime, details: Answer) -> Answer:
    """End the watchers that the catalogue of a name has begun; the catalogue itself stands in the config."""
    with runtime.db.write(Named.RECONCILE) as tx:
        found = [each for each in find(tx, runtime.snapshot, details["name"]) if each.kind == "catalogue"]
        gone = [each for follow in found for each in catalogues.watchers(tx, follow.id)]
        for each in gone:
            follows.retire(tx, each)
    return {"ended": len(gone)}


VERBS: dict[str, Callable[[Runtime, Answer], Answer]] = {
    "add url": queue,
    "watch": watch,
    "unwatch": unwatch,
    "end threads": end_threads,
}
