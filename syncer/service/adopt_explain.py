"""What `explain` says of a file in an adopted folder: what tells of it, what that comes to, and what became of it.

Here, because it reads the file's neighbours as adopting does, and writes nothing.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from syncer.config.adopted import AdoptedFolder
from syncer.errors import ItemError
from syncer.filters import posts as post_filter
from syncer.filters import written
from syncer.intake import adopt_scan
from syncer.intake.adopt_scan import Item
from syncer.intake.names import printable
from syncer.service import adopt_told, scope
from syncer.service.looking import Look
from syncer.service.scope import ADOPT
from syncer.service.snapshot import Scope
from syncer.service.words import moment
from syncer.store import adopted


def path_of(text: str) -> Path | None:
    """Return which file is meant by a path that is there, or a file URL; None for anything else."""
    if text.startswith("file://"):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix("file://"))))
    return Path(text).absolute() if "://" not in text and os.path.lexists(text) else None


def explain(look: Look, path: Path) -> dict[str, Any]:
    """Return all that is decided about a file, as plain data. Raises ItemError where it lies in no adopted folder, or is no media."""
    snapshot = look.snapshot
    folder, item = _item(list(snapshot.config.adopt), Path(os.path.realpath(path.parent)) / path.name, look.clock.now())
    told = adopt_told.of(item, folder, snapshot.config.handover)
    post = told.found.post
    own = scope.of_adopted(snapshot.config, folder.name)
    resolved = snapshot.resolved(Scope(ADOPT, post.site, scope.class_of(snapshot, post.url), "", own))
    verdict = post_filter.judge(resolved.options, post, look.clock.now())
    whole = written.post(resolved.options, post)
    return {
        "path": str(item.place.path),
        "folder": folder.name,
        "beside": [printable(name) for name in item.candidate.beside],
        "problem": told.problem,
        "unread": list(told.found.unread),
        "site": post.site,
        "post": post.id,
        "post_url": post.url,
        "file_url": told.found.media.url,
        "title": post.title,
        "time": post.time,
        "tags": [str(tag) for tag in whole.tags],
        "notes": [note.name for note in whole.notes],
        "sources": list(whole.sources),
        "hashes": dict(told.found.media.hashes),
        "taken": verdict.taken,
        "why": verdict.why,
        "outcome": _outcome(look, item),
        "import_folder": str(snapshot.import_folder(name=resolved.options.import_folder).path),
    }


def _item(folders: list[AdoptedFolder], path: Path, now: float) -> tuple[AdoptedFolder, Item]:
    for folder in folders:
        root = Path(os.path.realpath(folder.path))
        if not path.is_relative_to(root):
            continue
        inside = path.relative_to(root)
        below = "" if inside.parent == Path() else str(inside.parent)
        item = adopt_scan.item_at(str(root), below, path.name, partial(adopt_told.sort_out, folder), now)
        if item is not None:
            return folder, item
        why = "it is not there, no media, not finished, or it belongs to another file"
        raise ItemError(f"{path} is not adopted: {why}", "docs/how-to/adopt.md says what is")
    raise ItemError(f"{path} lies in no adopted folder", "Name a URL, or a file in a folder of [[adopt]]")


def _outcome(look: Look, item: Item) -> dict[str, Any] | None:
    if look.db is None:
        return None
    with look.db.read() as tx:
        found = adopted.lying_at(tx, item.place.path)
        outcome = None if found is None else adopted.outcome(tx, found)
    if outcome is None:
        return None
    return {"outcome": outcome.name, "why": outcome.why, "advice": outcome.advice, "since": moment(outcome.at)}
