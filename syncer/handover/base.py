"""What a program that URLs are handed to is asked, and what it answers; one `Program` for each in `gallery_dl` and `yt_dlp`.

Here, because the service joins any such program to the other steps without knowing which it is. Pure values; this floor and the
service import it. A program never writes outside of the private folder of a run, and never raises for what a site does: that is a
`Trouble` in its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from syncer.config.masks import Hide, as_it_is
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.handover.mapping.found import Found
from syncer.model import MediaFile, Post, Verdict

HANDED: Final = "handover:"
"""What the URL of a file begins with that only a program can fetch: `handover:PROGRAM:URL`, the URL in the program's own form."""
NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class GarbageError(ItemError):
    """A program wrote something else than which URLs it knows: it is as if it had not been asked."""


@frozen
class Tool:
    """A program as it is installed here."""

    name: str
    """`gallery-dl` or `yt-dlp`."""
    command: tuple[str, ...]
    """The words that run it."""
    version: str = ""
    """"" = it could not tell."""
    since: float | None = None
    """When this version was made or installed, in seconds since 1970; None = no one can tell."""

    @property
    def mark(self) -> str:
        """Return what changes when the program does, for whatever is remembered of its answers."""
        return f"{self.name} {self.version} {self.command[0]}"


@frozen
class Claim:
    """A program's word that it knows a URL."""

    program: str
    extractor: str
    """Which part of it, in its own words: `danbooru/tag`, `youtube`."""
    generic: bool = False
    """That part takes any URL, and only looks for what it can find there."""
    pause: float = 0.0
    """Seconds between two requests that the program itself thinks right there."""
    entry: str = ""
    """The template of the entries in its archive that stand for files there."""


@frozen
class Limits:
    """What ends a run that takes too long or too much."""

    seconds: float
    files: int
    bytes: int
    """In its private folder, at once."""


@frozen
class Manners:
    """How the program shall behave towards sites."""

    pace: float = 1.0
    """Seconds between two of its requests."""
    rate: int = 0
    """Bytes a second; 0 = as fast as it goes."""
    user_agent: str = ""
    cookies: Path | None = None
    """A file of cookies in Netscape's form, a copy of its own inside of its private folder; it may write there what it likes."""
    proxy: str = ""
    """A URL, perhaps with name and password: never on a command line; "" = straight."""
    ca_file: Path | None = None
    ip: str = "any"
    timeout: float = 60.0
    """The longest silence in the middle of an answer."""


def nobody(host: str) -> None:
    """Take no note of a request."""
    del host


Judge = Callable[[Found], Verdict]


@frozen
class Ask:
    """What a program is asked to do with one URL."""

    url: str
    folder: Path
    """Private to what is asked, 0700; the caller removes it. Empty, but for what an earlier run of a program that `resumes` has left."""
    limits: Limits
    manners: Manners = field(default_factory=Manners)
    first: int = 1
    """Of a listing: the number of the first post, from 1."""
    last: int = 100
    """And of the last."""
    cache: Path | None = None
    """A file of the state folder where it keeps sessions and tokens from one run to the next; None = nowhere."""
    asked: Callable[[str], None] = nobody
    """Is called with the host of each request while the run goes on, from any thread; who calls it counts none in its answer."""
    entry: str = ""
    """The template by which it shall tell the entry of each file in its archive; "" = it need not."""
    archive: Path | None = None
    """A copy of the archive of what it fetched before, which it may write to; None = none."""
    hide: Hide = as_it_is
    """Takes out of what it says what it was told in confidence."""
    judge: Judge | None = None
    """Says by what is told of a file, before it is downloaded, whether it is let in; None = all are."""


@frozen
class Trouble:
    """Something that did not work, as the rest of syncer names it."""

    kind: str
    """The value of a `FailureKind`: `unauthorised`, `not_found`, `slow_down`, ..., or one of `UNSUPPORTED` and `BROKEN`."""
    words: str
    advice: str = ""


UNSUPPORTED: Final = "unsupported"
"""The program does not know the URL after all, or finds nothing there."""
BROKEN: Final = "program_broken"
"""The program itself did not work: it crashed, was ended by a limit, or answered what cannot be read."""
STOPPED: Final = "aborted"
"""We ended it because we end ourselves."""


@frozen
class Listing:
    """What a program found at a URL, without fetching any file."""

    posts: tuple[Post, ...] = ()
    """In its order. A file that only a program can fetch has a `MediaFile.url` of the form of `HANDED`."""
    galleries: tuple[str, ...] = ()
    """Further URLs that it would look through."""
    more: bool = False
    """There may be posts behind the last that was asked for."""
    trouble: Trouble | None = None
    """What ended it before its end; the posts before it are good."""


@frozen
class Got:
    """A whole file that a program has laid into its private folder, with what it tells of it."""

    path: Path
    post: Post
    """With exactly this file in its `files`."""
    archived: tuple[str, ...] = ()
    """Entries of its archive that stand for this file, to be kept once it is settled."""
    aside: bool = False
    """Belongs to another file, and counts as none of its own."""
    more: tuple[MediaFile, ...] = ()
    """Further files of the same post, which our own fetch can take: the picture that stands for a video."""


@frozen
class Downloads:
    """What a program fetched."""

    files: tuple[Got, ...] = ()
    size: int = 0
    """Bytes that came, as far as can be told."""
    trouble: Trouble | None = None
    """What ended it before its end; the files are whole all the same."""
    refused: Verdict | None = None
    """Why nothing was downloaded although it could have been."""


@frozen
class Ran:
    """How a run ended."""

    code: int | None
    """What it returned; negative: the signal that ended it; None = it was never begun, or ended by us."""
    out: bytes
    err: bytes
    """The end of what it wrote there."""
    fault: str = ""
    """Why we ended it, or could not begin it, in words; "" = it ended by itself."""
    stopped: bool = False
    """It was ended because we end ourselves."""

    def hidden(self, hide: Hide) -> Ran:
        """Return it without the secrets in what it said of its errors."""
        return self if hide is as_it_is else replace(self, err=hide(self.err.decode("utf-8", "replace")).encode())


Run = Callable[..., Ran]
"""`run(command, folder, limits, most=BYTES, tell=FUNCTION)`, see `run.Runs.run`; a stop of the service ends it."""


class Program(Protocol):
    """A program that URLs can be handed to. `run` is how it is run, so that all runs are bounded and ended alike."""

    @property
    def name(self) -> str:
        """Return its name in config and commands."""

    @property
    def resumes(self) -> bool:
        """Tell whether it takes up in its folder what an earlier run of the same download has left there."""

    def claims(self, tool: Tool, urls: Sequence[str], folder: Path, run: Run) -> Mapping[str, Claim]:
        """Return who of its parts knows which of the URLs; asks nothing of the net. `folder` is private and empty.

        Raises GarbageError where that cannot be told from what it writes.
        """

    def list(self, tool: Tool, ask: Ask, run: Run) -> Listing:
        """Return the posts from `ask.first` to `ask.last`."""

    def download(self, tool: Tool, ask: Ask, run: Run) -> Downloads:
        """Fetch what is at `ask.url` into `ask.folder`."""
