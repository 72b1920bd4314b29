"""Each key, table and list item is found on its line, and what tomlkit cannot read only costs the lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.config import export, load, where
from syncer.errors import ConfigError

TEXT = """# c
top = 1
a.b.c = 3
"q k".x = 2

[folders]
  inbox = "x"
arr = [
  "one",
  # c
  "two", { q = "z", p = true },
  [1,
   2],
  false, "",
]
[check.subscriptions]
intended = 4

[other]
[check.watchers]
fastest = "x"
[[subs]]
name = "a"
queries = ["b",
 \"\"\"multi
line\"\"\", "c"]
[subs.inner]
z = 1
[[subs.deep.list]]
k = 1
[[subs.deep.list]]
k = 2
[[subs]]
name = "b"
t = {a = 1, b = {c = 2}}
[x.y.z]
w = 1
[x.y]
v = 2
[x]
u = 3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("a", "b", "c"), 3),
        (("a", "b"), 3),
        (("q k",), 4),
        (("folders",), 6),
        (("folders", "inbox"), 7),
        (("folders", "nothing"), 6),
        (("folders", "arr"), 8),
        (("folders", "arr", 0), 9),
        (("folders", "arr", 1), 11),
        (("folders", "arr", 2, "p"), 11),
        (("folders", "arr", 3, 1), 13),
        (("folders", "arr", 4), 14),
        (("folders", "arr", 5), 14),
        (("folders", "arr", 9), 8),
        (("check", "subscriptions", "intended"), 17),
        (("check", "watchers"), 20),
        (("check", "watchers", "fastest"), 21),
        (("other",), 19),
        (("subs", 0), 22),
        (("subs", 0, "queries", 1), 25),
        (("subs", 0, "queries", 2), 26),
        (("subs", 0, "inner", "z"), 28),
        (("subs", 0, "deep", "list", 0, "k"), 30),
        (("subs", 0, "deep", "list", 1), 31),
        (("subs", 1, "name"), 34),
        (("subs", 1, "t", "b", "c"), 35),
        (("x", "y", "z", "w"), 37),
        (("x", "y", "v"), 39),
        (("x", "u"), 41),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_each_thing_is_found_on_its_line(path: tuple[str | int, ...], line: int | None) -> None:
    assert where.locate(TEXT).line(path) == line


def test_windows_lines_count_the_same() -> None:
    lines = where.locate(TEXT.replace("\n", "\r\n"))
    assert lines.line(("subs", 1, "t", "b", "c")) == 35


@pytest.mark.parametrize("text", ["a = ", "[[[", "x = " + "[" * 5000, "\x00", "a = 1\na = 2"])
def test_what_cannot_be_read_has_no_lines(text: str) -> None:
    assert where.locate(text).line(("a",)) is None


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*path, index))
    else:
        yield path, data


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    numbers = iter(range(1_000_000, 2_000_000))
    keys = st.sampled_from(["a", "b", "c d", "é", "name"])
    tree = st.recursive(
        st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    )

    def fill(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: fill(value) for key, value in node.items()}
        return [fill(value) for value in node] if isinstance(node, list) else next(numbers)

    filled: dict[str, Any] = fill(draw(st.dictionaries(keys, tree, max_size=4)))
    return filled


@settings(deadline=None)
@given(documents())
def test_any_value_is_found_where_it_stands(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    lines, found = text.split("\n"), where.locate(text)
    for path, number in leaves(tomllib.loads(text)):
        line = found.line(path)
        assert line is not None
        assert str(number) in lines[line - 1]


def switched_on(text: str) -> str:
    """Take away each # that switches a key or table off."""
    return re.sub(r"^#(?=\S)(?!blacklist_from|ca_file)", "", text, flags=re.MULTILINE)


def test_an_unknown_key_is_found_at_every_level() -> None:
    lines = switched_on(export.example()).split("\n")
    headers = [index for index, line in enumerate(lines) if line.startswith("[")]
    assert len(headers) >= 12
    for index in headers:
        text = "\n".join([*lines[: index + 1], "zzqx = 1", *lines[index + 1 :]])
        with pytest.raises(ConfigError) as caught:
            load.parse(text, Path("/home/someone/config.toml"))
        (problem,) = caught.value.problems
        assert problem.startswith(f"config.toml:{index + 2}: ")
        assert ".zzqx: unknown key; known here: " in problem
    with pytest.raises(ConfigError) as caught:
        load.parse("\n".join(["zzqx = 1", *lines]), Path("/home/someone/config.toml"))
    assert caught.value.problems[0].startswith("config.toml:1: zzqx: unknown key; known here: include, folders, ")


def test_an_unknown_key_in_a_query_is_found() -> None:
    text = switched_on(export.example()).replace('dead = "never"}', 'zzqx = "never"}')
    line = next(number for number, content in enumerate(text.split("\n"), 1) if "zzqx" in content)
    with pytest.raises(ConfigError) as caught:
        load.parse(text, Path("/home/someone/config.toml"))
    (problem,) = caught.value.problems
    assert problem.startswith(f'config.toml:{line}: subscriptions "landscapes".queries "sea cliffs".zzqx: unknown key')
    assert problem.endswith(
        "known here: q, paused, gaps, priority, bandwidth, preset, intended, fastest, slowest, dead, every,"
        " all keys of [options]"
    )
