"""Remembers checked tables in the cache folder, so that a text that was found fine is not checked again by the same program.

One file for each config and each site file, replaced when its text changes. What is kept holds for exactly these texts, this
program and these libraries, as the digest in its first line says; whatever is wrong with a file counts as not there. The loaders of
configs and site files import it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import logging
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from syncer import private
from syncer.config import paths, plain_table

log = logging.getLogger(__name__)

FOLDER: Final = "checked"
MOST: Final = 20_000
"""So many files are kept; then the older half goes."""
READERS: Final = ("pydantic", "regex", "python-jsonpath", "lxml", "selectolax", "dateparser")
"""Libraries that decide whether a config or a site file is fine."""
_LONGEST: Final = 64 * 1024 * 1024
_FAULTY: Final = "faulty"
_asked = threading.local()


class NotKeptError(Exception):
    """Something must be checked by the models, where only what is kept was asked for."""


@contextlib.contextmanager
def only_kept() -> Iterator[None]:
    """Let `recall` raise NotKeptError in this thread instead of saying that something must be checked."""
    _asked.only_kept = True
    try:
        yield
    finally:
        _asked.only_kept = False


@contextlib.contextmanager
def elsewhere(judge: Callable[[Any], None]) -> Iterator[None]:
    """Have configs that were not found fine before judged by `judge` in this thread, so that the models are not loaded here.

    It is given what was read and joined, keeps what is fine, and raises ConfigError for what is not.
    """
    _asked.judge = judge
    try:
        yield
    finally:
        _asked.judge = None


def judged_elsewhere(joined: Any) -> bool:
    """Have a config judged, if this thread does so elsewhere; True if that was tried. Raises ConfigError."""
    judge = getattr(_asked, "judge", None)
    if judge is None or getattr(_asked, "only_kept", False):
        return False
    judge(joined)
    return True


def recall(name: str, told: Sequence[str] | None) -> Any:
    """Return the tables that were kept for `name`, if they are those of these texts; None where they must be checked.

    They are `plain_table.PlainTable`, with the attributes of the models that were kept. `told` None: that cannot be kept.
    """
    if told is None:
        return None
    text = _kept(name, told)
    try:
        if text not in (None, _FAULTY):
            return plain_table.read(text or "")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        text = None
    # To check what is known to have faults is no news to anybody.
    if text is None and getattr(_asked, "only_kept", False):
        raise NotKeptError(name)
    return None


def _kept(name: str, told: Sequence[str]) -> str | None:
    try:
        digest, _, text = _bytes(_place(name)).partition("\n")
    except (OSError, ValueError):
        return None
    return text if digest == _digest(told, text) else None


def keep(name: str, model: Any, told: Sequence[str] | None) -> None:
    """Keep checked tables of the texts in `told`, or (None) that they have faults; where that cannot be, they are checked again."""
    if told is None:
        return
    try:
        text = _FAULTY if model is None else plain_table.write(model)
    except (TypeError, ValueError, RecursionError):
        log.debug("checked tables cannot be kept", exc_info=True)
        return
    place = _place(name)
    temp = place.with_name(f"{place.name}.{os.getpid()}.new")
    try:
        private.folder(place.parent)
        with os.fdopen(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{_digest(told, text)}\n{text}")
        temp.replace(place)
        if place.name.startswith("0"):  # now and then is enough
            _tidy(place.parent)
    except (OSError, ValueError):
        log.debug("checked tables cannot be kept", exc_info=True)
        with contextlib.suppress(OSError):
            temp.unlink()


def can_keep() -> bool:
    """Tell whether there is a place where something can be kept."""
    folder = paths.cache_folder() / FOLDER
    try:
        private.folder(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _place(name: str) -> Path:
    return paths.cache_folder() / FOLDER / f"{hashlib.sha256(_raw(name)).hexdigest()[:32]}.json"


def _bytes(place: Path) -> str:
    """Return what a file holds that nobody else can have written. Raises OSError or ValueError."""
    handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise ValueError("not ours alone")
        return file.read(_LONGEST).decode("utf-8")


def _digest(told: Sequence[str], text: str) -> str:
    made = hashlib.sha256()
    for each in (_program(), str(paths.home()), json.dumps(list(told)), text):
        raw = _raw(each)
        made.update(f"{len(raw)}\n".encode() + raw)
    return made.hexdigest()


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@functools.cache
def _program() -> str:
    """Return what tells programs apart that may read the same text in another way."""
    return json.dumps([sys.version, *map(_release, READERS), *_sources()])


def _release(library: str) -> str:
    """Return what a library's package says of itself; taken apart it would cost more than all else here."""
    found = importlib.metadata.distribution(library)
    return (found.read_text("METADATA") or found.read_text("PKG-INFO") or found.version).partition("\n\n")[0]


def _sources() -> Iterator[tuple[str, int, int]]:
    config = Path(__file__).parent
    sites = config.parent / "sites"
    for folder in (config, config / "schema", sites, sites / "chains", sites / "schema"):
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.path, found.st_mtime_ns, found.st_size


def _tidy(folder: Path) -> None:
    files = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    if len(files) > MOST:
        files.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns)
        for entry in files[: MOST // 2]:
            Path(entry.path).unlink(missing_ok=True)
