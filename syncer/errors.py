"""The errors that reach a person: each with a title, an advice and the exit code it leads to.

Here, on the lowest floor, because every floor raises them; imports next to nothing, so that start-up stays cheap.
Everybody may import it.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """What a command's exit code tells scripts and systemd (sysexits.h for 75 and 78)."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    TRY_LATER = 75
    CONFIG = 78


def sentences(title: str, advice: str) -> str:
    """Write what happened and what to do about it as one text."""
    if not advice:
        return title
    return f"{title.rstrip('.')}. {advice[0].upper()}{advice[1:]}"


def cause(error: BaseException) -> str:
    """Say why the system refused something in its words alone, without the number and path that Python puts around them."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


class SyncerError(Exception):
    """Base of all errors that a person reads: `title` says what happened, `advice` what to do about it."""

    exit_code: Exit = Exit.SOME_FAILED

    def __init__(self, title: str, advice: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.advice = advice

    def __str__(self) -> str:
        return sentences(self.title, self.advice)


class ItemError(SyncerError):
    """One line, page, post, file or site file did not work; everything else goes on."""


class ServiceError(SyncerError):
    """syncer as a whole cannot go on, or a command cannot do anything at all."""


class ConfigError(ServiceError):
    """The configuration cannot be used; `problems` holds one line for each thing to mend.

    `files` are those that it names beside its own: when one of them comes or changes, another try is worth while.
    """

    exit_code = Exit.CONFIG

    def __init__(
        self, title: str, advice: str = "", problems: tuple[str, ...] = (), files: tuple[Path, ...] = ()
    ) -> None:
        super().__init__(title, advice)
        self.problems = problems
        self.files = files


class UsageError(ServiceError):
    """The command was called in a way that makes no sense."""

    exit_code = Exit.USAGE


class TryLaterError(ServiceError):
    """It cannot be done now, but the same call may work later (another syncer runs, a drive is away)."""

    exit_code = Exit.TRY_LATER
