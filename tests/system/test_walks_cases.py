"""Cases from the field that no other test of walks and follows stands for: GP2, GP4, SU5, SU7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncer.model import Tag
from syncer.service import requests_job, status

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace

DAY = 86_400


def _sub(query: str = "scenery", site: str = "demoapi") -> str:
    return f'[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["{query}"]\nfirst_limit = 500\n'


@pytest.mark.parametrize("site", ["demo", "demoapi"])
def test_new_page_urls_for_ever_with_the_same_few_posts_end_soon(make_place: MakePlace, site: str) -> None:
    """GP2."""
    place = make_place(posts=30)
    place.site.misbehave("/posts?*" if site == "demo" else "/api/posts.json*", "same_page")
    with place.runner() as loop:
        got = place.get(loop, f"{site}: scenery")
    assert "paging fault" in got["words"]
    assert sum("tags=scenery" in target for target in place.site.log.targets()) <= 3


@pytest.mark.parametrize("site", ["demo", "demoapi"])
def test_one_broken_entry_ends_no_listing(make_place: MakePlace, site: str) -> None:
    """GP4: what cannot be read is told with its reason, all else comes, and no later check misses anything."""
    place = make_place(posts=30)
    place.site.misbehave("/posts?*" if site == "demo" else "/api/posts.json?*page=1&*", "broken_items")
    place.site.misbehave("/post/7", "404")
    place.once(more=_sub(site=site))
    assert "could not be read" in place.words("notice")
    lost = {7} if site == "demo" else set()
    now = place.clock.now()
    wanted = {post.id for post in place.world.search("scenery", now) if not post.deleted(now)}
    assert set(place.posts()) == wanted - lost
    with place.runner() as loop:
        follow = place.follow(loop)
        assert (follow.faults, follow.synced) == (0, True), follow.why


def test_what_a_person_deleted_does_not_come_back(make_place: MakePlace) -> None:
    """SU5: not by the next check, not by a reset, not by a download; only when it is asked for by name."""
    place = make_place(posts=12)
    place.once(more=_sub())
    for path in place.imports.iterdir():
        path.unlink()
    place.advance(91 * DAY)
    with place.runner() as loop:
        loop.run_until(lambda: False)
        requests_job.VERBS["follow reset"](loop.runtime, {"name": "views"})
        loop.run_until(lambda: False)
        place.get(loop, "demoapi: scenery")
        assert place.media() == []
        place.get(loop, f"{place.site.root}/post/5", again=True)
        assert place.posts() == [5]


def test_a_site_that_is_down_for_days_is_told_once_and_so_is_its_return(make_place: MakePlace) -> None:
    """SU7: no alert with each check, none unnoticed for months; and `status` says when it last worked."""
    place = make_place(posts=12)
    with place.runner(more=_sub()) as loop:
        loop.run_until(lambda: False)
        worked = place.follow(loop).last_check
        place.site.misbehave("*", "502")
        place.advance(91 * DAY)
        for _ in range(8):
            loop.run_until(lambda: False, patience=3600)
            place.advance(DAY / 2)
        follow = place.follow(loop)
        assert follow.faults >= 4
        told = [event.text for event in place.events if event.kind == "notice" and "in a row" in event.text]
        assert len(told) == 1
        (needs,) = status.status(loop.runtime.db, running=True)["needs_you"]
        assert "it last worked on 2023-11-14" in needs["why"], worked
        place.site.behave()
        place.world.add([Tag("", "scenery")], place.clock.now())
        place.advance(DAY)
        loop.run_until(lambda: False, patience=3600)
        assert place.follow(loop).faults == 0
        assert [event.text for event in place.events if "works again" in event.text] == [
            f"works again, after {follow.faults} checks that did not"
        ]
        assert status.status(loop.runtime.db, running=True)["needs_you"] == []
    assert len(place.media()) == len(place.world.expected("scenery", place.clock.now()))
