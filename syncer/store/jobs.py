"""The queue: one row a request to make, with who wants it and when it may run.

Here, because what is open, who wants it and when it may run must change together. Functions take a transaction and
never commit; the service calls them. What is next is for `claims`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from syncer.model import MediaFile, Origin
from syncer.store.codec import media_from_text, media_to_text, origin_from_text, origin_to_text
from syncer.store.database import Transaction

NORMAL = 50
BEFORE_OTHERS = 40
"""Threads die: what belongs to a watcher comes first."""
PRIORITIES = {"high": 45, "normal": NORMAL, "low": 55}
"""What a person may choose, by its word."""
DYING = 35
"""What an archived or dying thread still shows: it is gone before long."""
RAISED = 20
"""What a person put in front of everything."""
BACKGROUND = 60
"""What is done when nothing else is to be done: filling gaps."""
ALONE = "alone"
"""Among the one-off options of a file that a refetch fetches again: no walk found it, it was wished for by itself."""


_MORE = 2
"""In the column `again`: 0 and 1 are what a person asked for."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request to be queued."""

    kind: str
    """`listing`, `post`, `file`, `reread` (a page that was read before) or `note` (a post without files, delivered as text, which
    asks nothing of the net)."""
    url: str
    key: str
    lane: str
    source: str
    origin: Origin
    priority: int = NORMAL
    post: int | None = None
    media: MediaFile | None = None
    walk: int | None = None
    referrer: str = ""
    options: str = "{}"
    into_path: str = ""
    again: bool = False
    more: bool = False
    """Its file is fetched and placed again, since more is told of it."""
    also: tuple[tuple[str, int], ...] = ()
    """Further wishes, as pairs of source and post (0 = none)."""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A queued request as it is run."""

    id: int
    kind: str
    url: str
    key: str
    lane: str
    source: str
    turn: str
    """Among whom it waits for its turn."""
    context: str
    """The bandwidth context of who wants it: `subscription:ab12`, `watcher:cd34`, `download:7`; "" = none of its own."""
    gate: str
    """`follow` or `download`: it asks for a page of a listing for such, and those are paced apart; "" = any request."""
    origin: Origin
    priority: int
    hop: str
    hops: tuple[str, ...]
    """The URLs that redirected so far."""
    referrer: str
    post: int | None
    media: MediaFile | None = field(repr=False)
    walk: int | None
    options: str
    into_path: str
    again: bool
    """Known things are fetched again; for a file that one more delivery is made of it."""
    tries: int
    """Tries used up."""
    waits: int
    """How often in a row it was told to wait without using up a try."""
    cause: str = ""
    """What its last failure was."""
    partial: str = ""
    """What is on the disk of a file that broke off, see `partials`."""
    site: str = ""
    """The stem of the site file that it belongs to; "" = none."""
    more: bool = False
    """`again` is so because more is told of its file, and no person asked."""

    @property
    def by_walk(self) -> bool:
        """Tell whether a gallery download found it, so that the options of such hold."""
        return self.walk is not None and f'"{ALONE}"' not in self.options


def from_row(row: sqlite3.Row) -> Job:
    """Read a row of `jobs`."""
    return Job(
        id=row["id"],
        kind=row["kind"],
        url=row["url"],
        key=row["key"],
        lane=row["lane"],
        source=row["source"],
        turn=row["turn"],
        context=row["context"],
        gate=row["gate"],
        origin=origin_from_text(row["origin"]),
        priority=row["priority"],
        hop=row["hop"],
        hops=tuple(row["hops"].splitlines()),
        referrer=row["referrer"],
        post=row["post"],
        media=media_from_text(row["media"]) if row["media"] else None,
        walk=row["walk"],
        options=row["options"],
        into_path=row["into_path"],
        again=bool(row["again"]),
        more=row["again"] == _MORE,
        tries=row["tries"],
        waits=row["waits"],
        cause=row["cause"],
        partial=row["partial"],
        site=row["site"],
    )


def add(tx: Transaction, new: NewJob) -> tuple[int, bool]:
    """Queue a request, or note the wish at the open job for the same URL; return its id and whether it is new."""
    open_id = tx.value("SELECT id FROM jobs WHERE key = ? AND state <> 'done'", (new.key,))
    fresh = open_id is None
    job_id = _insert(tx, new) if open_id is None else _join(tx, int(open_id), new)
    for source, post in ((new.source, new.post or 0), *new.also):
        _wish(tx, job_id, source, post)
    return job_id, fresh


def _join(tx: Transaction, job_id: int, new: NewJob) -> int:
    """Let an open job serve a further wish: as urgently as the more urgent one, held by no pause or rule of the first alone."""
    context = _context(new)
    before = tx.value("SELECT context FROM jobs WHERE id = ?", (job_id,))
    if _FREEDOM[context.partition(":")[0]] > _FREEDOM[str(before).partition(":")[0]]:
        tx.run("UPDATE jobs SET context = ?, turn = ? WHERE id = ?", (context, _turn(tx, new), job_id))
    tx.run(
        "UPDATE jobs SET priority = min(priority, ?1), again = max(again, ?5), walk = CASE WHEN source <> ?2 AND walk IN"
        " (SELECT id FROM walks WHERE files_paused) THEN ?3 ELSE walk END WHERE id = ?4",
        (new.priority, new.source, new.walk, job_id, new.again),
    )
    return job_id


_FREEDOM = {"": 3, "watcher": 2, "download": 1, "subscription": 0}
"""Whose rules hold a request that several want: those of who has the loosest, unless the config says otherwise."""


def _context(new: NewJob) -> str:
    """Return the bandwidth context of who wants a job."""
    kind, _, number = new.source.partition(":")
    if kind == "follow":
        return f"{new.origin.by}:{number}"
    return f"download:{number}" if new.walk is not None else ""


def _wish(tx: Transaction, job_id: int, source: str, post: int) -> None:
    """Note who wants a job's outcome; a wish that is there already changes nothing."""
    if not tx.run("INSERT OR IGNORE INTO wishes (job, source, post) VALUES (?, ?, ?)", (job_id, source, post)):
        return
    tx.run(
        "INSERT INTO tallies (source, open) VALUES (?, 1) ON CONFLICT (source) DO UPDATE SET open = open + 1", (source,)
    )
    if post:
        tx.run("UPDATE posts SET open = open + 1 WHERE id = ?", (post,))


