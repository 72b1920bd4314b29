"""Has config and site files checked in a process of its own, so that the models that check them never come into a lasting one.

Here, because they take 15 MB of the service's memory for as long as it runs. What the other process found fine lies in the cache
then; where it could not do it, or found faults, all is read here as ever. `syncer run` uses it.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NoReturn

from syncer.config import checked, lists, load, paths
from syncer.config.include import Joined
from syncer.errors import ConfigError, SyncerError
from syncer.service import results, snapshot

log = logging.getLogger(__name__)

PATIENCE: Final = 8.0
"""Seconds that another process may take: the service has 10 to end in, and reads all by itself then."""


def before_start(path: Path) -> None:
    """Check in forks what was not found fine before; only as long as this process has one thread.

    The config goes first: what it leads to is then read here already, and the second fork goes on from there.
    """
    _check_apart(lambda: load.load(path))
    _check_apart(lambda: snapshot.build(load.load(path)))


def _check_apart(work: Callable[[], object]) -> None:
    if not _is_needed(work) or not hasattr(os, "fork") or threading.active_count() > 1:
        return
    child = os.fork()
    if child == 0:
        _check_and_end(work)
    os.waitpid(child, 0)


def before_reload(path: Path) -> None:
    """Check in a new process what was not found fine before. Raises ConfigError with what that process says of the config."""
    if _is_needed(lambda: snapshot.build(load.load(path))):
        _ask(path, {})


def judge(joined: Joined) -> None:
    """Have a config judged by a new process as it was read and joined here, be it on the disk or not. Raises ConfigError."""
    if checked.can_keep():
        _ask(joined.sources[0].path, {str(paths.real(each.path)): each.text for each in joined.sources})


def _ask(path: Path, texts: Mapping[str, str]) -> None:
    """Have a config checked, and without `texts` (by real path) its site files, too. Raises ConfigError as the other process has it."""
    command = [sys.executable, "-m", __name__]
    given = json.dumps({"config": str(path), "texts": texts}).encode()
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
        told = json.loads(done.stdout or b"null")
    except (OSError, ValueError, subprocess.SubprocessError):
        log.debug("the config could not be checked apart", exc_info=True)
        return
    if told is not None:
        error = results.error_of(told["error"])
        raise ConfigError(error.title, error.advice, tuple(told["error"]["problems"]), tuple(map(Path, told["files"])))


def _answer(given: bytes) -> bytes:
    """Check what another process asks about; return what is wrong with the config, b"" = nothing."""
    asked = json.loads(given)
    texts = {Path(path): str(text) for path, text in asked["texts"].items()}
    try:
        config = lists.read(load.settings(load.read(Path(asked["config"]), texts)))
        if not texts:
            snapshot.build(config)
    except ConfigError as error:
        files = [str(file) for file in error.files]
        return json.dumps({"error": results.told(error), "files": files}).encode()
    return b""


def _is_needed(work: Callable[[], object]) -> bool:
    try:
        with checked.only_kept():
            work()
    except checked.NotKeptError:
        return checked.can_keep()
    except (SyncerError, OSError):
        log.debug("whoever reads the config next tells what is wrong with it", exc_info=True)
    return False


def _check_and_end(work: Callable[[], object]) -> NoReturn:
    """Check everything in the fork and end it there, whatever comes, without a word and without what the parent does at its end."""
    try:
        gc.disable()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        work()
    finally:
        os._exit(0)


if __name__ == "__main__":
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read()))
