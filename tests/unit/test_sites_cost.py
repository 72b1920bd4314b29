"""Which patterns need no look at the clock, and that they mean the same with and without."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.sites import cost
from syncer.sites.patterns import Pattern


@pytest.mark.parametrize(
    ("source", "far"),
    [
        ("_", 4_000_000),
        (r"\.jpg", 4_000_000),
        ("[a-z+*]", 4_000_000),
        ("colou?r", 2_000_000),
        (r"\d+", 2_000),
        (r"^\d+$", 4_000_000),
        (r"a|\d+", 1_414),
        (r"^https?://[^/]+/(.*)\.jpg", 1_414),
        ("x{2,3}y*z+", 44),
        ("(?i)(?P<a>x)(?=y)(?:z)", 4_000_000),
    ],
)
def test_the_reach_falls_with_every_repeat_and_choice(source: str, far: int) -> None:
    assert cost.reach(source) == far


@pytest.mark.parametrize(
    "source",
    [
        "(a+)+",
        "(a|aa)*",
        r"(a)\1",
        "(?P<a>b)(?P=a)",
        "(a)(?(1)b|c)",
        "(?x)a +",
        "(?:a*){2}",
        "[[a]",
        "a?" * 11,
        "(?=a+)*",
    ],
)
def test_what_cannot_be_bounded_is_watched_on_any_text(source: str) -> None:
    assert cost.reach(source) == 0


PIECES = ["a", "b*", "[ab]+", ".*", "c?", "(a|b)", "x", r"\w+", "(?:ab)?", "$"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join), st.text(alphabet="abcx ", max_size=60))
def test_a_pattern_means_the_same_on_short_texts_and_long_ones(source: str, text: str) -> None:
    quick, watched = Pattern(source), Pattern(source)
    watched._reach = -1
    for pattern in (quick, watched):
        assert pattern.sub("-", text) == re.sub(source, "-", text)
    one, other = quick.search(text), watched.search(text)
    assert (one and (one.group(), one.groups())) == (other and (other.group(), other.groups()))


@pytest.mark.parametrize(
    "source", ["a*a*a*a*b", "a*?a*?a*?b", "^a*a*a*b", ".*.*=", "(?:a|a)(?:a|a)(?:a|a)a*b", r"\s+$", "a+?b|a+?c|a+?d"]
)
def test_within_its_reach_nothing_takes_long(source: str) -> None:
    pattern = Pattern(source)
    began = time.thread_time()
    pattern.search(("a" if "a" in source else " ") * cost.reach(source) + "!")
    assert time.thread_time() - began < 1.0  # about 0.04 s; the bound leaves room for slow machines
