"""The JSON sidecar: its exact form, and read back by the rules by which hydrus reads it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config.settings import ImportFolder
from syncer.deliver.sidecar import content, profile
from syncer.deliver.sidecar import json as sidecar
from syncer.deliver.sidecar.profile import sidecars
from syncer.errors import ConfigError
from syncer.model import Delivery, FileFacts, MediaFile, Note, Origin, Post, Tag

DELIVERY = Delivery(
    file=FileFacts("ab" * 32, "cd" * 16, 12_345, "image/jpeg", "jpg", "image", 800, 600, 1),
    name="site_1_0.jpg",
    post=Post(
        site="site",
        id="1",
        url="https://www.site.example/post/1",
        tags=(Tag("creator", "some artist"), Tag("", "blue sky"), Tag("", "re:zero")),
        notes=(Note("artist commentary", "first line\nsecond line"),),
        sources=("https://source.example/9", "https://www.site.example/post/1"),
        title="Évening",
        time=1_619_630_409,
    ),
    media=MediaFile("https://cdn.example/1.jpg"),
    origin=Origin("subscription", "landscapes", "sky cloud", "site:sky+cloud"),
    delivered_at=1_730_000_000,
)

WRITTEN = """{
  "syncer": 1,
  "tags": ["creator:some artist", "blue sky", ":re:zero"],
  "urls": ["https://www.site.example/post/1", "https://cdn.example/1.jpg", "https://source.example/9"],
  "post_url": "https://www.site.example/post/1",
  "file_url": "https://cdn.example/1.jpg",
  "sources": ["https://source.example/9", "https://www.site.example/post/1"],
  "notes": ["artist commentary: first line\\nsecond line"],
  "title": "Évening",
  "stars": null,
  "source_time": 1619630409,
  "source_times": {"site.example": 1619630409},
  "file": {"name": "site_1_0.jpg", "sha256": "HASH", "md5": "MD5", "size": 12345, "type": "image/jpeg", "width": 800, "height": 600},
  "from": {"site": "site", "post": "1", "by": "subscription", "name": "landscapes", "query": "sky cloud", "follow": "site:sky+cloud", "time": 1730000000}
}
"""  # noqa: E501  # the file as it is written


def read(delivery: Delivery) -> dict[str, object]:
    found = json.loads(sidecar.render(delivery).decode("utf-8"))
    assert isinstance(found, dict)
    return found


def with_post(**changes: object) -> Delivery:
    return dataclasses.replace(DELIVERY, post=dataclasses.replace(DELIVERY.post, **changes))  # type: ignore[arg-type]  # by name


def hydrus_note(row: str) -> tuple[str, str] | None:
    """A note as hydrus takes it from a row: the first colon with a blank parts; an escaped one is put back."""
    name, colon, text = row.strip().partition(": ")
    return (name.replace(":\\ ", ": "), text) if colon and name and text else None


def test_the_sidecar_to_the_letter() -> None:
    expected = WRITTEN.replace("HASH", "ab" * 32).replace("MD5", "cd" * 16)
    assert sidecar.render(DELIVERY).decode("utf-8") == expected


def test_what_is_not_known_is_null_or_empty_and_every_key_stays() -> None:
    bare = Delivery(
        FileFacts("0" * 64, "0" * 32, 1, "video/mp4", "mp4", "video"), "x.mp4", Post(), MediaFile(""), Origin("url"), 5
    )
    found = read(bare)
    assert list(found) == list(read(DELIVERY))
    assert found["tags"] == found["urls"] == found["sources"] == found["notes"] == []
    assert found["post_url"] is found["file_url"] is found["title"] is found["source_time"] is None
    assert found["source_times"] == {}
    assert found["file"] == {
        "name": "x.mp4", "sha256": "0" * 64, "md5": "0" * 32, "size": 1, "type": "video/mp4", "width": None, "height": None,
    }  # fmt: skip
    assert found["from"] == {"site": "", "post": None, "by": "url", "name": "", "query": "", "follow": "", "time": 5}


def test_the_urls_of_the_delivery_come_first_to_last_without_repeats_or_nonsense() -> None:
    urls = (
        "https://a.example/1",
        "javascript:alert(1)",
        "https://b.example/2",
        "https://a.example/1",
        "https://c.example/ 3",
        "",
    )
    assert read(dataclasses.replace(DELIVERY, urls=urls))["urls"] == ["https://a.example/1", "https://b.example/2"]
    assert read(with_post(sources=("ftp://x.example", "not a url", "https://ok.example\n")))["sources"] == []


@pytest.mark.parametrize("time", [DELIVERY.delivered_at + 86_401, -1, 604_799])
def test_a_time_that_hydrus_would_refuse_is_left_out(time: int) -> None:
    found = read(with_post(time=time))
    assert found["source_time"] is None
    assert found["source_times"] == {}


def test_each_domain_has_its_own_time_where_several_tell_one() -> None:
    told = (("site.example", 1_619_630_409), ("other.example", 1_556_472_009), ("odd.example", 0))
    found = read(with_post(time=1_556_472_009, times=told))
    assert found["source_time"] == 1_556_472_009
    assert found["source_times"] == {"site.example": 1_619_630_409, "other.example": 1_556_472_009}


def test_a_time_a_little_ahead_of_our_clock_is_now() -> None:
    for ahead in (1, 3600, 86_400):
        assert read(with_post(time=DELIVERY.delivered_at + ahead))["source_time"] == DELIVERY.delivered_at


def test_what_could_not_be_verified_is_told() -> None:
    facts = dataclasses.replace(DELIVERY.file, unverified=("md5: the site says ff, the bytes say cd",))
    assert read(dataclasses.replace(DELIVERY, file=facts))["file"] == {
        **read(DELIVERY)["file"],  # type: ignore[dict-item]  # it is a mapping
        "unverified": ["md5: the site says ff, the bytes say cd"],
    }


def test_bytes_have_no_mark_no_surrogates_and_a_line_feed_at_the_end() -> None:
    written = sidecar.render(with_post(title="half \ud83d pair"))
    assert not written.startswith(b"\xef\xbb\xbf")
    assert written.endswith(b"}\n")
    assert "half ? pair" in written.decode("utf-8", "strict")


@pytest.mark.parametrize(
    ("note", "row", "as_hydrus"),
    [
        (Note("artist: says", "a: b"), "artist:\\ says: a: b", ("artist: says", "a: b")),
        (Note("", "text"), "note: text", ("note", "text")),
        (Note("a\nb", " text \n"), "a b: text", ("a b", "text")),
        (Note("ends:", "text"), "ends:: text", ("ends:", "text")),
        (Note("name", " \n"), "", None),
    ],
)
def test_notes(note: Note, row: str, as_hydrus: tuple[str, str] | None) -> None:
    assert content.note_row(note) == row
    assert hydrus_note(row) == as_hydrus


@given(st.text(max_size=40), st.text(max_size=200))
def test_hydrus_reads_back_every_note(name: str, text: str) -> None:
    row = content.note_row(Note(name, text))
    expected = (" ".join(name.split()) or "note", text.strip())
    if not expected[1]:
        assert row == ""
    elif ":\\ " not in name:
        assert hydrus_note(row) == expected


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=50), st.text(max_size=50))
def test_any_text_gives_json_with_flat_lists(tags: list[str], title: str, url: str) -> None:
    found = read(with_post(tags=tuple(Tag("", each) for each in tags), title=title, url=url, sources=(url,)))
    for key in ("tags", "urls", "sources", "notes"):
        values = found[key]
        assert isinstance(values, list)
        assert all(isinstance(each, str) and each for each in values)
        assert len(set(values)) == len(values)


def test_profiles() -> None:
    content = sidecar.render(DELIVERY)
    folder = ImportFolder("main", Path("/import"), "hydrus")
    for each in (folder, dataclasses.replace(folder, profile="plain")):
        assert sidecars(each, DELIVERY) == ((".json", content),)
        assert sidecars(dataclasses.replace(each, json=False), DELIVERY) == ()
    with pytest.raises(ConfigError, match="no profile 'lightroom'"):
        profile.profile("lightroom")