def wishes(tx: Transaction, job_id: int) -> list[tuple[str, int]]:
    """Return who wants a job's outcome, as pairs of source and post (0 = none)."""
    return [(row["source"], row["post"]) for row in tx.rows("SELECT source, post FROM wishes WHERE job = ?", (job_id,))]


def _turn(tx: Transaction, new: NewJob) -> str:
    """Return who takes turns: all lines of one dropped file are one, and a check does not wait for its follow's own files."""
    if new.source.startswith("entry:"):
        file = tx.value("SELECT inbox_file FROM entries WHERE id = ?", (int(new.source.removeprefix("entry:")),))
        return new.source if file is None else f"inbox:{file}"
    return f"check:{new.source}" if new.kind == "listing" else new.source


def _insert(tx: Transaction, new: NewJob) -> int:
    return tx.insert(
        "INSERT INTO jobs (kind, state, lane, home, priority, source, turn, context, url, key, referrer, post, media, walk,"
        " origin, options, into_path, again, site, created_at) VALUES (?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.kind,
            new.lane,
            new.lane,
            new.priority,
            new.source,
            _turn(tx, new),
            _context(new),
            new.url,
            new.key,
            new.referrer,
            new.post,
            media_to_text(new.media) if new.media else "",
            new.walk,
            origin_to_text(new.origin),
            new.options,
            new.into_path,
            _MORE if new.more else int(new.again),
            new.site,
            tx.now,
        ),
    )


def hurry(tx: Transaction, source: str, priority: int) -> int:
    """Make the open jobs that a source wants at least so urgent; return how many became more urgent."""
    return tx.run(
        "UPDATE jobs SET priority = ?1 WHERE state <> 'done' AND priority > ?1"
        " AND id IN (SELECT job FROM wishes WHERE source = ?2)",
        (priority, source),
    )


def wake(tx: Transaction) -> int:
    """Make everything wait for its turn whose time has come; return how many jobs that are."""
    return tx.run("UPDATE jobs SET state = 'waiting' WHERE state = 'later' AND not_before <= ?", (tx.now,))


def wake_one(tx: Transaction, job_id: int) -> None:
    """Make one open job wait for its turn, with all its tries before it."""
    tx.run(
        "UPDATE jobs SET state = 'waiting', not_before = 0, tries = 0, waits = 0, lane = home, hop = '', hops = ''"
        " WHERE id = ? AND state <> 'done'",
        (job_id,),
    )


def next_wake(tx: Transaction) -> float | None:
    """Return when the next put-off job is due, in seconds since 1970."""
    value: float | None = tx.value("SELECT min(not_before) FROM jobs WHERE state = 'later'")
    return value


