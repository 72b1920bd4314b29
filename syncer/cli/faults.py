"""Whatever was raised, as an error with title, cure and exit code.

Here, so that no command shows a traceback and text and JSON say the same. `frame` and `main` use it.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable

import click

from syncer.errors import ConfigError, ServiceError, SyncerError, TryLaterError, UsageError

_RIGHTS = "Give yourself the right to write there, or name another folder"
_ROOM = "Make room there; nothing is lost, the same command goes on"
_CURES: dict[int, tuple[type[ServiceError], str]] = {
    errno.EACCES: (ConfigError, _RIGHTS),
    errno.EPERM: (ConfigError, _RIGHTS),
    errno.EROFS: (ConfigError, _RIGHTS),
    errno.ENOENT: (ServiceError, "It is not there: look at how it is spelled"),
    errno.ENOTDIR: (ConfigError, "A part of the path is a file: name another folder"),
    errno.EISDIR: (ConfigError, "This is a folder where a file should be: name the file"),
    errno.EEXIST: (ConfigError, "A file is where the folder should be: move it away, or name another folder"),
    errno.ENAMETOOLONG: (UsageError, "Write a shorter one"),
    errno.ELOOP: (ConfigError, "Symbolic links lead in a circle there: name the folder itself"),
    errno.ENOSPC: (TryLaterError, _ROOM),
    errno.EDQUOT: (TryLaterError, _ROOM),
    errno.EMFILE: (TryLaterError, "Too many files are open: raise `ulimit -n`"),
    errno.EIO: (TryLaterError, "Look at the disk and its cable"),
}


def of(error: BaseException) -> SyncerError:
    """Return what a person is told about anything that was raised; never raises."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words(error)
    return _unexpected(error)


def _same(error: BaseException) -> SyncerError:
    assert isinstance(error, SyncerError)
    return error


def _usage(error: BaseException) -> SyncerError:
    assert isinstance(error, click.ClickException)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "syncer"
    return UsageError(error.format_message().replace("\n", " "), f"`{command} --help` says what it takes")


def _disk(error: BaseException) -> SyncerError:
    assert isinstance(error, OSError)
    if error.errno == errno.ENOENT and not error.filename and _stands_nowhere():
        return UsageError("the folder that you stand in was removed", "Go into another one with cd, and say it again")
    kind, cure = _CURES.get(error.errno or 0, (ServiceError, "Look at the folder and its disk"))
    what = error.strerror or str(error)
    return kind(f"{error.filename}: {what}" if error.filename else what, cure)


def _stands_nowhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - it is asked whether there is one
    except FileNotFoundError:
        return True
    return False


def _store(error: BaseException) -> SyncerError:
    if "locked" in str(error):
        return TryLaterError("the store is locked by another program", "Try again in a moment")
    return ServiceError(f"the store cannot be used: {error}", "Look at the state folder, its rights and its disk")


def _memory(error: BaseException) -> SyncerError:
    del error
    return TryLaterError("there is not enough memory", "End other programs and try again")


def _unexpected(error: BaseException) -> SyncerError:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return ServiceError(f"this should not have happened ({what})", "Run it with -v and report what it shows")


_WORDS: tuple[tuple[type[BaseException], Callable[[BaseException], SyncerError]], ...] = (
    (SyncerError, _same),
    (click.ClickException, _usage),
    (OSError, _disk),
    (sqlite3.Error, _store),
    (MemoryError, _memory),
)
"""The first that fits is taken."""
