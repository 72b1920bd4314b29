"""Subscriptions end to end: limits, known ground, interruptions, odd listings, and what the config says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncer.demo.posts import media_files
from syncer.model import Page, Tag
from syncer.service import listing_job
from syncer.sites import parse
from syncer.store import follow_log, follows, jobs

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place

DAY = 86_400


def _sub(query: str = "scenery", *, name: str = "views", site: str = "demoapi", **more: object) -> str:
    rest = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[subscriptions]]\nname = "{name}"\nsite = "{site}"\nqueries = ["{query}"]\n{rest}'


class PowerCut(BaseException):
    """The machine stops here."""


def _add(place: Place, number: int) -> list[int]:
    return [place.world.add([Tag("", "scenery")], place.clock.now()).id for _ in range(number)]


def _due_again(place: Place) -> None:
    place.advance(91 * DAY)


def test_first_sync_takes_the_newest_up_to_its_limit_oldest_first(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    place.once(more=_sub(first_limit=25))
    # Posts 60 down to 36; 53 is deleted; pinned 3 stands on top and counts as one of the limit.
    assert place.posts() == [3, *(number for number in range(37, 61) if number != 53)]
    asked = [path for path in place.site.log.paths() if path.startswith("/media/")]
    numbers = [int(path.removeprefix("/media/").partition(".")[0]) for path in asked]
    assert numbers[:-1] == sorted(numbers[:-1]), "oldest first"
    assert numbers[-1] == 3, "what stood first in the listing comes last"
    assert "limit of 25" in place.words("walk")
    place.check_whole()


def test_second_sync_stops_at_known_ground(make_place: MakePlace) -> None:
    place = make_place(posts=60)
    place.once(more=_sub())
    before = len(place.posts())
    _due_again(place)
    new = _add(place, 3)
    place.site.log.clear()
    place.once()
    assert len(place.posts()) == before + 3
    assert set(new) <= set(place.posts())
    assert [path for path in place.site.log.paths() if "api" in path] == ["/api/posts.json"], "one page is enough"
    place.check_whole()


def test_a_later_check_reads_new_posts_whole_and_of_those_it_met_the_id(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(posts=15)
    place.once(more=_sub())
    _due_again(place)
    new = [str(number) for number in _add(place, 2)]
    pages: list[Page] = []
    real = parse.parse

    def noted(*given: object) -> Page:
        pages.append(real(*given))  # type: ignore[arg-type]  # handed through as it came
        return pages[-1]

    monkeypatch.setattr(parse, "parse", noted)
    place.once()
    (listing,) = (page for page in pages if len(page.posts) > 10)
    assert [post.id for post in listing.posts if post.tags] == new[::-1]
    assert set(map(int, new)) <= set(place.posts())
    place.check_whole()


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_sync_cut_between_pages_goes_on_without_hole_or_double(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch, page: int, when: str
) -> None:
    place = make_place(posts=75)
    pages = 0
    real = listing_job._advance

    def cut(*given: object, **named: object) -> object:
        nonlocal pages
        pages += 1
        if pages == page and when == "before":
            raise PowerCut
        result = real(*given, **named)  # type: ignore[arg-type]  # handed through as it came
        if pages == page:
            raise PowerCut
        return result

    with monkeypatch.context() as patched:
        patched.setattr(listing_job, "_advance", cut)
        with pytest.raises(PowerCut):
            place.once(more=_sub(first_limit=500))
    place.advance(60)
    _add(place, 2)
    place.once()
    _due_again(place)
    place.once()
    assert sorted(set(place.posts())) == sorted(
        post.id for post in place.world.search("scenery", place.clock.now()) if not post.deleted(place.clock.now())
    )
    place.check_whole()


def test_posts_that_come_between_two_pages_shift_them_and_nothing_is_lost_or_taken_twice(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(posts=50)
    real = listing_job._advance
    new: list[int] = []

    def shifting(*given: object, **named: object) -> object:
        new.extend(_add(place, 7))
        return real(*given, **named)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(listing_job, "_advance", shifting)
    place.once(more=_sub(first_limit=500))
    monkeypatch.undo()
    _due_again(place)
    place.once()
    wanted = {post.id for post in place.world.search("scenery", place.clock.now())} - {13}
    assert set(place.posts()) == wanted - {53} | (wanted & {53} & set(new))
    place.check_whole()


def test_a_pinned_old_post_is_taken_once_and_is_no_known_ground(make_place: MakePlace) -> None:
    place = make_place(posts=30)
    place.once(more=_sub(first_limit=3))
    assert place.posts() == [3, 29, 30] or place.posts() == [3, 28, 30]
    _due_again(place)
    _add(place, 25)
    place.once()
    place.check_whole()
    with place.runner() as loop:
        assert place.follow(loop).synced
    assert place.posts().count(3) == 1
    assert set(range(31, 56)) - {53} <= set(place.posts()), "the pinned post stopped nothing"


def test_a_post_of_several_files_is_known_when_its_last_has_settled(make_place: MakePlace) -> None:
    place = make_place(posts=10)
    files = media_files(11, 3, 3, "png", (8, 8))
    place.world.add([Tag("", "several")], place.clock.now(), files=files)
    place.site.misbehave(files[1].path, "500", times=1)
    with place.runner(more=_sub("several")) as loop:
        loop.run_until(lambda: len(place.media()) == 2, patience=0)
        assert len(place.media()) == 2
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM known WHERE key = 'post:demoapi/11'") == 0
        loop.run_until(lambda: False, patience=600)
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT outcome FROM known WHERE key = 'post:demoapi/11'") == "delivered"
    assert place.posts() == [11, 11, 11]
    place.check_whole()


@pytest.mark.parametrize(
    ("site", "fault", "words"),
    [
        ("demo", "same_page", "paging fault"),
        ("demo", "next_self", "paging fault"),
        ("demoapi", "same_page", "paging fault"),
        ("demoapi", "last_repeats", "paging fault"),
    ],
)
def test_a_listing_that_repeats_ends_with_a_fault_and_keeps_what_it_gave(
    make_place: MakePlace, site: str, fault: str, words: str
) -> None:
    place = make_place(posts=45)
    path = "/posts" if site == "demo" else "/api/posts.json"
    place.site.misbehave(f"{path}*", fault)
    with place.runner(more=_sub(site=site, first_limit=500)) as loop:
        loop.run_until(lambda: False)
        follow = place.follow(loop)
        assert follow.faults == 1
        assert not follow.synced
    assert words in place.words("walk")
    assert len(place.media()) >= 15
    assert sum(target.startswith(f"{path}?") for target in place.site.log.targets()) <= 5
    place.site.behave()
    place.advance(2 * DAY)
    place.once()
    assert len(place.media()) == len(place.world.expected("scenery", place.clock.now()))
    place.check_whole()


@pytest.mark.parametrize(
    ("site", "fault"),
    [
        ("demoapi", "garbage_json"),
        ("demoapi", "login_page"),
        ("demoapi", "site_changed"),
        ("demoapi", "redirect_login"),
        ("demo", "site_changed"),
        ("demo", "no_results"),
        ("demo", "login_page"),
        ("demoapi", "no_results"),
    ],
)
def test_something_else_than_the_listing_never_passes_for_nothing_new(
    make_place: MakePlace, site: str, fault: str
) -> None:
    place = make_place(posts=30)
    place.once(more=_sub(site=site))
    before = place.posts()
    _due_again(place)
    _add(place, 2)
    place.site.misbehave("/api/posts.json*" if site == "demoapi" else "/posts*", fault)
    with place.runner() as loop:
        loop.run_until(lambda: bool(place.follow(loop).faults), patience=600)
        follow = place.follow(loop)
        assert follow.faults == 1, follow.why
        assert follow.status == "alive"
        assert follow.why
    assert place.posts() == before
    place.site.behave()
    place.advance(4 * DAY)
    place.once()
    assert len(place.posts()) == len(before) + 2
    with place.runner() as loop:
        assert place.follow(loop).faults == 0


def test_a_query_that_stays_silent_dies_with_one_notice(make_place: MakePlace) -> None:
    place = make_place(posts=10)
    timing = 'slowest = "30 days"\ndead = "1 per 60 days"'
    with place.runner(more=_sub() + timing + "\n") as loop:
        for _ in range(8):
            loop.run_until(lambda: False)
            place.advance(31 * DAY)
        assert place.follow(loop).status == "dead"
    notices = [event for event in place.events if event.kind == "notice" and "no longer checked" in event.text]
    assert len(notices) == 1
    asked = len(place.site.log)
    place.once()
    assert len(place.site.log) == asked


def test_a_query_that_finds_nothing_at_all_asks_for_its_spelling(place: Place) -> None:
    place.once(more=_sub("lanscapes"))
    assert "spell" in place.words("notice")


def test_the_same_query_in_two_subscriptions_is_checked_once(place: Place) -> None:
    place.once(more=_sub(name="a") + _sub(name="b"))
    assert len([target for target in place.site.log.targets() if "page=1&" in target]) == 1
    with place.runner() as loop:
        assert place.follow(loop).name == "a"
    # Without the first it goes on under the second, with its memory.
    place.site.log.clear()
    with place.runner(more=_sub(name="b")) as loop:
        loop.run_until(lambda: False)
        assert place.follow(loop).name == "b"
        assert place.follow(loop).synced
    assert len(place.site.log) == 0


def _log(loop: Loop, follow_id: str) -> int:
    with loop.runtime.db.read() as tx:
        return follow_log.found_before(tx, follow_id)


def test_a_renamed_subscription_keeps_log_and_timing(place: Place) -> None:
    with place.runner(more=_sub(name="old")) as loop:
        loop.run_until(lambda: False)
        before = place.follow(loop)
    asked = len(place.site.log)
    with place.runner(more=_sub(name="new")) as loop:
        loop.run_until(lambda: False)
        after = place.follow(loop)
        assert (after.id, after.name, after.next_check, after.synced) == (before.id, "new", before.next_check, True)
        assert _log(loop, after.id) == 12
    assert len(place.site.log) == asked


def test_a_removed_query_is_retired_and_comes_back_with_its_memory(place: Place) -> None:
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False)
        before = place.follow(loop)
    place.advance(100 * DAY)
    place.site.log.clear()
    with place.runner(more="") as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert follows.everything(tx) == []
            (kept,) = follows.everything(tx, retired=True)
        assert kept.retired_at == place.clock.now()
    assert len(place.site.log) == 0
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False)
        after = place.follow(loop)
        assert (after.id, after.synced) == (before.id, True)
    assert place.site.log.paths() == ["/api/posts.json"], "one look, and everything was known"


@pytest.mark.parametrize("damage", ["missing", "broken", "other search"])
def test_a_site_file_that_vanishes_pauses_its_queries_and_loses_nothing(place: Place, damage: str) -> None:
    place.once(more=_sub() + f'[[watchers]]\nurl = "{place.site.root}/board/thread/4#p7"\n')
    posts = place.posts()
    kept = {}
    for name in ("demoapi.toml", "demoboard.toml"):
        path = place.folder / "sites" / name
        kept[path] = text = path.read_text("utf-8")
        if damage == "missing":
            path.unlink()
        elif damage == "broken":
            path.write_text(text.replace("[site]", "[site", 1), "utf-8")
        else:
            path.write_text(text.replace("[[search]]", "[[search]]\nsamples = 3", 1).replace('kind = "wa', 'kind = "x'))
    place.advance(100 * DAY)
    place.site.log.clear()
    with place.runner() as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            found = follows.everything(tx)
        assert len(found) == 2, "paused, not retired"
        assert all("site file" in each.paused for each in found)
    assert len(place.site.log) == 0
    for path, text in kept.items():
        path.write_text(text, "utf-8")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        with loop.runtime.db.read() as tx:
            assert [each.paused for each in follows.everything(tx)] == ["", ""]
            assert all(each.synced for each in follows.everything(tx))
    assert sorted(set(posts)) == sorted(set(place.posts()) & set(posts))
    assert [path for path in place.site.log.paths() if "media/" in path and "board" not in path] == []


def test_paused_subscription_and_query_ask_nothing_until_they_go_on(place: Place) -> None:
    queries = 'queries = ["scenery", { q = "roll 1", paused = true }]\n'
    head = '[[subscriptions]]\nname = "a"\nsite = "demoapi"\n'
    place.once(more=head + queries + "paused = true\n")
    assert len(place.site.log) == 0
    place.once(more=head + queries)
    assert place.site.log.targets()[0] == "/api/posts.json?tags=scenery&page=1&limit=20"
    assert not any("roll" in target for target in place.site.log.targets())
    place.once(more=head + 'queries = ["scenery", "roll 1"]\n')
    assert any("roll" in target for target in place.site.log.targets())


def test_finds_of_two_follows_reach_the_import_folder_once(place: Place) -> None:
    place.once(more=_sub("scenery") + _sub("roll_1", name="other"))
    assert len(place.media()) == len(place.world.expected("scenery"))
    place.check_whole()
    with place.runner() as loop, loop.runtime.db.read() as tx:
        assert jobs.counts(tx) == {}


@pytest.mark.parametrize(("number", "check"), [(85, 1), (9, 10)])
def test_posts_tagged_late_come_at_once_on_the_first_page_and_further_down_with_the_deep_look(
    make_place: MakePlace, number: int, check: int
) -> None:
    place = make_place(posts=0)
    for one in range(1, 91):
        tags = [Tag("", "other" if one == number else "scenery")]
        late = {"late": (Tag("", "scenery"),), "late_at": place.world.start + DAY} if one == number else {}
        place.world.add(tags, place.world.start - 1000 + one, **late)
    with place.runner(more=_sub(first_limit=500) + 'every = "30 days"\ndead = "never"\n') as loop:
        loop.run_until(lambda: False)
        pages, came = [], 0
        for number_of_check in range(1, 12):
            place.advance(31 * DAY)
            place.site.log.clear()
            loop.run_until(lambda: False)
            pages.append(sum("/api/posts" in target for target in place.site.log.targets()))
            came = came or (number_of_check if number in place.posts() else 0)
    assert came == check
    assert pages == [1] * 9 + [5] + [1]
    assert len(place.posts()) == 90
    place.check_whole()


def test_a_query_after_a_fault_takes_up_a_distance_that_the_person_sets_meanwhile(place: Place) -> None:
    place.once(more=_sub())
    place.site.misbehave("/api/posts.json*", "no_results")
    place.advance(100 * DAY)
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False, patience=60)
        assert place.follow(loop).next_check > place.clock.now() + 35 * 3600
    with place.runner(more=_sub(every='"1 hour"')) as loop:
        place.site.log.clear()
        until = place.clock.now() + 5 * 3600
        loop.run_until(lambda: place.clock.now() > until, patience=2 * 3600)
        assert "no post at all" in place.follow(loop).why
        assert 4 <= place.site.log.paths().count("/api/posts.json") <= 6
