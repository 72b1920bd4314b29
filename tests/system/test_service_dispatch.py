"""Who may make a request now: a context that used up what it may holds back itself alone, and costs the others nothing."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.clock import VirtualClock
from syncer.config.bandwidth import Bandwidth, Rule
from syncer.fetch.account import About
from syncer.fetch.ledger import Ledger
from syncer.model import Origin
from syncer.service.dispatch import Dispatch
from syncer.store import entries, jobs, queue
from syncer.store.database import Database, Named
from syncer.store.entries import NewEntry
from syncer.store.jobs import Job, NewJob

ONE_A_DAY = {"subscription": (Rule("requests", 1, 86_400),)}
PAGES = {"follow pages": (Rule("requests", 1, 5),), "download pages": (Rule("requests", 1, 15),)}


Rules = Mapping[str, tuple[Rule, ...]]


class Books:
    """Rules by kind of context; nothing was used before."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def about(self, context: str) -> About:
        return About(rules=self.rules.get(context.partition(":")[0], ()))


class Desk:
    """A dispatcher over a real store, without anybody who fetches."""

    def __init__(self, folder: Path, rules: Rules, *domain: Rule) -> None:
        self.clock = VirtualClock()
        self.db = Database.open(folder / "state", self.clock)
        self.ledger = Ledger(Bandwidth((), domain), self.clock, Books(rules))
        self.dispatch = Dispatch(self.db, self.clock, self.ledger)
        self.numbers = itertools.count()
        self.running: list[Job] = []

    def add(self, source: str, *, lane: str = "a.example", number: int = 1, **more: object) -> None:
        """Queue files, or what `more` says, for a source."""
        by = "subscription" if source.startswith("follow:") else "url"
        with self.db.write(Named.PUT_OFF) as tx:
            for _ in range(number):
                url = f"https://{lane}/{next(self.numbers)}"
                new = NewJob("file", url, f"url:{url}", lane, source, Origin(by))
                jobs.add(tx, replace(new, **more))  # type: ignore[arg-type]  # fields of the job, as the test names them
        self.dispatch.look_again()

    def take(self) -> Job | None:
        job = self.dispatch.take()
        if job is not None:
            self.running.append(job)
        return job

    def sources(self, number: int = 100) -> list[str]:
        """Return whose requests start now."""
        return [job.source for job in iter(self.take, None)][:number]

    def finish(self) -> None:
        """End all that runs."""
        for job in self.running:
            with self.db.write(Named.PUT_OFF) as tx:
                tx.run("UPDATE jobs SET state = 'done' WHERE id = ?", (job.id,))
            self.dispatch.done(job, settled=True)
        self.running.clear()

    def each_second(self, seconds: int) -> Iterator[tuple[int, Job]]:
        """Yield second and job of all that starts, each done at once."""
        for second in range(seconds):
            while (job := self.take()) is not None:
                self.finish()
                yield second, job
            self.clock.advance(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@contextmanager
def effort(desk: Desk) -> Iterator[list[int]]:
    """Count how much SQLite works, in thousands of its steps."""
    counted = [0]

    def step() -> int:
        counted[0] += 1
        return 0

    connection = desk.db._connection
    connection.set_progress_handler(step, 1000)
    yield counted
    connection.set_progress_handler(None, 0)


def test_hundreds_of_queries_that_used_up_their_day_cost_the_others_of_the_lane_nothing(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY, Rule("requests", 1, 1))
    for number in range(400):
        desk.add(f"follow:{number:03}", number=10)
    asked = [job.source for _, job in desk.each_second(400)]
    assert len(set(asked)) == len(asked) == 400, "each once, a second apart"
    assert desk.take() is None
    assert desk.dispatch.rest() == pytest.approx(3600, abs=900), "and then nothing is looked at for long"
    # A new one in the same lane goes on at once, and at the lane's full pace.
    desk.add("follow:zzz", number=1)
    desk.add("entry:7", number=20)
    with effort(desk) as work:
        found = [(second, job.source) for second, job in desk.each_second(21)]
    assert [second for second, _ in found] == list(range(21))
    assert {source for _, source in found} == {"follow:zzz", "entry:7"}
    assert work[0] / 21 < 60, f"{work[0]} thousand steps for 21 requests"


def test_what_is_found_blocked_after_a_start_is_found_quickly(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY)
    desk.dispatch.set_limits(1000, 1000)
    for number in range(300):
        desk.add(f"follow:{number:03}", number=10)
    assert len(desk.sources(1000)) == 300
    desk.finish()
    desk.dispatch.set_limits(1000, 1000)  # what was remembered is forgotten, as at a start
    desk.add("inbox", number=1)
    with effort(desk) as work:
        assert desk.sources() == ["inbox"]
    assert work[0] < 300, f"{work[0]} thousand steps"


def test_a_query_goes_on_when_its_rule_frees(folder: Path) -> None:
    desk = Desk(folder, {"subscription": (Rule("requests", 2, 60),)})
    desk.add("follow:a", number=5)
    started = [second for second, _ in desk.each_second(130)]
    assert started == [0, 0, 60, 60, 120]


def test_a_blocked_lane_blocks_no_other(folder: Path) -> None:
    desk = Desk(folder, {}, Rule("requests", 1, 3600))
    for lane in ("a.example", "b.example", "c.example"):
        desk.add("entry:1", lane=lane, number=3)
    assert len(desk.sources()) == 3
    desk.finish()
    desk.add("entry:1", lane="d.example")
    assert [job.lane for job in iter(desk.take, None)] == ["d.example"]


def test_a_query_is_held_in_every_lane_and_others_in_none(folder: Path) -> None:
    desk = Desk(folder, {"subscription": (Rule("requests", 3, 86_400),)})
    for lane in ("a.example", "b.example"):
        desk.add("follow:a", lane=lane, number=3)
        desk.add("follow:b", lane=lane, number=1)
    found = [job.source for _, job in desk.each_second(5)]
    assert sorted(found) == ["follow:a"] * 3 + ["follow:b"] * 2
    (waiting,) = desk.dispatch.waiting()
    assert (waiting.context, waiting.name) == ("subscription:a", "subscription a")
    assert waiting.until == pytest.approx(desk.clock.now() + 86_400, abs=10), (
        "when it frees, not when it is looked at next"
    )


def test_less_urgent_ones_go_on_while_urgent_ones_are_held(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY)
    desk.add("follow:a", number=3, priority=jobs.BEFORE_OTHERS)
    desk.add("entry:1", number=2)
    assert desk.sources() == ["follow:a", "entry:1", "entry:1"]


def test_gap_fills_and_posts_of_a_query_are_booked_with_it(folder: Path) -> None:
    desk = Desk(folder, {"subscription": (Rule("requests", 2, 86_400),)})
    desk.add("follow:a", kind="listing", walk=3, priority=jobs.BACKGROUND, key="walk:3:x")
    desk.add("follow:a", kind="post")
    desk.add("follow:a")
    assert len(desk.sources()) == 2
    assert desk.ledger.used("subscription:a", "day") == (2, 0)


def test_listing_pages_are_apart_over_sub_domains_and_hold_up_no_file(folder: Path) -> None:
    desk = Desk(folder, PAGES)
    for number in range(4):
        desk.add(f"follow:{number}", kind="listing", lane=f"{'ab'[number % 2]}.site.example", walk=number)
        desk.add(f"entry:{number}", kind="listing", lane="a.site.example", walk=10 + number)
    desk.add("follow:9", kind="listing", lane="other.example", walk=9)
    desk.add("entry:5", lane="a.site.example", number=3)
    found = [(second, job.kind, job.gate, job.lane) for second, job in desk.each_second(60)]
    assert [second for second, kind, *_ in found if kind == "file"] == [0, 0, 0]
    pages = [(second, gate) for second, kind, gate, lane in found if kind == "listing" and lane != "other.example"]
    assert [second for second, gate in pages if gate == "follow"] == [0, 5, 10, 15], "the first one at once"
    assert [second for second, gate in pages if gate == "download"] == [0, 15, 30, 45]
    assert [second for second, *_, lane in found if lane == "other.example"] == [0]


def test_where_a_listing_page_redirects_to_is_no_further_page(folder: Path) -> None:
    desk = Desk(folder, PAGES)
    desk.add("follow:a", kind="listing", walk=1)
    job = desk.take()
    assert job is not None
    with desk.db.write(Named.PUT_OFF) as tx:
        jobs.redirect(tx, job, source=job.url, target="https://a.example/other", lane="a.example")
    desk.dispatch.done(job, settled=False)
    again = desk.take()
    assert again is not None
    assert (again.id, again.gate) == (job.id, "")
    with desk.db.write(Named.PUT_OFF) as tx:
        jobs.from_start(tx, job.id)
        found = jobs.get(tx, job.id)
    assert found is not None
    assert found.gate == "follow"


def test_three_at_once_at_a_registered_domain_and_fifteen_in_all(folder: Path) -> None:
    desk = Desk(folder, {})
    for lane in ("site.example", "a.site.example", "b.site.example"):
        desk.add("entry:1", lane=lane, number=5)
    assert len(desk.sources()) == 3
    for number in range(8):
        desk.add("entry:1", lane=f"host{number}.example", number=5)
    assert len(desk.sources()) == 12
    for _ in range(20):
        desk.dispatch.done(desk.running.pop(0), settled=True)
        assert desk.take() is not None
        assert desk.take() is None
        assert sum(job.lane.endswith("site.example") for job in desk.running) <= 3


def test_what_a_person_asks_for_is_not_held_by_a_query_that_wants_it_too(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY)
    desk.add("follow:a", number=3)
    assert desk.sources() == ["follow:a"]
    url = "https://a.example/2"
    with desk.db.write(Named.ACCEPT) as tx:
        entry = entries.add(tx, NewEntry(url, Origin("url")))
        _, fresh = jobs.add(tx, NewJob("file", url, f"url:{url}", "a.example", f"entry:{entry}", Origin("url")))
    assert not fresh
    desk.dispatch.look_again()
    assert [job.url for job in iter(desk.take, None)] == [url]
    assert desk.ledger.used("subscription:a", "day")[0] == 1, "and it is not booked with it"


def test_what_a_thread_wants_too_is_not_held_by_a_query(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY)
    desk.add("follow:a", number=2)
    assert desk.sources() == ["follow:a"]
    desk.finish()
    url = "https://a.example/1"
    desk.add("follow:t", url=url, key=f"url:{url}", origin=Origin("watcher"), priority=jobs.BEFORE_OTHERS)
    assert [job.context for job in iter(desk.take, None)] == ["watcher:t"]


def test_what_a_query_gives_up_is_not_held_by_its_rules(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY)
    desk.add("follow:a", number=2)
    desk.add("follow:b", url="https://a.example/1", key="url:https://a.example/1")
    assert desk.sources() == ["follow:a"]
    with desk.db.write(Named.SETTLE) as tx:
        (left,) = queue.with_source(tx, ["follow:b"])
        queue.drop(tx, left, "no more", "follow:a")
    desk.dispatch.look_again()
    assert [job.id for job in iter(desk.take, None)] == [left]


def test_of_two_downloads_of_one_dropped_file_only_the_one_that_used_up_its_rule_waits(folder: Path) -> None:
    desk = Desk(folder, {"download": (Rule("requests", 2, 300),)})
    with desk.db.write(Named.ACCEPT) as tx:
        file = tx.insert(
            "INSERT INTO inbox_files (path, inode, size, mtime_ns, sha256, label, state, result, accepted_at)"
            " VALUES (x'61', 1, 1, 1, '', '', 'accepted', '', 0)"
        )
        first, second = (entries.add(tx, NewEntry("x", Origin("inbox")), file) for _ in range(2))
    desk.add(f"entry:{first}", number=4, walk=1)
    desk.add(f"entry:{second}", number=1, walk=2)
    desk.add(f"entry:{second}", number=1)
    assert desk.sources() == [f"entry:{first}"] * 2 + [f"entry:{second}"]
    desk.finish()
    assert desk.sources() == [f"entry:{second}"]


def test_rules_that_are_lifted_hold_nobody_any_more(folder: Path) -> None:
    desk = Desk(folder, ONE_A_DAY)
    desk.add("follow:a", number=3)
    assert desk.sources() == ["follow:a"]
    desk.ledger.reconfigure(Bandwidth((), ()), Books({}))
    desk.dispatch.set_limits(15, 3)
    assert desk.sources() == ["follow:a", "follow:a"]


def test_a_file_that_is_delivered_holds_no_connection_but_there_are_not_endlessly_many(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {})
    desk.dispatch.set_limits(2, 2)
    desk.add("entry:1", number=40)
    first, second = desk.take(), desk.take()
    assert first is not None
    assert second is not None
    assert desk.take() is None, "two requests run"
    desk.dispatch.fetched(first)
    desk.dispatch.fetched(first)
    assert desk.take() is not None, "one in its place"
    assert desk.take() is None
    for job in desk.dispatch.running():
        desk.dispatch.fetched(job)
    while more := list(iter(desk.take, None)):
        for job in more:
            desk.dispatch.fetched(job)
    assert len(desk.dispatch.running()) == 18, "two requests, and sixteen more whose files are delivered"
    desk.dispatch.done(second, settled=True)
    assert len(list(iter(desk.take, None))) == 1
    assert len(desk.dispatch.running()) == 18


def test_who_finds_nothing_to_do_wakes_the_loop_only_where_it_sleeps_too_long(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {}, Rule("requests", 1, 1))
    dispatch, now = desk.dispatch, desk.clock.monotonic()
    assert not dispatch.needs_nobody(now + 30), "nothing runs: whoever waits for the end must look"
    desk.add("entry:1", number=3)
    assert desk.take() is not None
    dispatch.set_limits(1, 1)
    assert dispatch.needs_nobody(now + 30), "all connections are used: who ends goes on"
    dispatch.set_limits(15, 3)
    assert desk.take() is None
    assert not dispatch.needs_nobody(now + 30), "the pace lets the next one go in a second"
    assert dispatch.needs_nobody(now + 0.5), "the loop looks before that"
    dispatch.set_allowance(0)
    assert not dispatch.needs_nobody(now + 0.5), "what is skipped makes room for others"


def _life(folder: Path, seed: int) -> list[str]:
    """Live through additions, ends, rests and drops; return what was handed out, by the number in its URL."""
    chance, desk, order = random.Random(seed), Desk(folder, {}), []
    desk.dispatch.set_limits(6, 4)
    for _ in range(80):
        match chance.choice(["add", "take", "take", "take", "end", "end", "rest", "drop", "urgent"]):
            case "add":
                lane = chance.choice(["a.example", "a.example", "b.example"])
                kind = chance.choice(["file", "file", "listing"])
                source = chance.choice(["entry:1", "entry:1", "follow:1"])
                desk.add(source, lane=lane, number=chance.choice([1, 5, 12]), kind=kind)
            case "urgent":
                desk.add("entry:2", priority=5)
            case "take":
                job = desk.take()
                order.append(job.url if job else "")
            case "rest" if desk.running:
                job = desk.running.pop(0)
                with desk.db.write(Named.PUT_OFF) as tx:
                    jobs.rest(tx, job.id, until=tx.now + 60, cause="", why="", advice="")
                desk.dispatch.done(job, settled=False)
            case "drop":
                # Somebody takes what waits first out of the queue, and nobody is told.
                with desk.db.write(Named.SETTLE) as tx:
                    running = ",".join(str(each.id) for each in desk.running)
                    tx.run(
                        "UPDATE jobs SET state = 'done' WHERE id = (SELECT min(id) FROM jobs WHERE state = 'waiting'"
                        f" AND id NOT IN ({running}))"
                    )
            case _ if desk.running:
                job = desk.running.pop(0)
                with desk.db.write(Named.SETTLE) as tx:
                    tx.run("UPDATE jobs SET state = 'done' WHERE id = ?", (job.id,))
                desk.dispatch.done(job, settled=True)
    desk.db.close()
    return order


@pytest.mark.parametrize("seed", [3, 6, 8, 10])
def test_looking_ahead_changes_nothing_in_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    ahead = _life(tmp_path / "ahead", seed)
    monkeypatch.setattr("syncer.service.dispatch.FOLLOWING", 0)
    assert ahead == _life(tmp_path / "one by one", seed)
    assert len(set(ahead)) > 5, "something was handed out"


@pytest.mark.parametrize("others", [(), ("a.example",), ("z.example",), ("a.example", "z.example")])
def test_lanes_that_share_the_pace_of_a_domain_get_it_in_turn(folder: Path, others: tuple[str, ...]) -> None:
    """Whoever else makes requests meanwhile: the files of one host must not take each moment of the domain from its pages."""
    desk = Desk(folder, {}, Rule("requests", 1, 1))
    shared = ("api.garden.example", "cdn.garden.example", "img.garden.example")
    for lane in (*shared, *others):
        desk.add("inbox:1", lane=lane, number=40)
    served = Counter(job.lane for _, job in desk.each_second(30))
    assert served == {**dict.fromkeys(shared, 10), **dict.fromkeys(others, 30)}


def test_a_lane_that_comes_later_gets_its_turn_of_what_all_share(folder: Path) -> None:
    desk = Desk(folder, {})
    desk.ledger.reconfigure(Bandwidth((Rule("requests", 2, 1),), ()), Books({}))
    for lane in ("a.example", "b.example", "c.example"):
        desk.add("inbox:1", lane=lane, number=40)
    assert len(list(desk.each_second(5))) == 10
    desk.add("inbox:2", lane="aa.example", number=40)
    served = Counter(job.lane for _, job in desk.each_second(10))
    assert served == dict.fromkeys(("a.example", "b.example", "c.example", "aa.example"), 5)


@pytest.mark.parametrize("urgent", ["follow:a", "follow:m", "follow:z", "entry:1"])
def test_who_comes_first_now_and_then_does_not_begin_the_turn_of_the_others_anew(folder: Path, urgent: str) -> None:
    desk = Desk(folder, {}, Rule("requests", 1, 1))
    others = [f"follow:{letter}" for letter in "bcdefghijklnopqrstuvwxy"]
    for source in others:
        desk.add(source, number=5)
    served: Counter[str] = Counter()
    for second in range(60):
        if second % 3 == 0:
            desk.add(urgent, priority=jobs.BEFORE_OTHERS)
        job = desk.take()
        assert job is not None
        desk.finish()
        served[job.source] += 1
        desk.clock.advance(1)
    assert served.pop(urgent) == 20
    assert {served[source] for source in others} == {1, 2}, "the 40 that are left go round"


def test_hosts_that_share_the_pace_of_listing_pages_get_it_in_turn(folder: Path) -> None:
    """Whichever of them has files besides, which make it the one that was served last."""
    desk = Desk(folder, PAGES, Rule("requests", 1, 1))
    for number in range(12):
        for lane in ("api", "www"):
            desk.add(f"follow:{lane}{number}", kind="listing", lane=f"{lane}.site.example", walk=number)
    desk.add("entry:1", lane="www.site.example", number=100)
    found = Counter(job.lane for _, job in desk.each_second(60) if job.kind == "listing")
    assert found == {"api.site.example": 6, "www.site.example": 6}


def test_a_long_walk_lets_the_other_checks_of_its_lane_go_on_beside_files(folder: Path) -> None:
    """The gate of pages opens once while many files come; whose page it is then goes round, too."""
    desk = Desk(folder, PAGES, Rule("requests", 1, 1))
    for number in range(4):
        desk.add(f"follow:{number}", kind="listing", walk=number, number=40)
        desk.add(f"entry:{number}", number=100)
    found = Counter(job.source for _, job in desk.each_second(80) if job.kind == "listing")
    assert set(found) == {f"follow:{number}" for number in range(4)}
    assert max(found.values()) - min(found.values()) <= 1, found


def test_few_files_a_day_come_from_each_host_and_each_source_in_turn(folder: Path) -> None:
    """Though one host has pages to ask for all the time, and one source pages of posts."""
    desk = Desk(folder, {}, Rule("requests", 1, 1))
    for source in ("follow:a", "follow:b", "follow:m", "follow:z"):
        desk.add(source, number=30)
    desk.add("follow:m", kind="post", number=300)
    desk.add("follow:n", lane="b.example", number=30)
    served: Counter[str] = Counter()
    for second in range(200):
        desk.dispatch.set_allowance(0 if second % 10 else 1)
        for job in iter(desk.take, None):
            served[job.source] += job.kind == "file"
            desk.finish()
        desk.clock.advance(1)
    assert served.pop("follow:n") == 10, served
    assert set(served.values()) == {2, 3}, served
