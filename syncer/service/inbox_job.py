"""The inbox in the running service: files that have settled are read, accepted in one transaction, and only then moved.

Here, because the store's entries and the files' places must agree after any crash. The loop calls it from its own thread.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncer.errors import ItemError
from syncer.fetch import cookie_files
from syncer.intake import linkfile, settle
from syncer.intake.inbox import FailedLine, Inbox
from syncer.intake.lines import Line, LineKind
from syncer.intake.linkfile import LinkFile
from syncer.intake.names import AGAIN, FOLLOW, meaning, printable, suffix
from syncer.intake.seen import BlockedError, ChangedError, Content, RefusedError, Scan, Seen, VanishedError
from syncer.intake.settle import Patience, Waiting
from syncer.model import Origin
from syncer.service import accept_job, cookie_job, follow_drop, png_job
from syncer.service.accept_job import Asked, Plan
from syncer.service.events import Event
from syncer.service.follow_drop import Note
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count, moment
from syncer.sites import urls
from syncer.store import entries
from syncer.store.codec import dump
from syncer.store.database import Named, Transaction, is_away
from syncer.store.entries import AcceptedFile, FileIdentity, NewEntry

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Files that are taken in between two looks at all else, so that thousands dropped at once hold nothing up."""
RESCAN = 60.0
"""Seconds between two looks at the whole inbox: events can be lost, and network drives give none."""
CLOSE_EVERY = 1.0


