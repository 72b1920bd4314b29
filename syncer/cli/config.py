"""`syncer config`: the configuration, checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli import explain, frame, urls
from syncer.errors import Exit
from syncer.service.results import Result

if TYPE_CHECKING:
    from syncer.config.settings import Config

ONE = {"queries": "query", "watchers": "watcher", "catalogues": "catalogue", "sites": "site"}


@click.group("config")
def command() -> None:
    """Check and show the configuration."""


def _show(data: dict[str, Any]) -> Iterable[str]:
    yield from data["problems"]
    yield from (f"note: {note}" for note in data["notes"])
    if not data["problems"]:
        kinds = ("queries", "watchers", *(["catalogues"] if data["catalogues"] else []), "sites")
        numbers = (f"{data[each]} {ONE[each] if data[each] == 1 else each}" for each in kinds)
        files = "".join(f" and {file}" for file in data["included"])
        yield f"{data['path']}{files}: fine; {', '.join(numbers)}"


def _settings(data: dict[str, Any]) -> Iterable[str]:
    if "options" in data:
        yield from explain.options(data["options"])
        return
    yield f"# {data['path'] or 'there is no config; these are the defaults'}"
    yield from (f"# {file}" for file in data["included"])
    for key, value in _flat("", data["settings"]):
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each single setting with its path of keys."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else key, inner)
    else:
        yield prefix, value


@command.command("show")
@click.option("--for", "url", metavar="URL", help="The options that hold for this URL, each with its layer, instead.")
@frame.answering("config show", _settings)
def show(*, config_path: Path | None, as_json: bool, url: str | None) -> Result:
    """Show all settings in force, defaults too, each on a line; times are in seconds, sizes in bytes."""
    from syncer.config import program_options
    from syncer.service import in_force

    del as_json
    config = in_force.load_or_defaults(config_path)
    if url is not None:
        return Result("config show", _options(config, urls.checked(url)))
    settings = _plain(replace(config, handover=program_options.shown(config.handover)))
    path, included = settings.pop("path"), settings.pop("included")
    settings.pop("looks")
    settings.pop("texts")
    return Result("config show", {"path": path, "included": included, "settings": settings})


def _options(config: Config, url: str) -> dict[str, Any]:
    from syncer.service import snapshot
    from syncer.service.explain import options_for

    return {
        "path": str(config.path) if config.path else None,
        "url": url,
        "options": options_for(snapshot.build(config), url),
    }


def _plain(value: Any) -> Any:
    """Return settings as lists, dicts and scalars."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@command.command("check")
@frame.answering("config check", _show)
def check(*, config_path: Path | None, as_json: bool) -> Result:
    """Show everything that is wrong with the config and the site files, with line and cure."""
    from syncer import asking
    from syncer.config import load, paths

    del as_json
    data = asking.check(load.load(config_path or paths.config_file()))
    return Result("config check", data, Exit.CONFIG if data["problems"] else Exit.OK)
