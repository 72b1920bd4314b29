"""Watches the adopted folders for events; a timed look stays behind them.

Here, because the folders change with the config. `app` builds it; `adopt_job` calls `check` before each look.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from syncer.intake.watch import FolderWatch
from syncer.service.runtime import Runtime


class AdoptWatches:
    """One watch for each adopted folder of the config in force; `check` and `stop` are never called at the same time."""

    def __init__(self, runtime: Runtime, hint: Callable[[], None]) -> None:
        """`hint` is called on threads of watchdog's when there may be something new."""
        self._runtime = runtime
        self._hint = hint
        self._watches: dict[Path, FolderWatch] = {}

    def check(self) -> None:
        """Watch what the config names, and nothing else."""
        named = {each.path for each in self._runtime.snapshot.config.adopt if not each.paused}
        for path in [path for path in self._watches if path not in named]:
            self._watches.pop(path).stop()
        for path in named:
            if path not in self._watches:
                self._watches[path] = FolderWatch(path, self._hint, name="the adopted folder")
            self._watches[path].check()

    def stop(self) -> None:
        """End all watches."""
        for watch in self._watches.values():
            watch.stop()
