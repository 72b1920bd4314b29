"""Gallery downloads and refetches as a person looks at them and changes them: why one ended, paused, with another limit, cancelled.

Here, because search and files pause apart, and because a download that met its limit can go on where it stopped. The verbs run where the
lock is held; looking only reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from syncer.errors import ItemError
from syncer.follow import walk_state
from syncer.follow.stops import Stop
from syncer.follow.walk_state import WalkState
from syncer.service import handed, recover, refetch_job, walking
from syncer.service.enqueue import Wish
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import jobs, queue, refetches, settle, walks
from syncer.store.database import Database, Named, Transaction
from syncer.store.walks import Walk

PARTS = {"all": (True, True), "search": (True, False), "files": (False, True)}


def everything(db: Database, snapshot: Snapshot | None, *, limit: int = 50) -> dict[str, Any]:
    """Return the gallery downloads and refetches, the newest first."""
    with db.read() as tx:
        found = walks.downloads(tx)
        return {"downloads": [_row(tx, walk, snapshot) for walk in found[:limit]], "all": len(found)}


def one(db: Database, snapshot: Snapshot | None, walk_id: int) -> dict[str, Any]:
    """Return all about one download. Raises ItemError where there is none of that number."""
    with db.read() as tx:
        return {"download": _row(tx, _get(tx, walk_id), snapshot)}


def _row(tx: Transaction, walk: Walk, snapshot: Snapshot | None) -> dict[str, Any]:
    tally = tx.row("SELECT * FROM tallies WHERE source = ?", (walk.source,))
    site = snapshot.library.sites.get(walk.site) if snapshot is not None else None
    return {
        "download": walk.id,
        "kind": walk.kind,
        "what": walk.origin.name or walk.site,
        "site": walk.site,
        "state": _state(tx, walk),
        "search_paused": walk.search_paused,
        "files_paused": walk.files_paused,
        "pages": walk.pages,
        "found": walk.found,
        "new": walk.new,
        "why": walk.why,
        "open": len(queue.of_walk(tx, walk.id)),
        "files": {name: tally[name] for name in settle.TALLIED} if tally is not None else {},
        "started": walk.started_at,
        "ended": walk.ended_at,
        "site_facts": list(site.facts) if site is not None else [],
        **(_search(walk) if walk.kind == "gallery" else {"done": refetches.done(tx, walk)}),
    }


def _search(walk: Walk) -> dict[str, Any]:
    """Return how the search of a gallery download stands."""
    state = walk_state.load(walk.cursor)
    stop = _last_stop(state)
    return {
        "page_cap": state.rules.page_cap,
        "outside": state.outside,
        "limit": state.rules.limit,
        "total": state.total,
        "continue": stop.resume if walk.state == "done" and stop is not None else "",
        "next_page": handed.shown(state.pending[0].url) if state.pending else "",
    }


def _state(tx: Transaction, walk: Walk) -> str:
    if walk.kind == "refetch":
        is_open = walk.state == "walking" or bool(queue.of_walk(tx, walk.id))
        return "done" if not is_open else "paused" if walk.files_paused else "reading again"
    if walk.state == "walking":
        return "search paused" if walk.search_paused else "searching"
    if queue.of_walk(tx, walk.id):
        return "files paused" if walk.files_paused else "fetching files"
    return "done"


def _last_stop(state: WalkState) -> Stop | None:
    return next((stop for stop in reversed(state.stops) if stop.resume), state.stops[-1] if state.stops else None)


def _get(tx: Transaction, walk_id: int) -> Walk:
    walk = walks.get(tx, walk_id)
    if walk is None or walk.kind not in ("gallery", "refetch"):
        raise ItemError(f"there is no download {walk_id}", "`syncer downloads list` shows the numbers")
    return walk


def pause(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Let a download's `part` (`search`, `files`, `all`) wait until it is resumed; what runs comes to its end."""
    return _pause(runtime, details, on=True)


