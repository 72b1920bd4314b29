"""Tells whether a file was changed since it was read, so that the service reads its config again.

Looks at size, time, rights and inode only. Take the fingerprint before reading: an edit during the reading then counts as
new. `service` and `app` import it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from syncer.config import include
from syncer.config.settings import Config


@dataclass(frozen=True, slots=True)
class Trace:
    """What a file looked like from outside; all None = it was not there, or could not be looked at."""

    path: Path
    size: int | None = None
    changed: int | None = None
    """Modification time in nanoseconds."""
    inode: int | None = None
    mode: int | None = None
    """Kind and rights: what could not be read may now."""


Fingerprint = tuple[Trace, ...]


def watchable_files(config: Config) -> tuple[Path, ...]:
    """Return the files that the config is made of now: itself, what its patterns include today, its lists of queries and
    rules."""
    if config.path is None:
        return ()
    listed = [one.queries_from for one in config.subscriptions if one.queries_from is not None]
    rules = [file.path for file in config.rule_files]
    return tuple(dict.fromkeys((config.path, *include.matches(config.include), *listed, *rules)))


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Look at the files now; two fingerprints are equal as long as none was written, replaced, removed or put back."""
    return tuple(_trace(path) for path in paths)


def _trace(path: Path) -> Trace:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return Trace(path)
    return Trace(path, found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode)
