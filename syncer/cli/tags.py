"""`syncer tags`: which tags come, and what a rule would have kept out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, times
from syncer.service.results import Result
from syncer.service.words import count


@click.group("tags")
def command() -> None:
    """Look at the tags of what came."""


def _show(data: dict[str, Any]) -> Iterable[str]:
    if "rule" in data:
        share = 100 * data["skipped"] / data["files"]
        yield f'"{data["rule"]}" would have kept out {data["skipped"]} of {count(data["files"], "file")} ({share:.0f} %)'
        yield from (f"    {each['file']}, by its tag {each['tag']}: {each['url']}" for each in data["examples"])
        return
    yield from (f"{row['files']:>7}  {row['tag']}" for row in data["tags"])
    left = data["all"] - len(data["tags"])
    yield f"{count(data['all'], 'tag')} on {count(data['files'], 'file')}" + (f"; {left} more" if left > 0 else "")


@command.command("top")
@click.option("--site", default="", help="Only of this site.")
@click.option("--since", metavar="TIME", help='"30 days" back, or a date, "2026-05-31".')
@click.option("--namespace", help='Only of this namespace, like "creator"; "" for tags without one.')
@click.option("--rule", help='What this blacklist rule would have kept out, like "hair, -red hair".')
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Tags at most.")
@frame.answering("tags top", _show)
def top(
    *,
    config_path: Path | None,
    as_json: bool,
    site: str,
    since: str | None,
    namespace: str | None,
    rule: str | None,
    limit: int,
) -> Result:
    """Show the most frequent tags of what was delivered, or try a rule on it before it goes into the config."""
    from syncer.clock import SystemClock
    from syncer.service import in_force, tags_top
    from syncer.store.database import Database

    del as_json
    config, clock = in_force.load_or_defaults(config_path), SystemClock()
    at = 0.0 if since is None else times.since(since, clock.now())
    with closing(Database.open(config.folders.state, clock, read_only=True)) as db:
        if rule is not None:
            return Result("tags top", tags_top.try_rule(db, rule, site=site, since=at))
        return Result("tags top", tags_top.top(db, site=site, since=at, namespace=namespace, limit=limit))
