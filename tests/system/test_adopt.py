"""Folders in which other programs put media: gallery-dl's and yt-dlp's with their JSON, others by names; each file once, whatever happens.

The shapes of names and JSON are those that gallery-dl 1.32 and yt-dlp 2026.10 wrote.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncer.config.texts import WORK_FOLDER
from syncer.demo.media import Picture, digest, render
from syncer.errors import ItemError
from syncer.service import adopt_leaving, delivery, explain, history, looking, status
from syncer.store import known

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import MakePlace, Place


class PowerCut(BaseException):
    """The machine stops here."""


def picture(number: int, kind: str = "png") -> Picture:
    return Picture(kind, 9_000 + number, 24, 24)


def put(path: Path, number: int = 0, told: object = None, beside: str = "{}.json") -> Path:
    """Lay a media file down as another program does, with what it tells of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if told is not None:
        text = told if isinstance(told, str) else json.dumps(told)
        (path.parent / beside.format(path.name)).write_text(text, "utf-8")
    path.write_bytes(render(picture(number, path.suffix[1:])))
    return path


def booru(number: int, **more: Any) -> dict[str, Any]:
    """Return what gallery-dl tells of a post of a booru."""
    return {
        "category": "mybooru", "subcategory": "tag", "id": number, "tags": ["lake_view", "kim_l"], "tags_artist": ["kim_l"],
        "tags_general": ["lake_view"], "rating": "s", "date": "2023-05-04 10:00:00", "extension": "png", "filename": str(number),
        "file_url": f"https://cdn.mybooru.example/{number}.png", "md5": digest(picture(number)).md5, **more,
    }  # fmt: skip


def adopt(path: Path, *more: str) -> str:
    """Return the table of an adopted folder."""
    return "\n".join(("[[adopt]]", f'path = "{path}"', 'settle = "0"', *more, ""))


def sidecars(place: Place) -> dict[str, dict[str, Any]]:
    """Return the sidecars by the sha256 of their file."""
    found = [json.loads(path.read_text("utf-8")) for path in place.imports.glob("*.json")]
    return {each["file"]["sha256"]: each for each in found}


def sha(number: int, kind: str = "png") -> str:
    return digest(picture(number, kind)).sha256


def outcomes(loop: Loop) -> dict[str, int]:
    """Return how the jobs ended."""
    with loop.runtime.db.read() as tx:
        return {row[0]: row[1] for row in tx.rows("SELECT outcome, count(*) FROM jobs GROUP BY outcome")}


