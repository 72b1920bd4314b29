"""The frozen things that travel between the steps: what a parser finds, what a filter decides, what a job is.

Here, on the lowest floor, so that the steps need not know each other; imports only the standard library.
Everybody may import it. Words are those of docs/design.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from syncer.frozen import frozen


class UrlKind(StrEnum):
    """What kind of page a URL class stands for."""

    FILE = "file"
    POST = "post"
    GALLERY = "gallery"
    WATCHABLE = "watchable"


class Tag(NamedTuple):
    """A tag as two fields, so that a colon in its text is never taken for a namespace ("" = none).

    No dataclass, since pages bring thousands of them: this one is made and hashed in a third of the time.
    """

    namespace: str
    text: str

    def __str__(self) -> str:
        """Write the tag as hydrus reads it: an unnamespaced tag with a colon gets a leading one (`:re:zero`)."""
        if self.namespace:
            return f"{self.namespace}:{self.text}"
        return f":{self.text}" if ":" in self.text else self.text


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """A named text that belongs to a post: an artist's commentary, a description."""

    name: str
    text: str


@frozen
class MediaFile:
    """A media file that a page offers: where it is and what the site says about it."""

    url: str
    index: int = 0
    """Its place among the files of its post, from 0."""
    hashes: tuple[tuple[str, str], ...] = ()
    """Pairs of kind ("md5", "sha1", "sha256", "sha512") and lower-case hex, as the site gives them; `gallery-dl`: the entry that
    stands for it in that program's archive."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that the request for the file needs."""
    name: str = ""
    """The file's name on the site, where that is worth keeping."""


EARLIEST_POSTED: Final = 7 * 86_400
"""Seconds since 1970; sites that write less do not know when it was."""

MOST_AHEAD: Final = 86_400.0
"""Seconds that a site's word of a time may be ahead of our clock and still mean a post of this moment."""


def posted(time: int | None, now: float) -> int | None:
    """Return a site's word of a time, None where it cannot be true: it lies far ahead of `now`, or in the first week of 1970.

    The latter is what sites write that do not know it. Clocks differ, and some sites leave out in which zone they say it: what
    lies less than a day ahead is `now`, as hydrus has it.
    """
    if time is None or not EARLIEST_POSTED <= time <= now + MOST_AHEAD:
        return None
    return min(time, int(now))


def earliest(*times: int | None) -> int | None:
    """Return the earliest of the times that a post is told to have; what says that nobody knows it counts only for lack of others."""
    known = [time for time in times if time is not None]
    return min((time for time in known if time >= EARLIEST_POSTED), default=min(known, default=None))


@frozen
class Post:
    """One entry of a site with its metadata, its files, and the URLs where more of it is found."""

    site: str = ""
    """The stem of the site file that found it."""
    id: str = ""
    """The site's own name for it; "" where the page does not tell."""
    url: str = ""
    files: tuple[MediaFile, ...] = ()
    follow: tuple[str, ...] = ()
    """Pages that must be fetched to get at its files (post pages found on a listing)."""
    tags: tuple[Tag, ...] = ()
    notes: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()
    title: str = ""
    time: int | None = None
    """When the site says that it was posted, in seconds since 1970; of several sites the earliest."""
    times: tuple[tuple[str, int], ...] = ()
    """The same by domain, where posts of several sites tell of the same file; empty where `time` is all there is."""
    veto: str = ""
    """The parser's own word that this post must not be taken, with the reason; "" = may be taken."""
    pinned: bool = False
    """Held at the top of its listing by the site; does not count when a walk looks for known posts."""

    def posted(self, now: float) -> int | None:
        """Return `time` as far as it can be true, see `posted`."""
        return posted(self.time, now)


@frozen
class Page:
    """What a parser found on one fetched page."""

    posts: tuple[Post, ...] = ()
    next: tuple[str, ...] = ()
    """URLs of the next page(s) that the page itself names."""
    galleries: tuple[str, ...] = ()
    """Sub-galleries to walk as well."""
    title: str = ""
    veto: str = ""
    """Why nothing of the whole page may be taken; "" = may be taken."""
    faults: tuple[str, ...] = ()
    """Items of the page that could not be read, each with its reason; the others are in `posts`."""
    total: int | None = None
    """How many posts the whole listing has, as the page says; None where it does not tell."""
    archived: bool = False
    """A thread says of itself that it is closed and will not grow."""
    dying: bool = False
    """A thread says of itself that it will be gone before long: no reply brings it to the top any more."""
    last: int | None = None
    """How far the site counts its pages, by the page's own word; None = it does not tell."""


