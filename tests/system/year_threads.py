"""The threads of the simulated year: how each lives and ends, what a watcher had to get of it, and what it may ask.

Apart from the queries, whose posts stay; only the machine and `test_year` import it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from syncer.demo.posts import NEVER
from syncer.demo.world import World
from tests.system.year_world import DAY, HOUR, SETTLED, Scale

ENDS = ("404", "bumped", "archived", "silent")
"""404: gone from one moment to the next; bumped: says before that it will; archived: says so and stays two days; silent: nobody
replies any more."""
_TITLE = re.compile(r"thread[ /](\d+)")


@dataclass(frozen=True, slots=True)
class Life:
    """One thread in true time."""

    number: int
    end: str
    born: float
    found: float
    """When somebody drops its link."""
    gone: float
    """From when on it is 404, and its files with it."""


def make_threads(world: World, scale: Scale, rng: random.Random) -> list[Life]:
    """Let threads be born and die on the world's board all over the span; the last ones end before the span does."""
    last = scale.start + scale.days * DAY - SETTLED - 8 * DAY
    return [_life(world, scale.start, last, number, rng) for number in range(1, scale.threads + 1)]


def _life(world: World, start: float, last: float, number: int, rng: random.Random) -> Life:
    end = ENDS[number % len(ENDS)]
    born, lives = float(int(rng.uniform(start, last))), rng.uniform(0.3, 3.5) * DAY
    every = rng.choice((600, 1200, 2700, 5400))
    grown = int(lives // every)
    gone = born + lives + (2 * DAY if end == "archived" else 0)
    world.change_thread(
        number,
        born=int(born - start),
        every=every,
        archived=born + lives - start if end == "archived" else NEVER,
        dies=NEVER if end == "silent" else gone - start,
        most=min(grown + 1, 60),
        limit=max(3, grown // 2) if end == "bumped" else 10_000,
    )
    return Life(number, end, born, born + rng.uniform(0, 2 * HOUR), NEVER if end == "silent" else gone)


def thread_of(title: str) -> int | None:
    """Return the thread that a message is about."""
    found = _TITLE.search(title) if title.startswith("watcher ") else None
    return int(found[1]) if found else None


def posts_with_files(world: World, number: int, at: float) -> list[int]:
    """Return the numbers of a thread's posts that have a file, as they stand at a moment."""
    thread = world.thread(number, at)
    return [reply.no for reply in thread.replies if reply.file is not None] if thread else []


def is_calm(bad: Iterable[tuple[float, float]], begin: float, end: float) -> bool:
    """Tell whether nothing bad happens between two moments; a day after each outage belongs to it."""
    return not any(begin < last + DAY and first < end for first, last in bad)
