"""What commands answer: one result with its data, which the command line renders as text or as the JSON envelope.

Here, because text and `--json` are two renderings of one thing. The service and the command line use it.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from syncer.errors import ConfigError, Exit, ItemError, SyncerError, TryLaterError, UsageError
from syncer.frozen import frozen

VERSION = 1
"""Of the envelope; within it keys are only added."""


@frozen
class Result:
    """A command's answer: plain lists, dicts and scalars."""

    command: str
    data: dict[str, Any] = field(default_factory=dict)
    exit: Exit = Exit.OK
    error: SyncerError | None = None

    def envelope(self) -> dict[str, Any]:
        """Return the versioned JSON form."""
        return {
            "syncer": VERSION,
            "command": self.command,
            "exit": int(self.exit),
            "data": self.data,
            "error": None if self.error is None else _shown(self.error),
        }


def _shown(error: SyncerError) -> dict[str, Any]:
    return {key: value for key, value in told(error).items() if key != "exit"}


def failed(command: str, error: SyncerError) -> Result:
    """Return the answer of a command that could not be done."""
    return Result(command, {}, error.exit_code, error)


def told(error: SyncerError) -> dict[str, Any]:
    """Return an error as plain data, for other processes."""
    problems = list(error.problems) if isinstance(error, ConfigError) else []
    return {"title": error.title, "advice": error.advice, "problems": problems, "exit": int(error.exit_code)}


def error_of(data: dict[str, Any]) -> SyncerError:
    """Return the error that another process has told, with the exit code that it has there."""
    if data["exit"] == Exit.CONFIG:
        return ConfigError(data["title"], data["advice"], tuple(data["problems"]))
    kind = {Exit.USAGE: UsageError, Exit.TRY_LATER: TryLaterError}.get(data["exit"], ItemError)
    return kind(data["title"], data["advice"])
