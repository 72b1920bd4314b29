"""Refetches: which deliveries are meant, and what of them is still to be queued.

Here, because a refetch is one bounded job that goes on after any crash: a walk row of the kind `refetch`, with its items by their
place. Functions take a transaction and never commit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from syncer.frozen import frozen
from syncer.model import Origin
from syncer.store import walks
from syncer.store.codec import dump, origin_from_text
from syncer.store.database import Transaction
from syncer.store.walks import Walk

AT_ONCE: Final = 5_000
"""So many deliveries are looked at in one go, so that whoever else needs the store gets it in between."""
_TOP: Final = 1 << 62


@frozen
class Wanted:
    """Which deliveries are meant: those that fulfil all that is given."""

    site: str = ""
    since: float | None = None
    """Delivered after this time, in seconds since 1970."""
    hashes: tuple[str, ...] = ()
    """Any of these, as lower-case hex: sha256 or md5."""
    keys: frozenset[str] | None = None
    """Of posts and URLs, and URLs of pages as they are told, any of these; None = whatever they are."""
    query: str = ""
    """Found by this query, folded; see `folded`."""


@frozen
class Met:
    """A delivery that is meant: the newest one of its bytes."""

    id: int
    folder: str
    name: str
    size: int
    post_key: str
    post: int | None
    """The row of its post."""
    site: str
    file_url: str
    names: tuple[str, ...]
    """All by which it can be meant: its hashes, the keys of its post and of its file, and its page."""


@frozen
class Item:
    """One thing to read: a page, or a file of which no page is known."""

    site: str
    url: str
    posts: tuple[str, ...] = ()
    deliveries: tuple[int, ...] = ()


def folded(query: str) -> str:
    """Return a query in the form in which two are compared."""
    return " ".join(query.split()).casefold()


def met(tx: Transaction, wanted: Wanted, below: int | None = None) -> tuple[list[Met], int | None]:
    """Return deliveries that are meant, the newest first, those of bytes that were delivered again once.

    Looks at no more than AT_ONCE of them, from the delivery `below` on; returns, too, where the next look begins, None = at the end.
    """
    tests, values = _tests(wanted)
    # A page may be written in another way than the key of its post says; only who names URLs must look into the posts.
    url = "''" if wanted.keys is None else "(SELECT json_extract(p.data, '$.url') FROM posts p WHERE p.id = j.post)"
    rows = tx.rows(
        f"SELECT d.id, d.sha256, d.md5, d.folder, d.name, d.size, d.post_key, d.origin, j.post, j.site, j.key, j.url, {url}"
        " AS page FROM deliveries d LEFT JOIN jobs j ON j.id = d.job WHERE d.state = 'placed' AND d.id < ? AND NOT EXISTS"
        " (SELECT 1 FROM deliveries n WHERE n.sha256 = d.sha256 AND n.generation > d.generation AND n.state = 'placed'"
        f" AND n.state <> 'given up'){tests} ORDER BY d.id DESC LIMIT ?",
        (_TOP if below is None else below, *values, AT_ONCE),
    )
    found = [
        Met(
            row["id"],
            row["folder"],
            row["name"],
            row["size"],
            row["post_key"],
            row["post"],
            row["site"] or "",
            row["url"] or "",
            (row["sha256"], row["md5"], row["post_key"], row["key"] or "", row["page"] or ""),
        )
        for row in rows
        if _is_meant(wanted, row)
    ]
    return found, rows[-1]["id"] if len(rows) == AT_ONCE else None


def _is_meant(wanted: Wanted, row: sqlite3.Row) -> bool:
    if wanted.keys is not None and wanted.keys.isdisjoint((row["post_key"], row["key"], row["page"])):
        return False
    return not wanted.query or _is_of(wanted.query, origin_from_text(row["origin"]))


def _tests(wanted: Wanted) -> tuple[str, list[object]]:
    tests, values = "", list[object]()
    if wanted.site:
        tests, values = f"{tests} AND j.site = ?", [*values, wanted.site]
    if wanted.since is not None:
        tests, values = f"{tests} AND d.placed_at > ?", [*values, wanted.since]
    if wanted.hashes:
        marks = ",".join("?" * len(wanted.hashes))
        tests = f"{tests} AND (d.sha256 IN ({marks}) OR d.md5 IN ({marks}))"
        values = [*values, *wanted.hashes, *wanted.hashes]
    return tests, values


def _is_of(query: str, origin: Origin) -> bool:
    """Tell whether a query is meant: by its text, by what its subscription is called, or by both (`landscapes: sky`)."""
    names = (origin.query, origin.name, f"{origin.name}: {origin.query}")
    return bool(origin.query) and query in map(folded, names)


def found_on(tx: Transaction, delivery_id: int) -> tuple[str, ...]:
    """Return the URLs of the listing or thread in which the file of a delivery was found first; () = in none."""
    row = tx.row(
        "SELECT f.urls, e.text FROM deliveries d JOIN deliveries first ON first.sha256 = d.sha256 AND first.generation = 0"
        " AND first.state <> 'given up' JOIN jobs j ON j.id = first.job JOIN walks w ON w.id = j.walk"
        " LEFT JOIN follows f ON f.id = w.follow LEFT JOIN entries e ON e.id = w.entry WHERE d.id = ?",
        (delivery_id,),
    )
    if row is None:
        return ()
    return tuple(json.loads(row["urls"])) if row["urls"] else (row["text"] or "",)


def add_items(tx: Transaction, walk_id: int, items: Sequence[Item]) -> None:
    """Keep what a refetch is to read, in its order."""
    tx.many(
        "INSERT INTO refetch_items (walk, position, site, url, posts, deliveries) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (walk_id, place, item.site, item.url, dump(item.posts), dump(item.deliveries))
            for place, item in enumerate(items)
        ],
    )


def take_items(tx: Transaction, walk_id: int, most: int) -> list[Item]:
    """Return the next items of a refetch and drop them from it."""
    rows = tx.rows("SELECT * FROM refetch_items WHERE walk = ? ORDER BY position LIMIT ?", (walk_id, most))
    if rows:
        tx.run("DELETE FROM refetch_items WHERE walk = ? AND position <= ?", (walk_id, rows[-1]["position"]))
    return [
        Item(row["site"], row["url"], tuple(json.loads(row["posts"])), tuple(json.loads(row["deliveries"])))
        for row in rows
    ]


def left(tx: Transaction, walk_id: int) -> int:
    """Return how many items of a refetch are not queued yet."""
    return int(tx.value("SELECT count(*) FROM refetch_items WHERE walk = ?", (walk_id,)))


def done(tx: Transaction, walk: Walk) -> int:
    """Return how many items of a refetch are through."""
    open_ = int(tx.value("SELECT open FROM tallies WHERE source = ?", (walk.source,)) or 0)
    return max(0, walk.found - left(tx, walk.id) - open_)


def waits(tx: Transaction, source: str) -> bool:
    """Tell whether a wish (`entry:3`) is a refetch of which not everything is queued yet."""
    entry = int(source.removeprefix("entry:"))
    sql = "SELECT 1 FROM walks w WHERE w.entry = ? AND EXISTS (SELECT 1 FROM refetch_items i WHERE i.walk = w.id)"
    return tx.value(sql, (entry,)) is not None


def drop_items(tx: Transaction, walk_id: int) -> None:
    """Let go of what was not queued yet."""
    tx.run("DELETE FROM refetch_items WHERE walk = ?", (walk_id,))


def hungry(tx: Transaction, low: int) -> list[int]:
    """Return the refetches that have items left and fewer than `low` open jobs."""
    rows = tx.rows(
        "SELECT w.id FROM walks w LEFT JOIN tallies t ON t.source = 'entry:' || w.entry"
        " WHERE w.kind = 'refetch' AND w.state = 'walking' AND coalesce(t.open, 0) < ? ORDER BY w.id",
        (low,),
    )
    return [row["id"] for row in rows]


def unfinished(tx: Transaction, of: str) -> Walk | None:
    """Return the refetch of the same that has not come to its end."""
    row = tx.row(
        "SELECT w.id FROM walks w JOIN entries e ON e.id = w.entry WHERE w.kind = 'refetch' AND w.search = ?"
        " AND e.state = 'open' ORDER BY w.id DESC LIMIT 1",
        (of,),
    )
    return None if row is None else walks.get(tx, row["id"])