def put_off(tx: Transaction, job_id: int, *, until: float, cause: str, why: str, advice: str, counts: bool) -> None:
    """Let an open job rest until `until`; with `counts` this was one of its tries."""
    tx.run(
        "UPDATE jobs SET state = 'later', not_before = ?, cause = ?, why = ?, advice = ?, tries = tries + ?,"
        " waits = CASE WHEN ? THEN 0 ELSE waits + 1 END WHERE id = ? AND state <> 'done'",
        (until, cause, why, advice, int(counts), counts, job_id),
    )


def rest(tx: Transaction, job_id: int, *, until: float, cause: str, why: str, advice: str) -> None:
    """Let an open job rest until `until` and begin its tries anew then."""
    tx.run(
        "UPDATE jobs SET state = 'later', not_before = ?, cause = ?, why = ?, advice = ?, tries = 0, waits = 0,"
        " lane = home, hop = '', hops = '' WHERE id = ? AND state <> 'done'",
        (until, cause, why, advice, job_id),
    )


def ask(tx: Transaction, job_id: int, *, cause: str, why: str, advice: str) -> None:
    """Set an open job aside until a person has decided."""
    tx.run(
        "UPDATE jobs SET state = 'asks', cause = ?, why = ?, advice = ? WHERE id = ? AND state <> 'done'",
        (cause, why, advice, job_id),
    )


def redirect(tx: Transaction, job: Job, *, source: str, target: str, lane: str) -> None:
    """Let the job's next request go to `target`, to which `source` redirected; the job itself keeps its identity."""
    hops = "\n".join((*job.hops, source))
    tx.run(
        "UPDATE jobs SET hop = ?, hops = ?, lane = ?, state = 'waiting' WHERE id = ? AND state <> 'done'",
        (target, hops, lane, job.id),
    )


def become(tx: Transaction, job_id: int, kind: str, media: MediaFile) -> None:
    """Change what is expected of a job's URL: a post page that turned out to be the file itself."""
    tx.run("UPDATE jobs SET kind = ?, media = ? WHERE id = ?", (kind, media_to_text(media), job_id))


def deliver_for(tx: Transaction, job_id: int, earlier: Job) -> None:
    """Let an open file job place again what an earlier one delivered: its post, its file and its wish count from now on."""
    tx.run(
        "UPDATE jobs SET (post, media, site, origin, options, walk) ="
        " (SELECT post, media, site, origin, options, walk FROM jobs WHERE id = ?1), again = ?2 WHERE id = ?3",
        (earlier.id, _MORE, job_id),
    )


def from_start(tx: Transaction, job_id: int) -> None:
    """Forget the redirects that a job followed, so that its next try begins at its own URL; its tries are kept."""
    tx.run("UPDATE jobs SET lane = home, hop = '', hops = '' WHERE id = ?", (job_id,))


def elsewhere(tx: Transaction, job_id: int, lane: str) -> None:
    """Let an open job wait in another lane, as if it had begun there."""
    tx.run("UPDATE jobs SET lane = ?1, home = ?1, state = 'waiting' WHERE id = ?2 AND state <> 'done'", (lane, job_id))


def get(tx: Transaction, job_id: int) -> Job | None:
    """Return one job, open or not."""
    row = tx.row("SELECT * FROM jobs WHERE id = ?", (job_id,))
    return None if row is None else from_row(row)


def newest(tx: Transaction) -> int:
    """Return the number of the job that was queued last, 0 where there is none."""
    return int(tx.value("SELECT max(id) FROM jobs") or 0)


def is_open(tx: Transaction, key: str) -> bool:
    """Tell whether a request for this key is queued and not settled."""
    return tx.value("SELECT 1 FROM jobs WHERE key = ? AND state <> 'done'", (key,)) is not None


def of_no_site(tx: Transaction, most: int = 200) -> list[str]:
    """Return URLs that wait and of which nobody knows yet what they are."""
    rows = tx.rows(
        "SELECT url FROM jobs WHERE state = 'waiting' AND kind = 'post' AND site = '' AND post IS NULL ORDER BY id LIMIT ?",
        (most,),
    )
    return [row["url"] for row in rows]


def counts(tx: Transaction) -> dict[str, int]:
    """Return how many jobs are in each open state."""
    return {row[0]: row[1] for row in tx.rows("SELECT state, count(*) FROM jobs WHERE state <> 'done' GROUP BY state")}
