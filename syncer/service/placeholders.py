"""Pictures that a site sends in place of missing ones: who looks like one, and what a person can say about it.

Here, because it takes many posts to see it, and a person to be sure. Deliveries count, `status` shows.
"""

from __future__ import annotations

from typing import Any

from syncer.store import same_bytes
from syncer.store.database import Transaction
from syncer.store.same_bytes import Suspect

SUSPECT = 5
"""So many posts of one site with the same bytes, the first among them, look like a placeholder."""
WEEK = 7 * 86400.0


def seen_again(tx: Transaction, sha256: str, site: str, post_key: str, name: str) -> tuple[str, str]:
    """Count a post with bytes that were delivered before; return a word on it for the outcome, and a notice, once, when it is suspect."""
    posts = same_bytes.note(tx, sha256, site, post_key) + 1 if site else 0
    if posts < SUSPECT:
        return "", ""
    word = f"; {posts} posts of {site} have them, so they may be a placeholder"
    if posts > SUSPECT:
        return word, ""
    why, advice = _words(Suspect(site, sha256, name, posts))
    return word, f"{why}. {advice}"


def needs_you(tx: Transaction, limit: int) -> list[dict[str, Any]]:
    """Return what looked like a placeholder within a week, for `status`."""
    found = []
    for each in same_bytes.suspects(tx, SUSPECT - 1, since=tx.now - WEEK, limit=limit):
        why, advice = _words(Suspect(each.site, each.sha256, each.name, each.posts + 1))
        found.append({"what": "suspect", "subject": each.name, "why": why, "advice": advice})
    return found


def _words(suspect: Suspect) -> tuple[str, str]:
    why = f"{suspect.posts} posts of {suspect.site} have the same bytes: {suspect.name} may stand for missing files"
    return why, f'Look at it; if so, write under [site.{suspect.site}]: placeholders = ["sha256:{suspect.sha256}"]'
