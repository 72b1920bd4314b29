"""The inbox in the running service: files that have settled are read, accepted, long lists piece by piece, and only then moved.

Here, because the store's entries and the files' places must agree after any crash. The loop calls it from its own thread.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from syncer.errors import ItemError
from syncer.fetch import cookie_files
from syncer.intake import linkfile, settle
from syncer.intake.inbox import FailedLine, Inbox
from syncer.intake.linkfile import LinkFile
from syncer.intake.names import AGAIN, FOLLOW, meaning, printable, suffix
from syncer.intake.seen import BlockedError, ChangedError, Content, RefusedError, Scan, Seen, VanishedError
from syncer.intake.settle import Patience, Waiting
from syncer.model import Origin
from syncer.service import cookie_job, follow_drop, inbox_pieces, png_job
from syncer.service.events import Event
from syncer.service.inbox_pieces import Dropped
from syncer.service.runtime import Runtime
from syncer.service.words import count
from syncer.sites import urls
from syncer.store import entries
from syncer.store.database import Named, is_away
from syncer.store.entries import AcceptedFile, FileIdentity

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Files that are taken in between two looks at all else, so that thousands dropped at once hold nothing up."""
RESCAN = 60.0
"""Seconds between two looks at the whole inbox: events can be lost, and network drives give none."""
GONE_RESCAN = 5.0
"""The same while the inbox is not there: a look at a name costs nothing, and nobody tells of a drive that comes back."""
CLOSE_EVERY = 1.0


