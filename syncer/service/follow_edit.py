"""Puts what lines mean into the config, and says of each line what came of it.

Here, because commands and the inbox's `follow/` must edit alike. The running service takes the change up by its reload.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from syncer.config import edit
from syncer.config.replace import ReadOnlyError
from syncer.errors import sentences
from syncer.frozen import frozen
from syncer.service import first_check
from syncer.service.follow_lines import ADDED, REFUSED, THERE, WATCHED, Meant


@frozen
class Row:
    """What came of one line; `outcome`: `added`, `watched`, `there` or `refused`."""

    line: int
    text: str
    outcome: str
    words: str


def write(path: Path, meant: Sequence[Meant]) -> list[Row]:
    """Add the new queries to the config at `path` in one go; return a row for each line.

    The words of threads are left empty: they belong into the store. Raises as `edit.add_queries`.
    """
    new = [each.new for each in meant if each.new is not None]
    went = iter(edit.add_queries(path, new) if new else ())
    return [row(each, next(went) if each.new is not None else None, path) for each in meant]


def row(meant: Meant, file: Path | None, main: Path) -> Row:
    """Return what came of a line whose query went into `file` (None = it was there) of the config at `main`."""
    told = Row(meant.line.number, meant.line.text, REFUSED, meant.why)
    if meant.watch is not None:
        return replace(told, outcome=WATCHED)
    if meant.there:
        return replace(told, outcome=THERE, words=meant.there)
    if meant.new is None:
        return told
    if file is None:
        return replace(told, outcome=THERE, words=f'followed already in the subscription "{meant.new.subscription}"')
    where = "" if file == main else f" (in {file})"
    note = f"; {meant.note}" if meant.note else ""
    first = f"its first check takes {first_check.takes(meant.first_limit)}"
    words = f'a query of the subscription "{meant.new.subscription}" now{where}; {first}{note}'
    return replace(told, outcome=ADDED, words=words)


def write_or_refuse(path: Path | None, meant: Sequence[Meant]) -> tuple[list[Row], str]:
    """Do as `write`, and where the config may not be changed refuse just the queries; return the reason, too, "" = it was changed.

    Raises ConfigError or TryLaterError where it cannot be changed now.
    """
    if path is None:
        why = "there is no config that could be added to. `syncer init` writes one"
    else:
        try:
            return write(path, meant), ""
        except ReadOnlyError as error:
            why = sentences(error.title, error.advice)
    without = [each if each.new is None else replace(each, new=None, why=why) for each in meant]
    return [row(each, None, Path()) for each in without], why
