"""The config that commands go by: the one on the disk, or while that has faults, the one by which a running syncer goes on.

Here, because a bad edit must keep nobody from pausing, looking and asking. The service keeps what it took into force in its state
folder; commands read it. Who changes or checks the config reads the one on the disk.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncer import private
from syncer.config import lists, load, paths, program_options, remembered
from syncer.config.include import Joined
from syncer.config.settings import Config
from syncer.config.source import Source
from syncer.errors import ConfigError
from syncer.service.lock import is_held

log = logging.getLogger(__name__)

FILE_NAME = "config-in-force.json"
_LONGEST = 64 * 1024 * 1024


def keep(config: Config) -> None:
    """Keep what a config says that was put in force; where that cannot be, commands say what is wrong with the one on the disk.

    Options of other programs, among which may be passwords, are left out: only the service runs those.
    """
    if config.path is None:
        return
    place = config.folders.state / FILE_NAME
    temp = place.with_name(f"{FILE_NAME}.{os.getpid()}")
    try:
        data = load.read(config.path, {paths.real(path): text for path, text in config.texts}).data
        told = {
            "path": str(config.path),
            "included": list(map(str, config.included)),
            "data": program_options.without(data),
        }
        private.write(temp, json.dumps(told).encode())
        temp.replace(place)
    except (OSError, ConfigError, TypeError):  # TypeError: JSON has no dates, and no key takes one
        log.debug("the config in force could not be kept", exc_info=True)
        temp.unlink(missing_ok=True)


def config_at(path: Path | None, *, into: Path | None = None) -> Config:
    """Return the config at `path` (None: the usual place); without a file there, the defaults, if `into` names a folder.

    Raises ConfigError where it has faults and no syncer goes on with an earlier one.
    """
    if path is None and into is not None and not paths.config_file().exists():
        return load.defaults(into)
    try:
        return load.load(path or paths.config_file())
    except ConfigError as error:
        return _of_service(path, error)


def load_or_defaults(path: Path | None) -> Config:
    """Return the config as `config_at` does; where there is none and none was named, the defaults hold."""
    if path is None and not paths.config_file().exists():
        state = remembered.last_state_folder(None)
        if state is None or not is_held(state):
            return load.defaults(None)
    try:
        return load.load(path or paths.config_file())
    except ConfigError as error:
        return _of_service(path, error)


def _of_service(path: Path | None, error: ConfigError) -> Config:
    """Return the config by which a running syncer goes on; raises `error` where none does."""
    state = remembered.last_state_folder(path)
    if state is None or not is_held(state):
        raise error
    try:
        kept = _read(state)
        main = Path(kept["path"])
        joined = Joined(Source(main, main.name, "", kept["data"]))
        found = replace(lists.read(load.settings(joined)), included=tuple(map(Path, kept["included"])), texts=())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ConfigError):
        log.debug("the config in force cannot be read", exc_info=True)
        raise error from None
    if main != (paths.config_file() if path is None else path.expanduser().absolute()) or found.folders.state != state:
        raise error
    log.warning("%s; the running syncer goes on with the last good one, and so does this command", error.title)
    return found


def _read(state: Path) -> dict[str, Any]:
    with (state / FILE_NAME).open("rb") as file:
        found: dict[str, Any] = json.loads(file.read(_LONGEST))
    return found
