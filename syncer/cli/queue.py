"""`syncer queue`: what is queued, and what only a person can decide about it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.errors import UsageError, sentences
from syncer.service.results import Result
from syncer.service.words import count, moment


@click.group("queue")
def command() -> None:
    """Look after what is queued."""


def _words(data: dict[str, Any]) -> Iterable[str]:
    yield data["words"]


def _list(data: dict[str, Any]) -> Iterable[str]:
    if "jobs" not in data:
        yield from _groups(data)
        return
    for job in data["jobs"]:
        yield f"{job['job']}  {job['priority']} {job['kind']} {job['what']} ({job['source']}){_waits(job)}"
    left = data["open"] - len(data["jobs"])
    yield f"and {left} more" if left else f"{count(data['open'], 'job')} in the queue"


def _waits(job: dict[str, Any]) -> str:
    if job["state"] == "waiting":
        return ""
    until = f" until {moment(job['until'])}" if job["state"] == "later" and job["until"] else ""
    return f": waits{until}: {sentences(job['why'], job['advice'])}"


def _groups(data: dict[str, Any]) -> Iterable[str]:
    groups = data["faults"] if "faults" in data else data["skipped"]
    for each in groups:
        until = f", the next one tried at {moment(each['until'])}" if each["until"] else ""
        yield f"{each['number']} {each['state']}{_sites(each)}, {each['cause'] or 'no cause noted'}{until}: {each['why']}"
        yield f"    such as {each['what']}"
        if each["cure"]:
            yield f"    {each['cure']}"
        if each["retry"]:
            yield f"    to try again: {each['retry']}"
    if not groups:
        yield "nothing in the queue has a fault" if "faults" in data else "nothing was left out"


def _sites(group: dict[str, Any]) -> str:
    named = [each for each in group["sites"] if each["site"]]
    if len(named) == 1:
        return f" at {named[0]['site']}"
    words = ", ".join(f"{each['site']} ({each['number']})" for each in named)
    return f" at {words}" if words else ""


@command.command("list")
@click.option(
    "--faults", is_flag=True, help="What did not work, by cause, with the cure and the command to try it again."
)
@click.option("--skipped", is_flag=True, help="What was left out, by rule, with the command to try it again.")
@click.option("--site", default="", help="Of one site alone.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, help="So many jobs at most (50).")
@frame.answering("queue list", _list)
def listing(*, config_path: Path | None, as_json: bool, faults: bool, skipped: bool, site: str, limit: int) -> Result:
    """Show what is queued in the order of its turn, what did not work, or what was left out."""
    from syncer.clock import SystemClock
    from syncer.service import in_force, queue_faults, queue_verbs
    from syncer.store.database import Database

    del as_json
    state = in_force.load_or_defaults(config_path).folders.state
    with closing(Database.open(state, SystemClock(), read_only=True)) as db:
        if faults:
            return Result("queue list", queue_faults.faults(db, site=site))
        if skipped:
            return Result("queue list", queue_faults.skipped(db, site=site))
        return Result("queue list", queue_verbs.listing(db, site=site, limit=limit))


def _ask(config_path: Path | None, verb: str, details: dict[str, Any]) -> Result:
    from syncer import asking
    from syncer.service import in_force

    return Result(f"queue {verb}", asking.ask(in_force.config_at(config_path), f"queue {verb}", details))


@command.command("raise")
@click.argument("what", metavar="JOB|URL|SOURCE")
@frame.answering("queue raise", _words)
def put_first(*, config_path: Path | None, as_json: bool, what: str) -> Result:
    """Put a job, a URL, or all of a source or follow before everything else."""
    del as_json
    return _ask(config_path, "raise", {"what": what})


@command.command("drop")
@click.argument("what", metavar="JOB|URL|SOURCE")
@frame.answering("queue drop", _words)
def drop(*, config_path: Path | None, as_json: bool, what: str) -> Result:
    """Take a job, a URL, or all of a source or follow out of the queue; it may be asked for again."""
    del as_json
    return _ask(config_path, "drop", {"what": what})


def _age(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    from syncer.config import units

    del context, option
    try:
        return None if text is None else units.duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}") from error


@command.command("retry")
@click.option("--site", default="", help="Of one site alone.")
@click.option("--cause", default="", help="Of one cause alone; `syncer queue list --faults` names them.")
@click.option("--older-than", callback=_age, metavar="TIME", help='Only what failed longer ago than this: "2 days".')
@click.option(
    "--skipped",
    default="",
    metavar="RULE",
    help="What this rule left out, instead; `syncer queue list --skipped` names them.",
)
@frame.answering("queue retry", _words)
def retry(
    *, config_path: Path | None, as_json: bool, site: str, cause: str, older_than: float | None, skipped: str
) -> Result:
    """Try again what failed, and what waits after a fault.

    No listing is walked again for that; a download that broke goes on where it did. With --skipped: what that rule has left
    out, as far as the options of today let it in.
    """
    if cause and skipped:
        raise UsageError("--cause is about what failed, --skipped about what was left out", "Use one of them")
    del as_json
    return _ask(config_path, "retry", {"site": site, "cause": cause, "older_than": older_than, "rule": skipped})


@command.command("settle")
@click.argument("delivery", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@click.option(
    "--as", "outcome", type=click.Choice(["delivered", "again"]), required=True,
    help="It arrived (and was removed since), or it is to be fetched again.",
)  # fmt: skip
@frame.answering("queue settle", _words)
def settle(*, config_path: Path | None, as_json: bool, delivery: int, outcome: str) -> Result:
    """Say what became of a file whose delivery was cut short where no one can tell (`syncer status` lists them)."""
    from syncer import asking
    from syncer.service import in_force

    del as_json
    return Result(
        "queue settle", asking.ask(in_force.config_at(config_path), "settle", {"delivery": delivery, "as": outcome})
    )
