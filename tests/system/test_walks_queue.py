"""The queue as a person changes it: first, out, again; and what comes first by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncer.errors import ItemError
from syncer.service import queue_faults, queue_verbs, requests_job
from syncer.store import jobs

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

SLOW = ""
"""No bandwidth of its own: one request a second."""


def _ask(loop: Loop, verb: str, **details: Any) -> dict[str, Any]:
    return requests_job.VERBS[f"queue {verb}"](loop.runtime, details)


def _begin(loop: Loop, text: str, **more: Any) -> int:
    site, colon, query = text.partition(": ")
    what = {"site": site, "query": query} if colon else {"url": text}
    return int(requests_job.get(loop.runtime, {"text": text, **what, **more})["entry"])


def _media(place: Place) -> list[str]:
    return [path for path in place.site.log.paths() if path.startswith("/media/")]


def _run(loop: Loop) -> None:
    loop.run_until(lambda: False, patience=3600)


def test_get_with_a_priority(place: Place) -> None:
    place.bandwidth = SLOW
    with place.runner(checks=False) as loop:
        for number, priority in ((4, "low"), (5, "normal"), (6, "high")):
            _begin(loop, f"{place.site.root}/media/{number}.png", priority=priority)
        _run(loop)
    first = {path.split("/")[2].split(".")[0].split("_")[0]: place for place, path in enumerate(_media(place))}
    assert first["6"] < first["5"]


@pytest.mark.parametrize(("one", "other"), [("high", "normal"), ("normal", "low"), ("high", "low")])
def test_a_subscription_with_more_priority_comes_first(make_place: MakePlace, one: str, other: str) -> None:
    place = make_place(posts=40)
    place.bandwidth = SLOW
    sub = '[[subscriptions]]\nname = "{}"\nsite = "demoapi"\nqueries = ["{}"]\npriority = "{}"\n'
    place.once(more=sub.format("a", "roll_1", other) + sub.format("b", "roll_2", one), patience=3600)
    asked = [int(path.split("/")[2].split(".")[0].split("_")[0]) // 10 for path in _media(place)]
    assert set(asked) == {1, 2}
    assert asked == sorted(asked, reverse=True), "all of roll 2 first"


def test_what_is_raised_comes_first(place: Place) -> None:
    place.bandwidth = SLOW
    with place.runner(checks=False) as loop:
        entries = [_begin(loop, f"{place.site.root}/media/{number}.png") for number in (1, 2, 6, 8)]
        rows = queue_verbs.listing(loop.runtime.db)["jobs"]
        assert [row["priority"] for row in rows] == ["normal"] * 4
        assert _ask(loop, "raise", what=rows[3]["url"])["words"] == "1 job put first"
        _ask(loop, "raise", what=f"entry:{entries[2]}")
        assert {row["job"] for row in queue_verbs.listing(loop.runtime.db)["jobs"][:2]} == {
            rows[2]["job"],
            rows[3]["job"],
        }
        _run(loop)
    assert {path.split("/")[2].split(".")[0] for path in _media(place)[:2]} == {"6", "8"}


def test_a_follow_is_raised_by_its_name(place: Place) -> None:
    place.bandwidth = SLOW
    with place.runner(more='[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\n') as loop:
        loop.run_until(lambda: place.follow(loop).synced)
        found = _ask(loop, "raise", what="views")["jobs"]
        assert len(found) > 5
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM jobs WHERE priority = 20") == len(found)


def test_dropped_jobs_are_gone_and_may_be_asked_for_again(place: Place) -> None:
    with place.runner(checks=False) as loop:
        url = f"{place.site.root}/media/8.png"
        entry = _begin(loop, url)
        job = queue_verbs.listing(loop.runtime.db)["jobs"][0]["job"]
        _ask(loop, "drop", what=str(job))
        _run(loop)
        assert len(place.site.log) == 0
        assert place.entry(loop, entry).state == "settled"
        assert place.get(loop, url)["outcome"] == "delivered"


def test_dropping_the_page_of_a_download_ends_its_search_and_a_check_keeps_its_page(place: Place) -> None:
    place.bandwidth = SLOW
    with place.runner(more='[[subscriptions]]\nname = "views"\nsite = "demo"\nqueries = ["scenery"]\n') as loop:
        entry = _begin(loop, "demoapi: scenery")
        assert "1 job" in _ask(loop, "drop", what=f"entry:{entry}")["words"]
        assert place.entry(loop, entry).state == "settled"
        loop._begin_checks()
        with pytest.raises(ItemError, match="page of a check"):
            _ask(loop, "drop", what="views")
        _run(loop)
        assert place.follow(loop).synced


@pytest.mark.parametrize("what", ["99", "https://nowhere.example/1.png", "entry:99", "no such name"])
def test_what_is_not_in_the_queue_has_a_cure(place: Place, what: str) -> None:
    with place.runner(checks=False) as loop:
        for verb in ("raise", "drop"):
            with pytest.raises(ItemError, match="nothing in the queue") as caught:
                _ask(loop, verb, what=what)
            assert "queue list" in caught.value.advice


def _failed(place: Place, loop: Loop) -> int:
    """Fail two files of a download; return its entry."""
    numbers = [file.path for file in place.world.expected("scenery")][:2]
    for path in numbers:
        place.site.misbehave(path, "garbage")
    done = place.get(loop, "demoapi: scenery", patience=40 * 86_400)
    assert done["outcome"] == "failed"
    return int(done["entry"])


def test_retry_fetches_what_failed_and_walks_nothing_again(place: Place) -> None:
    with place.runner(checks=False) as loop:
        entry = _failed(place, loop)
        groups = queue_faults.faults(loop.runtime.db)["faults"]
        assert sum(group["number"] for group in groups) == 2
        assert all(group["cause"] and group["why"] and group["cure"] for group in groups)
        place.site.behave()
        place.site.log.clear()
        _run(loop)
        assert len(place.site.log) == 0, "nothing is tried again by itself"
        assert "2 failed jobs queued again" in _ask(loop, "retry")["words"]
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE outcome = 'failed'") == 0, "forgotten at once"
        _run(loop)
        assert [path for path in place.site.log.paths() if not path.startswith("/media/")] == []
        assert len(place.site.log) == 2
        assert place.entry(loop, entry).outcome == "delivered"
        assert queue_faults.faults(loop.runtime.db) == {"faults": []}
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE outcome = 'failed'") == 0
            assert tx.value("SELECT count(*) FROM posts WHERE open > 0 OR outcome = 'failed'") == 0
        assert _ask(loop, "retry")["failed"] == 0
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()


def test_what_fails_again_is_a_fault_again(place: Place) -> None:
    with place.runner(checks=False) as loop:
        entry = _failed(place, loop)
        _ask(loop, "retry")
        loop.run_until(lambda: place.entry(loop, entry).state == "settled", patience=40 * 86_400)
        assert place.entry(loop, entry).outcome == "failed"
        assert sum(group["number"] for group in queue_faults.faults(loop.runtime.db)["faults"]) == 2


def test_retry_takes_only_what_is_chosen(place: Place) -> None:
    with place.runner(checks=False) as loop:
        _failed(place, loop)
        cause = queue_faults.faults(loop.runtime.db)["faults"][0]["cause"]
        assert _ask(loop, "retry", site="demo")["failed"] == 0
        assert _ask(loop, "retry", cause="another")["failed"] == 0
        assert _ask(loop, "retry", older_than=3600)["failed"] == 0
        place.advance(7200)
        assert _ask(loop, "retry", older_than=3600, site="demoapi", cause=cause)["failed"] == 2


def test_a_download_that_broke_on_a_page_goes_on_there(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    place.site.misbehave("/api/posts.json?*page=3*", "garbage_json")
    with place.runner(checks=False) as loop:
        done = place.get(loop, "demoapi: scenery")
        assert done["outcome"] == "failed"
        place.site.behave()
        place.site.log.clear()
        _ask(loop, "retry")
        _run(loop)
        pages = [target for target in place.site.log.targets() if "/posts" in target]
        assert "page=3" in pages[0]
        assert not any("page=1&" in target or "page=2&" in target for target in pages)
        assert place.entry(loop, done["entry"]).outcome == "delivered"
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_retry_wakes_what_waits_after_a_fault(place: Place) -> None:
    place.site.misbehave("/media/8.png", "500", times=1)
    with place.runner(checks=False) as loop:
        entry = _begin(loop, f"{place.site.root}/media/8.png")
        loop.run_until(lambda: len(place.site.log) > 0, patience=0)
        loop.run_until(lambda: False, patience=0)
        (group,) = queue_faults.faults(loop.runtime.db)["faults"]
        assert group["state"] == "waits"
        assert group["until"] > place.clock.now()
        assert _ask(loop, "retry")["woken"] == 1
        loop.run_until(lambda: False, patience=1)
        assert place.entry(loop, entry).outcome == "delivered"


def test_threads_come_before_all_and_archived_ones_first(make_place: MakePlace) -> None:
    place = make_place(posts=30)
    place.bandwidth = SLOW
    sub = '[[subscriptions]]\nname = "a"\nsite = "demoapi"\nqueries = ["scenery"]\npriority = "high"\n'
    watch = "".join(f'[[watchers]]\nurl = "{place.site.root}/board/thread/{number}"\n' for number in (4, 2))
    with place.runner(more=sub + watch) as loop:
        _run(loop)
        with loop.runtime.db.read() as tx:
            rows = tx.rows("SELECT DISTINCT priority FROM jobs WHERE kind = 'file' ORDER BY 1")
        assert [row[0] for row in rows] == [jobs.DYING, jobs.BEFORE_OTHERS, jobs.PRIORITIES["high"]]
    files = [path for path in place.site.log.paths() if "media" in path]
    dying = [number for number, path in enumerate(files) if "/board/media/" in path and _thread(path) == 2]
    others = [number for number, path in enumerate(files) if "/board/media/" in path and _thread(path) == 4]
    posts = [number for number, path in enumerate(files) if path.startswith("/media/")]
    assert min(posts) > min(others)
    assert sum(dying) / len(dying) < sum(posts) / len(posts)


def _thread(path: str) -> int:
    """Return the thread of a media path `/board/media/TIME + six digits.EXT` (thread * 1000 + place)."""
    return int(path.split("/")[3].split(".", maxsplit=1)[0][-6:]) // 1000
