"""The files that a config includes, found and joined with it into one; each key keeps the file and line that it came from.

Lists of tables go one after the other, tables become one, and the same key in two files is a problem that names both. The
loader, the editor and the look for changes import it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from syncer.config import changes, checked, paths, program_options, source
from syncer.config.source import Source
from syncer.errors import ConfigError

if TYPE_CHECKING:
    from syncer.config.problem import KeyPath, Problem
    from syncer.config.problem_lines import Spot
    from syncer.config.settings import Config
    from syncer.config.where import Lines

KEY: Final = "include"
MAX_FILES: Final = 1000
NOTHING: Final[Mapping[Path, str]] = MappingProxyType({})


class Joined:
    """A config with all that it includes, as one, and what is wrong with the joining."""

    def __init__(self, main: Source) -> None:
        self.sources: list[Source] = [main]
        self.patterns: tuple[str, ...] = ()
        """Where the included files are looked for, as absolute paths."""
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        self._owners: dict[KeyPath, tuple[int, KeyPath]] = {}
        self._lines: dict[int, Lines] = {}
        self._merge(self.data, main.data, ())

    def add(self, one: Source) -> None:
        """Join one more file; what it cannot say is noted in `problems`."""
        self.sources.append(one)
        data = dict(one.data)
        if data.pop(KEY, None) is not None:
            self._note((KEY,), "only the main config includes files; name it there")
        self._merge(self.data, data, ())

    def place(self, path: KeyPath) -> tuple[Source, KeyPath]:
        """Return in which file the thing at `path` stands, and where in that file alone."""
        number, own = self._place(path)
        return self.sources[number], own

    def spot(self, path: KeyPath, number: int | None = None) -> Spot:
        """Return file and line of the thing at `path`; with `number` of what that source says there."""
        from syncer.config import where
        from syncer.config.problem_lines import Spot

        number, own = self._place(path) if number is None else (number, path)
        lines = self._lines.get(number)
        if lines is None:
            lines = self._lines[number] = where.locate(self.sources[number].text)
        return Spot(number, self.sources[number].name, lines.line(own))

    def _place(self, path: KeyPath) -> tuple[int, KeyPath]:
        for length in range(len(path), 0, -1):
            if (found := self._owners.get(path[:length])) is not None:
                number, own = found
                return number, (*own, *path[length:])
        return 0, path

    def _merge(self, into: dict[str, Any], new: Mapping[str, Any], at: KeyPath) -> None:
        number = len(self.sources) - 1
        for key, value in new.items():
            path = (*at, key)
            if key not in into:
                into[key] = _own(value)
                self._owners[path] = number, path
                self._own_items(path, value, 0)
            elif isinstance(into[key], dict) and isinstance(value, dict):
                self._merge(into[key], value, path)
            elif not at and isinstance(into[key], list) and isinstance(value, list):
                self._own_items(path, value, len(into[key]))
                into[key].extend(value)
            else:
                self._note(path, "is written in two files; leave one out", other=path)

    def _own_items(self, path: KeyPath, value: object, before: int) -> None:
        """Note whose the items of a list of tables are; only the lists at the top grow by other files."""
        if len(path) == 1 and isinstance(value, list):
            for index in range(len(value)):
                self._owners[*path, before + index] = len(self.sources) - 1, (*path, index)

    def _note(self, path: KeyPath, text: str, other: KeyPath | None = None) -> None:
        from syncer.config.problem import Problem

        self.problems.append(Problem(path, text, other, source=len(self.sources) - 1))

    def miss(self, index: int, text: str) -> None:
        """Note what is wrong with one of the main config's patterns."""
        from syncer.config.problem import Problem

        self.problems.append(Problem((KEY, index), text, source=0))


def join(main: Source, replaced: Mapping[Path, str] = NOTHING) -> Joined:
    """Join a config with what it includes; `replaced` gives texts that hold in place of those on the disk, by real path.

    Raises ConfigError where an included file is no TOML; all other problems are noted.
    """
    joined = Joined(main)
    given = main.data.get(KEY)
    if not isinstance(given, list) or not all(isinstance(each, str) and each.strip() for each in given):
        return joined  # the schema says what is wrong with it
    files = _files(joined, given)
    broken: list[str] = []
    room = source.MAX_SIZE - len(main.text)
    for path, index in files.items():
        try:
            one = _read(main, path, replaced, room)
        except OSError as error:
            joined.miss(index, f"{_name(main, path)} cannot be read: {error.strerror}")
        except ConfigError as error:
            broken += error.problems
        else:
            room -= len(one.text)
            joined.add(one)
    if broken:
        names = dict.fromkeys(each.partition(":")[0] for each in broken)
        raise ConfigError(f"{' and '.join(names)} cannot be read", source.ADVICE, tuple(broken))
    return joined


