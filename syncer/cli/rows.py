"""Answers of commands that take several things at once: a row for each, a count, and who takes it up.

Here, because `add`, `remove` and `follow import` answer alike. Those commands use it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from syncer.errors import Exit, SyncerError
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.config.settings import Config

Row = dict[str, Any]
REFUSED = "refused"
SHOWN = 50
"""Of more rows than this only those are shown that were refused."""


def show(data: dict[str, Any]) -> Iterable[str]:
    """Show the rows, and where there are many, only what needs a look and the count."""
    rows = data["rows"]
    shown = rows if len(rows) <= SHOWN else [row for row in rows if row["outcome"] == REFUSED]
    for row in shown:
        line = f"line {row['line']}: " if row.get("line") else ""
        yield f"{row['outcome']:<8} {line}{row['text']}: {row['words']}"
    if len(rows) > 1:
        yield ", ".join(f"{number} {outcome}" for outcome, number in data["counts"].items())
    if data.get("taken_up"):
        yield data["taken_up"]


def result(command: str, rows: Sequence[Row], **more: Any) -> Result:
    """Return the answer for some rows; with exit code 1 where one of them was refused."""
    counts = dict(Counter(row["outcome"] for row in rows))
    failed = REFUSED in counts
    return Result(command, {"rows": list(rows), "counts": counts, **more}, Exit.SOME_FAILED if failed else Exit.OK)


def taken_up(config: Config) -> str:
    """Let a running syncer read its changed config again; say in words who takes the change up, and when."""
    from syncer import asking
    from syncer.service.lock import is_held

    if not is_held(config.folders.state):
        return "saved; the next `syncer run` takes it up"
    try:
        done = asking.ask(config, "reload", {})
    except SyncerError as error:
        return f"saved, but the running syncer goes on with what it had: {error}"
    if done.get("path") not in (None, str(config.path)):
        return f"saved; the running syncer uses another config, {done['path']}"
    return "saved; the running syncer has taken it up"
