"""`syncer init`: a first config and the folders that it names."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import click

from syncer.cli import frame, typed
from syncer.config.settings import Profile
from syncer.errors import UsageError
from syncer.service.results import Result

INBOX, IMPORT = "~/syncer/inbox", "~/syncer/import"
PROFILES: tuple[str, ...] = get_args(Profile)


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield f"wrote {data['config']}"
    yield f"drop links into {data['inbox']}; finished files come into {data['import_folder']}"
    yield f"your own site files go into {data['sites']}; then: syncer run"


@click.command("init")
@click.option("--inbox", help=f"Where you drop links.  [default: {INBOX}]")
@click.option("--import-folder", help=f"Where finished files are laid.  [default: {IMPORT}]")
@click.option("--profile", type=click.Choice(PROFILES), help=f"Who takes them.  [default: {PROFILES[0]}]")
@click.option("--hydrus", help="The folder of hydrus's database: what is there, or was deleted there, is not fetched.")
@click.option(
    "--files-per-day", type=click.IntRange(0), help="How many files may come in a day.  [default: any number]"
)
@frame.answering("init", _show)
def command(
    *,
    config_path: Path | None,
    as_json: bool,
    inbox: str | None,
    import_folder: str | None,
    profile: str | None,
    hydrus: str | None,
    files_per_day: int | None,
) -> Result:
    """Write a first config, with every key explained in it, and make the folders that it names.

    On a terminal it asks for what no option says; elsewhere the defaults hold.
    """
    from syncer.config import export, load, paths

    place = paths.config_file() if config_path is None else typed.resolved(config_path)
    if place.exists() or place.is_symlink():
        raise UsageError(f"{place} is there already", "Edit it, or name another one with --config")
    asks = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    answers = (
        _folder(inbox, "Where do you drop links?", INBOX, asks=asks),
        _folder(import_folder, "Where shall finished files be laid?", IMPORT, asks=asks),
        profile or _profile(asks=asks),
    )
    text = export.first_config(
        *answers, schema=True, more=_known(hydrus, answers[2], asks=asks) | _a_day(files_per_day, asks=asks)
    )
    config = load.parse(text, place)
    folder = next(iter(config.import_folders.values())).path
    for each in (place.parent, config.folders.inbox, config.folders.sites, folder):
        each.mkdir(parents=True, exist_ok=True)
    place.with_name(export.SCHEMA_NAME).write_text(export.json_schema_text(), "utf-8")
    with place.open("x", encoding="utf-8") as file:
        file.write(text)
    return Result("init", {"config": str(place), "inbox": str(config.folders.inbox), "import_folder": str(folder),
                           "sites": str(config.folders.sites)})  # fmt: skip


def _folder(given: str | None, question: str, default: str, *, asks: bool) -> str:
    """Return a folder as the config is to name it: one from the command line lies where the command was called.

    The config would read a relative path from its own folder. Raises UsageError where it is no path.
    """
    if given is None:
        given = str(click.prompt(question, default=default)) if asks else default
    path = typed.resolved(given)
    return given if given.startswith("~") else str(path)


def _profile(*, asks: bool) -> str:
    if not asks:
        return PROFILES[0]
    return str(click.prompt("Which program takes them?", type=click.Choice(PROFILES), default=PROFILES[0]))


def _known(given: str | None, profile: str, *, asks: bool) -> dict[tuple[str, ...], object]:
    """Return the keys that let syncer read what hydrus has already, before the first checks; none where that is not wished."""
    if given is None and asks and profile == "hydrus":
        given = str(
            click.prompt(
                "Where is hydrus's database, so that what you have is not fetched? (empty: nowhere)", default=""
            )
        )
    if not given:
        return {}
    path = _folder(given, "", "", asks=False)
    if not (Path(path).expanduser() / "client.db").is_file():
        raise UsageError(f"there is no client.db in {path}", "hydrus shows its database directory under help > about")
    return {("known", "kind"): "hydrus", ("known", "path"): path}


def _a_day(given: int | None, *, asks: bool) -> dict[tuple[str, ...], object]:
    """Return the key that keeps floods away; none where any number is right."""
    if given is None and asks:
        question = "How many files can you sort in a day? (0: any number)"
        given = int(click.prompt(question, default=0, type=click.IntRange(0)))
    return {("pressure", "files_per_day"): given} if given else {}
