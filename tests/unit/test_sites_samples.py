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


def test_long_samples_stand_in_a_file_of_their_own_that_only_a_trial_reads(tmp_path: Path) -> None:
    (tmp_path / "birds.toml").write_text(SITE.partition("[[sample]]")[0], "utf-8")
    (tmp_path / "samples").mkdir()
    apart = tmp_path / "samples" / "birds.toml"
    apart.write_text("[[sample]]" + SITE.partition("[[sample]]")[2].replace("FINDS", RIGHT), "utf-8")
    loaded = library.load([tmp_path])
    assert loaded.problems == ()
    assert loaded.try_samples("birds") == (1, ())
    assert loaded.try_samples("nosite") == (0, ())
    apart.write_text(apart.read_text("utf-8").replace("/post/7", "/other/7").replace('"Owl"', '"Owls"'), "utf-8")
    tried, problems = loaded.try_samples("birds")
    assert tried == 1
    assert [str(problem) for problem in problems] == [
        "birds.toml:2: sample[0].url: /other/7 matches no class",
        "birds.toml:4: sample[0].finds: no class with a parser reads https://birds.example/other/7",
    ]
    assert loaded.problems == ()


def test_a_faulty_file_of_samples_is_told_with_line_and_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "birds.toml").write_text(SITE.partition("[[sample]]")[0], "utf-8")
    (tmp_path / "samples").mkdir()
    apart = tmp_path / "samples" / "birds.toml"
    for text, said in (
        (
            '[[sample]]\nurl = "/post/7"\npages = "x"\n',
            'birds.toml:3: sample[0].pages: unknown key, did you mean "page"?',
        ),
        ("[[sample\n", "birds.toml:1: is not TOML"),
    ):
        apart.write_text(text, "utf-8")
        tried, problems = library.load([tmp_path]).try_samples("birds")
        assert tried == 0
        assert str(problems[0]).startswith(said)


def test_a_page_that_counts_the_pages_ends_the_walk_there(tmp_path: Path) -> None:
    (tmp_path / "birds.toml").write_text(
        """[site]
name = "Birds"
root = "https://birds.example"
[[url]]
name = "list"
kind = "gallery"
match = "/list?page={page:digits=1}"
next = { page = 1 }
parser = "list"
[parser.list]
each = "$.birds[*]"
page = [{ what = "last", json = "$.pages" }]
get = [{ what = "post", json = "$" }]
""",
        "utf-8",
    )
    loaded = library.load([tmp_path])
    here = loaded.recognise("https://birds.example/list?page=2")
    assert here is not None
    follows = {
        last: loaded.next_page(here, loaded.parse(here, f'{{"birds": [1], "pages": {last}}}', here.url, 0).last)
        for last in ("2", "3", "1", "null", "-5", '"many"')
    }
    third = "https://birds.example/list?page=3"
    assert follows == {"2": None, "3": third, "1": None, "null": third, "-5": third, '"many"': third}
