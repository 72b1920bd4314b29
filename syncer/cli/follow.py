"""`syncer follow`: queries, catalogues and watchers, looked at and looked after."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import follow_lists, frame, pause
from syncer.errors import UsageError
from syncer.service import catalogue_words
from syncer.service.results import Result
from syncer.service.words import count, moment


@click.group("follow")
def command() -> None:
    """Look after what is followed. NAME: a subscription, "subscription: query", a catalogue, a thread's URL, or an id's start."""


for each in (follow_lists.export, follow_lists.import_):
    command.add_command(each)


def _ask(verb: str, config_path: Path | None, **details: Any) -> Result:
    from syncer import asking
    from syncer.service import in_force

    return Result(verb, asking.ask(in_force.config_at(config_path), verb, details))


def _line(row: dict[str, Any]) -> str:
    state = "paused" if row["paused"] else row["status"]
    following = f"next {moment(row['next_check']) if row['next_check'] else 'at once'}"
    if state != "alive":
        following = "; ".join(row["paused"]) or row["why"]
    more = f"; {count(row['gaps'], 'gap')}" if row["gaps"] else ""
    more += f" ({row['first']})" if row["first"] and state == "alive" else ""
    more += f"; {catalogue_words.line(row['threads'])}" if row["threads"] else ""
    inside = "  " if row.get("catalogue") else ""
    title = f" ({row['name']})" if inside and row["name"] else ""
    return f"{inside}{row['id'][:8]}  {state:<8} {row['label']}{title}  {following}{more}"


def _list(data: dict[str, Any]) -> Iterable[str]:
    for row in data["follows"]:
        ails = row["faults"] and not row["paused"] and row["status"] == "alive"
        yield f"{_line(row)}; {count(row['faults'], 'fault')}: {row['why']}" if ails else _line(row)


def _explain(data: dict[str, Any]) -> Iterable[str]:
    for row in data["follows"]:
        yield _line(row)
        yield f"  why       {row['why'] or 'never checked yet'}"
        if not row["threads"]:
            yield f"  velocity  {row['velocity']}; {count(row['log'], 'post')} in the log"
        yield f"  checked   {moment(row['last_check']) if row['last_check'] else 'never'}; {count(row['faults'], 'fault')} in a row"
        yield from (f"  gap       {reason}" for reason in row["unfilled"])
        for each in row["shown"][: catalogue_words.SHOWN]:
            title = f" ({each['title']})" if each["title"] else ""
            yield f"  {each['outcome']:<9} {each['url']}{title}: {each['why']}"
        if (hidden := len(row["shown"]) - catalogue_words.SHOWN) > 0:
            yield f"  and       {hidden} more; `syncer explain URL` says what came of a thread, --json shows all"


@command.command("list")
@click.option("--due", "only", flag_value="due", help="Only what is due.")
@click.option("--dead", "only", flag_value="dead", help="Only what is checked no more.")
@click.option("--gaps", "only", flag_value="gaps", help="Only what has gaps.")
@click.option("--faults", "only", flag_value="faults", help="Only what did not work the last time.")
@frame.answering("follow list", _list)
def show(*, config_path: Path | None, as_json: bool, only: str | None) -> Result:
    """List all follows."""
    del as_json
    return _ask("follow list", config_path, only=only or "")


@command.command("now")
@click.argument("name")
@frame.answering("follow now", pause.words)
def now(*, config_path: Path | None, as_json: bool, name: str) -> Result:
    """Check NAME now."""
    del as_json
    return _ask("follow now", config_path, name=name)


@command.command("pause")
@click.argument("name")
@click.option("--for", "span", help="How long, like 2h; without it until it is resumed.")
@click.option("--threads", is_flag=True, help="Of a catalogue: its threads, too.")
@frame.answering("follow pause", pause.words)
def rest(*, config_path: Path | None, as_json: bool, name: str, span: str | None, threads: bool) -> Result:
    """Do not check NAME for now."""
    del as_json
    return _ask("follow pause", config_path, name=name, seconds=pause.seconds(span), threads=threads)


@command.command("resume")
@click.argument("name")
@click.option("--threads", is_flag=True, help="Of a catalogue: its threads, too.")
@frame.answering("follow resume", pause.words)
def resume(*, config_path: Path | None, as_json: bool, name: str, threads: bool) -> Result:
    """Check NAME again."""
    del as_json
    return _ask("follow resume", config_path, name=name, threads=threads)


@command.command("revive")
@click.argument("name")
@frame.answering("follow revive", pause.words)
def revive(*, config_path: Path | None, as_json: bool, name: str) -> Result:
    """Check NAME again though it is dead."""
    del as_json
    return _ask("follow revive", config_path, name=name)


@command.command("reset")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Really forget it.")
@frame.answering("follow reset", pause.words)
def reset(*, config_path: Path | None, as_json: bool, name: str, yes: bool) -> Result:
    """Forget what the checks of NAME have found."""
    del as_json
    if not yes:
        raise UsageError("this forgets the log of its checks, and cannot be undone", "Say --yes if that is meant")
    return _ask("follow reset", config_path, name=name)


@command.command("gap")
@click.argument("verb", type=click.Choice(["fill", "ignore"]))
@click.argument("name")
@frame.answering("follow gap", pause.words)
def gap(*, config_path: Path | None, as_json: bool, verb: str, name: str) -> Result:
    """Fill the gaps of NAME, or ignore them."""
    del as_json
    return _ask("follow gap", config_path, name=name, fill=verb == "fill")


@command.command("explain")
@click.argument("name")
@frame.answering("follow explain", _explain)
def explain(*, config_path: Path | None, as_json: bool, name: str) -> Result:
    """Say why NAME is checked next when it is."""
    del as_json
    return _ask("follow explain", config_path, name=name)
