"""One file of a config: its bytes, its text, and the TOML in it, or where it stops being that.

Judges nothing of what the keys mean. The loader, what joins included files, and the editor import it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from syncer.config.changes import Trace
from syncer.errors import ConfigError
from syncer.frozen import frozen

MAX_SIZE: Final = 16 * 1024 * 1024
ADVICE: Final = "Mend what is listed; `syncer config check` shows it again"
NO_FILE: Final = "it is no plain file"
LONG_NUMBER: Final = "a number has more digits than any can have"
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_POSITION: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_SYNTAX_CURES: Final[Mapping[str, str]] = {
    "Cannot overwrite": "a key or table is written twice",
    "Cannot declare": "a table is written twice",
    "Cannot redefine": "a key or table is written twice",
    "Cannot mutate": "a { } table or list is complete as it is and cannot be added to",
    "Duplicate inline table key": "a key is written twice",
    "Exceeds the limit": LONG_NUMBER,
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
