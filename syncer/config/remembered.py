"""Remembers which text of a config was found fine, so that a quick command need not judge the same text again.

Here, because judging costs ten times what `status` has to do. What is remembered holds for exactly these bytes, read by
exactly this program: anything else is judged whole, and its faults are told. `cli` imports it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from syncer import private
from syncer.config import include, paths
from syncer.config.source import plain_bytes

if TYPE_CHECKING:
    from syncer.config.settings import Config

FILE_NAME: Final = "fine-configs.json"
_KEEP: Final = 50
_LONGEST: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


def state_folder(path: Path | None) -> Path:
    """Return the state folder of the config at `path` (None: the usual place, or the default where there is no config).

    Raises ConfigError as `load` does, whenever this very text has not been found fine before.
    """
    place = paths.config_file() if path is None else path.expanduser().absolute()
    if path is None and not place.exists():
        return paths.state_folder()
    notes = paths.cache_folder() / FILE_NAME
    known = _read(notes)
    found = known.get(str(place))
    if isinstance(found, list) and len(found) == 3 and found[0] == (_stamp_now(place, str(found[2])) or None):
        return Path(str(found[1]))
    from syncer.config import load

    joined = load.read(place)
    state = load.settings(joined).folders.state
    known.pop(str(place), None)
    # What was judged is what is known, whatever is on the disk by now.
    stamp = _stamp((str(each.path) if number else "", each.text.encode()) for number, each in enumerate(joined.sources))
    _write(notes, known | {str(place): [stamp, str(state), "\n".join(joined.patterns)]})
    return state


def last_state_folder(path: Path | None) -> Path | None:
    """Return the state folder that the config at `path` had when it was last found fine; None = that is not known."""
    place = paths.config_file() if path is None else path.expanduser().absolute()
    found = _read(paths.cache_folder() / FILE_NAME).get(str(place))
    return Path(str(found[1])) if isinstance(found, list) and len(found) == 3 else None


def keep(config: Config) -> None:
    """Remember the state folder of a config that runs, for the day on which its file has a fault."""
    if config.path is None or last_state_folder(config.path) == config.folders.state:
        return
    notes = paths.cache_folder() / FILE_NAME
    # Its text was not looked at here: the next command judges it.
    _write(notes, _read(notes) | {str(config.path): ["", str(config.folders.state), ""]})


def _stamp_now(place: Path, patterns: str) -> str:
    """Return the stamp of what is on the disk; "" where a file of it cannot be read."""
    files = include.present(place, patterns.splitlines())
    try:
        return _stamp((name, plain_bytes(Path(name or place)).removeprefix(_BOM)) for name in ("", *map(str, files)))
    except OSError:
        return ""


def _stamp(files: Iterable[tuple[str, bytes]]) -> str:
    """Return what tells texts, home and program apart."""
    code = Path(__file__).parent
    traces = [
        (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
        for folder in (code, code / "schema")
        for entry in sorted(os.scandir(folder), key=lambda each: each.name)
        if entry.name.endswith(".py")
    ]
    told = json.dumps([str(code), str(paths.home()), traces])
    made = hashlib.sha256(told.encode("utf-8", "surrogateescape"))
    for name, raw in files:
        made.update(f"{name}\0{len(raw)}\0".encode("utf-8", "surrogateescape") + raw)
    return made.hexdigest()


def _read(notes: Path) -> dict[str, Any]:
    try:
        with notes.open("rb") as file:
            found = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(notes: Path, known: dict[str, Any]) -> None:
    """Keep the newest notes; where the cache cannot be written the config is simply judged again next time."""
    text = json.dumps(dict(list(known.items())[-_KEEP:]))
    temp = notes.with_name(f"{FILE_NAME}.{os.getpid()}")
    try:
        private.folder(notes.parent)
        temp.write_text(text, "utf-8")
        temp.replace(notes)
    except OSError:
        with contextlib.suppress(OSError):
            temp.unlink()
