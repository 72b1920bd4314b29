"""What holds for every command alike: the JSON envelope, the exit code in it, and how a command without a good config fails.

The commands are found in the program itself, so that none can be left out.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from syncer.cli import frame, main, reference
from syncer.demo import house
from syncer.demo.house import House
from syncer.demo.server import LocalSite
from syncer.demo.world import World

COMMANDS = dict(reference.commands())
EXITS = {0, 1, 2, 75, 78}
WITHOUT_CONFIG = {"init", "demo", "service install", "service status", "service uninstall"}
"""They make one, bring one, or only name it."""
BROKEN = '[folders]\ninbx = "x"\n[import_folders.main]\npath = "import"\nprofile = "plane"\n'


def given(command: click.Command) -> list[str]:
    """Return arguments that a command takes, whatever they mean."""
    words: list[str] = []
    for parameter in command.params:
        if "--yes" in parameter.opts:
            words.append("--yes")
        elif isinstance(parameter, click.Option) and parameter.required:
            words += [parameter.opts[-1], value(parameter.type)]
        elif isinstance(parameter, click.Argument) and parameter.required:
            words.append(value(parameter.type))
    return words


def value(kind: click.ParamType[Any]) -> str:
    """Return a value of a type."""
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    return "1" if isinstance(kind, click.types.IntParamType) else "http://127.0.0.1:9/x"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Call the command line in this process; return exit code, output and errors."""
    capsys.readouterr()
    code = main.main([*words])
    out, err = capsys.readouterr()
    return code, out, err


def envelope(name: str, code: int, out: str) -> dict[str, Any]:
    """Check the form of an answer in JSON; return it."""
    assert out.endswith("\n")
    assert out.count("\n") == 1, "one line"
    answer: dict[str, Any] = json.loads(out)
    assert code in EXITS
    if name in frame.BARE:
        assert ("error" in answer) == (code != 0)
        return answer
    assert list(answer) == ["syncer", "command", "exit", "data", "error"]
    assert answer["syncer"] == 1
    assert answer["command"] == name
    assert answer["exit"] == code
    assert isinstance(answer["data"], dict)
    if answer["error"] is not None:
        assert list(answer["error"]) == ["title", "advice", "problems"]
        assert answer["error"]["title"]
        assert isinstance(answer["error"]["problems"], list)
    return answer


