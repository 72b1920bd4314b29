"""Which threads of a catalogue are wanted, by the words of their title and first text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import texts
from syncer.errors import ItemError
from syncer.filters import threads

TITLE, TEXT = "Mountains & Lakes, part 2", "Post your best shots.\nRe:Zero wallpapers are welcome, no night_scenes"


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("mountains", True),
        ("mountain", False),
        ("mountain*", True),
        ("MOUNT*NS", True),
        ("*ake*", True),
        ("*", True),
        ("mountains lakes", True),
        ("lakes mountains", False),
        ("mountains, lakes", True),
        ("mountains -lakes", False),
        ("lakes, -winter", True),
        ("lakes, -night scenes", False),
        ("*, -general", True),
        ("title:lakes", True),
        ("text:lakes", False),
        ("text:wallpapers", True),
        (":re:zero", True),
        (r"re\:zero", True),
        ("part 2", True),
        ("night scenes", True),
        ("best * re", True),
    ],
)
def test_a_rule_is_met_by_whole_words_in_title_or_text(rule: str, wanted: bool) -> None:
    assert threads.judge((rule,), TITLE, TEXT).taken is wanted
    assert texts.thread_rule(rule) == rule


def test_the_verdict_names_the_rule_and_the_place() -> None:
    taken = threads.judge(("sea", "text:re zero"), TITLE, TEXT)
    assert (taken.rule, taken.why) == ("text:re zero", 'its text meets "text:re zero"')
    near = threads.judge(("sea", "lakes, -wallpapers"), TITLE, TEXT)
    assert (near.taken, near.why) == (
        False,
        'it would meet "lakes, -wallpapers" but for a word with a minus in its text',
    )
    assert threads.judge(("sea",), TITLE, TEXT).why == "its title and first text meet none of the words"
    assert threads.judge((), "", "").taken


@pytest.mark.parametrize(
    ("rule", "cure"),
    [
        ("-night", '"*, -night"'),
        ("artist:joan", "title:"),
        ("lake,,sea", "empty part"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_cure(rule: str, cure: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cure)):
        texts.thread_rule(rule)
    with pytest.raises(ItemError):
        threads.judge((rule,), TITLE, TEXT)


WORD = st.text("abcdefghäß空0123456789", min_size=1, max_size=6)


@given(st.lists(WORD, min_size=1, max_size=6), st.data())
def test_any_words_in_a_row_are_found_whatever_stands_between_them(words: list[str], data: st.DataObject) -> None:
    between = data.draw(st.lists(st.sampled_from([" ", ", ", "-", "/", "\n", " & "]), min_size=6, max_size=6))
    text = "".join(word + mark for word, mark in zip(words, between, strict=False))
    start = data.draw(st.integers(0, len(words) - 1))
    phrase = " ".join(words[start : data.draw(st.integers(start + 1, len(words)))]).upper()
    assert threads.judge((phrase,), text, "").taken
    assert threads.judge((f"*, -{phrase}",), "", text).taken is False
