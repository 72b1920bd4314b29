"""`syncer get`: one wish through the whole way of the data, with or without a running service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.cli.progress import Progress
from syncer.cli.run import on_signals
from syncer.errors import Exit, UsageError
from syncer.service.results import Result

_QUERY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*:(?!//)\s*(.+)", re.DOTALL)
BAD = ("failed", "gone")


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield from data["files"]
    yield f"{data['outcome']}: {data['words']}" if data["words"] else data["outcome"]


@click.command("get")
@click.argument("what", metavar='URL|"SITE: QUERY"')
@click.option("--into", type=click.Path(path_type=Path), help="Lay the files into this folder.")
@click.option("--limit", type=click.IntRange(min=1), help="New posts that a gallery or search gives at most (2000).")
@click.option("--again", is_flag=True, help="Fetch and deliver what is known, too.")
@frame.answering("get", _show)
def command(
    *, config_path: Path | None, as_json: bool, what: str, into: Path | None, limit: int | None, again: bool
) -> Result:
    """Download the file, post, thread or gallery at a URL, or what a search on a site finds."""
    from syncer import app

    wish = wish_of(what, into, limit, again=again)
    config = app.config_at(config_path, into=into)
    progress = Progress(quiet=as_json)
    done = app.get(config, wish, tell=progress.tell, on_loop=on_signals)
    progress.close()
    return Result("get", done, Exit.SOME_FAILED if done["outcome"] in BAD else Exit.OK)


def wish_of(what: str, into: Path | None, limit: int | None, *, again: bool) -> dict[str, Any]:
    """Read what was asked for: a URL, or a site's name and a query. Raises UsageError."""
    wish: dict[str, Any] = {
        "text": what.strip(),
        "into": str(into.absolute()) if into else "",
        "limit": limit,
        "again": again,
    }
    if re.match(r"\s*https?://", what, re.IGNORECASE):
        return wish | {"url": what.strip()}
    found = _QUERY.fullmatch(what)
    if not found:
        raise UsageError(f"{what!r} is neither a URL nor a search", 'Write https://... or "site: query"')
    return wish | {"site": found[1], "query": found[2].strip()}
