"""`syncer history`: where a file came from, and what came when."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, times
from syncer.errors import UsageError
from syncer.service.results import Result
from syncer.service.words import count, moment, size

SHOWN = 20
MOST = 200
AGAIN = {"asked": "  (fetched again)", "more metadata": "  (placed again, since more was told of it)"}


def _show(data: dict[str, Any]) -> Iterable[str]:
    if "rows" in data:
        yield from _summed(data)
        return
    for each in data["files"]:
        yield from _file(each)
    if data["known"] is not None:
        known = data["known"]
        why = f": {known['why']}" if known["why"] else ""
        yield f"no file of it was delivered; known since {moment(known['at'])} as {known['outcome']}{why}"
    elif not data["files"]:
        yield "nothing was delivered in that time"


def _file(each: dict[str, Any]) -> Iterable[str]:
    yield f"{each['file']}  {moment(each['at'])}  {size(each['size'])}  {each['type']}{AGAIN.get(each['cause'], '')}"
    origin = " ".join(filter(None, (each["by"], each["name"], each["query"])))
    post = f"{each['site']} {each['post']}".strip()
    yield f"    from {post or 'no site file'} by {origin}" + (f", label {each['label']}" if each["label"] else "")
    yield from (f"    {url}" for url in each["urls"])
    if each["tags"]:
        yield f"    tags: {', '.join(each['tags'])}"
    for key, option in each["options"].items():
        yield f"    {key} = {option['value']} (from: {option['layer']})"
    yield f"    sha256 {each['sha256']}"


def _summed(data: dict[str, Any]) -> Iterable[str]:
    for row in data["rows"]:
        yield f"{row['files']:>7}  {size(row['bytes']):>10}  {row['name']}"
    left = data["all"] - len(data["rows"])
    yield f"and {left} more" if left > 0 else f"{count(data['all'], data['by'])} in all"


@click.command("history")
@click.argument("what", required=False, metavar="[FILE|HASH|URL]")
@click.option("--since", metavar="TIME", help='"7 days" ago, or a date, "2026-05-31".')
@click.option("--by", type=click.Choice(["site", "tag", "day"]), help="How much came, summed up.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), help=f"Lines at most.  [default: {SHOWN}, with --by {MOST}]"
)
@frame.answering("history", _show)
def command(
    *, config_path: Path | None, as_json: bool, what: str | None, since: str | None, by: str | None, limit: int | None
) -> Result:
    """Show where a delivered file came from, when, under which options, with all its URLs; or what came lately."""
    from syncer.clock import SystemClock
    from syncer.service import history, in_force
    from syncer.store.database import Database

    del as_json
    if what is not None and (since is not None or by is not None):
        raise UsageError("one file has its own history", "Leave out --since and --by, or the file")
    config, clock = in_force.load_or_defaults(config_path), SystemClock()
    at = 0.0 if since is None else times.since(since, clock.now())
    with closing(Database.open(config.folders.state, clock, read_only=True)) as db:
        if what is not None:
            return Result("history", history.of(db, what, lambda url: _keys(config, url)))
        if by is not None:
            return Result("history", history.by(db, by, at, limit or MOST))
        return Result("history", history.since(db, at, limit or SHOWN))


def _keys(config: Any, url: str) -> Iterable[str]:
    """Return the keys under which a URL is known; only this needs the site files."""
    from syncer.service import known_job, snapshot

    return known_job.keys_of_url(snapshot.build(config).library, url)
