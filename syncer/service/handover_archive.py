"""The archives of a person's own gallery-dl and yt-dlp: what stands there is not fetched again, what syncer delivers is added to it.

Here, because an entry may be added only once its file is settled, also where a kill comes between: until then it is noted beside the
runs of programs, and a start looks what became of it. File jobs and a start call it.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from syncer import private
from syncer.config.handover import GALLERY_DL, YT_DLP, Handover
from syncer.config.settings import Config
from syncer.model import MediaFile, Post
from syncer.service.runtime import Runtime
from syncer.store import known, settle
from syncer.store.database import Named

log = logging.getLogger(__name__)

FOLDER: Final = "archived"
"""Below the folder of handovers: a file for each job whose entries are to be added."""
_COPY: Final = "archive.txt"
_PATIENCE: Final = 5.0
"""Seconds that a database is waited for which its program uses."""
_AT_ONCE: Final = 500
_KEEPS: Final = frozenset({"delivered", "known"})
"""Outcomes by which a file is here; one that a rule skipped may be let in by other rules."""


def lend(settings: Handover, program: str, folder: Path, *, again: bool) -> Path | None:
    """Lay a copy of the archive into the private folder of a run; None where there is none. `again`: what it says does not count."""
    own = settings.yt_dlp.archive
    if own is None or program != YT_DLP:
        return None
    path = folder / _COPY
    try:
        before = b"" if again else own.read_bytes()
    except OSError:
        before = b""
    path.write_bytes(before)
    return path


def template(runtime: Runtime, config: Config, program: str, url: str) -> str:
    """Return how gallery-dl shall tell the entries of what it lists at a URL; "" where there is no archive."""
    if program != GALLERY_DL or config.handover.gallery_dl.archive is None:
        return ""
    claim = runtime.tools.claim(config, program, url)
    return "" if claim is None else claim.entry


def learn(runtime: Runtime, config: Config, posts: Iterable[Post]) -> None:
    """Note which files of posts stand in the person's archive of gallery-dl: they are known from then on."""
    own = config.handover.gallery_dl.archive
    entries = [entry for post in posts for media in post.files for entry in entries_of(media)]
    if own is None or not entries or not own.is_file():
        return
    try:
        there = _there(own, entries)
    except sqlite3.Error as error:
        log.warning("the archive %s could not be read: %s", own, error)
        return
    if there:
        with runtime.db.write(Named.IMPORT_KNOWN) as tx:
            known.add_new(
                tx, [(f"{GALLERY_DL}:{entry}", "known", "it stands in gallery-dl's archive") for entry in there]
            )


def entries_of(media: MediaFile) -> list[str]:
    """Return the entries that stand for a file in gallery-dl's archive."""
    return [value for kind, value in media.hashes if kind == GALLERY_DL]


def _there(archive: Path, entries: Sequence[str]) -> list[str]:
    found: list[str] = []
    with closing(sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as connection:
        for first in range(0, len(entries), _AT_ONCE):
            some = entries[first : first + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = connection.execute(f"SELECT entry FROM archive WHERE entry IN ({marks})", tuple(some))  # noqa: S608 only marks
            found += [str(row[0]) for row in rows]
    return found


def begin(runtime: Runtime, config: Config, job_id: int, media: MediaFile) -> bool:
    """Note what stands for a file of gallery-dl's before it is fetched; tell whether there is anything to be added afterwards."""
    entries = entries_of(media) if config.handover.gallery_dl.archive is not None else []
    note(runtime, job_id, entries, GALLERY_DL)
    return bool(entries)


def note(runtime: Runtime, job_id: int, entries: Sequence[str], program: str = YT_DLP) -> None:
    """Note the entries that stand for the file of a job, before anything is done with the file."""
    if not entries:
        return
    folder = runtime.tools.folder / FOLDER
    private.folder(folder)
    temp = folder / f"{job_id}.new"
    temp.write_text(json.dumps([program, *entries]), "utf-8")
    temp.replace(folder / f"{job_id}.json")


def told(runtime: Runtime) -> None:
    """Add the entries of what is settled to their archive; those of jobs that still wait stay noted. Never raises."""
    folder = runtime.tools.folder / FOLDER
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        with runtime.db.read() as tx:
            outcome = settle.outcome_of(tx, int(path.stem)) if path.stem.isdecimal() else "failed"
        if outcome is None:
            continue
        try:
            if outcome in _KEEPS:
                program, *entries = json.loads(path.read_text("utf-8"))
                own, add = _of(runtime.snapshot.config.handover, program)
                if own is not None:
                    add(own, entries)
            path.unlink(missing_ok=True)
        except (OSError, ValueError, sqlite3.Error) as error:
            log.warning("an archive could not be written, it is tried again: %s", error)


def _of(settings: Handover, program: str) -> tuple[Path | None, Callable[[Path, Sequence[str]], None]]:
    """Return a program's archive, and what adds to it."""
    if program == GALLERY_DL:
        return settings.gallery_dl.archive, _add_rows
    return settings.yt_dlp.archive, _add_lines


def _add_rows(archive: Path, entries: Sequence[str]) -> None:
    """Add rows that are not there yet to gallery-dl's database, which it may use at the same time."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(archive, timeout=_PATIENCE)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS archive (entry TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT OR IGNORE INTO archive VALUES (?)", [(entry,) for entry in entries])


def _add_lines(archive: Path, entries: Sequence[str]) -> None:
    """Add lines that are not there yet, each whole or not at all; the program itself may add others at the same time."""
    there = set(archive.read_text("utf-8", "replace").splitlines()) if archive.exists() else set()
    new = [entry for entry in entries if entry not in there]
    if not new:
        return
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(descriptor, "".join(f"{entry}\n" for entry in new).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
