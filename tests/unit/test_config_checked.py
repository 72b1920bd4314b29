"""What was checked before is the same when it is read back, and counts only for the very same text and program."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from syncer.cli import main
from syncer.config import checked, export, load, option_values, paths, plain_table, program_options
from syncer.config.schema.config import ConfigTable
from syncer.config.schema.options import BORROWED
from syncer.errors import ConfigError
from syncer.service import snapshot
from syncer.sites import documents
from syncer.sites import load as site_files
from syncer.sites.compile import compile_file
from syncer.sites.schema import validate

RICH = """\
[import_folders.main]
path = "import"
profile = "hydrus"
hook = ["notify", "x"]

[options]
min_size = "10 KB"
min_ratio = "1:3"
notes = ["commentary"]
rename_tags = { a = "b" }
[options.class."danbooru/post"]
notes = false
[inbox.favourites]
priority = "high"
[check]
quiet = "23:00-07:00"
zone = "Europe/Berlin"
[check.subscriptions]
every = "day at 06:00"
[bandwidth]
everything = ["5 requests / 1 s", "1 GB / 1 month"]
[network]
proxy = "socks5://127.0.0.1:9050"
proxy_login = { file = "login" }
allow = ["127.0.0.1:8123"]
[handover.gallery-dl.options]
pixiv = { ugoira = true, ratio = 1.0, sizes = [1, 2] }
[handover.mapping.example]
tags = { creator = ["artist"] }
[site.danbooru]
root = "https://booru.home.example"
credentials = { name = { env = "NAME" } }
[[known]]
kind = "list"
path = "known.txt"
[[subscriptions]]
name = "sky"
site = "danbooru"
queries = ["cloud", { q = "sky", add_tags = ["sky"], intended = 4 }]
bandwidth = ["10 requests / 1 hour"]
[[watchers]]
url = "https://boards.4chan.org/w/thread/1"
[[adopt]]
path = "adopted"
[[catalogues]]
url = "https://boards.4chan.org/w/catalog"
words = ["sky"]
"""


def _plain(value: Any) -> Any:
    """Write a model or what was read back in one form that also tells types apart."""
    if hasattr(value, "model_fields_set"):
        return {name: _plain(each) for name, each in value} | {"": sorted(value.model_fields_set)}
    if isinstance(value, Mapping):
        return type(value).__name__, [(key, _plain(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return type(value).__name__, [_plain(each) for each in value]
    return type(value).__name__, repr(value)


def test_a_config_reads_back_as_it_was() -> None:
    """Every kind of value is the same again, also whether a person wrote it."""
    tables = ConfigTable.model_validate(tomllib.loads(RICH), context={"base": Path("/config")})
    assert _plain(plain_table.read(plain_table.write(tables))) == _plain(tables)


def test_site_files_read_back_as_they_were(pytestconfig: pytest.Config) -> None:
    """Every shipped site file, and what compiling it finds and refuses."""
    for file in sorted((pytestconfig.rootpath / "sites").glob("*.toml")):
        document = documents.with_engine(
            documents.read(file), lambda name: documents.read(pytestconfig.rootpath / f"sites/engines/{name}.toml")
        )
        model, errors = validate.native(document.whole)
        again = plain_table.read(plain_table.write(model))
        assert _plain(again) == _plain(model), errors
        one, other = compile_file(file.stem, model, None), compile_file(file.stem, again, None)
        assert (one[0].searches, one[0].root, one[1]) == (other[0].searches, other[0].root, other[1])


def test_what_is_no_value_of_a_table_is_not_written() -> None:
    """Nothing is made from what was written but the few classes that are named."""
    with pytest.raises(TypeError):
        plain_table.write(object())
    for text in (
        '[]\n{"object": [1]}',
        '[]\n{"model": [0, [], [], []]}',
        "[]",
        "",
        "[[1, [], []]]\n1",
        '[]\n{"Rule": 1}',
    ):
        with pytest.raises((ValueError, LookupError, TypeError)):
            plain_table.read(text)


def test_the_keys_of_options_are_named_without_the_schema() -> None:
    """The layers read exactly the keys that the schema has."""
    assert option_values.OPTION_KEYS == BORROWED


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a config that has been loaded once."""
    path = tmp_path / "config.toml"
    path.write_text(RICH, "utf-8")
    load.load(path)
    return path


