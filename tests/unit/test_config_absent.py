"""What a config names and is not there is told with line, cause and cure, for each key that names a program, a file or a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from syncer.config import absent, load
from syncer.config.schema.config import ConfigTable
from syncer.config.schema.scalars import Table
from syncer.config.settings import Source

CONFIG = """\
include = ["more/*.toml"]
[folders]
inbox = "{place}/file/inbox"
state = "{place}/file/state"
cache = "{place}/file/cache"
sites = "gone/sites"
[import_folders.main]
path = "{place}/file/import"
profile = "plain"
hook = ["~/gone/hook", "{{path}}"]
[network]
proxy = "http://proxy.example.org:3128"
proxy_login = {{ file = "gone/login" }}
[site.safebooru]
proxy = "http://proxy.example.org:3128"
proxy_login = {{ command = ["no-such-program-here", "x"] }}
[site.safebooru.credentials]
user = {{ file = "gone/user" }}
other = {{ env = "NOT_SET_HERE" }}
[site.safebooru.headers]
Authorization = {{ command = ["gone/program"] }}
[site.safebooru.parameters]
key = {{ file = "open" }}
[handover.gallery-dl]
command = "gone/gallery-dl"
archive = "file/archive.sqlite3"
[handover.yt-dlp]
command = "plain"
archive = "folder"
[cookies]
files = ["plain", "gone/cookies.txt"]
[[adopt]]
path = "run"
[[adopt]]
path = "gone/resting"
paused = true
"""
OTHERS = {
    "include", "network.ca_file",  # faults of the config itself
    "blacklist_from", "queries_from",
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("home", "folder", "more"):
        (tmp_path / name).mkdir()
    for name, mode in (("file", 0o600), ("plain", 0o600), ("open", 0o644), ("run", 0o700)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    (tmp_path / "more" / "one.toml").write_text('\n[[known]]\nkind = "list"\npath = "gone/list"\n')
    (tmp_path / "config.toml").write_text(CONFIG.format(place=tmp_path))
    return tmp_path


def test_each_is_told_with_line_cause_and_cure(place: Path) -> None:
    told = absent.lines(load.load(place / "config.toml"))
    text = "\n".join(told).replace(str(place), "")
    expected = [
        "config.toml:3: folders.inbox: /file/inbox cannot be made, since /file is a file",
        "config.toml:4: folders.state: /file/state cannot be made",
        "config.toml:5: folders.cache: /file/cache cannot be made",
        "config.toml:6: folders.sites: /gone/sites is not there, nor is /gone; mend the path, or mount the disk",
        "config.toml:8: import_folders.main.path: /file/import cannot be made",
        "config.toml:10: import_folders.main.hook: /home/gone/hook is not there, nor is /home/gone;",
        "config.toml:13: network.proxy_login: /gone/login is not there",
        "config.toml:16: site.safebooru.proxy_login: no program no-such-program-here is in PATH; install it",
        "config.toml:18: site.safebooru.credentials.user: /gone/user is not there",
        "config.toml:21: site.safebooru.headers.Authorization: gone/program is not there",
        "config.toml:23: site.safebooru.parameters.key: others on this machine can read /open",
        "config.toml:25: handover.gallery-dl.command: /gone/gallery-dl is not there",
        "config.toml:26: handover.gallery-dl.archive: /file is a file, and no folder",
        "config.toml:28: handover.yt-dlp.command: /plain cannot be executed; give it the right: chmod u+x",
        "config.toml:29: handover.yt-dlp.archive: /folder is a folder; name a file in it",
        "config.toml:31: cookies.files #2: /gone/cookies.txt is not there",
        "config.toml:33: adopt #1.path: /run is a file, and no folder",
        "more/one.toml:4: known #1.path: /more/gone/list is not there, nor is /more/gone;",
    ]
    for line in expected:
        assert line in text
    assert len(told) == len(expected), text


def test_what_is_there_and_what_syncer_makes_is_no_news(place: Path) -> None:
    (place / "config.toml").write_text(
        '[folders]\ninbox = "a/inbox"\nstate = "a/state"\ncache = "a/cache"\n'
        '[import_folders.main]\npath = "a/import"\nprofile = "plain"\nhook = ["sh", "{path}"]\n'
        '[import_folders.other]\npath = "folder"\nprofile = "plain"\nhook = ["../run"]\n'
        f'[site.safebooru.credentials]\nuser = {{ file = "plain" }}\nmore = {{ command = ["{place}/run"] }}\n'
        '[handover.gallery-dl]\ncommand = "run"\narchive = "a/b/archive"\n[cookies]\nfiles = ["plain"]\n'
        '[[adopt]]\npath = "home"\n[[known]]\nkind = "folder"\npath = "home"\n'
    )
    assert absent.lines(load.load(place / "config.toml")) == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write and read everything")
def test_a_right_that_is_missing_is_told(place: Path) -> None:
    (place / "folder").chmod(0o500)
    (place / "config.toml").write_text('[import_folders.main]\npath = "folder/import"\nprofile = "plain"\n')
    assert f"{place}/folder cannot be written" in absent.lines(load.load(place / "config.toml"))[0]


def test_no_key_of_the_schema_that_names_something_on_the_disk_is_forgotten(place: Path) -> None:
    """A new key that is a path or a secret's source must be looked at, or be named above as told elsewhere."""
    looked = {
        ".".join(str(part) for part in problem.path if isinstance(part, str))
        for problem in absent.problems(load.load(place / "config.toml"))
    }
    names = {"main", "safebooru", "user", "Authorization", "key"}
    looked = {".".join(part for part in name.split(".") if part not in names) for name in looked}
    found = {name for name in _keys(ConfigTable, "") if not any(name.split(".")[-1] == each for each in OTHERS)}
    assert found - OTHERS <= looked
    assert {"import_folders.hook"} <= looked


def _keys(table: type[Table], before: str) -> Iterator[str]:
    for key, field in table.written_keys().items():
        name = f"{before}.{key}" if before else key
        kinds = list(_leaves(field.annotation))
        if any(kind in (Path, Source) for kind in kinds):
            yield name
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, Table):
                yield from _keys(kind, name)


def _leaves(annotation: Any) -> Iterator[Any]:
    parts = get_args(annotation)
    if not parts:
        yield annotation
    for part in parts:
        yield from _leaves(part)
