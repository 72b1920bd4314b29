"""The writers of XMP, NFO and text sidecars: valid whatever the net wrote, and each thing where its reader looks for it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from syncer.clock import VirtualClock
from syncer.config.settings import ImportFolder, Profile
from syncer.deliver import naming
from syncer.deliver.place import Target
from syncer.deliver.sidecar import nfo, profile, txt, xmp
from syncer.deliver.sidecar.profile import PROFILES, sidecars
from syncer.model import Delivery, FileFacts, MediaFile, Note, Origin, Post, Tag

NOW = 1_730_000_000
FORMS = (xmp.IMMICH, xmp.PHOTOPRISM, xmp.DIGIKAM)
DC = "{http://purl.org/dc/elements/1.1/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DIGIKAM = "{http://www.digikam.org/ns/1.0/}"
LR = "{http://ns.adobe.com/lightroom/1.0/}"

TEXT = st.text(max_size=60) | st.text(alphabet="\x00\x0b\x1f\ud800\ufffe\r\n/|:<&]>\"' a", max_size=20)
TAGS = st.lists(st.builds(Tag, TEXT, TEXT), max_size=6).map(tuple)


def delivery(group: str = "image", **post: Any) -> Delivery:
    facts = FileFacts("ab" * 32, "cd" * 16, 5, "image/jpeg", "jpg", group)
    whole = Post(**{"site": "site", "id": "1", "url": "https://site.example/post/1", **post})
    return Delivery(facts, "a b.jpg", whole, MediaFile("https://cdn.example/1.jpg"), Origin("url"), NOW)


def folder(profile: Profile, **more: Any) -> ImportFolder:
    return ImportFolder("main", Path("/import"), profile, **more)


def block(written: bytes) -> Any:
    (rdf,) = etree.fromstring(written)
    (description,) = rdf
    return description


def items(block: Any, name: str) -> list[str]:
    return [item.text for item in block.iterfind(f"{name}/*/{RDF}li")]


@given(TAGS, TEXT, st.lists(st.builds(Note, TEXT, TEXT), max_size=3), TEXT, st.sampled_from(FORMS))
def test_any_text_gives_one_valid_block(
    tags: tuple[Tag, ...], title: str, notes: list[Note], url: str, form: xmp.Form
) -> None:
    written = xmp.render(delivery(tags=tags, title=title, notes=tuple(notes), sources=(url,)), form)
    assert written.startswith(b'<?xpacket begin="\xef\xbb\xbf"')
    found = block(written)
    names = [each.tag for each in found]
    assert len(names) == len(set(names))
    assert list(found.attrib) == [f"{RDF}about"]
    for each in found.iter():
        assert (each.text or "").strip() or len(each)
    for name in (f"{DC}subject", f"{DIGIKAM}TagsList", f"{LR}hierarchicalSubject"):
        assert len(set(items(found, name))) == len(items(found, name))


@given(TAGS)
def test_a_namespace_is_the_only_level_above_a_tag(tags: tuple[Tag, ...]) -> None:
    found = block(xmp.render(delivery(tags=tags), xmp.DIGIKAM))
    assert all(each.count("/") <= 1 for each in items(found, f"{DIGIKAM}TagsList"))
    assert all(each.count("|") <= 1 for each in items(found, f"{LR}hierarchicalSubject"))


def test_the_lists_are_of_the_kind_that_each_manager_reads() -> None:
    tags = (Tag("creator", "a"), Tag("artist", "b"), Tag("", "c"))
    for form, kind in ((xmp.IMMICH, "Bag"), (xmp.DIGIKAM, "Bag"), (xmp.PHOTOPRISM, "Seq")):
        (subjects,) = block(xmp.render(delivery(tags=tags), form)).find(f"{DC}subject")
        assert subjects.tag == f"{RDF}{kind}"
    assert items(block(xmp.render(delivery(tags=tags), xmp.PHOTOPRISM)), f"{DC}creator") == ["a, b"]
    assert items(block(xmp.render(delivery(tags=tags), xmp.DIGIKAM)), f"{DC}creator") == ["a", "b"]


@pytest.mark.parametrize("time", [None, -1, NOW + 86_401])
def test_a_time_that_is_not_known_or_not_true_is_left_out(time: int | None) -> None:
    written = xmp.render(delivery(time=time), xmp.IMMICH) + nfo.render(delivery("video", time=time))
    assert b"DateTimeOriginal" not in written
    assert b"DateCreated" not in written
    assert b"premiered" not in written


@given(TAGS, TEXT, TEXT)
def test_any_text_gives_a_movie_with_a_title(tags: tuple[Tag, ...], title: str, text: str) -> None:
    written = nfo.render(delivery("video", tags=tags, title=title, notes=(Note("n", text),)))
    movie = etree.fromstring(written)
    assert movie.tag == "movie"
    assert all((each.text or "").strip() for each in movie)
    assert len(movie.findall("title")) == 1
    assert written.rstrip().endswith(b"</movie>")


def test_a_video_without_a_title_is_called_like_its_file() -> None:
    assert b"<title>a b</title>" in nfo.render(delivery("video", title=" \x00 "))
    assert nfo.render(delivery("animation")) == b""


@pytest.mark.parametrize(("title", "after"), [("", "a & b-2"), ("Fog", "Fog")])
def test_a_video_that_gets_another_name_at_the_last_moment_is_called_by_it(title: str, after: str) -> None:
    named = dataclasses.replace(delivery("video", title=title), name="a & b.mp4")
    ((suffix, text),) = profile.renamed([("^.nfo", nfo.render(named).decode())], "a & b.mp4", "a & b-2.mp4")
    assert suffix == "^.nfo"
    assert etree.fromstring(text.encode()).findtext("title") == after


@given(TAGS, st.lists(st.builds(Note, TEXT, TEXT), max_size=4))
def test_rows_of_text_stay_rows(tags: tuple[Tag, ...], notes: list[Note]) -> None:
    given = delivery(tags=tags, notes=tuple(notes))
    rows = txt.tags(given).decode("utf-8").splitlines()
    assert all(row.strip() == row and row for row in rows)
    assert len(rows) <= len(tags)
    parts = txt.notes(given).decode("utf-8").split("\n||||\n")
    assert len(parts) <= max(1, len(notes))


@pytest.mark.parametrize("bars", ["||||", "|||||", "|" * 7])
def test_a_note_that_holds_the_separator_stays_one_note(bars: str) -> None:
    notes = (Note("a", f"one\n{bars}\ntwo"), Note("b", "three"))
    parts = txt.notes(delivery(notes=notes)).decode("utf-8").split("\n||||\n")
    assert [part.strip() for part in parts] == ["a: one\n|||\ntwo", "b: three"]


def test_text_without_content_is_not_written() -> None:
    bare = Delivery(delivery().file, "x.jpg", Post(), MediaFile(""), Origin("url"), NOW)
    assert [suffix for suffix, _ in sidecars(folder("hydrus", txt=True), bare)] == [".json"]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_longest_suffix_fits_into_what_names_leave(profile: Profile) -> None:
    given = dataclasses.replace(delivery("video", tags=(Tag("", "a"),), notes=(Note("n", "t"),)))
    for suffix, content in sidecars(folder(profile, txt=True), given):
        assert 223 + len(naming.sidecar("", suffix).encode()) <= 255
        content.decode("utf-8", "strict")


def test_sidecars_can_be_called_by_the_stem_alone() -> None:
    given = delivery(tags=(Tag("", "a"),))
    found = sidecars(folder("immich", txt=True, sidecar_names="stem"), given)
    names = [naming.sidecar("x/a b.jpg", suffix) for suffix, _ in found]
    assert names == ["x/a b.json", "x/a b.txt", "x/a b.urls.txt", "x/a b.xmp"]
    text = dataclasses.replace(given, file=dataclasses.replace(given.file, extension="txt"), name="a b.txt")
    found = sidecars(folder("plain", txt=True, sidecar_names="stem"), text)
    # A sidecar never has the name of its own media.
    assert [naming.sidecar("a b.txt", suffix) for suffix, _ in found] == ["a b.json", "a b.txt.txt", "a b.urls.txt"]


@pytest.mark.parametrize("form", FORMS)
def test_stars_are_a_rating_where_there_are_any(form: xmp.Form) -> None:
    rated = dataclasses.replace(delivery(), stars=4)
    (rating,) = block(xmp.render(rated, form)).iterfind("{http://ns.adobe.com/xap/1.0/}Rating")
    assert rating.text == "4"
    assert b"Rating" not in xmp.render(delivery(), form)


def test_a_sidecar_can_stand_in_place_of_the_extension(tmp_path: Path) -> None:
    assert naming.sidecar("a.b/v1.2.mp4", "^.nfo") == "a.b/v1.2.nfo"
    assert naming.sidecar("a.b/clip.mp4", ".json") == "a.b/clip.mp4.json"
    target = Target(ImportFolder("main", tmp_path / "import"), VirtualClock(NOW))
    target.prepare()
    part = target.part(1)
    part.write_bytes(b"film")
    both = ((".json", b"{}"), ("^.nfo", b"<movie/>"))
    target.write_part(part, both).alone()
    target.put_sidecars("x/clip.mp4", both, part=part)
    target.lay_media(part, "x/clip.mp4").alone()
    names = {path.name for path in (tmp_path / "import" / "x").iterdir()}
    assert names == {"clip.mp4", "clip.mp4.json", "clip.nfo"}
    target.remove_sidecars("x/clip.mp4", both)
    assert [path.name for path in (tmp_path / "import" / "x").iterdir()] == ["clip.mp4"]
