"""`syncer service`: syncer as a systemd service of the person who calls it."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from syncer.cli import frame
from syncer.config import paths
from syncer.errors import ConfigError, Exit
from syncer.service import install as installing
from syncer.service import systemctl, unit
from syncer.service.results import Result

WROTE = {"absent": "wrote", "current": "in place:", "older": "renewed", "changed": "replaced"}
"""What was done, by what the unit was before."""
LINGER = "loginctl enable-linger"


@click.group("service")
def command() -> None:
    """Run syncer under systemd, as a service of your own."""


def _install_words(data: dict[str, Any]) -> Iterable[str]:
    if data["texts"]:
        yield "\n".join(f"# {data['folder']}/{name}\n{text}" for name, text in data["texts"].items()).rstrip("\n")
        return
    for name, before in data["files"].items():
        yield f"{WROTE[before]} {data['folder']}/{name}"
    yield from data["notes"]
    yield "next:"
    yield from (f"  {each['say']:<50} # {each['why']}" for each in data["next"])


@command.command("install")
@click.option("--print", "only_print", is_flag=True, help="Show the units; write nothing.")
@click.option("--timer", is_flag=True, help="A round every quarter of an hour, instead of a service that stays.")
@click.option("--force", is_flag=True, help="Replace units that were changed by hand; they are kept as NAME.old.")
@frame.answering("service install", _install_words)
def install(*, config_path: Path | None, as_json: bool, only_print: bool, timer: bool, force: bool) -> Result:
    """Write the systemd units with the paths of this program and this config, and say what to do next."""
    del as_json
    config, place = _config(config_path), installing.folder()
    files = unit.files(unit.TIMER if timer else unit.SERVICE, _paths(config))
    data: dict[str, Any] = {"folder": str(place), "texts": {}, "files": {}, "notes": [], "next": []}
    if only_print:
        return Result("service install", data | {"texts": files})
    before = installing.write(place, files, force=force)
    told = systemctl.call("daemon-reload")
    data["files"] = before
    data["notes"] = [*_of_program(), *_of_other(place, timer=timer), *_of_config(config)]
    if not told.ok:
        data["notes"].append(f"systemd could not be told of it: {told.text}")
    renewed = not {"older", "changed"}.isdisjoint(before.values())
    steps = _next(config, list(files)[-1], told=told.ok, renewed=renewed)
    data["next"] = [{"say": say, "why": why} for say, why in steps]
    return Result("service install", data)


def _next(config: Path, name: str, *, told: bool, renewed: bool) -> Iterable[tuple[str, str]]:
    """Return the commands that are still to be given, and what each is for."""
    if not config.exists():
        yield f"syncer init{_option(config)}", "there is no config yet"
    if not told:
        yield "systemctl --user daemon-reload", "let systemd read the units"
    yield f"systemctl --user enable --now {name}", "start it now, and with each of your sessions"
    if renewed:
        yield f"systemctl --user restart {name}", "where it runs already: by the new unit"
    if not installing.lingers(_user()):
        yield LINGER, "once: start with the machine, outlive your session"
    yield f"syncer service status{_option(config)}", "see how it is"


def _uninstall_words(data: dict[str, Any]) -> Iterable[str]:
    for name in data["removed"]:
        yield f"removed {data['folder']}/{name}"
    if not data["removed"]:
        yield f"no unit of syncer is in {data['folder']}"
    yield from data["notes"]


@command.command("uninstall")
@click.option("--force", is_flag=True, help="Remove units that were changed by hand, too.")
@frame.answering("service uninstall", _uninstall_words)
def uninstall(*, config_path: Path | None, as_json: bool, force: bool) -> Result:
    """Stop the service and take its units away; config, state and files stay."""
    del config_path, as_json
    place = installing.folder()
    # The timer comes last in the table and is stopped first, so that it starts no round any more.
    there = installing.removable(place, reversed(unit.EVERY), force=force)
    notes = []
    if there:
        stopped = systemctl.call("disable", "--now", *there)
        installing.remove(place, there)
        systemctl.call("daemon-reload")
        if not stopped.ok:
            notes.append(f"systemd could not be asked to stop them: {stopped.text}")
        notes += [f"{each} with your own lines is left" for each in sorted(place.glob("syncer*.d"))]
    return Result("service uninstall", {"folder": str(place), "removed": there, "notes": notes})


def _status_words(data: dict[str, Any]) -> Iterable[str]:
    yield "a syncer runs" if data["running"] else "no syncer runs"
    there = [each for each in data["units"] if each["file"] != "absent" or each["load"] == "loaded"]
    for each in there:
        yield f"{each['unit']}: {_state_words(each)}"
    if not there:
        yield "not installed; `syncer service install` does it"
    yield from data["notes"]


def _state_words(each: dict[str, Any]) -> str:
    how = f"{each['result']}, exit code {each['exit']}" if each["active"] == "failed" else each["sub"]
    parts = [f"{each['active']} ({how})" if each["active"] else "installed", each["enabled"]]
    # What it said last is stale once it has ended.
    said = f": {each['text']}" if each["text"] and each["active"] in ("active", "reloading") else ""
    return ", ".join(part for part in parts if part) + said


@command.command("status")
@frame.answering("service status", _status_words)
def status(*, config_path: Path | None, as_json: bool) -> Result:
    """Show whether the units are installed, enabled and running; changes nothing."""
    from syncer.service import in_force, lock

    del as_json
    config, place = _config(config_path), installing.folder()
    units = [_unit(place, name, text) for name, text in unit.files(unit.EVERY, _paths(config)).items()]
    notes = list(dict.fromkeys(note for each in units for note in each.pop("notes")))
    if any(each["enabled"] == "enabled" for each in units) and not installing.lingers(_user()):
        notes.append(
            f"it runs while you are logged in; `{LINGER}` lets it start with the machine and outlive your session"
        )
    try:
        running = lock.is_held(in_force.load_or_defaults(config_path).folders.state)
    except ConfigError:
        running = False
        notes += _of_config(config)
    data = {"running": running, "folder": str(place), "units": units, "notes": notes}
    failed = any(each["active"] == "failed" for each in units)
    return Result("service status", data, Exit.SOME_FAILED if failed else Exit.OK)


def _unit(place: Path, name: str, wanted: str) -> dict[str, Any]:
    """Return what file system and systemd say of one unit."""
    file, told = installing.state_of(place / name, wanted), systemctl.show(name)
    notes = [f"systemd could not be asked: {told}"] if isinstance(told, str) else []
    known: dict[str, str] = {} if isinstance(told, str) else told
    if file == "older":
        notes.append(f"{name} was written for other paths or by another version; `syncer service install` renews it")
    if file == "changed":
        notes.append(f"{name} was changed by hand")
    if known.get("NeedDaemonReload") == "yes" or (file != "absent" and known.get("LoadState") == "not-found"):
        notes.append(f"systemd has not read {name}; `systemctl --user daemon-reload` does it")
    if known.get("ActiveState") == "failed":
        notes.append(f"`journalctl --user -u {name}` shows why; `systemctl --user start {name}` tries again")
    keys = {"load": "LoadState", "enabled": "UnitFileState", "active": "ActiveState", "sub": "SubState",
            "result": "Result", "exit": "ExecMainStatus", "text": "StatusText", "process": "MainPID"}  # fmt: skip
    return {"unit": name, "file": file, **{key: known.get(word, "") for key, word in keys.items()}, "notes": notes}


def _config(given: Path | None) -> Path:
    return (given or paths.config_file()).absolute()


def _option(config: Path) -> str:
    return "" if config == paths.config_file() else f" --config {shlex.quote(str(config))}"


def _paths(config: Path) -> unit.Paths:
    home = unit.usable_home(paths.home(), Path(pwd.getpwuid(os.getuid()).pw_dir))
    return unit.Paths(_program(), config, home, unit.followed(os.environ))


def _program() -> tuple[str, ...]:
    return unit.program(sys.argv[0], sys.executable)


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _of_program() -> Iterable[str]:
    """Warn of a program that will not be there for long."""
    program = Path(_program()[0])
    if any(program.is_relative_to(each) for each in (tempfile.gettempdir(), paths.home() / ".cache")):
        yield f"{program} is in a folder that may be emptied; install syncer for good, then say this again"


def _of_other(place: Path, *, timer: bool) -> Iterable[str]:
    """Warn where service and timer would both run."""
    other = unit.SERVICE[-1] if timer else unit.TIMER[-1]
    if (place / other).exists():
        yield f"{other} is installed, too; one of them is enough: systemctl --user disable --now {other}"


def _of_config(config: Path) -> Iterable[str]:
    """Warn where the service would end at once with exit code 78."""
    from syncer.config import load

    if not config.exists():
        yield f"there is no config at {config}; the service cannot start without one"
        return
    try:
        load.load(config)
    except ConfigError as error:
        yield f"the service cannot start: {error.title}; `syncer config check{_option(config)}` says where"
