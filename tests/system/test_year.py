"""A simulated year: every post within reach comes exactly once, nothing is asked more often than allowed, every gap is found.

`make year` runs a whole year and prints the table; `make test` a shorter span with fewer queries.
"""

from __future__ import annotations

import os
import random
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest

from syncer.demo.posts import WorldPost
from syncer.service import loop as loop_module
from syncer.service import pause_job
from syncer.store import follows, gaps, jobs
from syncer.store.database import Database
from syncer.store.gaps import Gap
from tests.system.year_machine import Check, Machine, burning, live, machine_of
from tests.system.year_world import BERLIN, DAY, LIMIT, QUARTER, YEAR, Kind, kind_of

SEED = int(os.environ.get("SYNCER_YEAR_SEED", "2"))
SCALE = YEAR if os.environ.get("SYNCER_YEAR") else QUARTER


@dataclass(slots=True)
class Result:
    """What came of it, for the table."""

    made: int = 0
    reachable: int = 0
    delivered: int = 0
    missed: list[str] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    checks: int = 0
    gaps: int = 0
    left: int = 0
    """Posts in gaps that the config says to leave."""

    def table(self) -> str:
        names = ("made", "reachable", "delivered", "missed", "doubled", "checks", "gaps", "in gaps left")
        values = (
            self.made,
            self.reachable,
            self.delivered,
            len(self.missed),
            len(self.doubled),
            self.checks,
            self.gaps,
            self.left,
        )
        return "\n".join(" ".join(f"{cell:>12}" for cell in row) for row in (names, values))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    rng = random.Random(SEED)
    with pytest.MonkeyPatch.context() as patch, machine_of(SCALE, tmp_path_factory.mktemp("year"), rng) as machine:
        # The loop may rest as long as nothing is due: a year in half minutes would take an hour.
        patch.setattr(loop_module, "LONGEST_REST", float(DAY))
        patch.setattr(pause_job, "LONGEST_REST", float(DAY))
        patch.setattr(Database, "write", burning(machine))
        live(machine, rng)
        yield machine


def _in_time(checks: list[Check], post: WorldPost) -> bool:
    """Tell whether a check that came to its end had to see a post, and the post was there long enough to be fetched."""
    for number, check in enumerate(checks):
        if check.end and check.begin >= post.appears:
            if number == 0 and post.id not in check.visible[:LIMIT]:
                return False  # older than what a first check takes
            return post.deleted_at > check.end + 4 * DAY
    return False


def _gaps(machine: Machine) -> dict[int, list[Gap]]:
    assert machine.loop is not None
    with machine.loop.runtime.db.read() as tx:
        return {int(each.query[6:]): gaps.of_follow(tx, each.id) for each in follows.everything(tx)}


def _number(key: str) -> int:
    return int(key.rpartition("/")[2])


def _judge(machine: Machine) -> Result:
    result, found = Result(), _gaps(machine)
    came = machine.taken
    result.doubled = [post for post, times in came.items() if times > 1]
    result.checks = sum(map(len, machine.checks.values()))
    result.gaps = sum(map(len, found.values()))
    reached: dict[int, int] = {}
    for query in range(machine.scale.queries):
        posts = machine.world.search(f"topic_{query}", machine.true())
        result.made += len(posts)
        for post in posts:
            if _in_time(machine.checks[query], post):
                reached[post.id] = query
    result.reachable, result.delivered = len(reached), sum(came.values())
    for number, query in reached.items():
        if number not in came:
            if any(gap.state == gaps.IGNORED and number < _number(gap.oldest) for gap in found[query]):
                result.left += 1
            else:
                result.missed.append(f"{number} of {kind_of(query).name} {query}")
    return result


