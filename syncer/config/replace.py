"""Writes a file whole or not at all: beside it, to the disk, then in its place.

Only for the person's own few files (config, lists, site files); deliveries have promises of their own. The editors import it.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from syncer.config import changes, paths
from syncer.config.changes import Fingerprint
from syncer.errors import ConfigError, TryLaterError

BACKUP_SUFFIX: Final = ".bak"


class ReadOnlyError(ConfigError):
    """The file may not be written by this person, or is marked so that nobody writes it."""


def refuse_read_only(path: Path) -> None:
    """Raise ReadOnlyError with the cure where the file at `path` may not be changed; a mark that does not bind root counts too."""
    real = paths.real(path)
    where = f"{path}" if real == path.absolute() else f"{path} (it is {real})"
    if not os.access(real, os.W_OK) or not real.stat().st_mode & 0o222:
        cure = f"make the change where this file is made, or allow it: `chmod u+w {real}`"
        raise ReadOnlyError(f"{where} is read-only", cure)
    if not os.access(real.parent, os.W_OK | os.X_OK):
        cure = "Give yourself the right to write there, or edit the file by hand"
        raise ReadOnlyError(f"the folder of {where} is read-only", cure)


def save(path: Path, old: bytes, new: bytes, before: Fingerprint) -> None:
    """Save a person's file, what it held beside it as `NAME.bak`; `before` is how what `path` leads to looked before the reading.

    Raises ReadOnlyError, TryLaterError if somebody else saved it since, ConfigError if it cannot be written; it is as before then.
    """
    real = paths.real(path)
    refuse_read_only(path)
    try:
        write(real.with_name(real.name + BACKUP_SUFFIX), old, like=real)
        # Looked at last: what is saved between this and the rename is lost.
        if changes.fingerprint([real]) != before:
            raise TryLaterError(f"{path.name} was saved by somebody else just now", "Try again")
        write(real, new, like=real)
        _sweep(real)
    except OSError as error:
        cure = "Mend the rights of its folder; a file that is mounted by itself cannot be replaced, mount its folder"
        raise ConfigError(f"{path} cannot be written: {error.strerror}", cure) from error


def _sweep(real: Path) -> None:
    """Remove what a kill in the middle of a writing left behind; only one editor is ever at work."""
    for each in real.parent.iterdir():
        if each.name.startswith(f".{real.name}.") and each.name.endswith(".tmp"):
            each.unlink(missing_ok=True)


def write(path: Path, content: bytes, like: Path | None = None) -> None:
    """Put `content` at what `path` leads to by a rename, with the rights and the owner of `like` (else 0600 as the umask allows).

    Raises OSError and leaves what was there, devices and pipes too; the half-written one is removed.
    """
    path = paths.real(path)
    if is_special(path):
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    before = like.stat() if like is not None else None
    half = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if before is not None:
                # Who edits as root must not take the person's file away; nobody else may give one away.
                with suppress(PermissionError):
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # Named after the file that a person knows, not after the half-written one.
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    _sync_folder(path.parent)


def is_special(path: Path) -> bool:
    """Tell whether something is there that is no plain file: to put a file in the place of a device would break a machine."""
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
