"""What every command has: `--config`, `--json`, `-v`, one result, and its rendering.

Here, so that text and JSON come from the same data and exit codes mean the same everywhere. The command modules use it.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import journal
from syncer.errors import ConfigError, SyncerError
from syncer.service import results
from syncer.service.results import Result

Show = Callable[[dict[str, Any]], Iterable[str]]
Body = Callable[..., Result]


def options(body: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Show more, tracebacks too."),
        click.option("--json", "as_json", is_flag=True, help="Answer as JSON."),
        click.option(
            "--config", "config_path", type=click.Path(path_type=Path), help="Another config than the usual one."
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
                logging.getLogger().setLevel(logging.DEBUG)
                logging.getLogger("urllib3").setLevel(logging.INFO)
            try:
                result = body(as_json=as_json, **given)
            except SyncerError as error:
                logging.getLogger(__name__).debug("refused", exc_info=True)
                result = results.failed(name, error)
            render(result, show, as_json=as_json)
            return int(result.exit)

        return run

    return wrap


def render(result: Result, show: Show, *, as_json: bool) -> None:
    """Write a result as one line of JSON, or as text for people."""
    if as_json:
        click.echo(json.dumps(result.envelope(), ensure_ascii=False))
        return
    if result.error is not None:
        problems = result.error.problems if isinstance(result.error, ConfigError) else ()
        for line in (*problems, f"syncer: {result.error}"):
            click.echo(journal.error(line), err=True)
        return
    for line in show(result.data):
        click.echo(line)
