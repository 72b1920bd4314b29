"""`refetch`: metadata or files of what was delivered, read again as one bounded job that a person asked for by name.

Here, because such a job is a wish like any other: it has an entry, a walk that shows how far it is, and its turn in the queue. The
verb runs where the lock is held; the preview only reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from syncer.errors import ItemError
from syncer.model import Origin
from syncer.service import known_job, refetch_job, refetch_plan
from syncer.service.events import Event
from syncer.service.looking import Look
from syncer.service.refetch_plan import Asked
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import codec, entries, refetches, walks
from syncer.store.database import Named, Transaction
from syncer.store.entries import NewEntry
from syncer.store.refetches import Wanted
from syncer.store.walks import NewWalk

Answer = dict[str, Any]

LIMIT: Final = 2000
"""Posts that a refetch reads unless told otherwise, as of a gallery download."""


def preview(look: Look, details: Answer) -> Answer:
    """Return what a refetch would take; changes nothing. Raises ItemError where nothing is meant."""
    if look.db is None:
        raise _nothing(details)
    asked = _asked(look.snapshot, details)
    plan = refetch_plan.plan(look.db, look.snapshot, asked)
    return {"what": name_of(details), **refetch_plan.told(plan, look.ledger, asked.limit)}


def begin(runtime: Runtime, details: Answer) -> Answer:
    """Begin a refetch; answers its entry, its number among the downloads, and what it takes.

    Raises ItemError where there is nothing to do, or where one of the same runs already; one that a command left unfinished goes on.
    """
    snapshot, name, of = runtime.snapshot, name_of(details), _identity(details)
    with runtime.db.read() as tx:
        running = refetches.unfinished(tx, of)
        if running is not None and not details.get("goes_on"):
            raise _running(tx, name, running)
        words = "" if running is None else f"goes on: {_how_far(tx, running)}"
    if running is not None:
        runtime.tell(Event("accepted", name, words))
        return {"entry": running.entry, "download": running.id, "what": name, "words": words}
    asked = _asked(snapshot, details)
    plan = refetch_plan.plan(runtime.db, snapshot, asked)
    told = refetch_plan.told(plan, runtime.ledger, asked.limit)
    if not plan.items:
        raise _nothing(details, told)
    options = {"priority": details.get("priority") or "low", "redeliver": bool(details.get("redeliver"))}
    origin = Origin("refetch", name)
    with runtime.db.write(Named.ACCEPT) as tx:
        if (other := refetches.unfinished(tx, of)) is not None:
            raise _running(tx, name, other)
        entry = entries.add(tx, NewEntry(name, origin, options=codec.dump(options), again=asked.files))
        new = NewWalk(
            "refetch", asked.wanted.site, origin, "{}", entry=entry, options=codec.dump(options), again=asked.files,
            search=of, found=len(plan.items),
        )  # fmt: skip
        walk_id = walks.begin(tx, new)
        refetches.add_items(tx, walk_id, plan.items)
        refetch_job.queue(tx, snapshot, walk_id)
    runtime.dispatch.look_again()
    runtime.tell(Event("accepted", name, refetch_plan.words(told)))
    return {"entry": entry, "download": walk_id, "what": name, "words": refetch_plan.words(told), **told}


def _asked(snapshot: Snapshot, details: Answer) -> Asked:
    urls: list[str] = details.get("urls") or []
    hashes = tuple(each.lower() for each in details.get("hashes") or ())
    named = {url: frozenset(_names_of(snapshot, url)) for url in urls}
    wanted = Wanted(
        site=details.get("site") or "",
        since=details.get("since"),
        hashes=hashes,
        keys=frozenset[str]().union(*named.values()) if urls else None,
        query=refetches.folded(details.get("query") or ""),
    )
    named |= {each: frozenset((each,)) for each in hashes}
    return Asked(wanted, bool(details.get("files")), int(details.get("limit") or LIMIT), named)


def _names_of(snapshot: Snapshot, url: str) -> Iterator[str]:
    """Yield all under which a URL's file or post can be in the store."""
    yield url
    yield from known_job.keys_of_url(snapshot.library, url)
    found = snapshot.library.recognise(url)
    if found is not None:
        yield found.normalised


def name_of(details: Answer) -> str:
    """Return what a refetch is called: what it reads again, and of what."""
    hashes: list[str] = details.get("hashes") or []
    urls: list[str] = details.get("urls") or []
    parts = (
        f"site {details['site']}" if details.get("site") else "",
        f'query "{details["query"]}"' if details.get("query") else "",
        f"since {details['since_text']}" if details.get("since_text") else "",
        hashes[0] if len(hashes) == 1 else f"{len(hashes)} hashes" if hashes else "",
        urls[0] if len(urls) == 1 else f"{len(urls)} URLs" if urls else "",
    )
    return f"{'files' if details.get('files') else 'metadata'} of {', '.join(filter(None, parts))}"


def _identity(details: Answer) -> str:
    """Return the same text for refetches of the same; how many posts each may take makes no other one of it."""
    names = sorted([*(each.lower() for each in details.get("hashes") or ()), *(details.get("urls") or ())])
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest() if names else ""
    query = refetches.folded(details.get("query") or "")
    own = [bool(details.get("files")), details.get("site") or "", query, details.get("since_text") or "", digest]
    return codec.dump(own)


def _nothing(details: Answer, told: Answer | None = None) -> ItemError:
    """Return the error for a refetch of nothing, with the reasons that the plan found."""
    left = told["left_out"] if told is not None else ()
    why = "; ".join(f"{each['number']} left out: {each['why']}" for each in left)
    what = f"{name_of(details)}: there is nothing to read again"
    return ItemError(f"{what} ({why})" if why else what, "`syncer history` shows what was delivered, and from where")


def _running(tx: Transaction, name: str, walk: walks.Walk) -> ItemError:
    return ItemError(
        f"{name}: this runs already as download {walk.id} ({_how_far(tx, walk)})",
        f"`syncer downloads show {walk.id}` shows how far it is, `downloads cancel {walk.id}` ends it",
    )


def _how_far(tx: Transaction, walk: walks.Walk) -> str:
    return f"{refetches.done(tx, walk)} of {walk.found} done"


VERBS: dict[str, Callable[[Runtime, Answer], Answer]] = {"refetch": begin}
