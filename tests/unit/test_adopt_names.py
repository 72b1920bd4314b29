"""Which files of another program's folder are media, which tell of them, and what their names tell by a pattern."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import load
from syncer.config.adopted import FIELDS, pattern
from syncer.errors import ConfigError
from syncer.handover.mapping import tag_file
from syncer.intake.adopt_names import Candidate, sort_out
from syncer.model import Tag

MEDIA = {"png", "jpg", "webp", "mp4", "m4a", "webm"}


def sort(*names: str, stem_tags: bool = False) -> tuple[list[Candidate], list[str]]:
    found = sort_out(frozenset(names), MEDIA.__contains__, tags=True, stem_tags=stem_tags)
    return list(found.media), list(found.aside)


def test_what_tells_of_a_file_is_found_beside_it() -> None:
    assert sort("a.png", "a.png.json", "a.json", "a.png.txt", "info.json")[0] == [Candidate("a.png", json="a.png.json")]
    assert sort("a.png", "a.json")[0] == [Candidate("a.png", json="a.json")]
    assert sort("a.png", "a.png.txt", "a.txt")[0] == [Candidate("a.png", tags="a.png.txt")]
    assert sort("a.png", "a.txt")[0] == [Candidate("a.png")]
    assert sort("a.png", "a.txt", stem_tags=True)[0] == [Candidate("a.png", tags="a.txt")]
    assert sort("a.png", "info.json")[0] == [Candidate("a.png", gallery="info.json")]
    assert sort("info.png", "info.json")[0] == [Candidate("info.png", gallery="info.json")]


def test_of_a_video_there_is_one() -> None:
    ends = ("mp4", "info.json", "webp", "0.jpg", "f137.mp4", "fhls-720p.mp4", "temp.mp4")
    names = [f"v [1].{end}" for end in ends]
    assert sort(*names)[0] == [], "it is still worked on"
    names.remove("v [1].temp.mp4")
    media, aside = sort(
        *names, "y.mp4", "y.mp4.part", "w [2].f140-1.m4a", "w [2].mp4.part", "x.temp.webm", ".hidden.mp4"
    )
    assert media == [Candidate("v [1].mp4", info="v [1].info.json")]
    assert aside == ["v [1].0.jpg", "v [1].webp"]
    assert [each.name for each in sort("my.first.mp4", "f137.mp4")[0]] == ["f137.mp4", "my.first.mp4"]


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("{site}_{post}_{md5}.{ext}", f"a/dan_booru_12_{'0' * 32}.png", {"site": "dan_booru", "post": "12", "md5": "0" * 32, "ext": "png"}),
        ("{creator}/{post} - {title}", "kim_l.png", None),
        (
            "{creator}/{post} - {title}",
            "x/kim_l/12 - A hill - at dusk.png",
            {"creator": "kim_l", "post": "12", "title": "A hill - at dusk"},
        ),
        ("{post}_p{index}.{ext}", "123_p1.jpg", {"post": "123", "index": "1", "ext": "jpg"}),
        ("{post}_p{index}.{ext}", "123.jpg", None),
        ("{date} {title}", "2024-05-04 x", {"date": "2024-05-04", "title": "x"}),
    ],
)  # fmt: skip
def test_a_pattern_reads_names(text: str, name: str, held: dict[str, str] | None) -> None:
    assert pattern(text).match(name) == held


@given(st.text(alphabet="a_0. ", max_size=60))
def test_a_pattern_reads_what_it_made(title: str) -> None:
    name = f"kim_12_{title}x.png"
    assert pattern("{site}_{post}_{title}.{ext}").match(name) == {
        "site": "kim", "post": "12", "title": f"{title}x", "ext": "png",
    }  # fmt: skip


def test_no_name_makes_a_pattern_slow() -> None:
    began = time.process_time()
    hard = pattern("{title}_{creator}_{series}_{character}_{tags}_{skip}_{md5}.{ext}")
    assert hard.match("_".join("a" * 190) + ".png") is None
    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["", "plain", "{psot}", "{post}{index}", "{post}_{post}", "{post", "x" * 400])
def test_a_pattern_that_cannot_be_is_a_fault_of_the_config(text: str) -> None:
    config = f'[import_folders.main]\npath = "i"\nprofile = "plain"\n[[adopt]]\npath = "a"\npattern = "{text}"\n'
    with pytest.raises(ConfigError) as caught:
        load.parse(config, Path("/c/config.toml"))
    assert caught.value.problems[0].startswith("config.toml:6: adopt")


def test_folders_that_are_something_else_too_are_refused() -> None:
    config = '[import_folders.main]\npath = "x/i"\nprofile = "plain"\n[[adopt]]\npath = "x"\n[[adopt]]\npath = "y/x"\n'
    with pytest.raises(ConfigError) as caught:
        load.parse(config, Path("/c/config.toml"))
    first, second = caught.value.problems
    assert "lies inside the adopted folder" in first
    assert "have this name" in second


def test_files_of_tags() -> None:
    assert tag_file.read("# made by x\nartist:kim_l\nblue sky\n\nmeta:highres\n:re:zero") == (
        Tag("creator", "kim l"), Tag("", "blue sky"), Tag("meta", "highres"), Tag("", ":re:zero"),
    )  # fmt: skip
    assert tag_file.read("kim_l blue_sky", blanks=True) == (Tag("", "kim l"), Tag("", "blue sky"))
    assert tag_file.read("kim_l, blue sky") == (Tag("", "kim l"), Tag("", "blue sky"))
    assert tag_file.read("kim l") == (Tag("", "kim l"),)
    assert tag_file.read("word " * 100) == ()
    assert set(FIELDS) >= {"site", "post", "md5", "ext"}
