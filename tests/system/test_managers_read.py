"""What media managers read of delivered files, by real readers where there are any: exiftool, exiv2, the rules of hydrus and Kodi.

The table of docs/how-to/managers.md is what was read here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from syncer.demo.posts import media_files
from syncer.demo.world import START
from syncer.model import Note, Tag
from tests.system import hydrus_reading as hydrus
from tests.system.conftest import MakePlace, Place

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
needs_exiv2 = pytest.mark.skipif(shutil.which("exiv2") is None, reason="exiv2 is not installed")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "managers.md"
POSTED = 1_619_630_409  # 2021-04-28 17:20:09 UTC
TAGS = (
    Tag("creator", "studio north"),
    Tag("series", "fate/stay | night"),
    Tag("", "blue sky"),
    Tag("", "re:wild"),
    Tag("", "夕焼け"),
    Tag("", "<b>&\"'"),
)
NOTES = (
    Note("artist commentary", "Taken at first light: the wind\nhad gone down.\x08 & <so> on"),
    Note("scale: 1", "small"),
)
STORY = "artist commentary: Taken at first light: the wind\nhad gone down. & <so> on\n\nscale: 1: small"
TITLE = "Fog & <stone> “bridge”"
SOURCE = "https://sources.example/works/51"

Delivered = Callable[..., tuple[Place, Path]]


@pytest.fixture
def delivered(make_place: MakePlace) -> Delivered:
    """Give a function that delivers one post under a profile; returns the house and the media's path."""

    def deliver(profile: str, kind: str = "jpg", more: str = "") -> tuple[Place, Path]:
        place = make_place()
        files = media_files(13, 3, 1, kind, (96, 64))
        place.world.add(TAGS, POSTED, title=TITLE, notes=NOTES, sources=(SOURCE,), files=files)
        place.options = f'[options]\ntypes = ["image", "video"]\nimport_folder = "{profile}"\nstars = 4'
        folder = f'[import_folders.{profile}]\npath = "for-{profile}"\nprofile = "{profile}"\n{more}\n'
        with place.runner(more=folder) as loop:
            assert place.get(loop, "demoapi: blue_sky studio_north")["outcome"] == "delivered", place.words()
        (media,) = (path for path in place.folder.joinpath(f"for-{profile}").rglob(f"*.{kind}") if path.is_file())
        assert place.media() == []
        return place, media

    return deliver


def tool(*command: str | Path) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exiftool(path: Path) -> dict[str, Any]:
    """Read a file as programs do that use exiftool, Immich among them: lists stay lists."""
    (found,) = json.loads(tool("exiftool", "-json", "-struct", "-G1", path))
    assert isinstance(found, dict)
    return found


def exiv2(path: Path) -> dict[str, str]:
    """Read an XMP file by the library that digiKam is built on."""
    listed = re.findall(r"^(Xmp\.\S+) +(.*(?:\n(?!Xmp\.).*)*)", tool("exiv2", "-PXkt", path), re.MULTILINE)
    return {key: value.rstrip() for key, value in listed}


def check_valid(path: Path) -> None:
    assert tool("exiftool", "-validate", "-warning", "-error", "-a", path).split(":", 1)[1].strip() == "OK"


def beside(media: Path) -> list[str]:
    return sorted(path.name.removeprefix(media.stem) for path in media.parent.iterdir() if path != media)


def test_hydrus_takes_all_by_the_four_routers(delivered: Delivered) -> None:
    place, media = delivered("hydrus", more="txt = true")
    assert beside(media) == [".jpg.json", ".jpg.notes.txt", ".jpg.txt", ".jpg.urls.txt"]
    assert hydrus.queued(media.parent) == [media]
    imported = hydrus.by_json(media, now=START)
    assert imported.tags == {
        "creator:studio north", "series:fate/stay | night", "blue sky", ":re:wild", "夕焼け", "<b>&\"'", "rating:general",
    }  # fmt: skip
    assert imported.urls == {f"{place.site.root}/post/13", f"{place.site.root}/media/13.jpg", SOURCE}
    assert imported.notes == {each.name: each.text.replace("\x08", "") for each in NOTES}
    assert imported.modified == {"127.0.0.1": POSTED}
    text = hydrus.by_text(media)
    assert (text.tags, text.urls, text.notes) == (imported.tags, imported.urls, imported.notes)


