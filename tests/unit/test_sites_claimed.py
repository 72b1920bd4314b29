"""Which hosts a site file is about that cannot be read: what its text tells, line by line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from syncer.sites import claimed, library

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


@pytest.mark.parametrize("piece", ["\n", " \n", "root\n", "match = http://{a}.", 'domains = "a",'])
def test_a_hostile_file_is_read_in_time_that_grows_with_its_length(tmp_path: Path, piece: str) -> None:
    file = tmp_path / "hostile.toml"
    file.write_text(piece * (300_000 // len(piece)) + '\nroot = "https://birds.example"\n', "utf-8")
    began = time.thread_time()
    assert "birds.example" in claimed.hosts(file, None)
    assert time.thread_time() - began < 1.0  # about 0.02 s; the bound leaves room for slow machines
