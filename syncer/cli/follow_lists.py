"""`syncer follow export` and `import`: all that is followed as a list, and a list that is to be followed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from syncer.cli import following, frame, rows
from syncer.cli.typed import TypedPath
from syncer.errors import UsageError
from syncer.service.results import Result
from syncer.service.words import count


def _exported(data: dict[str, Any]) -> Iterable[str]:
    if data["file"]:
        yield f"{count(data['lines'], 'line')} written to {data['file']}"
    else:
        yield from data["text"].splitlines()


@click.command("export")
@click.option("--to", "file", type=TypedPath(), help="Write it into this file, over what it holds.")
@frame.answering("follow export", _exported)
def export(*, config_path: Path | None, as_json: bool, file: Path | None) -> Result:
    """Show all that is followed as a list: `site: query` or a URL a line. `follow import` and the inbox take it."""
    from syncer.clock import SystemClock
    from syncer.service import follow_export, in_force, snapshot
    from syncer.store.database import FILE_NAME, Database

    del as_json
    config = in_force.config_at(config_path)
    shot = snapshot.build(config)
    if (config.folders.state / FILE_NAME).exists():
        with closing(Database.open(config.folders.state, SystemClock(), read_only=True)) as db:
            text = follow_export.text(shot, db)
    else:
        text = follow_export.text(shot, None)
    if file is not None:
        _write(file, text)
    lines = sum(bool(line) and not line.startswith(("#", "subscription:")) for line in text.splitlines())
    return Result("follow export", {"lines": lines, "text": text, "file": str(file) if file else ""})


def _write(file: Path, text: str) -> None:
    """Write the list: whole or not at all, into a pipe or device as it is. Raises UsageError."""
    from syncer.config import paths, replace

    place = paths.real(file)
    try:
        if place.exists() and replace.is_special(place):
            place.write_text(text, "utf-8")
        else:
            replace.write(place, text.encode(), like=place if place.exists() else None)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", "Name another file with --to") from error


@click.command("import")
@click.argument("file", metavar="FILE|-", type=TypedPath())
@click.option("--into", default="", help="The subscription that takes all queries; made where there is none.")
@frame.answering("follow import", rows.show)
def import_(*, config_path: Path | None, as_json: bool, file: Path, into: str) -> Result:
    """Follow what stands in a list: `site: query` or the URL of a gallery or thread a line, # for remarks.

    Queries go into the config in one edit, each into the subscription that `subscription: NAME`
    above it names, else into the one that is called like its site; or all where --into says.
    """
    from syncer.intake import linkfile
    from syncer.intake.names import suffix
    from syncer.service import follow_lines, in_force, snapshot
    from syncer.sites import urls

    del as_json
    config = in_force.config_at(config_path)
    shot = snapshot.build(config)
    name = file.name if suffix(file.name) in linkfile.READERS else "list.txt"
    read = linkfile.read(name, _bytes(file, linkfile.MAX_BYTES + 1), urls.key, shot.sites)
    if read.problems:
        raise UsageError(f"{file} cannot be imported: {read.why}")
    twins = [{"line": line.number, "text": line.text, "outcome": "there", "words": line.why} for line in read.twins]
    return following.follow("follow import", config, follow_lines.read(shot, read.lines, into), twins)


def _bytes(file: Path, most: int) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(most)
    try:
        with file.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}", "Name a file of follows, or - for standard input"
        ) from error
