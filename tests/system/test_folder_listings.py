"""The engine `autoindex` against the servers whose listings it reads: whole trees, odd names, and what is new later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system import listing_servers, real_house
from tests.system.real_house import png

NOW = 1_790_000_000
DAY = 86_400
NAMES = (
    "a.png", "b 1.png", "c&d.png", "ü.png", "x:y.png", "p%41.png", "a<b.png", 'q".png', f"{'n' * 60}.png",
    "sub/e.png", "sub/deeper/f.png", "sub/deeper/a.png", "with space/g#1.png", "other/h.png",
)  # fmt: skip


class House(real_house.House):
    """A house beside a server that lists a folder."""

    def __init__(self, folder: Path, files: Path, server: str) -> None:
        super().__init__(folder, NOW)
        self.root, self.files, self.server = "", files, server
        for number, name in enumerate(NAMES):
            self.put(name, number, NOW - (40 - number) * DAY)

    def put(self, name: str, number: int, at: int) -> None:
        """Put a picture into the served folder."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(number))
        os.utime(path, (at, at))

    @contextmanager
    def served(self) -> Iterator[House]:
        """Start the server."""
        with listing_servers.listing(self.server, self.files, self.folder / "server") as self.root:
            self.site("autoindex", self.root)
            yield self


@pytest.fixture(params=listing_servers.SERVERS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if why := listing_servers.missing(request.param):
        pytest.skip(why)
    with listing_servers.open_folder() as files, House(tmp_path, files, request.param).served() as house:
        yield house


def test_a_whole_tree_is_taken_and_later_what_is_new_in_any_of_its_folders(house: House) -> None:
    house.check(f"{house.root}/")
    found = house.sidecars()
    assert set(found) == set(NAMES)
    for number, name in enumerate(NAMES):
        assert found[name]["file"]["sha256"] == real_house.sha256(number)
        if house.server != "python":  # it lists no times
            assert abs(found[name]["source_time"] - (NOW - (40 - number) * DAY)) <= DAY
    house.put("sub/deeper/new.png", 100, NOW + DAY)
    house.put("with space/z.png", 101, NOW + DAY)
    shutil.rmtree(house.files / "other")
    house.clock.advance(2 * DAY)
    house.check(f"{house.root}/")
    assert set(house.sidecars()) == {*NAMES, "sub/deeper/new.png", "with space/z.png"}


def test_one_folder_is_taken_with_those_below_and_none_above(house: House) -> None:
    assert house.get(f"{house.root}/sub/?C=M;O=D")["outcome"] == "delivered"
    assert set(house.sidecars()) == {"sub/e.png", "sub/deeper/f.png", "sub/deeper/a.png"}
    assert house.get(f"{house.root}/with%20space/g%231.png")["outcome"] == "delivered"
