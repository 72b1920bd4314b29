"""What of a post's metadata is written: tags kept, dropped, renamed and added, notes chosen and cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.filters import written
from syncer.filters.clean import clean_all
from syncer.filters.options import Options, resolve
from syncer.model import Note, Post, Tag

FOUND = tuple(
    map(
        written.read_tag,
        ("artist:jo", "copyright:re:zero", "blue_sky", "meta:tagme", ":re:zero", "1girl", "creator:An"),
    )
)


def options(**keys: object) -> Options:
    return resolve([("base", keys)]).options


def told(**keys: object) -> list[str]:
    return [str(tag) for tag in written.tags(options(**keys), FOUND)]


def test_by_default_every_tag_is_written_as_the_site_spells_it() -> None:
    assert told() == ["artist:jo", "copyright:re:zero", "blue_sky", "meta:tagme", ":re:zero", "1girl", "creator:An"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"tags": ["*"]}, ["blue_sky", ":re:zero", "1girl"]),
        ({"tags": ["creator:*", "artist:*"]}, ["artist:jo", "creator:An"]),
        ({"tags": ["blue sky"]}, ["blue_sky"]),
        ({"tags": []}, []),
        ({"drop_tags": ["meta:*", "*:*zero", "1girl"]}, ["artist:jo", "blue_sky", "creator:An"]),
        ({"tags": ["*"], "drop_tags": ["1*"], "underscores": "blanks"}, ["blue sky", ":re:zero"]),
        ({"tags": ["creator:*"], "namespaces": {"Artist": "creator"}}, ["creator:jo", "creator:An"]),
        (
            {"tags": ["*"], "namespaces": {"copyright": "", "meta": ""}, "drop_tags": ["tagme"]},
            [":re:zero", "blue_sky", "1girl"],
        ),
        ({"tags": ["woman"], "rename_tags": {"1girl\u200b": "woman"}}, ["woman"]),
        ({"tags": ["woman"], "rename_tags": {"1girl": "woman", "blue sky": "woman"}}, ["woman"]),
        ({"tags": [], "add_tags": ["from:syncer", "from:syncer", "a b"]}, ["from:syncer", "a b"]),
        ({"max_tag_length": 5}, ["artist:jo", "meta:tagme", "1girl", "creator:An"]),
    ],
)
def test_tags(keys: dict[str, object], expected: list[str]) -> None:
    assert told(**keys) == expected


def test_a_renamed_tag_may_get_another_namespace_and_counts_by_its_new_name() -> None:
    assert told(rename_tags={"artist:jo": "creator:joan"}, tags=["creator:*"]) == ["creator:joan", "creator:An"]


@given(st.lists(st.builds(Tag, st.text(max_size=8), st.text(max_size=12)), max_size=20))
def test_without_options_writing_is_cleaning(found: list[Tag]) -> None:
    assert written.tags(options(), found) == clean_all(found)


NOTES = (Note("commentary", "one\ntwo"), Note("title", "A"), Note("commentary", " one\ntwo "), Note("empty", " "))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, [NOTES[0], NOTES[1]]),
        ({"notes": []}, []),
        ({"notes": ["Commentary"]}, [NOTES[0]]),
        ({"max_note": 4}, [Note("commentary", "one …"), Note("title", "A")]),
    ],
)
def test_notes(keys: dict[str, object], expected: list[Note]) -> None:
    assert list(written.notes(options(**keys), NOTES)) == expected


def test_names_of_notes_are_cleaned_and_capitals_make_no_twins() -> None:
    found = (Note("com\u200bmentary \u202e", "a"), Note("Commentary", "a"), Note("x" * 5000, "b"), Note("\u200e", "c"))
    names = [note.name for note in written.notes(options(notes=["*"]), found)]
    assert names == ["commentary", "x" * 1024, ""]
    assert written.notes(options(notes=["Commentary"]), found) == (Note("commentary", "a"),)


def test_a_cut_note_never_ends_inside_a_letter() -> None:
    (note,) = written.notes(options(max_note=2), [Note("n", "a\u20acb")])
    assert note.text == "a …"


def test_sources_are_left_out_where_that_is_wished() -> None:
    post = Post(sources=("https://a.example/1",), tags=(Tag("", "x"),))
    assert written.post(options(), post).sources == ("https://a.example/1",)
    assert written.post(options(sources=False), post).sources == ()


def test_titles_and_notes_hold_nothing_that_a_terminal_obeys() -> None:
    text = "\x1b]0;evil\x07one\r\ntwo\rthree\x0bfour\x00\x9b2J\ud83d\tand \U0001f600"
    found = Post(title=text, notes=(Note("n", text), Note("m", "\x00")))
    plain = "]0;evilone\ntwo\nthree\nfour2J\tand \U0001f600"
    told = written.post(options(), found)
    assert (told.title, told.notes) == (plain, (Note("n", plain),))
    assert written.post(options(), told) == told
