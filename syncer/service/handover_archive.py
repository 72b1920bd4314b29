"""The archive of a person's own yt-dlp: what stands there is not downloaded again, what syncer delivers is added to it.

Here, because an entry may be added only once its file is settled, also where a kill comes between: until then it is noted beside the
runs of programs, and a start looks what became of it. File jobs and a start call it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from syncer.config.handover import YT_DLP, Handover
from syncer.service.runtime import Runtime
from syncer.store import settle

log = logging.getLogger(__name__)

FOLDER: Final = "archived"
"""Below the folder of handovers: a file for each job whose entries are to be added."""
_COPY: Final = "archive.txt"
_KEEPS: Final = frozenset({"delivered", "known"})
"""Outcomes by which a file is here; one that a rule skipped may be let in by other rules."""


def lend(settings: Handover, program: str, folder: Path, *, again: bool) -> Path | None:
    """Lay a copy of the archive into the private folder of a run; None where there is none. `again`: what it says does not count."""
    own = settings.yt_dlp.archive
    if own is None or program != YT_DLP:
        return None
    path = folder / _COPY
    try:
        known = b"" if again else own.read_bytes()
    except OSError:
        known = b""
    path.write_bytes(known)
    return path


def note(runtime: Runtime, job_id: int, entries: Sequence[str]) -> None:
    """Note the entries that stand for the file of a job, before anything is done with the file."""
    if not entries:
        return
    folder = runtime.tools.folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temp = folder / f"{job_id}.new"
    temp.write_text(json.dumps(list(entries)), "utf-8")
    temp.replace(folder / f"{job_id}.json")


def told(runtime: Runtime) -> None:
    """Add the entries of what is settled to the archive; those of jobs that still wait stay noted. Never raises."""
    folder = runtime.tools.folder / FOLDER
    own = runtime.snapshot.config.handover.yt_dlp.archive
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        with runtime.db.read() as tx:
            outcome = settle.outcome_of(tx, int(path.stem)) if path.stem.isdecimal() else "failed"
        if outcome is None:
            continue
        try:
            if own is not None and outcome in _KEEPS:
                _add(own, json.loads(path.read_text("utf-8")))
            path.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            log.warning("the archive %s could not be written: %s", own, error)


def _add(archive: Path, entries: Sequence[str]) -> None:
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