class InboxJob:
    """Takes in what people drop; `turn` belongs to the loop's thread, `look` to any."""

    def __init__(self, runtime: Runtime, inbox: Inbox, patience: Patience) -> None:
        self._runtime = runtime
        self._inbox = inbox
        self._patience = patience
        self.before_look: Callable[[], str] | None = None
        """Sees to it that events of the folder still come."""
        self._waiting: Mapping[Path, Waiting] = {}
        self._told: set[str] = set()
        self._ready: deque[Seen] = deque()
        """Seen at the last look and not taken in yet."""
        self._look_at = 0.0
        self._settles_at: float | None = None
        self._close_at = 0.0

    def look(self) -> None:
        """Ask for a look at the inbox at the next turn; any thread may call this."""
        self._look_at = 0.0

    def turn(self) -> float:
        """Take in what is ready, at most AT_ONCE files; return the seconds until there may be more."""
        now = self._runtime.clock.monotonic()
        if not self._ready and now >= self._look_at:
            self._look()
        self._take_some(now)
        if now >= self._close_at:
            self._close_at = now + CLOSE_EVERY
            self.close_finished()
        return 0.0 if self._ready else max(0.0, self._look_at - now)

    def unsettled_rest(self) -> float | None:
        """Return the seconds until a file that is there may be ready, None where there is none."""
        if self._ready:
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
            return
        self._told.discard("gone")
        self._note_moved(scan)
        for problem in scan.problems:
            self._tell_once(
                str(problem.path), f"{printable(problem.path.name)} in the inbox is left alone: {problem.why}"
            )
        sifted = settle.sift(self._waiting, scan.seen, now=now, wall=clock.now(), patience=self._patience)
        self._waiting = sifted.waiting
        self._ready.extend(sifted.ready)
        self._settles_at = sifted.look_again

    def _take_some(self, now: float) -> None:
        """Take in the next files that are ready; look again when another one has settled, or one that was blocked may be read."""
        for _ in range(min(AT_ONCE, len(self._ready))):
            self._take(self._ready.popleft())
        if self._ready:
            return
        blocked = [max(waiting.not_before, now + 1) for waiting in self._waiting.values() if waiting.not_before >= now]
        self._look_at = min([self._look_at, *blocked, *([] if self._settles_at is None else [self._settles_at])])

    def _note_moved(self, scan: Scan) -> None:
        """Note what lies in `done/` already: a crash came between the file's move and the word in the store about it."""
        with self._runtime.db.read() as tx:
            accepted = entries.files(tx, "accepted")
        there = {str(seen.path.relative_to(self._inbox.root)) for seen in scan.seen} if accepted else set()
        gone = [file.id for file in accepted if file.path not in there]
        if gone:
            with self._runtime.db.write(Named.REQUEST) as tx:
                for file_id in gone:
                    entries.moved(tx, file_id)

    def _tell_once(self, key: str, words: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._runtime.tell(Event("notice", "inbox", words))

    def _take(self, seen: Seen) -> None:
        """Take in one file; whatever goes wrong with it stops no other."""
        try:
            self._accept(seen, self._inbox.read(seen))
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

    def _accept(self, seen: Seen, content: Content) -> None:
        identity = FileIdentity(
            str(seen.path.relative_to(self._inbox.root)),
            seen.identity.inode,
            seen.identity.size,
            seen.identity.mtime_ns,
            content.sha256,
        )
        with self._runtime.db.read() as tx:
            before = entries.accepted(tx, identity)
        if before is None and suffix(seen.path.name) == "png":
            self._take_site_files(seen, content)
            return
        if before is None and cookie_files.is_export(seen.path.name, content.data):
            self._take_cookies(seen, content)
            return
        if before is None:
            read = linkfile.read(seen.path.name, content.data, urls.key, self._runtime.snapshot.sites)
            if not read.usable:
                self._refuse(seen, _reasons(read))
                return
            file_id, result = self._store(seen, identity, read)
        else:
            file_id, result = before.id, before.result
        self._move(seen, file_id, result)

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

    def _store(self, seen: Seen, identity: FileIdentity, read: LinkFile) -> tuple[int, str]:
        """Put a file's lines into the store in one transaction; return its id and the text of its result file."""
        name, label = printable(seen.path.name), printable(seen.label)
        folder, inside = meaning(label)
        if folder == FOLLOW:
            note = follow_drop.prepare(self._runtime, read, name, inside)
        else:
            note = self._queueing(read, Origin("inbox", name, label=inside), again=folder == AGAIN)
        with self._runtime.db.write(Named.ACCEPT) as tx:
            file_id = entries.add_file(tx, identity, label, "")
            rows = [(line.number, f"{line.text}: {line.why}") for line in read.twins]
            result = _result_text(name, tx.now, [*rows, *note(tx, file_id)])
            entries.set_result(tx, file_id, result)
        self._runtime.dispatch.look_again()
        self._runtime.tell(Event("accepted", name, count(len(read.lines), "line")))
        return file_id, result

    def _queueing(self, read: LinkFile, origin: Origin, *, again: bool) -> Note:
        """Return what queues a file's lines and says what came of each, by number and in words."""
        snapshot = self._runtime.snapshot
        planned = [(line, _asked(line), _plan(snapshot, line)) for line in read.lines]

        def note(tx: Transaction, file_id: int) -> list[tuple[int, str]]:
            rows = []
            for line, asked, plan in planned:
                if plan is None:
                    rows.append((line.number, f"{line.text}: rejected: {line.why}"))
                    continue
                if line.claimed_only and plan.recognised is None:
                    rows.append((line.number, f"{line.text}: left out: no site file knows it"))
                    continue
                options = one_off(snapshot, line, origin)
                new = NewEntry(
                    asked.text, replace(origin, query=asked.query), line=line.number, again=again, options=options
                )
                done = accept_job.accept(tx, snapshot, asked, plan, new, file_id)
                rows.append((line.number, f"{line.text}: {done.words}"))
            return rows

        return note

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


def _asked(line: Line) -> Asked:
    if line.kind is LineKind.QUERY:
        return Asked(f"{line.site}: {line.query}", site=line.site, query=line.query)
    return Asked(line.url, url=line.url)


def _plan(snapshot: Snapshot, line: Line) -> Plan | None:
    if line.kind is LineKind.REJECTED:
        return None
    if line.rule:
        return accept_job.plan_by_rule(snapshot, _asked(line), line.rule)
    return accept_job.plan(snapshot, _asked(line))


def one_off(snapshot: Snapshot, line: Line, origin: Origin) -> str:
    """Return as JSON what a line says for itself alone, and how urgent its label is."""
    said: dict[str, object] = {}
    if line.tags:
        said["extend_add_tags"] = line.tags
    if line.rule:
        said["rule"] = line.rule
    priority = snapshot.config.labels.get(origin.label.partition("/")[0].casefold())
    if priority is not None:
        said["priority"] = priority
    return dump(said)


def _reasons(read: LinkFile) -> str:
    lines = "".join(f"\nline {line.number}: {line.text}: {line.why}" for line in read.lines)
    return f"nothing in this file could be taken: {read.why}{lines}"


def _result_text(name: str, at: float, rows: list[tuple[int, str]]) -> str:
    body = "".join(f"line {number}: {words}\n" for number, words in sorted(rows))
    return f"{name}, accepted {moment(at)}\n{body}"
