"""The threads of the local board: they grow with time, are archived, and die.

Pure: a thread at a moment follows from the seed and the time alone. Only the demo and tests import it.
"""

from __future__ import annotations

import random

from syncer.demo.media import Picture
from syncer.demo.posts import NEVER, WorldFile
from syncer.frozen import frozen

DAY = 86_400


@frozen
class Shape:
    """How a thread lives: all times in seconds, relative to the start of the world."""

    born: int
    every: int
    """Seconds from one reply to the next."""
    archived: float
    """From when on it takes no replies and says so; NEVER = never."""
    dies: float
    """From when on it is 404."""
    most: int = 200
    """Replies it takes at most."""
    limit: int = 1_000
    """From so many posts on it says that no reply brings it to the top any more."""


SHAPES = (
    Shape(born=-10 * DAY, every=DAY, archived=NEVER, dies=NEVER),
    Shape(born=-7_200, every=900, archived=NEVER, dies=2 * DAY),
    Shape(born=-2 * DAY, every=3_600, archived=-DAY, dies=3 * DAY),
    Shape(born=-3_600, every=600, archived=NEVER, dies=DAY),
)
"""By number modulo 4: 0 slow and undying, 1 dies after two days, 2 archived already, 3 lively, dies after a day."""


@frozen
class Reply:
    """One post of a thread; the first is the opening one."""

    no: int
    time: int
    subject: str
    text: str
    filename: str
    """Name under which the media was sent in, without extension."""
    file: WorldFile | None


@frozen
class Thread:
    """A thread as it stands at one moment."""

    no: int
    archived: bool
    dying: bool
    """Its bump limit is reached."""
    replies: tuple[Reply, ...]

    @property
    def files(self) -> tuple[WorldFile, ...]:
        """All media files in the order of their posts."""
        return tuple(reply.file for reply in self.replies if reply.file is not None)


def thread_at(seed: int, no: int, start: float, now: float, shape: Shape | None = None) -> Thread | None:
    """Return thread `no` at `now`, None where it is not born yet or dead."""
    shape = shape or SHAPES[no % len(SHAPES)]
    age = now - start
    if not shape.born <= age < shape.dies:
        return None
    grown = min(age, shape.archived) - shape.born
    count = min(int(grown // shape.every) + 1, shape.most)
    replies = tuple(_reply(seed, no, index, int(start) + shape.born + index * shape.every) for index in range(count))
    return Thread(no, age >= shape.archived, count >= shape.limit, replies)


def _reply(seed: int, thread: int, index: int, time: int) -> Reply:
    number = thread * 1_000 + index
    rng = random.Random((seed << 40) + (1 << 39) + number)  # noqa: S311 - contents, no secret
    file = None
    if index % 3 != 2:
        kind = ("jpg", "png", "gif")[number % 3]
        path = f"/board/media/{time}{number:06}.{kind}"
        file = WorldFile(path, Picture(kind, (seed << 40) + (1 << 39) + number, 80, 60))
    subject = f"Landscapes, thread {thread}" if index == 0 else ""
    text = rng.choice(("Mountains & more:", "Same lake, later", "Where is this?", "Fog > rain", "空"))
    return Reply(number, time, subject, f"{text} {index}", f"walk {index} (copy)", file)
