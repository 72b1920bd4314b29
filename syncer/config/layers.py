"""The layers of options that a config sets, by the names under which `explain` shows them, and the rule files they name.

Apart from `build`, because layers stand in many tables. Only the builder imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from syncer.config import rule_file
from syncer.config.option_values import OPTION_KEYS
from syncer.config.problem import KeyPath
from syncer.config.rule_file import RuleFile

if TYPE_CHECKING:
    from syncer.config.schema.config import ConfigTable
    from syncer.config.schema.options import OptionKeys

KINDS: Final = ("gallery", "watcher", "subscription", "url")


class Layers:
    """Reads tables as layers and remembers which rule files they name; each file is read once."""

    def __init__(self) -> None:
        """Begin with no files read."""
        self._files: dict[Path, RuleFile] = {}

    def rule_files(self) -> tuple[RuleFile, ...]:
        """Return the files that the layers read so far have named."""
        return tuple(self._files.values())

    def of(self, table: OptionKeys, key: KeyPath = ()) -> Mapping[str, object]:
        """Return only the keys that were written, so that a layer below is not hidden by a default."""
        names = sorted(OPTION_KEYS & table.model_fields_set)
        return MappingProxyType({name: self._value(name, getattr(table, name), key) for name in names})

    def all_of(self, tables: ConfigTable) -> Mapping[str, Mapping[str, object]]:
        """Return the layers of a config but those of its follows; of what sets nothing, only the base."""
        found = {name: self.of(table, key) for name, table, key in _tables(tables)}
        return MappingProxyType({name: layer for name, layer in found.items() if layer or name == "base"})

    def _value(self, name: str, value: Any, key: KeyPath) -> object:
        if name == "blacklist_from" and value is not None:
            if value not in self._files:
                self._files[value] = rule_file.read(value, (*key, name))
            return str(value)
        if isinstance(value, dict):
            return tuple(value.items())
        return tuple(value) if isinstance(value, list) else value


def _tables(tables: ConfigTable) -> Iterator[tuple[str, OptionKeys, KeyPath]]:
    """Yield each table with its layer's name and its place, also those of which nothing was written."""
    options = tables.options
    yield "base", options, ("options",)
    for kind in KINDS:
        yield f"kind {kind}", getattr(options, kind), ("options", kind)
    for name, site in options.site.items():
        yield f"site {name}", site, ("options", "site", name)
    for name, url_class in options.class_.items():
        yield f"class {name}", url_class, ("options", "class", name)
    for name, label in tables.inbox.items():
        yield f"inbox {name.casefold()}", label, ("inbox", name)
