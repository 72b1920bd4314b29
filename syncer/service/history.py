"""What `history` tells: where a file came from, when, under which options, with all its URLs; or how much came by site, tag or day.

Here, because it only reads the store and must work beside a running service as well as without one.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from syncer.config.settings import DAY
from syncer.errors import ItemError
from syncer.service import handed
from syncer.service.tags_top import name_of
from syncer.service.words import day
from syncer.store import adopted, history, known
from syncer.store.database import Database, Transaction
from syncer.store.history import Came

_HASH: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}", re.IGNORECASE)
KeysOf = Callable[[str], Iterable[str]]


def of(db: Database, what: str, keys_of: KeysOf) -> dict[str, Any]:
    """Return what is known of one file, hash or URL. `keys_of`: under which keys a URL is known. Raises ItemError.

    A file that lies elsewhere by now, since media managers move and rename what they take, is found by its bytes.
    """
    found, outcome = _of(db, what, keys_of)
    if not found and outcome is None:
        found, outcome = _of(db, _sha256(Path(what)), keys_of)
    if not found and outcome is None:
        raise ItemError(
            f"nothing is known of {what}",
            "Name a delivered or adopted file, its sha256 or md5, or the URL of a post or file",
        )
    return {"what": what, "files": [_told(each) for each in found], "known": outcome}


def _of(db: Database, what: str, keys_of: KeysOf) -> tuple[list[Came], dict[str, Any] | None]:
    """Return the deliveries that are meant, and where there is none, what else is known."""
    with db.read() as tx:
        found, keys = _find(tx, what, keys_of)
        before: known.Known | adopted.Outcome | None = known.find(tx, keys) if keys and not found else None
        if not found and not keys:
            found, before = _adopted(tx, Path(what))
    if before is None:
        return found, None
    name = before.outcome if isinstance(before, known.Known) else before.name
    return found, {"outcome": name, "why": before.why, "at": before.at}


def _sha256(path: Path) -> str:
    """Return the hash of a plain file, "" for what is none or cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _find(tx: Transaction, what: str, keys_of: KeysOf) -> tuple[list[Came], list[str]]:
    if what.lower().startswith(("http://", "https://")):
        keys = list(keys_of(what))
        return history.of_keys(tx, keys), keys
    if _HASH.fullmatch(what):
        kind = "sha256" if len(what) == 64 else "md5"
        return history.of_hash(tx, what), [f"{kind}:{what.lower()}"]
    path = Path(what)
    # Deliveries name their folder by its real path.
    for whole in dict.fromkeys((path.absolute(), Path(os.path.realpath(path.parent)) / path.name)):
        for folder in whole.parents:
            if found := history.of_name(tx, str(folder), str(whole.relative_to(folder))):
                return found, []
    return history.of_name(tx, "", what), []


def _adopted(tx: Transaction, path: Path) -> tuple[list[Came], adopted.Outcome | None]:
    """Return what was delivered of a file in an adopted folder, else what became of it."""
    lies = adopted.lying_at(tx, path.absolute())
    if lies is None or lies.job is None:
        return [], None
    files = history.of_job(tx, lies.job)
    return files, None if files else adopted.outcome(tx, lies)


def since(db: Database, at: float, limit: int) -> dict[str, Any]:
    """Return what came after a time (seconds since 1970), the newest first."""
    with db.read() as tx:
        return {"files": [_told(each) for each in history.since(tx, at, limit)], "known": None}


def by(db: Database, kind: str, at: float, limit: int) -> dict[str, Any]:
    """Return how many files and bytes came after a time for each site, tag or day; the most first, days from the newest on.

    What is held is one row a name, never one a file.
    """
    with db.read() as tx:
        sums = BY[kind](tx, at)
    rows = [{"name": name, "files": files, "bytes": size} for name, files, size in sums[:limit]]
    return {"by": kind, "rows": rows, "all": len(sums)}


Sums = list[tuple[str, int, int]]
"""Name, files and bytes."""


def _by_site(tx: Transaction, at: float) -> Sums:
    return [(site or "no site file", files, size) for site, files, size in history.by_site(tx, at)]


def _by_day(tx: Transaction, at: float) -> Sums:
    return [(day(number * DAY), files, size) for number, files, size in history.by_day(tx, at)]


def _by_tag(tx: Transaction, at: float) -> Sums:
    files, sizes = Counter[str](), Counter[str]()
    for each in history.tagged(tx, at):
        for name in {name for _, name in map(name_of, each.tags) if name}:
            files[name] += 1
            sizes[name] += each.size
    return [(name, number, sizes[name]) for name, number in files.most_common()]


BY: Final[Mapping[str, Callable[[Transaction, float], Sums]]] = {"site": _by_site, "tag": _by_tag, "day": _by_day}


def _told(came: Came) -> dict[str, Any]:
    post, origin = came.post, came.origin
    urls = dict.fromkeys(url for url in (post.url, handed.on_the_net(came.file_url), *post.sources) if url)
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
        "cause": came.cause or None,
    }
