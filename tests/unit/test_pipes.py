"""A pipe, a device or a folder where the service looks for a file: it is told, and never waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncer.clock import VirtualClock
from syncer.config import load
from syncer.config.settings import Source
from syncer.errors import ConfigError, ItemError
from syncer.service import snapshot
from syncer.service.vault import Vault
from syncer.sites.hydrus import names

CONFIG = '[folders]\nsites = "sites"\n[import_folders.main]\npath = "import"\nprofile = "plain"\n'

pytestmark = pytest.mark.timeout(20)


def test_in_the_place_of_a_site_file(tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    sites.mkdir()
    os.mkfifo(sites / "a.toml")
    (sites / "b.toml").symlink_to("/dev/zero")
    (sites / "c.toml").mkdir()
    built = snapshot.build(load.parse(CONFIG, tmp_path / "config.toml"))
    assert [str(each) for each in built.library.problems] == [
        f"{name}.toml: cannot be read: it is no plain file" for name in "abc"
    ]
    assert len(names.site_files(sites)[1]) == 3


def test_in_the_place_of_the_folder_of_site_files(tmp_path: Path) -> None:
    (tmp_path / "sites").write_text("", "utf-8")
    built = snapshot.build(load.parse(CONFIG, tmp_path / "config.toml"))
    assert [str(each) for each in built.library.problems] == ["sites: the folder cannot be read: Not a directory"]


def test_in_the_place_of_the_config(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, "utf-8")
    assert load.load(config).path == config
    config.unlink()
    os.mkfifo(config)
    with pytest.raises(ConfigError, match="it is no plain file"):
        load.load(config)


def test_in_the_place_of_a_secret(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "secret", 0o600)
    with pytest.raises(ItemError, match="is no file"):
        Vault(VirtualClock()).read(Source("file", (str(tmp_path / "secret"),)))


def test_a_folder_of_site_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rights do not bind whoever runs tests as root, so the system's word is said in its place.
    sites = tmp_path / "sites"
    (sites / "engines").mkdir(parents=True)

    def refused(name: str, least: int) -> None:
        asked = getattr(os, name)

        def ask(path: object = ".", *more: object, **words: object) -> object:
            if str(path).startswith(str(sites)) and len(str(path)) >= least:
                raise PermissionError(13, "Permission denied", str(path))
            return asked(path, *more, **words)

        monkeypatch.setattr(os, name, ask)

    for name, least in (("listdir", 0), ("scandir", 0), ("stat", len(str(sites)) + 1)):
        refused(name, least)
    built = snapshot.build(load.parse(CONFIG, tmp_path / "config.toml"))
    monkeypatch.undo()
    assert [str(each) for each in built.library.problems] == ["sites: the folder cannot be read: Permission denied"]
