"""Catalogues end to end: threads that are taken by words become watchers once, within bounds, over reloads and crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.system.conftest import MakePlace

DAY = 86_400


def test_a_download_of_a_catalogue_takes_the_files_of_all_its_threads(make_place: MakePlace) -> None:
    place = make_place(posts=1, threads=1)
    threads = [thread for number in place.world.thread_numbers() if (thread := place.world.thread(number)) is not None]
    with place.runner() as loop:
        place.get(loop, f"{place.site.root}/board/catalog")
    assert len(place.media()) == sum(len(thread.files) for thread in threads)
    place.check_whole()
