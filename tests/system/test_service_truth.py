"""Placeholders, bytes that too many posts share, files kept for looking, and animations that get their times."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from syncer.deliver import ugoira
from syncer.deliver.signatures import KINDS
from syncer.demo.media import Picture
from syncer.demo.posts import WorldFile, media_files
from syncer.model import Note, Tag
from syncer.service import faulty_files, status
from tests.system.conftest import Place

GREY = Picture("png", 99, 8, 8)
TWIN = (Tag("", "twin"),)


def post_with(place: Place, picture: Picture = GREY) -> WorldFile:
    """Add a post whose file shows `picture`, whatever the others show."""
    number = place.world.add(TWIN, 1_619_630_409).id
    file = WorldFile(f"/media/{number}.{picture.kind}", picture)
    place.world.change(number, files=(file,))
    return file


def known_by_config(place: Place, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Let the config say something more of the site."""
    write = place.write_config

    def written(more: str | None = None) -> Path:
        path = write(more)
        path.write_text(path.read_text("utf-8").replace("[site.demoapi]\n", f"[site.demoapi]\n{line}\n"), "utf-8")
        return path

    monkeypatch.setattr(place, "write_config", written)


@pytest.mark.parametrize(("where", "kind"), [("config", "md5"), ("config", "sha256"), ("site file", "md5")])
def test_a_placeholder_is_gone_and_not_delivered(
    place: Place, monkeypatch: pytest.MonkeyPatch, where: str, kind: str
) -> None:
    line = f'placeholders = ["{kind}:{getattr(post_with(place), kind)}"]'
    if where == "config":
        known_by_config(place, monkeypatch, line)
    else:
        file = place.folder / "sites" / "demoapi.toml"
        file.write_text(file.read_text("utf-8").replace("[site]\n", f"[site]\n{line}\n"), "utf-8")
    post_with(place, Picture("png", 98, 8, 8))
    with place.runner() as loop:
        place.get(loop, "demoapi: twin")
        place.get(loop, f"{place.site.root}/api/post/13.json", again=True)
    assert place.posts() == [14]
    assert "13.png: the site sent the picture that it shows in place of what is not there" in place.words("gone")
    assert place.site.log.paths().count("/media/13.png") == 2
    place.check_no_parts()


def test_bytes_that_many_posts_share_are_suspect_and_it_is_said_once(place: Place) -> None:
    grey, *_ = [post_with(place) for _ in range(7)]
    with place.runner() as loop:
        place.get(loop, "demoapi: twin")
        (shown,) = [
            each for each in status.status(loop.runtime.db, running=True)["needs_you"] if each["what"] == "suspect"
        ]
        place.advance(8 * 86_400)
        assert not status.status(loop.runtime.db, running=True)["needs_you"]
    assert len(place.media()) == 1
    (told,) = [line for line in place.words("notice").splitlines() if "have the same bytes" in line]
    assert "5 posts of demoapi have the same bytes: demoapi_" in told
    assert f'write under [site.demoapi]: placeholders = ["sha256:{grey.sha256}"]' in told
    assert shown["why"].startswith("7 posts of demoapi have the same bytes")
    assert place.words("known").count("so they may be a placeholder") == 3


def test_a_few_posts_with_the_same_bytes_are_nothing_odd(place: Place) -> None:
    for _ in range(4):
        post_with(place)
    with place.runner() as loop:
        place.get(loop, "demoapi: twin")
        assert not status.status(loop.runtime.db, running=True)["needs_you"]
    assert "placeholder" not in place.words()


@pytest.mark.parametrize(("fault", "beginning"), [("broken_image", b"\x89PNG"), ("html_as_image", b"<!DOCTYPE html>")])
def test_a_file_that_is_not_true_is_kept_for_looking(place: Place, fault: str, beginning: bytes) -> None:
    place.site.misbehave("*/media/8.png", fault)
    with place.runner() as loop:
        got = place.get(loop, f"{place.site.root}/api/post/8.json")
    (kept,) = (place.state / faulty_files.FOLDER).glob("*.bin")
    assert kept.read_bytes().startswith(beginning)
    assert f"what came is kept as {kept}" in place.words("failed")
    assert got["outcome"] == "failed"
    url, size, why = kept.with_suffix(".txt").read_text("utf-8").splitlines()
    assert (url, size) == (f"{place.site.root}/media/8.png", f"{kept.stat().st_size:,} bytes")
    assert "not whole" in why or "web page" in why
    assert kept.parent.stat().st_mode & 0o077 == 0
    place.check_no_parts()


@pytest.mark.parametrize(("kind", "lost"), [("jpg", 2), ("gif", 1)])
def test_a_picture_that_the_site_has_without_its_end_is_taken_once_it_came_twice(
    place: Place, kind: str, lost: int
) -> None:
    file = post_with(place, Picture(kind, 99, 8, 8))
    place.site.misbehave(file.path, "without_end", bytes=lost)
    with place.runner() as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
        assert place.site.log.paths().count(file.path) == 2
    (name,) = place.media()
    told = json.loads((place.imports / f"{name}.json").read_text("utf-8"))["file"]
    assert (place.imports / name).read_bytes() == file.data[:-lost]
    assert (told["sha256"], told["unverified"][0]) == (
        hashlib.sha256(file.data[:-lost]).hexdigest(),
        "its end: the site has this file without one",
    )