def test_the_commands_of_the_main_job_are_there() -> None:
    assert {"init", "run", "get", "status", "explain", "queue settle", "config check", "config show", "demo"} <= set(
        COMMANDS
    )
    assert {f"sites {name}" for name in ("list", "test", "import", "match", "search", "parse", "batch")} <= set(
        COMMANDS
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_config_json_and_verbose(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {"--config", "--json", "-v", "--verbose"} <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help.strip()[0].isupper()
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_CONFIG))
def test_without_its_config_every_command_says_so_with_the_cure(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere.toml")
    words = [*name.split(), *given(COMMANDS[name]), "--config", nowhere]
    code, out, err = run(capsys, *words)
    assert code == 78
    assert out == ""
    assert err == f"syncer: There is no config at {nowhere}. `syncer init` writes one\n"
    code, out, err = run(capsys, *words, "--json")
    assert code == 78
    answer = envelope(name, code, out)
    if name not in frame.BARE:
        assert answer["error"]["title"] == f"There is no config at {nowhere}"
        assert answer["error"]["advice"] == "`syncer init` writes one"


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_CONFIG))
def test_with_a_broken_config_every_command_names_all_its_faults(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(BROKEN, "utf-8")
    words = [*name.split(), *given(COMMANDS[name]), "--config", str(config)]
    code, out, err = run(capsys, *words)
    assert code == 78
    assert out == ""
    first, second, last = err.splitlines()
    assert first.startswith("config.toml:2: folders.inbx: unknown key")
    assert second.startswith("config.toml:5: import_folders.main.profile: ")
    assert last.startswith("syncer: config.toml has 2 problems. Mend what is listed")
    code, out, err = run(capsys, *words, "--json")
    answer = envelope(name, code, out)
    assert code == 78
    assert err == ""
    if name in frame.BARE:
        assert first in answer["error"]
    else:
        assert answer["error"]["problems"] == [first, second]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_option_is_a_usage_error_in_the_same_form(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *name.split(), "--no-such-option")
    assert code == 2
    assert out == ""
    assert err == f"syncer: No such option '--no-such-option'. `syncer {name} --help` says what it takes\n"
    code, out, err = run(capsys, *name.split(), "--no-such-option", "--json")
    assert code == 2
    envelope(name, code, out)
    assert err == ""


@pytest.mark.parametrize(
    "words", [["--json"], ["no-such-command", "--json"], ["config", "--json"], ["sites", "x", "--json"]]
)
def test_what_is_no_command_at_all_is_answered_in_json_too(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *words)
    assert code == 2
    answer = json.loads(out)
    assert (answer["syncer"], answer["exit"]) == (1, 2)
    assert "--help` says what it takes" in answer["error"]["advice"]


def test_json_after_two_dashes_is_an_argument_and_no_wish(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", "--no-such-option", "--", "--json")
    assert (code, out) == (2, "")
    assert err.startswith("syncer: No such option")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A house beside the local site, where the main job was done."""
    with LocalSite(World(seed=1, posts=8, tiny=True)) as site:
        place = house.prepare(tmp_path_factory.mktemp("house"), site.root)
        assert main.main(["run", "--once", "--json", "--config", str(place.config)]) == 0
        yield place, site.root


CALLS: dict[str, list[tuple[list[str], int]]] = {
    "init": [(["--inbox", "{folder}/new/inbox", "--import-folder", "{folder}/new/import"], 0)],
    "run": [(["--once"], 0)],
    "get": [
        (["{root}/media/2.png"], 0),
        (["{root}/post/999"], 1),
        (["demo: no_such_tag"], 0),
        (["no URL"], 2),
        (["nosite: x"], 1),
    ],
    "status": [([], 0)],
    "pause": [(["--for", "0s"], 2), (["--for", "soon"], 2)],
    "follow list": [([], 0)],
    "downloads list": [([], 0)],
    "queue list": [([], 0)],
    "explain": [(["{root}/post/2"], 0), (["no URL"], 2)],
    "queue settle": [(["77", "--as", "again"], 1)],
    "config check": [([], 0)],
    "config show": [([], 0), (["--for", "{root}/post/2"], 0), (["--for", "no URL"], 2)],
    "sites list": [([], 0)],
    "sites test": [(["demo"], 0), ([], 0), (["nosite"], 2)],
    "sites match": [(["{root}/post/2"], 0), (["http://unknown.example/"], 0)],
    "sites search": [(["demo", "sky"], 0), (["nosite", "sky"], 1)],
    "sites parse": [
        (["{folder}/page.html", "--url", "{root}/post/2"], 0),
        (["{folder}/nothing", "--url", "{root}/post/2"], 1),
    ],
    "sites import": [(["{folder}/page.html", "--into", "{folder}/imported"], 1)],
    "sites enable": [(["demo"], 0)],
    "sites disable": [(["4chan"], 0), (["nosite"], 2)],
}


@pytest.mark.parametrize(
    ("name", "words", "wanted"), [(name, *call) for name, calls in CALLS.items() for call in calls]
)
def test_what_a_command_answers_and_its_exit_code(
    prepared: tuple[House, str], name: str, words: list[str], wanted: int, capsys: pytest.CaptureFixture[str]
) -> None:
    place, root = prepared
    (place.folder / "page.html").write_text(
        '<h1 class="title">A page</h1><a id="original" href="/media/2.png">x</a>', "utf-8"
    )
    config = place.folder / "new/config.toml" if name == "init" else place.config
    call = [*name.split(), *(word.format(root=root, folder=place.folder) for word in words), "--config", str(config)]
    for as_json in (True, False):
        if name == "init":
            config.unlink(missing_ok=True)
        code, out, err = run(capsys, *call, *(["--json"] if as_json else []))
        assert code == wanted, out + err
        assert "Traceback" not in out + err
        if as_json:
            envelope(name, code, out)
        else:
            assert out + err
            assert not out.startswith("{")


def test_every_command_that_only_looks_has_a_call_here() -> None:
    mine = {
        name for name in COMMANDS if name.split()[0] in ("init", "run", "get", "status", "explain", "config", "sites")
    }
    elsewhere = {"sites batch", "sites new"}
    assert mine - set(CALLS) <= elsewhere, "add a call of the new command, with its exit code, to CALLS"
