"""What `history` tells: where a file came from, when, under which options, with all its URLs; or how much came by site, tag or day.

Here, because it only reads the store and must work beside a running service as well as without one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from syncer.errors import ItemError
from syncer.service.words import day
from syncer.store import history, known
from syncer.store.database import Database, Transaction
from syncer.store.history import Came

_HASH: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}", re.IGNORECASE)
KeysOf = Callable[[str], Iterable[str]]


def of(db: Database, what: str, keys_of: KeysOf) -> dict[str, Any]:
    """Return what is known of one file, hash or URL. `keys_of`: under which keys a URL is known. Raises ItemError."""
    with db.read() as tx:
        found, keys = _find(tx, what, keys_of)
        before = known.find(tx, keys) if keys and not found else None
    if not found and before is None:
        raise ItemError(
            f"nothing is known of {what}", "Name a delivered file, its sha256 or md5, or the URL of a post or file"
        )
    outcome = None if before is None else {"outcome": before.outcome, "why": before.why, "at": before.at}
    return {"what": what, "files": [_told(each) for each in found], "known": outcome}


def _find(tx: Transaction, what: str, keys_of: KeysOf) -> tuple[list[Came], list[str]]:
    if what.lower().startswith(("http://", "https://")):
        keys = list(keys_of(what))
        return history.of_keys(tx, keys), keys
    if _HASH.fullmatch(what):
        kind = "sha256" if len(what) == 64 else "md5"
        return history.of_hash(tx, what), [f"{kind}:{what.lower()}"]
    path = Path(what)
    whole = path.absolute()
    for folder in whole.parents:
        if found := history.of_name(tx, str(folder), str(whole.relative_to(folder))):
            return found, []
    return history.of_name(tx, "", what), []


def since(db: Database, at: float, limit: int | None) -> dict[str, Any]:
    """Return what came after a time (seconds since 1970), the newest first."""
    with db.read() as tx:
        return {"files": [_told(each) for each in history.since(tx, at, limit)], "known": None}


def by(db: Database, kind: str, at: float, limit: int) -> dict[str, Any]:
    """Return how many files and bytes came after a time for each site, tag or day; the most first, days in their order."""
    files, sizes = Counter[str](), Counter[str]()
    with db.read() as tx:
        for each in history.since(tx, at):
            for name in BY[kind](each):
                files[name] += 1
                sizes[name] += each.size
    names = sorted(files, reverse=True) if kind == "day" else [name for name, _ in files.most_common()]
    rows = [{"name": name, "files": files[name], "bytes": sizes[name]} for name in names[:limit]]
    return {"by": kind, "rows": rows, "all": len(names)}


BY: Final[Mapping[str, Callable[[Came], Iterable[str]]]] = {
    "site": lambda came: (came.post.site or "no site file",),
    "tag": lambda came: {str(tag) for tag in came.post.tags},
    "day": lambda came: (day(came.at),),
}


def _told(came: Came) -> dict[str, Any]:
    post, origin = came.post, came.origin
    urls = dict.fromkeys(url for url in (post.url, came.file_url, *post.sources) if url)
    return {
        "file": str(Path(came.folder) / came.name),
        "at": came.at,
        "size": came.size,
        "type": came.mime,
        "sha256": came.sha256,
        "md5": came.md5,
        "site": post.site,
        "post": post.id,
        "title": post.title,
        "urls": list(urls),
        "tags": [str(tag) for tag in post.tags],
        "by": origin.by,
        "name": origin.name,
        "query": origin.query,
        "label": origin.label,
        "options": came.options,
        "again": came.generation > 0,
    }
