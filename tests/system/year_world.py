"""What the simulated year is made of: how long it is, its kinds of queries, their posts, and the config that follows them.

Apart from the machine that lives through it; only that and `test_year` import it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from syncer.demo.posts import NEVER
from syncer.demo.world import World
from syncer.model import Tag

MINUTE, HOUR, DAY = 60, 3600, 86_400
BERLIN = ZoneInfo("Europe/Berlin")
LIMIT = 25
SETTLED = 4 * DAY
"""So long before the end nothing bad happens any more, so that what was found can come."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of a year is simulated."""

    start: float
    days: int
    queries: int
    posts: int
    """About so many in all."""
    outages: int
    offs: int
    jumps: int
    cuts: int
    threads: int
    pauses: int


QUARTER = Scale(datetime(2024, 3, 10, 12, tzinfo=BERLIN).timestamp(), 36, 20, 900, 5, 3, 4, 6, 6, 4)
YEAR = Scale(datetime(2024, 1, 1, 12, tzinfo=BERLIN).timestamp(), 366, 40, 20_000, 24, 12, 16, 40, 90, 14)

Times = Callable[[random.Random, float, float, float], Iterator[float]]


def _steady(rng: random.Random, begin: float, end: float, rate: float) -> Iterator[float]:
    at = begin
    while (at := at + rng.expovariate(rate / DAY)) < end:
        yield at


def _bursts(rng: random.Random, begin: float, end: float, rate: float) -> Iterator[float]:
    """Little, and now and then far more at once than one check may take."""
    yield from _steady(rng, begin, end, rate / 6)
    for at in _steady(rng, begin, end, rate / 60):
        yield from (min(at + rng.uniform(0, 10 * HOUR), end) for _ in range(rng.randint(15, 90)))


def _lulls(rng: random.Random, begin: float, end: float, rate: float) -> Iterator[float]:
    while begin < end:
        busy = min(begin + rng.uniform(3, 12) * DAY, end)
        yield from _steady(rng, begin, busy, 2.5 * rate)
        begin = busy + rng.uniform(5, 30) * DAY


def _ends(rng: random.Random, begin: float, end: float, rate: float) -> Iterator[float]:
    yield from _steady(rng, begin, begin + 0.3 * (end - begin), rate)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of query: its timing in the config, how its posts come, and how often it may be checked at most."""

    name: str
    times: Times
    timing: str
    fastest: float = 0.0
    share: float = 1.0
    fixed: tuple[int | None, time] | None = None
    """Weekday (None = each) and time of day of its checks, in place of `fastest`."""


KINDS = (
    Kind("steady", _steady, 'preset = "artist"', DAY),
    Kind("six hours", _steady, 'every = "6 hours", dead = "never"', 6 * HOUR),
    Kind("bursts", _bursts, 'fastest = "2 days", dead = "never"', 2 * DAY),
    Kind("night", _steady, 'every = "day at 02:30"', share=0.6, fixed=(None, time(2, 30))),
    Kind("lulls", _lulls, 'preset = "fast tags"', 12 * HOUR),
    Kind("ends", _ends, 'dead = "1 per DEATH days"', DAY, 2.0),
    Kind("week", _steady, 'every = "monday at 18:30"', fixed=(0, time(18, 30))),
    Kind("rare", _steady, 'dead = "never", slowest = "20 days"', DAY, 0.05),
    Kind("gaps stay", _bursts, 'gaps = "ignore", dead = "never"', DAY),
    Kind("busy", _steady, 'fastest = "12 hours"', 12 * HOUR, 2.0),
)


def kind_of(query: int) -> Kind:
    return KINDS[query % len(KINDS)]


def make_world(scale: Scale, rng: random.Random) -> World:
    """Return a site on which the posts of the whole span are there already, each from its time on."""
    world = World(seed=11, posts=0, start=scale.start, tiny=True, threads=0)
    begin, end = scale.start - 20 * DAY, scale.start + scale.days * DAY
    rate = scale.posts / scale.queries / (scale.days + 20)
    coming = [
        (at, query)
        for query in range(scale.queries)
        for at in kind_of(query).times(rng, begin, end, rate * kind_of(query).share)
    ]
    for at, query in sorted(coming):
        topics = {query} | ({rng.randrange(scale.queries)} if rng.random() < 0.05 else set())
        gone = at + rng.expovariate(1 / (10 * DAY)) if rng.random() < 0.05 else NEVER
        late = _late(rng, scale, at, topics) if rng.random() < 0.04 else {}
        world.add([Tag("", f"topic {topic}") for topic in topics], at, deleted_at=gone, **late)
    return world


def _late(rng: random.Random, scale: Scale, at: float, topics: set[int]) -> dict[str, Any]:
    """Let somebody tag a post days later: a search finds it then, among those that it found long ago."""
    others = [query for query in range(scale.queries) if query not in topics]
    return {"late": (Tag("", f"topic {rng.choice(others)}"),), "late_at": at + rng.expovariate(1 / (4 * DAY))}


CONFIG = """
[folders]
inbox = "inbox"
state = "state"
cache = "cache"
sites = "sites"
[import_folders.main]
path = "import"
profile = "hydrus"
drains = true
[pressure]
free_space = "0 KB"
[network]
allow = ["127.0.0.1"]
read_timeout = "250 ms"
[check]
zone = "Europe/Berlin"
[site.demoapi]
root = "{root}"
quiet = "12:00-13:00"
[site.demoboard]
root = "{root}"
[[subscriptions]]
name = "year"
site = "demoapi"
limit = {limit}
first_limit = {limit}
queries = [{queries}]
"""


def make_config(scale: Scale, root: str) -> str:
    death = str(round(scale.days * 0.4))
    lines = (f'{{ q = "topic_{query}", {kind_of(query).timing} }}' for query in range(scale.queries))
    return CONFIG.format(root=root, limit=LIMIT, queries=", ".join(lines).replace("DEATH", death))
