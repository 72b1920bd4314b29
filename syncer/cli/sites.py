"""`syncer sites`: the site files: listed, tried, imported, switched on and off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, site_answers
from syncer.cli.typed import TypedPath
from syncer.errors import Exit
from syncer.service.results import Result
from syncer.service.words import count, moment

SHOWN = 20
"""Warnings of an import that are shown to people."""


@click.group("sites")
def command() -> None:
    """List, try, test and import site files."""


for each in (site_answers.match, site_answers.search, site_answers.parse, site_answers.batch):
    command.add_command(each)


def _list(data: dict[str, Any]) -> Iterator[str]:
    rows = [(one["name"], one["state"], _whose(one), _summary(one)) for one in data["sites"]]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row, one in zip(rows, data["sites"], strict=True):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        yield "  ".join((*cells, row[3])).rstrip()
        yield from (f"    {problem}" for problem in one["problems"])
        yield from [f"    needs {one['wants']}"] if one["wants"] else []
        yield from _pages(one)
    yield f"{count(len(rows), 'site')}; your own are in {data['folder']}"


def _pages(one: dict[str, Any]) -> Iterator[str]:
    """Say when a page of a site was last read, and what was last wrong; nothing where none was asked for yet."""
    success, fault = one["last_success"], one["last_fault"]
    if success:
        yield f"    last read {moment(success)}"
    if fault:
        yield f"    last fault {moment(fault['at'])}: {fault['url']}: {fault['why']}"


def _whose(one: dict[str, Any]) -> str:
    return ("yours, instead of the shipped one" if one["shadows"] else "yours") if one["yours"] else "shipped"


def _summary(one: dict[str, Any]) -> str:
    searches = f"searches: {', '.join(one['searches'])}" if one["searches"] else ""
    return "; ".join(part for part in (one["about"] or one["title"], searches) if part)


@command.command("list")
@frame.answering("sites list", _list)
def list_(*, config_path: Path | None, as_json: bool) -> Result:
    """List all site files: state, searches, mistakes, when a page was last read, and what was last wrong with one."""
    from syncer.service import in_force, site_tools

    del as_json
    config = in_force.load_or_defaults(config_path)
    own = config.folders.sites
    found = site_tools.overview(site_tools.library_of(config), own, site_tools.logged(config.folders.state))
    data = {"folder": str(own), "sites": found}
    return Result("sites list", data)


def _tried(data: dict[str, Any]) -> Iterable[str]:
    for one in data.get("sites", [data]):
        yield from one["problems"]
        fine = "" if one["problems"] else ": fine"
        yield f"{one['file']} ({one['state']}): {count(one['tried'], 'sample')} tried{fine}"


@command.command("test")
@click.argument("name", required=False)
@frame.answering("sites test", _tried)
def test(*, config_path: Path | None, as_json: bool, name: str | None) -> Result:
    """Try a site file, or all of them, on the samples that they carry; asks nothing of the net."""
    from syncer.service import in_force, site_tools

    del as_json
    config = in_force.load_or_defaults(config_path)
    library, own = site_tools.library_of(config), config.folders.sites
    data = site_tools.trials(library, own) if name is None else site_tools.trial(library, name, own)
    return Result("sites test", data, Exit.SOME_FAILED if data["problems"] else Exit.OK)


def _imported(data: dict[str, Any]) -> Iterator[str]:
    from syncer.service import png_job

    counts = ((data["searches"], "searches"), (data["url_classes"], "URL classes"), (data["parsers"], "parsers"),
              (data["logins"], "logins"), (data["domains"], "domains"), (data["simple"], "simple rules"))  # fmt: skip
    yield "read " + (", ".join(f"{number} {what}" for number, what in counts if number) or "nothing")
    nothing = png_job.why_nothing(sum(number for number, _ in counts), data["repeated"])
    yield f"written into {data['into']}: {', '.join(data['written']) or nothing}"
    yield f"they would contact: {', '.join(data['hosts']) or 'no one'}"
    yield from (f"note: {warning}" for warning in data["warnings"][:SHOWN])
    if len(data["warnings"]) > SHOWN:
        yield f"and {len(data['warnings']) - SHOWN} more notes; --json shows all"
    yield from (f"not imported: {one['file']}: {one['error']}" for one in data.get("failed", ()))


def _drafted(data: dict[str, Any]) -> Iterator[str]:
    yield f"seen: {data['found']} ({data['kind']})"
    yield from (f"look at: {doubt}" for doubt in data["doubts"])
    if data["known_as"]:
        yield f"note: a site file knows this URL already, as {data['known_as']}"
    yield f"written to {data['file']}; `syncer sites test {data['name']}` tries it" if data["file"] else data["text"]


@command.command("new")
@click.argument("url")
@click.option("--print", "show", is_flag=True, help="Show the draft, write nothing.")
@frame.answering("sites new", _drafted)
def new(*, config_path: Path | None, as_json: bool, url: str, show: bool) -> Result:
    """Fetch a page, of a listing also the first entry's, and write a first draft of a site file, for you to go on with."""
    from syncer import asking
    from syncer.service import in_force, site_tools

    del as_json
    config = in_force.load_or_defaults(config_path)
    drafted = asking.ask(config, "sites new", {"url": url}, site_answers.LONGEST_LOOK)
    file = "" if show else str(site_tools.write_new(config.folders.sites, drafted["name"], drafted["text"]))
    return Result("sites new", drafted | {"file": file})


@command.command("import")
@click.argument("files", metavar="FILE.png|DIR...", nargs=-1, required=True, type=TypedPath())
@click.option("--into", type=TypedPath(), help="The folder to write into (default: your sites folder).")
@frame.answering("sites import", _imported)
def import_(*, config_path: Path | None, as_json: bool, files: tuple[Path, ...], into: Path | None) -> Result:
    """Turn downloader PNGs of the hydrus client into readable site files."""
    from syncer.service import site_tools

    del as_json
    if into is None:
        from syncer.service import in_force

        into = in_force.load_or_defaults(config_path).folders.sites
    data = site_tools.import_all(files, into)
    return Result("sites import", data, Exit.SOME_FAILED if data.get("failed") else Exit.OK)


def _words(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]


def _switch(command_name: str, config_path: Path | None, name: str, *, on: bool) -> Result:
    from syncer.service import in_force, site_tools

    return Result(command_name, {"words": site_tools.switch(in_force.load_or_defaults(config_path), name, on=on)})


@command.command("enable")
@click.argument("name")
@frame.answering("sites enable", _words)
def enable(*, config_path: Path | None, as_json: bool, name: str) -> Result:
    """Switch a site file on."""
    del as_json
    return _switch("sites enable", config_path, name, on=True)


@command.command("disable")
@click.argument("name")
@frame.answering("sites disable", _words)
def disable(*, config_path: Path | None, as_json: bool, name: str) -> Result:
    """Switch a site file off; it stays where it is."""
    del as_json
    return _switch("sites disable", config_path, name, on=False)
