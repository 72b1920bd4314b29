"""Posts: a post's metadata is one row that its jobs refer to.

Here, because metadata grows while pages come in and must be whole when a file is delivered. Functions take a transaction.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.model import Origin, Post
from syncer.store.codec import origin_from_text, origin_to_text, post_from_text, post_to_text
from syncer.store.database import Transaction


@frozen
class StoredPost:
    """A post as the store has it."""

    id: int
    key: str
    post: Post
    origin: Origin
    open: int
    outcome: str


def add(tx: Transaction, key: str, post: Post, origin: Origin, walk: int | None = None) -> int:
    """Store a post without jobs; return its id."""
    return tx.insert(
        "INSERT INTO posts (key, walk, data, origin, open) VALUES (?, ?, ?, ?, 0)",
        (key, walk, post_to_text(post), origin_to_text(origin)),
    )


def get(tx: Transaction, post_id: int) -> StoredPost | None:
    """Return one post."""
    row = tx.row("SELECT id, key, data, origin, open, outcome FROM posts WHERE id = ?", (post_id,))
    if row is None:
        return None
    origin = origin_from_text(row["origin"])
    return StoredPost(row["id"], row["key"], post_from_text(row["data"]), origin, row["open"], row["outcome"])


def update(tx: Transaction, post_id: int, post: Post) -> None:
    """Put a post's grown metadata in place of the earlier."""
    tx.run("UPDATE posts SET data = ? WHERE id = ?", (post_to_text(post), post_id))
