"""`syncer queue`: what is queued, and what only a person can decide about it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.service.results import Result


@click.group("queue")
def command() -> None:
    """Look after what is queued."""


def _words(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]


@command.command("settle")
@click.argument("delivery", type=int)
@click.option(
    "--as", "outcome", type=click.Choice(["delivered", "again"]), required=True,
    help="It arrived (and was removed since), or it is to be fetched again.",
)  # fmt: skip
@frame.answering("queue settle", _words)
def settle(*, config_path: Path | None, as_json: bool, delivery: int, outcome: str) -> Result:
    """Say what became of a file whose delivery was cut short where no one can tell (`syncer status` lists them)."""
    from syncer import app

    del as_json
    return Result("queue settle", app.ask(app.config_at(config_path), "settle", {"delivery": delivery, "as": outcome}))
