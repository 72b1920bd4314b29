"""Reads a config with all its files into settings, or says everything that is wrong with it at once.

The only way from a file to `Config`; pydantic and tomlkit are imported only inside, when there is a text that was not
found fine before, or an error.
`service`, `app` and commands import it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from syncer.config import changes, checked, hours, include, lists, paths, program_options, source
from syncer.config.include import Joined
from syncer.config.settings import Config, Folders, ImportFolder
from syncer.errors import ConfigError

if TYPE_CHECKING:
    from syncer.config.problem import KeyPath, Problem
    from syncer.config.schema.config import ConfigTable


def load(path: Path) -> Config:
    """Read the config at `path`; raises ConfigError whose `problems` say all that is wrong, a line each.

    A list of queries that cannot be read is no error but a fault of its subscription (`Subscription.unread`).
    """
    return lists.read(settings(read(path)))


def read(path: Path, replaced: Mapping[Path, str] = include.NOTHING) -> Joined:
    """Return the config at `path` joined with all that it includes, not yet judged; raises ConfigError where it is no path or no TOML.

    `replaced` gives texts, by the real path of their files, that hold in place of those on the disk.
    """
    try:
        path = paths.resolve(str(path), Path("/") if path.is_absolute() else Path.cwd())
    except ValueError as error:
        raise ConfigError(str(error)) from None
    text, look = replaced.get(paths.real(path)), changes.trace(path)
    text = source.decode(source.read_bytes(path), path.name) if text is None else text
    return include.join(source.of_text(path, path.name, text, look), replaced)


def parse(text: str, path: Path) -> Config:
    """Return the settings that `text` means as the file at `path` (absolute), lists of queries left unread; raises as `load`."""
    return settings(include.join(source.of_text(path, path.name, text)))


def settings(joined: Joined) -> Config:
    """Return the settings that the files of a config mean, lists of queries left unread; raises ConfigError as `load` does."""
    config, found = _validate(joined)
    files = tuple(each.path for each in joined.sources[1:])
    looks = tuple(each.look for each in joined.sources if each.look is not None)
    texts = tuple((each.path, each.text) for each in joined.sources)
    config = replace(config, include=joined.patterns, included=files, looks=looks, texts=texts)
    if found or joined.problems:
        _refuse([*joined.problems, *found], joined, include.files_of(config))
    return config


def defaults(into: Path | None) -> Config:
    """Return the settings that hold without a config; `into` is the import folder, None = there is none.

    State, cache and everything else are those of an empty config, so that `get` shares them with a later service.
    """
    config = paths.config_file()
    folders = Folders(
        config=config.parent,
        inbox=paths.home() / "syncer" / "inbox",
        state=paths.state_folder(),
        cache=paths.cache_folder(),
        sites=config.parent / "sites",
    )
    found = {} if into is None else {"into": ImportFolder("into", Path(into).absolute(), profile="plain")}
    return Config(path=None, folders=folders, import_folders=MappingProxyType(found))


def _validate(joined: Joined) -> tuple[Config, list[Problem]]:
    """Return the settings and what is wrong with them; what is faulty is left out, so that the rest is judged too."""
    from syncer.config import build, checks

    data, path = joined.data, joined.sources[0].path
    tables = _checked_before(data, path)
    if tables is None and checked.judged_elsewhere(joined):
        tables = _checked_before(data, path)
    moved: Callable[[KeyPath], KeyPath] = _as_it_is
    found: list[Problem] = []
    if tables is None:
        tables, moved, found = _check(data, path)
    config = build.settings_of(tables, path)
    judged = [problem.moved(moved) for problem in checks.problems(tables, config)]
    return config, found + [problem for problem in judged if not any(_covers(problem.path, one.path) for one in found)]


def _checked_before(data: dict[str, Any], path: Path) -> ConfigTable | None:
    """Return the tables of a config that was found fine before, None where it was not."""
    tables: ConfigTable | None = checked.recall(f"config {path}", _told(data, path))
    if tables is None:
        return None
    tables = program_options.put_back(tables, data)
    # The one value that is fine or not by what is installed on the machine.
    return tables if not tables.check.zone or hours.is_zone(tables.check.zone) else None


def _told(data: dict[str, Any], path: Path) -> tuple[str, str] | None:
    """Return all that the tables of a config follow from, None where that cannot be written down."""
    try:
        written = json.dumps(data)
    except (TypeError, ValueError, RecursionError):
        return None
    # Whose home `~somebody` means can change.
    return None if re.search(r'"\s*~[^/"]', written) else (str(path.parent), written)


def _check(data: dict[str, Any], path: Path) -> tuple[ConfigTable, Callable[[KeyPath], KeyPath], list[Problem]]:
    """Return the tables of a config, where things in them stand in `data`, and what is wrong with it, left out in the tables."""
    from pydantic import ValidationError

    from syncer.config import mend, problems
    from syncer.config.schema.config import ConfigTable

    found: list[Problem] = []
    faulty: set[KeyPath] = set()
    stand_ins: dict[KeyPath, object] = {}
    while True:
        data_now, origin = mend.mended(data, faulty, stand_ins)
        try:
            tables = ConfigTable.model_validate(data_now, context={"base": path.parent})
        except ValidationError as error:
            assert () not in faulty, "an empty config is valid"
            told = [problem.moved(origin.path) for problem in problems.from_pydantic(error)]
            # Only the first round tells what the person wrote; later ones what our mending led to.
            found = found or told
            _mend(told, faulty, stand_ins)
        else:
            if not found:
                checked.keep(f"config {path}", program_options.taken_out(tables), _told(data, path))
            return tables, origin.path, found


def _as_it_is(path: KeyPath) -> KeyPath:
    return path


def _mend(told: list[Problem], faulty: set[KeyPath], stand_ins: dict[KeyPath, object]) -> None:
    """Choose for each problem what to leave out, or what to put in its place; each round goes further."""
    from syncer.config import problems

    for problem in told:
        place = problem.path
        stand_in = problems.stand_in(place, missing=problem.missing)
        if stand_in is not None and place not in stand_ins:
            stand_ins[place] = stand_in
            continue
        while place and (place in faulty or place in stand_ins or (problem.missing and place == problem.path)):
            place = place[:-1]
        faulty.add(place)


def _covers(path: KeyPath, other: KeyPath) -> bool:
    """Tell whether a fault at `other` already explains what a check says of `path`."""
    return other[: len(path)] == path


def _refuse(found: list[Problem], joined: Joined, files: tuple[Path, ...]) -> NoReturn:
    from syncer.config import problem_lines

    file = joined.sources[0].name
    lines = problem_lines.render(found, joined.data, joined.spot)
    count = "one problem" if len(lines) == 1 else f"{len(lines)} problems"
    raise ConfigError(f"{file} has {count}", source.ADVICE, lines, files)
