"""The inbox folder on disk: look through it, read a file, and put it away into `done/` or `failed/`.

All file work of the inbox is here; what lines mean and when a file is finished is decided elsewhere. Imported by service.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from syncer.clock import Clock
from syncer.errors import ServiceError
from syncer.frozen import frozen
from syncer.intake import scan as scanning
from syncer.intake.linkfile import MAX_BYTES
from syncer.intake.names import DONE, FAILED, printable
from syncer.intake.seen import (
    BlockedError,
    ChangedError,
    Content,
    Identity,
    RefusedError,
    Scan,
    Seen,
    VanishedError,
)
from syncer.intake.shelve import bring_back, free_name, make_folder, shelve, write_new

RESULT = ".result.txt"
REASON = ".reason.txt"
WATCHED_AFTER = 600
"""Seconds for which a file that was put away is looked at: a slow writer may still be at it."""


@frozen
class FailedLine:
    """A link or `site: query` that did not work, with the reason."""

    text: str
    why: str
    said: tuple[str, ...] = ()
    """Lines that hold for it, like `tags: a, b`; an empty one (`tags:`) where there is nothing of the kind."""


class Inbox:
    """One inbox folder. All methods are for one thread; errors are `ItemError`s, the files stay where they are."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.root = root
        self._clock = clock
        self._put_away: dict[Path, tuple[Identity, float]] = {}

    def prepare(self) -> None:
        """Make the inbox with `done/` and `failed/`; ServiceError if that cannot be, or nothing can be written there."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for name in (DONE, FAILED):
                trial = free_name(make_folder(self.root, (name,)), ".trial")
                write_new(trial, b"trial")
                trial.unlink()
        except (OSError, BlockedError) as error:
            raise ServiceError(
                f"The inbox {self.root} cannot be used: {_words(error)}",
                "Name another folder under [folders] inbox, or mend its rights.",
            ) from error

    def scan(self) -> Scan:
        """Return what is in the inbox now; files that grew after they were put away are back in it."""
        self._take_back()
        return scanning.scan(self.root)

    def read(self, seen: Seen) -> Content:
        """Return what a file holds.

        Raises ChangedError if it is not the one that was seen or changes meanwhile, VanishedError, RefusedError if it
        is larger than 10 MB, BlockedError if it cannot be read now.
        """
        if seen.identity.size > MAX_BYTES:
            raise RefusedError(f"larger than {MAX_BYTES // 1024 // 1024} MB", "Split it.")
        try:
            # Not blocking: it may have become a pipe that no one writes to.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with os.fdopen(os.open(seen.path, flags), "rb") as file:
                _same(seen, os.fstat(file.fileno()))
                data = file.read(MAX_BYTES + 1)
                _same(seen, os.fstat(file.fileno()))
        except OSError as error:
            raise _trouble(seen, error) from error
        if len(data) != seen.identity.size:
            raise ChangedError(f"{printable(seen.path.name)} changed while it was read")
        return Content(data, hashlib.sha256(data).hexdigest())

    def finish(self, seen: Seen, result: str) -> Path:
        """Move a file whose lines are all accepted or rejected to `done/`, with `result` beside it; return its place.

        Raises ChangedError if it is not the one that was seen (read it again), VanishedError, BlockedError.
        """
        return self._shelve(seen, DONE, RESULT, result)

    def fail(self, seen: Seen, reason: str) -> Path:
        """Move a file that holds nothing usable to `failed/`, with the reason beside it; errors as `finish`."""
        return self._shelve(seen, FAILED, REASON, reason)

    def consume(self, seen: Seen, result: str) -> None:
        """Remove a file of secrets that was taken over, and leave `result` alone in `done/`; errors as `finish`."""
        try:
            _same(seen, seen.path.lstat())
            folder = make_folder(self.root, (DONE, *_folders(seen.label)))
            write_new(free_name(folder, f"{seen.path.name}{RESULT}"), result.encode("utf-8", "replace"))
            seen.path.unlink()
        except OSError as error:
            raise _trouble(seen, error) from error

    def write_failed(self, name: str, label: str, lines: Iterable[FailedLine]) -> Path:
        """Write the lines of the dropped file `name` that failed in the end into `failed/`, to be dropped again.

        Reasons are comments above their lines. Raises BlockedError.
        """
        stem = Path(Path(name).name).stem or "links"
        text = "".join(_failed_text(list(lines)))
        try:
            path = free_name(make_folder(self.root, (FAILED, *_folders(label))), f"{stem}.txt")
            write_new(path, text.encode("utf-8", "replace"))
        except OSError as error:
            raise BlockedError(f"{FAILED}/{printable(stem)}.txt cannot be written: {_words(error)}") from error
        return path

    def clean_done(self, seconds: float) -> int:
        """Remove what was put into `done/` longer ago than so many seconds (0 = keep all); return how many files that were."""
        done = self.root / DONE
        if seconds <= 0 or done.is_symlink():
            return 0
        before = self._clock.now() - seconds
        removed = 0
        for folder, _, names in os.walk(done, topdown=False):
            removed += sum(_remove_if_older(Path(folder, name), before) for name in names)
            if Path(folder) != done:
                _remove_if_empty(Path(folder))
        return removed

    def _shelve(self, seen: Seen, where: str, ending: str, text: str) -> Path:
        try:
            _same(seen, seen.path.lstat())
            folder = make_folder(self.root, (where, *_folders(seen.label)))
            shelved = shelve(seen.path, folder, ending, text)
            if not shelved.copied:
                self._watch(seen, shelved.path)
        except OSError as error:
            raise _trouble(seen, error) from error
        return shelved.path

    def _watch(self, seen: Seen, target: Path) -> None:
        now = scanning.identity(seen.label, target.lstat())
        self._put_away[target] = (replace(seen.identity, inode=now.inode), self._clock.monotonic())
        if now != seen.identity:
            # Written to or replaced between the look at it and the move: what came was not read.
            self._take_back()
            raise ChangedError(f"{printable(seen.path.name)} changed while it was put away")

    def _take_back(self) -> None:
        """Bring back files that changed after they were put away: their last lines were not read."""
        for path, (identity, since) in list(self._put_away.items()):
            try:
                now = scanning.identity(identity.folder, path.lstat())
                grown = now.inode == identity.inode and now != identity
                if grown:
                    bring_back(path, make_folder(self.root, _folders(identity.folder)))
            except (OSError, BlockedError):
                # Removed meanwhile, or not movable: tried again until it is no longer watched.
                grown = False
            if grown or self._clock.monotonic() - since > WATCHED_AFTER:
                del self._put_away[path]


def _failed_text(lines: list[FailedLine]) -> Iterator[str]:
    """Yield the lines of a list in which each stands under what holds for it; nothing is said where nothing ever held."""
    holds = [""] * max((len(line.said) for line in lines), default=0)
    for line in lines:
        for place, said in enumerate(line.said):
            now = "" if said.rstrip().endswith(":") else said
            if now != holds[place]:
                holds[place] = now
                yield f"{_one_line(said)}\n"
        yield f"# {_one_line(line.why)}\n{_one_line(line.text)}\n"


def _same(seen: Seen, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode) or scanning.identity(seen.label, status) != seen.identity:
        raise ChangedError(f"{printable(seen.path.name)} changed since it was seen")


def _trouble(seen: Seen, error: OSError) -> VanishedError | BlockedError:
    name = printable(seen.path.name)
    if not os.path.lexists(seen.path):
        return VanishedError(f"{name} is no longer there")
    return BlockedError(f"{name} cannot be read or moved now: {_words(error)}", "It stays and is tried again.")


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _folders(label: str) -> tuple[str, ...]:
    return tuple(part for part in label.split("/") if part not in ("", ".", ".."))


def _remove_if_older(path: Path, before: float) -> bool:
    """Remove a regular file that came here before a time; renaming it set its ctime, writing beside it its mtime."""
    try:
        status = path.lstat()
        old = stat.S_ISREG(status.st_mode) and max(status.st_ctime, status.st_mtime) < before
        if old:
            path.unlink()
    except OSError:
        return False
    return old


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
