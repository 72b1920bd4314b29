"""Has config and site files checked in a process of its own, so that the models that check them never come into a lasting one.

Here, because they take 15 MB of the service's memory for as long as it runs. What the other process found fine lies in the cache
then; where it could not do it, or found faults, all is read here as ever. `syncer run` uses it.
"""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from syncer.config import checked, load
from syncer.errors import SyncerError
from syncer.service import snapshot

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
    """Check in a new process what was not found fine before."""
    if not _is_needed(lambda: snapshot.build(load.load(path))):
        return
    command = [sys.executable, "-m", "syncer", "config", "check", "--config", str(path)]
    nowhere = subprocess.DEVNULL
    try:
        subprocess.run(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, timeout=PATIENCE, check=False)  # noqa: S603 - our own program
    except (OSError, subprocess.SubprocessError):
        log.debug("the config could not be checked apart", exc_info=True)


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
