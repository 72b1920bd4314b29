"""Which follows a person means: by subscription, `subscription: query`, `site: query`, a thread's URL, or the start of an id.

Here, because every command about follows takes the same names. The verbs of follows use it, inside a transaction.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable

from syncer.errors import ItemError
from syncer.service.snapshot import Snapshot
from syncer.sites import urls
from syncer.store import follows
from syncer.store.database import Transaction
from syncer.store.follows import Follow

LEAST_ID = 4
"""Letters of an id that are enough to mean one."""
SHOWN = 10


def label(follow: Follow) -> str:
    """Return the name that means just this follow: `subscription: query`, the catalogue's name, or the URL."""
    if follow.kind == "catalogue" and follow.name:
        return follow.name
    return f"{follow.name}: {follow.query}" if follow.kind == "query" else follow.urls[0]


def find(tx: Transaction, snapshot: Snapshot, text: str) -> list[Follow]:
    """Return the follows that `text` means: one, or all queries of a subscription.

    Raises ItemError where it means none, or several that have nothing to do with each other, with the candidates.
    """
    given = text.strip()
    everything = follows.everything(tx)
    meanings: dict[str, Follow] = {}
    ways = 0
    for way in _ways(snapshot, given):
        found = [follow for follow in everything if way(follow)]
        ways += bool(found)
        meanings |= {follow.id: follow for follow in found}
    found = list(meanings.values())
    if not found:
        raise ItemError(f'no follow is called "{given}"', _advice(given, everything))
    if ways > 1 or (len(found) > 1 and not _is_one_subscription(found, given)):
        raise ItemError(f'"{given}" can mean several', f"Say which: {_candidates(found)}")
    return found


def _ways(snapshot: Snapshot, given: str) -> list[Callable[[Follow], bool]]:
    """Return the tests by which a name can mean a follow; only two different ones that both hold are ambiguous."""
    if given.lower().startswith(("http://", "https://")):
        known = snapshot.library.recognise(given)
        key = known.key if known is not None else urls.key(given)
        return [lambda follow: _is_at(snapshot, follow, given, key)]
    folded = given.casefold()
    before, _, query = (part.strip() for part in given.partition(":"))
    ways: list[Callable[[Follow], bool]] = [
        lambda follow: follow.kind in ("query", "catalogue") and follow.name.casefold() == folded,
        lambda follow: (
            follow.kind == "query"
            and follow.query == query
            and before.casefold() in (follow.name.casefold(), follow.site.casefold())
        ),
    ]
    if len(given) >= LEAST_ID:
        ways.append(lambda follow: follow.id.startswith(given))
    return ways


def _is_at(snapshot: Snapshot, follow: Follow, given: str, key: str) -> bool:
    if follow.query == given:
        return True
    for url in follow.urls:
        known = snapshot.library.recognise(url)
        if (known.key if known is not None else urls.key(url)) == key:
            return True
    return False


def _is_one_subscription(found: list[Follow], given: str) -> bool:
    return all(follow.kind == "query" and follow.name.casefold() == given.casefold() for follow in found)


def _candidates(found: list[Follow]) -> str:
    shown = ", ".join(f'"{label(follow)}" ({follow.id[:8]})' for follow in found[:SHOWN])
    return f"{shown} and {len(found) - SHOWN} more" if len(found) > SHOWN else shown


def _advice(given: str, everything: list[Follow]) -> str:
    known = dict.fromkeys(name for follow in everything for name in (follow.name, label(follow), follow.query) if name)
    close = difflib.get_close_matches(given, list(known), n=1)
    return f'Did you mean "{close[0]}"?' if close else "`syncer follow list` shows all"
