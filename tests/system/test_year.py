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
from itertools import pairwise, takewhile

import pytest

from syncer.demo.posts import WorldPost
from syncer.demo.world import PAGE_SIZE
from syncer.model import Tag
from syncer.service import loop as loop_module
from syncer.service import pause_job
from syncer.store import follows, gaps, jobs
from syncer.store.database import Database
from syncer.store.follows import Follow
from syncer.store.gaps import Gap
from tests.system.year_machine import Check, Machine, burning, live, machine_of
from tests.system.year_threads import is_calm, posts_with_files
from tests.system.year_world import BERLIN, DAY, HOUR, LIMIT, QUARTER, YEAR, Kind, kind_of

pytestmark = pytest.mark.timeout(3600 if os.environ.get("SYNCER_YEAR") else 300)
"""The span is lived once for all tests here, which takes a busy machine longer than any other test."""

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
    late: int = 0
    """Of those that came: posts that were tagged late."""

    def row(self) -> tuple[int, ...]:
        """Return the figures below `NAMES`."""
        missed, doubled = len(self.missed), len(self.doubled)
        return self.made, self.reachable, self.delivered, missed, doubled, self.checks, self.gaps, self.left, self.late


NAMES = ("made", "reachable", "delivered", "missed", "doubled", "checks", "gaps", "in gaps left", "tagged late")


def _table(rows: dict[str, tuple[int, ...]]) -> str:
    lines: list[tuple[object, ...]] = [("", *NAMES), *((name, *row) for name, row in rows.items())]
    return "\n".join(" ".join(f"{cell:>12}" for cell in line) for line in lines)


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


def _in_time(checks: list[Check], post: WorldPost, query: int) -> bool:
    """Tell whether a check that came to its end had to see a post, and the post was there long enough to be fetched."""
    late = Tag("", f"topic {query}") in post.late
    for number, check in enumerate(checks):
        if check.end and check.begin >= (post.late_at if late else post.appears):
            if number == 0 and post.id not in check.visible[:LIMIT]:
                return False  # older than what a first check takes
            if late and not _on_top(check, post.id):
                continue  # only a check that looks deeper can see it
            return post.deleted_at > check.end + 4 * DAY
    return False


def _on_top(check: Check, post: int) -> bool:
    """Tell whether a post stood where every check looks: on the first page, and not below nearly all that was known."""
    place = check.visible.index(post)
    return place < min(PAGE_SIZE, 0.9 * len(check.visible) - 1) and check.end - check.begin < 3600


def _queries(machine: Machine) -> dict[int, Follow]:
    assert machine.loop is not None
    with machine.loop.runtime.db.read() as tx:
        return {int(each.query[6:]): each for each in follows.everything(tx) if each.kind == "query"}


def _gaps(machine: Machine) -> dict[int, list[Gap]]:
    assert machine.loop is not None
    found = _queries(machine)
    with machine.loop.runtime.db.read() as tx:
        return {query: gaps.of_follow(tx, each.id) for query, each in found.items()}


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
            if _in_time(machine.checks[query], post, query):
                reached[post.id] = query
            result.late += post.id in came and Tag("", f"topic {query}") in post.late
    result.reachable, result.delivered = len(reached), sum(came.values())
    for number, query in reached.items():
        if number not in came:
            if any(gap.state == gaps.IGNORED and number < _number(gap.oldest) for gap in found[query]):
                result.left += 1
            else:
                result.missed.append(f"{number} of {kind_of(query).name} {query}")
    return result


def _judge_threads(machine: Machine) -> Result:
    """Judge what came of threads; a file is within reach where a check saw it, and nothing bad happened for two hours then."""
    came = machine.thread_taken
    result = Result(doubled=[post for post, times in came.items() if times > 1], delivered=sum(came.values()))
    bad = [(begin, end) for begin, end in machine.bad]
    for life in machine.threads:
        checks = [check for check in machine.thread_checks[life.number] if check.end]
        result.checks += len(checks)
        made = posts_with_files(machine.world, life.number, min(life.gone - 1, machine.true()))
        result.made += len(made)
        reached = {
            post
            for check in checks
            if life.gone > check.end + 2 * HOUR and is_calm(bad, check.begin, check.end + 2 * HOUR)
            for post in check.visible
        }
        result.reachable += len(reached)
        result.missed += [f"{post} of thread {life.number} ({life.end})" for post in sorted(reached - set(came))]
    return result