def test_what_gallery_dl_wrote_is_delivered_once_with_all_that_it_told(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "gallery-dl"
    put(there / "mybooru" / "mybooru_1.png", 1, booru(1))
    put(there / "mybooru" / "mybooru_2.png", 2, booru(2, tags_general=["comic"]))
    for number in (3, 4):
        two = {"category": "artists", "id": 77, "num": number - 2, "count": 2, "title": "Two hills", "artist": "Jo"}
        put(there / "artists" / f"77_{number}.png", number, two)
    put(there / "nothing told.png", 5)
    put(there / "artists" / "half.png", 6).rename(there / "artists" / "half.png.part")
    (there / "mybooru" / "info.json").write_text(json.dumps(booru(1)), "utf-8")
    (there / "link.png").symlink_to(there / "nothing told.png")
    before = {path: path.read_bytes() for path in there.rglob("*") if path.is_file()}
    more = adopt(there, 'add_tags = ["from:gallery-dl"]', 'blacklist = ["comic"]')
    place.once(more=more)
    told = sidecars(place)
    assert set(told) == {sha(number) for number in (1, 3, 4, 5)}
    first = told[sha(1)]
    assert first["tags"] == ["creator:kim l", "lake view", "rating:safe", "from:gallery-dl"]
    origin = {key: first["from"][key] for key in ("site", "post", "by", "name")}
    assert origin == {"site": "mybooru", "post": "1", "by": "adopt", "name": "gallery-dl"}
    assert (first["source_time"], first["file_url"]) == (1683194400, "https://cdn.mybooru.example/1.png")
    assert {told[sha(number)]["title"] for number in (3, 4)} == {"Two hills"}
    assert {path: path.read_bytes() for path in there.rglob("*") if path.is_file()} == before
    place.check_no_parts()
    place.events.clear()
    with place.runner(more=more) as loop:
        loop.run_until(lambda: False)
        assert place.words("accepted", "delivered", "known", "skipped") == ""
        assert outcomes(loop) == {"delivered": 4, "skipped": 1}
        (came,) = history.of(loop.runtime.db, sha(1), lambda _: ())["files"]
        assert history.of(loop.runtime.db, str(there / "mybooru" / "mybooru_1.png"), lambda _: ())["files"] == [came]
        skipped = history.of(loop.runtime.db, str(there / "mybooru" / "mybooru_2.png"), lambda _: ())["known"]
        (counts,) = status.status(loop.runtime.db, running=True)["adopted"]
    assert (came["by"], came["name"]) == ("adopt", "gallery-dl")
    assert (skipped["outcome"], "comic" in skipped["why"]) == ("skipped", True)
    assert (counts["name"], counts["delivered"], counts["skipped"], counts["open"]) == ("gallery-dl", 4, 1, 0)
    with looking.at(place.config(more), place.clock) as look:
        said = explain.explain(look, str(there / "mybooru" / "mybooru_2.png"))
        assert (said["beside"], said["taken"], said["outcome"]["outcome"]) == (["mybooru_2.png.json"], False, "skipped")
        with pytest.raises(ItemError, match="not adopted"):
            explain.explain(look, str(there / "link.png"))


@pytest.mark.skipif(not os.environ.get("SYNCER_HANDOVER"), reason="both programs start slowly; `make handover` runs it")
def test_folders_that_both_programs_really_wrote(make_place: MakePlace, tmp_path: Path) -> None:
    place = make_place(posts=12, tiny=False)
    root = place.site.root
    posts = [post for post in place.world.search("scenery") if post.files and not post.deleted(place.world.start)]
    files = [file for number in range(1, 13) if (post := place.world.post(number)) for file in post.files]
    video = next(file for file in files if file.extension == "mp4")
    booru = {"local": {"root": root, "pattern": re.escape(root.removeprefix("http://"))}}
    (tmp_path / "config.json").write_text(json.dumps({"extractor": {"moebooru": booru}}), "utf-8")
    given = ("--config-ignore", "-c", tmp_path / "config.json", "-d", tmp_path / "there", "--write-metadata")
    run("gallery_dl", *given, f"{root}/post?tags=scenery")
    run("yt_dlp", "--ignore-config", "--write-info-json", "-P", tmp_path / "there", f"{root}{video.path}")
    place.site.log.clear()
    place.once(more=adopt(tmp_path / "there", 'types = ["image", "animation", "video"]'))
    told = sidecars(place)
    assert set(told) == {video.sha256, *(post.files[0].sha256 for post in posts)}
    for post in [post for post in posts if post.files[0] != video]:
        sidecar = told[post.files[0].sha256]
        assert (sidecar["from"]["site"], sidecar["from"]["post"]) == ("local", str(post.id))
        assert sidecar["source_time"] == int(post.time)
        assert set(sidecar["tags"]) >= {tag.text for tag in post.tags if not tag.namespace and ":" not in tag.text}
    assert told[video.sha256]["file_url"] == f"{root}{video.path}"
    assert len(place.site.log) == 0, "nothing is asked of the net"


def run(module: str, *words: str | Path) -> None:
    """Run one of the programs, which are no part of this process."""
    subprocess.run([sys.executable, "-m", module, "-q", *map(str, words)], check=True, timeout=50)


def test_of_a_video_one_file_comes_and_never_a_part(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "videos"
    told = {
        "id": "v1", "extractor": "youtube", "extractor_key": "Youtube", "title": "At the lake", "uploader": "Kim", "tags": ["lake"],
        "description": "wind", "webpage_url": "https://v.example/watch?v=v1", "timestamp": 1683194400, "_type": "video",
    }  # fmt: skip
    stem = "At the lake [v1]"
    put(there / f"{stem}.mp4", 1, told, f"{stem}.info.json")
    for name in (f"{stem}.png", f"{stem}.f137.mp4", f"{stem}.fhls-1080.mp4", "Next [v2].f140.mp4"):
        put(there / name, 2)
    for name in (f"{stem}.en.vtt", "Next [v2].mp4.part", "Next [v2].mp4.ytdl", f"{stem}.description"):
        (there / name).write_text("WEBVTT", "utf-8")
    more = adopt(there, 'take = "move"', 'types = ["image", "video"]')
    place.once(more=more)
    place.once(more=more)
    (came,) = sidecars(place).values()
    assert (came["title"], came["post_url"]) == ("At the lake", "https://v.example/watch?v=v1")
    assert came["notes"] == ["description: wind"]
    assert came["tags"] == ["creator:Kim", "lake"]
    left = {path.name for path in there.iterdir()}
    assert f"{stem}.mp4" not in left
    assert {f"{stem}.png", f"{stem}.en.vtt", f"{stem}.info.json", "Next [v2].mp4.part"} <= left


def test_names_by_a_pattern_and_files_of_tags(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "grabber"
    put(
        there / "kim_l" / f"danbooru_12_{digest(picture(1)).md5}.png",
        1,
        "artist:kim_l lake_view copyright:hills",
        "{}.txt",
    )
    put(there / "odd name.png", 2, "sky\nold hill", "{}.txt")
    place.once(more=adopt(there, 'pattern = "{creator}/{site}_{post}_{md5}.{ext}"', 'site = "danbooru"'))
    told = sidecars(place)
    first = told[sha(1)]
    assert first["tags"] == ["creator:kim l", "lake view", "series:hills"]
    assert (first["from"]["post"], first["post_url"]) == ("12", "https://danbooru.donmai.us/posts/12")
    assert (told[sha(2)]["tags"], told[sha(2)]["from"]["site"]) == (["sky", "old hill"], "danbooru")


def test_what_is_still_written_is_waited_for(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "slow"
    path = put(there / "1.png", 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    more = adopt(there).replace('settle = "0"', 'settle = "30 seconds"')
    with place.runner(more=more) as loop:
        assert loop.adopting is not None
        for change in (lambda: None, lambda: path.write_bytes(whole), lambda: put(path, 1, booru(1)), lambda: None):
            change()
            loop.adopting.look()
            loop.turn()
            assert outcomes(loop) == {}, "it has been the same for 29 seconds at most"
            place.advance(29)
        loop.run_until(lambda: False)
        assert place.clock.now() < place.world.start + 200
        assert outcomes(loop) == {"delivered": 1}
    assert sidecars(place)[sha(1)]["from"]["post"] == "1"


def test_a_program_that_ended_at_its_work_holds_a_file_up_for_hours_only(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there / "v.mp4", 1)
    put(there / "v.temp.mp4", 2)
    place.clock.set(there.stat().st_ctime + 60)
    with place.runner(more=adopt(there, 'types = ["video"]')) as loop:
        loop.run_until(lambda: False)
        assert place.media() == []
        place.advance(7 * 3600)
        loop.run_until(lambda: False)
    assert set(sidecars(place)) == {sha(1, "mp4")}


def test_what_changes_is_read_again_and_what_it_tells_then_is_told(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there / "1.png", 1, booru(1))
    more = adopt(there)
    place.once(more=more)
    (there / "1.png.json").write_text(json.dumps(booru(1, tags_general=["lake_view", "boat"])), "utf-8")
    place.once(more=more)
    assert "boat" in sidecars(place)[sha(1)]["tags"]
    put(there / "1.png", 2)
    place.once(more=more)
    assert set(sidecars(place)) == {sha(1), sha(2)}


def test_a_move_takes_away_only_what_was_delivered_and_is_as_it_was(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    for number in (1, 2):
        put(there / f"{number}.png", number, booru(number))
    put(there / "same.png", 1)
    put(there / "broken.png", 3)
    os.truncate(there / "broken.png", 200)
    more = adopt(there, 'take = "move"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adopt_leaving, "take_away", lambda *_: None)
        with place.runner(more=more) as loop:
            loop.run_until(lambda: False)
            assert outcomes(loop) == {"delivered": 2, "known": 1, "failed": 1}
    assert len(list(there.iterdir())) == 6
    put(there / "2.png", 4)
    place.once(more=more)
    assert sorted(path.name for path in there.iterdir()) == ["broken.png", "same.png"]
    (there / "broken.png").unlink()
    with place.runner(more=more) as loop:
        assert len(status.status(loop.runtime.db, running=True)["needs_you"]) == 1
        loop.run_until(lambda: False)
        assert status.status(loop.runtime.db, running=True)["needs_you"] == []
    assert set(sidecars(place)) == {sha(1), sha(2), sha(4)}


def test_a_move_leaves_what_could_not_be_read(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there / "1.png", 1)
    (there / "1.png.json").write_text('{"category": "danb', "utf-8")
    os.utime(there / "1.png.json", (1e9, 1e9))
    place.once(more=adopt(there, 'take = "move"'))
    assert set(sidecars(place)) == {sha(1)}
    assert sorted(path.name for path in there.iterdir()) == ["1.png", "1.png.json"]
    assert "it is taken without" in place.words("notice")


@pytest.mark.parametrize("where", ["staged", "placed", "taken away"])
def test_a_power_cut_loses_and_doubles_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    there = tmp_path / "there"
    for number in (1, 2):
        put(there / f"{number}.png", number, booru(number))
    more = adopt(there, 'take = "move"')
    module, name = {
        "staged": (delivery, "_place"), "placed": (delivery, "_settled"), "taken away": (adopt_leaving, "_remove"),
    }[where]  # fmt: skip
    real, calls = getattr(module, name), []

    def cut(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise PowerCut
        return real(*given)

    monkeypatch.setattr(module, name, cut)
    with pytest.raises(PowerCut):
        place.once(more=more)
    monkeypatch.undo()
    place.once(more=more)
    assert set(sidecars(place)) == {sha(1), sha(2)}
    assert len(place.media()) == 2
    place.check_no_parts()
    assert list(there.iterdir()) == []


def test_what_syncer_has_is_known_and_what_was_adopted_is_not_fetched(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    page = f"{place.site.root}/media/2.png"
    with place.runner(checks=False) as loop:
        place.get(loop, page)
    (name,) = place.media()
    there.mkdir()
    (there / "copy.png").write_bytes((place.imports / name).read_bytes())
    told = {"category": "demo", "id": 5, "file_url": f"{place.site.root}/media/5.png", "extension": "png"}
    put(there / "5.png", 1, told)
    with place.runner(checks=False, more=adopt(there)) as loop:
        loop.run_until(lambda: False)
        assert len(place.media()) == 2
        place.site.log.clear()
        assert place.get(loop, f"{place.site.root}/media/5.png")["outcome"] == "known"
        with loop.runtime.db.read() as tx:
            assert known.find(tx, ("post:demo/5",)) is not None
    assert len(place.site.log) == 0


def test_hostile_files_cost_themselves_alone(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    put(there / "deep.png", 1, "[" * 50_000)
    put(there / "not a dict.png", 2, "[1, 2]")
    (there / "huge.png.json").write_bytes(b'{"id": ' + b"9" * 5_000 + b"}")
    put(there / "huge.png", 3)
    (there / "4.png.json").symlink_to("/etc/passwd")
    put(there / "4.png", 4)
    (there / os.fsdecode(b"bytes \xff\n.png")).write_bytes(render(picture(5)))
    (there / "page.png").write_text("<html><title>Log in</title></html>", "utf-8")
    (there / "empty.png").touch()
    os.utime(there / "not a dict.png", (15_000_000_000, 15_000_000_000))  # year 2445: more nanoseconds than 63 bits
    with socket.socket(socket.AF_UNIX) as pipe:
        os.chdir(there)
        pipe.bind("socket.png")
    outside = tmp_path / "outside"
    put(outside / "6.png", 6)
    (there / "out").symlink_to(outside)
    with place.runner(more=adopt(there)) as loop:
        loop.run_until(lambda: False)
        assert outcomes(loop) == {"delivered": 5, "failed": 1}
        (needs,) = status.status(loop.runtime.db, running=True)["needs_you"]
    assert set(sidecars(place)) == {sha(number) for number in (1, 2, 3, 4, 5)}
    assert needs["subject"].startswith("file://")
    assert "Got a web page titled 'Log in' where a media file is due" in needs["why"]
    assert "deep.png.json is no JSON that can be read: it goes too deep" in place.words("notice")


def test_what_was_taken_away_before_it_was_read_is_gone_or_fetched_for_who_wants_it(
    place: Place, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    put(there / "1.png", 1)
    put(there / "2.png", 2, {"category": "demo", "id": 2, "file_url": f"{place.site.root}/media/2.png"})
    with place.runner(checks=False, more=adopt(there)) as loop:
        assert loop.adopting is not None
        loop.adopting.turn()
        for path in there.iterdir():
            path.unlink()
        assert place.get(loop, f"{place.site.root}/media/2.png")["outcome"] == "delivered"
        loop.run_until(lambda: False)
        assert outcomes(loop) == {"delivered": 1, "gone": 1}


def test_a_folder_that_is_away_is_told_and_taken_up_when_it_is_back(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there"
    with place.runner(more=adopt(there)) as loop:
        loop.run_until(lambda: False)
        (needs,) = status.status(loop.runtime.db, running=True)["needs_you"]
        assert f"{there} is not there" in needs["why"]
        put(there / "1.png", 1)
        place.advance(400)
        loop.run_until(lambda: False)
        assert status.status(loop.runtime.db, running=True)["needs_you"] == []
    assert len(place.media()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full, which Linux has")
def test_a_full_disk_is_no_fault_of_a_small_file_that_is_read(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "media"
    put(there / "small.png", 1)
    work = place.imports.parent / f"{WORK_FOLDER}{place.imports.name}"
    place.once(more=adopt(tmp_path / "nowhere"))
    (work / "1.part").symlink_to("/dev/full")
    place.once(more=adopt(there))
    assert "There is no space left" in place.words("waits")
    (work / "1.part").unlink()
    place.advance(120)
    place.once(more=adopt(there))
    assert len(place.media()) == 1
