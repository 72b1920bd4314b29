"""Reads a config file into settings, or says everything that is wrong with it at once.

The only way from a file to `Config`; pydantic and tomlkit are imported only inside, when there is a file, or an error.
`service`, `app` and commands import it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from syncer.config import paths
from syncer.config.settings import Config, Folders, ImportFolder
from syncer.errors import ConfigError

if TYPE_CHECKING:
    from syncer.config.problems import Problem
    from syncer.config.schema.config import ConfigTable
    from syncer.config.where import KeyPath

MAX_SIZE: Final = 16 * 1024 * 1024
_ADVICE: Final = "Mend what is listed; `syncer config check` shows it again"
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_POSITION: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_SYNTAX_CURES: Final[Mapping[str, str]] = {
    "Cannot overwrite": "a key or table is written twice",
    "Cannot declare": "a table is written twice",
    "Cannot redefine": "a key or table is written twice",
    "Cannot mutate": "a { } table or list is complete as it is and cannot be added to",
    "Duplicate inline table key": "a key is written twice",
    "Expected '='": "a key without = after it",
    "Expected ']": "a table header is not closed",
    "Expected newline or end of document": "something stands after the value; text stands in quotes",
    "Illegal character": "a quote is not closed before the end of its line, or a character cannot stand there",
    "Invalid initial character": 'a key is missing; names with other letters stand in "quotes"',
    "Invalid statement": "a line is neither a [table] nor key = value",
    "Invalid value": "a value is missing or cannot be read; text stands in quotes",
    "Unclosed array": "a list is not closed with ]",
    "Unclosed inline table": "a table is not closed with }",
    "Unescaped": "a backslash in \"...\" must be doubled; '...' takes it as it is",
    "Unterminated string": "a quote is not closed",
}


def load(path: Path) -> Config:
    """Read the config at `path`; raises ConfigError whose `problems` say all that is wrong, a line each."""
    path = Path(paths.resolve(str(path), Path.cwd()))
    text = decode(read_bytes(path), path.name)
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Return the settings that `text` means as the file at `path` (absolute); raises ConfigError as `load` does."""
    data = toml(text, path.name)
    tables, found = _validate(data, path)
    if found:
        _refuse(found, data, text, path.name)
    from syncer.config import build

    return build.settings_of(tables, path)


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


def load_or_defaults(path: Path | None) -> Config:
    """Read the config at `path` or in the usual place; where there is none and none was named, the defaults hold."""
    if path is None and not paths.config_file().exists():
        return defaults(None)
    return load(path or paths.config_file())


def decode(raw: bytes, file: str) -> str:
    """Decode the bytes of a config: UTF-8, a byte order mark is dropped. Raises ConfigError that says which byte."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        _syntax(file, 1, "the file is saved as UTF-16; save it as UTF-8")
    try:
        return raw.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start + 1} of the file (0x{raw[error.start]:02X})"
        _syntax(file, line, f"{place} is not UTF-8; save the file as UTF-8")


def toml(text: str, file: str) -> dict[str, Any]:
    """Read the TOML text; raises ConfigError with the line where it stops being TOML."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        _syntax(file, None, "lists or tables are nested too deep")
    except ValueError as error:  # TOMLDecodeError, and int() for numbers of thousands of digits
        match = _POSITION.fullmatch(str(error))
        message = match.group(1) if match else str(error)
        line = int(match.group(2)) if match and match.group(2) else text.count("\n") + 1
        cure = next((cure for start, cure in _SYNTAX_CURES.items() if message.startswith(start)), "")
        column = f" (column {match.group(3)})" if match and match.group(3) else ""
        _syntax(file, line, f"this is not TOML{column}: {cure or message}")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a config; raises ConfigError with the cure if there is none, or it is no config at all."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SIZE + 1)
    except FileNotFoundError:
        raise ConfigError(f"There is no config at {path}", "`syncer init` writes one") from None
    except OSError as error:
        raise ConfigError(f"The config {path} cannot be read: {error.strerror}", "Mend its rights or path") from error
    if len(raw) > MAX_SIZE:
        raise ConfigError(f"The config {path} is over 16 MB", "It is hardly the right file") from None
    return raw


def _validate(data: dict[str, Any], path: Path) -> tuple[ConfigTable, list[Problem]]:
    """Return the tables and what is wrong with them; what is faulty is left out, so that the rest is judged too."""
    from pydantic import ValidationError

    from syncer.config import build, checks, mend, problems
    from syncer.config.schema.config import ConfigTable

    found: list[Problem] = []
    faulty: set[KeyPath] = set()
    stand_ins: dict[KeyPath, object] = {}
    while True:
        data_now, origin = mend.mended(data, faulty, stand_ins)
        try:
            tables = ConfigTable.model_validate(data_now, context={"base": path.parent})
            break
        except ValidationError as error:
            assert () not in faulty, "an empty config is valid"
            told = [problem.moved(origin.path) for problem in problems.from_pydantic(error)]
            # Only the first round tells what the person wrote; later ones what our mending led to.
            found = found or told
            _mend(told, faulty, stand_ins)
    judged = [problem.moved(origin.path) for problem in checks.problems(tables, build.settings_of(tables, path))]
    return tables, found + [problem for problem in judged if not any(_covers(problem.path, one.path) for one in found)]


def _mend(told: list[Problem], faulty: set[KeyPath], stand_ins: dict[KeyPath, object]) -> None:
    """Choose for each problem what to leave out, or what to put in its place; each round goes further."""
    from syncer.config import problems

    for problem in told:
        place = problem.path
        stand_in = problems.stand_in(place)
        if stand_in is not None and place not in stand_ins:
            stand_ins[place] = stand_in
            continue
        while place and (place in faulty or place in stand_ins or (problem.missing and place == problem.path)):
            place = place[:-1]
        faulty.add(place)


def _covers(path: KeyPath, other: KeyPath) -> bool:
    """Tell whether a fault at `other` already explains what a check says of `path`."""
    return other[: len(path)] == path


def _refuse(found: list[Problem], data: dict[str, Any], text: str, file: str) -> NoReturn:
    from syncer.config import problems, where

    lines = problems.render(found, data, where.locate(text), file)
    count = "one problem" if len(lines) == 1 else f"{len(lines)} problems"
    raise ConfigError(f"{file} has {count}", _ADVICE, lines)


def _syntax(file: str, line: int | None, text: str) -> NoReturn:
    problem = f"{file}{f':{line}' if line else ''}: {text}"
    raise ConfigError(f"{file} cannot be read", _ADVICE, (problem,)) from None