@needs_exiftool
def test_immich_finds_what_it_looks_for(delivered: Delivered) -> None:
    place, media = delivered("immich")
    assert beside(media) == [".jpg.json", ".jpg.xmp"]
    sidecar = media.with_name(f"{media.name}.xmp")
    check_valid(sidecar)
    found = exiftool(sidecar)
    # Immich calls `map` on it: a text would break there.
    assert found["XMP-digiKam:TagsList"] == [
        "blue sky", "re:wild", "夕焼け", "<b>&\"'", "creator/studio north", "series/fate|stay | night", "rating/general",
    ]  # fmt: skip
    assert found["XMP-lr:HierarchicalSubject"][4:6] == ["creator|studio north", "series|fate/stay / night"]
    # The first filled of the two is shown, and the file's own Exif could have the first.
    assert found["XMP-tiff:ImageDescription"] == found["XMP-dc:Description"]
    assert found["XMP-dc:Description"] == f"{TITLE}\n\n{STORY}\n\n{place.site.root}/post/13"
    assert found["XMP-xmp:Rating"] == 4
    # Without the offset, Immich takes the time for the server's own.
    assert found["XMP-exif:DateTimeOriginal"] == "2021:04:28 17:20:09+00:00"


@needs_exiftool
def test_what_immich_writes_into_the_sidecar_leaves_the_rest(delivered: Delivered) -> None:
    _, media = delivered("immich")
    sidecar = media.with_name(f"{media.name}.xmp")
    before = exiftool(sidecar)
    tool("exiftool", "-q", "-overwrite_original", "-Rating=4", "-XMP-digiKam:TagsList=mine", sidecar)
    check_valid(sidecar)
    after = exiftool(sidecar)
    assert (after["XMP-xmp:Rating"], after["XMP-digiKam:TagsList"]) == (4, ["mine"])
    for name in ("XMP-dc:Description", "XMP-dc:Source", "XMP-exif:DateTimeOriginal"):
        assert after[name] == before[name]


def _of_hydrus(media: Path) -> list[str]:
    found = hydrus.by_json(media, now=START)
    tags = [each for each in (":re:wild", "creator:studio north") if each in found.tags]
    name, text = next(iter(found.notes.items()))
    return ["routers by its rules", *tags, f"{name}: {text}", str(found.modified["127.0.0.1"])]


def _of_immich(media: Path) -> list[str]:
    found = exiftool(media.with_name(f"{media.name}.xmp"))
    tags = found["XMP-digiKam:TagsList"]
    return ["exiftool", tags[1], tags[4], found["XMP-dc:Description"], found["XMP-exif:DateTimeOriginal"]]


def _of_photoprism(media: Path) -> list[str]:
    block = Struct(etree.fromstring(media.with_name(f"{media.name}.xmp").read_bytes())).RDF.Description
    tags = block.subject.Seq.texts("li")
    return ["its element names", tags[1], tags[4], block.description.Alt.li.text, block.DateCreated.text]


def _of_digikam(media: Path) -> list[str]:
    found = exiv2(media.with_name(f"{media.name}.xmp"))
    tags, text = found["Xmp.digiKam.TagsList"].split(", "), found["Xmp.dc.description"].partition('" ')[2]
    return ["exiv2", tags[1], tags[4], text, found["Xmp.exif.DateTimeOriginal"]]


def _of_jellyfin(media: Path) -> list[str]:
    movie = etree.fromstring(media.with_suffix(".nfo").read_bytes())
    tags = [each.text or "" for each in movie.iter("tag")]
    return ["rules of Kodi", tags[1], tags[4], movie.findtext("plot") or "", movie.findtext("premiered") or ""]


@needs_exiftool
@needs_exiv2
def test_the_table_of_the_docs_is_what_was_read(delivered: Delivered) -> None:
    """Read a colon in a tag, a namespace, the first line of the text, the date; what lies beside the media comes first."""
    readers: dict[str, Callable[[Path], list[str]]] = {
        "hydrus": _of_hydrus,
        "immich": _of_immich,
        "photoprism": _of_photoprism,
        "digikam": _of_digikam,
        "jellyfin": _of_jellyfin,
    }
    rows = []
    for profile, read in readers.items():
        _, media = delivered(profile, kind="mp4" if profile == "jellyfin" else "jpg")
        reader, colon, namespace, text, date = read(media)
        beside_it = ", ".join(
            f"`NAME{suffix.replace('.mp4', '.EXT').replace('.jpg', '.EXT')}`" for suffix in beside(media)
        )
        first = text.splitlines()[0].replace("|", "\\|")
        rows.append(f"| {profile} | {beside_it} | {reader} | `{colon}` | `{namespace}` | {first} | `{date}` |")
    page = PAGE.read_text("utf-8")
    assert [row for row in rows if row not in page] == [], "\n".join(rows)


class Struct:
    """An XML element as PhotoPrism's reader sees it: children by local name alone, the last one wins."""

    def __init__(self, element: Any) -> None:
        self._element = element

    def __getattr__(self, name: str) -> Struct:
        found = [each for each in self._element if etree.QName(each).localname == name]
        return Struct(found[-1] if found else etree.Element("nothing"))

    @property
    def text(self) -> str:
        return (self._element.text or "").strip()

    def texts(self, name: str) -> list[str]:
        return [each.text or "" for each in self._element if etree.QName(each).localname == name]


