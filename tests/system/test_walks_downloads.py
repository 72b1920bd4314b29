"""Gallery downloads as a person steers them: paused apart, widened, cancelled; and every one says why it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from syncer.errors import ItemError
from syncer.service import downloads, queue_verbs, requests_job

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place


SLOW = ""
"""One request a second, so that a test can stop in between."""


def _pages(place: Place) -> list[int]:
    found = [parse_qs(urlsplit(target).query) for target in place.site.log.targets() if "/posts" in target]
    return [int(one["page"][0]) for one in found]


def _ask(loop: Loop, verb: str, **details: Any) -> dict[str, Any]:
    return requests_job.VERBS[f"downloads {verb}"](loop.runtime, {"download": 1, **details})


def _one(loop: Loop) -> dict[str, Any]:
    found: dict[str, Any] = downloads.one(loop.runtime.db, loop.runtime.snapshot, 1)["download"]
    return found


def _begin(loop: Loop, **more: Any) -> int:
    wish = {"text": "demoapi: scenery", "site": "demoapi", "query": "scenery", **more}
    return int(requests_job.get(loop.runtime, wish)["entry"])


def _queued(loop: Loop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = queue_verbs.listing(loop.runtime.db)["jobs"]
    return found[::-1]


def _run(loop: Loop) -> None:
    loop.run_until(lambda: False, patience=3600)


def test_a_download_says_why_it_ended_and_where_it_would_go_on(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=25)
        row = _one(loop)
    assert (row["state"], row["new"], row["limit"], row["pages"]) == ("done", 25, 25, 2)
    assert "limit of 25 reached, 25 new on 2 pages" in row["why"]
    assert "page=2" in row["why"]
    assert "page=2" in row["continue"]
    assert row["what"] == "demoapi: scenery"


def test_a_search_whose_posts_are_all_known_is_not_called_empty(make_place: MakePlace) -> None:
    place = make_place(posts=4)
    with place.runner(checks=False) as loop:
        came = [place.get(loop, text) for text in ("demoapi: scenery", "demoapi: scenery", "demoapi: nothing_has_this")]
    assert [one["outcome"] for one in came] == ["delivered", "known", "empty"]
    assert came[1]["words"].startswith("4 posts, known before; ")


def test_what_a_site_says_of_the_number_of_its_posts_is_told_before_they_come(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    file = place.folder / "sites" / "demoapi.toml"
    text = file.read_text("utf-8")
    given = text.replace('each = "$[*]"', 'each = "$[*]"\npage = [{ what = "total", value = "1,234" }]')
    assert given != text
    file.write_text(given, "utf-8")
    more = '[[subscriptions]]\nname = "sky"\nsite = "demoapi"\nqueries = ["sky"]\nfirst_limit = 3\n'
    with place.runner(more=more) as loop:
        loop.run_until(lambda: False, patience=0)
        assert "first check: the newest 3 posts at most" in place.words("check")
        said = "the site says that there are 1234 posts; {} new ones at most are taken"
        assert f"sky: sky: {said.format(3)}" in place.words("walk")
        place.get(loop, "demoapi: scenery", limit=25)
        assert place.words("walk").count("demoapi: scenery: the site says") == 1
        assert f"demoapi: scenery: {said.format(25)}" in place.words("walk")
        assert downloads.one(loop.runtime.db, loop.runtime.snapshot, 2)["download"]["total"] == 1234
        # A later check only brings what is new, and says nothing of all.
        place.events.clear()
        place.advance(400 * 86_400)
        loop.run_until(lambda: False, patience=0)
        assert place.words("check") == 'subscription "sky", query "sky": '
        assert "the site says" not in place.words("walk")


def test_a_higher_limit_goes_on_where_the_download_stopped(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", limit=25)
        first = place.posts()
        place.site.log.clear()
        with pytest.raises(ItemError, match="25 new posts already"):
            _ask(loop, "set", limit=20)
        assert "goes on" in _ask(loop, "set", limit=45)["words"]
        _run(loop)
        row = _one(loop)
        assert (row["new"], row["state"]) == (45, "done")
        assert _pages(place) == [2, 3]
        assert set(first) < set(place.posts())
        _ask(loop, "set", limit=1000)
        _run(loop)
        assert place.entry(loop, 1).outcome == "delivered"
        assert len(place.media()) == len(place.world.expected("scenery"))
        with pytest.raises(ItemError, match="has ended: end of the listing"):
            _ask(loop, "set", limit=2000)
    place.check_whole()


def test_search_and_files_pause_apart_and_over_a_restart(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    with place.runner(checks=False) as loop:
        _begin(loop)
        _ask(loop, "pause", part="files")
        _run(loop)
        assert _pages(place) == [1, 2, 3, 4]
        assert place.media() == []
        assert _one(loop)["state"] == "files paused"
    with place.runner(checks=False) as loop:
        _run(loop)
        assert place.media() == []
        _ask(loop, "resume", part="files")
        _run(loop)
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_paused_search_lets_the_files_come(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    place.bandwidth = SLOW
    with place.runner(checks=False) as loop:
        _begin(loop)
        loop.run_until(lambda: _pages(place) == [1], patience=3600)
        _ask(loop, "pause", part="search")
        seen = len(_pages(place))
        _run(loop)
        assert len(_pages(place)) <= seen + 1
        some = len(place.media())
        assert 0 < some < len(place.world.expected("scenery"))
        assert _one(loop)["state"] == "search paused"
        _ask(loop, "resume")
        _run(loop)
    assert len(place.media()) == len(place.world.expected("scenery"))


def test_a_paused_download_holds_nobody_else(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    with place.runner(checks=False) as loop:
        _begin(loop)
        _ask(loop, "pause", part="files")
        _run(loop)
        file = place.world.expected("scenery")[0]
        assert place.get(loop, f"{place.site.root}{file.path}")["outcome"] == "delivered", "wanted by another, too"
        assert place.get(loop, "demoapi: roll_2")["outcome"] == "delivered"
        assert len(place.media()) == 1 + len([one for one in place.world.expected("roll_2") if one != file])


def test_cancelled_nothing_more_comes_and_nothing_is_known_that_did_not(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    place.bandwidth = SLOW
    with place.runner(checks=False) as loop:
        entry = _begin(loop)
        _ask(loop, "pause", part="files")
        loop.run_until(lambda: len(_pages(place)) == 2, patience=3600)
        _ask(loop, "cancel")
        place.site.log.clear()
        _run(loop)
        assert len(place.site.log) == 0
        assert place.media() == []
        assert place.entry(loop, entry).state == "settled"
        row = _one(loop)
        assert (row["state"], row["open"], row["why"]) == ("done", 0, "cancelled")
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE why NOT LIKE '%deleted%'") == 0
            assert tx.value("SELECT count(*) FROM posts WHERE open > 0") == 0
        place.get(loop, "demoapi: scenery")
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()


@pytest.mark.parametrize("paused", [True, False])
def test_what_another_wants_as_well_outlives_the_cancelled_download(make_place: MakePlace, paused: bool) -> None:
    place = make_place(posts=60)
    place.bandwidth = SLOW
    with place.runner(checks=False) as loop:
        _begin(loop)
        if paused:
            _ask(loop, "pause", part="files")
        loop.run_until(lambda: len(_pages(place)) == 1, patience=3600)
        wish = {"text": "x", "url": f"{place.site.root}{place.world.expected('scenery')[0].path}"}
        if not paused:
            wish["url"] = next(job["url"] for job in _queued(loop) if job["kind"] == "file")
        other = requests_job.get(loop.runtime, wish)["entry"]
        _ask(loop, "cancel")
        _run(loop)
        assert place.entry(loop, other).outcome == "delivered"
    assert 1 <= len(place.media()) <= 2, "the wanted one, and perhaps one that ran before"


def test_the_page_cap_of_a_wish(make_place: MakePlace) -> None:
    place = make_place(posts=90)
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery", pages=2)
        row = _one(loop)
        assert _pages(place) == [1, 2]
        assert "the most for one walk: continue with" in row["why"]
        assert "page=3" in row["continue"]


def test_an_unknown_download_has_a_cure(place: Place) -> None:
    with place.runner(checks=False) as loop:
        for verb in ("pause", "resume", "cancel"):
            with pytest.raises(ItemError, match="no download 1") as caught:
                _ask(loop, verb)
            assert "downloads list" in caught.value.advice
        assert downloads.everything(loop.runtime.db, None) == {"downloads": [], "all": 0}
