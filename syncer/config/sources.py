"""Where a secret comes from, as a config names it: a file, an environment variable, a command, a credential of systemd.

Pure; never the secret itself, and no refusal repeats what stands in the config: it may be one. The schema imports it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from syncer.config import paths
from syncer.config.settings import Source

KINDS: Final = ("file", "env", "command", "credential")
CURE: Final = (
    'write where it is: { file = "~/.config/syncer/secret" }, { env = "NAME" }, { command = ["pass", "show", "NAME"] } '
    'or { credential = "NAME" }'
)
_NAME: Final = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}", re.ASCII)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
MOST: Final = 20
_OURS: Final = frozenset({"host", "cookie", "content-length", "transfer-encoding", "connection", "range"})


def read_all(given: object, base: Path, what: str) -> dict[str, Source]:
    """Read a table of sources by name; raises ValueError with the cure. `what` names one of them in words."""
    if not isinstance(given, dict):
        raise ValueError(f"must be a table with the name of each {what}; {CURE}")
    if len(given) > MOST:
        raise ValueError(f"has more than {MOST} entries")
    return {name: _checked(name, value, base) for name, value in given.items()}


def read_one(name: str, given: object, base: Path) -> Source:
    """Read one source that a key named `name` holds; raises ValueError with the cure."""
    return _checked(name, given, base)


def header_names(found: Mapping[str, Source]) -> Mapping[str, Source]:
    """Raise ValueError for what cannot be the name of a header that a person sets."""
    for name in found:
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f'"{name}" cannot be set as a header here')
    return found


def _checked(name: str, given: Any, base: Path) -> Source:
    if not isinstance(given, dict):
        raise ValueError(f'"{name}": a secret must not stand in the config; {CURE}')
    kinds = [key for key in given if key in KINDS]
    unknown = [key for key in given if key not in (*KINDS, "before")]
    if len(kinds) != 1 or unknown:
        raise ValueError(f'"{name}" needs exactly one of {", ".join(KINDS)}, and may have "before"; {CURE}')
    before = given.get("before", "")
    if not isinstance(before, str) or not before.isprintable() or len(before) > 100:
        raise ValueError(f'"{name}": "before" must be a short text, like "Bearer "')
    kind = kinds[0]
    return Source(kind, _READERS[kind](name, given[kind], base), before)


def _file(name: str, given: Any, base: Path) -> tuple[str, ...]:
    if not isinstance(given, str):
        raise ValueError(f'"{name}": "file" must be the path of a file')
    return (str(paths.resolve(given, base)),)


def _word(name: str, given: Any, base: Path) -> tuple[str, ...]:
    del base
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise ValueError(f'"{name}": must be the name of a variable or credential: letters, digits, "_", "-", "."')
    return (given,)


def _command(name: str, given: Any, base: Path) -> tuple[str, ...]:
    del base
    fine = isinstance(given, list) and given and all(isinstance(each, str) and "\0" not in each for each in given)
    if not fine or not given[0] or len(given) > 50:
        raise ValueError(
            f'"{name}": "command" must be a list of words, like ["pass", "show", "NAME"]; no shell reads it'
        )
    return tuple(given)


_READERS: Final = {"file": _file, "env": _word, "command": _command, "credential": _word}
