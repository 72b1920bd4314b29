"""Puts catalogues into a config and takes them out, every comment and the order kept, as `edit` does with subscriptions.

Apart from `edit`, which is full. Commands import it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from syncer.config import load, rewrite, splice
from syncer.config.include import Joined
from syncer.config.rewrite import Step
from syncer.config.settings import Config

NAME: Final = "catalogues"


def add(path: Path, new: Mapping[str, object]) -> Path:
    """Add a catalogue, by the keys of its table, at the end of the main config; return the file. Raises as `rewrite.apply`."""
    written = splice.table(NAME, new)

    def edit(data: Any) -> None:
        data.setdefault(NAME, []).append(tomllib.loads(written)[NAME][0])

    with rewrite.alone(path):
        joined, _ = _read(path)
        step = Step(edit, lambda plain: splice.append(plain, written))
        (changed,) = rewrite.apply(path, joined, {joined.sources[0].path: [step]})
    return changed


def remove(path: Path, url: str, name: str) -> Path | None:
    """Remove the catalogue of a URL and name, as the config writes them; return the file, None = there is none.

    Raises as `rewrite.apply`.
    """
    with rewrite.alone(path):
        joined, config = _read(path)
        for number, one in enumerate(config.catalogues):
            if (one.url, one.name) == (url, name):
                found, own = joined.place((NAME, number))
                rewrite.apply(path, joined, {found.path: [_less(int(own[-1]))]})
                return found.path
    return None


def _less(index: int) -> Step:
    def edit(data: Any) -> None:
        del data[NAME][index]
        if not data[NAME]:
            del data[NAME]

    return Step(edit, lambda plain: splice.remove_block(plain, splice.blocks(plain, NAME)[index]))


def _read(path: Path) -> tuple[Joined, Config]:
    joined = load.read(path)
    return joined, load.settings(joined)
