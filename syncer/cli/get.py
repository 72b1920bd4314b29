"""`syncer get`: one wish through the whole way of the data, with or without a running service."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, urls
from syncer.cli.progress import Progress
from syncer.cli.run import begin
from syncer.cli.typed import TypedPath
from syncer.config import texts
from syncer.errors import Exit, UsageError
from syncer.service.results import Result
from syncer.service.words import count, moment

_QUERY = re.compile(r"\s*([A-Za-z0-9_-]+(?:/[^:]+)?)\s*:(?!//)\s*(.+)", re.DOTALL)
_SCHEME = re.compile(r"\s*https?://", re.IGNORECASE)
EXITS = {"failed": Exit.SOME_FAILED, "gone": Exit.SOME_FAILED, "waits": Exit.TRY_LATER}
LONGEST_PREVIEW = 300.0
"""Seconds that a page may take with all waiting for its site's pace."""
LONGEST = 8192
"""Letters of a wish; no site takes longer URLs."""


def _show(data: dict[str, Any]) -> Iterable[str]:
    if "posts" in data:
        yield from _previewed(data)
        return
    yield from data["files"]
    words = f": {data['words']}" if data["words"] else ""
    yield f"{data['outcome']}{words}"
    if data["outcome"] == "waits":
        yield from left(data)


def _previewed(data: dict[str, Any]) -> Iterable[str]:
    yield f"{data['url']} ({data['class']})" + (f": {data['title']}" if data["title"] else "")
    if data["veto"]:
        yield f"the site file refuses this page: {data['veto']}"
    for post in data["posts"]:
        name = f"{post['post']} {post['url']}".strip()
        yield f"{post['would']:<5} {name}" + (f": {post['why']}" if post["why"] else "")
        yield from (f"      {file['would']} {file['url']}" + _reason(file) for file in post["files"])
        if post["tags"]:
            yield f"      tags: {', '.join(post['tags'])}"
    yield from (f"could not be read: {fault}" for fault in data["faults"])
    yield count(len(data["posts"]), "post") + (f"; more at {data['next'][0]}" if data["next"] else "; no further page")
    if data["total"] is not None:
        yield f"the site says that there are {count(data['total'], 'post')} in all"


def _reason(file: dict[str, Any]) -> str:
    return f" ({file['why']})" if file["why"] else ""


def left(data: dict[str, Any]) -> Iterable[str]:
    """Say of a wish that waits when and how it goes on."""
    if data["until"] is not None:
        yield f"it goes on at {moment(data['until'])} at the earliest"
    if data["by"] == "service":
        yield "the queue keeps it, and the running syncer goes on with it by itself; `syncer status` shows it"
    else:
        yield "the queue keeps it: the same command goes on with it then, and so does a `syncer run` with this state folder"


@click.command("get")
@click.argument("what", metavar='URL|"SITE: QUERY"')
@click.option("--into", type=TypedPath(), help="Lay the files into this folder.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), help="New posts that a gallery or search gives at most (2000)."
)
@click.option("--pages", type=click.IntRange(1, 1_000_000), help="Pages of a listing that are read at most (2000).")
@click.option("--since", metavar="DAY", help="Only posts from this day on: 2024-03-01, or 2024-03-01T18:00.")
@click.option("--until", metavar="DAY", help="Only posts up to this day, itself included.")
@click.option("--after-id", type=click.IntRange(0), metavar="N", help="Only posts with a higher number.")
@click.option("--before-id", type=click.IntRange(1), metavar="N", help="Only posts with a lower number.")
@click.option(
    "--priority", type=click.Choice(["high", "normal", "low"]), default="normal", help="What is fetched first."
)
@click.option(
    "--preview", is_flag=True, help="Show one page, its posts, and what would be taken; fetch no file, note nothing."
)
@click.option("--rule", help="Take the links that this rule of a site file finds on the page (`syncer sites list`).")
@click.option("--again", is_flag=True, help="Fetch and deliver what is known, too.")
@frame.answering("get", _show)
def command(
    *,
    config_path: Path | None,
    as_json: bool,
    what: str,
    into: Path | None,
    limit: int | None,
    again: bool,
    preview: bool,
    **more: Any,
) -> Result:
    """Download the file, post, thread or gallery at a URL, or what a search on a site finds."""
    from syncer import asking
    from syncer.service import in_force

    wish = wish_of(what, into, limit, again=again) | more
    config = in_force.config_at(config_path, into=into)
    wish |= _days(more, config.checks.zone)
    if into is not None and not preview:
        _prepare(Path(wish["into"]))
    if preview:
        return Result("get", asking.ask(config, "preview", wish, LONGEST_PREVIEW))
    with Progress(quiet=as_json) as progress:
        done = asking.get(config, wish, tell=progress.tell, on_loop=begin)
    return Result("get", done, EXITS.get(done["outcome"], Exit.OK))


def _days(given: dict[str, Any], zone: str) -> dict[str, int]:
    """Return the days that were given as moments in `zone` ("" = the machine's). Raises UsageError."""
    from syncer.follow import bounds
    from syncer.follow.calendar import zone_of

    days = {key: given[key] for key in ("since", "until") if given[key] is not None}
    try:
        found = {key: bounds.moment(text, zone_of(zone), last=key == "until") for key, text in days.items()}
    except ValueError as error:
        raise UsageError(str(error), "") from error
    if found.get("since", 0) > found.get("until", float("inf")):
        raise UsageError("--since is later than --until: no post can lie between them", "Exchange the two")
    return found


def _prepare(folder: Path) -> None:
    """Make the folder for the files. Raises UsageError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", "Name another folder with --into") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"nothing may be written into {folder}", "Give yourself the right to, or name another folder")


def wish_of(what: str, into: Path | None, limit: int | None, *, again: bool) -> dict[str, Any]:
    """Read what was asked for: a URL, or a site's name and a query. Raises UsageError."""
    text = texts.without_login(what.strip())
    if not text.isprintable() or len(text) > LONGEST:
        raise UsageError(
            "what was asked for holds line breaks or control characters, or is too long", "Write one URL or one search"
        )
    wish: dict[str, Any] = {
        "text": text,
        "into": str(into.expanduser().absolute()) if into else "",
        "limit": limit,
        "again": again,
    }
    if _SCHEME.match(text):
        return wish | {"url": urls.checked(text)}
    found = _QUERY.fullmatch(text)
    if not found:
        raise UsageError(f"{text!r} is neither a URL nor a search", 'Write https://... or "site: query"')
    return wish | {"site": found[1].strip(), "query": found[2].strip()}
