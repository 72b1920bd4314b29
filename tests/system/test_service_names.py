"""Names by a template of one's own: folders, twins, hostile titles; another template moves and fetches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.deliver.place import Target
from syncer.model import Tag
from syncer.together import Wait
from tests.system.conftest import Place

FOLDER = """
[import_folders.other]
path = "other"
profile = "{profile}"
names = "{names}"
"""


def configured(place: Place, names: str, profile: str = "plain") -> str:
    place.options = '[options]\ntypes = ["image"]\nimport_folder = "other"'
    return FOLDER.format(profile=profile, names=names)


def media(place: Path) -> list[str]:
    found = (path for path in place.rglob("*") if path.is_file() and path.suffix != ".json")
    return sorted(str(path.relative_to(place)) for path in found)


def test_folders_by_creator_and_dates(place: Place) -> None:
    place.world.add((Tag("creator", "Studio: North"), Tag("", "twin")), 1_619_630_409, title="One / two")
    place.world.add((Tag("", "twin"),), 1_619_630_410, title="..")
    more = configured(place, "{creator|'unknown'}/{date:%Y}/{title|'untitled'}_{index:02}.{ext}")
    with place.runner(more=more) as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    assert media(place.folder / "other") == ["Studio- North/2021/One - two_00.png", "unknown/2021/untitled_00.png"]


def test_twins_of_every_kind_get_names_of_their_own(place: Place) -> None:
    for title in ("Sky", "sky", "SKY.", "sk\u200by", "ﬁn", "FIN", "../sky", "s" * 300, "s" * 400):
        place.world.add((Tag("", "twin"),), 1_619_630_409, title=title)
    with place.runner(more=configured(place, "{title}")) as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    names = media(place.folder / "other")
    assert len(names) == 9
    assert len({name.casefold().partition(".")[0] for name in names}) == 9
    assert all((place.folder / "other" / f"{name}.json").is_file() for name in names)


def test_with_hydrus_a_template_gives_no_dots(place: Place) -> None:
    place.world.add((Tag("", "twin"),), 1_619_630_409, title="v1.2 final.jpg")
    with place.runner(more=configured(place, "{site}.x/{title}_{post}", "hydrus")) as loop:
        place.get(loop, "demoapi: twin")
    assert media(place.folder / "other") == ["demoapi_x/v1_2 final_jpg_13.png"]


def test_another_template_fetches_nothing_anew_and_moves_nothing(place: Place) -> None:
    with place.runner(more=configured(place, "{post}")) as loop:
        assert place.get(loop, "demoapi: scenery")["outcome"] == "delivered"
    before = media(place.folder / "other")
    asked = len(place.site.log.paths())
    with place.runner(more=configured(place, "{site}/{title}_{post}")) as loop:
        assert place.get(loop, "demoapi: scenery")["outcome"] != "delivered"
    later = place.site.log.paths()[asked:]
    assert not [path for path in later if path.startswith("/media/")]
    assert media(place.folder / "other") == before


def test_a_name_that_is_taken_at_the_last_moment_changes_in_the_sidecar_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = "demoapi_13_0.png"
    place.world.add((Tag("", "twin"),), 1_619_630_409, title=first)
    real = Target.lay_media

    def taken_once(target: Target, part: Path, path: str) -> Wait:
        if path == first:
            (place.imports / path).write_bytes(b"of another program")
        return real(target, part, path)

    monkeypatch.setattr(Target, "lay_media", taken_once)
    with place.runner() as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    (sidecar,) = place.imports.glob("*.json")
    told = json.loads(sidecar.read_text("utf-8"))
    assert sidecar.name == "demoapi_13_0-2.png.json"
    assert told["file"]["name"] == "demoapi_13_0-2.png"
    assert told["title"] == first
    assert (place.imports / first).read_bytes() == b"of another program"
