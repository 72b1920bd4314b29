"""Looking back: where a file came from, under which options, and how much came by site, tag and day."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.cli import main
from syncer.model import Tag
from syncer.store import posts
from syncer.store.database import Named
from tests.system.conftest import Place


def told(
    capsys: pytest.CaptureFixture[str], place: Place, *words: str, code: int = 0, command: str = "history"
) -> dict[str, Any]:
    capsys.readouterr()
    assert main.main([*command.split(), *words, "--json", "--config", str(place.folder / "config.toml")]) == code
    answer: dict[str, dict[str, Any]] = json.loads(capsys.readouterr().out)
    return answer["data" if code == 0 else "error"]


@pytest.fixture
def past(place: Place) -> Place:
    """A house into which two posts came by their links, a day apart, and one was left out."""
    place.options = '[options]\ntypes = ["image", "animation"]\n[options.url]\nadd_tags = ["mine"]\n'
    with place.runner() as loop:
        assert place.get(loop, f"{place.site.root}/post/2")["outcome"] == "delivered"
        place.advance(86_400)
        assert place.get(loop, f"{place.site.root}/post/3")["outcome"] == "delivered"
    place.options += '[options.site.demo]\nwhitelist = ["no such tag"]\n'
    with place.runner() as loop:
        assert place.get(loop, f"{place.site.root}/post/4")["outcome"] == "skipped"
    return place


def test_a_file_is_found_by_its_name_its_path_its_hashes_and_its_urls(
    past: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    name = past.media()[0]
    sidecar = json.loads((past.imports / f"{name}.json").read_text("utf-8"))
    ways = (name, str(past.imports / name), sidecar["file"]["sha256"], sidecar["file"]["md5"], *sidecar["urls"][:2])
    for what in ways:
        (file,) = told(capsys, past, what)["files"]
        assert file["file"] == str(past.imports / name), what
        assert (file["site"], file["post"], file["by"]) == ("demo", "2", "url")
        assert file["urls"][:2] == sidecar["urls"][:2]
        assert file["at"] == pytest.approx(past.world.start, abs=600)
        assert file["options"]["add_tags"] == {"value": ["mine"], "layer": "kind url"}


def test_a_file_is_found_wherever_its_manager_has_moved_it(
    past: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = past.media()[0]
    (tmp_path / "link").symlink_to(past.imports)
    (by_link,) = told(capsys, past, str(tmp_path / "link" / name))["files"]
    moved = tmp_path / "another name"
    (past.imports / name).rename(moved)
    (file,) = told(capsys, past, str(moved))["files"]
    assert (file["post"], file["sha256"]) == ("2", by_link["sha256"])
    moved.write_bytes(b"other bytes")
    assert "nothing is known" in told(capsys, past, str(moved), code=1)["title"]


def test_twins_by_invisible_letters_are_one_tag(past: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with past.runner() as loop, loop.runtime.db.write(Named.SETTLE) as tx:
        stored = tx.rows("SELECT id FROM posts ORDER BY id")[:2]
        for row, tags in zip(
            stored, ([Tag("", "blue\u200b sky")], [Tag("", "blue sky"), Tag("", "\u200e")]), strict=True
        ):
            posts.update(tx, row["id"], replace(posts.get(tx, row["id"]).post, tags=tuple(tags)))  # type: ignore[union-attr]  # it is there
    (row,) = told(capsys, past, "--by", "tag")["rows"]
    assert (row["name"], row["files"]) == ("blue sky", 2)


def test_what_was_left_out_says_why(past: Place, capsys: pytest.CaptureFixture[str]) -> None:
    data = told(capsys, past, f"{past.site.root}/post/4")
    assert data["files"] == []
    assert data["known"]["outcome"] == "skipped"
    assert "whitelist" in data["known"]["why"]
    error = told(capsys, past, "no-such-file.png", code=1)
    assert "nothing is known of no-such-file.png" in error["title"]


def test_what_came_in_a_time_and_summed_up(past: Place, capsys: pytest.CaptureFixture[str]) -> None:
    newest, oldest = told(capsys, past)["files"]
    assert (newest["post"], oldest["post"]) == ("3", "2")
    from datetime import UTC, datetime

    days = [datetime.fromtimestamp(past.world.start + each, UTC).strftime("%Y-%m-%d") for each in (86_400, 0)]
    assert [row["name"] for row in told(capsys, past, "--by", "day")["rows"]] == days
    assert [each["post"] for each in told(capsys, past, "--since", days[0])["files"]] == ["3"]
    (row,) = told(capsys, past, "--by", "site")["rows"]
    sizes = sum((past.imports / name).stat().st_size for name in past.media())
    assert row == {"name": "demo", "files": 2, "bytes": sizes}
    tags = {row["name"]: row["files"] for row in told(capsys, past, "--by", "tag")["rows"]}
    written = [json.loads(path.read_text("utf-8"))["tags"] for path in past.imports.glob("*.json")]
    assert tags == {tag: sum(tag in each for each in written) for each in written for tag in each if tag != "mine"}
    assert "is no time" in told(capsys, past, "--since", "last week", code=2)["title"]


def test_words_for_people(past: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    del tmp_path
    assert main.main(["history", past.media()[0], "--config", str(past.folder / "config.toml")]) == 0
    out = capsys.readouterr().out
    assert f"from demo 2 by url {past.site.root}/post/2" in out
    assert "add_tags = ['mine'] (from: kind url)" in out


def test_frequent_tags_and_what_a_rule_would_have_kept_out(past: Place, capsys: pytest.CaptureFixture[str]) -> None:
    written = [json.loads(path.read_text("utf-8"))["tags"] for path in sorted(past.imports.glob("*.json"))]
    data = told(capsys, past, command="tags top")
    assert data["files"] == 2
    assert {row["tag"]: row["files"] for row in data["tags"]} == {
        tag: sum(tag in each for each in written) for each in written for tag in each if tag != "mine"
    }
    assert [row["files"] for row in data["tags"]] == sorted((row["files"] for row in data["tags"]), reverse=True)
    ratings = told(capsys, past, "--namespace", "rating", command="tags top")["tags"]
    assert ratings
    assert all(row["tag"].startswith("rating:") for row in ratings)
    (first, second) = (set(each) for each in written)
    only = next(tag for tag in sorted(first - second) if ":" not in tag)
    tried = told(capsys, past, "--rule", only, command="tags top")
    assert (tried["files"], tried["skipped"], len(tried["examples"])) == (2, 1, 1)
    assert tried["examples"][0]["tag"] == only
    assert "only says what is not there" in told(capsys, past, "--rule", "-x", command="tags top", code=1)["title"]
