"""Whatever a person gives a command where a file or folder is meant, it answers in words: place, cause, cure, exit code.

The commands and their paths are found in the program itself, so that none can be left out.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from syncer.cli import main, reference
from syncer.demo import house
from syncer.demo.house import House

COMMANDS = dict(reference.commands())
EXITS = {0, 1, 2, 75, 78}
NEVER = ("Errno", "Traceback", "should not have happened", ".tmp", "object at 0x")
NAMED_LIKE_PATHS = {"page"}
"""Arguments that are a path or something else."""
STARTS_SOMETHING = {"demo"}
"""Given a folder it works for half a minute; files are enough to see what it says."""
ODD = ("folder", "gone", "bytes", "empty", "circle", "dangling", "bytes/below", "wide", "x" * 5000, "caf\udce9")


def _paths() -> Iterator[tuple[str, str]]:
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if isinstance(parameter.type, click.Path) or parameter.name in NAMED_LIKE_PATHS:
                yield name, str(parameter.name)


def _words(command: click.Command, wanted: str, value: str) -> list[str]:
    """Make a call in which one parameter has a value, and the others that are needed have something harmless."""
    words: list[str] = []
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            if parameter.name == wanted:
                words += [parameter.opts[-1], value]
            elif parameter.required:
                words += [parameter.opts[-1], "x"]
        elif parameter.name == wanted:
            words.append(value)
        elif parameter.required:
            words.append(str(parameter.type.choices[0]) if isinstance(parameter.type, click.Choice) else "x")
    return words


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house.prepare(tmp_path_factory.mktemp("house"), "http://127.0.0.1:9")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder of things that nobody wants to be given."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(bytes(range(256)) * 16)
    (tmp_path / "wide").write_bytes("[site]\nname = 'x'\n".encode("utf-16"))
    (tmp_path / "empty").touch()
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "dangling").symlink_to("gone-too")
    return tmp_path


@pytest.mark.parametrize(("name", "parameter"), [pair for pair in _paths() if pair[1] != "config_path"])
def test_an_odd_path_is_answered_in_words(
    name: str,
    parameter: str,
    place: House,
    odd: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(odd)
    for what in ODD:
        if name in STARTS_SOMETHING and what not in {"bytes", "empty", "bytes/below", "circle"}:
            continue
        _call(name, [*_words(COMMANDS[name], parameter, what), "--config", str(place.config)], monkeypatch, capsys)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"demo", "service install", "service uninstall"}))
def test_an_odd_config_is_answered_in_words(
    name: str, odd: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(odd)
    for what in ODD:
        _call(name, [*_words(COMMANDS[name], "", ""), "--config", what], monkeypatch, capsys)


def _call(name: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    capsys.readouterr()
    code = main.main([*name.split(), *words])
    out, err = capsys.readouterr()
    call = f"syncer {name} {' '.join(words)}"
    assert code in EXITS, call
    assert not [each for each in NEVER if each in out + err], f"{call}: {out}{err}"
    assert code == 0 or err.startswith("syncer: ") or err.count("\nsyncer: ") == 1 or out, f"{call}: {out}{err}"
