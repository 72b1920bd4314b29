"""`syncer explain URL|FILE`: every decision about a URL or an adopted file, with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, urls
from syncer.service.results import Result
from syncer.service.words import moment, size, span


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield from _adopted(data) if "path" in data else _of_url(data)


def _adopted(data: dict[str, Any]) -> Iterable[str]:
    yield f"adopted        from the folder {data['folder']}"
    yield f"told by        {', '.join(data['beside']) or 'nothing beside it'}"
    if data["problem"]:
        yield f"problem        {data['problem']}"
    yield from (f"the mapping names {name}, which is not there" for name in data["unread"])
    rows = [(name.replace("_", " "), data[name]) for name in ("site", "post", "post_url", "file_url", "title")]
    rows += [("time", moment(data["time"]) if data["time"] is not None else "")]
    rows += [(name, ", ".join(data[name])) for name in ("tags", "notes", "sources")]
    yield from (f"{name:<14} {value or 'none'}" for name, value in rows)
    yield f"let in         {'yes' if data['taken'] else 'no: ' + data['why']}"
    outcome = data["outcome"]
    why = f": {outcome['why']}" if outcome and outcome["why"] else ""
    yield (
        f"became         {outcome['outcome']} {outcome['since']}{why}"
        if outcome
        else "became         not looked at yet"
    )
    yield f"goes into      {data['import_folder']}"


def _wished(data: dict[str, Any]) -> Iterable[str]:
    """Say who wants it: wishes in the queue, catalogues that list it."""
    for each in data["queued"]:
        more = f" and {each['wishes'] - len(each['for'])} more" if each["wishes"] > len(each["for"]) else ""
        yield f"queued         for {', '.join(each['for'])}{more}; under the options of the first, into {each['goes_into']}"
    for each in data["catalogues"]:
        yield f"catalogue      {each['catalogue']}: {each['outcome']}, seen {moment(each['seen'])}: {each['why']}"


def _sent(data: dict[str, Any]) -> Iterable[str]:
    """Say what is requested, which way, and as whom."""
    yield f"request        {data['request']}"
    if data["through"]:
        yield f"through        the proxy {data['through']}"
    if data["refused"]:
        yield f"refused        {data['refused']}"
    if data["needs"]:
        yield f"needs          {data['needs']}"
        yield f"without it     {data['handover']['why']}"
    if data["login"]:
        yield f"login          {data['login']['words']}"


def _of_url(data: dict[str, Any]) -> Iterable[str]:
    found = data["recognised"]
    if found is None:
        program = data["handover"]["program"]
        done = "it waits" if data["handover"].get("waits") else "fetched as a file"
        yield f"recognised     by no site file: {f'handed to {program}' if program else done}"
        yield f"handover       {data['handover']['why']}"
    else:
        yield f"recognised     {found['class']} ({found['kind']})"
        yield f"normalised     {found['normalised']}"
        yield f"for the server {found['for_server']}"
        yield f"parser         {found['parser'] or 'none: the URL itself is the file'}"
    yield from _sent(data)
    known = data["known"]
    why = f" ({known['why']})" if known and known["why"] else ""
    yield f"known          since {known['since']} as {known['outcome']}{why}" if known else "known          no"
    yield from _wished(data)
    waits = data["waits"]
    yield f"would wait     {span(waits['seconds'])}: {waits['why']}" if waits else "would wait     no"
    yield from (f"held back      {words}" for words in data["held"])
    for each in data["bandwidth"]:
        yield f"bandwidth      {each['name']}: {each['rule']}, {_standing(each)}"
    trouble = data["trouble"]
    if trouble:
        yield f"last trouble   {trouble['cause']}: {trouble['why']} ({trouble['what']})"
    if trouble and trouble["next"]:
        yield f"next step      {trouble['next']}"
    yield f"goes into      {data['import_folder'] or 'no import folder is named'}"
    yield from options(data["options"])


def options(found: dict[str, Any]) -> Iterable[str]:
    """Show each option with the layer that its value came from."""
    for key, option in found.items():
        yield f"{key:<14} {_written(option['value'])} (from: {option['layer']})"


def _standing(each: dict[str, Any]) -> str:
    used = size(each["used"]) if each["counts"] == "bytes" else str(each["used"])
    return f"{used} used" + (f", free in {span(each['free_in'])}" if each["free_in"] else "")


def _written(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(" = ".join(each) if isinstance(each, list | tuple) else str(each) for each in value) or "none"
    return "none" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)


@click.command("explain")
@click.argument("url", metavar="URL|FILE")
@click.option(
    "--for", "subscription", default="", metavar="NAME",
    help='The options that hold when this subscription finds it; "NAME: query" for one query.',
)  # fmt: skip
@click.option("--label", default="", help="The options that hold when it is dropped into this folder of the inbox.")
@frame.answering("explain", _show)
def command(*, config_path: Path | None, as_json: bool, url: str, subscription: str, label: str) -> Result:
    """Say how a URL is recognised, fetched and filtered, what is known of it, and what would make it wait.

    Of a file in an adopted folder: what tells of it, what that comes to, and what became of it.
    """
    from syncer import asking
    from syncer.service import adopt_explain, in_force

    del as_json
    what = url if adopt_explain.path_of(url) else urls.checked(url)
    return Result("explain", asking.explain(in_force.load_or_defaults(config_path), what, subscription, label))
