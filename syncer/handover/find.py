"""Where another program is installed, and which version of it; where it is not, the command that installs it.

Looks on the disk, and asks a program outside of our own environment for its version. This floor and the service import it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from syncer.config.handover import GALLERY_DL, YT_DLP, Handover
from syncer.handover.base import Limits, Run, Tool

_MODULES: Final = {GALLERY_DL: "gallery_dl", YT_DLP: "yt_dlp"}
_DATED: Final = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})(?:\.\d+)*", re.ASCII)
_VERSION: Final = re.compile(r"\d[\w.+-]{0,40}", re.ASCII)
_ASKING: Final = Limits(seconds=20.0, files=20, bytes=1024**2)


def install(name: str) -> str:
    """Return the command that installs a program for this syncer."""
    if f"{os.sep}pipx{os.sep}" in sys.prefix:
        return f"pipx inject syncer {name}"
    return f'{sys.executable} -m pip install "syncer[{name}]"'


def renew(tool: Tool) -> str:
    """Return the command that brings a program up to date, as far as can be told from where it lies."""
    if tool.command[0].startswith(sys.prefix):
        upgrade = f"{sys.executable} -m pip install --upgrade {tool.name}"
        return f"pipx inject --force syncer {tool.name}" if f"{os.sep}pipx{os.sep}" in sys.prefix else upgrade
    return f"update {tool.command[0]} the way it was installed"


def named(name: str, settings: Handover) -> Path | None:
    """Return the program that the config names."""
    return settings.gallery_dl.command if name == GALLERY_DL else settings.yt_dlp.command


def command(name: str, settings: Handover) -> tuple[str, ...] | None:
    """Return the words that run a program: what the config names, else our own environment's, else what PATH leads to.

    None: it is not there.
    """
    given = named(name, settings)
    if given is not None:
        return (str(given),) if os.access(given, os.X_OK) and given.is_file() else None
    beside = Path(sys.executable).parent / name
    if os.access(beside, os.X_OK):
        return (str(beside),)
    if importlib.util.find_spec(_MODULES[name]) is not None:
        return (sys.executable, "-m", _MODULES[name])
    there = shutil.which(name)
    return None if there is None else (there,)


def tool(name: str, settings: Handover, run: Run) -> Tool | None:
    """Return a program as it is installed, with its version; None where it is not there."""
    words = command(name, settings)
    if words is None:
        return None
    version = (_of_package(name) if words[0].startswith(sys.prefix) else "") or _asked(words, run)
    return Tool(name, words, version, _since(name, version, words))


def _of_package(name: str) -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(name)
    return ""


def _asked(words: tuple[str, ...], run: Run) -> str:
    with tempfile.TemporaryDirectory(prefix="syncer-") as folder:
        ran = run((*words, "--version"), Path(folder), _ASKING, most=4096)
    found = _VERSION.search(ran.out.decode("utf-8", "replace"))
    return found[0] if found is not None else ""


def _since(name: str, version: str, words: tuple[str, ...]) -> float | None:
    """Return the day that the version names, else when the program was laid down here."""
    if name == YT_DLP and (found := _DATED.fullmatch(version)):
        with contextlib.suppress(ValueError):
            return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC).timestamp()
    with contextlib.suppress(OSError):
        return Path(words[0]).stat().st_mtime
    return None
