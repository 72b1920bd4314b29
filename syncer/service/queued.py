"""What is queued already: for whom, under whose options, and where it goes, when somebody else wishes for the same.

Here, because a file comes once: the first wish says how and where to, and whoever comes later must be told so. Accepting and `explain`
ask it; it only reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from syncer.model import Post
from syncer.service import scope
from syncer.service.enqueue import Wish
from syncer.service.snapshot import Snapshot
from syncer.store import entries, follows, jobs, posts, queue
from syncer.store.database import Transaction
from syncer.store.jobs import Job

SHOWN: Final = 5


def already(tx: Transaction, snapshot: Snapshot, wish: Wish, key: str) -> str:
    """Say for whom the request of this key is queued already, and what that means for a later wish; "" = it is not."""
    open_id = queue.with_key(tx, key)
    job = None if open_id is None else jobs.get(tx, open_id)
    if job is None or job.source == wish.source:
        return ""
    words = once(tx, job.source)
    theirs = goes_into(tx, snapshot, job)
    ours = _folder(tx, snapshot, wish, site=job.site, url=job.url)
    if theirs == ours:
        return words
    return f"{words}, and goes into {theirs}, not {ours}; `syncer get --again --into {ours}` brings it there then, too"


def once(tx: Transaction, source: str) -> str:
    """Say that something comes for whoever wished for it first."""
    return f"queued already for {whose(tx, source)}: it comes once, for both, under the options of that"


def whose(tx: Transaction, source: str) -> str:
    """Say whose wish a source is: `follow:ab12`, `entry:3`."""
    kind, _, number = source.partition(":")
    if kind == "follow":
        follow = follows.get(tx, number)
        if follow is None:
            return "a follow that is gone"
        if follow.kind == "watcher":
            return f"the watcher of {follow.name or follow.urls[0]}"
        return f'the subscription "{follow.name}", query "{follow.query}"'
    entry = entries.get(tx, int(number)) if number.isdigit() else None
    return "an earlier wish" if entry is None else f"the earlier wish {entry.text}"


def goes_into(tx: Transaction, snapshot: Snapshot, job: Job) -> Path | None:
    """Return the import folder that a queued job's files go into; None where the config names none."""
    stored = posts.get(tx, job.post) if job.post is not None else None
    post = stored.post if stored is not None else Post()
    wish = Wish(job.source, job.origin, options=job.options, into_path=job.into_path, walk=job.walk)
    return _folder(tx, snapshot, wish, site=post.site or job.site, url=post.url or job.url, walk=job.by_walk)


def _folder(tx: Transaction, snapshot: Snapshot, wish: Wish, *, site: str, url: str, walk: bool = False) -> Path | None:
    if not wish.into_path and not snapshot.config.import_folders:
        return None
    where = scope.of(tx, snapshot, wish.origin, walk=walk, site=site, url=url)
    return snapshot.import_folder(wish.into_path, snapshot.options(where, wish.options).import_folder).path


def told(tx: Transaction, snapshot: Snapshot, keys: list[str]) -> list[dict[str, Any]]:
    """Return what is open for any of these keys, with all who want it."""
    rows = []
    for key in dict.fromkeys(keys):
        open_id = queue.with_key(tx, key)
        job = None if open_id is None else jobs.get(tx, open_id)
        if job is None:
            continue
        others = dict.fromkeys(source for source, _ in jobs.wishes(tx, job.id) if source != job.source)
        folder = goes_into(tx, snapshot, job)
        rows.append(
            {
                "job": job.id,
                "kind": job.kind,
                "for": [whose(tx, source) for source in (job.source, *list(others)[:SHOWN])],
                "wishes": 1 + len(others),
                "goes_into": None if folder is None else str(folder),
            }
        )
    return rows
