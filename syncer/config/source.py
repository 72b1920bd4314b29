"""One file of a config: its bytes, its text, and the TOML in it, or where it stops being that.

Judges nothing of what the keys mean. The loader, what joins included files, and the editor import it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any, Final, NoReturn

from syncer.config import toml_text
from syncer.config.changes import Trace
from syncer.config.toml_text import NoTomlError
from syncer.errors import ConfigError
from syncer.frozen import frozen

MAX_SIZE: Final = 16 * 1024 * 1024
ADVICE: Final = "Mend what is listed; `syncer config check` shows it again"
NO_FILE: Final = "it is no plain file"
BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


@frozen
class Source:
    """One file of a config, as it was read."""

    path: Path
    """Absolute; as the config names it, links not followed."""
    name: str
    """How messages call it."""
    text: str
    data: dict[str, Any]
    look: Trace | None = None
    """What the file looked like before it was read; None = the text is no file's."""


def of_text(path: Path, name: str, text: str, look: Trace | None = None) -> Source:
    """Return a file with this text; raises ConfigError with the line where it stops being TOML."""
    return Source(path, name, text, toml(text, name), look)


def decode(raw: bytes, file: str) -> str:
    """Decode the bytes of a config: UTF-8, a byte order mark is dropped. Raises ConfigError that says which byte."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        _syntax(file, 1, "the file is saved as UTF-16; save it as UTF-8")
    try:
        return raw.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start + 1} of the file (0x{raw[error.start]:02X})"
        _syntax(file, line, f"{place} is not UTF-8; save the file as UTF-8")


def toml(text: str, file: str) -> dict[str, Any]:
    """Read the TOML text; raises ConfigError with the line where it stops being TOML."""
    try:
        return toml_text.read(text)
    except NoTomlError as error:
        column = f" (column {error.column})" if error.column else ""
        _syntax(file, error.line, f"this is not TOML{column}: {error}")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a config; raises ConfigError with the cure if there is none, or it is no config at all."""
    try:
        if path.is_relative_to("/dev") or path.is_relative_to("/proc"):  # a shell's `--config <(...)`
            with path.open("rb") as file:
                raw = file.read(MAX_SIZE + 1)
        else:
            raw = plain_bytes(path)
    except FileNotFoundError:
        raise ConfigError(f"There is no config at {path}", "`syncer init` writes one") from None
    except OSError as error:
        raise ConfigError(f"The config {path} cannot be read: {error.strerror}", "Mend its rights or path") from error
    if len(raw) > MAX_SIZE:
        raise ConfigError(f"The config {path} is over 16 MB", "It is hardly the right file") from None
    return raw


def plain_bytes(path: Path, most: int = MAX_SIZE) -> bytes:
    """Return the bytes of a file that a config names, never waiting for a pipe; at most `most` and one more.

    Raises OSError, also where it is no plain file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, NO_FILE)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(handle)


def _syntax(file: str, line: int | None, text: str) -> NoReturn:
    problem = f"{file}{f':{line}' if line else ''}: {text}"
    raise ConfigError(f"{file} cannot be read", ADVICE, (problem,)) from None
