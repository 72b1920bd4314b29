"""`syncer sites match|search|parse|batch`: what a site file makes of URLs, queries and pages; only `parse URL` asks the net.

Here, apart from the other `sites` commands, because other programs call these and read their bare JSON. `sites` adds them to
its group.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import frame
from syncer.cli.typed import TypedPath
from syncer.errors import Exit, UsageError
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.sites.library import Library

log = logging.getLogger(__name__)

LONGEST_LOOK = 180.0
"""Seconds that a command waits for a page."""
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one request to `batch`."""


def sites_option(body: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--sites`."""
    return click.option("--sites", "folder", type=TypedPath(), help="Use the site files of this folder alone.")(body)


def library_for(config_path: Path | None, folder: Path | None) -> Library:
    """Return the site files that a command is about: those of one folder, else those in use."""
    from syncer.service import site_tools

    if folder is not None:
        return site_tools.library_in(folder)
    from syncer.service import in_force

    return site_tools.library_of(in_force.load_or_defaults(config_path))


def _answered(command: str, data: dict[str, Any]) -> Result:
    return Result(command, data, Exit.SOME_FAILED if "error" in data else Exit.OK)


def _now() -> int:
    from syncer.clock import SystemClock

    return int(SystemClock().now())


def _or_error(show: frame.Show) -> frame.Show:
    """Show an answer that is an error as one."""

    def shown(data: dict[str, Any]) -> Iterable[str]:
        return (f"syncer: {data['error']}",) if "error" in data else show(data)

    return shown


def _fields(data: dict[str, Any]) -> Iterator[str]:
    for place, one in enumerate(data.get("matches", ())):
        yield f"{'->' if place == 0 else '  '} {one['class']} ({one['kind']}): {one['why']}"
    if data["class"] is None:
        yield "no site file knows this URL: it would be fetched as a file"
        return
    yield ""
    shown = ("normalised", "normalised_for_server", "fetch_url", "fetch_class", "parser", "next_page", "referrer")
    for key in shown:
        yield f"{key.replace('_', ' '):<22} {data[key] if data[key] is not None else 'none'}"
    yield from (f"header                 {name}: {value}" for name, value in data["headers"].items())


@click.command("match")
@click.argument("url")
@sites_option
@frame.answering("sites match", _or_error(_fields))
def match(*, config_path: Path | None, as_json: bool, url: str, folder: Path | None) -> Result:
    """Show which URL class a URL matches and why, what is fetched for it, and by which parser it is read."""
    from syncer.sites import answers

    library = library_for(config_path, folder)
    data = answers.match(library, url)
    if not as_json:
        found = library.matches(url)
        data |= {"matches": [{"class": one.name, "kind": str(one.kind), "why": one.why} for one in found]}
    return _answered("sites match", data)


@click.command("search")
@click.argument("name")
@click.argument("query")
@sites_option
@frame.answering("sites search", _or_error(lambda data: data["urls"]))
def search(*, config_path: Path | None, as_json: bool, name: str, query: str, folder: Path | None) -> Result:
    """Show the first gallery URL of a search: NAME is a site's name, or SITE/SEARCH."""
    from syncer.sites import answers

    del as_json
    return _answered("sites search", answers.search(library_for(config_path, folder), name, query))


def _posts(data: dict[str, Any]) -> Iterator[str]:
    if data["veto"]:
        yield f"the page is vetoed: {data['veto']}"
    for number, post in enumerate(data["posts"], 1):
        yield f"post {post.get('id') or number}" + "".join(f": {title['text']}" for title in post["titles"][:1])
        yield from (f"  {kind:<11} {url}" for kind, url in _links(post))
        yield from (f"  tag         {tag}" for tag in post["tags"])
        yield from (f"  {kind:<11} {', '.join(values)}" for kind, values in post["hashes"].items())
        yield from (f"  time        {post['source_time']}" for _ in (1,) if post["source_time"] is not None)
        yield from (f"  note        {note['name']}: {note['text']!r}" for note in post["notes"])
    yield from (f"left out by a veto: {veto}" for veto in data["vetoed_posts"])
    yield from (f"next page     {url}" for url in data.get("next", ()))
    yield from (f"gallery       {url}" for url in data.get("galleries", ()))
    yield from (f"fault: {fault}" for fault in data.get("faults", ()))
    if not data["posts"] and not data["veto"]:
        yield "nothing was found in this page"


def _links(post: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the URLs of a post by the words of the site file that found them."""
    if "files" not in post:
        yield from ((url["kind"], url["url"]) for url in post["urls"])
        return
    for kind, urls in (("file", post["files"]), ("follow", post["follow"])):
        yield from ((kind, url) for url in urls)
    yield from ((url["kind"], url["url"]) for url in post["urls"] if url["kind"] == "source")


@click.command("parse")
@click.argument("page", metavar="PAGE|URL")
@click.option("--url", help="The URL that the page PAGE was fetched from.")
@click.option("--parser", help="Read it with this parser (default: the one that belongs to the URL).")
@sites_option
@frame.answering("sites parse", _or_error(_posts))
def parse(
    *, config_path: Path | None, as_json: bool, page: str, url: str | None, parser: str | None, folder: Path | None
) -> Result:
    """Show what a site file finds in PAGE, a page that was saved to a file, or at a URL, which is fetched now."""
    from syncer.sites import answers

    del as_json
    library = library_for(config_path, folder)
    text, at = _page(config_path, page, url)
    return _answered("sites parse", answers.parse(library, text, at, _now(), parser))


def _page(config_path: Path | None, page: str, url: str | None) -> tuple[str, str]:
    """Return the text of a page and the URL that it came from: read from its file, or fetched by the runner."""
    from syncer.sites import answers

    if page.startswith(("http://", "https://")):
        from syncer import asking
        from syncer.service import in_force

        fetched = asking.ask(in_force.load_or_defaults(config_path), "page", {"url": page}, LONGEST_LOOK)
        return fetched["text"], url or fetched["url"]
    if url is None:
        raise UsageError("A page in a file does not say where it came from", "Name its URL with --url")
    return answers.read_page(Path(page)), url


@click.command("batch")
@sites_option
@frame.answering("sites batch", frame.nothing)
def batch(*, config_path: Path | None, as_json: bool, folder: Path | None) -> None:
    """Answer many requests: one JSON object a line on standard input, one answer a line, in the same order.

    {"op": "match", "url": URL}, {"op": "search", "name": NAME, "query": QUERY}, or
    {"op": "parse", "url": URL, "page_file": PAGE, "parser": NAME}; an "id" is given back.
    """
    del as_json
    library = library_for(config_path, folder)
    for line in iter(lambda: sys.stdin.buffer.readline(LONGEST_LINE), b""):
        click.echo(json.dumps(_line(library, line.decode("utf-8", "replace")), ensure_ascii=not frame.is_utf8()))


def _line(library: Library, line: str) -> dict[str, Any]:
    """Answer one request; whatever it does to a parser, the others are answered."""
    from syncer.sites import answers

    try:
        return answers.batch_line(library, line, _now())
    except Exception as error:
        log.debug("a request broke", exc_info=True)
        return {"error": f"this request broke: {type(error).__name__}: {error}"}
