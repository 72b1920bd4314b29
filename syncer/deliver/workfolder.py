"""The work folder beside an import folder: where files are while they are not whole, and how we know that the drive is there.

A sibling and not a sub-folder, because managers watch whole trees; on the same file system, so that one rename delivers. Does file
work; only `place` imports it.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import shutil
import stat
import threading
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from syncer.clock import Clock
from syncer.config.texts import WORK_FOLDER
from syncer.deliver import disk
from syncer.errors import ConfigError

log = logging.getLogger(__name__)

MARKER: Final = "this-is-syncers-work-folder.txt"
RUN: Final = ".run"
"""Ending of a folder in which another program fetches a file."""
WEEK: Final = 7 * 24 * 3600.0
_NO_FLUSH: Final = frozenset({errno.EINVAL, errno.EBADF, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""By these, network and FUSE file systems say that they know no flush of folders: the server sees to its entries."""

_WORDS: Final = """This folder belongs to syncer: files that are not whole yet, on their way to {folder}.
This file tells syncer that the drive is there. Do not delete it.
id: {id}
made: {made}
"""
_OWNED: Final = "owner: {id} {place}\n"
_ID: Final = re.compile(r"^id: ([0-9a-f]{32})$", re.MULTILINE)
_MADE: Final = re.compile(r"^made: ([0-9]{1,12}(?:\.[0-9]{1,6})?)$", re.MULTILINE)
_OWNER: Final = re.compile(r"^owner: ([0-9a-f]{32}) (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Owner:
    """The one syncer that delivers into a folder: two would take each other's parts for their own."""

    id: str
    """32 hex digits that its state folder keeps."""
    place: str
    """Its state folder, for people."""


@dataclass(frozen=True, slots=True)
class _Was:
    """What the folders were when they were made ready."""

    id: str
    owner: Owner | None
    target: tuple[int, int] | None
    around: tuple[int, int] | None


class WorkFolder:
    """The folder `.syncer-work-NAME` beside the import folder NAME."""

    def __init__(self, import_folder: Path, clock: Clock) -> None:
        self.target = import_folder
        self.path = import_folder.parent / f"{WORK_FOLDER}{import_folder.name}"
        self.marker = self.path / MARKER
        # As text, since they are looked at before each file.
        self._marker, self._target = str(self.marker), str(import_folder)
        self._clock = clock
        self._lock = threading.Lock()
        self._was: _Was | None = None

    def prepare(self, expected: str = "", owner: Owner | None = None) -> str:
        """Make both folders, try to move between them, and return the marker's id.

        `expected`: the id of an earlier call, so that a drive that is away is not taken for an empty folder. The person begins
        anew by making the work folder by hand. `owner`: who delivers here; None = whoever it is. Raises DiskError
        (AwayError ...), ConfigError.
        """
        with disk.errors(self.target):
            if expected and not self.path.is_dir():
                raise disk.AwayError(
                    f"The import folder {self.target} is away: its work folder {self.path} is missing",
                    f"Attach or mount its drive. If you moved it on purpose, begin anew there with: mkdir '{self.path}'",
                )
            self._make()
            found, owned = self._marked()
            if owner is not None and owned is not None and owned.id != owner.id:
                raise ConfigError(
                    f"Another syncer delivers into {self.target}, the one with the state folder {owned.place}",
                    f"Give each its own import folder. If that one is gone for good, or you emptied it: rm '{self.marker}'",
                )
            if expected and found not in ("", expected):
                raise disk.AwayError(
                    f"Another drive than before is mounted at {self.target}",
                    f"Mount the right one. If this is the right one, remove {self.marker}",
                )
            self._try_moving()
            marked = found if found and (owned or not owner) else self._mark(found, owner)
            self._was = _Was(marked, owner, _identity(self.target), _identity(self.path.parent))
            return marked

    def is_there(self) -> bool:
        """Tell by the marker whether the drive is there, and the import folder with it; costs two looks at the disk.

        A work folder that somebody has deleted is made again, as the import folder shows that the drive is there. An import folder
        is not: it may have been moved for a while, and could not be put back where there is one.
        """
        return (os.path.exists(self._marker) and os.path.isdir(self._target)) or self._made_again()

    def away(self) -> disk.AwayError:
        """Return what to say where it is not there: the cause, as far as it can be seen, and the cure."""
        if self._was is None or _identity(self.path.parent) != self._was.around:
            advice = "Attach or mount it again; syncer goes on by itself then."
            return disk.AwayError(f"The drive of {self.target} is away", advice)
        if os.path.exists(self._marker):
            advice = f"Put it back, or begin anew there with: mkdir -p '{self.target}'; syncer goes on by itself then."
            return disk.AwayError(f"The import folder {self.target} is away, and its work folder is there", advice)
        what = "another folder than before" if self.target.is_dir() else "no folder any more"
        return disk.AwayError(
            f"There is {what} at {self.target}, and its work folder {self.path} is gone",
            f"Put both back. To begin anew there: mkdir -p '{self.target}' '{self.path}', then start syncer again",
        )

    def made(self) -> float:
        """Return when the folder was made, in seconds since 1970; 0 where its marker does not tell. Raises DiskError."""
        with disk.errors(self.path):
            found = _MADE.search(self._text())
        return float(found[1]) if found else 0.0

    def _made_again(self) -> bool:
        was = self._was
        if was is None:
            return False
        with self._lock, suppress(OSError, ConfigError):
            if self._marked()[0] or _identity(self.target) != was.target:
                return False  # another drive, or nothing that shows which it is
            self._make()
            self._mark(was.id, was.owner)
            log.warning("%s was gone and was made again", self.path)
            return True
        return False

    def sweep(self, known: Container[str], older_than: float = WEEK) -> list[str]:
        """Remove files that have lain here for more than `older_than` seconds and belong to no part in `known`.

        Return their names. A sidecar's temporary file belongs to the part by whose name its own begins. Raises DiskError.
        """
        removed = []
        with disk.errors(self.path), os.scandir(self.path) as entries:
            for entry in entries:
                part = entry.name[: entry.name.find(".part") + len(".part")]
                if entry.name == MARKER or part in known or not _is_ours(entry):
                    continue
                if self._clock.now() - entry.stat(follow_symlinks=False).st_mtime > older_than:
                    _remove(Path(entry.path))
                    removed.append(entry.name)
        return removed

    def leave(self) -> None:
        """Remove the work folder if nothing but the marker is in it, for a folder that is used once only."""
        with suppress(OSError):
            if [entry.name for entry in os.scandir(self.path)] == [MARKER]:
                self.marker.unlink()
                self.path.rmdir()

    def _make(self) -> None:
        if self.target.parent == self.target:
            raise ConfigError("The root of the file system cannot be an import folder", "Use a folder below it.")
        if self.target.exists() and not self.target.is_dir():
            raise ConfigError(f"The import folder {self.target} is a file", "Name a folder, or move the file away.")
        self.target.mkdir(parents=True, exist_ok=True)
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
        except PermissionError:
            raise ConfigError(
                f"The folder {self.target.parent} cannot be written, but the work folder must be in it",
                f"Give the right to write there, or use a sub-folder: path = '{self.target / 'import'}'",
            ) from None
        self._look_at_owner()
        self._set_rights()

    def _set_rights(self) -> None:
        """Close the folder; where the import folder gives its files its own group (setgid), they have that from here on."""
        there = self.target.stat()
        shared = there.st_mode & stat.S_ISGID if os.name != "nt" else 0
        if shared:
            with suppress(OSError):  # Only a member of the group may give it on.
                os.chown(self.path, -1, there.st_gid)
        with suppress(OSError):  # FAT knows no rights.
            self.path.chmod(0o700 | shared)

    def _look_at_owner(self) -> None:
        """Refuse a work folder that somebody else laid there for us."""
        found = self.path.lstat()
        foreign = hasattr(os, "geteuid") and found.st_uid != os.geteuid()
        if stat.S_ISLNK(found.st_mode) or (foreign and self.path.parent.stat().st_mode & stat.S_IWOTH):
            raise ConfigError(
                f"The work folder {self.path} is not syncer's own", "Look at it, and remove it if you do not know it."
            )

    def _marked(self) -> tuple[str, Owner | None]:
        """Return the marker's id and its owner, as far as it is there and says so."""
        text = self._text()
        found, owned = _ID.search(text), _OWNER.search(text)
        return found[1] if found else "", Owner(owned[1], owned[2]) if owned else None

    def _text(self) -> str:
        """Return what the marker says, "" where it is not there."""
        try:
            return self.marker.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return ""

    def _mark(self, known: str, owner: Owner | None) -> str:
        """Write the marker, with the id that it had, and the time when it was made first."""
        number = known or secrets.token_hex(16)
        fresh = self.path / f"marker-{number}"
        made = _MADE.search(self._text())
        text = _WORDS.format(folder=self.target, id=number, made=made[1] if made else f"{self._clock.now():.3f}")
        if owner is not None:
            text += _OWNED.format(id=owner.id, place=owner.place.replace("\n", " "))
        write(fresh, text.encode("utf-8", "surrogateescape"))
        fresh.replace(self.marker)
        sync_folder(self.path)
        return number

    def _try_moving(self) -> None:
        """Move an empty folder there and back: a file could be taken by a manager that watches."""
        probe = f".syncer-probe-{secrets.token_hex(8)}"
        here, there = self.path / probe, self.target / probe
        here.mkdir()
        try:
            here.rename(there)
            there.rename(here)
        except OSError as error:
            if error.errno == errno.EXDEV:
                raise ConfigError(
                    f"Files cannot be moved into the import folder {self.target} in one step: it is a mount of its own",
                    f"Use a sub-folder of the mount: path = '{self.target / 'import'}'",
                ) from None
            raise
        finally:
            for each in (here, there):
                with suppress(OSError):
                    each.rmdir()


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what a folder is on its file system; None where it is not there."""
    with suppress(OSError):
        found = folder.stat()
        return found.st_dev, found.st_ino
    return None


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry can be an old part: a file, or the private folder of another program's run."""
    return entry.is_file(follow_symlinks=False) or (entry.is_dir(follow_symlinks=False) and entry.name.endswith(RUN))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write(path: Path | str, content: bytes) -> None:
    """Write a new file with the umask's rights and flush it to the disk. Raises OSError, and leaves nothing behind then."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o666)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        with suppress(OSError):
            os.unlink(path)
        raise


def has_bytes(path: str, content: bytes) -> bool:
    """Tell whether `path` is a plain file with exactly these bytes; reads no more than it must."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size != len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content
    except OSError as error:
        if error.errno in disk.NOT_THERE or error.errno == errno.EACCES:
            return False
        raise


def sync_file(path: Path | str) -> None:
    """Flush a file's bytes to the disk. Raises OSError: what was written is not there then."""
    _sync(path, os.O_RDWR)


def sync_folder(path: Path | str) -> None:
    """Flush a folder's entries to the disk, so that a rename survives a power cut. Raises OSError."""
    if os.name == "nt":  # Windows cannot open folders, and writes renames in order.
        return
    try:
        _sync(path, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise


def _sync(path: Path | str, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
