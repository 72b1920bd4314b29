"""A sample with a page says at once when the parser finds something else there."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.sites import library

SITE = """
[site]
name = "Birds"
root = "https://birds.example"

[[url]]
name = "post"
kind = "post"
match = "/post/{id:digits}"
parser = "post"

[parser.post]
get = [
  { what = "file", css = "a.full", attr = "href" },
  { what = "tag", css = "li" },
  { what = "title", css = "h1" },
]

[[sample]]
url = "/post/7"
page = '<h1>Owl</h1><a class="full" href="/f/7.png">x</a><ul><li>snow<li>owl</ul>'
finds = FINDS
"""

RIGHT = '{ posts = 1, ids = ["7"], files = ["https://birds.example/f/7.png"], tags = ["snow", "owl"], title = "Owl" }'


def _problems(folder: Path, finds: str) -> list[str]:
    (folder / "birds.toml").write_text(SITE.replace("FINDS", finds), "utf-8")
    return [str(problem) for problem in library.load([folder]).problems]


def test_what_the_page_bears_out_is_no_problem(tmp_path: Path) -> None:
    assert _problems(tmp_path, RIGHT) == []


@pytest.mark.parametrize(
    ("finds", "said"),
    [
        ("{ posts = 2 }", "gives 1, not 2"),
        ('{ files = ["https://birds.example/f/8.png"] }', "/f/7.png"),
        ('{ tags = ["owl"] }', "'snow'"),
        ("{ fils = 3 }", "nothing is called so"),
    ],
)
def test_what_differs_is_said_with_the_key(tmp_path: Path, finds: str, said: str) -> None:
    (problem,) = _problems(tmp_path, finds)
    assert said in problem
    assert ".finds." in problem