def matches(patterns: Iterable[str]) -> list[Path]:
    """Return the files that absolute patterns mean now, each once, in the order of patterns and names.

    A pattern without * ? [ ] is a file, whether it is there or not.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        # Path.glob takes no absolute pattern.
        names = [pattern] if _is_name(pattern) else sorted(glob.glob(pattern))  # noqa: PTH207
        found |= {Path(name): None for name in names}
    return list(found)


def present(main: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that patterns mean beside the main config; `include = ["*.toml"]` means the others."""
    return [path for path in matches(patterns) if not _is_same(path, main) and not path.is_dir()]


def files_of(config: Config) -> tuple[Path, ...]:
    """Return the files that a config is made of now: itself, what its patterns mean today, its lists of queries and rules."""
    if config.path is None:
        return ()
    lists = [one.queries_from for one in config.subscriptions if one.queries_from is not None]
    rules = [file.path for file in config.rule_files]
    return tuple(dict.fromkeys((config.path, *matches(config.include), *lists, *rules)))


def patterns_at(path: Path) -> tuple[str, ...]:
    """Return the patterns of the main config at `path` as absolute paths; none where it cannot be read."""
    try:
        main = source.of_text(path, path.name, source.decode(source.read_bytes(path), path.name))
    except ConfigError:
        return ()
    given = main.data.get(KEY)
    return tuple(found for found, _ in _patterns(main, given) if found) if isinstance(given, list) else ()


def _patterns(main: Source, given: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield each pattern as an absolute path, "" with the reason where it is none."""
    for each in given:
        try:
            yield str(paths.resolve(each, main.path.parent)), ""
        except (ValueError, AttributeError) as error:
            yield "", str(error)


def _files(joined: Joined, given: list[str]) -> dict[Path, int]:
    """Return the files that are to be included, with the position of their pattern."""
    main = joined.sources[0]
    found: dict[Path, int] = {}
    patterns = []
    for index, (pattern, why) in enumerate(_patterns(main, given)):
        if why:
            joined.miss(index, why)
            continue
        patterns.append(pattern)
        if _is_name(pattern) and (told := _unfit(_name(main, Path(pattern)), Path(pattern))):
            joined.miss(index, told)
            continue
        for path in present(main.path, [pattern]):
            found.setdefault(path, index)
    joined.patterns = tuple(patterns)
    if len(found) > MAX_FILES:
        joined.miss(0, f"{len(found)} files are too many; {MAX_FILES} at most can be included")
        return {}
    return found


def _read(main: Source, path: Path, replaced: Mapping[Path, str], room: int) -> Source:
    name, look = _name(main, path), changes.trace(path)
    text = replaced.get(paths.real(path))
    if text is None:
        raw = source.plain_bytes(path, room)
        if len(raw) > room:
            raise ConfigError("", "", (f"{name}: all files of the config together are over 16 MB",))
        text = source.decode(raw, name)
    one = source.of_text(path, name, text, look)
    if path.parent == main.path.parent:
        return one
    return replace(one, data=_absolute(one))


def _absolute(one: Source) -> dict[str, Any]:
    """Return what a file in another folder says, with its paths from the main one on; which keys hold paths only the schema knows."""
    told = [str(one.path.parent), one.text]
    known = checked.recall(f"included {one.path}", told)
    if isinstance(known, dict):
        return program_options.laid_in(known, one.data)
    from syncer.config import relative

    made = relative.absolute(one.data, one.path.parent)
    checked.keep(f"included {one.path}", program_options.left_out(made), told)
    return made


def _name(main: Source, path: Path) -> str:
    """Return how messages call an included file: from the main config's folder on."""
    folder = main.path.parent
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _unfit(name: str, path: Path) -> str:
    """Say why a file that is named cannot be included; "" = it can."""
    if path.is_dir():
        return f'{name} is a folder; write "{name}/*.toml"'
    return "" if path.exists() else f"{name} is not there; write it, or leave this out"


def _is_name(pattern: str) -> bool:
    return not glob.has_magic(pattern) or os.path.lexists(pattern)


def _is_same(path: Path, main: Path) -> bool:
    return path == main or paths.real(path) == paths.real(main)


def _own(value: Any) -> Any:
    """Return a value whose tables can be added to without changing what was read."""
    if isinstance(value, dict):
        return {key: _own(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, list) else value
