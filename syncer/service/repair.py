"""What `repair` does: a delivered file that is still there, and whose sidecars are gone, gets them again.

Here, because what they said is in the store and what is there is on the disk. It writes only what is missing, never over anything and never
media. `look` only reads, so that a preview works beside a running service; the verb runs where the lock is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from syncer.config.settings import ImportFolder
from syncer.deliver.disk import DiskError
from syncer.deliver.naming import INSTEAD
from syncer.deliver.place import Sidecars, TakenError, Target
from syncer.deliver.sidecar import profile
from syncer.errors import SyncerError, sentences
from syncer.frozen import frozen
from syncer.service import retold
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import deliveries, jobs, posts
from syncer.store.database import Database, Named
from syncer.store.deliveries import Delivered

PIECE: Final = 500
"""So many deliveries are held at once."""
SHOWN: Final = 1_000
"""So many files are named; the others are counted."""


@frozen
class Lack:
    """Sidecars of one delivered file that are to be written."""

    delivered: Delivered
    target: Target
    missing: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Found:
    """What a look at all deliveries told: how many there are of each kind, and what they are called."""

    whole: int = 0
    taken: int = 0
    """Gone from folders that drain."""
    gone: int = 0
    """Gone from others."""
    written: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    """Media that is not what was delivered, and lacks sidecars."""
    alone: list[dict[str, Any]] = field(default_factory=list)
    """Sidecars without their media."""
    faults: list[dict[str, Any]] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    """Import folders that cannot be looked at, or that the config does not have any more."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("written", "changed", "alone", "faults"), 0))

    def note(self, kind: str, delivered: Delivered, *, sidecars: Iterable[str] = (), **more: object) -> None:
        """Count a file, and name it with the endings of its `sidecars` as long as there is room."""
        self.counts[kind] += 1
        names: list[dict[str, Any]] = getattr(self, kind)
        if endings := [suffix.removeprefix(INSTEAD) for suffix in sidecars]:
            more["sidecars"] = endings
        if len(names) < SHOWN:
            names.append({"file": f"{delivered.folder}/{delivered.name}", **more})

    def told(self, db: Database, *, preview: bool) -> dict[str, Any]:
        """Return it as plain data, with what only a person or a job can mend."""
        with db.read() as tx:
            unknown = [each.id for each in deliveries.in_state(tx, "unknown")]
            placing = len(deliveries.in_state(tx, "placing"))
        return {
            "preview": preview,
            "whole": self.whole,
            "taken": self.taken,
            "gone": self.gone,
            "written": self.written,
            "changed": self.changed,
            "alone": self.alone,
            "faults": self.faults,
            "counts": self.counts,
            "away": sorted(self.away),
            "unknown": unknown,
            "placing": placing,
        }


def preview(db: Database, snapshot: Snapshot, target_of: Callable[[ImportFolder], Target]) -> dict[str, Any]:
    """Return what `repair` would write; writes nothing."""
    found = Found()
    for lack in look(db, snapshot, target_of, found):
        found.note("written", lack.delivered, sidecars=[suffix for suffix, _ in lack.missing])
    return found.told(db, preview=True)