def test_every_post_within_reach_came_exactly_once(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    result, threads = _judge(machine), _judge_threads(machine)
    with capsys.disabled():
        sys.stdout.write(f"\n{_table({'queries': result.row(), 'threads': threads.row()})}\n")
        if SCALE is YEAR:
            sys.stdout.write(f"{machine.cuts} power cuts, {len(machine.site.log)} requests, {dict(machine.notices)}\n")
    assert not result.doubled + threads.doubled
    assert not result.missed + threads.missed
    assert result.delivered + result.left > 0.7 * result.made
    assert threads.reachable > 0.4 * threads.made
    assert threads.delivered > 0.8 * threads.made
    assert result.late > 0


def test_every_thread_was_watched_to_its_end_and_no_longer(machine: Machine) -> None:
    assert machine.loop is not None
    with machine.loop.runtime.db.read() as tx:
        found = {each.urls[0].rpartition("/")[2]: each for each in follows.everything(tx) if each.kind == "watcher"}
    ended = {"404": {"404"}, "bumped": {"404"}, "archived": {"archived", "404"}, "silent": {"dead"}}
    for life in machine.threads:
        follow = found[str(life.number)]
        # One that nobody replies to for three days is dead before it is gone.
        assert follow.status in ended[life.end] | {"dead"}, life
        paths = [f"/board/thread/{life.number}.json", f"/board/thread/{life.number}"]
        asked = [entry.time for entry in machine.site.log if entry.path in paths and not entry.fault]
        assert asked[0] >= life.found
        last = machine.thread_checks[life.number][-1]
        assert asked[-1] <= (last.end or last.begin), life
        statuses = [entry.status for entry in machine.site.log if entry.path in paths and not entry.fault]
        assert statuses.count(404) <= 1


def test_what_is_paused_is_not_asked_for(machine: Machine) -> None:
    """A pause by command holds over restarts, and stops a walk before its next request."""
    kept: dict[str, str | tuple[str, ...]] = {
        "all": "/",
        "follows": ("/api/posts.json", "/board/thread/"),
        "year": "/api/posts.json",
        "year: topic_4": "/api/posts.json?tags=topic_4&",
        "files": ("/media/", "/board/media/"),
        "site demoapi": ("/api/", "/media/"),
        "site demoboard": "/board/",
    }
    assert len(machine.paused) == machine.scale.pauses
    for begin, end, what in machine.paused:
        asked = [entry for entry in machine.site.log if begin < entry.time < end and not entry.fault]
        assert [entry.target for entry in asked if entry.target.startswith(kept[what])] == [], what


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
    asked = [entry for entry in machine.site.log if entry.fault != "silent"]
    moments = [entry.time for entry in asked]
    assert len(moments) > 100
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 1 - 1e-6
    for moment in (entry.time for entry in asked if not entry.path.startswith("/board/")):
        if datetime.fromtimestamp(moment, BERLIN).hour == 12:
            assert any(begin <= moment <= end for begin, end in machine.wrong), "its clock was right"


def test_every_gap_was_found_and_none_was_made_up(machine: Machine) -> None:
    """A check that may take 25 and had more before it, with nothing known among them, left a gap; no other did."""
    for query, recorded in _gaps(machine).items():
        met: set[int] = set()
        new: list[tuple[int, int]] = []
        for check in machine.checks[query]:
            if check.end:
                shown = _shown(machine, query, check)
                above = sum(1 for _ in takewhile(lambda post: post not in met, shown))  # noqa: B023  # used up at once
                new.append((above, len(set(shown) - met)))
                met |= set(shown)
        surely, at_most = (sum(number > LIMIT for number in numbers) for numbers in zip(*new[1:], strict=True))
        # Posts that were tagged late stand among known ones: whether a check meets them depends on how deep it looks.
        assert surely <= len(recorded) <= at_most, kind_of(query).name


def _shown(machine: Machine, query: int, check: Check) -> list[int]:
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
    return [post.id for post in machine.world.search(f"topic_{query}", times[-1])]


def test_all_is_in_order_at_the_end(machine: Machine) -> None:
    assert machine.loop is not None
    with machine.loop.runtime.db.read() as tx:
        open_jobs = jobs.counts(tx)
        unfilled = gaps.unfilled(tx)
    assert open_jobs.get("asks", 0) == 0
    assert open_jobs == {}, "what was found has come"
    assert unfilled == []
    dead = {query for query, each in _queries(machine).items() if each.status == "dead"}
    assert {kind_of(query).name for query in dead} <= {"ends"}
    assert list((machine.folder / "import").iterdir()) == [], "no sidecar without its file"
