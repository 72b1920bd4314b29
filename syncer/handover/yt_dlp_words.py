"""What yt-dlp is told in a run: its options, as the text of a config that it reads from its standard input.

Here, since nothing of it may stand on a command line, which everybody on the machine can read: cookies' paths, proxies with their
passwords, URLs with tokens. Pure; `yt_dlp` imports it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from syncer.config.handover import YtDlpSettings
from syncer.handover.base import Ask, Manners

MARK: Final = "syncer-entry "
"""Before each line of JSON that it prints for us, so that nothing else is taken for one."""
WHOLE: Final = "b"
"""What is taken where nothing can put two streams together: the best that has both, or all that there is."""
RETRIES: Final = 3
_FORMAT: Final = ("-f", "--format")
_ITEM: Final = re.compile(r"item=([1-9]\d{0,8}):(https?://.+)", re.DOTALL)


def item(url: str) -> tuple[int, str]:
    """Part a URL in our form (`item=3:https://...`) into the number of the video on its page, 0 = whatever is there, and the page."""
    found = _ITEM.fullmatch(url)
    return (0, url) if found is None else (int(found[1]), found[2])


def with_item(number: int, url: str) -> str:
    """Write which video of a page is meant."""
    return f"item={number}:{url}" if number else url


def config(words: Sequence[Sequence[str]]) -> bytes:
    """Write options as a config file of it: one a line, each word quoted."""
    return "".join(f"{shlex.join(row)}\n" for row in words).encode()


def listing(settings: YtDlpSettings, ask: Ask, url: str, *, generic: bool, ffmpeg: bool) -> list[list[str]]:
    """Return the options of a run that only lists; entries of a listing are told without looking at each."""
    rows = _always(settings, ask, generic=generic, ffmpeg=ffmpeg)
    rows += [["--simulate"], ["--flat-playlist"], ["--lazy-playlist"], ["--no-playlist"]]
    rows += [["--ignore-no-formats-error"], ["--playlist-items", f"{ask.first}:{ask.last}"]]
    return [*rows, ["--print", f"video:{MARK}%()j"], [url]]


def looking(settings: YtDlpSettings, ask: Ask, *, generic: bool, ffmpeg: bool) -> list[list[str]]:
    """Return the options of a run that finds out all about one video."""
    number, url = item(ask.url)
    rows = _always(settings, ask, generic=generic, ffmpeg=ffmpeg)
    items = f"{max(number, 1)}:{max(number, 1)}"
    rows += [["--simulate"], ["--flat-playlist"], ["--no-playlist"], ["--playlist-items", items]]
    return [*rows, ["--ignore-no-formats-error"], ["--print", f"video:{MARK}%()j"], [url]]


def downloading(settings: YtDlpSettings, ask: Ask, info: Path, *, generic: bool, ffmpeg: bool) -> list[list[str]]:
    """Return the options of a run that downloads the video whose metadata lies in `info`, beside it."""
    rows = _always(settings, ask, generic=generic, ffmpeg=ffmpeg)
    rows += [["--load-info-json", str(info)], ["--no-simulate"], ["--continue"], ["--no-overwrites"], ["--part"]]
    # The format is part of the name: what another format has left shall never be taken up for this one.
    rows += [["--paths", str(info.parent)], ["--output", "%(format_id).80B.%(ext)s"]]
    if settings.subtitles and ffmpeg:
        rows += [["--write-subs"], ["--embed-subs"], ["--sub-langs", ",".join(settings.subtitles)]]
    if ask.archive is not None:
        rows.append(["--download-archive", str(ask.archive)])
    return [*rows, ["--print", f"after_move:{MARK}%()j"]]


def _always(settings: YtDlpSettings, ask: Ask, *, generic: bool, ffmpeg: bool) -> list[list[str]]:
    """Return what holds for every run: the person's own options first, so that ours count where both say something."""
    rows = [[word] for word in settings.options]
    if not any(word.startswith(_FORMAT) for word in settings.options):
        rows += [["--format", settings.format]] if settings.format else []
        rows += [["--format", WHOLE]] if not (settings.format or ffmpeg) else []
    rows += [["--no-quiet"], ["--no-progress"], ["--no-mtime"], ["--concurrent-fragments", "1"], ["--no-exec"]]
    # A video with holes is none: a piece that does not come is a failure of the whole.
    rows += [["--abort-on-unavailable-fragments"], ["--retries", str(RETRIES)], ["--fragment-retries", str(RETRIES)]]
    # What it has read and not written is lost at a kill: it would gather a second's worth.
    rows += [["--buffer-size", "64K"], ["--no-resize-buffer"]]
    rows += [["--extractor-retries", "1"], ["--file-access-retries", str(RETRIES)]]
    if not generic:
        rows.append(["--use-extractors", "default,-generic"])
    rows.append(["--no-cache-dir"] if ask.cache is None else ["--cache-dir", str(ask.cache)])
    return [*rows, *_manners(ask.manners)]


def _manners(manners: Manners) -> list[list[str]]:
    pace = f"{manners.pace:g}"
    rows = [["--sleep-requests", pace], ["--sleep-interval", pace], ["--socket-timeout", f"{manners.timeout:g}"]]
    # "" says that it goes straight, whatever else would name a proxy.
    rows.append(["--proxy", manners.proxy])
    rows += [["--limit-rate", str(manners.rate)]] if manners.rate else []
    rows += [["--user-agent", manners.user_agent]] if manners.user_agent else []
    rows.append(["--no-cookies"] if manners.cookies is None else ["--cookies", str(manners.cookies)])
    rows += [[f"--force-ipv{manners.ip}"]] if manners.ip in ("4", "6") else []
    # Its own list of authorities goes before the file that the environment names.
    rows += [["--compat-options", "no-certifi"]] if manners.ca_file is not None else []
    return rows
