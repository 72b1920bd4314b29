"""`syncer reload`: config and site files read again now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.service.results import Result


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]
    yield from data["faults"]


@click.command("reload")
@click.option("--yes", is_flag=True, help="Also where many queries have vanished from the config.")
@frame.answering("reload", _show)
def command(*, config_path: Path | None, as_json: bool, yes: bool) -> Result:
    """Read the config and the site files again."""
    from syncer import asking
    from syncer.service import in_force

    del as_json
    return Result("reload", asking.ask(in_force.config_at(config_path), "reload", {"yes": yes}))
