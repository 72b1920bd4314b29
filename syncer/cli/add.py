"""`syncer add`: subscriptions, queries, catalogues, threads to watch, and URLs to fetch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import catalogues, following, frame, rows, typed
from syncer.cli.typed import TypedPath
from syncer.errors import ConfigError, ItemError, UsageError
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.config.settings import Config, Subscription
    from syncer.service.follow_lines import Meant

PRIORITIES = click.Choice(["high", "normal", "low"])
KEYS = (
    "preset", "every", "intended", "fastest", "slowest", "dead", "first_limit", "limit", "gaps", "priority", "paused",
)  # fmt: skip
"""Of a subscription, in the order in which they are written."""
_LIMIT = click.IntRange(1, 100_000)


@click.group("add")
def command() -> None:
    """Add what is followed, or what is fetched once. Queries and catalogues go into the config, threads and URLs into the store."""


command.add_command(catalogues.add)


@command.command("query")
@click.argument("subscription")
@click.argument("queries", metavar="QUERY|-...", nargs=-1, required=True)
@click.option("--paused", is_flag=True, help="Note it in the config, do not check it for now.")
@frame.answering("add query", rows.show)
def query(
    *, config_path: Path | None, as_json: bool, subscription: str, queries: tuple[str, ...], paused: bool
) -> Result:
    """Follow more searches, or the gallery at a URL, in a subscription of the config.

    - reads them from standard input, one a line.
    """
    from syncer.config import edit
    from syncer.service import follow_lines, in_force, snapshot

    del as_json
    config = in_force.config_at(config_path)
    place = edit.place_of(following.main_file(config), subscription)
    texts = [text for given in queries for text in (_listed() if given == "-" else [given])]
    lines = following.lines_of(texts, place.site)
    meant = follow_lines.read(snapshot.build(config), lines, place.name, paused=paused)
    return following.unnumbered(following.follow("add query", config, following.without_threads(meant)))


def _listed() -> Sequence[str]:
    """Return the queries from standard input, read as a file of `queries_from` is."""
    from syncer.config import lists, source

    found = lists.listed(sys.stdin.buffer.read(source.MAX_SIZE + 1), "standard input")
    if found.why or found.odd:
        raise UsageError(found.why or found.odd[0], "Nothing was added")
    return found.queries


@command.command("subscription")
@click.argument("name")
@click.option(
    "--site",
    required=True,
    help="The site that it searches (`syncer sites list`), or SITE/NAME of one of its other searches.",
)
@click.option("--query", "queries", multiple=True, help="A search; say it again for more of them.")
@click.option("--queries-from", type=TypedPath(), help="A file with more queries, one a line.")
@click.option("--preset", help='A ready-made timing: "artist", "fast tags", "slow tags".')
@click.option("--every", help='Fixed times: "day at 06:00", "monday at 18:30", "6 hours".')
@click.option("--intended", type=int, help="How many new files a check should find.")
@click.option("--fastest", help='Never check more often than this: "12 hours".')
@click.option("--slowest", help='Never check less often than this: "30 days".')
@click.option("--dead", help='Dead when fewer files come: "1 per 180 days", or "never".')
@click.option("--first-limit", type=_LIMIT, help="How many new files the first check takes at most.")
@click.option("--limit", type=_LIMIT, help="How many new files each later check takes at most.")
@click.option("--gaps", type=click.Choice(["fill", "ignore"]), help="What becomes of what a limit leaves out.")
@click.option("--priority", type=PRIORITIES, help="What is fetched first.")
@click.option("--paused", is_flag=True, default=None, help="Note it in the config, do not check it for now.")
@frame.answering("add subscription", rows.show)
def subscription(
    *, config_path: Path | None, as_json: bool, name: str, site: str, queries: tuple[str, ...], **more: Any
) -> Result:
    """Follow searches of one site under a name: a new subscription at the end of the config."""
    from syncer.service import follow_lines, in_force, snapshot

    del as_json
    config = in_force.config_at(config_path)
    shot = snapshot.build(config)
    stem = site.partition("/")[0]
    try:
        follow_lines.check_site(shot, stem)
    except ItemError as error:
        raise UsageError(error.title, error.advice) from None
    there = next((one for one in config.subscriptions if one.name.casefold() == name.strip().casefold()), None)
    if there is not None:
        return _is_there(there, stem, queries)
    meant = following.without_threads(follow_lines.read(shot, following.lines_of(dict.fromkeys(queries), site), name))
    return _added(config, name, stem, meant, _settings(**more))


def _is_there(one: Subscription, site: str, queries: Sequence[str]) -> Result:
    """Say that nothing is new; raises UsageError where something is."""
    if one.site != site or not {query.strip() for query in queries} <= {query.text for query in one.queries}:
        raise UsageError(
            f'there is a subscription "{one.name}" of the site {one.site} already', "`syncer add query` adds to it"
        )
    row = {
        "line": 0,
        "text": one.name,
        "outcome": "there",
        "words": "there is this subscription already; nothing changed",
    }
    return rows.result("add subscription", [row], taken_up="")


def _settings(queries_from: Path | None, **given: Any) -> dict[str, Any]:
    """Return the keys of the new table, as the config names them."""
    settings = {key: given[key] for key in KEYS if given[key] is not None}
    if queries_from is None:
        return settings
    file = typed.resolved(queries_from)
    if not file.is_file():
        raise UsageError(f"there is no file {file}", "Write it first, one query a line")
    return {"queries_from": str(file), **settings}


def _added(config: Config, name: str, site: str, meant: Sequence[Meant], settings: dict[str, Any]) -> Result:
    from syncer.config import edit
    from syncer.service import follow_edit

    new = [each.new.text for each in meant if each.new is not None]
    if "first_limit" in settings:
        meant = [replace(each, first_limit=settings["first_limit"]) for each in meant]
    written = [asdict(follow_edit.row(each, config.path, following.main_file(config))) for each in meant]
    if new or not meant:
        try:
            edit.add_subscription(following.main_file(config), name, site, new, settings)
        except ConfigError as error:
            raise following.in_options("subscription", error) from error
    told = rows.taken_up(config) if new or not meant else "no subscription was made"
    first = {"line": 0, "text": name, "outcome": "added", "words": f"a subscription of the site {site} now"}
    made = [first] if not meant else []
    return following.unnumbered(rows.result("add subscription", [*made, *written], taken_up=told))


@command.command("watcher")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@frame.answering("add watcher", rows.show)
def watcher(*, config_path: Path | None, as_json: bool, urls: tuple[str, ...]) -> Result:
    """Watch threads until they die. They are kept in the store, not in the config."""
    from syncer import asking
    from syncer.cli.urls import checked
    from syncer.service import in_force

    del as_json
    config = in_force.config_at(config_path)
    answer = asking.ask(config, "watch", {"urls": [checked(url) for url in urls]})
    return rows.result("add watcher", answer["rows"])


@command.command("url")
@click.argument("what", metavar='URL|"SITE: QUERY"|-...', nargs=-1, required=True)
@click.option("--priority", type=PRIORITIES, default="normal", help="What is fetched first.")
@click.option("--again", is_flag=True, help="Fetch and deliver what is known, too.")
@click.option("--label", default="", help="The options that hold for this folder of the inbox.")
@frame.answering("add url", rows.show)
def url(*, config_path: Path | None, as_json: bool, what: tuple[str, ...], **more: Any) -> Result:
    """Queue URLs and searches as the inbox would, and do not wait for them; - reads a list from standard input."""
    from syncer import asking
    from syncer.intake.lines import LineKind
    from syncer.service import in_force, snapshot

    del as_json
    config = in_force.config_at(config_path)
    sites = snapshot.build(config).sites
    lines = [line for text in what for line in _lines(text, sites)]
    refused = [
        {"text": line.text, "outcome": "refused", "words": line.why} for line in lines if line.kind is LineKind.REJECTED
    ]
    wishes = [
        {"text": line.url or f"{line.site}: {line.query}", "url": line.url, "site": line.site, "query": line.query}
        for line in lines
        if line.kind is not LineKind.REJECTED
    ]
    answer = asking.ask(config, "add url", {"wishes": wishes, **more}) if wishes else {"rows": []}
    return rows.result("add url", [*answer["rows"], *refused])


def _lines(text: str, sites: Any) -> Sequence[Any]:
    """Return what one argument holds; `-` is what comes from standard input, read as a dropped list is."""
    from syncer.intake import linkfile
    from syncer.intake.lines import read_line
    from syncer.sites import urls

    if text != "-":
        return list(read_line(0, text, sites))
    read = linkfile.read("list.txt", sys.stdin.buffer.read(linkfile.MAX_BYTES + 1), urls.key, sites)
    if read.problems:
        raise UsageError(f"what comes from standard input cannot be taken: {read.why}")
    return read.lines
