"""URLs that are handed to another program, as the queue and walks have them: pages of its listings, files that only it can fetch.

Here, because a page of such a listing is a piece of it, which the URL alone does not tell: `https://site.example/a#handover=gallery-dl:1-50`
are the first fifty posts there. People are never shown such a form, but what it stands for. Pure but for the library that is asked;
the service's jobs import it, and what answers commands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from syncer.config.handover import PROGRAMS
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.handover.base import HANDED
from syncer.model import Recognised, UrlKind
from syncer.sites import urls

if TYPE_CHECKING:  # `status` says what is shown, and must not load what reads sites
    from syncer.service.snapshot import Snapshot

FIRST: Final = 50
"""Posts of a piece; later ones grow by the half of what was read, since a program may begin at the top each time."""
MOST: Final = 400
_PAGE: Final = re.compile(rf"(https?://[^#]+)#handover=({'|'.join(PROGRAMS)}):([1-9]\d{{0,8}})-([1-9]\d{{0,8}})")
_FILE: Final = re.compile(rf"{HANDED}({'|'.join(PROGRAMS)}):(.+)", re.DOTALL)
_HTTP: Final = re.compile(r"https?://.+", re.DOTALL)
_ITEM: Final = re.compile(r"item=(\d+):")


@frozen
class Piece:
    """A piece of a listing that a program reads."""

    program: str
    url: str
    first: int = 1
    last: int = FIRST

    def __str__(self) -> str:
        return f"{self.url}#handover={self.program}:{self.first}-{self.last}"

    @property
    def next(self) -> Piece:
        """Return the piece behind it."""
        size = min(max(FIRST, self.last // 2), MOST)
        return Piece(self.program, self.url, self.last + 1, self.last + size)


def piece(url: str) -> Piece | None:
    """Return which piece of a listing a URL stands for; None for any other URL."""
    found = _PAGE.fullmatch(url)
    return None if found is None else Piece(found[2], found[1], int(found[3]), int(found[4]))


def start(program: str, query: str) -> Piece:
    """Return where the listing at a URL begins. Raises ItemError where the query is no URL."""
    url = query.strip().partition("#")[0]
    if urls.split(url) is None:
        raise ItemError(f'{program} is given URLs: "{query}" is none', "Write it with https://")
    return Piece(program, urls.tidy(url))


def recognise(snapshot: Snapshot, url: str) -> Recognised | None:
    """Tell what a URL is: a piece of a program's listing, else what the site files say."""
    found = piece(url)
    if found is None:
        return snapshot.library.recognise(url)
    # The same listing for whoever looks at it, however large its first piece is.
    key = f"{urls.key(found.url)}#{found.program}" + (f":{found.first}" if found.first > 1 else "")
    return Recognised(
        url=url,
        site=found.program,
        url_class="listing",
        kind=UrlKind.GALLERY,
        normalised=found.url,
        for_server=url,
        key=key,
        fetch_url=found.url,
        fetch_class="listing",
        parser=found.program,
    )


@frozen
class Handed:
    """A file that only a program can fetch."""

    program: str
    url: str
    """As the program takes it: perhaps with something in front."""

    @property
    def plain(self) -> str:
        """Return the URL that goes to the net."""
        found = _HTTP.search(self.url)
        return found[0] if found is not None else ""


def file(url: str) -> Handed | None:
    """Return what a program is to fetch; None for a file that anybody can fetch."""
    found = _FILE.fullmatch(url)
    return None if found is None else Handed(found[1], found[2])


def on_the_net(url: str) -> str:
    """Return the URL that a request goes to in the end, for its lane and its contexts, and for whoever wants to open it."""
    if (page := piece(url)) is not None:
        return page.url
    handed = file(url) if url.startswith(HANDED) else None
    return url if handed is None else handed.plain


def shown(url: str) -> str:
    """Return what people read for a URL: `posts 1 to 50 of URL, by gallery-dl`, `URL, by yt-dlp`; all others as they are."""
    if (page := piece(url)) is not None:
        return f"posts {page.first} to {page.last} of {page.url}, by {page.program}"
    handed = file(url) if url.startswith(HANDED) else None
    if handed is None:
        return url
    number = _ITEM.match(handed.url)
    return f"{f'video {number[1]} of ' if number else ''}{handed.plain}, by {handed.program}"
