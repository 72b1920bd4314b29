"""`syncer add catalogue` and `remove catalogue`: pages that list threads, in the config.

Here, apart from the other things that are added and removed, because both sides of it belong together. `add` and `remove` take them in.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import following, frame, rows
from syncer.errors import ConfigError, ItemError, UsageError
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.config.catalogue import Catalogue
    from syncer.config.settings import Config
    from syncer.service.snapshot import Snapshot
    from syncer.store.follows import Follow


@click.command("catalogue")
@click.argument("url")
@click.option("--words", multiple=True, metavar="RULE", help='Only threads that meet this: "lake, -night". Repeatable.')
@click.option("--name", help="Your name for it.")
@click.option("--most", type=click.IntRange(1, 1000), help="So many of its threads are watched at once.")
@click.option("--every", help='How often it is looked at: "15 minutes".')
@click.option("--tag", "tags", multiple=True, help="A tag for all files of its threads. Repeatable.")
@click.option("--paused", is_flag=True, help="Note it in the config, take no threads for now.")
@frame.answering("add catalogue", rows.show)
def add(*, config_path: Path | None, as_json: bool, url: str, **given: Any) -> Result:
    """Watch every thread that the catalogue at URL lists, or those that meet your words. It stands in the config."""
    from syncer.cli.urls import checked
    from syncer.config import edit_catalogues
    from syncer.service import follows_of, in_force, snapshot

    del as_json
    config = in_force.config_at(config_path)
    shot = snapshot.build(config)
    try:
        follows_of.catalogue_at(shot, checked(url))
    except ItemError as error:
        raise UsageError(f"{url}: {error.title}", error.advice) from None
    keys = {"words": "words", "name": "name", "most": "most", "every": "every", "tags": "add_tags", "paused": "paused"}
    table: dict[str, Any] = {"url": checked(url)} | {
        key: list(given[name]) if isinstance(given[name], tuple) else given[name]
        for name, key in keys.items()
        if given[name]
    }
    name = str(given["name"] or "")
    there = next((one for one in config.catalogues if _are_same(shot, one, table["url"], name)), None)
    if there is not None:
        words = "there is this catalogue already; nothing changed. Another name makes a second one of it"
        return rows.result("add catalogue", [_row(there.label, "there", words)], taken_up="")
    try:
        edit_catalogues.add(following.main_file(config), table)
    except ConfigError as error:
        raise following.in_options("catalogue", error) from error
    words = "its threads are watched from now on" + (", where they meet your words" if given["words"] else "")
    return rows.result("add catalogue", [_row(name or table["url"], "added", words)], taken_up=rows.taken_up(config))


def _row(text: str, outcome: str, words: str) -> dict[str, Any]:
    return {"line": 0, "text": text, "outcome": outcome, "words": words}


def _are_same(shot: Snapshot, one: Catalogue, url: str, name: str) -> bool:
    """Tell whether a catalogue of the config is the one at a URL, however that is spelled, under a name."""
    from dataclasses import replace

    from syncer.service import follows_of

    try:
        other = follows_of.of_catalogue(shot, replace(one, url=url, name=name))
        return follows_of.of_catalogue(shot, one).identity == other.identity
    except ItemError:
        return False


@click.command("catalogue")
@click.argument("name", metavar="NAME|URL")
@click.option("--threads", is_flag=True, help="End the watchers of its threads, too.")
@frame.answering("remove catalogue", rows.show)
def remove(*, config_path: Path | None, as_json: bool, name: str, threads: bool) -> Result:
    """Take a catalogue out of the config. Threads that are watched are watched until they die, or end with --threads."""
    from syncer import asking
    from syncer.config import edit_catalogues
    from syncer.service import in_force

    del as_json
    config = in_force.config_at(config_path)
    one = _named(config, name)
    left = _watched(config, one)
    if threads and left:
        asking.ask(config, "end threads", {"name": one.label})
    edit_catalogues.remove(following.main_file(config), one.url, one.name)
    return rows.result(
        "remove catalogue", [_row(one.label, "removed", _left(left, threads=threads))], taken_up=rows.taken_up(config)
    )


def _left(left: int, *, threads: bool) -> str:
    from syncer.service.words import count

    if threads:
        return f"with the watchers of {count(left, 'thread')}; files stay, and what is queued is still fetched"
    if not left:
        return "none of its threads is watched now"
    return f"{count(left, 'thread')} of it {'is' if left == 1 else 'are'} watched until {'it dies' if left == 1 else 'they die'}"


def _named(config: Config, name: str) -> Catalogue:
    """Return the catalogue of a name or URL; raises UsageError where there is none, or several."""
    from syncer.service import snapshot

    given = name.strip()
    found = [one for one in config.catalogues if given.casefold() == one.name.casefold() or given == one.url]
    if not found and given.lower().startswith(("http://", "https://")):
        shot = snapshot.build(config)
        found = [one for one in config.catalogues if _are_same(shot, one, given, one.name)]
    if len(found) == 1:
        return found[0]
    labels = ", ".join(one.label for one in (found or config.catalogues)) or "none"
    title = f'"{given}" can mean several catalogues' if found else f'the config has no catalogue "{given}"'
    raise UsageError(title, f"Say which: {labels}" if found else f"There are: {labels}")


def _watched(config: Config, one: Catalogue) -> int:
    """Return how many threads of a catalogue are watched now."""
    from syncer.clock import SystemClock
    from syncer.service import catalogue_words, follows_of, snapshot
    from syncer.store import follows
    from syncer.store.database import FILE_NAME, Database

    if not (config.folders.state / FILE_NAME).exists():
        return 0
    try:
        wanted: Follow = follows_of.of_catalogue(snapshot.build(config), one)
    except ItemError:
        return 0
    with closing(Database.open(config.folders.state, SystemClock(), read_only=True)) as db, db.read() as tx:
        known = follows.of_identity(tx, wanted.identity)
        return 0 if known is None else catalogue_words.left(tx, [known])
