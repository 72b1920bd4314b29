"""Problems of a config as lines: file, line, key as a person would name it, cause and cure.

Apart from `problems`, which knows the schema: what is told of a config without faults must not load that. Pure; only `config` imports
it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from syncer.config.problem import KeyPath, Problem
from syncer.frozen import frozen

_LONGEST: Final = 400
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LABELS: Final = ("name", "url", "q")
"""Keys whose value names a table of a list better than its position."""


@frozen
class Spot:
    """Where something stands: the file, as the number of its turn and as it is called, and the line if that is known."""

    order: int
    file: str
    line: int | None


class Spots(Protocol):
    """Tells where the key at a path stands: in the first file that says something there, or in a certain one."""

    def __call__(self, path: KeyPath, source: int | None = None, /) -> Spot:
        """Return file and line."""


def render(problems: Iterable[Problem], data: Mapping[str, object], spots: Spots) -> tuple[str, ...]:
    """Write each problem as `config.toml:12: subscriptions "sky".evry: unknown key, ...`, in the order of files and lines."""
    placed = [(spots(problem.path, problem.source), problem) for problem in problems]
    placed.sort(key=lambda pair: (pair[0].order, pair[0].line is None, pair[0].line or 0))
    return tuple(dict.fromkeys(_line(problem, spot, data, spots) for spot, problem in placed))


def _line(problem: Problem, spot: Spot, data: Mapping[str, object], spots: Spots) -> str:
    place = f"{spot.file}:{spot.line}" if spot.line else spot.file
    key = f"{label(problem.path, data)}: " if problem.path else ""
    text = problem.text if len(problem.text) <= _LONGEST else f"{problem.text[:_LONGEST]}..."
    written = f"{place}: {key}{text}{_first(spots(problem.other), spot) if problem.other is not None else ''}"
    # Values come from the file: what would break the line or move the cursor is shown instead of done.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in written)


def _first(first: Spot, spot: Spot) -> str:
    file = "" if first.order == spot.order else f" of {first.file}"
    return f" (the first is on line {first.line}{file})" if first.line else ""


def label(path: KeyPath, data: object) -> str:
    """Name a key as a person would: `subscriptions "sky".queries #3`; positions in lists count from 1."""
    name = ""
    for part in path:
        data = _inside(data, part)
        if isinstance(part, int):
            name += f" {short(own)}" if (own := _own_name(data)) else f" #{part + 1}"
        else:
            name += ("." if name else "") + (part if _BARE_KEY.fullmatch(part) else short(part))
    return name


def _inside(data: object, part: str | int) -> object:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _own_name(data: object) -> str | None:
    if not isinstance(data, dict):
        return None
    return next((data[key] for key in _LABELS if isinstance(data.get(key), str) and data[key]), None)


def short(value: object) -> str:
    """Return a value as it may stand in a line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:76]}..."