def test_one_without_its_end_is_asked_for_again_also_where_the_site_tells_no_hash(place: Place) -> None:
    file = post_with(place, Picture("jpg", 99, 8, 8))
    place.site.misbehave(file.path, "without_end", bytes=2)
    with place.runner() as loop:
        assert place.get(loop, f"{place.site.root}{file.path}")["outcome"] == "delivered"
    assert place.site.log.paths().count(file.path) == 2
    (name,) = place.media()
    assert (place.imports / name).read_bytes() == file.data[:-2]


def test_what_came_cut_once_and_then_whole_is_as_it_should_be(place: Place) -> None:
    file = post_with(place, Picture("jpg", 99, 8, 8))
    place.site.misbehave(file.path, "without_end", bytes=2, times=1)
    with place.runner() as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    (name,) = place.media()
    assert (place.imports / name).read_bytes() == file.data


def test_what_is_kept_for_looking_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faulty_files, "MOST_BYTES", 100)
    part = tmp_path / "1.part"
    part.write_bytes(b"x" * 101)
    for number in range(faulty_files.MOST + 5):
        kept = faulty_files.keep(tmp_path, "si/te", f"https://x.example/{number}", part, "why")
    assert kept is not None
    assert kept.stat().st_size == 100
    assert "101 bytes, of which the first 100 are kept" in kept.with_suffix(".txt").read_text("utf-8")
    assert len(list(kept.parent.glob("*.bin"))) == len(list(kept.parent.glob("*.txt"))) == faulty_files.MOST
    assert kept.parent.parent == tmp_path


def animation(place: Place, note: Note) -> WorldFile:
    (file,) = media_files(13, 3, 1, "zip", (8, 8))
    place.world.add(TWIN, 1_619_630_409, files=(file,), notes=(note,))
    return file


TOLD = [
    Note("ugoira json", '{"frames": [{"file": "000001.png", "delay": 60}, {"file": "000000.png", "delay": 50},'
         ' {"file": "000002.png", "delay": 70}]}'),
    Note("ugoira json", '[{"file": "000000.png", "delay": 50}, {"file": "000001.png", "delay": 60},'
         ' {"file": "000002.png", "delay": 70}]'),
    Note("ugoira frame delay array", "[50, 60, 70]"),
]  # fmt: skip


@pytest.mark.parametrize("note", TOLD, ids=lambda note: note.text[:12])
def test_an_animation_gets_the_times_of_its_frames(place: Place, note: Note) -> None:
    file = animation(place, note)
    with place.runner() as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    (name,) = place.media()
    delivered = (place.imports / name).read_bytes()
    with zipfile.ZipFile(place.imports / name) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["000000.png", "000001.png", "000002.png", "animation.json"]
        frames = json.loads(archive.read("animation.json"))["frames"]
    assert frames == [{"file": f"{number:06}.png", "delay": 50 + 10 * number} for number in range(3)]
    told = json.loads((place.imports / f"{name}.json").read_text("utf-8"))["file"]
    assert (told["type"], told["size"]) == (KINDS["ugoira"].mime, len(delivered))
    assert told["sha256"] == hashlib.sha256(delivered).hexdigest() != file.sha256
    assert told["md5"] == hashlib.md5(delivered).hexdigest()
    assert "unverified" not in told


class PowerCut(BaseException):
    """The machine stops here."""


def test_a_crash_after_the_times_were_added_does_not_build_on_what_is_there(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = animation(place, TOLD[2])
    place.site.misbehave(f"*{file.path}", "truncated", times=1, bytes=200)

    def cut(path: Path, times: bytes) -> None:
        add_times(path, times)
        raise PowerCut

    add_times = ugoira.add_times
    with monkeypatch.context() as patched:
        patched.setattr(ugoira, "add_times", cut)
        with pytest.raises(PowerCut), place.runner() as loop:
            place.get(loop, "demoapi: twin")
    place.once(patience=3600)
    (name,) = place.media()
    with zipfile.ZipFile(place.imports / name) as archive:
        assert archive.namelist().count("animation.json") == 1
    ranges = [entry.headers.get("range", "") for entry in place.site.log if file.path in entry.path]
    assert [bool(each) for each in ranges] == [False, True, False]


@pytest.mark.parametrize(
    "text", ["", "no json", "[50, 60]", "[50, 60, 0]", "[50, 60, true]", "[1e3, 2, 3]", '{"frames": {}}', "[" * 9_999]
)
def test_an_animation_whose_times_do_not_fit_stays_as_it_is(place: Place, text: str) -> None:
    file = animation(place, Note("ugoira json", text))
    with place.runner() as loop:
        assert place.get(loop, "demoapi: twin")["outcome"] == "delivered"
    (name,) = place.media()
    assert (place.imports / name).read_bytes() == file.data
