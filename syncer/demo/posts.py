"""The posts of the local site: what one consists of, and how one is drawn from a seed and a number.

Pure, so that tests can ask what is true without asking the site. Only the demo and tests import it.
"""

from __future__ import annotations

import random

from syncer.demo.media import MIME, Picture, digest, render
from syncer.frozen import frozen
from syncer.model import Note, Tag

GENERAL = (
    "sky", "cloud", "mountain", "lake", "forest", "river", "blue sky", "red sunset", "no humans", "bird", "owl",
    "jay (bird)", "snow", "fog", "stone bridge", "re:wild", "3:2", "夕焼け", "fjäll", "path:way",
)  # fmt: skip
CREATORS = ("studio north", "birch press", "open lens", "harbour co:op")
SERIES = ("northern light", "re:wild", "twelve months", "bridges: a survey")
RATINGS = ("general", "general", "general", "sensitive")
SIZES = ((96, 64), (120, 160), (160, 120), (200, 150))
KINDS = ("png", "jpg", "png", "gif", "webp", "jpg", "mp4", "png")
NEVER = float("inf")

_TITLES = (
    "Evening at the lake",
    'Fog & <stone> "bridge"',
    "Über den Bergen",
    "First light: a study",
    "夕焼けの空",
    "Birds / 100 % of them",
)
_PARAGRAPHS = (
    "Taken at first light: the wind had just gone down.",
    "Note: 5 < 6 & both are true.",
    "Camera: a small one. Place: not far from here.",
    "山の上の空: とても青い。",
    "Second try, see the first one: http://sources.example/first",
)


@frozen
class WorldFile:
    """A media file of the site: where it lies and what its bytes are."""

    path: str
    """Path on the site, `/media/12.png`."""
    picture: Picture

    @property
    def data(self) -> bytes:
        """The file's bytes, made when asked for."""
        return render(self.picture)

    @property
    def md5(self) -> str:
        """MD5 as lower-case hex."""
        return digest(self.picture).md5

    @property
    def sha256(self) -> str:
        """SHA-256 as lower-case hex."""
        return digest(self.picture).sha256

    @property
    def size(self) -> int:
        """Size in bytes."""
        return digest(self.picture).size

    @property
    def extension(self) -> str:
        """Extension without the dot; it tells the truth about the bytes."""
        return self.picture.kind

    @property
    def mime(self) -> str:
        """Type under which the site serves it."""
        return MIME[self.picture.kind]


@frozen
class WorldPost:
    """A post of the site with everything that its pages tell."""

    id: int
    time: int
    """When it says that it was posted, in seconds since 1970."""
    appears: float
    """From when on listings and pages show it."""
    tags: tuple[Tag, ...] = ()
    title: str = ""
    notes: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()
    rating: str = "general"
    files: tuple[WorldFile, ...] = ()
    pinned: bool = False
    deleted_at: float = NEVER
    """From when on the site says that it is deleted and shows no file."""
    late: tuple[Tag, ...] = ()
    """Tags that somebody adds later, at `late_at`: a search finds it from then on, in its old place."""
    late_at: float = NEVER

    def deleted(self, now: float) -> bool:
        """Tell whether the site calls it deleted at `now`."""
        return now >= self.deleted_at

    def tags_at(self, now: float) -> tuple[Tag, ...]:
        """Return the tags that it has at `now`."""
        return (*self.tags, *self.late) if now >= self.late_at else self.tags

    def words(self, now: float = NEVER) -> frozenset[str]:
        """Return what a search finds it by at `now` (in the end): texts of its tags, and the same with namespace."""
        tags = self.tags_at(now)
        return frozenset(plain(word) for tag in tags for word in (tag.text, f"{tag.namespace}:{tag.text}"))


def plain(word: str) -> str:
    """Return the form in which the site compares tags: lower case, `_` as space."""
    return word.replace("_", " ").casefold()


def media_files(post: int, seed: int, count: int, kind: str, size: tuple[int, int]) -> tuple[WorldFile, ...]:
    """Return `count` files of one kind for a post: `/media/12.png`, or `/media/12_0.png` and so on for several."""
    names = [str(post)] if count == 1 else [f"{post}_{index}" for index in range(count)]
    return tuple(
        WorldFile(f"/media/{name}.{kind}", Picture(kind, (seed << 40) + (post << 8) + index, *size))
        for index, name in enumerate(names)
    )


def draw(seed: int, number: int, time: int, appears: float, *, tiny: bool) -> WorldPost:
    """Draw post `number`; some are special by their number (see docs of `World`)."""
    rng = random.Random((seed << 40) + number)  # noqa: S311 - contents, no secret
    kind, size = ("png", (8, 8)) if tiny else (KINDS[number % len(KINDS)], rng.choice(SIZES))
    text_only = number % 40 == 29
    count = 0 if text_only else 1 if tiny or number % 7 != 4 else rng.randrange(2, 5)
    return WorldPost(
        id=number,
        time=time,
        appears=appears,
        tags=() if text_only else _tags(rng, number),
        title=f"{rng.choice(_TITLES)} {number}",
        notes=() if tiny else _notes(rng, number, always=text_only),
        sources=_sources(number),
        rating=rng.choice(RATINGS),
        files=media_files(number, seed, count, kind, size),
        pinned=number == 3,
        deleted_at=0.0 if number % 40 == 13 else NEVER,
    )


def _tags(rng: random.Random, number: int) -> tuple[Tag, ...]:
    general = ["scenery", *rng.sample(GENERAL, rng.randrange(2, 7)), f"roll {number // 10}"]
    tags = [Tag("creator", rng.choice(CREATORS)), *(Tag("", text) for text in general)]
    if rng.random() < 0.5:
        tags.insert(1, Tag("series", rng.choice(SERIES)))
    return tuple(tags)


def _notes(rng: random.Random, number: int, *, always: bool) -> tuple[Note, ...]:
    names = ("artist commentary", "translation")[: 1 if always else number % 3]
    return tuple(Note(name, "\n".join(rng.sample(_PARAGRAPHS, rng.randrange(1, 4)))) for name in names)


def _sources(number: int) -> tuple[str, ...]:
    """Let two neighbours share a source now and then, and others have none."""
    shared = number - 1 if number % 10 == 2 else number
    return (f"https://sources.example/works/{shared}",) if number % 10 in {1, 2, 5, 8} else ()