def _kept() -> list[Path]:
    return sorted((paths.cache_folder() / checked.FOLDER).iterdir())


def test_the_same_config_and_sites_need_no_models(config: Path) -> None:
    """A second start with the same texts loads neither pydantic nor tomlkit, and means the same."""
    site_files._compiled.cache_clear()  # what this process knows is written nowhere again
    shot = snapshot.build(load.load(config))
    script = (
        "import sys; from pathlib import Path; from syncer.config import load; from syncer.service import snapshot\n"
        f"config = load.load(Path({str(config)!r})); shot = snapshot.build(config)\n"
        "assert not {'pydantic', 'pydantic_core', 'tomlkit'} & set(sys.modules), 'loaded'\n"
        "print(shot.fingerprint, len(shot.library.sites), repr(config))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == f"{shot.fingerprint} {len(shot.library.sites)} {shot.config!r}"


def test_included_files_of_other_folders_need_no_models_either(tmp_path: Path) -> None:
    """Which of their keys hold paths is known from the last time."""
    path = tmp_path / "config.toml"
    path.write_text('include = ["conf.d/*.toml"]\n[import_folders.main]\npath = "a"\nprofile = "plain"\n', "utf-8")
    (tmp_path / "conf.d").mkdir()
    more = tmp_path / "conf.d" / "more.toml"
    more.write_text('[import_folders.more]\npath = "b"\nprofile = "plain"\n', "utf-8")
    first = load.load(path)
    assert first.import_folders["more"].path == tmp_path / "conf.d" / "b"
    script = (
        "import sys; from pathlib import Path; from syncer.config import load\n"
        f"config = load.load(Path({str(path)!r}))\n"
        "print('pydantic' in sys.modules, config.import_folders['more'].path)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (f"False {tmp_path}/conf.d/b", "")
    more.write_text(more.read_text("utf-8").replace('"b"', '"c"'), "utf-8")
    assert load.load(path).import_folders["more"].path == tmp_path / "conf.d" / "c"


def test_what_is_kept_is_for_its_owner_alone(config: Path) -> None:
    """The folder is 0700, each file 0600, and a config that is loaded again makes no more files."""
    load.load(config)
    (file,) = _kept()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Count how often a config is checked by its models."""
    seen: list[object] = []
    check: Callable[..., Any] = ConfigTable.model_validate

    def counted(data: object, **more: Any) -> Any:
        seen.append(data)
        return check(data, **more)

    monkeypatch.setattr(ConfigTable, "model_validate", counted)
    return seen


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def _other_text(file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace("hydrus", "immich"), "utf-8")


def _open_to_all(file: Path) -> None:
    file.chmod(0o666)


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _deep(file: Path) -> None:
    file.write_text("x\n" + "[" * 100_000, "utf-8")


@pytest.mark.parametrize("harm", [_cut, _other_text, _open_to_all, _pipe, _deep, Path.unlink])
def test_what_was_harmed_counts_as_not_there(config: Path, checks: list[object], harm: Callable[[Path], None]) -> None:
    """Cut, changed, writable by others, no file at all: the config is checked by its models and means the same."""
    before = load.load(config)
    assert checks == []
    harm(_kept()[0])
    assert load.load(config) == before
    assert len(checks) == 1


def test_another_text_home_program_or_zone_is_checked_anew(
    config: Path, checks: list[object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever decides what a config means is a part of what is kept."""
    config.write_text(RICH + "\n[pressure]\nfiles_per_day = 7\n", "utf-8")
    assert load.load(config).pressure.files_per_day == 7
    assert len(checks) == 1
    monkeypatch.setattr(checked, "_program", lambda: "another")
    load.load(config)
    assert len(checks) == 2
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(paths.cache_folder().parent))
    load.load(config)
    assert len(checks) == 3
    monkeypatch.setattr("syncer.config.hours.is_zone", lambda name: False)
    with pytest.raises(ConfigError) as caught:
        load.load(config)
    assert any("time zone" in problem for problem in caught.value.problems)


def test_folders_are_looked_at_each_time(config: Path, checks: list[object]) -> None:
    """What the disk says is no part of what is kept: a folder that became a link into the inbox is refused."""
    (config.parent / "import").symlink_to(Path.home() / "syncer" / "inbox" / "x")
    with pytest.raises(ConfigError):
        load.load(config)
    assert checks == []


def test_a_config_that_may_come_to_mean_another_home_is_not_kept(tmp_path: Path, checks: list[object]) -> None:
    """Whose home `~name` is can change without any text changing."""
    path = tmp_path / "config.toml"
    path.write_text('[import_folders.main]\nprofile = "plain"\npath = "~root/import"\n', "utf-8")
    assert load.load(path) == load.load(path)
    assert len(checks) == 2


def test_old_ones_go_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are kept; where nothing can be written all goes on."""
    monkeypatch.setattr(checked, "MOST", 4)
    model = validate.native({"site": {"name": "x", "root": "https://example.org"}})[0]
    assert model is not None
    for number in range(5):
        checked.keep(str(number), model, ["text"])
        os.utime(checked._place(str(number)), (number, number))
    checked._tidy(paths.cache_folder() / checked.FOLDER)
    assert [number for number in range(5) if checked.recall(str(number), ["text"]) is not None] == [2, 3, 4]
    folder = paths.cache_folder() / checked.FOLDER
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert checked.can_keep()
    folder.rmdir()
    folder.write_text("a file", "utf-8")
    assert not checked.can_keep()
    checked.keep("1", model, ["text"])
    assert checked.recall("1", ["text"]) is None


def test_the_example_is_kept_like_any_config(tmp_path: Path, checks: list[object]) -> None:
    """The config that `init` writes is found again."""
    path = tmp_path / "config.toml"
    path.write_text(export.example(), "utf-8")
    assert load.parse(path.read_text("utf-8"), path) == load.parse(path.read_text("utf-8"), path)
    assert len(checks) == 1


SECRETS = """\
[handover.gallery-dl.options.pixiv]
password = "hunter2a"
ugoira = true
[handover.yt-dlp]
options = ["--password", "hunter2b", "--video-password=hunter2c", "-u"]
"""


@pytest.mark.parametrize("included", [False, True])
def test_options_of_other_programs_are_read_from_the_text_and_never_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, included: bool
) -> None:
    path, more = tmp_path / "config.toml", tmp_path / "more" / "secret.toml"
    more.parent.mkdir()
    more.write_text(SECRETS, "utf-8")
    head = '[import_folders.main]\npath = "import"\nprofile = "plain"\n'
    path.write_text(f'include = ["more/*.toml"]\n{head}' if included else head + SECRETS, "utf-8")
    first = load.load(path).handover
    kept = [file.read_text("utf-8") for file in (paths.cache_folder() / checked.FOLDER).iterdir()]
    assert len(kept) == 1 + included
    assert not [text for text in kept if "hunter2" in text]
    with checked.only_kept():
        second = load.load(path).handover
    for handover in (first, second):
        assert handover.gallery_dl.options == {"pixiv": {"password": "hunter2a", "ugoira": True}}
        assert handover.yt_dlp.options == ("--password", "hunter2b", "--video-password=hunter2c", "-u")
        assert "hunter2" not in repr(handover)
    shown = program_options.shown(second)
    assert shown.gallery_dl.options == {"pixiv": {"password": "(not shown)", "ugoira": True}}
    assert shown.yt_dlp.options == ("--password", "(not shown)", "--video-password=(not shown)", "-u")
    for words in (["config", "show"], ["config", "show", "--json"], ["-v", "config", "check"]):
        main.main([*words, "--config", str(path)])
    said = "".join(capsys.readouterr())
    assert said.count("(not shown)") >= 4
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "text",
    [
        '[handover.gallery-dl]\noptions = "hunter2"',
        '[handover.yt-dlp]\noptions = "--password hunter2"',
        '[handover.yt-dlp]\noptions = ["--password", { x = "hunter2" }]',
        '[handover.yt-dlp]\noptions = ["hunter2\\u0000"]',
    ],
)
def test_no_fault_repeats_an_option_of_another_program(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[import_folders.main]\npath = "import"\nprofile = "plain"\n{text}\n', "utf-8")
    with pytest.raises(ConfigError) as caught:
        load.load(path)
    told = "\n".join(caught.value.problems)
    assert "handover." in told
    assert "hunter2" not in told
