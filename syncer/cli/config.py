"""`syncer config`: the configuration, checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.errors import Exit
from syncer.service.results import Result


@click.group("config")
def command() -> None:
    """Check the configuration."""


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield from data["problems"]
    yield from (f"note: {note}" for note in data["notes"])
    if not data["problems"]:
        numbers = (f"{data[each]} {each}" for each in ("queries", "watchers", "sites"))
        yield f"{data['path']}: fine; {', '.join(numbers)}"


@command.command("check")
@frame.answering("config check", _show)
def check(*, config_path: Path | None, as_json: bool) -> Result:
    """Show everything that is wrong with the config and the site files, with line and cure."""
    from syncer import app

    del as_json
    data = app.check(app.config_at(config_path))
    return Result("config check", data, Exit.CONFIG if data["problems"] else Exit.OK)
