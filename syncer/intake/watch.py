"""Watches the inbox for changes: an event is only a hint to look soon, the timed look at the whole folder is the truth.

Here so that watchdog stays in one place; it is imported when a watch is armed. Imported by service.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.intake.mounts import polled_parts
from syncer.intake.names import ignored, place

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver

_LOG = logging.getLogger(__name__)
_HINTS = frozenset({"created", "moved", "closed"})
"""A file that is moved or linked in gives no "closed"; what is renamed gives "moved", with the name that counts."""
_POLL_SECONDS = 5.0
_STOP_SECONDS = 2.0


class FolderWatch:
    """Calls `hint` when something in a folder may be worth a look. All methods but the hint are for one thread.

    `hint` is called on watchdog's threads: it should only notify a condition or set a flag. `mounts` is the text of
    /proc/mounts, read anew for each check if it is None.
    """

    def __init__(
        self, root: Path, hint: Callable[[], None], *, mounts: str | None = None, name: str = "the inbox"
    ) -> None:
        self._name = name
        self._root = root
        self._hint = hint
        self._mounts = mounts
        self._observers: list[BaseObserver] = []
        self._armed: tuple[object, ...] | None = None
        self._was_armed = False
        self.deaf = "not watching yet"
        """Why no events come ("" = they do); the timed look still finds everything, only later."""

    def check(self) -> str:
        """Arm the watch, or arm it anew if the folder was replaced or a watchdog thread died; call before each look.

        Returns what changed since the last call in words, "" if nothing did. Never raises.
        """
        target = self._target()
        if target is None:
            return self._set_deaf(f"{self._name} {self._root} is not there; it is looked for again and again")
        if target == self._armed and all(map(_is_alive, self._observers)):
            return ""
        self.stop()
        try:
            self._arm(target)
        except OSError as error:
            self.stop()
            return self._set_deaf(
                f"no events for {self._root} ({error.strerror or error}); it is looked at by time only"
            )
        self.deaf = ""
        words = f"watching {self._root}" + (" again" if self._was_armed else "")
        self._was_armed = True
        _LOG.info(words)
        # What came while nobody listened gave no event.
        self._hint()
        return words

    def stop(self) -> None:
        """End the watch; the threads end within two seconds."""
        observers, self._observers = self._observers, []
        self._armed = None
        for observer in observers:
            observer.stop()
        for observer in observers:
            if observer.is_alive():
                observer.join(_STOP_SECONDS)

    def _target(self) -> tuple[object, ...] | None:
        """Return what is to be watched: which folder that is by inode, and which parts of it are polled."""
        try:
            status = self._root.stat()
        except OSError:
            return None
        mounts = _read_mounts() if self._mounts is None else self._mounts
        parts = polled_parts(os.path.realpath(self._root), mounts)
        return (status.st_dev, status.st_ino, *parts)

    def _arm(self, target: tuple[object, ...]) -> None:
        from watchdog.observers import Observer
        from watchdog.observers.polling import PollingObserver

        root = os.path.realpath(self._root)
        polled = [str(part) for part in target[2:]]
        handler = _handler(root, self._hint)
        plan: list[tuple[BaseObserver, str]] = [(PollingObserver(timeout=_POLL_SECONDS), part) for part in polled]
        if root not in polled:
            plan.append((Observer(), root))
        for observer, part in plan:
            observer.daemon = True
            self._observers.append(observer)
            observer.schedule(handler, part, recursive=True)
            observer.start()
        self._armed = target

    def _set_deaf(self, why: str) -> str:
        self.stop()
        if why == self.deaf:
            return ""
        self.deaf = why
        _LOG.warning(why)
        return why


def _handler(root: str, hint: Callable[[], None]) -> FileSystemEventHandler:
    from watchdog.events import FileSystemEventHandler

    class Handler(FileSystemEventHandler):
        """Passes on that something happened; whatever goes wrong here would end watchdog's thread."""

        def dispatch(self, event: FileSystemEvent) -> None:
            try:
                removed = event.event_type == "deleted" and os.fsdecode(event.src_path) == root
                if removed or (event.event_type in _HINTS and _matters(root, event)):
                    hint()
            except Exception:  # noqa: BLE001 - an error here would leave the service deaf for ever
                _LOG.warning("a change in the inbox could not be told; the next timed look finds it", exc_info=True)

    return Handler()


def _matters(root: str, event: FileSystemEvent) -> bool:
    """Tell whether an event is about a name that could be a link file, and not about what we put away ourselves."""
    path = os.fsdecode(event.dest_path or event.src_path)
    folders = Path(path).relative_to(root).parts
    return not folders or not (place(folders[:-1]).ignored or ignored(folders[-1]))


def _is_alive(observer: BaseObserver) -> bool:
    """Tell whether events still come; when its folder is removed an emitter ends, even if a new one has its number."""
    return observer.is_alive() and all(emitter.is_alive() for emitter in observer.emitters)


def _read_mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
