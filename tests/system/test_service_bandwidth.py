"""What is told of bandwidth: by `bandwidth`, `status` and `explain`, beside a running service and without one."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from syncer.cli import main
from syncer.service import bandwidth, housekeeping, looking
from syncer.service import status as status_of
from syncer.store.database import Database, Named, Transaction

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace, Place

SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\nbandwidth = ["{rule}"]\n'


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """Give a house in the present, since commands look at the machine's own clock."""
    return make_place(start=time.time())


def said(capsys: pytest.CaptureFixture[str], place: Place, *words: str) -> str:
    capsys.readouterr()
    main.main([*words, "--config", str(place.folder / "config.toml")])
    output = capsys.readouterr()
    return output.out + output.err


def report(place: Place, **more: Any) -> dict[str, Any]:
    with looking.at(place.config(), place.clock) as look:
        return bandwidth.report(look, **more)


def waits(place: Place) -> list[str]:
    db = Database.open(place.state, place.clock, read_only=True)
    try:
        return [f"{each['what']}: {each['why']}" for each in status_of.status(db, running=True)["waits"]]
    finally:
        db.close()


def test_nothing_yet(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.write_config()
    words = "nothing has been asked of the net this month, and nobody is paused\n"
    assert said(capsys, place, "bandwidth") == words
    with place.runner():
        pass
    assert said(capsys, place, "bandwidth") == words
    assert json.loads(said(capsys, place, "bandwidth", "--json"))["data"] == {"contexts": [], "all": 0}
    assert 'no bandwidth context in use is called "x"' in said(capsys, place, "bandwidth", "--context", "x")


def test_a_query_that_used_up_its_day_comes_first_and_status_says_so(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.once(more=SUB.format(rule="4 requests / 1 day"))
    asked = len(place.site.log)
    assert asked == 4
    (first, *others) = report(place)["contexts"]
    assert first["name"] == "subscription views: scenery"
    assert (first["today"]["requests"], first["month"]["requests"]) == (4, 4)
    assert first["binds"]["rule"] == "4 requests / 1 day"
    assert 86_000 <= first["binds"]["free_in"] <= 86_400
    assert [each["context"] for each in others[:1]] == ["everything"]
    assert others[0]["now"]["bytes"] == sum(entry.size for entry in place.site.log)
    text = said(capsys, place, "bandwidth")
    assert text.splitlines()[1].startswith("subscription views: scenery")
    assert text.splitlines()[1].endswith("4 requests / 1 day: used up, free in 24 h")
    assert len(said(capsys, place, "bandwidth", "--context", "SCENERY").splitlines()) == 2
    assert waits(place) == ["subscription views: scenery: bandwidth used up: 4 requests / 1 day"]
    assert "Waits\n  subscription views: scenery until" in said(capsys, place, "status")
    # And when the day is over, it goes on by itself.
    place.advance(86_400)
    assert not report(place)["contexts"][0]["binds"]["free_in"]
    place.once()
    assert len(place.site.log) == 2 * asked


def test_beside_a_running_service_it_is_as_new_as_the_last_second(place: Place) -> None:
    with place.runner(more=SUB.format(rule="100 requests / 1 day")) as loop:
        for asked in (3, 6):
            loop.run_until(lambda wanted=asked: len(place.site.log) >= wanted)  # type: ignore[misc]  # the number of this round
            for _ in range(2):
                housekeeping.flush(loop.runtime)
            (row,) = report(place, context="scenery")["contexts"]
            assert row["today"]["requests"] == len(place.site.log)
            assert row["binds"]["used"] == len(place.site.log)


def test_pauses_are_there_with_their_reason(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.site.misbehave("*", "429", retry=7200)
    (place.inbox / "link.txt").write_text(f"{place.site.root}/media/8.png\n", "utf-8")
    place.once(more="")
    first = report(place)["contexts"][0]
    assert first["context"].startswith("domain:127.0.0.1:")
    assert first["paused"]["free_in"] == pytest.approx(7200, abs=5)
    assert "paused, the site asks for fewer requests (status 429), free in 2 h" in said(capsys, place, "bandwidth")
    assert "Waits\n  domain 127.0.0.1:" in said(capsys, place, "status"), "both call it the same"


def test_a_renamed_subscription_keeps_what_its_queries_used(place: Place) -> None:
    place.once(more=SUB.format(rule="4 requests / 1 day"))
    place.once(more=SUB.format(rule="4 requests / 1 day").replace("views", "sights"))
    assert len(place.site.log) == 4
    assert report(place)["contexts"][0]["name"] == "subscription sights: scenery"


def test_without_rules_of_its_own_those_for_all_queries_hold(place: Place) -> None:
    place.bandwidth = place.bandwidth.replace("[bandwidth]\n", '[bandwidth]\nsubscription = ["3 requests / 1 day"]\n')
    place.once(more=SUB.partition("bandwidth")[0])
    assert len(place.site.log) == 3
    place.once(more=SUB.format(rule="5 requests / 1 day"))
    assert len(place.site.log) == 5, "its own replace them; what was used stays used"


def test_explain_shows_how_each_context_stands(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.bandwidth = place.bandwidth.replace('follow_pages = "0 seconds"', 'follow_pages = "30 seconds"')
    place.once(more=SUB.format(rule="4 requests / 1 day"))
    url = f"{place.site.root}/api/posts.json?tags=scenery&page=1"
    plain = said(capsys, place, "explain", url)
    assert "bandwidth      everything: 500 requests / 1 second, " in plain
    assert "subscription" not in plain
    text = said(capsys, place, "explain", url, "--for", "Views")
    assert ": subscription views: scenery: 4 requests / 1 day, free in 24 h" in text
    assert "bandwidth      subscription views: scenery: 4 requests / 1 day, 4 used, free in " in text
    assert "bandwidth      follow pages of 127.0.0.1:" in text, "as its checks ask for it"


def test_counters_that_the_store_could_not_take_are_written_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, full = Database.write, True

    @contextmanager
    def write(db: Database, named: Named) -> Iterator[Transaction]:
        with real(db, named) as tx:
            yield tx
            if full and named is Named.FLUSH:
                raise sqlite3.OperationalError("database or disk is full")

    with place.runner(more=SUB.format(rule="100 requests / 1 day")) as loop:
        monkeypatch.setattr(Database, "write", write)
        for number in (3, 6):
            loop.run_until(lambda wanted=number: len(place.site.log) >= wanted)  # type: ignore[misc]  # the number of this round
            with pytest.raises(sqlite3.OperationalError):
                housekeeping.flush(loop.runtime)
            place.advance(61)
        full = False
        asked = len(place.site.log)
        assert not report(place)["contexts"]
        housekeeping.flush(loop.runtime)
        assert {each["month"]["requests"] for each in report(place)["contexts"]} == {asked}


def test_thousands_of_contexts_are_told_quickly(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with place.runner(more="") as loop, loop.runtime.db.write(Named.FLUSH) as tx:
        month = int(tx.now) // 86_400 * 86_400
        rows = [
            (f"subscription:{number}", unit, month, number, 0, 0.0)
            for number in range(5000)
            for unit in ("day", "hour")
        ]
        tx.many("INSERT INTO usage (context, unit, start, requests, bytes, last) VALUES (?, ?, ?, ?, ?, ?)", rows)
    began = time.process_time()
    found = report(place, limit=25)
    assert time.process_time() - began < 3
    assert (len(found["contexts"]), found["all"]) == (25, 5000)
    assert found["contexts"][0]["today"]["requests"] == 4999
    assert "and 4975 more: --all, or --context NAME" in said(capsys, place, "bandwidth")
