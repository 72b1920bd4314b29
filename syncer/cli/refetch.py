"""`syncer refetch`: metadata or files of what was delivered, read again as one job that ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame, times, urls
from syncer.cli.get import EXITS, left
from syncer.cli.progress import Progress
from syncer.cli.run import begin
from syncer.cli.typed import TypedPath
from syncer.errors import Exit, UsageError
from syncer.service.results import Result
from syncer.service.words import count, span

MOST_URLS = 20_000
MOST_BYTES = 20 << 20


def _show(data: dict[str, Any]) -> Iterable[str]:
    if "sites" in data:
        yield from _previewed(data)
        return
    yield from data["files"]
    yield f"{data['outcome']}: {data['words']}"
    if data["outcome"] == "waits":
        yield from left(data)


def _previewed(data: dict[str, Any]) -> Iterable[str]:
    yield data["what"]
    for each in data["sites"]:
        files = f"{count(each['posts'], 'post')} with {count(each['files'], 'file')}"
        name = each["site"] or "no site file"
        yield f"{name}: {files}, {count(each['requests'], 'request')}, {span(each['seconds'])} at least"
    for each in data["left_out"]:
        yield f"{each['number']} left out: {each['why']}"
    yield from (f"      {name}" for name in data["unmet"])
    if data["more"]:
        yield f"{count(data['more'], 'older post')} more than --limit {data['limit']} takes"
    total = f"{count(data['posts'], 'post')}, {count(data['requests'], 'request')}, {span(data['seconds'])} at least"
    yield f"{total}; nothing was asked of any site yet"


@click.command("refetch")
@click.option("--site", help="What came from this site.")
@click.option("--since", metavar="TIME", help='What was delivered since then: "7 days", or a date, "2026-05-31".')
@click.option(
    "--query", metavar="TEXT", help='What this query found; also "subscription: query", or all of a subscription.'
)
@click.option(
    "--hash", "hashes", multiple=True, metavar="HASH", help="The file with this sha256 or md5; may be repeated."
)
@click.option(
    "--urls",
    "list_file",
    type=TypedPath(),
    metavar="FILE",
    help="What came from the posts and files that this file names, a URL on each line; - is standard input.",
)
@click.option(
    "--files", is_flag=True, help="Fetch and deliver again the files that do not lie any more where they were laid."
)
@click.option(
    "--redeliver",
    is_flag=True,
    help="Place what the media manager took once more where more is told of it, as the option on_more does.",
)
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="Posts at most, the newest deliveries first (2000).")
@click.option(
    "--priority",
    type=click.Choice(["high", "normal", "low"]),
    default="low",
    help="What is fetched first.  [default: low]",
)
@click.option("--preview", is_flag=True, help="Show how many posts and requests it would be; ask nothing of any site.")
@frame.answering("refetch", _show)
def command(
    *,
    config_path: Path | None,
    as_json: bool,
    since: str | None,
    list_file: Path | None,
    preview: bool,
    **given: Any,
) -> Result:
    """Read again the pages of what was delivered, so that its sidecars get what these tell by now.

    What is chosen fulfils all that is given; one thing must be. It is one job that ends: `syncer downloads` shows how far it
    is, lets it wait and cancels it. Nothing is read again unless it is asked for like this.
    """
    from syncer import asking
    from syncer.clock import SystemClock
    from syncer.service import in_force, looking, refetch

    config = in_force.config_at(config_path)
    wish = _wish(given, since, list_file, SystemClock().now())
    if preview:
        with looking.at(config) as look:
            return Result("refetch", refetch.preview(look, wish))
    with Progress(quiet=as_json) as progress:
        done = asking.refetch(config, wish, tell=progress.tell, on_loop=begin)
    return Result("refetch", done, EXITS.get(done["outcome"], Exit.OK))


def _wish(given: dict[str, Any], since: str | None, list_file: Path | None, now: float) -> dict[str, Any]:
    """Return what is to be read again. Raises UsageError where nothing is named."""
    wish = given | {"hashes": [_hash(each) for each in given["hashes"]], "urls": _urls(list_file)}
    if since is not None:
        wish |= {"since": times.since(since, now), "since_text": " ".join(since.split())}
    if not any(wish[key] for key in ("site", "query", "hashes", "urls")) and since is None:
        raise UsageError(
            "what is to be read again must be said",
            "Give --site, --since, --query, --hash or --urls; --preview shows the number",
        )
    return wish


def _hash(text: str) -> str:
    """Return a sha256 or md5 in lower case. Raises UsageError."""
    found = text.strip().lower()
    if len(found) not in (32, 64) or not set(found) <= set("0123456789abcdef"):
        raise UsageError(f'"{text}" is no sha256 and no md5', "`syncer history FILE` shows the hash of a file")
    return found


def _urls(path: Path | None) -> list[str]:
    """Return the URLs of a list, each once. Raises UsageError."""
    if path is None:
        return []
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Name a file with a URL on each line") from error
    lines = dict.fromkeys(line.strip() for line in text.splitlines())
    found = [urls.checked(line) for line in lines if line and not line.startswith("#")]
    if not found or len(found) > MOST_URLS:
        raise UsageError(f"{path} names {count(len(found), 'URL')}", f"Write a URL on each line, {MOST_URLS} at most")
    return found