class InboxJob:
    """Takes in what people drop; `turn` belongs to the loop's thread, `look` to any."""

    def __init__(self, runtime: Runtime, inbox: Inbox, patience: Patience | None = None) -> None:
        self._runtime = runtime
        self._inbox = inbox
        self._own_patience = patience
        self.before_look: Callable[[], str] | None = None
        """Sees to it that events of the folder still come."""
        self._waiting: Mapping[Path, Waiting] = {}
        self._told: set[str] = set()
        self._ready: deque[Seen] = deque()
        """Seen at the last look and not taken in yet."""
        self._begun: deque[Dropped] = deque()
        """Long lists of which a part is in the store."""
        self._lines = 0
        """Taken in at this turn."""
        self._look_at = 0.0
        self._settles_at: float | None = None
        self._close_at = 0.0

    def look(self) -> None:
        """Ask for a look at the inbox at the next turn; any thread may call this."""
        self._look_at = 0.0

    def turn(self) -> float:
        """Take in what is ready, some files and some lines; return the seconds until there may be more."""
        now = self._runtime.clock.monotonic()
        if not self._ready and now >= self._look_at:
            self._look()
        self._take_some(now)
        if now >= self._close_at:
            self._close_at = now + CLOSE_EVERY
            self.close_finished()
        return 0.0 if self._ready or self._begun else max(0.0, self._look_at - now)

    @property
    def _patience(self) -> Patience:
        """How long writers are waited for: as the config in force says, unless the tests say otherwise."""
        return self._own_patience or Patience(quiet=self._runtime.snapshot.config.folders.settle)

    def unsettled_rest(self) -> float | None:
        """Return the seconds until a file that is there may be ready, None where there is none."""
        if self._ready or self._begun:
            return 0.0
        return None if self._settles_at is None else max(0.0, self._settles_at - self._runtime.clock.monotonic())

    def _look(self) -> None:
        clock = self._runtime.clock
        now = clock.monotonic()
        self._look_at = now + RESCAN
        if self.before_look is not None:
            self.before_look()
        scan = self._inbox.scan()
        if scan.gone:
            # Not made again by us: it may be a drive that is away, and links dropped into its mount point would be lost.
            self._tell_once(
                "gone", f"the inbox {self._inbox.root} is not there; dropped links are read again when it is back"
            )
            self._settles_at = None
            self._look_at = now + GONE_RESCAN
            return
        self._told.discard("gone")
        self._note_moved(scan)
        for problem in scan.problems:
            self._tell_once(
                str(problem.path), f"{printable(problem.path.name)} in the inbox is left alone: {problem.why}"
            )
        sifted = settle.sift(self._waiting, scan.seen, now=now, wall=clock.now(), patience=self._patience)
        self._waiting = sifted.waiting
        begun = {dropped.seen.path for dropped in self._begun}
        self._ready.extend(seen for seen in sifted.ready if seen.path not in begun)
        self._settles_at = sifted.look_again

    def _take_some(self, now: float) -> None:
        """Take in the next files that are ready; look again when another one has settled, or one that was blocked may be read."""
        if self._begun:
            dropped = self._begun.popleft()
            self._guarded(dropped.seen, partial(self._go_on, dropped))
        self._lines = 0
        for _ in range(min(AT_ONCE, len(self._ready))):
            if self._lines >= inbox_pieces.LINES:
                break
            seen = self._ready.popleft()
            self._guarded(seen, partial(self._accept, seen))
        if self._ready:
            return
        blocked = [max(waiting.not_before, now + 1) for waiting in self._waiting.values() if waiting.not_before >= now]
        self._look_at = min([self._look_at, *blocked, *([] if self._settles_at is None else [self._settles_at])])

    def _note_moved(self, scan: Scan) -> None:
        """Note what lies in `done/` already: a crash came between the file's move and the word in the store about it."""
        with self._runtime.db.read() as tx:
            unmoved = entries.unmoved(tx)
        there = {str(seen.path.relative_to(self._inbox.root)) for seen in scan.seen} if unmoved else set()
        begun = {dropped.file_id for dropped in self._begun}
        gone = [file_id for file_id, path in unmoved if path not in there and file_id not in begun]
        if gone:
            with self._runtime.db.write(Named.REQUEST) as tx:
                for file_id in gone:
                    entries.moved(tx, file_id)

    def _tell_once(self, key: str, words: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._runtime.tell(Event("notice", "inbox", words))

    def _guarded(self, seen: Seen, work: Callable[[], None]) -> None:
        """Do something about one file; whatever goes wrong with it stops no other."""
        try:
            work()
        except (ChangedError, VanishedError):
            self._look_at = 0.0
        except RefusedError as error:
            self._refuse(seen, str(error))
        except BlockedError as error:
            self._put_off(seen, error)
        except Exception as error:  # whatever one file does, the others are read
            if is_away(error):
                raise
            log.debug("%s broke", seen.path, exc_info=True)
            name = printable(seen.path.name)
            self._put_off(
                seen,
                ItemError(
                    f"{name} could not be taken in: {type(error).__name__}: {error}", "It stays and is tried again"
                ),
            )

    def _put_off(self, seen: Seen, error: ItemError) -> None:
        now = self._runtime.clock.monotonic()
        self._waiting = settle.put_off(self._waiting, seen.path, now=now, patience=self._patience)
        self._tell_once(f"blocked {seen.path}", str(error))

    def _refuse(self, seen: Seen, reason: str) -> None:
        try:
            self._inbox.fail(seen, f"{reason}\n")
        except (ChangedError, VanishedError):
            self._look_at = 0.0
        except BlockedError as error:
            self._put_off(seen, error)
        else:
            self._runtime.tell(Event("failed", printable(seen.path.name), f"moved to failed/: {reason}"))

    def _accept(self, seen: Seen) -> None:
        content = self._inbox.read(seen)
        identity = FileIdentity(
            str(seen.path.relative_to(self._inbox.root)),
            seen.identity.inode,
            seen.identity.size,
            seen.identity.mtime_ns,
            content.sha256,
        )
        with self._runtime.db.read() as tx:
            before = entries.begun(tx, identity)
        if before is None and suffix(seen.path.name) == "png":
            self._take_site_files(seen, content)
            return
        if before is None and cookie_files.is_export(seen.path.name, content.data):
            self._take_cookies(seen, content)
            return
        if before is not None and before.state == "accepted":
            self._move(seen, before.id, before.result)
            return
        read = linkfile.read(seen.path.name, content.data, urls.key, self._runtime.snapshot.sites)
        if before is None and not read.usable:
            self._refuse(seen, _reasons(read))
            return
        self._store(seen, identity, read, before)

    def _take_site_files(self, seen: Seen, content: Content) -> None:
        """Take a hydrus downloader into the sites folder; done again after a crash it finds everything there already."""
        name = printable(seen.path.name)
        try:
            words = png_job.take(content.data, name, self._runtime.snapshot.config.folders.sites)
        except ItemError as error:
            self._refuse(seen, str(error))
            return
        self._inbox.finish(seen, words)
        self._runtime.tell(Event("notice", name, words.splitlines()[1]))

    def _take_cookies(self, seen: Seen, content: Content) -> None:
        """Take a browser's cookies over into the store of cookies, and delete the file: `done/` is no place for secrets."""
        name = printable(seen.path.name)
        try:
            words = cookie_job.take_file(self._runtime, name, content.data)
        except ItemError as error:
            seen.path.chmod(0o600)
            self._refuse(seen, str(error))
            return
        self._inbox.consume(seen, words)
        self._runtime.tell(Event("notice", name, words.splitlines()[0].partition(": ")[2]))

    def _store(self, seen: Seen, identity: FileIdentity, read: LinkFile, before: AcceptedFile | None) -> None:
        """Put a file's lines into the store, of a long one the first; what is to be followed in one transaction."""
        name, label = printable(seen.path.name), printable(seen.label)
        folder, inside = meaning(label)
        if folder == FOLLOW:
            self._follow(seen, identity, read, inside)
            return
        origin = Origin("inbox", name, label=inside)
        dropped = Dropped(seen, name, label, identity, read, origin, again=folder == AGAIN, left=deque(read.lines))
        if before is not None:
            inbox_pieces.go_on(self._runtime, dropped, before.id)
        self._go_on(dropped)

    def _go_on(self, dropped: Dropped) -> None:
        """Queue the next lines of a list; behind the last one the file is moved."""
        self._lines += min(inbox_pieces.LINES, len(dropped.left))
        try:
            done = inbox_pieces.take(self._runtime, dropped)
        except Exception as error:
            if is_away(error):
                self._begun.append(dropped)
            raise
        if done is None:
            self._begun.append(dropped)
        else:
            self._accepted(dropped.seen, dropped.read, *done)

    def _follow(self, seen: Seen, identity: FileIdentity, read: LinkFile, into: str) -> None:
        name, label = printable(seen.path.name), printable(seen.label)
        note = follow_drop.prepare(self._runtime, read, name, into)
        with self._runtime.db.write(Named.ACCEPT) as tx:
            file_id = entries.begin_file(tx, identity, label)
            twins = [(line.number, f"{line.text}: {line.why}") for line in read.twins]
            result = inbox_pieces.result_text(name, tx.now, [*twins, *note(tx, file_id)])
            entries.accept_file(tx, file_id, result)
        self._runtime.dispatch.look_again()
        self._accepted(seen, read, file_id, result)

    def _accepted(self, seen: Seen, read: LinkFile, file_id: int, result: str) -> None:
        self._runtime.tell(Event("accepted", printable(seen.path.name), count(len(read.lines), "line")))
        self._move(seen, file_id, result)

    def _move(self, seen: Seen, file_id: int, result: str) -> None:
        try:
            self._inbox.finish(seen, result)
        except (ChangedError, VanishedError):
            # It went on growing, or a person took it away: what was in it is accepted all the same.
            self._look_at = 0.0
        with self._runtime.db.write(Named.REQUEST) as tx:
            entries.moved(tx, file_id)

    def close_finished(self) -> None:
        """Write `failed/NAME.txt` for the files whose last job has settled, where any failed."""
        with self._runtime.db.read() as tx:
            finished = [(file, entries.failed_of_file(tx, file.id)) for file in entries.finished_files(tx)]
        for file, failed in finished:
            try:
                if failed:
                    self._write_failed(file, failed)
            except BlockedError as error:
                self._tell_once(f"failed {file.id}", str(error))
                continue
            with self._runtime.db.write(Named.REQUEST) as tx:
                entries.close_file(tx, file.id)

    def _write_failed(self, file: AcceptedFile, failed: list[entries.Entry]) -> None:
        name = printable(Path(file.path).name)
        lines = [FailedLine(entry.text, entry.why, _said(entry)) for entry in failed]
        path = self._inbox.write_failed(name, file.label, lines)
        self._runtime.tell(Event("notice", name, f"{count(len(failed), 'line')} failed; the reasons are in {path}"))


def _said(entry: entries.Entry) -> tuple[str, ...]:
    """Return what stood above a line of a list, so that it can be dropped again as it was."""
    options: dict[str, Any] = json.loads(entry.options)
    return (f"tags: {', '.join(options.get('extend_add_tags', ()))}", f"rule: {options.get('rule', '')}")


def _reasons(read: LinkFile) -> str:
    lines = "".join(f"\nline {line.number}: {line.text}: {line.why}" for line in read.lines)
    return f"nothing in this file could be taken: {read.why}{lines}"
