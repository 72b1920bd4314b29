"""A list dropped into `inbox/follow/`: its searches become queries of the config, its threads become watchers.

Here, because config, store and the file's place must agree after any crash: the config is edited first, which done twice is
done once; then one transaction notes the file with its watchers and words; only then the file is moved. The inbox job calls it.
"""

from __future__ import annotations

from collections.abc import Callable

from syncer.errors import ConfigError, SyncerError, TryLaterError, UsageError
from syncer.intake.lines import Line, LineKind
from syncer.intake.linkfile import LinkFile
from syncer.intake.seen import BlockedError, RefusedError
from syncer.model import Origin
from syncer.service import follow_edit, follow_lines, follows_of
from syncer.service.events import Event
from syncer.service.follow_edit import Row
from syncer.service.follow_lines import ADDED, REFUSED, THERE, Meant
from syncer.service.reload import Reload
from syncer.service.runtime import Runtime
from syncer.store import entries
from syncer.store.database import Transaction
from syncer.store.entries import NewEntry

Note = Callable[[Transaction, int], list[tuple[int, str]]]
"""Stores what came of the lines of the file with this id; returns it by number and in words."""
_OUTCOMES = {REFUSED: "failed", THERE: "known"}


def prepare(runtime: Runtime, read: LinkFile, name: str, into: str) -> Note:
    """Put a file's searches into the config, in the subscription `into` if one is named; return what stores the rest.

    Raises RefusedError where nothing of it can be followed, BlockedError where the config cannot be changed for now.
    """
    snapshot = runtime.snapshot
    meant = follow_lines.read(snapshot, read.lines, into)
    try:
        rows, why = follow_edit.write_or_refuse(snapshot.config.path, meant)
    except UsageError as error:
        raise RefusedError(error.title, error.advice) from error
    except (ConfigError, TryLaterError) as error:
        told = "; ".join(error.problems) if isinstance(error, ConfigError) else ""
        raise BlockedError(f"{name} waits: {told or error.title}", error.advice) from error
    if why and all(row.outcome == REFUSED for row in rows):
        raise RefusedError(why)
    if any(row.outcome == ADDED for row in rows):
        _put_in_force(runtime)
    origin = Origin("inbox", name)

    def note(tx: Transaction, file_id: int) -> list[tuple[int, str]]:
        pairs = zip(meant, rows, strict=True)
        return [(row.line, f"{row.text}: {_note(runtime, tx, each, row, origin, file_id)}") for each, row in pairs]

    return note


def _put_in_force(runtime: Runtime) -> None:
    """Follow from now on what was just written; where that cannot be, the reason is told, and the next reading follows it."""
    read = runtime.reload or Reload(runtime).now
    try:
        read()
    except SyncerError as error:
        runtime.tell(Event("notice", "config", f"{error}; what was dropped is followed when that is mended"))


def _note(runtime: Runtime, tx: Transaction, meant: Meant, row: Row, origin: Origin, file_id: int) -> str:
    """Store what came of one line, and watch the thread that it names; return it in words."""
    if meant.line.kind is LineKind.REJECTED:
        return f"rejected: {row.words}"
    words = follows_of.watch(tx, runtime.snapshot, meant.watch, origin) if meant.watch is not None else row.words
    entry = entries.add(tx, NewEntry(_text(meant.line), origin, line=row.line), file_id)
    entries.settle(tx, entry, _OUTCOMES.get(row.outcome, "delivered"), words)
    return words


def _text(line: Line) -> str:
    return f"{line.site}: {line.query}" if line.kind is LineKind.QUERY else line.url
