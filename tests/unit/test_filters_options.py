"""Layers of options: which one sets what, and what is refused."""

from __future__ import annotations

from dataclasses import fields

import pytest

from syncer.config.option_values import OPTION_DEFAULTS
from syncer.errors import ConfigError
from syncer.filters.options import Options, resolve


def test_without_layers_the_defaults_hold() -> None:
    resolved = resolve([])
    assert resolved.options.types == OPTION_DEFAULTS["types"]
    assert resolved.options.min_size == 0
    assert resolved.options.blacklist == ()
    assert dict(resolved.layer) == dict.fromkeys(OPTION_DEFAULTS, "default")
    assert {each.name for each in fields(Options)} == set(OPTION_DEFAULTS)


def test_the_most_specific_layer_sets_a_key_and_lists_replace() -> None:
    resolved = resolve(
        [
            ("base", {"types": ["image"], "min_size": 10, "blacklist": ["comic"]}),
            ("site birds", {"min_size": 20}),
            ("query", {"blacklist": ["sketch"]}),
        ]
    )
    assert resolved.options.types == ("image",)
    assert resolved.options.min_size == 20
    assert resolved.options.blacklist == ("sketch",)
    said = {key: layer for key, layer in resolved.layer.items() if layer != "default"}
    assert said == {"types": "base", "min_size": "site birds", "blacklist": "query"}


def test_extend_adds_without_repeats_and_names_both_layers() -> None:
    resolved = resolve(
        [
            ("base", {"blacklist": ["a", "b"]}),
            ("site birds", {"extend_blacklist": ["b", "c"]}),
            ("query", {"min_size": 1}),
        ]
    )
    assert resolved.options.blacklist == ("a", "b", "c")
    assert resolved.layer["blacklist"] == "base + site birds"


def test_extend_in_the_same_layer_adds_to_what_the_layer_sets_whatever_the_order() -> None:
    resolved = resolve([("base", {"extend_blacklist": ["b"], "blacklist": ["a"]})])
    assert resolved.options.blacklist == ("a", "b")


def test_a_later_replacement_drops_what_was_added_before() -> None:
    resolved = resolve([("base", {"extend_blacklist": ["a"]}), ("query", {"blacklist": []})])
    assert resolved.options.blacklist == ()


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"min_sise": 3}, 'Did you mean "min_size"?'),
        ({"extend_min_size": 3}, "only lists can be extended"),
        ({"min_size": "10 KB"}, "number of bytes"),
        ({"min_size": True}, "number of bytes"),
        ({"min_size": -1}, "number of bytes"),
        ({"thread_title": "yes"}, "one of no, tag, note, both"),
        ({"blacklist": "comic"}, "a list of texts"),
        ({"blacklist": [3]}, "a list of texts"),
        ({"namespaces": ["artist"]}, "a table of texts"),
        ({"animated": "yes"}, "true or false"),
        ({"underscores": "drop"}, "one of keep, blanks"),
        ({"max_width": -1}, "a number, 0 or more"),
        ({"extend_animated": True}, "only lists can be extended"),
    ],
)
def test_what_makes_no_sense_is_refused_with_layer_and_cure(layer: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve([("site birds", layer)])
    assert words in str(caught.value)
    assert "site birds" in str(caught.value)


def test_layers_stay_as_they_were() -> None:
    base: dict[str, object] = {"blacklist": ["a"]}
    resolve([("base", base), ("query", {"extend_blacklist": ["b"]})])
    assert base == {"blacklist": ["a"]}


def test_a_table_is_extended_key_by_key() -> None:
    resolved = resolve(
        [
            ("base", {"namespaces": {"artist": "creator", "copyright": "series"}}),
            ("query", {"extend_namespaces": {"artist": "by"}}),
        ]
    )
    assert dict(resolved.options.namespaces) == {"artist": "by", "copyright": "series"}
    assert resolved.layer["namespaces"] == "base + query"