@frozen
class Recognised:
    """What the site files say about one URL: its class, its two normal forms, and how it is fetched."""

    url: str
    """The URL as it was given."""
    site: str
    url_class: str
    """Name of the class within its site; `site/url_class` names it everywhere."""
    kind: UrlKind
    normalised: str
    """The form in which the URL is shown and stored as a source."""
    for_server: str
    """The form that keeps what the server needs."""
    key: str
    """The identity of the for-server form: equal for URLs that differ only in spelling."""
    fetch_url: str
    """What is requested in the end, after all API steps."""
    fetch_class: str
    parser: str | None
    """Name of the parser for the fetched page; None: the URL itself is a file, or nothing can read it."""
    referrer: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    post_id: str = ""


@frozen
class TextTest:
    """A test on a text, with the words in which it is told."""

    words: str
    passes: Callable[[str], bool]


@frozen
class CookieTest:
    """A cookie that must be there: its name, and what its value must be."""

    name: TextTest
    value: Callable[[str], bool]


@frozen
class LoginStep:
    """One request of a login; `{name}` in its texts stands for a credential or for what an earlier answer held."""

    name: str
    method: str
    """`GET` or `POST`."""
    url: str
    form: tuple[tuple[str, str], ...] = ()
    """Pairs of field and text: the body of a POST, the parameters of a GET."""
    finds: tuple[str, ...] = ()
    """Names of the values that its answer must hold."""
    cookies: tuple[CookieTest, ...] = ()
    """Cookies that must be there after it."""


@frozen
class Login:
    """How one logs in to a site, as its site file says."""

    name: str
    """`STEM`, or `STEM/NAME` where an imported file has several."""
    steps: tuple[LoginStep, ...] = ()
    credentials: tuple[tuple[str, TextTest], ...] = ()
    """What the person must give, each with the test that it must pass."""
    cookies: tuple[CookieTest, ...] = ()
    """Cookies that prove the login."""
    valid: float = 0.0
    """Seconds that it holds; 0 = until the site says otherwise."""


class Action(StrEnum):
    """What becomes of something after a decision."""

    TAKE = "take"
    SKIP = "skip"


@frozen
class Verdict:
    """A decision about a post or file, with the rule that led to it in words a person can act on."""

    action: Action
    rule: str = ""
    """Short and stable, for grouping: `types`, `min_size`, `blacklist: comic`."""
    why: str = ""

    @property
    def taken(self) -> bool:
        """Tell whether the thing may be taken."""
        return self.action is Action.TAKE


TAKEN = Verdict(Action.TAKE)


@frozen
class FileFacts:
    """What is true of a fetched file, read from its bytes."""

    sha256: str
    md5: str
    size: int
    mime: str
    extension: str
    """Without the dot, from the content and never from the URL."""
    group: str
    """`image`, `animation`, `video`, `audio`, `document`, `archive` or `application`."""
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration: float | None = None
    """Of a video or sound, in seconds, where something could tell."""
    unverified: tuple[str, ...] = ()
    """What could not be checked, in words: no length given, site hash differs, ..."""


@frozen
class Origin:
    """Who asked for something: which follow, download or dropped link."""

    by: str
    """`subscription`, `watcher`, `gallery`, `url` or `inbox`."""
    name: str = ""
    """The subscription's name, the thread's title, the inbox file's name."""
    query: str = ""
    follow: str = ""
    """Identity of the query or watcher."""
    label: str = ""
    """Inbox sub-folder that the link was dropped into."""


@frozen
class Delivery:
    """A media file with everything that its sidecars say, ready to be laid into an import folder."""

    file: FileFacts
    name: str
    post: Post
    media: MediaFile
    origin: Origin
    delivered_at: int
    urls: tuple[str, ...] = field(default=())
    """All URLs of the file in the order of the sidecar: post, file, sources."""
    stars: int | None = None
    """1 to 5, as the person's options say; None = not rated."""
