"""yt-dlp as a program that URLs are handed to: what it is asked in which order, and what is taken of what it lays down.

Run as a program of its own and never imported, so that it can be ended at any moment. A video takes two runs: the first tells all
about it, so that filters can say no before anything is downloaded; the second downloads by what the first found. The service imports it.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from syncer import private
from syncer.config.handover import YT_DLP, Handover
from syncer.handover import batches, choose, yt_dlp_answers, yt_dlp_troubles, yt_dlp_words
from syncer.handover.base import (
    BROKEN,
    STOPPED,
    UNSUPPORTED,
    Ask,
    Claim,
    Downloads,
    Got,
    Listing,
    Ran,
    Run,
    Tool,
    Trouble,
)
from syncer.handover.run import TOO_LONG
from syncer.model import TAKEN, Action, Verdict

_MOST_GIVEN: Final = 32_768
"""Bytes of URLs that it is asked about in one go."""
_INFO: Final = "info.json"


class YtDlp:
    """Speaks with yt-dlp."""

    name = YT_DLP
    resumes = True

    def __init__(self, settings: Handover) -> None:
        self._settings = settings
        self._own = settings.yt_dlp
        self._map = settings.mapping

    def claims(self, tool: Tool, urls: Sequence[str], folder: Path, run: Run) -> dict[str, Claim]:
        """Return which of its sites claims which of the URLs; asks nothing of the net."""
        found: dict[str, Claim] = {}
        for some, place in batches.of(urls, _MOST_GIVEN, folder):
            command = (*tool.command, "--ignore-config", "--list-extractors", "--batch-file", "-")
            ran = run(command, place, batches.CLAIMS, given=batches.given(some))
            found |= yt_dlp_answers.claims(ran.out.decode("utf-8", "replace"), some)
        return found

    def list(self, tool: Tool, ask: Ask, run: Run) -> Listing:
        """Return the entries from `ask.first` to `ask.last`, each as a post whose file it fetches itself."""
        ffmpeg = self._ffmpeg()
        words = yt_dlp_words.listing(self._own, ask, ask.url, generic=self._generic(ask.url), ffmpeg=ffmpeg)
        ran = self._run(tool, ask, words, run)
        entries = yt_dlp_answers.entries(ran.out)
        answer = yt_dlp_answers.listing(entries, self._map, ask.url)
        trouble = self._ended(tool, ask, ask.url, ran, ffmpeg=ffmpeg)
        more = trouble is None and len(entries) > ask.last - ask.first
        return Listing(answer.posts, answer.galleries, more, trouble)

    def download(self, tool: Tool, ask: Ask, run: Run) -> Downloads:
        """Fetch the video at `ask.url`; what an earlier run has left in the folder is taken up."""
        _, url = yt_dlp_words.item(ask.url)
        generic, ffmpeg, before = self._generic(url), self._ffmpeg(), _size(ask.folder)
        ran = self._run(tool, ask, yt_dlp_words.looking(self._own, ask, generic=generic, ffmpeg=ffmpeg), run)
        trouble = self._ended(tool, ask, url, ran, ffmpeg=ffmpeg)
        data = next(iter(yt_dlp_answers.entries(ran.out)), None)
        if data is None or (trouble is not None and trouble.kind == STOPPED):
            return Downloads(trouble=trouble or _nothing(url))
        if found := self._refused(ask, data):
            return found
        info = _keep(ask.folder, data)
        archive = _lines(ask.archive)
        words = yt_dlp_words.downloading(self._own, ask, info, generic=generic, ffmpeg=ffmpeg)
        second = self._run(tool, ask, words, run)
        path, told = _laid(second, info.parent)
        size = max(0, _size(ask.folder) - before)
        if path is None:
            wrong = self._ended(tool, ask, url, second, ffmpeg=ffmpeg) or trouble or _nothing(url)
            if second.fault.startswith(TOO_LONG) and size:
                wrong = replace(wrong, kind="timeout")  # it goes on at the next try where it was
            return Downloads(size=size, trouble=wrong)
        post = yt_dlp_answers.read({**data, **told}, self._map).post
        more = yt_dlp_answers.picture(data) if self._own.thumbnail else ()
        new = tuple(line for line in _lines(ask.archive) if line not in archive)
        return Downloads((Got(path, post, new, more=more),), size)

    def _refused(self, ask: Ask, data: Mapping[str, Any]) -> Downloads | None:
        """Return why a video is not to be downloaded, by what is told of it; None where it is."""
        url = yt_dlp_words.item(ask.url)[1]
        if yt_dlp_answers.is_link(data):
            words = f"{url} is a list of videos, and none itself"
            return Downloads(trouble=Trouble(BROKEN, words, f"Take the list: `syncer add url {shlex.quote(url)}`"))
        if why := yt_dlp_answers.live(data):
            return Downloads(trouble=Trouble(yt_dlp_troubles.NOT_YET, why))
        line = yt_dlp_answers.archived(data)
        if line and line in _lines(ask.archive):
            return Downloads(
                refused=Verdict(Action.SKIP, "archive", f"{line} is in the archive of {self.name} already")
            )
        verdict = TAKEN if ask.judge is None else ask.judge(yt_dlp_answers.read(data, self._map))
        return None if verdict.taken else Downloads(refused=verdict)

    def _run(self, tool: Tool, ask: Ask, words: Sequence[Sequence[str]], run: Run) -> Ran:
        own = () if self._own.own_config else ("--ignore-config",)
        ca_file = ask.manners.ca_file
        return run(
            (*tool.command, *own, "--config-locations", "-"),
            ask.folder,
            ask.limits,
            given=yt_dlp_words.config(words),
            out_line=_hear(ask),
            environment={} if ca_file is None else {"SSL_CERT_FILE": str(ca_file)},
            home=Path.home() if self._own.own_config else None,
        )

    def _ended(self, tool: Tool, ask: Ask, url: str, ran: Ran, *, ffmpeg: bool) -> Trouble | None:
        if ran.stopped:
            return Trouble(STOPPED, f"{self.name} was ended: {ran.fault}")
        found = yt_dlp_troubles.ended(tool, ran.hidden(ask.hide), ffmpeg=ffmpeg)
        if found is not None and found.kind == UNSUPPORTED and self._generic(url):
            return Trouble(
                UNSUPPORTED, f"{self.name} finds no video at {url}", "Open it in a browser to see what is there"
            )
        return found

    def _generic(self, url: str) -> bool:
        return choose.is_generic(url, self._settings)

    def _ffmpeg(self) -> bool:
        """Tell whether something is there that can put picture and sound together."""
        return shutil.which("ffmpeg") is not None or "--ffmpeg-location" in self._own.options


def _nothing(url: str) -> Trouble:
    return Trouble(BROKEN, f"yt-dlp brought nothing for {url}", "Try it there by hand to see why")


def _hear(ask: Ask) -> Callable[[str], None]:
    """Return what tells of each request that a run makes, by the lines that it writes; all count for the host that was asked."""
    host = yt_dlp_answers.host_of(yt_dlp_words.item(ask.url)[1])

    def line(text: str) -> None:
        for _ in range(yt_dlp_answers.requests(text)):
            ask.asked(host)

    return line


def _keep(folder: Path, data: Mapping[str, Any]) -> Path:
    """Write the metadata of a video into a folder of its own, whose name is the same at the next try."""
    named = yt_dlp_answers.archived(data) or str(data.get("webpage_url"))
    place = folder / hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:16]
    place.mkdir(mode=0o700, exist_ok=True)
    path = place / _INFO
    private.write(path, json.dumps(data).encode())
    return path


def _laid(ran: Ran, folder: Path) -> tuple[Path | None, Mapping[str, Any]]:
    """Return the file that a run says to have finished, and what it tells of it; None where there is none."""
    for data in reversed(yt_dlp_answers.entries(ran.out)):
        path = Path(str(data.get("filepath") or ""))
        if path.parent == folder and not path.is_symlink() and path.is_file():
            return path, data
    return None, {}


def _lines(archive: Path | None) -> tuple[str, ...]:
    """Return the entries of an archive."""
    if archive is None or not archive.is_file():
        return ()
    return tuple(line for line in archive.read_text("utf-8", "replace").splitlines() if line)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
