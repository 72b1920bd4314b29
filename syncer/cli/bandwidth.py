"""`syncer bandwidth`: what was used, which rule binds, and when it frees."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.service.results import Result
from syncer.service.words import size

SHOWN = 25
WIDEST = 44
"""Letters of a name; a thread's URL can be very long."""
SPANS = ("now", "today", "month")
HEAD = ("", "this minute", "today (UTC)", "this month", "binds")


def _show(data: dict[str, Any]) -> Iterable[str]:
    rows = data["contexts"]
    if not rows:
        yield "nothing has been asked of the net this month, and nobody is paused"
        return
    table = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD) - 1)]
    for line in table:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        yield "  ".join((*cells, line[-1])).rstrip()
    left = data["all"] - len(rows)
    if left > 0:
        yield f"and {left} more: --all, or --context NAME"


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = row["name"]
    short = name if len(name) <= WIDEST else f"{name[: WIDEST - 1]}…"
    return (short, *(_used(row[span]) for span in SPANS), _binds(row))


def _used(used: dict[str, int]) -> str:
    return f"{used['requests']}, {size(used['bytes'])}" if any(used.values()) else "-"


def _binds(row: dict[str, Any]) -> str:
    from syncer.fetch.ledger import span

    paused, binds = row["paused"], row["binds"]
    if paused:
        return f"paused, {paused['why']}, free in {span(paused['free_in'])}"
    if binds is None:
        return "no rule"
    if binds["free_in"] > 0:
        return f"{binds['rule']}: used up, free in {span(binds['free_in'])}"
    return f"{binds['rule']}: {_share(binds)} used"


def _share(binds: dict[str, Any]) -> str:
    if binds["counts"] == "requests" and binds["allows"] < 100:
        return f"{binds['used']} of {binds['allows']}"
    return f"{100 * binds['used'] / binds['allows']:.0f} %"


@click.command("bandwidth")
@click.option("--context", default="", metavar="NAME", help="Only those with this in their name: a domain, a query.")
@click.option("--all", "everything", is_flag=True, help=f"All of them, not just the first {SHOWN}.")
@frame.answering("bandwidth", _show)
def command(*, config_path: Path | None, as_json: bool, context: str, everything: bool) -> Result:
    """Show what each bandwidth context used, the rule that binds it, and when that frees.

    Those that wait come first, then those that will soon. Beside a running service the numbers are at most a second old; while
    something is fetched, up to 8 MB are counted ahead.
    """
    from syncer.service import bandwidth, in_force, looking

    limit = 0 if everything or context or as_json else SHOWN
    with looking.at(in_force.load_or_defaults(config_path)) as look:
        return Result("bandwidth", bandwidth.report(look, context=context, limit=limit))