def test_every_post_within_reach_came_exactly_once(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    result = _judge(machine)
    with capsys.disabled():
        sys.stdout.write(f"\n{result.table()}\n")
        if SCALE is YEAR:
            sys.stdout.write(f"{machine.cuts} power cuts, {len(machine.site.log)} requests, {dict(machine.notices)}\n")
    assert not result.doubled
    assert not result.missed
    assert result.delivered + result.left > 0.7 * result.made


def _fixed_between(weekday: int | None, clock: time, after: float, until: float) -> bool:
    """Tell whether a fixed time of a kind lies between two moments, by the calendar of Berlin."""
    day = datetime.fromtimestamp(after, BERLIN).date()
    while (at := datetime.combine(day, clock, BERLIN)).timestamp() <= until:
        if at.timestamp() > after and weekday in (None, day.weekday()):
            return True
        day += timedelta(days=1)
    return False


def _too_soon(kind: Kind, checks: list[Check]) -> Iterator[tuple[float, float]]:
    """Yield the beginnings of a check and the one before it, where the rule did not allow it yet."""
    for before, check in pairwise(checks):
        if kind.fixed is not None:
            # After a clock was set back there is no order between the two.
            soon = before.wall <= check.wall and not _fixed_between(*kind.fixed, before.wall, check.wall)
        else:
            soon = check.begin - (before.end or before.begin) < kind.fastest
        if soon:
            yield before.begin, check.begin


def test_no_check_was_sooner_than_its_rule_allows(machine: Machine) -> None:
    """A clock that is wrong for a while may cost a query one check then, and one after a check of then; no more."""
    for query, checks in machine.checks.items():
        kind = kind_of(query)
        soon = set(_too_soon(kind, checks))
        for begin, end in machine.wrong:
            then = {pair for pair in soon if begin <= pair[1] < end}
            after = {pair for pair in soon if begin <= pair[0] < end <= pair[1]}
            assert max(len(then), len(after)) <= 1, (kind.name, query, then, after)
            soon -= then | after
        assert soon == set(), (kind.name, query)


def test_fixed_times_came_at_their_time_through_both_changes_of_the_clocks(machine: Machine) -> None:
    for query, checks in machine.checks.items():
        if kind_of(query).name != "night":
            continue
        days = Counter(datetime.fromtimestamp(check.wall, BERLIN).date() for check in checks[1:])
        assert len(days) > 0.5 * machine.scale.days
        on_time = [datetime.fromtimestamp(check.wall, BERLIN).strftime("%H:%M") for check in checks[1:]]
        assert sum("02:30" <= wall <= "02:41" or "03:30" <= wall <= "03:41" for wall in on_time) > 0.7 * len(checks)


def test_nothing_was_asked_in_quiet_hours_nor_faster_than_the_pace(machine: Machine) -> None:
    # A request that the site never answers may be logged after it was given up.
    moments = [entry.time for entry in machine.site.log if entry.fault != "silent"]
    assert len(moments) > 100
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 1 - 1e-6
    for moment in moments:
        if datetime.fromtimestamp(moment, BERLIN).hour == 12:
            assert any(begin <= moment <= end for begin, end in machine.wrong), "its clock was right"


def test_every_gap_was_found_and_none_was_made_up(machine: Machine) -> None:
    """A check that may take 25 and had more before it, with nothing known among them, left a gap; no other did."""
    for query, recorded in _gaps(machine).items():
        met: set[int] = set()
        new: list[int] = []
        for check in machine.checks[query]:
            if check.end:
                shown = _shown(machine, query, check)
                new.append(len(shown - met))
                met |= shown
        more, as_many = (sum(number >= least for number in new[1:]) for least in (LIMIT + 1, LIMIT))
        # That just as many as it may take were all can be seen only where the next one stands on the same page.
        assert more <= len(recorded) <= as_many, kind_of(query).name


def _shown(machine: Machine, query: int, check: Check) -> set[int]:
    """Return what the site had when it last gave a check its first page: an outage may lie between that and its beginning."""
    target = f"/api/posts.json?tags=topic_{query}&page=1"
    log = machine.site.log
    first = bisect_left(range(len(log)), check.begin, key=lambda number: log[number].time)
    times = [check.begin]
    for number in range(first, len(log)):
        entry = log[number]
        if entry.time > check.end:
            break
        if entry.target == target and not entry.fault:
            times.append(entry.time)
    return {post.id for post in machine.world.search(f"topic_{query}", times[-1])}


def test_all_is_in_order_at_the_end(machine: Machine) -> None:
    assert machine.loop is not None
    with machine.loop.runtime.db.read() as tx:
        open_jobs = jobs.counts(tx)
        states = {int(each.query[6:]): each for each in follows.everything(tx)}
        unfilled = gaps.unfilled(tx)
    assert open_jobs.get("asks", 0) == 0
    assert open_jobs == {}, "what was found has come"
    assert unfilled == []
    dead = {query for query, each in states.items() if each.status == "dead"}
    assert {kind_of(query).name for query in dead} <= {"ends"}
    assert list((machine.folder / "import").iterdir()) == [], "no sidecar without its file"
