"""Which rules hold for whom, from config, site files and store to the request that the local site sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncer.clock import VirtualClock
from syncer.config.bandwidth import POLITE, Rule
from syncer.config.settings import DAY, GB
from syncer.errors import ItemError
from syncer.fetch.contexts import contexts, domain, pages, registered
from syncer.model import Origin
from syncer.service import bandwidth_of, housekeeping, looking, one_page, requests_job
from syncer.service.looking import Look
from syncer.service.snapshot import Snapshot
from syncer.store import jobs, usage
from syncer.store.database import Database, Named
from syncer.store.jobs import NewJob

if TYPE_CHECKING:
    from tests.system.conftest import Place

SITE = """
[site]
name = "{name}"
root = "https://{host}"
{more}
[[url]]
name = "file"
kind = "file"
match = "/{{name}}"
"""


@pytest.fixture
def quiet(place: Place) -> Place:
    """Give a house with the rules of the defaults."""
    place.bandwidth = ""
    return place


def site(place: Place, name: str, host: str, more: str = "") -> None:
    text = SITE.format(name=name, host=host, more=more)
    (place.folder / "sites" / f"{name}.toml").write_text(text, "utf-8")


@contextmanager
def looked(place: Place) -> Iterator[Look]:
    with looking.at(place.config(), place.clock) as look:
        yield look


def rules_of(look: Look, url: str, *own: str) -> list[tuple[str, Rule]]:
    return [(each.context, each.rule) for each in look.ledger.standings(contexts(url, own))]


def test_a_site_file_makes_its_domains_stricter_and_never_looser(quiet: Place) -> None:
    site(quiet, "slow", "slow.example", 'pace = "1 request / 5 s"\nbandwidth = ["1 GB / 1 day"]')
    site(quiet, "wide", "wide.example", 'domains = ["*.wide.example"]\npace = "1000 requests / 1 s"')
    with looked(quiet) as look:
        slow = [rule for context, rule in rules_of(look, "https://slow.example/x") if context == "domain:slow.example"]
        assert slow == [POLITE, Rule("bytes", 8 * GB, DAY), Rule("requests", 1, 5), Rule("bytes", GB, DAY)]
        wide = [rule for context, rule in rules_of(look, "https://wide.example/x") if context == "domain:wide.example"]
        assert POLITE in wide


def test_own_rules_take_the_place_of_the_defaults_but_not_of_the_site_files_pace(quiet: Place) -> None:
    site(quiet, "slow", "slow.example", 'pace = "1 request / 5 s"')
    quiet.bandwidth = '[bandwidth.site.slow]\ndomain = ["2 GB / 1 day"]\n'
    with looked(quiet) as look:
        found = [rule for context, rule in rules_of(look, "https://slow.example/x") if context != "everything"]
    assert found == [POLITE, Rule("bytes", 2 * GB, DAY), Rule("requests", 1, 5)]
    quiet.bandwidth += 'faster = "I accept that this site may block me"\n'
    with looked(quiet) as look:
        found = [rule for context, rule in rules_of(look, "https://slow.example/x") if context != "everything"]
    assert found == [Rule("bytes", 2 * GB, DAY)], "who accepts the risk answers for it"


def test_two_sites_of_one_domain_are_held_by_the_rules_of_both(quiet: Place) -> None:
    site(quiet, "one", "shared.example", 'pace = "1 request / 5 s"')
    site(quiet, "two", "shared.example", 'pace = "1 request / 9 s"')
    with looked(quiet) as look:
        found = {
            rule.seconds for context, rule in rules_of(look, "https://shared.example/x") if rule.kind == "requests"
        }
    assert {5, 9} <= found


def test_a_pace_that_cannot_be_read_is_a_fault_of_the_site_file(quiet: Place) -> None:
    site(quiet, "odd", "odd.example", 'pace = "quickly"')
    with looked(quiet) as look:
        (problem,) = look.snapshot.library.problems
    assert "quickly" in str(problem)
    assert "odd.toml" in str(problem)


def test_listing_pages_are_as_far_apart_as_site_and_config_say(quiet: Place) -> None:
    site(quiet, "far", "www.far.example")
    site(quiet, "near", "near.far.example")
    quiet.bandwidth = (
        '[bandwidth]\nfollow_pages = "7 s"\n[bandwidth.site.near]\nfollow_pages = "1 s"\n'
        '[bandwidth.site.far]\nfollow_pages = "20 s"\ndownload_pages = "0 s"\n'
    )
    with looked(quiet) as look:
        for gate, url, rest in (
            ("follow", "https://www.far.example/", 20),
            ("follow", "https://cdn.far.example/", 20),
            ("follow", "https://other.example/", 7),
            ("download", "https://other.example/", 15),
        ):
            assert look.ledger.standings((pages(gate, url),))[0].rule == Rule("requests", 1, rest)
        assert look.ledger.standings((pages("download", "https://far.example/"),)) == ()
        # No rule of its own: its domains keep what holds for all.
        assert ("domain:far.example", POLITE) in rules_of(look, "https://www.far.example/x")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.b.example.org/x", "example.org"),
        ("https://www.example.co.uk/", "example.co.uk"),
        ("http://127.0.0.1:8123/", "127.0.0.1:8123"),
        ("http://localhost/", "localhost"),
    ],
)
def test_registered_domains(url: str, name: str) -> None:
    assert registered(url) == name
    assert domain(f"http://{name}/") == f"domain:{name}"


def test_contexts_have_names_and_rules_before_and_after_they_are_known(quiet: Place) -> None:
    books = bandwidth_of.BooksOf(None, looking_snapshot(quiet))
    assert books.about("subscription:ab12").rules == (Rule("requests", 1000, DAY), Rule("bytes", GB, DAY))
    assert books.about("download:7").rules == (Rule("bytes", GB, 300),)
    assert books.about("watcher:ab12").rules == ()
    assert [books.about(each).name for each in ("watcher:ab12", "download:7")] == ["watcher ab12", "download 7"]
    more = f'[[watchers]]\nurl = "{quiet.site.root}/board/thread/3"\n'
    with quiet.runner(more=more) as loop:
        follow = quiet.follow(loop)
        with looked(quiet) as look:
            assert look.ledger.name(f"watcher:{follow.id}") == f"watcher {quiet.site.root}/board/thread/3"


def looking_snapshot(place: Place) -> Snapshot:
    with looked(place) as look:
        return look.snapshot


def test_a_preview_keeps_its_distance_to_other_listing_pages(quiet: Place) -> None:
    with quiet.runner(checks=False) as loop:
        url = f"{quiet.site.root}/posts?tags=scenery&page=1"
        recognised = loop.runtime.snapshot.library.recognise(url)
        for _ in range(3):
            one_page.fetch(loop.runtime, url, recognised)
        first, second, third = (entry.time for entry in quiet.site.log)
        assert second - first == pytest.approx(15)
        assert third - second == pytest.approx(15)
        # A page that is no listing waits for its domain alone.
        one_page.fetch(loop.runtime, f"{quiet.site.root}/post/3")
        assert quiet.site.log[-1].time - third == pytest.approx(1)


def test_a_wish_that_used_up_its_rule_says_so_and_goes_on_later(quiet: Place) -> None:
    quiet.bandwidth = '[bandwidth]\ndownload = ["4 requests / 1 day"]\n'
    with quiet.runner(checks=False) as loop:
        answer = quiet.get(loop, "demo: scenery", patience=60)
        housekeeping.flush(loop.runtime)
        answer = quiet.get(loop, f"{quiet.site.root}/media/8.png")
        assert answer["outcome"] == "delivered", "whatever else is asked for goes on"
        told = requests_job.get(loop.runtime, {"text": "x", "url": f"{quiet.site.root}/media/10.png"})
        assert told["entry"] > 1
    with quiet.runner(checks=False) as loop:
        loop.run_until(lambda: False, patience=60)
        housekeeping.flush(loop.runtime)
        words = first_wish(loop.runtime.db)
    assert "4 requests / 1 day" in words
    asked = len(quiet.site.log)
    quiet.advance(DAY)
    quiet.once()
    assert len(quiet.site.log) == asked + 4


def first_wish(db: Database) -> str:
    from syncer.service import wish

    return str(wish.outcome(db, 1)["words"])


def test_kills_are_remembered_and_clean_ends_are_not(quiet: Place) -> None:
    with quiet.runner(checks=False) as loop:
        assert housekeeping.begin(loop.runtime.db) == [quiet.clock.now()], "as if the first had been killed"
    quiet.advance(60)
    with quiet.runner(checks=False) as loop:
        db = loop.runtime.db
        assert len(housekeeping.begin(db)) == 2
        for _ in range(100):
            kills = housekeeping.begin(db)
        assert len(kills) == housekeeping.MOST_KILLS


def test_counters_of_the_past_are_forgotten_those_of_queries_sooner(quiet: Place, tmp_path: Path) -> None:
    with quiet.runner(checks=False) as loop:
        now = int(quiet.clock.now())
        with loop.runtime.db.write(Named.FLUSH) as tx:
            for context in ("everything", "domain:a.example", "subscription:1", "follow pages:a.example"):
                for days in (1, 40, 390, 500):
                    usage.add(tx, [(context, "day", now - days * DAY, 1, 1, 0.0)])
        housekeeping.forget_usage(loop.runtime)
        with loop.runtime.db.read() as tx:
            kept = {
                context: len(usage.rows_of(tx, context))
                for context in ("everything", "domain:a.example", "subscription:1")
            }
    assert kept == {"everything": 3, "domain:a.example": 3, "subscription:1": 1}


def test_a_single_round_forgets_what_is_old(quiet: Place) -> None:
    with quiet.runner(checks=False) as loop, loop.runtime.db.write(Named.FLUSH) as tx:
        usage.add(tx, [("everything", "day", int(quiet.clock.now()) - 500 * DAY, 1, 1, 0.0)])
    with quiet.runner(checks=False) as loop, loop.runtime.db.read() as tx:
        assert usage.rows_of(tx, "everything") == []


def test_a_look_at_a_page_waits_no_longer_than_its_patience(quiet: Place) -> None:
    quiet.bandwidth = '[bandwidth]\neverything = ["1 request / 1 day"]\n'
    with quiet.runner(checks=False) as loop:
        one_page.fetch(loop.runtime, f"{quiet.site.root}/post/3")
        with pytest.raises(ItemError, match="everything: 1 request / 1 day, free in 24 h"):
            one_page.fetch(loop.runtime, f"{quiet.site.root}/post/3")


@pytest.mark.parametrize("wanted", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_what_several_want_is_bound_by_the_loosest_rules(tmp_path: Path, wanted: tuple[int, ...]) -> None:
    """A thread has none, a gallery download 1 GB in 5 minutes, a query 1 GB a day."""
    asked = [
        ("follow:ab", Origin("subscription"), None),
        ("entry:1", Origin("gallery"), 7),
        ("follow:cd", Origin("watcher"), None),
    ]
    database = Database.open(tmp_path, VirtualClock())
    with database.write(Named.ACCEPT) as tx:
        for number in wanted:
            source, origin, walk = asked[number]
            new = NewJob("file", "https://a.example/1", "url:1", "a.example", source, origin, walk=walk)
            job, _ = jobs.add(tx, new)
        assert tx.value("SELECT context FROM jobs WHERE id = ?", (job,)) == "watcher:cd"
    database.close()
