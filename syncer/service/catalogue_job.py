"""Threads of a catalogue that become watchers: each once, by the catalogue's words, and no more at once than it may have.

Here, because words, watchers and what was shown before meet in the transaction of the page: after a crash it is done or not begun. The
listing job hands it each page of a catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from syncer.config.catalogue import Catalogue
from syncer.config.settings import DAY, CheckTiming
from syncer.filters import threads
from syncer.follow.state import Status, identity
from syncer.frozen import frozen
from syncer.model import Post, Recognised, UrlKind
from syncer.service import timing_of
from syncer.service.events import Event
from syncer.service.snapshot import Snapshot
from syncer.store import catalogues, follows
from syncer.store.catalogues import ENDED, HAD, REFUSED, REMOVED, UNWANTED, WAITS, WATCHED, Thread
from syncer.store.database import Transaction
from syncer.store.follows import Follow

LONGEST_TITLE = 300
SOURCE = "catalogue"
"""The source of watchers that a catalogue has begun."""


@frozen
class Wants:
    """What a catalogue takes, as its row keeps it."""

    words: tuple[str, ...]
    most: int
    watcher: str
    """Settings of its watchers."""


def settings(one: Catalogue) -> str:
    """Write what a catalogue's looks and its watchers need as the store keeps it."""
    span = one.every.seconds or DAY
    layers = [(f'catalogue "{one.label}"', dict(one.options))] if one.options else []
    own = {"words": one.words, "most": one.most, "watcher": timing_of.settings(one.threads, layers=layers)}
    return timing_of.settings(CheckTiming(1, span, span, 0, 30 * DAY, one.every), catalogue=own)


def wants(follow: Follow) -> Wants:
    """Return what `settings` wrote."""
    kept = json.loads(follow.settings)["catalogue"]
    return Wants(tuple(kept["words"]), kept["most"], kept["watcher"])


def watcher_key(found: Recognised) -> str:
    """Return the identity of the watcher that a thread has or would have."""
    return identity("watcher", found.site, [found.key])


def take(tx: Transaction, snapshot: Snapshot, catalogue: str, posts: Sequence[Post]) -> list[Event]:
    """Begin the watchers of the threads on a page that are wanted, note what came of all, and return what there is to tell."""
    follow = follows.get(tx, catalogue)
    if follow is None:
        return []
    look = _Look(tx, snapshot, follow)
    for post in posts:
        look.at(post)
    catalogues.put(tx, catalogue, look.changed)
    return look.told


class _Look:
    """One page of a catalogue."""

    def __init__(self, tx: Transaction, snapshot: Snapshot, follow: Follow) -> None:
        self._tx, self._snapshot, self._follow = tx, snapshot, follow
        self._wants = wants(follow)
        self._before = catalogues.threads(tx, follow.id)
        self._free = self._wants.most - len(catalogues.watchers(tx, follow.id))
        self._met: set[str] = set()
        self.changed: list[Thread] = []
        self.told: list[Event] = []

    def at(self, post: Post) -> None:
        """Decide about the thread that a post of the catalogue stands for."""
        for url in post.follow[:1]:
            found = self._snapshot.library.recognise(url)
            key = identity("watcher", self._follow.site, [url]) if found is None else watcher_key(found)
            if key not in self._met:
                self._met.add(key)
                self._note(key, url if found is None else found.normalised, post, found)

    def _note(self, key: str, url: str, post: Post, found: Recognised | None) -> None:
        before = self._before.get(key)
        title = post.title[:LONGEST_TITLE]
        new = self._decided(Thread(key, url, title, "", "", begun=before is not None and before.begun), post, found)
        if before is None or _differs(before, new) or before.seen_at < self._tx.now - catalogues.FRESH:
            self.changed.append(new)

    def _decided(self, thread: Thread, post: Post, found: Recognised | None) -> Thread:
        if found is None or found.kind is not UrlKind.WATCHABLE or found.parser is None:
            return replace(thread, outcome=REFUSED, why="no site file knows it as a thread that can be watched")
        if post.veto:
            return replace(thread, outcome=REFUSED, why=f"the site file refuses it: {post.veto}")
        there = follows.of_identity(self._tx, thread.key)
        if there is not None:
            return _of_watcher(thread, there, self._before.get(thread.key))
        if thread.begun:
            return replace(thread, outcome=HAD, why="it was watched, and has ended long ago")
        verdict = threads.judge(self._wants.words, post.title, "\n".join(note.text for note in post.notes))
        if not verdict.taken:
            return replace(thread, outcome=UNWANTED, why=verdict.why)
        if self._free <= 0:
            full = f"{self._wants.most} of its threads are watched already (`most`): it is taken when one ends"
            return replace(thread, outcome=WAITS, why=f"{verdict.why}; {full}")
        self._begin(thread, found, verdict.why)
        return replace(thread, outcome=WATCHED, why=verdict.why, begun=True)

    def _begin(self, thread: Thread, found: Recognised, why: str) -> None:
        self._free -= 1
        urls, settings = (found.for_server,), self._wants.watcher
        new = Follow(self._free_id(thread.key), "watcher", found.site, thread.title, "", urls, SOURCE, settings)
        follows.add(self._tx, replace(new, identity=thread.key))
        name = f" ({thread.title})" if thread.title else ""
        label = self._follow.name or self._follow.urls[0]
        self.told.append(Event("notice", f"catalogue {label}", f"watches {thread.url}{name}: {why}"))

    def _free_id(self, key: str) -> str:
        """Return the id for a new watcher: its identity, unless one that has moved on has left that behind."""
        number, free = 1, key
        while follows.get(self._tx, free) is not None:
            number += 1
            free = f"{key}-{number}"
        return free


def _of_watcher(thread: Thread, there: Follow, before: Thread | None) -> Thread:
    """Return what is to be said of a thread that has a watcher, or had one."""
    if there.retired_at is not None:
        cure = f"`syncer add watcher {thread.url}` watches it again"
        return replace(thread, outcome=REMOVED, why=f"its watcher was removed, and stays so; {cure}")
    if there.status != Status.ALIVE:
        return replace(thread, outcome=ENDED, why=f"its watcher has ended ({there.status}): {there.why}")
    why = before.why if before is not None and before.begun and before.outcome == WATCHED else "it is watched already"
    return replace(thread, outcome=WATCHED, why=why)


def _differs(before: Thread, new: Thread) -> bool:
    fields = ("url", "title", "outcome", "why", "begun")
    return any(getattr(before, each) != getattr(new, each) for each in fields)