def resume(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Let a download's `part` go on."""
    return _pause(runtime, details, on=False)


def _pause(runtime: Runtime, details: dict[str, Any], *, on: bool) -> dict[str, Any]:
    part = str(details.get("part") or "all")
    search, files = PARTS[part]
    with runtime.db.write(Named.REQUEST) as tx:
        walk = _get(tx, int(details["download"]))
        if walk.kind == "refetch":
            search, files, part = True, True, "all"
        walks.pause(tx, walk.id, search=on if search else None, files=on if files else None)
    runtime.dispatch.look_again()
    what = "" if part == "all" else f"{part} of "
    return {"download": walk.id, "words": f"{what}download {walk.id} {'paused' if on else 'goes on'}"}


def set_limit(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Give a download another `limit` of new posts; one that had met its limit goes on where it stopped."""
    limit = int(details["limit"])
    with runtime.db.write(Named.REQUEST) as tx:
        walk = _get(tx, int(details["download"]))
        if walk.kind == "refetch":
            raise ItemError(
                f"download {walk.id} is a refetch, whose posts were chosen when it began",
                "Let it end or cancel it, and begin another with a higher --limit",
            )
        state = walk_state.load(walk.cursor)
        if limit <= walk.new:
            raise ItemError(
                f"download {walk.id} has taken {count(walk.new, 'new post')} already",
                "Name a higher limit, or cancel it",
            )
        state = replace(state, rules=replace(state.rules, limit=limit))
        words = f"limit of download {walk.id} is {limit} now"
        if walk.state == "walking":
            walks.set_cursor(tx, walk.id, walk_state.dump(state))
        elif _goes_on(tx, runtime.snapshot, walk, state):
            words += ", it goes on where it stopped"
        else:
            raise ItemError(f"download {walk.id} has ended: {walk.why}", "`syncer get` begins it anew")
    runtime.dispatch.look_again()
    return {"download": walk.id, "words": words}


def _goes_on(tx: Transaction, snapshot: Snapshot, walk: Walk, state: WalkState) -> bool:
    """Let a download that met a limit go on at the page that it names; False where it came to its end."""
    stop = _last_stop(state)
    if stop is None or not stop.resume:
        return False
    page = walking.link(snapshot, stop.resume)
    stops = tuple(one for one in state.stops if one is not stop)
    state = replace(state, pending=(page,), queued=state.queued | {walk_state.mark(page.key)}, stops=stops)
    walks.go_on(tx, walk.id, walk_state.dump(state))
    if walk.entry is not None:
        queue.reopen(tx, walk.entry)
    priority = jobs.PRIORITIES[str(snapshot.one_off(walk.options).get("priority", "normal"))]
    wish = Wish(walk.source, walk.origin, priority, walk.options, walk.into_path, walk.again)
    walking.queue_next(tx, snapshot, wish, walk.id, state)
    return True


def cancel(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """End a download: no further page, and nothing that it found and no one else wants; what is there stays."""
    running = {job.id for job in runtime.dispatch.running()}
    with runtime.db.write(Named.REQUEST) as tx:
        walk = _get(tx, int(details["download"]))
        found = [job_id for job_id in queue.of_walk(tx, walk.id) if job_id not in running]
        if walk.state == "walking":
            walks.end(tx, walk.id, "cancelled")
        walks.take_finds(tx, walk.id)
        refetches.drop_items(tx, walk.id)
        for job_id in found:
            queue.drop(tx, job_id, "its download was cancelled", walk.source)
        if walk.kind == "refetch":
            refetch_job.settle_if_done(tx, walk, "cancelled")
    recover.dropped(runtime)
    runtime.dispatch.look_again()
    return {"download": walk.id, "words": f"download {walk.id} cancelled, {count(len(found), 'job')} taken out"}


def stop_search(tx: Transaction, walk_id: int, why: str) -> bool:
    """End the search of a download, what it found stays queued; False where the walk belongs to a follow."""
    walk = walks.get(tx, walk_id)
    if walk is None or walk.kind != "gallery":
        return False
    walks.end(tx, walk.id, why)
    walks.take_finds(tx, walk.id)
    queue.drop_pages(tx, walk.id, why)
    return True


VERBS: dict[str, Callable[[Runtime, dict[str, Any]], dict[str, Any]]] = {
    "downloads pause": pause,
    "downloads resume": resume,
    "downloads set": set_limit,
    "downloads cancel": cancel,
}
