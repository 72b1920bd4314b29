"""What the layers of options say against each other and against the import folders, and what is wrong with rule files.

Apart from `checks`, which is full. Only `checks` imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from syncer.config.option_values import SAME_FOLDER
from syncer.config.problem import KeyPath, Problem
from syncer.config.settings import MAIN, Config, ImportFolder

if TYPE_CHECKING:
    from syncer.config.schema.config import ConfigTable

LIMITS: Final = ("size", "width", "height", "pixels", "ratio", "duration")

Layer = tuple[KeyPath, Mapping[str, object]]


def options(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """Tell of limits that let nothing in, and of import folders that are not there."""
    for key, layer in _layers(config):
        for name in LIMITS:
            least, most = layer.get(f"min_{name}"), layer.get(f"max_{name}")
            if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
                yield Problem((*key, f"min_{name}"), f"is more than max_{name}, so that nothing is let in")
        yield from _folders(key, layer, config)


def _folders(key: KeyPath, layer: Mapping[str, object], config: Config) -> Iterator[Problem]:
    for name in ("import_folder", "text_posts"):
        folder = layer.get(name)
        if not isinstance(folder, str) or folder in ("", SAME_FOLDER) or not config.import_folders:
            continue
        if folder not in config.import_folders:
            near = get_close_matches(folder, config.import_folders, 1)
            cure = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(config.import_folders)}"
            yield Problem((*key, name), f'there is no import folder "{folder}"; {cure}')
    taker = _taker_of_texts(layer, config)
    if taker is not None and taker.profile == "hydrus":
        cure = "which takes no text files; write the name of another import folder"
        yield Problem((*key, "text_posts"), f'the import folder "{taker.name}" is for hydrus, {cure}')


def _taker_of_texts(layer: Mapping[str, object], config: Config) -> ImportFolder | None:
    """Return the import folder that takes the text posts of a layer, None where it wants none."""
    name = layer.get("text_posts")
    if name == SAME_FOLDER:
        name = layer.get("import_folder") or config.options.get("base", {}).get("import_folder") or MAIN
        return config.import_folders.get(str(name)) or next(iter(config.import_folders.values()), None)
    return config.import_folders.get(str(name)) if name else None


def rule_files(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """Tell what is wrong with each file of rules."""
    for file in config.rule_files:
        for problem in file.problems:
            yield Problem(file.key, problem)


def _layers(config: Config) -> Iterator[Layer]:
    for name, layer in config.options.items():
        kind, _, rest = name.partition(" ")
        yield _PLACES[kind](rest), layer
    for index, subscription in enumerate(config.subscriptions):
        yield ("subscriptions", index), subscription.options
        for number, query in enumerate(subscription.queries):
            yield ("subscriptions", index, "queries", number), query.options
    for index, watcher in enumerate(config.watchers):
        yield ("watchers", index), watcher.options
    for index, catalogue in enumerate(config.catalogues):
        yield ("catalogues", index), catalogue.options


_PLACES: Final[Mapping[str, Callable[[str], KeyPath]]] = {
    "base": lambda _: ("options",),
    "kind": lambda name: ("options", name),
    "site": lambda name: ("options", "site", name),
    "class": lambda name: ("options", "class", name),
    "inbox": lambda name: ("inbox", name),
}
"""First word of a layer's name -> where its table stands, from the rest of the name."""