def test_photoprism_finds_what_it_looks_for(delivered: Delivered) -> None:
    _, media = delivered("photoprism")
    assert beside(media) == [".jpg.json", ".jpg.xmp"]
    root = etree.fromstring(media.with_name(f"{media.name}.xmp").read_bytes())
    assert etree.QName(root).localname == "xmpmeta"
    block = Struct(root).RDF.Description
    assert block.title.Alt.li.text == TITLE
    assert block.description.Alt.li.text == STORY
    assert block.creator.Seq.li.text == "studio north"
    assert block.subject.Seq.texts("li") == [
        "blue sky", "re:wild", "夕焼け", "<b>&\"'", "studio north", "fate/stay | night", "general",
    ]  # fmt: skip
    assert block.DateCreated.text == "2021-04-28T17:20:09+00:00"


@needs_exiftool
def test_exiftool_reads_the_sidecar_for_photoprism_too(delivered: Delivered) -> None:
    _, media = delivered("photoprism")
    sidecar = media.with_name(f"{media.name}.xmp")
    check_valid(sidecar)
    assert exiftool(sidecar)["XMP-dc:Subject"][:2] == ["blue sky", "re:wild"]


@needs_exiv2
def test_digikam_finds_what_it_looks_for(delivered: Delivered) -> None:
    # By its switch for compatible names, digiKam looks for this one.
    _, media = delivered("digikam", more='sidecar_names = "stem"')
    assert beside(media) == [".json", ".xmp"]
    found = exiv2(media.with_suffix(".xmp"))
    assert found["Xmp.xmp.Rating"] == "4"
    assert found["Xmp.digiKam.TagsList"].startswith("blue sky, re:wild, 夕焼け, <b>&\"', creator/studio north, ")
    assert found["Xmp.lr.hierarchicalSubject"].startswith("blue sky, re:wild, 夕焼け, <b>&\"', creator|studio north, ")
    assert found["Xmp.dc.title"] == f'lang="x-default" {TITLE}'
    assert found["Xmp.dc.description"] == f'lang="x-default" {STORY}'
    assert found["Xmp.exif.DateTimeOriginal"] == "2021-04-28T17:20:09+00:00"


def test_jellyfin_and_kodi_find_what_they_look_for(delivered: Delivered) -> None:
    place, media = delivered("jellyfin", kind="mp4")
    # The video's own name with `.nfo`: the other name, movie.nfo, is for folders with one film.
    assert beside(media) == [".mp4.json", ".nfo"]
    written = media.with_suffix(".nfo").read_bytes()
    assert written.startswith(b'<?xml version="1.0" encoding="UTF-8"')
    written.decode("utf-8", "strict")
    # What stands behind the last tag would be searched for addresses of film databases.
    assert written.rstrip().endswith(b"</movie>")
    movie = etree.fromstring(written)
    assert movie.tag == "movie"
    assert all((each.text or "").strip() and len(each) == 0 for each in movie)
    single = [each.tag for each in movie if each.tag not in ("tag", "director", "studio")]
    assert single == ["title", "plot", "premiered", "year", "dateadded", "userrating"]
    found = {each.tag: each.text for each in movie}
    assert found["title"] == TITLE
    assert found["plot"] == f"{STORY}\n\n{place.site.root}/post/13"
    assert (found["premiered"], found["year"], found["dateadded"]) == ("2021-04-28", "2021", "2023-11-14 22:13:20")
    assert found["userrating"] == "8"
    assert (found["director"], found["studio"]) == ("studio north", "demoapi")
    assert [each.text for each in movie.iter("tag")] == [
        "blue sky", "re:wild", "夕焼け", "<b>&\"'", "creator:studio north", "series:fate/stay | night", "rating:general",
    ]  # fmt: skip


def test_a_picture_has_no_file_that_a_media_centre_never_looks_for(delivered: Delivered) -> None:
    _, media = delivered("jellyfin")
    assert beside(media) == [".jpg.json"]


@pytest.mark.parametrize(("profile", "left"), [("immich", [".jpg.xmp"]), ("plain", []), ("hydrus", [])])
def test_without_json(delivered: Delivered, profile: str, left: list[str]) -> None:
    _, media = delivered(profile, more="json = false")
    assert beside(media) == left


def test_a_file_can_be_dated_to_its_post(delivered: Delivered) -> None:
    _, media = delivered("digikam", more='media_time = "source"')
    assert media.stat().st_mtime == POSTED
    assert media.with_name(f"{media.name}.xmp").stat().st_mtime > POSTED
    _, other = delivered("plain")
    assert other.stat().st_mtime > POSTED
