"""Adopting: what other programs have put into a folder becomes jobs, once each file there has come to rest.

Here, because the store's rows and the files' places must agree after any crash: a file's row and its job are one transaction, and
what is taken away there was delivered before. Works apart from the loop, since folders may be large. `app` builds it, the loop
calls `turn`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote, urlsplit

from syncer.config.adopted import AdoptedFolder
from syncer.errors import SyncerError
from syncer.frozen import frozen
from syncer.handover.mapping.found import Found
from syncer.intake import adopt_scan
from syncer.intake.adopt_scan import Folder, Item
from syncer.intake.names import printable
from syncer.model import Origin, Post
from syncer.service import adopt_leaving, adopt_told, enqueue, identity
from syncer.service.adopt_leaving import is_media
from syncer.service.adopt_watch import AdoptWatches
from syncer.service.enqueue import Wish
from syncer.service.events import Event
from syncer.service.facts import AWAY
from syncer.service.runtime import Runtime
from syncer.service.scope import ADOPT
from syncer.service.words import count
from syncer.store import adopted, jobs, posts, queue, requests
from syncer.store.adopted import Adopted, Beside, Place, Who
from syncer.store.database import Named, Transaction, is_away

log = logging.getLogger(__name__)

RESCAN: Final = 300.0
"""Seconds between two looks at everything: events can be lost, and network drives give none."""
LEAST_REST: Final = 5.0
"""Seconds between two looks, whatever happens there."""
SHARE: Final = 20
"""A look that took long is followed by a rest so many times as long."""
LEAVE: Final = 10.0
"""Seconds between two looks for what was delivered and is to be taken away."""
PIECE: Final = 50
"""So many files are taken in with one transaction."""


@frozen
class _Unsettled:
    """A file that may still be written: who it and what is beside it were, and since when; on the monotonic clock."""

    who: Who
    beside: Beside
    since: float


class Adopting:
    """Looks through the adopted folders, one after the other; `turn` and `finish` belong to the loop's thread, `look` to any."""

    def __init__(
        self, runtime: Runtime, ready: Callable[[], None], *, inline: bool = False, watch: bool = False
    ) -> None:
        """`ready` is called when there is something to do; `inline`: look in the caller's own thread; `watch`: look at events, too."""
        self._runtime = runtime
        self._ready = ready
        self._inline = inline
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._look_at = 0.0
        self._not_before = self._leave_at = 0.0
        self._unsettled: dict[str, dict[Place, _Unsettled]] = {}
        self._settles_at: float | None = None
        self._told: set[str] = set()
        self._watches = AdoptWatches(runtime, self._hinted) if watch else None

    def look(self) -> None:
        """Ask for a look at the folders soon."""
        self._look_at = 0.0

    def _hinted(self) -> None:
        """Look soon, since something has happened in a folder; any thread may call this."""
        self.look()
        self._ready()

    @property
    def is_busy(self) -> bool:
        """Tell whether the folders are being looked at now."""
        return self._thread is not None and self._thread.is_alive()

    def turn(self) -> float:
        """Begin a look where it is time; return the seconds until the next."""
        if self.is_busy or self._stop.is_set():
            return RESCAN
        now = self._runtime.clock.monotonic()
        if now >= self._leave_at:
            self._leave_at = now + LEAVE
            self.finish()
        due = max(min(self._look_at, self._settles_at or self._look_at), self._not_before)
        if now < due:
            return due - now
        self._look_at = now + RESCAN
        if self._inline:
            self._work()
        else:
            self._thread = threading.Thread(target=self._work, name="adopting", daemon=True)
            self._thread.start()
        return RESCAN if self._settles_at is None else max(0.0, self._settles_at - now)

    def unsettled_rest(self) -> float | None:
        """Return the seconds until a file that is there may have come to rest, None where there is none."""
        if self._settles_at is None:
            return None
        return max(0.0, max(self._settles_at, self._not_before) - self._runtime.clock.monotonic())

    def finish(self) -> None:
        """Take away what was delivered by now."""
        if not self.is_busy:
            with contextlib.suppress(sqlite3.Error):
                adopt_leaving.take_away(self._runtime, self._stop.is_set)

    def close(self) -> None:
        """End behind the file that is being looked at."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._watches is not None:
            self._watches.stop()

    def _work(self) -> None:
        clock = self._runtime.clock
        began = clock.monotonic()
        if self._watches is not None:
            self._watches.check()
        away: list[dict[str, str]] = []
        times: list[float] = []
        for folder in self._runtime.snapshot.config.adopt:
            if folder.paused or self._stop.is_set():
                continue
            why = self._guarded(folder)
            if why:
                away.append({"what": ADOPT, "subject": f"adopted folder {folder.name}", "why": why, "advice": ""})
            times += [each.since + folder.settle for each in self._unsettled.get(folder.name, {}).values()]
        self._settles_at = min(times, default=None)
        now = clock.monotonic()
        self._not_before = now + (0.0 if self._inline else max(LEAST_REST, SHARE * (now - began)))
        with contextlib.suppress(sqlite3.Error):
            adopt_leaving.take_away(self._runtime, self._stop.is_set)
            self._note_away(away)
        self._ready()

    def _guarded(self, folder: AdoptedFolder) -> str:
        """Look at one folder; return why that could not be, "" where it could. Whatever is wrong there stops no other."""
        try:
            return self._folder(folder)
        except Exception as error:  # whatever lies there
            log.log(logging.ERROR if is_away(error) else logging.DEBUG, "%s: %s", folder.path, error, exc_info=True)
            words = str(error) if isinstance(error, SyncerError) else f"{type(error).__name__}: {error}"
            return f"{folder.path} could not be looked through: {words}; it is tried again"

    def _folder(self, folder: AdoptedFolder) -> str:
        root = os.path.realpath(folder.path)
        if folder.path.is_file():
            return f"{folder.path} is a file, and no folder; name the folder that it lies in"
        if not folder.path.is_dir():
            return f"{folder.path} is not there; what lies there is adopted when it is back"
        before = self._unsettled.pop(folder.name, {})
        self._unsettled[folder.name] = {}
        sort = partial(adopt_told.sort_out, folder)
        there: set[str] = set()
        for seen in adopt_scan.look(root, sort, recursive=folder.recursive, now=self._runtime.clock.now()):
            if self._stop.is_set():
                return ""
            there |= {seen.folder} if seen.items else set()
            self._look_at_one(folder, root, seen, before)
        if there:
            with self._runtime.db.read() as tx:
                left = [
                    each
                    for name in adopted.folders(tx, root) - there
                    for each in adopted.of_folder(tx, root, name).values()
                ]
            self._forget(left)
        return ""

    def _look_at_one(self, folder: AdoptedFolder, root: str, seen: Folder, before: dict[Place, _Unsettled]) -> None:
        """Take in what has come to rest in one folder, and remember what has not."""
        now, unsettled = self._runtime.clock.monotonic(), self._unsettled[folder.name]
        for problem in seen.problems:
            self._tell_once(folder, problem)
        for piece in _pieces(self._new(root, seen)):
            ready = []
            for each in piece:
                if not each.who.size:
                    continue
                if self._is_settled(folder, each, before, now):
                    ready.append(each)
                else:
                    unsettled[each.place] = before.get(each.place) or _Unsettled(each.who, each.beside, now)
            if ready:
                self._take_in(folder, ready)

    def _new(self, root: str, seen: Folder) -> Iterator[Item]:
        """Yield the files of a folder that were not looked at as they are now; note what belongs to others, forget what is gone."""
        with self._runtime.db.read() as tx:
            known = adopted.of_folder(tx, root, seen.folder)
        aside = dict(seen.aside)
        for item in seen.items:
            before = known.pop(item.place.name, None)
            if before is None or not (_is_same(before, item) or self._is_open(before)):
                yield item
        new = [(name, who) for name, who in seen.aside if name not in known or known[name].who != who]
        if new:
            with self._runtime.db.write(Named.FLUSH) as tx:
                for name, who in new:
                    adopted.put(tx, Place(root, seen.folder, name), who, ())
        # An empty folder may be the mount point of a drive that is away.
        if seen.items or seen.aside or seen.folder:
            self._forget([each for name, each in known.items() if name not in aside])

    def _forget(self, gone: list[Adopted]) -> None:
        """Drop files that are there no more, with their faults; what is queued of them says by itself that they are gone."""
        gone = [each for each in gone if not self._is_open(each)]
        if gone:
            with self._runtime.db.write(Named.FLUSH) as tx:
                for each in gone:
                    queue.outdated(tx, each.job)
                adopted.forget(tx, [each.id for each in gone])

    def _is_open(self, found: Adopted) -> bool:
        with self._runtime.db.read() as tx:
            return adopted.is_open(tx, found)

    def _is_settled(self, folder: AdoptedFolder, item: Item, before: dict[Place, _Unsettled], now: float) -> bool:
        """Tell whether a file with what is beside it has stayed the same for as long as it must."""
        if 0 <= folder.settle <= self._runtime.clock.now() - item.changed:
            return True
        last = before.get(item.place)
        if last is None or (last.who, last.beside) != (item.who, item.beside):
            before.pop(item.place, None)
            return folder.settle == 0
        return now - last.since >= folder.settle

    def _take_in(self, folder: AdoptedFolder, items: list[Item]) -> None:
        """Note files and queue what they need, in one transaction."""
        runtime = self._runtime
        snapshot = runtime.snapshot
        told = [(item, adopt_told.of(item, folder, snapshot.config.handover)) for item in items]
        events: list[Event] = []
        with runtime.db.write(Named.ACCEPT) as tx:
            for item, each in told:
                before = adopted.at(tx, item.place)
                queue.outdated(tx, None if before is None else before.job)
                # What could not be read is nowhere else.
                leaves = folder.move and not each.problem
                number = adopted.put(tx, item.place, item.who, item.beside, leaves=leaves)
                key = _key(tx, each.found, number, again=before is not None)
                wish = _wish(folder, item.place, key)
                post = each.found.post
                if before is not None and before.who != item.who:
                    # Its bytes are others than those of which hashes are told.
                    post = replace(post, files=(replace(each.found.media, hashes=()),))
                post_id = posts.add(tx, _post_key(post, each.found, key), post, wish.origin)
                newest = jobs.newest(tx)
                events += enqueue.parts(tx, snapshot, wish, post_id, post)
                job = jobs.newest(tx)
                adopted.give(tx, number, key, job if job > newest else None)
        runtime.dispatch.look_again()
        runtime.tell(Event("accepted", folder.name, f"{count(len(items), 'file')} adopted"))
        for event in events:
            runtime.tell(event)
        for item, each in told:
            if each.problem:
                self._tell_once(folder, f"{printable(item.place.name)}: {each.problem}; it is taken without")
            for field in each.found.unread:
                self._tell_once(
                    folder, f"the mapping of {each.found.post.site} names {field}, which its metadata has not"
                )
        self._ready()

    def _note_away(self, away: list[dict[str, str]]) -> None:
        with self._runtime.db.read() as tx:
            before = requests.fact(tx, AWAY)
        if (before or []) == away:
            return
        with self._runtime.db.write(Named.FLUSH) as tx:
            requests.set_fact(tx, AWAY, away)
        for each in away:
            self._runtime.tell(Event("notice", each["subject"], each["why"]))

    def _tell_once(self, folder: AdoptedFolder, words: str) -> None:
        key = f"{folder.name}: {words}"
        if key not in self._told and len(self._told) < 1_000:
            self._told.add(key)
            self._runtime.tell(Event("notice", folder.name, words))


def _is_same(before: Adopted, item: Item) -> bool:
    """Tell whether a file is as it was looked at; what belonged to another file stays so, also when that one is taken away."""
    return before.who == item.who and (before.beside == item.beside or not before.key)


def _pieces(items: Iterator[Item]) -> Iterator[list[Item]]:
    piece: list[Item] = []
    for item in items:
        piece.append(item)
        if len(piece) >= PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _wish(folder: AdoptedFolder, place: Place, key: str) -> Wish:
    url = f"file://{quote(os.fsencode(place.path))}"
    return Wish(f"{ADOPT}:{folder.name}", Origin(ADOPT, folder.name), jobs.NORMAL, here=key, place=url)


def _key(tx: Transaction, found: Found, number: int, *, again: bool) -> str:
    """Return the key of a file's job: that of its URL where it is certain which file that is, else one of its own.

    What is looked at `again` has changed: that its URL is known says nothing about it. What looks like a page may be the same for many.
    """
    url = found.media.url
    is_file = is_media(PurePosixPath(urlsplit(url).path).suffix)
    key = identity.url_key(url) if is_file and found.alone and not again else ""
    return key if key and not jobs.is_open(tx, key) else f"{ADOPT}:{number}"


def _post_key(post: Post, found: Found, key: str) -> str:
    """Return the key of a post; of a post with several files one for each, or the others would be known with the first."""
    if not (post.site and post.id):
        return key
    return f"post:{post.site}/{post.id}" + ("" if found.alone else f"#{found.media.index}")
