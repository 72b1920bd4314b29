"""Which programs, files and folders a config names that are not there or cannot be used: no faults, since a disk may be mounted later.

Looks on the disk. What can be judged where syncer runs alone (variables of the environment, credentials of systemd) is not, and what
is a fault of the config is told by `checks`. `config check` and the service tell it.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from syncer.config import load, paths, problem_lines
from syncer.config.problem import KeyPath, Problem
from syncer.config.problem_lines import Spot
from syncer.config.settings import Config, Source
from syncer.errors import ConfigError

Look = Callable[[Config], Iterator[tuple[KeyPath, str]]]

CURE: Final = "mend the path, or mount the disk that it is on"
_OTHERS: Final = 0o077


def problems(config: Config) -> list[Problem]:
    """Return what is not there, each with the key that names it."""
    return [Problem(key, why) for look in LOOKS for key, why in look(config) if why]


def lines(config: Config) -> tuple[str, ...]:
    """Return what is not there as lines with file, line, key, cause and cure."""
    found = problems(config)
    if not found or config.path is None:
        return problem_lines.render(found, {}, lambda _path, _source=None: Spot(0, "without a config", None))
    texts = {paths.real(path): text for path, text in config.texts}
    try:
        joined = load.read(config.path, texts)
    except ConfigError:  # an included file was added since, and is broken
        return problem_lines.render(found, {}, lambda _path, _source=None: Spot(0, str(config.path), None))
    return problem_lines.render(found, joined.data, joined.spot)


def program(word: str, base: Path | None = None) -> str:
    """Say why a program cannot be run, "" where it can; a relative path begins at `base`, a bare name is looked for in PATH."""
    if os.sep not in word:
        there = shutil.which(word)
        return "" if there else f"no program {word} is in PATH; install it, or write its full path"
    path = Path(word) if base is None else base / word
    if why := _file(path):
        return why
    return "" if os.access(path, os.X_OK) else f"{path} cannot be executed; give it the right: chmod u+x '{path}'"


def _file(path: Path) -> str:
    if not path.exists():
        return _missing(path)
    if path.is_dir():
        return f"{path} is a folder; name a file in it"
    return "" if os.access(path, os.R_OK) else f"{path} cannot be read; give the right to read it: chmod u+r '{path}'"


def _folder(path: Path) -> str:
    if not path.exists():
        return _missing(path)
    if not path.is_dir():
        return f"{path} is a file, and no folder; name the folder that it lies in"
    return "" if os.access(path, os.R_OK | os.X_OK) else f"{path} cannot be read; give the right: chmod u+rx '{path}'"


def _there(path: Path) -> str:
    """Say why a file or folder, whichever it is, cannot be read."""
    return _folder(path) if path.is_dir() else _file(path)


def _made(path: Path) -> str:
    """Say why a folder that syncer makes and writes into cannot be had."""
    if path.exists():
        if not path.is_dir():
            return f"{path} is a file, and no folder; move it away, or name another folder"
        fine = os.access(path, os.W_OK | os.X_OK)
        return "" if fine else f"{path} cannot be written; give the right: chmod u+rwx '{path}'"
    above = next((each for each in path.parents if each.exists()), path)
    if not above.is_dir():
        return f"{path} cannot be made, since {above} is a file; {CURE}"
    return "" if os.access(above, os.W_OK | os.X_OK) else f"{path} is not there, and {above} cannot be written; {CURE}"


def _written(path: Path) -> str:
    """Say why a file that syncer makes or adds to cannot be had."""
    if not path.exists():
        return _made(path.parent)
    if path.is_dir():
        return f"{path} is a folder; name a file in it"
    fine = os.access(path, os.R_OK | os.W_OK)
    return "" if fine else f"{path} cannot be read and written; give the right: chmod u+rw '{path}'"


def _missing(path: Path) -> str:
    above = next((each for each in path.parents if each.exists()), path)
    more = "" if above == path.parent else f", nor is {_below(above, path)}"
    return f"{path} is not there{more}; {CURE}"


def _below(above: Path, path: Path) -> Path:
    return above / path.relative_to(above).parts[0]


def _secret(source: Source) -> str:
    if source.kind == "command":
        return program(source.words[0])
    if source.kind != "file":
        return ""  # known to the process alone that is to use it
    path = Path(source.words[0])
    why = _file(path)
    if not why and stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        return f"others on this machine can read {path}, so it is not used; take that right away: chmod 600 '{path}'"
    return why


def _folders(config: Config) -> Iterator[tuple[KeyPath, str]]:
    folders = config.folders
    for name, path in (("inbox", folders.inbox), ("state", folders.state), ("cache", folders.cache)):
        yield ("folders", name), _made(path)
    if folders.sites != folders.config / "sites" or folders.sites.exists():  # nobody needs one
        yield ("folders", "sites"), _folder(folders.sites)


def _import_folders(config: Config) -> Iterator[tuple[KeyPath, str]]:
    for name, folder in config.import_folders.items():
        yield ("import_folders", name, "path"), _made(folder.path)
        if folder.hook:
            # It is run in the import folder.
            yield ("import_folders", name, "hook"), program(str(Path(folder.hook[0]).expanduser()), folder.path)


def _sources(config: Config) -> Iterator[tuple[KeyPath, str]]:
    yield from _logins(("network",), config.network.proxy_login)
    for name, site in config.sites.items():
        yield from _logins(("site", name), site.proxy_login)
        tables = {"credentials": site.credentials, "headers": site.headers, "parameters": site.parameters}
        for table, sources in tables.items():
            for key, source in sources.items():
                yield ("site", name, table, key), _secret(source)


def _logins(place: KeyPath, login: Source | None) -> Iterator[tuple[KeyPath, str]]:
    if login is not None:
        yield (*place, "proxy_login"), _secret(login)


def _programs(config: Config) -> Iterator[tuple[KeyPath, str]]:
    handover = config.handover
    for name, settings in (("gallery-dl", handover.gallery_dl), ("yt-dlp", handover.yt_dlp)):
        if settings.command is not None:
            yield ("handover", name, "command"), program(str(settings.command))
        if settings.archive is not None:
            yield ("handover", name, "archive"), _written(settings.archive)


def _read(config: Config) -> Iterator[tuple[KeyPath, str]]:
    yield from ((("known", index, "path"), _there(place.path)) for index, place in enumerate(config.known))
    yield from ((("cookies", "files", index), _file(path)) for index, path in enumerate(config.cookie_files))
    for index, folder in enumerate(config.adopt):
        if not folder.paused:
            yield ("adopt", index, "path"), _folder(folder.path)


LOOKS: Final[tuple[Look, ...]] = (_folders, _import_folders, _sources, _programs, _read)
