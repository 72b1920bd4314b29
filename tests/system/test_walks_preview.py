"""`get --preview`: one page, its posts and what would become of them; nothing is stored, fetched or known by it."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from syncer.clock import SystemClock
from syncer.errors import ItemError
from syncer.service import requests_job
from syncer.service.requests_job import RequestsJob
from syncer.store import requests
from syncer.store.database import Database, Named

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

TABLES = (
    "entries",
    "walks",
    "finds",
    "posts",
    "jobs",
    "wishes",
    "tallies",
    "known",
    "follows",
    "follow_files",
    "deliveries",
)


def _preview(loop: Loop, text: str) -> dict[str, Any]:
    site, colon, query = text.partition(": ")
    what = {"site": site, "query": query} if colon else {"url": text}
    return requests_job.VERBS["preview"](loop.runtime, {"text": text, **what})


def _rows(loop: Loop) -> dict[str, int]:
    with loop.runtime.db.read() as tx:
        return {table: tx.value(f"SELECT count(*) FROM {table}") for table in TABLES}


def test_a_page_with_what_each_filter_so_far_would_take(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    place.options = '[options]\ntypes = ["image", "animation"]\nblacklist = ["roll 4"]'
    with place.runner(checks=False) as loop:
        place.get(loop, f"{place.site.root}/api/post/55.json")
        before, files = _rows(loop), place.media()
        place.site.log.clear()
        seen = _preview(loop, "demoapi: scenery")
        assert [target.split("?")[0] for target in place.site.log.targets()] == ["/api/posts.json"]
        assert _rows(loop) == before
        assert place.media() == files
    posts = {int(post["post"]): post for post in seen["posts"]}
    assert len(posts) == 20
    assert posts[3]["pinned"] is True
    assert posts[55]["would"] == "known"
    assert "known since" in posts[55]["why"]
    assert (posts[53]["would"], posts[53]["why"]) == ("skip", "the site file refuses this post: deleted")
    assert posts[49]["would"] == "skip"
    assert "roll 4" in posts[49]["why"]
    assert (posts[60]["would"], posts[60]["why"]) == ("take", "")
    assert "scenery" in posts[60]["tags"]
    assert {file["would"] for file in posts[60]["files"]} == {"take"}
    assert "page=2" in seen["next"][0]


def test_types_are_judged_by_the_name_and_post_pages_are_still_to_be_read(place: Place) -> None:
    place.options = '[options]\ntypes = ["video"]'
    with place.runner(checks=False) as loop:
        files = [file for post in _preview(loop, "demoapi: scenery")["posts"] for file in post["files"]]
        assert all(file["would"] == "skip" and "video" in file["why"] for file in files)
        posts = _preview(loop, "demo: scenery")["posts"]
        assert {post["would"] for post in posts} == {"look"}


def test_a_download_after_a_preview_brings_everything(place: Place) -> None:
    with place.runner(checks=False) as loop:
        _preview(loop, "demoapi: scenery")
        place.get(loop, "demoapi: scenery")
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_preview_keeps_the_pace(place: Place) -> None:
    place.bandwidth = ""
    with place.runner(checks=False) as loop:
        begin = place.clock.now()
        for _ in range(3):
            _preview(loop, "demoapi: scenery")
        assert place.clock.now() - begin >= 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [("404", "404"), ("garbage_json", "JSON"), ("redirect_loop", "leads back"), ("login_page", "HTML")],
)
def test_what_cannot_be_read_is_told(place: Place, fault: str, words: str) -> None:
    place.site.misbehave("/api/posts.json*", fault)
    with place.runner(checks=False) as loop:
        with pytest.raises(ItemError, match=words):
            _preview(loop, "demoapi: scenery")
        assert _rows(loop)["jobs"] == 0


def test_429_pauses_the_domain_for_all(place: Place) -> None:
    place.site.misbehave("/api/posts.json*", "429_seconds", seconds=3600)
    with place.runner(checks=False) as loop:
        with pytest.raises(ItemError):
            _preview(loop, "demoapi: scenery")
        assert loop.runtime.ledger.pauses()
        with pytest.raises(ItemError, match="cannot be asked for now"):
            _preview(loop, "demoapi: scenery")
    assert len(place.site.log) == 1


@pytest.mark.parametrize("text", ["/media/8.png", "https://nowhere.example/1"])
def test_a_file_has_no_page_to_look_at(place: Place, text: str) -> None:
    url = place.site.root + text if text.startswith("/") else text
    with place.runner(checks=False) as loop, pytest.raises(ItemError, match="no page to look at"):
        _preview(loop, url)
    assert len(place.site.log) == 0


def test_a_running_service_answers_in_a_thread_of_its_own(place: Place) -> None:
    with place.runner(checks=False) as loop:
        job = RequestsJob(loop.runtime)
        with closing(Database.open(place.state, SystemClock())) as other:
            with other.write(Named.REQUEST) as tx:
                text = "demoapi: scenery"
                asked = requests.ask(tx, "preview", {"text": text, "site": "demoapi", "query": "scenery"})
            assert job.turn()
            for thread in [thread for thread in threading.enumerate() if thread.name == "preview"]:
                thread.join(5)
            with other.read() as tx:
                answer = requests.answer_of(tx, asked)
        assert answer is not None
        assert len(answer["posts"]) == 12
    assert len(place.site.log) == 1
