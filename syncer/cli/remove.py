"""`syncer remove`: subscriptions, queries, catalogues and watchers; their files stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli import catalogues, following, frame, rows
from syncer.errors import UsageError
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.config.settings import Config


@click.group("remove")
def command() -> None:
    """Follow something no longer. Files that were delivered stay, and what is queued is still fetched."""


command.add_command(catalogues.remove)


@command.command("query")
@click.argument("subscription")
@click.argument("queries", metavar="QUERY...", nargs=-1, required=True)
@frame.answering("remove query", rows.show)
def query(*, config_path: Path | None, as_json: bool, subscription: str, queries: tuple[str, ...]) -> Result:
    """Take searches out of a subscription of the config, all of them or none."""
    from syncer.clock import SystemClock
    from syncer.service import in_force, removal

    del as_json
    config = in_force.config_at(config_path)
    gone = removal.queries(config, following.main_file(config), subscription, queries, SystemClock())
    found = [{"text": text, "outcome": "removed", "words": words} for text, words in gone]
    return rows.result("remove query", found, taken_up=rows.taken_up(config))


@command.command("subscription")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Also where it has many queries.")
@frame.answering("remove subscription", rows.show)
def subscription(*, config_path: Path | None, as_json: bool, name: str, yes: bool) -> Result:
    """Take a subscription with all its queries out of the config. With more than 5 queries it asks for --yes."""
    from syncer.clock import SystemClock
    from syncer.service import in_force, removal

    del as_json
    config = in_force.config_at(config_path)
    place = removal.subscription(config, following.main_file(config), name, SystemClock(), yes=yes)
    left = f"; the list {place.queries_from} stays" if place.queries_from else ""
    queries = "query" if len(place.all) == 1 else f"{len(place.all)} queries"
    words = f"with its {queries}; {removal.KEPT}{left}"
    row = {"text": place.name, "outcome": "removed", "words": words}
    return rows.result("remove subscription", [row], taken_up=rows.taken_up(config))


@command.command("watcher")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@frame.answering("remove watcher", rows.show)
def watcher(*, config_path: Path | None, as_json: bool, urls: tuple[str, ...]) -> Result:
    """Watch threads no longer, all of them or none."""
    from syncer import asking
    from syncer.cli.urls import checked
    from syncer.service import in_force

    del as_json
    config = in_force.config_at(config_path)
    given = [checked(url) for url in urls]
    _refuse_written(config, given)
    return rows.result("remove watcher", asking.ask(config, "unwatch", {"urls": given})["rows"])


def _refuse_written(config: Config, given: list[str]) -> None:
    """Raise UsageError with file and line where a thread stands in the config: that is the person's own."""
    if not config.watchers:
        return
    from syncer.config import load
    from syncer.service import snapshot

    library = snapshot.build(config).library
    for url in given:
        found = library.recognise(url)
        for number, written in enumerate(config.watchers):
            other = library.recognise(written.url)
            if written.url == url or (found is not None and other is not None and found.key == other.key):
                spot = load.read(following.main_file(config)).spot(("watchers", number))
                line = f"{spot.file}:{spot.line}" if spot.line else spot.file
                raise UsageError(f"{url} stands in the config, at {line}", "Take it out there, or write paused = true")
