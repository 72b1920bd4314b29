"""What is remembered of other programs: one at a domain at a time, one question for many URLs, folders that nobody else can read."""

from __future__ import annotations

import stat
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.config.handover import GalleryDlSettings, Handover
from syncer.config.load import defaults
from syncer.config.settings import Config
from syncer.fetch.failure import FailureKind, FetchError
from syncer.handover.base import Claim, GarbageError, Run, Tool
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


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit('Traceback (most recent call last)\\nImportError: no module named x')", "ImportError"),
        ("print('x' * 70_000_000)", "more than can be read"),
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("print('hello there')", 'it writes "hello there" instead of which URLs it knows'),
        ("sys.exit(print('[config][error] JSONDecodeError', file=sys.stderr))", "[config][error] JSONDecodeError"),
        ("pass", "it writes nothing"),
    ],
)
def test_a_program_that_does_not_answer_is_none_that_knows_nothing(
    tmp_path: Path, config: Config, code: str, why: str
) -> None:
    program = tmp_path / "gallery-dl"
    program.write_text(f"#!{sys.executable}\nimport sys\nif '--version' in sys.argv: sys.exit(print('1.40'))\n{code}\n")
    program.chmod(0o755)
    settings = Handover(programs=("gallery-dl",), gallery_dl=GalleryDlSettings(command=program))
    asked = Tools(tmp_path)
    found = asked.choose(replace(config, handover=settings), URL)
    assert (found.program, found.unasked) == ("", ("gallery-dl",))
    assert why in found.why
    assert not asked._claims, "it is asked again"


def test_one_url_that_a_program_stumbles_over_leaves_the_others_theirs(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "https://c.example/odd"

    class Stumbles(GalleryDl):
        def claims(self, tool: Tool, urls: Sequence[str], folder: Path, run: Run) -> dict[str, Claim]:
            if odd in urls:
                raise GarbageError("it writes odd things")
            return {url: Claim("gallery-dl", "site/post") for url in urls}

    monkeypatch.setattr(tools, "PROGRAMS", {"gallery-dl": Stumbles})
    found = Tools(tmp_path)
    assert found.choose(config, URL, [odd]).program == "gallery-dl"
    assert found.choose(config, odd, [URL]).unasked == ("gallery-dl",)


def test_an_end_of_ours_is_no_answer(tmp_path: Path, config: Config) -> None:
    found = Tools(tmp_path)
    assert found.tool("gallery-dl", config) is not None
    found.stop()
    with pytest.raises(FetchError) as raised:
        found.choose(config, URL)
    assert raised.value.failure.kind is FailureKind.ABORTED


def test_what_the_config_says_of_a_program_counts_at_once(tmp_path: Path, config: Config) -> None:
    found = Tools(tmp_path)
    assert found.tool("gallery-dl", config) is not None
    nowhere = GalleryDlSettings(command=tmp_path / "nowhere")
    changed = replace(config, handover=replace(config.handover, gallery_dl=nowhere))
    assert found.tool("gallery-dl", changed) is None


def test_a_program_that_is_too_old_is_told_with_the_cure(tmp_path: Path, config: Config) -> None:
    program = tmp_path / "gallery-dl"
    program.write_text("#!/bin/sh\necho 1.20.0\n")
    program.chmod(0o755)
    settings = Handover(programs=("gallery-dl",), gallery_dl=GalleryDlSettings(command=program))
    found = Tools(tmp_path).choose(replace(config, handover=settings), URL)
    assert (found.program, len(found.faults)) == ("", 1)
    assert (
        f"too old, 1.31 is the first that understands what it is asked; renew it: update {program}" in found.faults[0]
    )
