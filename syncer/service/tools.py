"""The programs that URLs can be handed to: which are installed, which of their parts claim a URL, and all their runs.

Here, because finding a program and asking it costs a second, so that both are remembered: for as long as the program stays the same.
The runtime holds one `Tools`; the jobs of handovers use it.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from syncer.clock import elapsed
from syncer.config import masks
from syncer.config.handover import GALLERY_DL, YT_DLP, Handover
from syncer.config.masks import Hide
from syncer.config.settings import Config
from syncer.errors import ItemError
from syncer.fetch.contexts import registered
from syncer.fetch.failure import FailureKind, fail
from syncer.handover import choose, find, hidden, troubles
from syncer.handover.base import Claim, GarbageError, Program, Ran, Run, Tool
from syncer.handover.choose import Choice
from syncer.handover.gallery_dl import GalleryDl
from syncer.handover.run import Runs
from syncer.handover.yt_dlp import YtDlp

PROGRAMS: Final[Mapping[str, Callable[[Handover], Program]]] = MappingProxyType({GALLERY_DL: GalleryDl, YT_DLP: YtDlp})
_CACHES: Final = {GALLERY_DL: "gallery-dl-cache.sqlite3", YT_DLP: "yt-dlp-cache"}
"""What programs call the file or folder where they keep sessions and tokens, below `FOLDER`."""
_FRESH: Final = 60.0
"""Seconds after which it is looked again whether a program is installed, and which version."""
_MOST_CLAIMS: Final = 20_000
_REMEMBERED: Final = 3600.0
"""Seconds after which a program is asked anew about a URL: what its own config says may be another thing then."""
FOLDER: Final = "handover"
"""Below the state folder: private folders of runs, and what programs keep from one run to the next."""


class BrokenError(ItemError):
    """A program does not answer what it is asked."""


class _Ends:
    """Runs a program, and remembers how that ended: no answer must not pass for "unknown"."""

    def __init__(self, run: Run, hide: Hide) -> None:
        self._run = run
        self._hide = hide
        self._ends: list[Ran] = []

    def __call__(self, *given: Any, **more: Any) -> Ran:
        """Run it."""
        ran = self._run(*given, **more).hidden(self._hide)
        self._ends.append(ran)
        return ran

    def check(self, name: str) -> None:
        """Raise FetchError (aborted) or BrokenError where a run brought no answer."""
        for ran in self._ends:
            if ran.stopped:
                raise fail(FailureKind.ABORTED, f"{name} was ended: {ran.fault}")
            if ran.fault:
                raise BrokenError(f"{name} cannot be asked: {ran.fault}")
            if ran.code is not None and ran.code < 0:
                raise BrokenError(f"{name} cannot be asked, it crashes (signal {-ran.code})")
            if b"Traceback (most recent call last)" in ran.err and ran.code != 0:
                last = ran.err.decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise BrokenError(f"{name} cannot be asked, it breaks: {troubles.plain(last)}")


class Tools:
    """What is known of other programs; safe to use from any thread."""

    def __init__(self, state: Path) -> None:
        self.runs = Runs(elapsed)
        self.folder = state / FOLDER
        self._found: dict[str, tuple[float, Handover, Tool | None]] = {}
        self._claims: dict[tuple[str, str], Claim | None] = {}
        self._claims_since = elapsed()
        self._busy: set[str] = set()
        """Domains that a program is at."""
        self._lock = threading.Lock()

    def program(self, name: str, config: Config) -> Program:
        """Return how one speaks with a program."""
        return PROGRAMS[name](config.handover)

    def tool(self, name: str, config: Config) -> Tool | None:
        """Return a program as it is installed; None where it is not."""
        with self._lock:
            at, settings, found = self._found.get(name, (0.0, None, None))
        if settings == config.handover and elapsed() - at < _FRESH:
            return found
        found = find.tool(name, config.handover, self.runs.run) if name in PROGRAMS else None
        with self._lock:
            self._found[name] = (elapsed(), config.handover, found)
            if settings is not None and settings != config.handover:
                self._claims.clear()
        return found

    def choose(self, config: Config, url: str, others: Iterable[str] = ()) -> Choice:
        """Decide which program takes a URL; `others` will be asked about soon, so that they are now, in the same go."""
        handover, only = config.handover, config.network.only
        allowed, _ = choose.programs_for(url, handover, only)
        tools = {name: self.tool(name, config) for name in allowed}
        claims: dict[str, Claim | None] = {}
        broken: dict[str, str] = {}
        unasked: list[str] = []
        for name, tool in tools.items():
            if tool is None:
                continue
            if old := choose.too_old(tool):
                broken[name] = f"{old}; renew it: {find.renew(tool)}"
                continue
            try:
                claims[name] = self.claim(config, name, url, others)
            except BrokenError as error:
                broken[name] = error.title
                unasked.append(name)
            # Who comes first takes it: the others need not be asked.
            if (chosen := choose.choose(url, handover, tools, claims, only, broken)).program:
                return chosen
        return replace(choose.choose(url, handover, tools, claims, only, broken), unasked=tuple(unasked))

    def claim(self, config: Config, name: str, url: str, others: Iterable[str] = ()) -> Claim | None:
        """Return which part of a program knows a URL; None where none does, or the program is not there.

        Raises BrokenError where it does not answer, FetchError (aborted) where syncer ends meanwhile.
        """
        tool = self.tool(name, config)
        if tool is None:
            return None
        with self._lock:
            if elapsed() - self._claims_since > _REMEMBERED or len(self._claims) > _MOST_CLAIMS:
                self._claims.clear()
                self._claims_since = elapsed()
            if (tool.mark, url) in self._claims:
                return self._claims[tool.mark, url]
            wanted = [url, *(each for each in others if each != url and (tool.mark, each) not in self._claims)]
        try:
            found = self._asked(config, tool, wanted)
        except BrokenError:
            if len(wanted) == 1:
                raise
            # Another one of them may be what it stumbles over.
            wanted = [url]
            found = self._asked(config, tool, wanted)
        with self._lock:
            for each in wanted:
                self._claims[tool.mark, each] = found.get(each)
        return found.get(url)

    def _asked(self, config: Config, tool: Tool, urls: Sequence[str]) -> Mapping[str, Claim]:
        """Ask a program about URLs. Raises BrokenError where it does not answer, FetchError (aborted) where syncer ends."""
        ends = _Ends(self.runs.run, masks.hider(hidden.of_options(config.handover)))
        try:
            with self.private_folder() as folder:
                found = self.program(tool.name, config).claims(tool, urls, folder, ends)
        except GarbageError as error:
            ends.check(tool.name)
            raise BrokenError(f"{tool.name} cannot be asked: {error.title}") from error
        ends.check(tool.name)
        return found

    @contextmanager
    def alone(self, url: str) -> Iterator[bool]:
        """Give whether no other program is at a URL's domain; it is ours until the end then, so that no two go there at once."""
        domain = registered(url)
        with self._lock:
            free = domain not in self._busy
            self._busy.add(domain)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._busy.discard(domain)

    @contextmanager
    def private_folder(self) -> Iterator[Path]:
        """Give an empty folder that nobody else can read, and remove it with all that is in it."""
        folder = self.folder / "runs" / secrets.token_hex(8)
        folder.mkdir(mode=0o700, parents=True)
        self.folder.chmod(0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def cache(self, name: str) -> Path:
        """Return the file or folder in which a program keeps sessions and tokens."""
        return self.folder / _CACHES[name]

    def sweep(self) -> None:
        """Remove the private folders that a crash has left; no run may be under way."""
        shutil.rmtree(self.folder / "runs", ignore_errors=True)

    def stop(self) -> None:
        """End all programs, and let none begin any more."""
        self.runs.stop()


def installed(config: Config, names: Sequence[str]) -> list[str]:
    """Return which programs are there; a look at the disk, and no more."""
    return [name for name in names if name in PROGRAMS and find.command(name, config.handover) is not None]
