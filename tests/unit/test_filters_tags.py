"""Tag rules: comma is and, minus is not, over all cleaned tags."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.config import texts
from syncer.errors import ItemError
from syncer.filters import tags, terms
from syncer.filters.options import Options, resolve
from syncer.model import Post, Tag


def options(*rules: str) -> Options:
    return resolve([("base", {"blacklist": list(rules)})]).options


def post(*names: str) -> Post:
    """A post whose tags are written `namespace:text`, or `:text` for one without."""
    split = (name.partition(":") if ":" in name else ("", "", name) for name in names)
    return Post(tags=tuple(Tag(namespace, text) for namespace, _, text in split))


def skipped(rule: str, *names: str) -> bool:
    return not tags.judge(options(rule), post(*names)).taken


@pytest.mark.parametrize(
    ("rule", "names", "hit"),
    [
        ("comic", ["comic"], True),
        ("comic", ["comics"], False),
        ("comic", ["meta:comic"], False),
        ("*:comic", ["meta:comic"], True),
        ("*:comic", ["comic"], True),
        ("hair, -red hair", ["hair"], True),
        ("hair, -red hair", ["hair", "red hair"], False),
        ("hair, -red_hair, -tree", ["hair", "tree"], False),
        ("hair, -red_hair, -tree", ["hair", "sky"], True),
        ("male -female -rating:safe", ["male"], True),
        ("male -female -rating:safe", ["male", "female"], False),
        ("male -female -rating:safe", ["male", "rating:safe"], False),
        ("sky, sea", ["sky"], False),
        ("sky, sea", ["sea", "sky"], True),
        ("creator:*", ["creator:anna"], True),
        ("creator:*", ["anna"], False),
        ("*", ["creator:anna"], False),
        ("*", ["anna"], True),
        ("creator:a*a", ["creator:anna"], True),
        ("creator:a*a", ["creator:a"], False),
        ("*ing", ["drawing"], True),
        ("red *", ["red leaf"], True),
        ("red *", ["redwood"], False),
        ("Blue_Sky", ["blue sky"], True),
        ("\ufeffblue\u200b sky\u200e", ["blue sky"], True),
        ("creator:\u2060a\u0308*", ["creator:\xe4x"], True),
        ("blue sky", ["BLUE_SKY"], True),
        (":re:zero", [":re:zero"], True),
        (r"re\:zero", [":re:zero"], True),
        (":re:zero", ["re:zero"], False),
        ("re:zero", ["re:zero"], True),
        (r"\-_-", ["-_-"], True),
        (r"a\, b", ["a, b"], True),
        (r"\*", ["star"], False),
        (r"\*", ["*"], True),
        (r"yes\,", ["yes,"], True),
        ("hair -, sky", ["hair -", "sky"], True),
        ("__", ["__"], True),
        ("__", ["sky"], False),
        ("creator:_", ["creator:_"], True),
        ("creator:_", ["creator:anna"], False),
        ("caf\u00e9", ["cafe\u0301"], True),
        ("spider-man", ["spider-man"], True),
        ("blue eyes", ["blue\u200b eyes"], True),
        ("straße", ["STRASSE"], True),
        ("a,a", ["a"], True),
        ("a, -a", ["a"], False),
    ],
)
def test_rules(rule: str, names: list[str], hit: bool) -> None:
    assert skipped(rule, *names) is hit


def test_the_verdict_names_the_rule_and_the_tag() -> None:
    verdict = tags.judge(options("sketch", "hair,   -red hair"), post("sky", "Hair"))
    assert verdict.rule == "blacklist: hair, -red hair"
    assert 'its tag "Hair" meets the blacklist rule "hair, -red hair"' in verdict.why


def test_the_first_rule_in_the_lists_order_is_named_whatever_the_order_of_tags() -> None:
    for names in (("sky", "sea"), ("sea", "sky")):
        assert tags.judge(options("sea", "sky"), post(*names)).rule == "blacklist: sea"


def test_no_rules_and_no_tags_take_everything() -> None:
    assert tags.judge(options(), post("anything")).taken
    assert tags.judge(options("sky", "*"), post()).taken


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "empty part"),
        ("a,,b", "empty part"),
        ("a, -", "empty part"),
        ("creator:", "empty part"),
        ("-sky", "only says what is not there"),
        ("-sky, -sea", "only says what is not there"),
    ],
)
def test_rules_that_cannot_be_read_say_the_cure(rule: str, words: str) -> None:
    with pytest.raises(ItemError) as caught:
        tags.read(rule)
    assert words in str(caught.value)
    assert caught.value.advice
    assert words in tags.problems(["fine", rule])[0]


def test_a_rule_of_wildcards_cannot_stall() -> None:
    hostile = "a" * 1000
    started = time.process_time()
    assert not skipped("*" + "a*" * 200 + "b", *[hostile + str(number) for number in range(50)])
    assert time.process_time() - started < 1.0


WORDS = ["sky", "sea", "tree", "bird"]


@given(
    st.lists(
        st.lists(st.tuples(st.booleans(), st.sampled_from(WORDS)), min_size=1, max_size=4), min_size=1, max_size=4
    ),
    st.sets(st.sampled_from(WORDS)),
)
def test_the_index_decides_as_the_rules_read(rules: list[list[tuple[bool, str]]], present: set[str]) -> None:
    positive = [rule for rule in rules if not all(negative for negative, _ in rule)]
    texts = [", ".join(("-" if negative else "") + word for negative, word in rule) for rule in positive]
    expected = [
        text
        for text, rule in zip(texts, positive, strict=True)
        if all((word in present) is not negative for negative, word in rule)
    ]
    verdict = tags.judge(options(*texts), post(*sorted(present)))
    assert verdict.rule == (f"blacklist: {expected[0]}" if expected else "")


_RULES = st.text(alphabet="a -,:*\\_\u200b\u3164", max_size=8)


@given(_RULES)
def test_the_config_takes_those_rules_that_can_be_read(rule: str) -> None:
    assert _reads(texts.tag_rule, rule) is _reads(tags.read, rule)
    assert not _reads(texts.tag_term, rule) or _reads(terms.term, rule)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text.strip())
    except (ValueError, ItemError):
        return False
    return True
