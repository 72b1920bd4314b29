"""Why something did not work is told in the system's words or ours, never with what Python puts around them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncer.cli import config, frame
from syncer.config import json_text
from syncer.errors import ItemError, cause
from syncer.fetch import browsers
from syncer.service import results, systemctl
from syncer.sites.hydrus import read


def no_program(folder: Path, name: str) -> Path:
    """Write something that may be run and cannot be."""
    file = folder / name
    file.write_bytes(b"\x00\x01\x02")
    file.chmod(0o755)
    return file


def test_what_the_system_refused_is_told_without_number_and_path(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "nowhere").read_bytes()
    assert cause(caught.value) == "No such file or directory"
    assert cause(ValueError("embedded")) == "embedded"
    assert cause(ValueError()) == "ValueError"


def test_a_systemctl_that_cannot_be_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_program(tmp_path, "systemctl")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert systemctl.call("status").text == "systemctl could not be asked: Exec format error"


def test_an_unknown_home_of_a_browser_is_told() -> None:
    with pytest.raises(ItemError, match=r"no user of this name is known here\. Write the full path"):
        browsers.read("firefox", "~nobody-9/x")


def test_where_a_text_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError) as broken:
        json_text.read(b'{\n "a": b}')
    assert json_text.where(broken.value) == "from line 2, column 7 on"
    with pytest.raises(UnicodeDecodeError) as letters:
        json_text.read(b'{"a": "\xff"}')
    assert json_text.where(letters.value) == "its letters are not UTF-8"
    with pytest.raises(ItemError, match="is no JSON: from line 1, column 2 on"):
        read.read("{x")


def test_one_of_a_thing_is_told_as_one() -> None:
    data = {"path": "c", "problems": [], "notes": [], "included": [], "queries": 1, "watchers": 1, "catalogues": 1}
    assert list(config._show(data | {"sites": 2})) == ["c: fine; 1 query, 1 watcher, 1 catalogue, 2 sites"]


def test_a_login_in_what_was_asked_for_is_shown_in_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    error = ItemError("No site file has a search named 'http://me:hunter2@site.example/'")
    answer = frame.json_line(results.failed("sites search", error))
    assert "hunter2" not in answer
    assert "site.example" in json.loads(answer)["error"]
