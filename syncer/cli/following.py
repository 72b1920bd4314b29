"""Queries, threads and lists as commands give them, put into the config and the store.

Here, because `add`, `follow import` and their answers are made of the same steps. Those commands use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncer.cli import rows
from syncer.cli.rows import Row
from syncer.errors import ConfigError, UsageError
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.config.settings import Config
    from syncer.intake.lines import Line
    from syncer.service.follow_lines import Meant


def main_file(config: Config) -> Path:
    """Return the file of a config; raises UsageError where there is none."""
    if config.path is None:
        raise UsageError("there is no config that could be changed", "`syncer init` writes one")
    return config.path


def lines_of(texts: Iterable[str], site: str) -> list[Line]:
    """Return what was given on the command line as the lines of a list: URLs, and queries of one site."""
    from syncer.config.handover import PROGRAMS
    from syncer.intake.lines import Line, LineKind, url_line

    found = []
    for number, text in enumerate((text.strip() for text in texts), 1):
        if site not in PROGRAMS and text.lower().startswith(("http://", "https://")):
            found.append(url_line(number, text, text))
        else:
            found.append(Line(number, text, LineKind.QUERY, site=site, query=text))
    return found


def without_threads(meant: Sequence[Meant]) -> list[Meant]:
    """Refuse threads, which are no queries."""
    why = "this is a thread. `syncer add watcher` watches it"
    return [each if each.watch is None else replace(each, watch=None, why=why) for each in meant]


def follow(command: str, config: Config, meant: Sequence[Meant], more: Sequence[Row] = ()) -> Result:
    """Put what lines mean into the config, watch the threads among them, and answer with a row for each line.

    `more` are rows of what was left out before.
    """
    from syncer import asking
    from syncer.service import follow_edit, in_force
    from syncer.service.follow_lines import ADDED

    written = [asdict(row) for row in follow_edit.write(main_file(config), meant)]
    told = rows.taken_up(config) if any(row["outcome"] == ADDED for row in written) else ""
    threads = [number for number, each in enumerate(meant) if each.watch is not None]
    if threads:
        # Read anew: what was just written is not to be taken back where no other syncer runs.
        urls = [meant[number].line.url for number in threads]
        answer = asking.ask(in_force.config_at(config.path), "watch", {"urls": urls})
        for number, row in zip(threads, answer["rows"], strict=True):
            written[number] |= {"outcome": row["outcome"], "words": row["words"]}
    return rows.result(command, sorted([*written, *more], key=lambda row: int(row["line"])), taken_up=told)


def unnumbered(result: Result) -> Result:
    """Return an answer without the numbers of lines, where the lines are the command's own arguments."""
    data: dict[str, Any] = result.data
    return replace(result, data=data | {"rows": [row | {"line": 0} for row in data["rows"]]})


def in_options(what: str, error: ConfigError) -> Exception:
    """Return what was wrong with the options of a new thing where the config, which was fine, would not be with them."""
    if not error.problems:
        return error
    told = "; ".join(problem.partition(": ")[2] or problem for problem in error.problems)
    return UsageError(f"the {what} cannot be added: {told}", "Nothing was saved")
