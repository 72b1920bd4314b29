"""Changes of a config's text: made, read again, compared with what was meant, and saved whole or not at all.

A piece is cut out of the text or put into it; where it is written in a way that this cannot be done, tomlkit rewrites it.
That can move keys into other tables (python-poetry/tomlkit#145), hence the comparing. The editor beside it imports it.
"""

from __future__ import annotations

import fcntl
import os
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from syncer.clock import SystemClock
from syncer.config import changes, load, paths, replace, source
from syncer.config.changes import Fingerprint
from syncer.config.include import Joined
from syncer.errors import ConfigError, TryLaterError
from syncer.frozen import frozen

PATIENCE: Final = 5.0
"""Seconds that another editor of ours is waited for; it needs less than one."""
POLL: Final = 0.05
_BOM: Final = b"\xef\xbb\xbf"


@frozen
class Step:
    """One change, said twice: of the data (plain tables and lists, or tomlkit's, which behave alike), and of the text."""

    edit: Callable[[Any], None]
    splice: Callable[[str], str] | None = None
    """Raises ValueError, IndexError or KeyError where the text is written in a way that it does not know."""


@frozen
class _Saving:
    file: Path
    old: bytes
    new: str
    before: Fingerprint


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let no other editor of ours change the config at `path`; where the disk knows no locks the look before saving must do.

    Raises TryLaterError where another one does not come to its end.
    """
    try:
        handle = os.open(paths.real(path).parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    clock, condition = SystemClock(), threading.Condition()
    until = clock.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if clock.monotonic() > until:
                raise TryLaterError("another syncer is changing the config", "Try again when it is done") from None
        except OSError:
            return
        with condition:
            clock.wait(condition, POLL)


def apply(path: Path, joined: Joined, steps: Mapping[Path, Sequence[Step]]) -> list[Path]:
    """Make the steps in the files of the config at `path`, as it was read, and save them; return the files that were changed.

    The texts before stay beside them as `config.toml.bak`. Raises ReadOnlyError; ConfigError (nothing is written) if the config
    were faulty then, or if a new text would say anything else than the old one with the steps; TryLaterError if somebody else
    saved a file meanwhile.
    """
    texts = {one.path: one.text for one in joined.sources}
    savings = [_saving(file, texts[file], some) for file, some in steps.items() if some]
    for each in savings:
        replace.refuse_read_only(each.file)
    load.settings(load.read(path, {paths.real(each.file): each.new for each in savings}))
    for each in savings:
        mark = _BOM if each.old.startswith(_BOM) else b""
        replace.save(each.file, each.old, mark + each.new.encode(), each.before)
    return [each.file for each in savings]


def _saving(file: Path, text: str, steps: Sequence[Step]) -> _Saving:
    # A link into somebody's dotfiles stays a link; what it leads to is changed.
    real = paths.real(file)
    before = changes.fingerprint([real])
    raw = source.read_bytes(real)
    if source.decode(raw, file.name) != text:
        raise TryLaterError(f"{file.name} was saved by somebody else just now", "Try again")
    # What we add has "\n"; a file of Windows lines shall not become a mixture.
    windows = text.count("\r\n") == text.count("\n") > 0
    plain = text.replace("\r\n", "\n") if windows else text
    plain = plain if plain.endswith("\n") or not plain else f"{plain}\n"
    for step in steps:
        plain = _stepped(plain, step, file.name)
    return _Saving(file, raw, plain.replace("\n", "\r\n") if windows else plain, before)


def _stepped(plain: str, step: Step, file: str) -> str:
    intended = tomllib.loads(plain)
    step.edit(intended)
    for write in (_spliced, _rewritten):
        new = write(plain, step)
        if new is not None and _says(new, intended):
            return new
    raise ConfigError(
        f"{file} is written in a way that cannot be changed without changing more than was asked",
        "Nothing was saved; make this change by hand",
    )


def _spliced(plain: str, step: Step) -> str | None:
    try:
        return None if step.splice is None else step.splice(plain)
    except (ValueError, IndexError, KeyError):
        return None


def _rewritten(plain: str, step: Step) -> str | None:
    import tomlkit

    try:
        document = tomlkit.parse(plain)
        step.edit(document)
        return tomlkit.dumps(document)
    except Exception:  # noqa: BLE001 whatever tomlkit cannot do, the person can do by hand
        return None


def _says(text: str, intended: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == intended
    except ValueError:
        return False
