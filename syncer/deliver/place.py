"""Lays finished files into an import folder: sidecars first, media last, nothing overwritten, all flushed to the disk.

File work only; which name, which bytes, and what the store says of it is decided by the service, which imports it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from syncer.clock import Clock
from syncer.config import letters
from syncer.deliver import disk, naming
from syncer.deliver.moves import Mover
from syncer.deliver.twins import Twins
from syncer.deliver.workfolder import RUN, WEEK, Owner, WorkFolder, has_bytes, sync_file, sync_folder, write
from syncer.errors import ItemError
from syncer.flush import SharedFlush
from syncer.together import Wait, flush

Sidecars = Sequence[tuple[str, bytes]]
"""Pairs of suffix (".json", see `naming.sidecar`) and content."""

_OUTSIDE: Final = frozenset({"", ".", ".."})
"""Components that a path inside a folder cannot have."""
_MOST_FLUSHES: Final = 64
_PART: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


class TakenError(ItemError):
    """A file that is not ours has the name: the delivery needs another one."""


class Folder(Protocol):
    """What must be known of an import folder; `config.settings.ImportFolder` has it."""

    @property
    def path(self) -> Path:
        """Return where it is."""


class Target:
    """An import folder with its work folder. All paths in it are relative, with `/`, as `naming` makes them.

    Safe to use from several threads as long as each delivers under another name, which the store sees to. Every method raises
    `disk.DiskError` (FullError, AwayError, ReadOnlyError, BrokenError) when the disk does not do it: the same call works later.
    """

    def __init__(self, folder: Folder, clock: Clock) -> None:
        self.path = Path(os.path.realpath(folder.path))
        self._clock = clock
        # As text from here on: each file asks for a dozen paths, and making a Path costs as much as looking at it.
        self._root = str(self.path)
        self._work = WorkFolder(self.path, clock)
        self.away = self._work.away
        self._mover = Mover()
        self._twins = Twins(clock)
        self._ready: dict[str, bytes] = {}
        self._most: int | None = None
        self._flushes: dict[str, Wait] = {}

    def prepare(self, expected: str = "", owner: Owner | None = None) -> str:
        """Make import and work folder, try a move between them, and return an id to hand in as `expected` next time.

        Raises ConfigError with the cure where no file could ever be delivered, or where another syncer than `owner` delivers;
        AwayError where `expected` shows that the drive is not there.
        """
        return self._work.prepare(expected, owner)

    def is_there(self) -> bool:
        """Tell whether drive and folder are there; cheap enough to ask before every file."""
        return self._work.is_there()

    def lasts_since(self, at: float) -> bool:
        """Tell whether no part can have been lost with the work folder since then; else one that is gone was placed, or was lost."""
        return self._work.made() <= at

    def name_limit(self) -> int:
        """Return how many bytes a component of a name may have here, suffixes left out."""
        if self._most is None:
            with disk.errors(self.path):
                most = os.pathconf(self.path, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
            self._most = max(32, min(most, 255) - (255 - letters.MOST_BYTES))
        return self._most

    def part(self, name: int | str) -> Path:
        """Return where the file of a job is written while it is fetched. Raises ValueError for a name that is no plain word."""
        if not _PART.fullmatch(str(name)):
            raise ValueError(f"not a name for a part: {name!r}")
        return self._work.path / f"{name}.part"

    def named_part(self, file_name: str) -> Path:
        """Return the path of a part that the store knows by its file name ("12.part")."""
        return self.part(file_name.removesuffix(".part"))

    def put_sidecars(self, path: str, sidecars: Sidecars, *, part: Path, earlier: Sidecars = ()) -> None:
        """Do `lay_sidecars`, and wait for the disk."""
        self.lay_sidecars(path, sidecars, part=part, earlier=earlier).alone()

    def write_part(self, part: Path, sidecars: Sidecars = ()) -> Wait:
        """Flush a fetched file to the disk; once the work folder is flushed, too, it may be staged.

        Sidecars handed in are written beside it at the same time, which saves the disk some work later.
        """
        with disk.errors(part):
            for suffix, content in sidecars:
                temp = f"{part}{suffix}"
                write(temp, content)
                self._ready[temp] = content
            sync_file(part)
        return self._flush(str(self._work.path))

    def exists(self, path: str) -> bool:
        """Tell whether a file on the disk has this name in any spelling (case, composed letters), with whatever extension."""
        with disk.errors(self._shown(path), self._root):
            return self._twins.has(*os.path.split(self._inside(path)))

    def has(self, path: str) -> bool:
        """Tell whether anything on the disk has exactly this name."""
        with disk.errors(self.path):
            return os.path.lexists(self._inside(path))

    def lay_sidecars(self, path: str, sidecars: Sidecars, *, part: Path, earlier: Sidecars = ()) -> Wait:
        """Lay the sidecars of the media `path` into the import folder, whose entries are to be flushed then.

        One that is there already with our bytes stays, one with the bytes of `earlier` is rewritten. Raises TakenError for any
        other, and takes back what this call has laid where nothing was.
        """
        with disk.errors(self._shown(path), self._root):
            folder = self._folder(path)
            placed: list[tuple[str, bytes]] = []
            try:
                for suffix, content in sidecars:
                    old = [each for its, each in earlier if its == suffix]
                    if self._put_sidecar(self._inside(naming.sidecar(path, suffix)), f"{part}{suffix}", content, old):
                        placed.append((suffix, content))
            except TakenError:
                self._remove(path, placed)
                raise
        return self._flush(folder)

    def lay_media(self, part: Path, path: str) -> Wait:
        """Move the finished file to its name as the last step; the folder's entries are to be flushed then.

        Raises TakenError if the name is taken by now: the caller removes the sidecars and takes another name; ItemError if the
        part itself has vanished.
        """
        with disk.errors(self._shown(path), self._root):
            folder, media = self._folder(path), self._inside(path)
            try:
                if self._is_same(part, media):
                    os.unlink(part)  # A crash between the two steps of `moves.link_and_unlink`.
                else:
                    self._mover.move(part, media)
            except FileExistsError:
                raise _taken(media) from None
            except FileNotFoundError:
                if self.is_there():
                    raise ItemError(f"The fetched file {part.name} has vanished", "It is fetched again.") from None
                raise
        return self._flush(folder)

    def has_media(self, path: str, size: int) -> bool:
        """Tell whether media of exactly `size` bytes is there under this name: how recovery knows that it was placed.

        Raises AwayError where the drive is away: nothing follows from a file that cannot be seen.
        """
        self._must_be_there()
        with disk.errors(self.path):
            try:
                found = os.lstat(self._inside(path))
            except OSError as error:
                if error.errno in disk.NOT_THERE:
                    return False
                raise
            return stat.S_ISREG(found.st_mode) and found.st_size == size

    def has_sidecars(self, path: str, suffixes: Iterable[str]) -> frozenset[str]:
        """Return the suffixes of those sidecars of the media `path` that are there, whatever is in them."""
        with disk.errors(self.path):
            return frozenset(
                suffix for suffix in suffixes if os.path.lexists(self._inside(naming.sidecar(path, suffix)))
            )

    def sha256(self, path: str) -> str:
        """Return the hash of the media `path` as it lies there, "" where none can be read."""
        try:
            with open(self._inside(path), "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""

    def has_part(self, part: Path) -> bool:
        """Tell whether a part is in the work folder. Raises AwayError where the drive is away, see `has_media`."""
        with disk.errors(part):
            found = os.path.lexists(part)
        if not found:
            self._must_be_there()
        return found

    def remove_sidecars(self, path: str, sidecars: Sidecars) -> None:
        """Remove the sidecars of a delivery that was given up, but only those that have exactly our bytes."""
        with disk.errors(self._shown(path), self._root):
            if self._remove(path, sidecars):
                self._flush(os.path.dirname(self._inside(path))).alone()

    def drop_part(self, part: Path) -> None:
        """Remove a part that is not wanted any more, with the sidecars written beside it and what another program has left for it."""
        with disk.errors(part):
            # A copy, since other threads write theirs meanwhile.
            for temp in [each for each in list(self._ready) if each.startswith(f"{part}.")]:
                self._ready.pop(temp, None)
                _remove(temp)
            part.unlink(missing_ok=True)
            shutil.rmtree(part.with_suffix(RUN), ignore_errors=True)

    def set_times(self, part: Path, seconds: float) -> None:
        """Date a part (seconds since 1970, at most now) before it is placed; a time that the disk does not take is left out."""
        now = self._clock.now()
        with suppress(OverflowError, ValueError, OSError):
            os.utime(part, (now, min(max(seconds, 0.0), now)))

    def free_space(self) -> int:
        """Return the bytes that may still be written here."""
        with disk.errors(self.path):
            return shutil.disk_usage(self.path).free

    def sweep(self, known: Container[str], older_than: float = WEEK) -> list[str]:
        """Remove old files from the work folder that belong to no part in `known` (file names); return their names."""
        return self._work.sweep(known, older_than)

    def leave(self) -> None:
        """Remove the empty work folder of an import folder that is used once only."""
        self._work.leave()

    def _flush(self, folder: str) -> Wait:
        """Return how a folder's entries are flushed to the disk, together with other threads that deliver there."""
        known = self._flushes.get(folder)
        if known is None:
            if len(self._flushes) >= _MOST_FLUSHES:
                self._flushes.clear()  # A folder for each post would be kept for ever.
            shared = SharedFlush(lambda: self._sync(folder))

            def in_words() -> None:
                with disk.errors(folder):
                    shared.wait()

            known = self._flushes.setdefault(folder, flush(folder, in_words))
        return known

    def _must_be_there(self) -> None:
        if not self.is_there():
            raise self.away()

    def _shown(self, path: str) -> str:
        return os.path.join(self._root, path)

    def _put_sidecar(self, target: str, temp: str, content: bytes, old: Sequence[bytes]) -> bool:
        """Place one sidecar; False if one of ours was there already. Raises TakenError, OSError."""
        there = os.path.lexists(target)
        if there and has_bytes(target, content):
            self._ready.pop(temp, None)
            _remove(temp)
            return False
        if there and not any(has_bytes(target, each) for each in old):
            raise _taken(target)
        if self._ready.pop(temp, None) != content:
            write(temp, content)
        if there:
            os.replace(temp, target)
            return False
        made: list[str] = []
        try:
            self._mover.move_into(temp, target, lambda: made.extend(self._made(os.path.dirname(target))))
        except FileExistsError:
            raise _taken(target) from None
        for each in made:
            self._sync(os.path.dirname(each))
        return True

    def _remove(self, path: str, sidecars: Sidecars) -> bool:
        removed = False
        for suffix, content in sidecars:
            sidecar = self._inside(naming.sidecar(path, suffix))
            if has_bytes(sidecar, content):
                _remove(sidecar)
                removed = True
        return removed

    def _inside(self, path: str) -> str:
        """Return the absolute path, certain to lie inside the import folder. Raises ItemError."""
        parts = path.split("/")
        if not _OUTSIDE.isdisjoint(parts) or "\0" in path or (os.sep != "/" and os.sep in path):
            raise ItemError(
                f"The name {path!r} leads out of the import folder", "Please report it; this must not happen."
            )
        target = os.path.join(self._root, *parts)
        if len(parts) > 1 and not Path(os.path.realpath(os.path.dirname(target))).is_relative_to(self.path):
            raise ItemError(f"The folder of {path!r} is a link that leads out of the import folder", "Remove the link.")
        return target

    def _folder(self, path: str) -> str:
        """Make the folders of a path inside the import folder, never the import folder itself, and return the last."""
        last = os.path.dirname(self._inside(path))
        for each in self._made(last):
            self._sync(os.path.dirname(each))
        return last

    def _made(self, last: str) -> list[str]:
        folder, missing = last, []
        while folder != self._root and not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for each in reversed(missing):
            with suppress(FileNotFoundError):
                Path(each).mkdir(exist_ok=True)
        return missing

    def _sync(self, folder: str) -> None:
        """Flush a folder's entries; one that its manager has emptied and removed since needs it no more."""
        try:
            sync_folder(folder)
        except FileNotFoundError:
            if not self.is_there():
                raise

    def _is_same(self, part: Path, media: str) -> bool:
        try:
            return os.path.samestat(os.lstat(part), os.lstat(media))
        except FileNotFoundError:
            return False


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _taken(path: str) -> TakenError:
    return TakenError(f"Another file has the name {path}", "It gets another name.")
