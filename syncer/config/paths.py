"""Where the config, the state and the cache lie (XDG base directories), and what a path in a config means.

Environment and home are passed in, so that tests bring their own. Everybody above may import it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_VARIABLE: Final = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?", re.ASCII)


def config_file(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the config lies unless a command names another: `~/.config/syncer/config.toml`."""
    return _base("XDG_CONFIG_HOME", ".config", environ) / "syncer" / "config.toml"


def state_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return where database, cookies and backups lie by default: `~/.local/state/syncer`."""
    return _base("XDG_STATE_HOME", ".local/state", environ) / "syncer"


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return where what can be fetched again lies by default: `~/.cache/syncer`."""
    return _base("XDG_CACHE_HOME", ".cache", environ) / "syncer"


def home(environ: Mapping[str, str] | None = None) -> Path:
    """Return the person's home folder, `/` where the machine knows none (a container without a user)."""
    given = (os.environ if environ is None else environ).get("HOME", "")
    if given.startswith("/"):
        return Path(given)
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def real(path: Path) -> Path:
    """Return where a path leads in the end; one whose links go round in circles leads to itself, and cannot be opened."""
    return Path(os.path.realpath(path))


def resolve(text: str, base: Path) -> Path:
    """Return the absolute path that `text` means in a config whose folder is `base`: `~` is home, `..` is taken out.

    Symbolic links stay as they are. Raises ValueError with the cure: empty path, a variable, unknown `~user`.
    """
    if not text.strip():
        raise ValueError("an empty path; write where the folder is")
    if "\0" in text or "\n" in text:
        raise ValueError("a path cannot contain a line break or a zero byte")
    if any(_VARIABLE.fullmatch(part) for part in text.split("/")):
        raise ValueError(f'"{text}": variables are not looked up in a config; write ~ or the full path')
    if text == "~" or text.startswith("~/"):
        path = home() / text[2:]
    else:
        path = Path(text)
        try:
            path = path.expanduser()
        except RuntimeError:
            raise ValueError(f'"{text}": no user of this name is known here; write the full path') from None
    return Path(os.path.normpath(base / path))


def _base(variable: str, default: str, environ: Mapping[str, str] | None) -> Path:
    given = (os.environ if environ is None else environ).get(variable, "")
    # The XDG specification: a relative path is invalid and to be ignored.
    return Path(given) if given.startswith("/") else home(environ) / default
