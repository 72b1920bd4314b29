"""Follows ask their sites only for what is new: a listing that is the same costs a request and no page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from syncer.model import Tag

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace, Place

DAY = 86_400
SUB = '[[subscriptions]]\nname = "views"\nsite = "{site}"\nqueries = ["scenery"]\n'


def _again(place: Place, more: str) -> list[int]:
    """Let a follow be due, and check it; return the statuses of its pages."""
    place.site.log.clear()
    place.advance(100 * DAY)
    place.once(more=more)
    return [entry.status for entry in place.site.log if "media" not in entry.target]


@pytest.mark.parametrize("site", ["demo", "demoapi"])
def test_a_check_without_news_costs_no_page(make_place: MakePlace, site: str) -> None:
    place = make_place(posts=12)
    more = SUB.format(site=site)
    place.once(more=more)
    before = place.media()
    assert _again(place, more) == [304]
    assert place.media() == before
    with place.runner() as loop:
        assert place.follow(loop).faults == 0
        assert place.follow(loop).status == "alive"
    place.world.add([Tag("", "scenery")], place.clock.now())
    assert _again(place, more)[0] == 200
    assert len(place.media()) > len(before)
    place.check_whole()


def test_a_thread_without_news(place: Place) -> None:
    more = f'[[watchers]]\nurl = "{place.site.root}/board/thread/3"\n'
    thread = place.world.thread(3, place.clock.now())
    assert thread is not None
    place.once(more=more)
    place.world.change_thread(3, most=len(thread.replies), dies=10**9)
    place.site.log.clear()
    place.advance(7200)
    place.once(more=more)
    assert 304 in [entry.status for entry in place.site.log]
    assert len(place.media()) == len(thread.files)


def test_a_cache_that_is_deleted_or_switched_off_costs_pages_and_nothing_else(make_place: MakePlace) -> None:
    place = make_place(posts=12)
    more = SUB.format(site="demoapi")
    place.once(more=more)
    before = place.media()
    shutil.rmtree(place.folder / "cache")
    assert _again(place, more) == [200]
    assert _again(place, more) == [304]
    (place.folder / "cache" / "pages" / "cache.db").write_bytes(b"rubbish" * 1000)
    assert _again(place, more) == [200]
    place.network = 'page_cache = "0 KB"'
    assert _again(place, more) == [200]
    assert place.media() == before


def test_nothing_is_kept_of_what_is_fetched_once(place: Place) -> None:
    with place.runner(checks=False) as loop:
        place.get(loop, "demoapi: scenery")
        place.get(loop, f"{place.site.root}/post/8")
    assert not (place.folder / "cache" / "pages").exists()
