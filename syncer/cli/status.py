"""`syncer status`: one screen."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.errors import ConfigError, sentences
from syncer.service import catalogue_words
from syncer.service.results import Result
from syncer.service.words import count, moment

_NOTHING: dict[str, Any] = {
    "running": False, "needs_you": [], "waits": [], "runs": [], "next": [],
    "queue": {"waiting": 0, "later": 0, "asks": 0},
    "follows": {}, "catalogues": [], "delivered": {"day": 0, "all": 0, "latest": []}, "programs": [],
    "adopted": [],
}  # fmt: skip
"""What there is to say before the first run."""


def _show(data: dict[str, Any]) -> Iterable[str]:
    state, done = "runs" if data["running"] else "does not run", data["delivered"]
    yield f"syncer {state}; {count(done['day'], 'file')} in the last day, {done['all']} in all"
    follows = ", ".join(f"{number} {state}" for state, number in data["follows"].items())
    queue = data["queue"]
    asking = f", {queue['asks']} for you to see to" if queue["asks"] else ""
    yield f"follows: {follows or 'none'}; queue: {queue['waiting']} ready, {queue['later']} later{asking}"
    if data["adopted"]:
        yield f"adopted: {'; '.join(map(_adopted, data['adopted']))}"
    yield from _part(
        "Needs you", data["needs_you"], lambda each: f"{each['subject']}: {sentences(each['why'], each['advice'])}"
    )
    yield from _part("Catalogues", data["catalogues"], lambda each: f"{each['name']}: {catalogue_words.line(each)}")
    yield from _part(
        "Waits", data["waits"], lambda each: f"{_waiting(each['what'])}{_until(each['until'])}: {each['why']}"
    )
    yield from _part("Runs", data["runs"], lambda each: f"{each['kind']} {each['what']}")
    yield from _part("Next", data["next"], _next)
    yield from _part("Other programs", data["programs"], _program)


def _waiting(what: str) -> str:
    """Return a context as `bandwidth` calls it."""
    return what.replace(":", " ", 1) if what.startswith("domain:") else what


def _adopted(each: dict[str, Any]) -> str:
    counts = [f"{number} {name}" for name, number in each.items() if name != "name" and number]
    return f"{each['name']} {', '.join(counts) or 'nothing'}"


def _program(each: dict[str, Any]) -> str:
    age = ""
    if each["days"] is not None:
        days = count(each["days"], "day")
        # Only the one names its day in its version.
        age = f", {days} old" if each["name"] == "yt-dlp" else f", installed {days} ago"
    return f"{each['name']} {each['version']}{age}" + (f"; {each['advice']}" if each["advice"] else "")


def _next(each: dict[str, Any]) -> str:
    name = f"{each['name']}: {each['query']}" if each["query"] else each["name"]
    when = moment(each["at"]) if each["at"] else "at once"
    return f"{name} {when}" + (f" ({each['why']})" if each["why"] else "")


def _until(at: float | None) -> str:
    return "" if at is None else f" until {moment(at)}"


def _part(title: str, rows: list[dict[str, Any]], write: Any) -> Iterable[str]:
    if rows:
        yield ""
        yield title
        for row in rows:
            yield f"  {write(row)}".rstrip()


@click.command("status")
@frame.answering("status", _show)
def command(*, config_path: Path | None, as_json: bool) -> Result:
    """Show what needs you, what waits for what, what runs, and what comes next."""
    from syncer.clock import SystemClock
    from syncer.config import remembered
    from syncer.service import lock, status
    from syncer.store.database import Database, NoStateError

    del as_json
    try:
        state, faulty = remembered.state_folder(config_path), None
        running = lock.is_held(state)
    except ConfigError as error:
        # A running service goes on with the last good config.
        last = remembered.last_state_folder(config_path)
        if last is None or not lock.is_held(last):
            raise
        state, faulty, running = last, error, True
    try:
        with closing(Database.open(state, SystemClock(), read_only=True)) as db:
            data = status.status(db, running=running)
    except NoStateError:
        return Result("status", {**_NOTHING, "running": running})
    if faulty is not None and not any(each["what"] == "config" for each in data["needs_you"]):
        # It has not looked yet.
        data["needs_you"][:0] = status.refused(str(faulty), faulty.problems)
    return Result("status", data)
