"""Writes a file whole or not at all: beside it, to the disk, then in its place.

Only for the person's own few files (config, lists, site files); deliveries have promises of their own. The editors import it.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from syncer.config import changes
from syncer.config.changes import Fingerprint
from syncer.errors import ConfigError, TryLaterError

BACKUP_SUFFIX: Final = ".bak"


def save(path: Path, old: bytes, new: bytes, before: Fingerprint) -> None:
    """Save a person's file, what it held beside it as `NAME.bak`; `before` is how what `path` leads to looked before the reading.

    Raises TryLaterError if somebody else saved it since, ConfigError if it cannot be written; nothing is written then.
    """
    real = path.resolve()
    if changes.fingerprint([real]) != before:
        raise TryLaterError(f"{path.name} was saved by somebody else just now", "Try again")
    try:
        write(real.with_name(real.name + BACKUP_SUFFIX), old, like=real)
        write(real, new, like=real)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Mend the rights of its folder") from error


def write(path: Path, content: bytes, like: Path | None = None) -> None:
    """Put `content` at `path` by a rename, with the rights of `like` (else 0600 as the umask allows).

    Raises OSError and leaves what was there; the half-written one is removed.
    """
    mode = stat.S_IMODE(like.stat().st_mode) if like is not None else 0o600
    half = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
