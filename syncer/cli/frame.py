"""What every command has: `--config`, `--json`, `-v`, one result, and its rendering.

Here, so that text and JSON come from the same data and exit codes mean the same everywhere. The command modules use it.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

import click

from syncer.cli import faults, journal, letters
from syncer.cli.typed import TypedPath
from syncer.config.texts import without_login
from syncer.errors import ConfigError
from syncer.service import results
from syncer.service.results import Result

Show = Callable[[dict[str, Any]], Iterable[str]]
Body = Callable[..., Result | None]
"""Returns None where it has written its answer itself."""

log = logging.getLogger(__name__)

BARE = frozenset({"sites import", "sites match", "sites search", "sites parse", "sites batch"})
"""Commands that answer in JSON with their data alone: other programs read them by the form of the imported downloaders."""


def options(body: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Show more, tracebacks too."),
        click.option("--json", "as_json", is_flag=True, help="Answer as JSON, on one line."),
        click.option(
            "--config",
            "config_path",
            type=TypedPath(readable=False),  # that is told where it is read, with the cure
            help="Another config than the usual one.",
        ),
    ):
        body = option(body)
    return body


def answering(name: str, show: Show) -> Callable[[Body], Callable[..., int]]:
    """Turn a function that returns a Result into a command's body: rendered, with the right exit code."""

    def wrap(body: Body) -> Callable[..., int]:
        @options
        @functools.wraps(body)
        def run(*, verbose: bool, as_json: bool, **given: Any) -> int:
            if verbose:
                speak_up()
            try:
                result = body(as_json=as_json, **given)
            except (click.Abort, BrokenPipeError):
                raise
            except Exception as error:  # whatever it is, a person gets words, and a program the envelope
                log.debug("refused", exc_info=True)
                result = results.failed(name, faults.of(error))
            return 0 if result is None else render(result, show, as_json=as_json)

        return run

    return wrap


def speak_up() -> None:
    """Let the log say everything, tracebacks too."""
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("syncer").setLevel(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.INFO)


def render(result: Result, show: Show, *, as_json: bool) -> int:
    """Write a result as one line of JSON, or as text for people; return the exit code."""
    try:
        if as_json:
            click.echo(json_line(result))
        else:
            _write(result, show)
    except BrokenPipeError:
        silence()
    return int(result.exit)


def json_line(result: Result) -> str:
    """Return a result as a line of JSON that the encoding of stdout can hold."""
    if result.command in BARE:
        answer = json.dumps(_bare(result), ensure_ascii=not is_utf8())
        # What was asked for is answered as it stands; other programs compare it.
        return without_login(answer) if result.error is not None else answer
    return without_login(json.dumps(result.envelope(), ensure_ascii=not is_utf8()))


def is_utf8() -> bool:
    """Tell whether standard output takes every letter."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return encoding.lower().replace("-", "") == "utf8"


def _bare(result: Result) -> dict[str, Any]:
    if result.error is None:
        return result.data
    problems = result.error.problems if isinstance(result.error, ConfigError) else ()
    return {"error": "; ".join((str(result.error), *problems))}


def _write(result: Result, show: Show) -> None:
    error = result.error
    if error is not None:
        problems = error.problems if isinstance(error, ConfigError) else ()
        for line in (*problems, f"syncer: {error}"):
            click.echo(journal.error(letters.plain(line)), err=True)
        return
    for line in show(result.data):
        click.echo(letters.plain(line))


def silence() -> None:
    """Send to nowhere what is still to be written: the reader (head, less) has gone and wants no more."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # The interpreter flushes once more at its end and must find a place that takes it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def nothing(data: dict[str, Any]) -> Iterable[str]:
    """Show nothing: for answers that are an error alone."""
    del data
    return ()
