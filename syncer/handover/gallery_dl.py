"""gallery-dl as a program that URLs are handed to: its command line, its config for one run, and what it answers.

Run as a program of its own and never imported, so that it can be ended at any moment. The service imports it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from syncer import private
from syncer.config import json_text
from syncer.config.field_map import Own
from syncer.config.handover import GALLERY_DL, Handover
from syncer.handover import batches, find, gallery_dl_answers, troubles
from syncer.handover.base import (
    BROKEN,
    STOPPED,
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
from syncer.handover.mapping import gallery_dl as mapping
from syncer.handover.mapping import sites
from syncer.model import MediaFile, Post

_MOST_GIVEN: Final = 16_384
"""Bytes of URLs that it is asked about in one go; what it writes about them must be kept whole."""
_OURS: Final = frozenset({"archive", "base-directory", "cookies", "cookies-update", "postprocessors", "user-agent"})
"""Options that are not the person's to set here, wherever they stand."""
_SLEEP: Final = "sleep-request"
"""The one of its sleeps that may be set: to be slower than syncer would have it."""
_LEFT: Final = frozenset({".part", ".ytdl", ".json", ".tmp", ".temp"})
"""Endings of what is no finished file."""
_FROM_US: Final = ("-i", "-")
"""It reads its URLs from standard input: a command line is seen by everybody on the machine."""
_BEGINNINGS: Final = ("http://", "https://", "ytdl:http://", "ytdl:https://")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONFIG: Final = "config.json"


