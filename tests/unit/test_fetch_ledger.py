"""The ledger: what it admits, why it waits, what survives a restart, and that no rule is ever broken."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pytest

from syncer.clock import SystemClock, VirtualClock
from syncer.config.bandwidth import Bandwidth, Rule
from syncer.config.settings import GB, MB
from syncer.fetch.account import About
from syncer.fetch.contexts import contexts
from syncer.fetch.ledger import DomainRules, Ledger, span
from syncer.fetch.usage import LEASE, UsageRow

ONE = contexts("https://example.org/1")
OTHER = contexts("https://other.example/1")


class Shelf:
    """Books in memory: rows as the store has them, and rules by context."""

    def __init__(self, rows: Iterable[UsageRow] = (), **rules: tuple[Rule, ...]) -> None:
        self.rows, self.rules = tuple(rows), rules
        self.asked: list[str] = []

    def about(self, context: str) -> About:
        self.asked.append(context)
        rules = self.rules.get(context.partition(":")[0], ())
        return About(tuple(row for row in self.rows if row.context == context), rules)


def ledger(clock: VirtualClock, *domain: Rule, everything: tuple[Rule, ...] = (), **more: Any) -> Ledger:
    books = Shelf(more.pop("rows", ()), **more.pop("kinds", {}))
    return Ledger(Bandwidth(everything, domain), clock, books, **more)


Sums = dict[tuple[str, str, int], UsageRow]


def write(book: Ledger, into: Sums, *, last: bool = False) -> int:
    """Do what the store does each second; return how many rows that took."""
    rows = book.flush(last=last)
    for row in rows:
        old = into.get(row[:3], UsageRow(*row[:3], 0, 0))
        added = (old.requests + row.requests, old.bytes + row.bytes, max(old.last, row.last))
        into[row[:3]] = UsageRow(*row[:3], *added)
    book.flushed()
    return len(rows)


def test_one_a_second_and_why_not() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("requests", 1, 1))
    assert book.wait(ONE) is None
    assert book.start(ONE) is None
    clock.advance(0.6)
    wait = book.start(ONE)
    assert wait is not None
    assert wait.seconds == pytest.approx(0.4)
    assert wait.why == "domain example.org: 1 request / 1 second, free in 0.4 s"
    assert book.start(OTHER) is None, "another domain does not wait"
    clock.advance(0.4)
    assert book.start(ONE) is None


def test_asking_books_nothing() -> None:
    book = ledger(VirtualClock(), Rule("requests", 1, 1))
    assert [book.wait(ONE) for _ in range(5)] == [None] * 5


def test_a_refused_request_is_booked_nowhere() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("requests", 1, 10), everything=(Rule("requests", 2, 10),))
    assert book.start(ONE) is None
    assert book.start(ONE) is not None
    assert book.start(OTHER) is None, "the refused one took nothing from everything"
    assert book.used("everything", "minute") == (2, 0)


def test_sub_domains_share_what_their_parent_has() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("requests", 1, 1))
    assert book.start(contexts("https://www.example.org/")) is None
    wait = book.start(contexts("https://cdn.example.org/"))
    assert wait is not None
    assert wait.why.startswith("domain example.org:")


def test_the_longest_wait_is_named() -> None:
    book = ledger(VirtualClock(), Rule("requests", 1, 1), Rule("requests", 1, 7200))
    assert book.start(ONE) is None
    wait = book.wait(ONE)
    assert wait is not None
    assert wait.why == "domain example.org: 1 request / 2 hours, free in 2 h"


def test_own_rules_replace_the_defaults_on_the_whole_path() -> None:
    clock = VirtualClock()
    fast = DomainRules(own=(Rule("requests", 10, 1),))
    for owner, url in (("example.org", "https://cdn.example.org/"), ("cdn.example.org", "https://cdn.example.org/")):
        book = ledger(clock, Rule("requests", 1, 1), domains={owner: fast})
        assert [book.start(contexts(url)) is None for _ in range(12)] == [True] * 10 + [False] * 2
    assert book.start(contexts("https://www.example.org/")) is None, "siblings neither profit nor suffer"
    assert book.start(contexts("https://www.example.org/")) is not None


def test_a_site_file_only_makes_it_stricter() -> None:
    clock = VirtualClock()
    slow = {"example.org": DomainRules(pace=(Rule("requests", 1, 5),))}
    book = ledger(clock, Rule("requests", 1, 1), domains=slow)
    assert book.start(ONE) is None
    clock.advance(4.9)
    assert book.start(ONE) is not None
    loose = {"example.org": DomainRules(pace=(Rule("requests", 100, 1),))}
    book = ledger(clock, Rule("requests", 1, 1), domains=loose)
    assert book.start(ONE) is None
    assert book.start(ONE) is not None


def test_contexts_of_whoever_asks_have_rules_by_kind() -> None:
    book = ledger(VirtualClock(), kinds={"subscription": (Rule("requests", 2, 60),)})
    asked = contexts("https://example.org/", ("subscription:sky: cloud",))
    assert [book.start(asked) is None for _ in range(3)] == [True, True, False]
    assert book.start(contexts("https://example.org/", ("subscription:sea",))) is None


def test_pauses() -> None:
    clock = VirtualClock()
    book = ledger(clock)
    row = book.pause("domain:example.org", clock.now() + 180, "the site asks for fewer requests (status 429)")
    assert row == ("domain:example.org", clock.now() + 180, "the site asks for fewer requests (status 429)")
    wait = book.start(contexts("https://cdn.example.org/"))
    assert wait is not None
    assert wait.why == "domain example.org: paused, the site asks for fewer requests (status 429), free in 3 min"
    assert book.start(OTHER) is None
    assert book.pause("domain:example.org", clock.now() + 5, "x").until == row.until, "a shorter one changes nothing"
    clock.advance(180)
    assert book.start(ONE) is None
    assert book.pauses() == ()


def test_pauses_outlive_a_restart_but_no_clock_fault() -> None:
    clock = VirtualClock()
    held = [("domain:example.org", clock.now() + 60, "asked"), ("domain:other.example", clock.now() + 10**9, "odd")]
    book = ledger(clock, pauses=held)
    assert {row.context: row.until - clock.now() for row in book.pauses()} == {
        "domain:example.org": pytest.approx(60),
        "domain:other.example": pytest.approx(86_400),
    }
    clock.set(clock.now() - 10**8)
    clock.advance(61)
    assert book.start(ONE) is None
    assert book.start(OTHER) is not None
    book.resume("domain:other.example")
    assert book.start(OTHER) is None


def test_bytes_hold_the_next_request() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("bytes", 8 * GB, 86_400))
    assert book.start(ONE) is None
    book.bytes(ONE, 8 * GB)
    wait = book.start(ONE)
    assert wait is not None
    assert wait.why == "domain example.org: 8 GB / 1 day, free in 24 h"
    book.after(OTHER, 3, 8 * GB)
    assert book.start(OTHER) is not None, "what another program used counts too"


def test_counters_outlive_a_clean_restart_exactly() -> None:
    clock = VirtualClock()
    rules = (Rule("requests", 4, 86_400), Rule("bytes", 1 * GB, None))
    book = ledger(clock, *rules)
    sums: Sums = {}
    for _ in range(3):
        assert book.start(ONE) is None
        book.bytes(ONE, 100)
        clock.advance(30)
        write(book, sums)
    write(book, sums, last=True)
    assert book.flush(last=True) == ()
    for unit in ("hour", "day", "month"):
        spans = [row for row in sums.values() if row.context == "domain:example.org" and row.unit == unit]
        assert sum(row.requests for row in spans) == 3
        assert sum(row.bytes for row in spans) == 300
    again = ledger(clock, *rules, rows=sums.values())
    assert again.used("domain:example.org", "month") == (3, 300)
    assert again.start(ONE) is None
    wait = again.start(ONE)
    assert wait is not None
    assert 86_400 - 200 <= wait.seconds <= 86_400, "the oldest counts as late as it can have been"


def test_after_a_kill_the_lease_counts_as_spent() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("bytes", 20 * MB, 86_400))
    sums: Sums = {}
    assert book.start(ONE) is None
    book.bytes(ONE, MB)
    write(book, sums)
    book.bytes(ONE, 3 * MB)  # never flushed: killed
    again = ledger(clock, Rule("bytes", 20 * MB, 86_400), rows=sums.values())
    assert again.used("domain:example.org", "day") == (1, MB + LEASE)
    assert again.used("domain:example.org", "day")[1] >= 4 * MB, "not less than truly came"


def test_what_could_not_be_written_is_written_later_with_what_came_since() -> None:
    clock = VirtualClock(1_700_000_040.0)
    book, sums = ledger(clock), Sums()
    for number in (1, 2, 3):
        assert book.start(ONE) is None
        book.bytes(ONE, 100)
        for _ in range(2):  # a full disk: nobody says that it was written
            assert {row.requests for row in book.flush() if row.unit == "month"} == {number}
        clock.advance(61)
    write(book, sums)
    month = [row for row in sums.values() if (row.context, row.unit) == ("everything", "month")]
    assert [(row.requests, row.bytes, round(row.last)) for row in month] == [(3, 300, round(clock.now() - 61))]
    assert book.flush() == ()


def test_contexts_of_thousands_of_queries_do_not_stay_in_memory() -> None:
    clock = VirtualClock()
    shelf = Shelf(subscription=(Rule("requests", 2, 86_400),))
    book, sums = Ledger(Bandwidth((), ()), clock, shelf), Sums()
    asked = [contexts("https://example.org/", (f"subscription:{number}",)) for number in range(100)]
    for each in asked:
        assert book.start(each) is None
    assert len(shelf.asked) == 102
    for _ in range(12):
        clock.advance(61)
        write(book, sums)
        shelf.rows = tuple(sums.values())
    shelf.asked.clear()
    assert [book.start(asked[7]) is None for _ in range(3)] == [True, False, False], "what was used is known again"
    assert shelf.asked == ["subscription:7"], "domains and everything are kept"


def test_leases_are_topped_up_seldom_and_given_back_at_rest() -> None:
    clock = VirtualClock(1_700_000_040.0)
    book = ledger(clock)
    sums: Sums = {}
    assert book.start(ONE) is None
    sizes = []
    for _ in range(6):
        book.bytes(ONE, MB)
        sizes.append(write(book, sums))
    assert sizes == [8, 0, 0, 0, 0, 8], "two contexts, four units; then half of the lease is used"
    clock.advance(61)
    write(book, sums)
    assert {row.unit: row.bytes for row in sums.values() if row.context == "everything"} == {
        "minute": 6 * MB, "hour": 6 * MB, "day": 6 * MB, "month": 6 * MB
    }  # fmt: skip
    assert book.flush() == ()
    book.bytes(ONE, 10)
    assert write(book, sums) == 8, "and it goes on after a rest"


def test_a_domain_starts_with_a_full_pace_after_a_kill_and_no_later_than_need_be_after_an_end() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("requests", 1, 10))
    assert book.start(ONE) is None
    rows = book.flush()
    clock.advance(2)
    for killed, rest in ((True, 10), (False, 8)):
        again = ledger(clock, Rule("requests", 1, 10), rows=rows, kills=[clock.now()] if killed else [])
        wait = again.start(ONE)
        assert wait is not None
        assert wait.seconds == pytest.approx(rest)


def test_an_answer_that_a_kill_took_out_of_the_books_counts_as_large_as_they_ever_were() -> None:
    """In the first moment of a minute its bytes are in no lease."""
    clock = VirtualClock()
    minute = int(clock.now()) // 60 * 60
    rows = [
        UsageRow("domain:example.org", "minute", minute - 60, 2, 6_000),
        UsageRow("domain:example.org", "minute", minute - 120, 3, 3_000),
    ]
    for killed, used in ((True, 12_000), (False, 9_000)):
        again = ledger(clock, Rule("bytes", 50_000, 600), rows=rows, kills=[clock.now()] if killed else [])
        (standing,) = again.standings(("domain:example.org",))
        assert standing.used == used


def test_rows_from_the_future_do_not_lock_for_ever() -> None:
    clock = VirtualClock()
    future = int(clock.now()) + 10**8
    rows = [UsageRow("domain:example.org", unit, future, 50, 10**12) for unit in ("minute", "hour", "day")]
    book = ledger(clock, Rule("requests", 1, 1), Rule("bytes", GB, 86_400), rows=rows)
    assert book.wait(ONE) is not None, "what cannot be dated counts as just now"
    clock.advance(86_400 * 1.02)
    assert book.start(ONE) is None


def test_new_rules_know_what_was_used_before() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("requests", 5, 60))
    for _ in range(3):
        assert book.start(ONE) is None
    book.reconfigure(Bandwidth((), (Rule("requests", 3, 600), Rule("requests", 5, 60))))
    wait = book.wait(ONE)
    assert wait is not None
    assert "3 requests / 10 minutes" in wait.why
    used = {each.rule.amount: each.used for each in book.standings(ONE)}
    assert used == {3: 3, 5: 3}


def test_standings_name_every_binding_rule() -> None:
    book = ledger(VirtualClock(), Rule("requests", 1, 1), everything=(Rule("bytes", GB, 86_400),))
    assert book.start(ONE) is None
    book.bytes(ONE, 77)
    shown = [(each.context, each.rule.kind, each.used, each.wait > 0) for each in book.standings(ONE)]
    assert shown == [("everything", "bytes", 77, False), ("domain:example.org", "requests", 1, True)]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"), (0.4, "0.4 s"), (9.9, "9.9 s"), (9.97, "10 s"), (35.4, "35 s"), (99, "99 s"), (100, "2 min"),
        (180, "3 min"), (3600, "60 min"), (7200, "2 h"), (86_400, "24 h"), (3 * 86_400, "3 days"),
    ],
)  # fmt: skip
def test_spans_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_two_threads_never_get_the_same_room() -> None:
    book = Ledger(Bandwidth((Rule("requests", 50, 3600),), ()), SystemClock())
    admitted: list[int] = []

    def ask() -> None:
        for _ in range(60):
            if book.start(ONE) is None:
                admitted.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admitted) == 50


@pytest.mark.parametrize(
    ("rule", "seconds"),
    [(Rule("requests", 1, 1), 600), (Rule("requests", 7, 60), 3600), (Rule("requests", 30, 300), 7200),
     (Rule("requests", 1000, 86_400), 3 * 86_400), (Rule("requests", 5000, 3600), 7200)],
)  # fmt: skip
def test_nearly_all_of_the_allowed_rate_is_used(rule: Rule, seconds: int) -> None:
    clock = VirtualClock()
    book = ledger(clock, rule)
    end, count = clock.monotonic() + seconds, 0
    while clock.monotonic() < end:
        wait = book.start(ONE)
        if wait is None:
            count += 1
        else:
            clock.advance(wait.seconds)
    assert rule.seconds is not None
    allowed = rule.amount * seconds / rule.seconds
    assert 0.9 * allowed <= count <= 1.02 * allowed + rule.amount


def test_nearly_all_of_the_allowed_bytes_are_used() -> None:
    clock = VirtualClock()
    book = ledger(clock, Rule("bytes", 10_000, 600))
    end, total = clock.monotonic() + 24_000, 0
    while clock.monotonic() < end:
        wait = book.start(ONE)
        if wait is None:
            book.bytes(ONE, 100)
            total += 100
            clock.advance(0.5)
        else:
            clock.advance(wait.seconds)
    assert 0.9 * 400_000 <= total <= 410_000
