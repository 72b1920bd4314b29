"""Several import folders: each with its own syncer, and one whose drive is away holds up no other."""

from __future__ import annotations

import shutil

import pytest

from syncer.deliver.place import Target
from syncer.errors import ConfigError
from syncer.model import Tag
from tests.system.conftest import MakePlace, Place

OTHER = """
[import_folders.other]
path = "drive/other"
profile = "plain"
"""
CHOSEN = """
[[subscriptions]]
name = "one"
site = "demoapi"
queries = [{ q = "left", import_folder = "other" }, "right"]
"""


def test_a_drive_that_is_away_holds_up_its_own_files_alone(place: Place) -> None:
    place.world.add((Tag("", "left"),), 1_619_630_409)
    place.world.add((Tag("", "right"),), 1_619_630_409)
    place.once(more=OTHER)
    drive = place.folder / "drive"
    shutil.move(drive, place.folder / "unplugged")
    place.once(more=OTHER + CHOSEN, patience=20)
    assert place.posts() == [14], "the one that waits for its drive came first"
    assert "away" in place.words("waits")
    shutil.move(place.folder / "unplugged", drive)
    place.advance(3600)
    place.once(more=OTHER + CHOSEN)
    assert [path.name for path in drive.rglob("*.png")] == ["2021-04-28_13_0.png"]
    assert place.posts() == [14]


def test_a_file_in_the_place_of_a_folder_holds_up_its_own_files_alone(place: Place) -> None:
    place.world.add((Tag("", "sky"), Tag("creator", "joan")), 1_619_630_409)
    place.world.add((Tag("", "sky"), Tag("creator", "kim")), 1_619_630_409)
    plain = '[import_folders.plain]\npath = "plain"\nprofile = "plain"\nnames = "{creator}/{post}"\n'
    place.options = '[options]\nimport_folder = "plain"'
    (place.folder / "plain").mkdir()
    (place.folder / "plain" / "joan").write_text("a note of mine", "utf-8")
    with place.runner(more=plain) as loop:
        place.get(loop, "demoapi: sky")
    assert (place.folder / "plain" / "kim" / "14.png").is_file(), place.words()
    assert f"{place.folder}/plain/joan is no folder" in place.words("failed")


def test_an_import_folder_has_one_syncer(make_place: MakePlace) -> None:
    first, second = make_place(), make_place()
    more = f'[import_folders.shared]\npath = "{first.folder}/shared"\nprofile = "plain"\n'
    first.once(more=more)
    first.once(more=more)
    with pytest.raises(ConfigError, match="Another syncer delivers into") as caught:
        second.once(more=more)
    assert str(first.state) in caught.value.title
    marker = first.folder / ".syncer-work-shared" / "this-is-syncers-work-folder.txt"
    assert caught.value.advice.endswith(f"rm '{marker}'")
    marker.unlink()
    second.once(more=more)
    with pytest.raises(ConfigError, match="Another syncer"):
        first.once(more=more)


def test_a_work_folder_of_nobody_gets_an_owner_and_keeps_its_id(place: Place) -> None:
    with place.runner() as loop:
        folder = loop.runtime.snapshot.import_folder()
    marker = place.folder / ".syncer-work-import" / "this-is-syncers-work-folder.txt"
    text = marker.read_text("utf-8")
    marker.write_text(
        "".join(line for line in text.splitlines(keepends=True) if not line.startswith("owner:")), "utf-8"
    )
    known = Target(folder, place.clock).prepare()
    place.once()
    assert marker.read_text("utf-8") == text
    assert Target(folder, place.clock).prepare(known) == known
