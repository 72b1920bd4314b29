"""`refetch`: what was delivered is read again for its metadata, or fetched again, as one bounded job that a person asked for."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from syncer.errors import ItemError
from syncer.model import Tag
from syncer.service import downloads, looking, refetch, requests_job
from syncer.store import entries, known, refetches

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

GROWN = Tag("", "first frost")


def begin(loop: Loop, **details: Any) -> dict[str, Any]:
    answer: dict[str, Any] = requests_job.VERBS["refetch"](loop.runtime, details)
    return answer


def run(place: Place, loop: Loop, **details: Any) -> entries.Entry:
    """Do a refetch to its end; return how its wish came out."""
    entry = int(begin(loop, **details)["entry"])
    loop.run_until(lambda: place.entry(loop, entry).state != "open", patience=3600)
    return place.entry(loop, entry)


def sidecars(place: Place) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(place.imports.glob("*.json"))}


def asked(place: Place) -> list[str]:
    """Return what was asked of the site since the log was cleared."""
    return [target.partition("?")[0] for target in place.site.log.targets()]


def test_the_sidecars_of_what_is_there_get_what_their_pages_tell_by_now(place: Place) -> None:
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery")
        number = len(place.media())
        assert number > 5
        before = sidecars(place)
        for post in (7, 8):
            tags = place.world.post(post).tags  # type: ignore[union-attr]  # it was just delivered
            place.world.change(post, tags=(*tags, GROWN))
        place.site.log.clear()
        done = run(place, loop, site="demoapi")
        assert (done.outcome, done.why) == ("grown", f"2 grown, {number - 2} same")
        assert len(asked(place)) == number
        assert not any("/media/" in path for path in asked(place))
        after = sidecars(place)
        grown = {name for name in after if after[name] != before[name]}
        assert {after[name]["from"]["post"] for name in grown} == {"7", "8"}
        assert all(set(after[name]["tags"]) - set(before[name]["tags"]) == {"first frost"} for name in grown)
        # It was once: nothing is read again by itself.
        place.site.log.clear()
        place.get(loop, "demoapi: scenery")
        assert set(asked(place)) == {"/api/posts.json"}
    place.check_whole()


def test_a_lost_file_comes_again_by_its_hash_and_nothing_else(place: Place) -> None:
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=4)
        lost, *kept = place.media()
        told = sidecars(place)
        sha256 = told[f"{lost}.json"]["file"]["sha256"]
        (place.imports / lost).unlink()
        (place.imports / f"{lost}.json").unlink()
        place.site.log.clear()
        assert run(place, loop, hashes=[sha256], files=True).outcome == "delivered"
        assert len(asked(place)) == 2
        assert place.posts() == sorted(int(each["from"]["post"]) for each in told.values())
        (came,) = set(place.media()) - set(kept)
        assert came != lost
        new, old = sidecars(place)[f"{came}.json"], told[f"{lost}.json"]
        for each in (new, old):
            each["file"]["name"], each["from"]["time"] = "", 0
        assert new == old
        # What lies where it was laid is not fetched twice.
        with pytest.raises(ItemError, match="4 left out: they lie where they were laid"):
            begin(loop, site="demoapi", files=True)


def test_a_thread_is_one_page_however_many_files_came_from_it(place: Place) -> None:
    with place.runner(checks=False) as loop:
        place.get(loop, f"{place.site.root}/board/thread/4")
        number = len(place.media())
        assert number > 3
        place.site.log.clear()
        answer = begin(loop, site="demoboard")
        assert (answer["requests"], answer["files"]) == (1, number)
        loop.run_until(lambda: place.entry(loop, answer["entry"]).state != "open", patience=3600)
        assert place.entry(loop, answer["entry"]).why == "1 same"
        assert len(asked(place)) == 1


def test_files_without_a_page_come_from_where_they_came(place: Place) -> None:
    place.options += '\n[options.gallery]\nadd_tags = ["by a walk"]\n[options.url]\nadd_tags = ["by itself"]\n'
    with place.runner(checks=False) as loop:
        url = f"{place.site.root}/media/7.png"
        assert place.get(loop, url)["outcome"] == "delivered"
        (name,) = place.media()
        with pytest.raises(ItemError, match="1 left out: no site file here can read a page of theirs"):
            begin(loop, urls=[url])
        (place.imports / name).unlink()
        assert run(place, loop, urls=[url], files=True).outcome == "delivered"
        (name,) = place.media()
        assert sidecars(place)[f"{name}.json"]["tags"] == ["by itself"]


@pytest.mark.parametrize(
    ("details", "posts"),
    [
        ({"urls": ["{root}/post/9#x", "{root}/media/8.png", "{root}/post/500"]}, 2),
        ({"site": "demoapi"}, 8),
        ({"site": "nowhere"}, 0),
        ({"query": "demoapi:  ROLL_1"}, 0),
        ({"query": "Snow"}, 0),
        ({"query": "scenery", "limit": 3}, 3),
        ({"query": "demoapi: scenery"}, 8),
        ({"since": 0.0, "since_text": "1970-01-01"}, 8),
        ({"since": 4e9, "since_text": "2096"}, 0),
    ],
)
def test_what_is_meant_and_what_it_would_take(place: Place, details: dict[str, Any], posts: int) -> None:
    place.bandwidth = ""
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=8)
    place.advance(3600)
    place.site.log.clear()
    urls = [url.format(root=place.site.root) for url in details.get("urls", ())]
    details = details | {"urls": urls}
    with looking.at(place.config(), place.clock) as look:
        told = refetch.preview(look, details)
    assert asked(place) == []
    assert told["unmet"] == urls[2:]
    assert (told["posts"], told["requests"]) == (posts, posts)
    assert told["more"] == (5 if "limit" in details else 0)
    # One request a second: between the first and the last of eight lie seven.
    assert told["seconds"] == max(0, posts - 1)
    assert [each["site"] for each in told["sites"]] == (["demoapi"] if posts else [])


def test_the_same_is_refused_while_it_runs_and_survives_the_end_of_its_runner(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.service.refetch_job.PIECE", 2)
    monkeypatch.setattr("syncer.service.refetch_job.LOW", 1)
    place = make_place()
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery")
        number = len(place.media())
    place.bandwidth = ""
    with place.runner(checks=False) as loop:
        answer = begin(loop, site="demoapi")
        assert answer["words"].startswith(f"{number} posts with {number} files (demoapi {number}), {number} requests,")
        loop.run_until(lambda: len(loop.runtime.dispatch.running()) > 9, patience=0)
        with pytest.raises(ItemError, match=f"runs already as download {answer['download']}"):
            begin(loop, site="demoapi", limit=5)
        assert begin(loop, site="demoapi", since=0.0, since_text="1970-01-01")["download"] == answer["download"] + 1
    with place.runner(checks=False) as loop:
        # The command that was broken off goes on with it.
        assert begin(loop, site="demoapi", goes_on=True)["entry"] == answer["entry"]
        row = downloads.one(loop.runtime.db, loop.runtime.snapshot, answer["download"])["download"]
        assert (row["state"], row["found"]) == ("reading again", number)
        loop.run_until(lambda: place.entry(loop, answer["entry"]).state != "open", patience=3600)
        assert place.entry(loop, answer["entry"]).why == f"{number} same"
        row = downloads.one(loop.runtime.db, loop.runtime.snapshot, answer["download"])["download"]
        assert (row["state"], row["done"], row["files"]["same"]) == ("done", number, number)


def test_it_is_paused_and_cancelled_like_a_download(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.service.refetch_job.PIECE", 2)
    monkeypatch.setattr("syncer.service.refetch_job.LOW", 1)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery")
        answer = begin(loop, site="demoapi")
        place.site.log.clear()
        for verb, words in (("pause", "paused"), ("cancel", "cancelled")):
            told = requests_job.VERBS[f"downloads {verb}"](loop.runtime, {"download": answer["download"]})
            assert words in told["words"]
            loop.run_until(lambda: False, patience=3600)
            assert asked(place) == []
        entry = place.entry(loop, answer["entry"])
        assert (entry.state, entry.why) == ("settled", "cancelled")
        with loop.runtime.db.read() as tx:
            assert refetches.left(tx, answer["download"]) == 0
        with pytest.raises(ItemError, match="is a refetch, whose posts were chosen"):
            requests_job.VERBS["downloads set"](loop.runtime, {"download": answer["download"], "limit": 5})


def test_what_the_manager_took_is_placed_again_only_where_that_is_wished(place: Place) -> None:
    place.drains = True
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=2)
        for path in [*place.imports.iterdir()]:
            path.unlink()
        for post in range(1, 13):
            tags = place.world.post(post).tags  # type: ignore[union-attr]  # the world has twelve
            place.world.change(post, tags=(*tags, GROWN))
        done = run(place, loop, site="demoapi")
        assert (done.outcome, place.media()) == ("skipped", [])
        assert "--redeliver" in done.why
        done = run(place, loop, site="demoapi", redeliver=True)
        assert len(place.media()) == 2
        assert all("first frost" in each["tags"] for each in sidecars(place).values())


def test_a_page_that_is_gone_harms_nothing(place: Place) -> None:
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=3)
        before = sidecars(place)
        number = int(next(iter(before.values()))["from"]["post"])
        place.world.change(number, deleted_at=0.0)
        done = run(place, loop, site="demoapi")
        assert "2 same" in done.why
        assert sidecars(place) == before
        with loop.runtime.db.read() as tx:
            found = known.find(tx, (f"post:demoapi/{number}",))
        assert found is not None
        assert found.outcome == "delivered"


def test_a_lost_file_comes_again_into_the_folder_that_its_wish_named(place: Place) -> None:
    there = place.folder / "elsewhere"
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}/post/7", into=str(there))["outcome"] == "delivered"
        (lost,) = (path for path in there.rglob("*") if path.is_file() and path.suffix != ".json")
        content = lost.read_bytes()
        lost.unlink()
        done = run(place, loop, hashes=[hashlib.sha256(content).hexdigest()], files=True)
        assert done.outcome == "delivered"
        assert content in [path.read_bytes() for path in there.rglob("*") if path.is_file()]
    assert place.media() == []
