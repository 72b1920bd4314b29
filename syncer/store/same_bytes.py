"""Posts of a site whose file had the bytes of another post's: many of them, and it is no file but a placeholder.

Here, because it is counted over months. Functions take a transaction and never commit.
"""

from __future__ import annotations

from syncer.frozen import frozen
from syncer.store.database import Transaction

MOST = 50
"""So many posts are counted for a file; more say nothing new."""


@frozen
class Suspect:
    """A delivered file that many posts of one site have."""

    site: str
    sha256: str
    name: str
    """Under which it was delivered."""
    posts: int


def note(tx: Transaction, sha256: str, site: str, post_key: str) -> int:
    """Count a post that has the bytes of an earlier one; return how many there are of this site, 0 if it was counted before."""
    number = int(tx.value("SELECT count(*) FROM same_bytes WHERE sha256 = ? AND site = ?", (sha256, site)))
    if number >= MOST:
        return 0
    before = tx.row("SELECT 1 FROM same_bytes WHERE sha256 = ? AND site = ? AND post_key = ?", (sha256, site, post_key))
    if before is not None:
        return 0
    tx.run("INSERT INTO same_bytes (sha256, site, post_key, at) VALUES (?, ?, ?, ?)", (sha256, site, post_key, tx.now))
    return number + 1


def suspects(tx: Transaction, least: int, *, since: float, limit: int) -> list[Suspect]:
    """Return the files that at least `least` posts of a site have beside the delivered one, the last of them after `since`."""
    rows = tx.rows(
        "SELECT s.site, s.sha256, count(*) AS number, (SELECT name FROM deliveries d WHERE d.sha256 = s.sha256"
        " ORDER BY d.id LIMIT 1) AS name FROM same_bytes s GROUP BY s.sha256, s.site HAVING number >= ?"
        " AND max(s.at) > ? ORDER BY number DESC, s.sha256 LIMIT ?",
        (least, since, limit),
    )
    return [Suspect(row["site"], row["sha256"], row["name"] or "", row["number"]) for row in rows]
