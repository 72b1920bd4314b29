"""What a person has already becomes known: read from other places, in pieces, so that the queue goes on meanwhile.

Here, because only the site files know which post a URL or a line of an archive means. The verb of `known import` and the service's
clockwork call it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from syncer.errors import UsageError
from syncer.intake import had
from syncer.intake.had import Had
from syncer.model import UrlKind
from syncer.service import identity
from syncer.service.runtime import Runtime
from syncer.sites.library import Library
from syncer.store import known
from syncer.store.database import Named

PIECE: Final = 2_000
"""So many things are noted in one transaction."""
WORDS: Final = {
    "hydrus": "hydrus",
    "gallery-dl": "gallery-dl's archive",
    "folder": "a folder",
    "list": "a list",
}
_ENTRY: Final = re.compile(r"(?P<site>.+?)_?(?P<id>\d+)(?P<part>_\d+)?")


@dataclass(slots=True)
class Counted:
    """What an import came to."""

    read: int = 0
    deleted: int = 0
    noted: int = 0
    """Keys that were not known before."""
    unread: int = 0
    """Lines of an archive that no site file here can place."""


def verb(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Import from `path`, which is of `kind`; answer how much was read and is new. Raises UsageError."""
    kind = str(details["kind"])
    if kind not in had.READERS:
        raise UsageError(f'"{kind}" cannot be imported from', f"There are: {', '.join(had.READERS)}")
    counted = bring_in(runtime, kind, Path(details["path"]))
    return {
        "kind": kind,
        "path": details["path"],
        "read": counted.read,
        "deleted": counted.deleted,
        "noted": counted.noted,
        "unread": counted.unread,
    }


def bring_in(runtime: Runtime, kind: str, path: Path) -> Counted:
    """Note all that `path` has; what is known already stays as it is. Raises UsageError, sqlite3.Error."""
    counted, library = Counted(), runtime.snapshot.library
    found = had.read(kind, path)
    while piece := list(itertools.islice(found, PIECE)):
        rows = []
        for each in piece:
            keys = list(keys_of(library, each))
            outcome = "skipped" if each.deleted else "delivered"
            words = f"deleted in {WORDS[kind]}" if each.deleted else f"in {WORDS[kind]}"
            rows += [(key, outcome, words) for key in keys]
            counted.unread += bool(each.entry and not keys)
            counted.deleted += each.deleted
        with runtime.db.write(Named.IMPORT_KNOWN) as tx:
            counted.noted += known.add_new(tx, rows)
        counted.read += len(piece)
    return counted


def keys_of(library: Library, each: Had) -> Iterator[str]:
    """Yield under which keys a thing is known: its hashes, its files' URLs, its posts; a list of posts proves nothing."""
    yield from (f"{kind}:{value}" for kind, value in each.hashes)
    for url in (*each.urls, *each.shared):
        recognised = library.recognise(url)
        if recognised is None or recognised.kind is UrlKind.FILE:
            if url not in each.shared:
                yield identity.url_key(url)
        elif recognised.kind is UrlKind.POST:
            yield f"url:{recognised.key}"
            if recognised.post_id:
                yield f"post:{recognised.site}/{recognised.post_id}"
    if each.entry:
        yield from _posts_of(library, each.entry)


def _posts_of(library: Library, entry: str) -> Iterator[str]:
    """Yield the post that a line of an archive names; one of several files of a post leaves the others wanted."""
    match = _ENTRY.fullmatch(entry)
    if match is not None and match["part"] is None and match["site"] in library.sites:
        yield f"post:{match['site']}/{match['id']}"


VERBS = {"known import": verb}
