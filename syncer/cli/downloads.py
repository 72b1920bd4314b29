"""`syncer downloads`: gallery downloads and refetches, why each ended, and what a person may change about one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.service.results import Result
from syncer.service.words import count, moment

NUMBER = click.IntRange(1, 2**63 - 1)
TALLIED = ("delivered", "known", "skipped", "gone", "failed")
"""What becomes of the files of a gallery download."""


@click.group("downloads")
def command() -> None:
    """Look at gallery downloads and refetches, pause, go on with, widen and cancel them."""


def _line(row: dict[str, Any]) -> str:
    if row["kind"] == "refetch":
        told = "".join(f", {number} {name}" for name, number in row["files"].items() if number)
        text = f"{row['download']}  {row['what']}: {row['state']}; {row['done']} of {row['found']} done{told}"
        return f"{text}. {row['why']}" if row["why"] else text
    limit = f" of {row['limit']}" if row["limit"] else ""
    text = f"{row['download']}  {row['what']}: {row['state']}; {count(row['pages'], 'page')}, {row['new']}{limit} new"
    if row["open"]:
        text += f", {row['open']} to do"
    return f"{text}. {row['why']}" if row["why"] else text


def _list(data: dict[str, Any]) -> Iterable[str]:
    yield from map(_line, data["downloads"])
    if not data["downloads"]:
        yield 'no gallery downloads yet; `syncer get "site: query"` begins one'
    elif data["all"] > len(data["downloads"]):
        yield f"and {data['all'] - len(data['downloads'])} older ones"


def _one(data: dict[str, Any]) -> Iterable[str]:
    row = data["download"]
    yield _line(row)
    yield f"begun {moment(row['started'])}" + (f", ended {moment(row['ended'])}" if row["ended"] else "")
    if row["kind"] == "refetch":
        yield from (f"the site file says: {fact}" for fact in row["site_facts"])
        return
    yield f"posts met: {row['found']}, new: {row['new']}; at most {row['limit'] or 'any number'}, {count(row['page_cap'], 'page')}"
    if row["total"] is not None:
        yield f"the site says that there are {count(row['total'], 'post')}"
    if row["outside"]:
        yield f"outside of what was asked for: {count(row['outside'], 'post')}"
    if row["files"]:
        yield "files: " + ", ".join(f"{number} {name}" for name, number in row["files"].items() if name in TALLIED)
    if row["next_page"]:
        yield f"next page: {row['next_page']}"
    if row["continue"]:
        yield f"there is more: `syncer downloads set {row['download']} --limit N` goes on at {row['continue']}"
    yield from (f"the site file says: {fact}" for fact in row["site_facts"])


def _words(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]


@command.command("list")
@frame.answering("downloads list", _list)
def listing(*, config_path: Path | None, as_json: bool) -> Result:
    """Show all gallery downloads and refetches, the newest first, and why each ended."""
    from syncer.clock import SystemClock
    from syncer.service import downloads, in_force
    from syncer.store.database import Database

    del as_json
    state = in_force.load_or_defaults(config_path).folders.state
    with closing(Database.open(state, SystemClock(), read_only=True)) as db:
        return Result("downloads list", downloads.everything(db, None))


@command.command("show")
@click.argument("download", type=NUMBER)
@frame.answering("downloads show", _one)
def show(*, config_path: Path | None, as_json: bool, download: int) -> Result:
    """Show one download: how far it came, why it ended, how to go on, what its site allows."""
    from syncer.clock import SystemClock
    from syncer.service import downloads, in_force, snapshot
    from syncer.store.database import Database

    del as_json
    config = in_force.load_or_defaults(config_path)
    with closing(Database.open(config.folders.state, SystemClock(), read_only=True)) as db:
        return Result("downloads show", downloads.one(db, snapshot.build(config), download))


def _ask(config_path: Path | None, verb: str, details: dict[str, Any]) -> Result:
    from syncer import asking
    from syncer.service import in_force

    return Result(f"downloads {verb}", asking.ask(in_force.config_at(config_path), f"downloads {verb}", details))


_PART = click.argument("part", type=click.Choice(["all", "search", "files"]), default="all")


@command.command("pause")
@click.argument("download", type=NUMBER)
@_PART
@frame.answering("downloads pause", _words)
def pause(*, config_path: Path | None, as_json: bool, download: int, part: str) -> Result:
    """Let a download wait: its search, its files, or both; a refetch waits as a whole."""
    del as_json
    return _ask(config_path, "pause", {"download": download, "part": part})


@command.command("resume")
@click.argument("download", type=NUMBER)
@_PART
@frame.answering("downloads resume", _words)
def resume(*, config_path: Path | None, as_json: bool, download: int, part: str) -> Result:
    """Let a paused download go on."""
    del as_json
    return _ask(config_path, "resume", {"download": download, "part": part})


@command.command("set")
@click.argument("download", type=NUMBER)
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), required=True, help="New posts that it takes at most, in all."
)
@frame.answering("downloads set", _words)
def set_limit(*, config_path: Path | None, as_json: bool, download: int, limit: int) -> Result:
    """Give a download another limit; one that had met its limit goes on where it stopped."""
    del as_json
    return _ask(config_path, "set", {"download": download, "limit": limit})


@command.command("cancel")
@click.argument("download", type=NUMBER)
@frame.answering("downloads cancel", _words)
def cancel(*, config_path: Path | None, as_json: bool, download: int) -> Result:
    """End a download; what it brought stays, what it only found is let go."""
    del as_json
    return _ask(config_path, "cancel", {"download": download})
