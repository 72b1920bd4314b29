"""`repair`: sidecars that are missing come back as they were, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncer.cli import main
from syncer.cli import repair as repair_command
from tests.system.conftest import Place


def repair(capsys: pytest.CaptureFixture[str], place: Place, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main.main(["repair", *words, "--json", "--config", str(place.folder / "config.toml")]) == 0
    answer: dict[str, dict[str, Any]] = json.loads(capsys.readouterr().out)
    return answer["data"]


def names(files: list[dict[str, Any]]) -> list[str]:
    return [Path(each["file"]).name for each in files]


def everything(place: Place) -> dict[str, tuple[bytes, int]]:
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in place.imports.iterdir()}


@pytest.fixture
def collection(place: Place) -> Place:
    """A house with five delivered files."""
    with place.runner() as loop:
        for number in (2, 3, 5, 6, 7):
            assert place.get(loop, f"{place.site.root}/post/{number}")["outcome"] == "delivered"
    return place


def test_only_what_is_missing_is_written(
    collection: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.service.repair.PIECE", 2)
    first, second, third, fourth, fifth = (collection.imports / name for name in collection.media())
    beside = {media: media.with_name(media.name + ".json") for media in (first, second, third, fourth, fifth)}
    text = beside[first].read_bytes()
    beside[first].unlink()  # lost: it comes back
    beside[second].write_text("{}")  # edited: it stays
    beside[third].unlink()  # the media was changed: nothing is ours there any more
    third.write_bytes(b"x" * third.stat().st_size)
    fourth.unlink()  # only the sidecar is left
    before = everything(collection)

    data = repair(capsys, collection, "--preview")
    assert names(data["written"]) == [first.name]
    assert everything(collection) == before
    data = repair(capsys, collection)
    assert (names(data["written"]), data["written"][0]["sidecars"]) == ([first.name], [".json"])
    assert (names(data["changed"]), names(data["alone"]), data["whole"]) == ([third.name], [fourth.name], 2)
    after = everything(collection)
    assert after.pop(f"{first.name}.json")[0] == text
    assert after == before
    assert repair(capsys, collection)["counts"]["written"] == 0
    collection.check_no_parts()


def test_what_the_manager_took_is_left_to_it(collection: Place, capsys: pytest.CaptureFixture[str]) -> None:
    for path in collection.imports.iterdir():
        path.unlink()
    assert (repair(capsys, collection)["gone"], everything(collection)) == (5, {})
    collection.drains = True
    collection.write_config()
    data = repair(capsys, collection)
    assert (data["taken"], data["gone"], everything(collection)) == (5, 0, {})
    # The whole folder may have been moved: more than that the files are not there is not known.
    told = "\n".join(repair_command._show(data))
    assert "5 files no longer in folders with drains = true: their manager took them, or somebody moved them" in told


def test_a_sidecar_that_the_profile_wants_by_now_is_written_too(
    collection: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    path = collection.write_config()
    path.write_text(path.read_text("utf-8").replace('profile = "hydrus"', 'profile = "immich"'), "utf-8")
    data = repair(capsys, collection)
    assert [each["sidecars"] for each in data["written"]] == [[".xmp"]] * 5
    media = collection.imports / collection.media()[0]
    told = json.loads((collection.imports / f"{media.name}.json").read_text("utf-8"))
    xmp = (collection.imports / f"{media.name}.xmp").read_text("utf-8")
    assert all(f">{tag.rpartition(':')[2]}<" in xmp for tag in told["tags"])
    assert repair(capsys, collection)["counts"]["written"] == 0
    # It is remembered, and comes back also where the profile would not write it any more.
    path.write_text(path.read_text("utf-8").replace('profile = "immich"', 'profile = "hydrus"'), "utf-8")
    (collection.imports / f"{media.name}.xmp").unlink()
    assert [each["sidecars"] for each in repair(capsys, collection)["written"]] == [[".xmp"]]
    assert (collection.imports / f"{media.name}.xmp").read_text("utf-8") == xmp


def test_words_for_people(collection: Place, capsys: pytest.CaptureFixture[str]) -> None:
    media = collection.media()[0]
    (collection.imports / f"{media}.json").unlink()
    assert main.main(["repair", "--preview", "--config", str(collection.folder / "config.toml")]) == 0
    out = capsys.readouterr().out
    assert f"{media}: .json\n" in out
    assert "sidecars would be written beside 1 file; 4 had all of theirs" in out


def test_sidecars_by_the_stem_are_told_by_their_endings(collection: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = collection.write_config()
    text = path.read_text("utf-8").replace('profile = "hydrus"', 'profile = "hydrus"\nsidecar_names = "stem"')
    path.write_text(text, "utf-8")
    media = collection.media()
    assert [each["sidecars"] for each in repair(capsys, collection)["written"]] == [[".json"]] * 5
    assert all((collection.imports / name).with_suffix(".json").is_file() for name in media)
