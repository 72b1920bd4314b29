"""`syncer explain URL`: every decision about a URL, with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, urls
from syncer.service.results import Result
from syncer.service.words import size, span


def _show(data: dict[str, Any]) -> Iterable[str]:
    found = data["recognised"]
    if found is None:
        program = data["handover"]["program"]
        yield f"recognised     by no site file: {f'handed to {program}' if program else 'fetched as a file'}"
        yield f"handover       {data['handover']['why']}"
    else:
        yield f"recognised     {found['class']} ({found['kind']})"
        yield f"normalised     {found['normalised']}"
        yield f"for the server {found['for_server']}"
        yield f"parser         {found['parser'] or 'none: the URL itself is the file'}"
    yield f"request        {data['request']}"
    if data["through"]:
        yield f"through        the proxy {data['through']}"
    known = data["known"]
    why = f" ({known['why']})" if known and known["why"] else ""
    yield f"known          since {known['since']} as {known['outcome']}{why}" if known else "known          no"
    waits = data["waits"]
    yield f"would wait     {span(waits['seconds'])}: {waits['why']}" if waits else "would wait     no"
    for each in data["bandwidth"]:
        yield f"bandwidth      {each['name']}: {each['rule']}, {_standing(each)}"
    trouble = data["trouble"]
    if trouble:
        yield f"last trouble   {trouble['cause']}: {trouble['why']} ({trouble['url']})"
    if trouble and trouble["next"]:
        yield f"next step      {trouble['next']}"
    yield f"goes into      {data['import_folder'] or 'no import folder is named'}"
    for key, option in data["options"].items():
        yield f"{key:<14} {_written(option['value'])} (from: {option['layer']})"


def _standing(each: dict[str, Any]) -> str:
    used = size(each["used"]) if each["counts"] == "bytes" else str(each["used"])
    return f"{used} used" + (f", free in {span(each['free_in'])}" if each["free_in"] else "")


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(" = ".join(each) if isinstance(each, list | tuple) else str(each) for each in value) or "none"
    return "none" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)


@click.command("explain")
@click.argument("url")
@click.option(
    "--for", "subscription", default="", metavar="NAME", help="The options that hold when this subscription finds it."
)
@click.option("--label", default="", help="The options that hold when it is dropped into this folder of the inbox.")
@frame.answering("explain", _show)
def command(*, config_path: Path | None, as_json: bool, url: str, subscription: str, label: str) -> Result:
    """Say how a URL is recognised, fetched and filtered, what is known of it, and what would make it wait."""
    from syncer import app
    from syncer.config import load

    del as_json
    return Result("explain", app.explain(load.load_or_defaults(config_path), urls.checked(url), subscription, label))
