"""What `tags top` tells: which tags come most often, and what a rule would have kept out of what came.

Here, because a rule is best found by looking at what was delivered. It only reads the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from syncer.errors import ItemError
from syncer.filters import tags as tag_filter
from syncer.filters import terms
from syncer.filters.clean import clean
from syncer.model import Tag
from syncer.service import handed
from syncer.store import history
from syncer.store.database import Database

EXAMPLES: Final = 5


def top(db: Database, *, site: str, since: float, namespace: str | None, limit: int) -> dict[str, Any]:
    """Return the tags of what came after a time, the most frequent first; `namespace` "" = those without one, None = all.

    What is held is one number a tag, never a file.
    """
    counted, files = Counter[str](), 0
    with db.read() as tx:
        for came in history.tagged(tx, since):
            if site and came.site != site:
                continue
            files += 1
            counted.update(_shown(came.tags, None if namespace is None else terms.fold(namespace)))
    rows = [{"tag": tag, "files": number} for tag, number in counted.most_common(limit)]
    return {"files": files, "tags": rows, "all": len(counted)}


def _shown(tags: Iterable[tuple[str, str]], namespace: str | None) -> set[str]:
    """Return the tags of one file as they are shown, those of one namespace alone if it is named (folded)."""
    names = map(name_of, tags)
    return {shown for folded, shown in names if shown and (namespace is None or folded == namespace)}


@lru_cache(maxsize=100_000)
def name_of(tag: tuple[str, str]) -> tuple[str, str]:
    """Return a tag's folded namespace, and how it is shown once cleaned; remembered, since a site's tags repeat."""
    cleaned = clean(Tag(*tag))
    return ("", "") if cleaned is None else (terms.fold(cleaned.namespace), str(cleaned))


def try_rule(db: Database, rule: str, *, site: str, since: float) -> dict[str, Any]:
    """Return how many of the files that came after a time a blacklist rule would have kept out. Raises ItemError for a bad rule."""
    rules = tag_filter.compiled((rule,))
    files, hit, examples = 0, 0, list[dict[str, Any]]()
    with db.read() as tx:
        for came in history.tagged(tx, since):
            if site and came.site != site:
                continue
            files += 1
            found = rules.first_hit([Tag(*tag) for tag in came.tags])
            if found is None:
                continue
            hit += 1
            if len(examples) < EXAMPLES:
                examples.append({"file": came.name, "url": handed.on_the_net(came.url), "tag": str(found.tag)})
    if not files:
        raise ItemError("nothing was delivered there in that time", "Leave out --site or --since")
    return {"rule": rule, "files": files, "skipped": hit, "examples": examples}
