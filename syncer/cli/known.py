"""`syncer known`: what you have already, so that it is not fetched again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.cli.typed import TypedPath
from syncer.service.results import Result
from syncer.service.words import count

KINDS = ("hydrus", "gallery-dl", "yt-dlp", "folder", "list")
LONGEST = 24 * 3600.0
"""Seconds that hashing a whole library may take."""


@click.group("known")
def command() -> None:
    """Tell syncer what you have already."""


def _show(data: dict[str, Any]) -> Iterable[str]:
    deleted = f", {data['deleted']} of them deleted there" if data["deleted"] else ""
    yield f"{count(data['read'], 'thing')} read from {data['path']}{deleted}"
    yield f"{count(data['noted'], 'key')} (URLs, posts, hashes) known now that were not before"
    if data["unread"]:
        yield f"{count(data['unread'], 'line')} left out: of sites without a site file here, or of a part of a post"


@command.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=TypedPath())
@frame.answering("known import", _show)
def import_(*, config_path: Path | None, as_json: bool, kind: str, path: Path) -> Result:
    """Note what is there at PATH as known: it is then neither fetched nor delivered, unless you ask for it with --again.

    KIND is what lies there: hydrus (the folder of its database, which is only read; what was deleted there does not come back, either),
    gallery-dl or yt-dlp (the file of its archive), folder (media files, which are hashed), or list (a URL or a hash on each line,
    behind the word deleted what shall not come back).
    """
    from syncer import asking
    from syncer.service import in_force

    del as_json
    place = path.expanduser().absolute()
    return Result(
        "known import",
        asking.ask(in_force.config_at(config_path), "known import", {"kind": kind, "path": str(place)}, LONGEST),
    )