def verb(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Write the sidecars that are missing; answer what was written, and what cannot be."""
    del details
    found = Found()
    for lack in look(runtime.db, runtime.snapshot, runtime.targets.get, found):
        delivered, suffixes = lack.delivered, [suffix for suffix, _ in lack.missing]
        try:
            part = lack.target.part(f"repair-{delivered.id}")
            lack.target.put_sidecars(delivered.name, lack.missing, part=part)
        except TakenError:
            continue  # Another has written it since we looked.
        except SyncerError as error:
            found.note("faults", delivered, why=sentences(error.title, error.advice))
            continue
        found.note("written", delivered, sidecars=suffixes)
        _keep(runtime.db, delivered, lack.missing)
    return found.told(runtime.db, preview=False)


def _keep(db: Database, delivered: Delivered, written: Sidecars) -> None:
    """Note sidecars that the file had never had before: its folder has another profile now."""
    new = tuple((suffix, text.decode()) for suffix, text in written if suffix not in dict(delivered.sidecars))
    if new:
        with db.write(Named.SETTLE) as tx:
            deliveries.set_sidecars(tx, delivered.id, (*delivered.sidecars, *new))


def look(db: Database, snapshot: Snapshot, target_of: Callable[[ImportFolder], Target], found: Found) -> Iterator[Lack]:
    """Look at every delivery, yield what lacks sidecars that can be written, and note the others in `found`."""
    targets: dict[str, tuple[ImportFolder, Target] | None] = {}
    for delivered in _every(db):
        if delivered.folder not in targets:
            targets[delivered.folder] = _place(snapshot, target_of, delivered.folder)
        place = targets[delivered.folder]
        if place is None:
            found.away.add(delivered.folder)
            continue
        try:
            lack = _look_at(db, snapshot, place, delivered, found)
        except DiskError:
            targets[delivered.folder] = None
            found.away.add(delivered.folder)
        except SyncerError as error:
            found.note("faults", delivered, why=sentences(error.title, error.advice))
        else:
            yield from () if lack is None else (lack,)


def _every(db: Database) -> Iterator[Delivered]:
    last = 0
    while True:
        with db.read() as tx:
            piece = deliveries.placed_after(tx, last, PIECE)
        if not piece:
            return
        yield from piece
        last = piece[-1].id


def _place(
    snapshot: Snapshot, target_of: Callable[[ImportFolder], Target], path: str
) -> tuple[ImportFolder, Target] | None:
    folder = snapshot.folder_at(path)
    try:
        return None if folder is None else (folder, target_of(folder))
    except SyncerError:
        return None


def _look_at(
    db: Database, snapshot: Snapshot, place: tuple[ImportFolder, Target], delivered: Delivered, found: Found
) -> Lack | None:
    folder, target = place
    if not target.has_media(delivered.name, delivered.size):
        _without_media(folder, target, delivered, found)
        return None
    wanted = _wanted(db, snapshot, folder, delivered)
    there = target.has_sidecars(delivered.name, (suffix for suffix, _ in wanted))
    missing = tuple(each for each in wanted if each[0] not in there)
    if not missing:
        found.whole += 1
        return None
    if target.sha256(delivered.name) != delivered.sha256:
        found.note("changed", delivered)
        return None
    return Lack(delivered, target, missing)


def _without_media(folder: ImportFolder, target: Target, delivered: Delivered, found: Found) -> None:
    suffixes = [suffix for suffix, _ in delivered.sidecars]
    left = target.has_sidecars(delivered.name, suffixes)
    if target.has(delivered.name):
        # Another file has the name, or ours was edited: its sidecars are its own.
        if left != frozenset(suffixes):
            found.note("changed", delivered)
    elif left:
        found.note("alone", delivered, sidecars=[suffix for suffix in suffixes if suffix in left])
    elif folder.drains:
        found.taken += 1
    else:
        found.gone += 1


def _wanted(
    db: Database, snapshot: Snapshot, folder: ImportFolder, delivered: Delivered
) -> Sequence[tuple[str, bytes]]:
    """Return what lay beside a file as it was last written, and what its folder's profile wants by now."""
    had = tuple((suffix, text.encode()) for suffix, text in delivered.sidecars)
    if profile.suffixes(folder, PurePosixPath(delivered.name).suffix.removeprefix(".")) <= dict(had).keys():
        return had
    with db.read() as tx:
        job = jobs.get(tx, delivered.job)
        stored = posts.get(tx, job.post) if job is not None and job.post is not None else None
    if job is None or stored is None:
        return had
    now = retold.sidecars(retold.again(db, snapshot, folder, job, stored.post), delivered)
    return (*had, *(each for each in now if each[0] not in dict(had)))


VERBS = {"repair": verb}
