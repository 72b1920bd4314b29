"""Which objects a folder of site files already has, so that names stay unique and nothing is imported twice.

Here, apart from writing, because several PNGs may be imported into one folder, one after another. Only the importer
uses it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.frozen import frozen
from syncer.sites import documents
from syncer.sites.hydrus.toml import Entry, Table

_KINDS = {"search_group": "search"}
"""Plain and nested searches share one set of names."""
_NUMBER = re.compile(r" \([1-9][0-9]*\)\Z")
_WITHOUT_NAME = "domain"


@dataclass(slots=True)
class _Known:
    names: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)


class Names:
    """The names, ids and contents of the objects in a folder; `admit` adds to them."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Known] = {}

    def learn(self, kind: str, table: Mapping[str, Any]) -> None:
        """Note an object that is there already, also under the name that it had before it was numbered."""
        known = self._known(kind)
        name = table.get("name", "")
        known.names.add(name)
        known.ids.add(table.get("id", ""))
        known.contents.add(_content(table))
        known.contents.add(_content({**table, "name": _NUMBER.sub("", name)}))

    def admit(self, entry: Entry) -> Entry | None:
        """Give an object a name that is free; None when the same object, or its id, is there already."""
        known = self._known(entry.kind)
        if _content(entry.table) in known.contents or entry.table.get("id") in known.ids - {""}:
            return None
        content, name = _content(entry.table), str(entry.table.get("name", ""))
        free = name if entry.kind == _WITHOUT_NAME else _free(name, known.names)
        table: Table = entry.table if free == name else {**entry.table, "name": free}
        self.learn(entry.kind, table)
        known.contents.add(content)
        return Entry(entry.kind, table, entry.comments)

    def _known(self, kind: str) -> _Known:
        return self._kinds.setdefault(_KINDS.get(kind, kind), _Known())


def _free(name: str, taken: set[str]) -> str:
    """Number a name that is taken: `NAME (1)`, `NAME (2)`."""
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _content(table: Mapping[str, Any]) -> str:
    """Everything that an object says but its id, in one text that can be compared."""
    return json.dumps({key: value for key, value in table.items() if key != "id"}, sort_keys=True, default=str)


@frozen
class SiteFile:
    """A site file as it stands in a folder."""

    path: Path
    text: str
    content: Mapping[str, Any]

    @property
    def site(self) -> Mapping[str, Any]:
        """Its `[site]` table."""
        site = self.content.get("site")
        return site if isinstance(site, dict) else {}

    @property
    def imported(self) -> bool:
        """Tell whether objects of hydrus may be added to it."""
        return self.site.get("dialect") == "hydrus"


def site_files(folder: Path) -> tuple[dict[str, SiteFile], list[str]]:
    """Read a folder's site files by stem, and list in words those that cannot be read."""
    found: dict[str, SiteFile] = {}
    unreadable: list[str] = []
    for path in documents.files_in(folder):
        try:
            one = documents.read(path)
            found[path.stem] = SiteFile(path, one.text, one.data)
        except documents.UnreadableError as error:
            unreadable.append(f"{path.name} is not looked at: it {error.problem.text}")
    return found, unreadable


def names_of(files: Mapping[str, SiteFile]) -> Names:
    """Learn all objects of imported site files."""
    names = Names()
    for file in files.values():
        for kind, tables in file.content.items() if file.imported else ():
            for table in tables if isinstance(tables, list) else ():
                if isinstance(table, dict):
                    names.learn(kind, table)
    return names
