"""Catalogues end to end: threads that are taken by words become watchers once, within bounds, over reloads and crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncer.demo.posts import NEVER
from syncer.service import add_verbs, config_check, follow_verbs, looking, pause_job, snapshot, status
from syncer.service.explain import explain
from syncer.service.reload import Reload
from syncer.store import catalogues, follows

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from syncer.store.follows import Follow
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
HOUR = 3_600


def _board(make_place: MakePlace, threads: int) -> Place:
    """Return a house beside a board of short threads."""
    place = make_place(posts=1, threads=threads)
    for number in place.world.thread_numbers():
        place.world.change_thread(number, most=3)
    return place


def test_a_download_of_a_catalogue_takes_the_files_of_all_its_threads(make_place: MakePlace) -> None:
    place = _board(make_place, 1)
    threads = [thread for number in place.world.thread_numbers() if (thread := place.world.thread(number)) is not None]
    with place.runner() as loop:
        place.get(loop, f"{place.site.root}/board/catalog")
    assert len(place.media()) == sum(len(thread.files) for thread in threads)
    place.check_whole()


def _catalogue(place: Place, more: str = "", options: str = 'add_tags = ["landscape"]') -> str:
    return f'[[catalogues]]\nurl = "{place.site.root}/board/catalog"\n{more}\n{options}\n'


def _follows(loop: Loop) -> dict[str, Follow]:
    """Return all follows in force by the end of their URL."""
    with loop.runtime.db.read() as tx:
        return {each.urls[0].rpartition("/board/")[2]: each for each in follows.everything(tx)}


def _shown(place: Place, loop: Loop) -> dict[str, str]:
    """Return what came of each thread that the catalogue showed."""
    found = follow_verbs.explain(loop.runtime, {"name": f"{place.site.root}/board/catalog"})["follows"][0]["shown"]
    return {each["url"].rpartition("/")[2]: each["outcome"] for each in found}


def _pass(place: Place, loop: Loop, seconds: float) -> None:
    until = place.clock.now() + seconds
    while place.clock.now() < until:
        loop._rest(min(loop.turn(), until - place.clock.now()))


def test_threads_that_meet_the_words_are_watched_once_with_the_catalogues_options(make_place: MakePlace) -> None:
    place = _board(make_place, 4)
    config = _catalogue(place, 'words = ["thread 1", "title:thread 3, -winter"]')
    with place.runner(inbox=False, more=config) as loop:
        _pass(place, loop, 600)
        assert set(_follows(loop)) == {"catalog", "thread/1", "thread/3"}
        assert _shown(place, loop) == {"1": "watched", "2": "unwanted", "3": "watched", "4": "unwanted"}
        assert _follows(loop)["thread/3"].name == "Landscapes, thread 3"
        listed = follow_verbs.show(loop.runtime, {})["follows"]
        assert [(each["kind"], bool(each["catalogue"])) for each in listed] == [
            ("catalogue", False), ("watcher", True), ("watcher", True),
        ]  # fmt: skip
        assert listed[0]["threads"] == {"watched": 2, "most": 20, "waiting": 0}
    files = [path.read_text("utf-8") for path in place.imports.glob("*.json")]
    assert files
    assert all('"landscape"' in text for text in files)
    looks = [entry.time for entry in place.site.log if entry.path == "/board/catalog.json"]
    assert len(looks) == 1
    assert "watches" in place.words("notice")


def test_a_thread_that_ended_or_was_removed_is_not_begun_anew_and_makes_room(make_place: MakePlace) -> None:
    place = _board(make_place, 4)
    for number in (1, 2, 4):
        place.world.change_thread(number, born=-7_200, every=DAY, archived=NEVER, dies=NEVER)
    place.world.change_thread(3, archived=-1_800)
    with place.runner(inbox=False, more=_catalogue(place, 'most = 2\nevery = "10 minutes"')) as loop:
        _pass(place, loop, 120)
        # 3 had the newest reply; it is archived, its watcher ended after one look, and the next one came in at the second look.
        assert _shown(place, loop) == {"3": "watched", "1": "watched", "2": "waits", "4": "waits"}
        add_verbs.unwatch(loop.runtime, {"urls": [f"{place.site.root}/board/thread/1"]})
        _pass(place, loop, 700)
        assert _shown(place, loop) == {"3": "ended", "1": "removed", "2": "watched", "4": "watched"}
        _pass(place, loop, 3_600)
        assert set(_follows(loop)) == {"catalog", "thread/2", "thread/3", "thread/4"}
        assert _follows(loop)["thread/3"].status == "archived"


def test_new_words_and_options_hold_after_a_reload_and_without_it_its_threads_are_watched_on(
    make_place: MakePlace,
) -> None:
    place = _board(make_place, 4)
    with place.runner(inbox=False, more=_catalogue(place, 'words = ["thread 1"]')) as loop:
        reload = Reload(loop.runtime)
        _pass(place, loop, 120)
        assert _shown(place, loop) == {"1": "watched", "2": "unwanted", "3": "unwanted", "4": "unwanted"}
        place.write_config(_catalogue(place, 'words = ["thread 1", "thread 4"]', 'add_tags = ["sea"]'))
        assert reload.turn()
        _pass(place, loop, 120)
        assert _shown(place, loop) == {"1": "watched", "2": "unwanted", "3": "unwanted", "4": "watched"}
        assert "sea" in _follows(loop)["thread/1"].settings
        place.write_config("")
        assert reload.turn()
        asked = len([entry for entry in place.site.log if entry.path == "/board/catalog.json"])
        _pass(place, loop, HOUR)
        assert asked == len([entry for entry in place.site.log if entry.path == "/board/catalog.json"])
        assert set(_follows(loop)) == {"thread/1", "thread/4"}
        assert _follows(loop)["thread/1"].status == "alive"
    with place.runner(inbox=False, more=_catalogue(place, 'words = ["thread*"]')) as loop:
        _pass(place, loop, 120)
        assert set(_follows(loop)) == {"catalog", "thread/1", "thread/2", "thread/3", "thread/4"}
    place.check_whole()


def test_a_stop_in_the_middle_of_a_look_begins_no_thread_twice_and_loses_none(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _board(make_place, 4)
    config = _catalogue(place)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    def killed() -> None:
        with place.runner(inbox=False, more=config) as loop:
            _pass(place, loop, 120)

    with monkeypatch.context() as patched:
        patched.setattr(catalogues, "put", stopped)  # as a kill in the midst of the page's transaction
        with pytest.raises(KeyboardInterrupt):
            killed()
    with place.runner(inbox=False, checks=False) as loop:
        assert set(_follows(loop)) == {"catalog"}
    with place.runner(inbox=False) as loop:
        _pass(place, loop, 120)
        assert set(_follows(loop)) == {"catalog", "thread/1", "thread/2", "thread/3", "thread/4"}
        assert set(_shown(place, loop).values()) == {"watched"}


def test_pauses_names_and_what_is_explained_of_a_thread(make_place: MakePlace) -> None:
    place = _board(make_place, 2)
    config = _catalogue(place, 'name = "Hills"\nwords = ["thread 1"]')
    with place.runner(inbox=False, more=config) as loop:
        _pass(place, loop, 120)
        told = pause_job.pause_follow(loop.runtime, {"name": "hills"})
        assert told["words"].endswith("; 1 thread of it is watched on: --threads pauses them, too")
        paused = pause_job.pause_follow(loop.runtime, {"name": f"{place.site.root}/board/catalog", "threads": True})
        assert paused["words"] == "Hills paused, with 1 thread until it is resumed"
        assert _follows(loop)["thread/1"].command_pause == 0
        pause_job.resume_follow(loop.runtime, {"name": "Hills", "threads": True})
        assert _follows(loop)["thread/1"].command_pause is None
        shown = {
            number: explain(looking.Look(loop.runtime.db, loop.runtime.snapshot, loop.runtime.ledger, place.clock), url)
            for number in (1, 2)
            if (url := f"{place.site.root}/board/thread/{number}")
        }
        assert [(each["catalogue"], each["outcome"], each["why"]) for each in shown[1]["catalogues"]] == [
            ("Hills", "watched", 'its title meets "thread 1"')
        ]
        assert shown[2]["catalogues"][0]["why"] == "its title and first text meet none of the words"
        assert status.status(loop.runtime.db, running=True)["catalogues"] == [
            {"name": "Hills", "url": f"{place.site.root}/board/catalog", "watched": 1, "most": 20, "waiting": 0}
        ]
        assert add_verbs.end_threads(loop.runtime, {"name": "Hills"}) == {"ended": 1}
        assert set(_follows(loop)) == {"catalog"}


def test_a_catalogue_that_shows_nothing_more_or_is_gone_is_a_fault_that_ends(make_place: MakePlace) -> None:
    place = _board(make_place, 1)
    with place.runner(inbox=False, more=_catalogue(place)) as loop:
        _pass(place, loop, 60)
        place.site.misbehave("/board/catalog.json", "404")
        _pass(place, loop, HOUR)
        assert _follows(loop)["catalog"].faults == 1
        assert _follows(loop)["catalog"].status == "alive"
        place.site.behave()
        _pass(place, loop, 2 * HOUR)
        assert _follows(loop)["catalog"].faults == 0
        place.world.change_thread(1, dies=0)
        _pass(place, loop, HOUR)
        assert "the site changed" in _follows(loop)["catalog"].why


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("{root}/posts?tags=sky", "this is a gallery of posts and no catalogue of threads. A query of [[subscriptions]] follows it"),
        ("{root}/board/thread/1", "this is a thread. `syncer add watcher` watches it"),
        ("{root}/post/1", "this is a post"),
        ("https://nobody.example/catalog", "no site file knows this URL"),
    ],
)  # fmt: skip
def test_what_is_no_catalogue_is_a_fault_of_the_config_with_the_cure(place: Place, url: str, fault: str) -> None:
    config = place.config(f'[[catalogues]]\nurl = "{url.format(root=place.site.root)}"\n')
    (problem,) = config_check.check(snapshot.build(config))["problems"]
    assert fault in problem
    query = f'[[subscriptions]]\nname = "x"\nsite = "demoboard"\nqueries = ["{place.site.root}/board/catalog"]\n'
    (problem,) = config_check.check(snapshot.build(place.config(query)))["problems"]
    assert "`syncer add catalogue` watches its threads" in problem
