"""What a person has already becomes known: read from other places, in pieces, so that the queue goes on meanwhile.

Here, because only the site files know which post a URL or a line of an archive means. The verb of `known import` and the service's
clockwork call it.
"""

from __future__ import annotations

import itertools
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from syncer.config.settings import KnownPlace
from syncer.errors import UsageError
from syncer.handover.mapping import names, reading
from syncer.intake import had
from syncer.intake.had import Had
from syncer.model import UrlKind
from syncer.service import identity
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.words import count, span
from syncer.sites.library import Library
from syncer.store import known, requests
from syncer.store.database import Named

log = logging.getLogger(__name__)

PIECE: Final = 2_000
"""So many things are noted in one transaction."""
WORDS: Final = {
    "hydrus": "hydrus",
    "gallery-dl": "gallery-dl's archive",
    "yt-dlp": "yt-dlp's archive",
    "folder": "a folder",
    "list": "a list",
}

_OTHER_SITE: Final = re.compile(r"([a-z][a-z_-]{0,60}[a-z])_?(\d{1,30})", re.ASCII)
"""A line of gallery-dl's archive for a post of a site whose name has no digits: where one ends with them, no one can tell."""


@dataclass(slots=True)
class Counted:
    """What an import came to."""

    read: int = 0
    deleted: int = 0
    noted: int = 0
    """Keys that were not known before."""
    unread: int = 0
    """Lines of an archive that no site file here can place."""


def verb(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Import from `path`, which is of `kind`; answer how much was read and is new. Raises UsageError."""
    kind = str(details["kind"])
    if kind not in had.READERS:
        raise UsageError(f'"{kind}" cannot be imported from', f"There are: {', '.join(had.READERS)}")
    counted = bring_in(runtime, kind, Path(details["path"]))
    return {
        "kind": kind,
        "path": details["path"],
        "read": counted.read,
        "deleted": counted.deleted,
        "noted": counted.noted,
        "unread": counted.unread,
    }


def bring_in(runtime: Runtime, kind: str, path: Path) -> Counted:
    """Note all that `path` has; what is known already stays as it is. Raises UsageError, sqlite3.Error."""
    counted, library = Counted(), runtime.snapshot.library
    found = had.read(kind, path)
    while piece := list(itertools.islice(found, PIECE)):
        rows = []
        for each in piece:
            keys = list(keys_of(library, each))
            outcome = "skipped" if each.deleted else "delivered"
            words = f"deleted in {WORDS[kind]}" if each.deleted else f"in {WORDS[kind]}"
            rows += [(key, outcome, words) for key in keys]
            counted.unread += bool((each.entry or each.video) and not keys)
            counted.deleted += each.deleted
        with runtime.db.write(Named.IMPORT_KNOWN) as tx:
            counted.noted += known.add_new(tx, rows)
        counted.read += len(piece)
    return counted


def keys_of(library: Library, each: Had) -> Iterator[str]:
    """Yield under which keys a thing is known: its hashes, its files' URLs, its posts; a list of posts proves nothing."""
    yield from (f"{kind}:{value}" for kind, value in each.hashes)
    for url in (*each.urls, *each.shared):
        yield from _keys_of(library, url, shared=url in each.shared)
    if each.entry:
        yield from _posts_of(library, each.entry)
    if each.video:
        yield from _video(each.video)


def _keys_of(library: Library, url: str, *, shared: bool) -> Iterator[str]:
    recognised = library.recognise(url)
    if recognised is None or recognised.kind is UrlKind.FILE:
        if not shared:
            yield identity.url_key(url)
    elif recognised.kind is UrlKind.POST:
        yield f"url:{recognised.key}"
        if recognised.post_id:
            yield f"post:{recognised.site}/{recognised.post_id}"


def keys_of_url(library: Library, url: str) -> Iterator[str]:
    """Yield under which keys a single URL is known, whatever it is."""
    yield identity.url_key(url)
    yield from keys_of(library, Had((url,)))


def _posts_of(library: Library, entry: str) -> Iterator[str]:
    """Yield the post that a line of an archive names; one of several files of a post leaves the others wanted."""
    for site in sorted(library.sites, key=len, reverse=True):
        number = entry.removeprefix(site).removeprefix("_")
        if entry.startswith(site) and number.isascii() and number.isdigit():
            yield f"post:{site}/{number}"
            return
    # A site of the other program's: what is handed over to it has posts by the same names.
    if (found := _OTHER_SITE.fullmatch(entry)) is not None:
        yield f"post:{found[1]}/{found[2]}"


def _video(line: str) -> Iterator[str]:
    """Yield the post that a line of yt-dlp's archive names, as what is handed over to it has it; of any page at all there is none."""
    site, _, number = line.partition(" ")
    name = names.site(site)
    if name and number and " " not in number and len(number) <= reading.LONGEST_ID:
        yield f"post:{name}/{number}"


VERBS = {"known import": verb}


class KnownPlaces:
    """Reads the places of the config when they are due, one at a time and apart from the loop."""

    def __init__(self, runtime: Runtime, ready: Callable[[], None], *, inline: bool = False) -> None:
        """`ready` is called whenever a place has been read; `inline`: read in the caller's own thread."""
        self._runtime = runtime
        self._ready = ready
        self._inline = inline
        self._thread: threading.Thread | None = None
        self._failed: dict[KnownPlace, float] = {}

    def first(self) -> bool:
        """Tell whether a place was never read, so that checks had better wait for it; one that cannot be read holds nothing up."""
        places = self._runtime.snapshot.config.known
        return any(self._read_at(place) is None and place not in self._failed for place in places)

    def turn(self) -> None:
        """Begin to read the next place that is due."""
        if self.is_reading:
            return
        now = self._runtime.clock.now()
        for place in self._runtime.snapshot.config.known:
            last = max(self._read_at(place) or 0.0, self._failed.get(place, 0.0))
            # A time to come was written by a clock that was wrong.
            if last + place.every <= now or last > now:
                self._begin(place)
                return

    @property
    def is_reading(self) -> bool:
        """Tell whether a place is being read now."""
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, place: KnownPlace) -> None:
        if self._inline:
            self._read(place)
            return
        self._thread = threading.Thread(target=self._read, args=(place,), name="known", daemon=True)
        self._thread.start()

    def _read_at(self, place: KnownPlace) -> float | None:
        with self._runtime.db.read() as tx:
            found: float | None = requests.fact(tx, _fact(place))
        return found

    def _read(self, place: KnownPlace) -> None:
        began = self._runtime.clock.now()
        try:
            counted = bring_in(self._runtime, place.kind, place.path)
        except Exception as error:  # whatever lies there, checks must not wait for it for ever
            log.debug("%s broke", place.path, exc_info=True)
            self._failed[place] = began
            self._runtime.tell(
                Event("notice", f"known {place.kind}", f"{error}; it is tried again in {span(place.every)}")
            )
        else:
            with self._runtime.db.write(Named.FLUSH) as tx:
                requests.set_fact(tx, _fact(place), began)
            words = f"{count(counted.read, 'thing')} read from {place.path}, {counted.noted} keys new"
            self._runtime.tell(Event("notice", f"known {place.kind}", words))
        self._ready()


def _fact(place: KnownPlace) -> str:
    return f"known {place.kind} {place.path}"
