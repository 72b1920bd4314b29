"""Whose turn it is: no backlog starves another origin, a check, another lane or the watchers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncer.demo.server import LocalSite

if TYPE_CHECKING:
    from tests.system.conftest import Place

SUB = '[[subscriptions]]\nname = "views"\nsite = "demoapi"\nqueries = ["scenery"]\n'


def _backlog(place: Place, number: int = 500) -> None:
    """Let one dropped file fill the queue; its links lead nowhere, which is answered quickly."""
    lines = "".join(f"{place.site.root}/media/{n}.jpg\n" for n in range(1000, 1000 + number))
    (place.inbox / "many.txt").write_text(lines, "utf-8")


def test_a_backlog_starves_neither_another_origin_nor_a_check(place: Place) -> None:
    place.bandwidth = ""
    with place.runner(more="") as loop:
        _backlog(place)
        loop.run_until(lambda: len(place.site.log) >= 5)
        began = place.clock.now()
        (place.inbox / "one.txt").write_text(f"{place.site.root}/post/5\n", "utf-8")
        assert loop.inbox is not None
        loop.inbox.look()
        loop.run_until(lambda: len(place.media()) == 1)
        assert place.clock.now() - began <= 10, "page and file come within a few turns"
    with place.runner(more=SUB) as loop:
        began = place.clock.now()
        loop.run_until(lambda: any("/api/" in path for path in place.site.log.paths()))
        assert place.clock.now() - began <= 5
        loop.run_until(lambda: len(place.media()) >= 6)
        assert place.clock.now() - began <= 30


def test_each_origin_of_many_gets_its_share(place: Place) -> None:
    place.bandwidth = ""
    for name in ("a", "b", "c"):
        lines = "".join(f"{place.site.root}/media/{n}.{name}x\n" for n in range(1000, 1100))
        (place.inbox / f"{name}.txt").write_text(lines, "utf-8")
    with place.runner(checks=False, more="") as loop:
        loop.run_until(lambda: len(place.site.log) >= 30)
    kinds = [path[-2] for path in place.site.log.paths()[:30]]
    assert all(kinds.count(kind) >= 5 for kind in "abc"), kinds


def test_a_lane_that_waits_holds_up_no_other(place: Place) -> None:
    with LocalSite(place.world, place.clock.now) as other:
        place.site.misbehave("/media/*", "429", retry=7200)
        lines = [f"{place.site.root}/media/{n}.png" for n in (2, 5, 8, 10)] + [f"{other.root}/media/6.png"]
        (place.inbox / "mixed.txt").write_text("\n".join(lines) + "\n", "utf-8")
        with place.runner(checks=False, more="") as loop:
            began = place.clock.now()
            loop.run_until(lambda: len(place.media()) == 1)
            assert place.clock.now() - began <= 5
        assert other.log.paths() == ["/media/6.png"]


def test_watchers_come_first(place: Place) -> None:
    place.bandwidth = ""
    with place.runner(more="") as loop:
        _backlog(place, 200)
        loop.run_until(lambda: len(place.site.log) >= 3)
        (place.inbox / "thread.txt").write_text(f"{place.site.root}/board/thread/3\n", "utf-8")
        assert loop.inbox is not None
        loop.inbox.look()
        began = len(place.site.log)
        thread = place.world.thread(3)
        assert thread is not None
        loop.run_until(lambda: len(place.media()) >= len(thread.files))
        assert len(place.site.log) - began <= len(thread.files) + 3
