"""Cleaning of tags: what looks the same is the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.filters.clean import MOST_BYTES, MOST_TAGS, clean, clean_all
from syncer.model import Tag

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
CONJUNCT = "\u0915\u094d\u200d\u0937"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
HEART_ON_FIRE = "\u2764\ufe0f\u200d\U0001f525"
HEBREW = "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd"


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("blue\u200b eyes", "blue eyes"),
        ("blue\u00a0\t\r\n eyes ", "blue eyes"),
        ("blue\x00sky", "bluesky"),
        ("\u202eevil\u202c", "evil"),
        ("\ufeffsky", "sky"),
        ("soft\u00adhyphen", "softhyphen"),
        ("cafe\u0301", "caf\u00e9"),
        ("e\u200b\u0301", "\u00e9"),
        ("la\u200dtin", "latin"),
        ("private\ue000use", "privateuse"),
        ("half \ud83d pair", "half pair"),
        ("hangul\u3164filler", "hangulfiller"),
        ("sky\u2028line", "sky line"),
        ("under_score Capital", "under_score Capital"),
        (FAMILY, FAMILY),
        (PERSIAN, PERSIAN),
        (CONJUNCT, CONJUNCT),
        (ENGLAND, ENGLAND),
        (HEART_ON_FIRE, HEART_ON_FIRE),
        (HEBREW, HEBREW),
        ("\U0001f600\u200d", "\U0001f600"),
        ("a\u200d\U0001f600", "a\U0001f600"),
        ("\U0001f468\u200d\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("x\U000e0067\U000e0062", "x"),
        ("re:zero", "re:zero"),
    ],
)
def test_texts(written: str, cleaned: str) -> None:
    assert clean(Tag("", written)) == Tag("", cleaned)


@pytest.mark.parametrize(
    "nothing", ["", "  ", "\u200e", "\u200d", "\u3164", "\u2800", "\x00\x1f", "\ufe0f", "\u0301", "\ud800"]
)
def test_what_cannot_be_seen_is_no_tag(nothing: str) -> None:
    assert clean(Tag("creator", nothing)) is None


def test_a_namespace_keeps_no_colon() -> None:
    assert clean(Tag("Artist:", "joan")) == Tag("Artist", "joan")
    assert str(clean(Tag("a:b", "c"))) == "a b:c"
    assert clean(Tag(":", ":p")) == Tag("", ":p")


def test_a_namespace_of_which_nothing_is_left_is_none() -> None:
    assert clean(Tag("\u200e", "sky")) == Tag("", "sky")
    assert clean(Tag(" crea\u200btor ", "a  b")) == Tag("creator", "a b")


def test_length_is_cut_by_bytes_on_a_character() -> None:
    tag = clean(Tag("", "\u96ea" * 500))
    assert tag is not None
    assert tag.text == "\u96ea" * (MOST_BYTES // 3)
    assert clean(Tag("", "a" * 3000)) == Tag("", "a" * MOST_BYTES)


def test_twins_fall_together_in_their_order_and_hostile_numbers_are_bounded() -> None:
    tags = [Tag("", "b"), Tag("", "a\u200b"), Tag("", "a"), Tag("", "\u200b"), Tag("x", "a")]
    assert clean_all(tags) == (Tag("", "b"), Tag("", "a"), Tag("x", "a"))
    assert len(clean_all(Tag("", str(number)) for number in range(3 * MOST_TAGS))) == MOST_TAGS


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_is_cleaned_once_for_all(text: str, namespace: str) -> None:
    tag = clean(Tag(namespace, text))
    if tag is None:
        return
    assert clean(tag) == tag
    assert tag.text
    assert len(tag.text.encode("utf-8")) <= MOST_BYTES
    assert tag.text == unicodedata.normalize("NFC", tag.text)
    assert tag.text == " ".join(tag.text.split())
    assert not any(
        unicodedata.category(each) in ("Cc", "Cs", "Co") or each in "\u202a\u202e\u200b\ufeff" for each in tag.text
    )
