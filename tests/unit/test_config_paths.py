"""Folders follow the XDG rules, and a path in a config means what a person expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.config import paths, replace


def test_the_folders_of_a_plain_machine() -> None:
    environ = {"HOME": "/home/someone"}
    assert paths.config_file(environ) == Path("/home/someone/.config/syncer/config.toml")
    assert paths.state_folder(environ) == Path("/home/someone/.local/state/syncer")
    assert paths.cache_folder(environ) == Path("/home/someone/.cache/syncer")


def test_xdg_variables_win_unless_they_are_relative() -> None:
    environ = {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "relative"}
    assert paths.config_file(environ) == Path("/c/syncer/config.toml")
    assert paths.state_folder(environ) == Path("/s/syncer")
    assert paths.cache_folder(environ) == Path("/h/.cache/syncer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inbox", "/c/syncer/inbox"),
        ("../media/./in", "/c/media/in"),
        ("/abs//x/", "/abs/x"),
        ("~", "/home/someone"),
        ("~/a b", "/home/someone/a b"),
        ("in~box", "/c/syncer/in~box"),
        ("/mnt/$RECYCLE.BIN", "/mnt/$RECYCLE.BIN"),
        ("5$", "/c/syncer/5$"),
    ],
)
def test_a_path_in_a_config(monkeypatch: pytest.MonkeyPatch, text: str, expected: str) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert paths.resolve(text, Path("/c/syncer")) == Path(expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty path"),
        ("  ", "empty path"),
        ("$HOME/x", "variables are not looked up"),
        ("/media/${USER}/x", "variables are not looked up"),
        ("a\0b", "zero byte"),
        ("~no-such-user-here/x", "no user of this name"),
    ],
)
def test_a_path_that_cannot_be_meant_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        paths.resolve(text, Path("/c"))


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    replace.write(path, b"one")
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    replace.write(path, b"two", like=path)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match=r"folder|directory"):
        replace.write(target, b"three")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["config.toml", "folder"]
