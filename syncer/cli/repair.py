"""`syncer repair`: the sidecars that are missing beside delivered files."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import frame
from syncer.errors import Exit
from syncer.service.results import Result
from syncer.service.words import count

if TYPE_CHECKING:
    from syncer.config.settings import Config

LONGEST = 24 * 3600.0
"""Seconds that looking at a whole collection may take."""
SHOWN = 20


def _show(data: dict[str, Any]) -> Iterable[str]:
    counts = data["counts"]
    would = "would be" if data["preview"] else "were"
    for each in data["written"][:SHOWN]:
        yield f"{each['file']}: {', '.join(each['sidecars'])}"
    yield f"sidecars {would} written beside {count(counts['written'], 'file')}; {data['whole']} had all of theirs"
    yield from _lines(data["faults"], counts["faults"], "could not be looked at or written")
    yield from _lines(
        data["changed"], counts["changed"], "changed since the delivery: nothing is written beside what is not ours"
    )
    yield from _lines(data["alone"], counts["alone"], "gone, with a sidecar left over, which you may delete")
    if data["taken"]:
        yield f"{count(data['taken'], 'file')} no longer in folders with drains = true: their manager took them, or somebody moved them"
    if data["gone"]:
        yield (
            f"{count(data['gone'], 'file')} no longer in folders that nothing drains: deleted or moved; "
            "`syncer get --again URL` fetches one again"
        )
    yield from (
        f"{folder} is away, or no import folder any more: nothing was looked at there" for folder in data["away"]
    )
    yield from (
        f"nobody can tell whether delivery {each} arrived: `syncer queue settle {each} --as delivered` or `--as again`"
        for each in data["unknown"]
    )
    if data["placing"]:
        yield f"{count(data['placing'], 'file')} being placed: their jobs finish that"


def _lines(named: list[dict[str, Any]], number: int, words: str) -> Iterable[str]:
    if number:
        yield f"{count(number, 'file')} {words}:"
        yield from (f"    {each['file']}" + (f": {each['why']}" if "why" in each else "") for each in named[:SHOWN])
        if number > SHOWN:
            yield f"    and {number - SHOWN} more"


@click.command("repair")
@click.option("--preview", is_flag=True, help="Only say what would be written.")
@frame.answering("repair", _show)
def command(*, config_path: Path | None, as_json: bool, preview: bool) -> Result:
    """Write the sidecars that are missing beside delivered files, as they were last written.

    Nothing that is there is touched, neither media nor sidecars; what is gone from an import folder is not fetched again. Sidecars
    that a folder's profile wants now and did not want then are written, too.
    """
    from syncer import asking
    from syncer.service import in_force

    del as_json
    config = in_force.config_at(config_path)
    data = _preview(config) if preview else asking.ask(config, "repair", {}, LONGEST)
    return Result("repair", data, Exit.SOME_FAILED if data["counts"]["faults"] else Exit.OK)


def _preview(config: Config) -> dict[str, Any]:
    from syncer.clock import SystemClock
    from syncer.deliver.place import Target
    from syncer.service import repair, snapshot
    from syncer.store.database import Database

    clock = SystemClock()
    with closing(Database.open(config.folders.state, clock, read_only=True)) as db:
        return repair.preview(db, snapshot.build(config), lambda folder: Target(folder, clock))