class GalleryDl:
    """Speaks with gallery-dl."""

    name = GALLERY_DL
    resumes = False

    def __init__(self, settings: Handover) -> None:
        self._own = settings.gallery_dl
        self._map = settings.mapping

    def claims(self, tool: Tool, urls: Sequence[str], folder: Path, run: Run) -> dict[str, Claim]:
        """Return which of its sites claims which of the URLs; asks nothing of the net."""
        found: dict[str, Claim] = {}
        for some, place in batches.of(urls, _MOST_GIVEN, folder):
            command = self._command(tool, place, {"extractor": dict(self._own.options)})
            words = (*command, "-E", *_FROM_US)
            ran = run(words, place, batches.CLAIMS, given=batches.given(some), home=self._home())
            err = ran.err.decode("utf-8", "replace")
            found |= gallery_dl_answers.claims(ran.out.decode("utf-8", "replace"), err, some)
        return found

    def list(self, tool: Tool, ask: Ask, run: Run) -> Listing:
        """Return the posts from `ask.first` to `ask.last`, with the URLs of their files."""
        if wrong := _unwritable(ask.url):
            return Listing(trouble=wrong)
        command = self._command(tool, ask.folder, self._config(ask))
        words = ("-v", "-j", "--post-range", f"{ask.first}-{ask.last}", *_FROM_US)
        given = ask.url.encode()
        ran = run((*command, *words), ask.folder, ask.limits, given=given, line=_hear(ask), home=self._home())
        answer = gallery_dl_answers.listing(ran.out, self._map, ask.url)
        if trouble := self._ended(tool, ask, ran, whole=answer is not None):
            return Listing(trouble=trouble)
        assert answer is not None
        trouble = troubles.read(self.name, ask.hide(answer.error), find.renew(tool)) if answer.error else None
        more = trouble is None and answer.units > ask.last - ask.first
        return Listing(answer.posts, answer.galleries, more, trouble=trouble)

    def download(self, tool: Tool, ask: Ask, run: Run) -> Downloads:
        """Fetch what only its own downloader can; `ask.url` is in its own form."""
        if wrong := _unwritable(ask.url):
            return Downloads(trouble=wrong)
        config = self._config(ask)
        config["extractor"]["directory"] = []
        command = self._command(tool, ask.folder, config)
        place = ask.folder / "files"
        words = ("-v", "-D", str(place), "--write-metadata", *_FROM_US)
        given = ask.url.encode()
        ran = run((*command, *words), ask.folder, ask.limits, given=given, line=_hear(ask), home=self._home())
        files = tuple(self._got(place))
        size = sum(got.path.stat().st_size for got in files)
        trouble = self._ended(tool, ask, ran, whole=bool(files))
        return Downloads(files, size=size, trouble=trouble)

    def _got(self, place: Path) -> Iterator[Got]:
        """Yield the files that came whole, each with what the JSON beside it tells."""
        for path in sorted(place.rglob("*")) if place.is_dir() else ():
            if path.suffix in _LEFT or path.is_symlink() or not path.is_file():
                continue
            yield Got(path, _told(path, self._map))

    def _ended(self, tool: Tool, ask: Ask, ran: Ran, *, whole: bool) -> Trouble | None:
        """Return why a run brought no answer; one whose answer is whole tells of its errors in there."""
        if ran.stopped:
            return Trouble(STOPPED, f"{self.name} was ended: {ran.fault}")
        if whole and not ran.fault:
            return None
        said = ran.hidden(ask.hide).err.decode("utf-8", "replace")
        return troubles.ended(self.name, ran.code, ran.fault, said, find.renew(tool))

    def _home(self) -> Path | None:
        return Path.home() if self._own.own_config else None

    def _command(self, tool: Tool, folder: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
        """Write the config of one run into its private folder; return the command without what is asked."""
        path = folder / _CONFIG
        private.write(path, json.dumps(config).encode())
        own = () if self._own.own_config else ("--config-ignore",)
        return (*tool.command, *own, "-c", str(path), "--no-input")

    def _config(self, ask: Ask) -> dict[str, Any]:
        """Return the config of one run: the person's options, and over them what syncer sees to itself."""
        manners = ask.manners
        extractor: dict[str, Any] = {
            "sleep-request": manners.pace,
            **allowed(self._own.options, manners.pace),
            "base-directory": str(ask.folder),
            # Who is told to wait waits with all else that goes to the domain, and that is not for one run to say.
            "sleep-429": 0,
            "retries": 0,
            "timeout": manners.timeout,
            "cookies-update": False,
            "archive": None if ask.archive is None else str(ask.archive),
        }
        words = {
            **_table(extractor, "keywords-global"),
            sites.ROOT: "{_extr.root}",
            sites.SOFTWARE: "{_extr.basecategory}",
        }
        if ask.entry:
            words[gallery_dl_answers.ENTRY] = ask.entry
        # Not `keywords`, which the person may have set for a site: that would take their place.
        extractor |= {"keywords-global": words, "keywords-eval": True, "metadata-extractor": "_extr"}
        if manners.cookies is not None:
            extractor["cookies"] = str(manners.cookies)
        if manners.user_agent:
            extractor["user-agent"] = manners.user_agent
        if manners.proxy:
            extractor["proxy"] = manners.proxy
        if manners.ca_file is not None:
            extractor["verify"] = str(manners.ca_file)
        if manners.ip != "any":
            extractor["source-address"] = "0.0.0.0" if manners.ip == "4" else "::"  # noqa: S104 nobody listens there
        downloader: dict[str, Any] = {"part": True, "mtime": False, "retries": 0, "timeout": manners.timeout}
        if manners.rate:
            downloader["rate"] = manners.rate
        cache = str(ask.cache) if ask.cache is not None else None
        output = {"private": True, "mode": "null", "ascii": True, "jsonl": False}
        return {"extractor": extractor, "downloader": downloader, "output": output, "cache": {"file": cache}}


def _unwritable(url: str) -> Trouble | None:
    """Return why a URL cannot be given to it: on a second line, what a site has said would be options, which can run any program."""
    if not _CONTROLS.search(url) and url.startswith(_BEGINNINGS):
        return None
    return Trouble(BROKEN, f"{url[:200]!r} is no address that can be handed over", "Open its page in a browser")


def allowed(options: Mapping[str, Any], pace: float) -> dict[str, Any]:
    """Return the person's options without those that would go around cookies and folders, or be faster than `pace`, at any depth."""
    return {
        key: allowed(value, pace) if isinstance(value, Mapping) else value
        for key, value in options.items()
        if key not in _OURS and (not key.startswith("sleep") or (key == _SLEEP and _least(value) >= pace))
    }


def _table(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = options.get(name)
    return found if isinstance(found, Mapping) else {}


def _least(value: object) -> float:
    """Return the least seconds that a sleep of its own can take: 2.5, "2.5", "2.0-3.5" or [2.0, 3.5]."""
    texts = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    numbers = [float(number) for text in texts for number in re.findall(r"\d{1,6}(?:\.\d{1,6})?", text)]
    return min(numbers, default=0.0)


def _hear(ask: Ask) -> Callable[[str], None]:
    """Return what tells of each request that a run makes, by the lines that it writes."""

    def line(text: str) -> None:
        if host := gallery_dl_answers.host(text):
            ask.asked(host)

    return line


def _told(path: Path, own: Own) -> Post:
    """Return what the JSON beside a file says of it."""
    try:
        data = json_text.read(path.with_name(f"{path.name}.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return Post(files=(MediaFile(""),))
    return mapping.read(data, "", own(mapping.category(data))).post
