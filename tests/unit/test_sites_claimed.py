"""Which hosts a site file is about that cannot be read: what its text tells, line by line."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from syncer.sites import claimed, library

SHIPPED = Path(__file__).parents[2] / "sites"
TEXT = """\
[site
name = "Some"
root = "https://www.some.example"
domains = ["other.example", "*.wide.example"]  # "not.example"
[[url]]
match = "https://files.example/{path:rest}"
[[url]]
match = "https://{blog}.named.example/post/{id}"
"""


def test_the_hosts_of_a_broken_file_are_known_by_its_text(tmp_path: Path) -> None:
    (tmp_path / "some.toml").write_text(TEXT, "utf-8")
    (tmp_path / "rooted.toml").write_text('[site]\nroot = "https://was.example"\nname = 3\n', "utf-8")
    found = library.load([tmp_path], {"rooted": "http://127.0.0.1:8080"})
    held = (
        "some.example",
        "www.some.example",
        "other.example",
        "a.b.wide.example",
        "files.example",
        "me.named.example",
    )
    for host in held:
        problem = found.held(f"https://{host}/x.png")
        assert problem is not None, host
        assert str(problem).startswith("some.toml:1: is not TOML"), host
    assert str(found.held("http://127.0.0.1:8080/1")).startswith("rooted.toml:3: site.name")
    for other in ("https://not.example/", "https://wide.example/", "https://was.example/", "https://x.example/", "x"):
        assert found.held(other) is None, other


@pytest.mark.parametrize("broken", ["a value", "the syntax"])
def test_of_each_shipped_file_all_hosts_are_known_when_it_is_broken(tmp_path: Path, broken: str) -> None:
    """What the intact file is about, by the reader of site files: its API's hosts, and where its keys go, too."""
    intact = library.load([SHIPPED])
    shutil.copytree(SHIPPED, tmp_path / "sites")
    for file in (tmp_path / "sites").glob("*.toml"):
        text = file.read_text("utf-8")
        worse = text.replace("[site]\n", "[site]\nwrong = 3\n", 1) if broken == "a value" else f"{text}\n[broken\n"
        file.write_text(worse, "utf-8")
    found = library.load([tmp_path / "sites"])
    assert found.broken == set(intact.sites)
    assert len(intact.sites) > 15
    for stem, site in intact.sites.items():
        for host in site.domains:
            problem = found.held(f"https://{host.replace('*', 'any')}/some/thing.png")
            assert problem is not None, (stem, host)
            assert problem.file.stem == stem


def test_a_file_whose_engine_is_not_there_is_read_by_its_text(tmp_path: Path) -> None:
    text = '[site]\nengine = "gone"\n[vars]\napi = "https://api.some.example/v1"\ncdn = "https://cdn.example"\n'
    (tmp_path / "some.toml").write_text(
        text + '[[url]]\nmatch = "https://some.example/{id}"\nfetch = "{$api}/x"\n', "utf-8"
    )
    found = library.load([tmp_path])
    assert found.held("https://api.some.example/x") is not None
    assert found.held("https://ＳＯＭＥ.example./x") is not None
    assert found.held("https://cdn.example/x.png") is None, "only pictures lie there"


@pytest.mark.parametrize(
    "piece",
    ["\n", " \n", "root\n", "match = http://{a}.", 'domains = "a",', "[vars]\n", "fetch={$a}\n", "[vars]\na = "],
)
def test_a_hostile_file_is_read_in_time_that_grows_with_its_length(tmp_path: Path, piece: str) -> None:
    file = tmp_path / "hostile.toml"
    file.write_text(piece * (300_000 // len(piece)) + '\nroot = "https://birds.example"\n', "utf-8")
    began = time.thread_time()
    assert "birds.example" in claimed.hosts(file, None)
    assert time.thread_time() - began < 1.0  # about 0.02 s; the bound leaves room for slow machines
