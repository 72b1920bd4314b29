"""What `tags top` tells: which tags come most often, and what a rule would have kept out of what came.

Here, because a rule is best found by looking at what was delivered. It only reads the store.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from syncer.errors import ItemError
from syncer.filters import tags as tag_filter
from syncer.filters import terms
from syncer.filters.clean import clean_all
from syncer.store import history
from syncer.store.database import Database

EXAMPLES: Final = 5


def top(db: Database, *, site: str, since: float, namespace: str | None, limit: int) -> dict[str, Any]:
    """Return the tags of what came after a time, the most frequent first; `namespace` "" = those without one, None = all."""
    counted, files = Counter[str](), 0
    with db.read() as tx:
        for came in history.since(tx, since):
            if site and came.post.site != site:
                continue
            files += 1
            counted.update(
                str(tag)
                for tag in set(clean_all(came.post.tags))
                if namespace is None or terms.fold(tag.namespace) == terms.fold(namespace)
            )
    rows = [{"tag": tag, "files": number} for tag, number in counted.most_common(limit)]
    return {"files": files, "tags": rows, "all": len(counted)}


def try_rule(db: Database, rule: str, *, site: str, since: float) -> dict[str, Any]:
    """Return how many of the files that came after a time a blacklist rule would have kept out. Raises ItemError for a bad rule."""
    rules = tag_filter.compiled((rule,))
    files, hit, examples = 0, 0, list[dict[str, Any]]()
    with db.read() as tx:
        for came in history.since(tx, since):
            if site and came.post.site != site:
                continue
            files += 1
            found = rules.first_hit(came.post.tags)
            if found is None:
                continue
            hit += 1
            if len(examples) < EXAMPLES:
                examples.append({"file": came.name, "url": came.post.url or came.file_url, "tag": str(found.tag)})
    if not files:
        raise ItemError("nothing was delivered there in that time", "Leave out --site or --since")
    return {"rule": rule, "files": files, "skipped": hit, "examples": examples}
