"""A path that can be none is a usage error with the cure, for every option and argument that takes one, and `~` is the home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from syncer.cli import main, reference
from syncer.cli.typed import TypedPath

COMMANDS = dict(reference.commands())


def places() -> Iterator[tuple[str, str]]:
    """Yield each command with each of its parameters that is a path."""
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                yield name, parameter.opts[-1] if isinstance(parameter, click.Option) else ""


def call(name: str, option: str, path: str) -> list[str]:
    """Return a command line that gives `path` to one parameter, and something to all others that must be there."""
    words = name.split()
    for parameter in COMMANDS[name].params:
        is_option = isinstance(parameter, click.Option)
        if (parameter.opts[-1] if is_option else "") == option and isinstance(parameter.type, click.Path):
            words += [f"{option}={path}"] if is_option else [path]
        elif parameter.required:
            value = str(parameter.type.choices[0]) if isinstance(parameter.type, click.Choice) else "1"
            words += [f"{parameter.opts[-1]}={value}"] if is_option else [value]
    return words


@pytest.mark.parametrize(("name", "option"), list(places()))
@pytest.mark.parametrize(
    ("path", "told"), [("", "cannot be empty"), ("a\nb", "line breaks"), ("~nobody-9/x", "no user of this name")]
)
def test_what_can_be_no_path_is_refused_everywhere(
    name: str, option: str, path: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(call(name, option, path)) == 2
    assert told in capsys.readouterr().err


def test_a_tilde_that_the_shell_left_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert TypedPath().convert("~/x", None, None) == tmp_path / "x"
    assert TypedPath().convert("./~x", None, None) == Path("~x")
    assert TypedPath().convert("-", None, None) == Path("-")


@pytest.mark.parametrize("words", [["init", "--config"], ["config", "check", "--config"]])
def test_a_variable_that_the_shell_left_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*words, "$HERE/config.toml"]) in {2, 78}
    assert "variables are not looked up" in capsys.readouterr().err
