"""Two hours of a mixed load on the virtual clock: the site's log proves that no rule was broken and that little was left unused.

`make test` runs them at a slow pace, `make pace` at that of the defaults, with its table.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.config import rules
from syncer.demo.log import Logged
from syncer.demo.server import LocalSite
from tests.system.pace_world import FULL, SHORT, START, TOPICS, Bound, Two, bounds, live, names_lead_here

LEAST_USED = 0.9
HAIR = 1e-6
"""Virtual seconds are added up in floating point."""
_MEDIA = re.compile(r"/(?:media|post|api/post)/(\d+)")
_PAGES = {"/api/posts.json": "follow", "/posts": "download"}


@dataclass(frozen=True, slots=True)
class Row:
    """How a rule was kept."""

    bound: Bound
    requests: int
    most: int
    """In the worst window: requests, or the bytes that were there before its last request."""
    used: float | None
    """The share of what it allowed, where it was the rule that binds."""

    @property
    def kept(self) -> bool:
        return self.most <= self.bound.rule.amount - (self.bound.rule.kind == "bytes")

    def __str__(self) -> str:
        used = "" if self.used is None else f"{100 * self.used:.0f} %"
        name, rule = self.bound.context, rules.write(self.bound.rule)
        return f"{name:<34} {rule:<26} {self.requests:>7} {self.most:>9} {used:>6}  {'kept' if self.kept else 'BROKEN'}"


def contexts_of(two: Two, entry: Logged) -> list[str]:
    """Tell from what the site saw in which contexts a request was."""
    host = entry.host.partition(":")[0]
    registered = ".".join(host.split(".")[-2:])
    found = ["everything", registered, *([host] if host != registered else [])]
    gate = "follow" if "/thread/" in entry.path else _PAGES.get(entry.path, "")
    if gate:
        found.append(f"{gate} pages of {registered}")
    topic = next((topic for topic in TOPICS if f"tags={topic}" in entry.target), "")
    if (match := _MEDIA.match(entry.path)) and host in ("api.garden.example", "gallery.example"):
        topic = two.topic_of.get(int(match[1]), "")
    return [*found, *([topic] if topic else [])]


def measure(bound: Bound, log: Sequence[tuple[float, int]]) -> Row:
    """Measure a rule on the times and sizes of a context's requests."""
    rule = bound.rule
    times = [time for time, _ in log]
    amounts = [1 if rule.kind == "requests" else size for _, size in log]
    sums = [0, *itertools.accumulate(amounts)]
    most = 0
    for index, time in enumerate(times):
        since = month_of(time) if rule.seconds is None else time - rule.seconds + HAIR
        most = max(most, sums[index + (rule.kind == "requests")] - sums[bisect_left(times, since)])
    return Row(bound, len(log), most, None if bound.binds is None else share(bound, times, sums))


def share(bound: Bound, times: Sequence[float], sums: Sequence[int]) -> float:
    begin, end = (START + at for at in bound.binds or (0.0, 0.0))
    used = sums[bisect_left(times, end)] - sums[bisect_left(times, begin)]
    windows = 2.0 if bound.rule.seconds is None else (end - begin) / bound.rule.seconds  # the month changes once
    return used / (bound.rule.amount * windows)


def month_of(time: float) -> float:
    day = datetime.fromtimestamp(time, UTC)
    return datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()


@pytest.mark.timeout(3600 if os.environ.get("SYNCER_PACE") else 120)
def test_two_hours_of_a_mixed_load(tmp_path: Path) -> None:
    two = Two(FULL if os.environ.get("SYNCER_PACE") else SHORT, tmp_path)
    with names_lead_here(), LocalSite(two.world(), two.clock.now) as site:
        live(two, site)
        by_context: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for entry in site.log:
            for context in contexts_of(two, entry):
                by_context[context].append((entry.time, entry.size))
    table = [measure(bound, sorted(by_context[bound.context])) for bound in bounds(two.scale)]
    head = f"{'context':<34} {'rule':<26} {'asked':>7} {'worst':>9} {'used':>6}"
    sys.stdout.write("\n" + "\n".join((head, *map(str, table))) + "\n")
    assert [str(row) for row in table if not row.kept] == []
    assert [str(row) for row in table if row.used is not None and row.used < LEAST_USED] == []
    assert all(row.requests > 2 for row in table), "each rule had something to hold"
