"""What is remembered of other programs: one at a domain at a time, one question for many URLs, folders that nobody else can read."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.config.handover import GalleryDlSettings, Handover
from syncer.config.load import defaults
from syncer.config.settings import Config
from syncer.handover.base import Claim, Run, Tool
from syncer.handover.gallery_dl import GalleryDl
from syncer.service import tools
from syncer.service.tools import Tools

URL = "https://a.site.example/1"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return replace(defaults(tmp_path / "import"), handover=Handover(programs=("gallery-dl",)))


def test_no_two_programs_are_at_one_domain_at_once(tmp_path: Path) -> None:
    found = Tools(tmp_path)
    same, other = "https://b.site.example/2", "https://other.example/"
    with found.alone(URL) as first, found.alone(same) as second, found.alone(other) as third:
        assert (first, second, third) == (True, False, True)
    with found.alone(URL) as again:
        assert again


def test_all_that_wait_are_asked_about_in_one_go_and_once(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[list[str]] = []

    class Answers(GalleryDl):
        def claims(self, tool: Tool, urls: Sequence[str], folder: Path, run: Run) -> dict[str, Claim]:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            questions.append(list(urls))
            return {URL: Claim("gallery-dl", "site/post")}

    monkeypatch.setattr(tools, "PROGRAMS", {"gallery-dl": Answers})
    found = Tools(tmp_path)
    assert found.choose(config, URL, ["https://c.example/3"]).program == "gallery-dl"
    assert found.choose(config, "https://c.example/3").program == ""
    assert questions == [[URL, "https://c.example/3"]]
    assert list((tmp_path / "handover" / "runs").iterdir()) == []


def test_what_the_config_says_of_a_program_counts_at_once(tmp_path: Path, config: Config) -> None:
    found = Tools(tmp_path)
    assert found.tool("gallery-dl", config) is not None
    nowhere = GalleryDlSettings(command=tmp_path / "nowhere")
    changed = replace(config, handover=replace(config.handover, gallery_dl=nowhere))
    assert found.tool("gallery-dl", changed) is None
