"""What `explain URL` says: how a URL is recognised and fetched, under which options, what is known, what would make it wait.

Here, because it asks every step for its decision without doing anything.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from syncer.fetch.contexts import contexts
from syncer.fetch.ledger import Ledger
from syncer.model import Origin, Recognised
from syncer.service import identity
from syncer.service.snapshot import Snapshot
from syncer.service.words import moment
from syncer.store import known
from syncer.store.database import Database


def explain(db: Database | None, ledger: Ledger, snapshot: Snapshot, url: str) -> dict[str, Any]:
    """Return all that is decided about a URL, as plain data; changes nothing."""
    found = snapshot.library.recognise(url)
    keys = [identity.url_key(url)]
    if found is not None:
        keys = [f"url:{found.key}", *([f"post:{found.site}/{found.post_id}"] if found.post_id else []), *keys]
    request = found.fetch_url if found is not None else url
    wait = ledger.wait(contexts(request))
    resolved = snapshot.resolved(Origin("url"))
    return {
        "url": url,
        "recognised": None if found is None else _recognised(found),
        "request": request,
        "known": None if db is None else _known(db, keys),
        "waits": None if wait is None else {"seconds": wait.seconds, "why": wait.why},
        "options": {
            key: {"value": value, "layer": resolved.layer.get(key, "default")}
            for key, value in asdict(resolved.options).items()
        },
        "import_folder": str(snapshot.import_folder(name=resolved.options.import_folder).path)
        if snapshot.config.import_folders
        else None,
    }


def _recognised(found: Recognised) -> dict[str, Any]:
    return {
        "site": found.site,
        "class": f"{found.site}/{found.url_class}",
        "kind": str(found.kind),
        "normalised": found.normalised,
        "for_server": found.for_server,
        "fetch_class": found.fetch_class,
        "parser": found.parser,
        "post": found.post_id,
    }


def _known(db: Database, keys: list[str]) -> dict[str, Any] | None:
    with db.read() as tx:
        found = known.find(tx, keys)
    if found is None:
        return None
    return {"key": found.key, "outcome": found.outcome, "why": found.why, "since": moment(found.at)}
