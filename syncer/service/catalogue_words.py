"""What is shown of catalogues: how many of their threads are watched, how many wait, and what came of each thread.

Here, apart from the job, because `status` shows it too and must load neither config nor site files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from syncer.service.words import count
from syncer.store import catalogues, follows
from syncer.store.database import Transaction
from syncer.store.follows import Follow

SHOWN = 20


def label(follow: Follow) -> str:
    """Return how a catalogue is called."""
    return follow.name or follow.urls[0]


def tally(tx: Transaction, follow: Follow) -> dict[str, int]:
    """Return how many threads of a catalogue are watched, of how many at most, and how many wait until one has ended."""
    most = int(json.loads(follow.settings)["catalogue"]["most"])
    return {
        "watched": len(catalogues.watchers(tx, follow.id)),
        "most": most,
        "waiting": catalogues.waiting(tx, follow.id),
    }


def of_all(tx: Transaction, found: Sequence[Follow]) -> list[dict[str, Any]]:
    """Return the catalogues among some follows, each with its tally."""
    return [
        {"name": label(follow), "url": follow.urls[0], **tally(tx, follow)}
        for follow in found
        if follow.kind == "catalogue"
    ]


def line(tally: dict[str, Any]) -> str:
    """Say how a catalogue stands: `3 of at most 20 threads watched, 2 wait`."""
    waits = f", {tally['waiting']} wait until one has ended" if tally["waiting"] else ""
    return f"{tally['watched']} of at most {count(tally['most'], 'thread')} watched{waits}"


def of_thread(tx: Transaction, key: str) -> list[dict[str, Any]]:
    """Return what each catalogue made of a thread, by the identity of its watcher."""
    found = []
    for who, thread in catalogues.of_thread(tx, key):
        follow = follows.get(tx, who)
        if follow is not None and follow.retired_at is None:
            found.append(
                {"catalogue": label(follow), "outcome": thread.outcome, "why": thread.why, "seen": thread.seen_at}
            )
    return found


def threads(tx: Transaction, follow: Follow) -> list[dict[str, Any]]:
    """Return the threads that a catalogue showed, the watched ones and those that wait first."""
    order = {catalogues.WATCHED: 0, catalogues.WAITS: 1, catalogues.UNWANTED: 3}
    found = sorted(catalogues.threads(tx, follow.id).values(), key=lambda each: order.get(each.outcome, 2))
    return [
        {"url": each.url, "title": each.title, "outcome": each.outcome, "why": each.why, "seen": each.seen_at}
        for each in found
    ]


def grouped(tx: Transaction, found: Sequence[Follow]) -> list[tuple[Follow, str]]:
    """Return follows in the order in which they are listed, each with the id of the catalogue that has begun it ("" = none).

    Queries first, then catalogues with their threads behind each, then the other threads.
    """
    named = {follow.id for follow in found if follow.kind == "catalogue"}
    owners = {watcher: owner for watcher, owner in catalogues.owners(tx).items() if owner in named}
    own: dict[str, list[Follow]] = {}
    for follow in found:
        own.setdefault(owners.get(follow.id, ""), []).append(follow)
    rest = own.pop("", [])
    listed = [(follow, "") for follow in rest if follow.kind == "query"]
    for follow in rest:
        if follow.kind == "catalogue":
            listed += [(follow, ""), *((each, follow.id) for each in own.get(follow.id, []))]
    return [*listed, *((follow, "") for follow in rest if follow.kind == "watcher")]


def left(tx: Transaction, found: Sequence[Follow]) -> int:
    """Return how many threads the catalogues among some follows watch."""
    return sum(len(catalogues.watchers(tx, follow.id)) for follow in found if follow.kind == "catalogue")
