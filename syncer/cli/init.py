"""`syncer init`: a first config and the folders that it names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.errors import UsageError
from syncer.service.results import Result


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield f"wrote {data['config']}"
    yield f"drop links into {data['inbox']}; finished files come into {data['import_folder']}"
    yield f"your own site files go into {data['sites']}; then: syncer run"


@click.command("init")
@click.option("--inbox", default="~/syncer/inbox", show_default=True, help="Where you drop links.")
@click.option("--import-folder", default="~/syncer/import", show_default=True, help="Where finished files are laid.")
@click.option(
    "--profile", type=click.Choice(["hydrus", "plain"]), default="hydrus", show_default=True, help="Who takes them."
)
@frame.answering("init", _show)
def command(*, config_path: Path | None, as_json: bool, inbox: str, import_folder: str, profile: str) -> Result:
    """Write a first config, with every key explained in it, and make the folders that it names."""
    from syncer.config import export, load, paths

    del as_json
    place = config_path or paths.config_file()
    if place.exists():
        raise UsageError(f"{place} is there already", "Edit it, or name another one with --config")
    text = export.first_config(inbox, import_folder, profile)
    config = load.parse(text, place.absolute())
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("x", encoding="utf-8") as file:
        file.write(text)
    folder = next(iter(config.import_folders.values())).path
    for each in (config.folders.inbox, config.folders.sites, folder):
        each.mkdir(parents=True, exist_ok=True)
    return Result("init", {"config": str(place), "inbox": str(config.folders.inbox), "import_folder": str(folder),
                           "sites": str(config.folders.sites)})  # fmt: skip
