"""Searches of imported files: a phrase in a template is replaced by the encoded query; groups ask several.

Here because the encoding is hydrus's own. Pure; imported by engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites.chains import links
from syncer.sites.urls import PATH_SAFE, encode


@frozen
class ImportedSearch:
    """A gallery URL generator."""

    site: str
    name: str
    id: str | None
    template: str
    phrase: str
    join: str

    def url(self, query: str) -> str:
        """Give the first gallery URL; raises ItemError when the template has no place for the query."""
        at = self.template.find(self.phrase) if self.phrase else -1
        if at < 0:
            raise ItemError(
                f"The search {self.name!r} has no {self.phrase!r} in its template",
                "Mend `template` or `phrase` in its file.",
            )
        question = self.template.find("?")
        safe = "" if 0 <= question < at else PATH_SAFE
        words = self.join.join(encode(word, safe) for word in query.split(" "))
        return links.encoded(self.template.replace(self.phrase, words))


class Searches:
    """All imported searches and groups, by name."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._plain: dict[str, ImportedSearch] = {}
        self._by_id: dict[str, ImportedSearch] = {}
        self._groups: dict[str, tuple[tuple[str | None, str], ...]] = {}
        self._first: dict[str, str] = {}
        """The first search of each file."""
        for stem, model in models.items():
            for entry in model.search:
                search = ImportedSearch(stem, entry.name, entry.id, entry.template, entry.phrase, entry.join)
                self._plain.setdefault(entry.name, search)
                if entry.id is not None:
                    self._by_id.setdefault(entry.id, search)
            for group in model.search_group:
                self._groups.setdefault(group.name, tuple(_reference(child) for child in group.searches))
            names = [entry.name for entry in (*model.search, *model.search_group)]
            if names:
                self._first[stem] = names[0]

    def urls(self, name: str, query: str) -> tuple[str, ...]:
        """Give the first gallery URLs of a search, a group, or (by its stem) a file's first search.

        Raises ItemError when there is none of that name.
        """
        if name in self._plain:
            return (self._plain[name].url(query),)
        if name in self._groups:
            children = (self._child(key, child) for key, child in self._groups[name])
            return tuple(child.url(query) for child in children if child is not None)
        stem, _, rest = name.partition("/")
        if stem in self._first:
            return self.urls(rest or self._first[stem], query)
        raise ItemError(
            f"No site file has a search named {name!r}", "`syncer sites list` shows the sites and searches."
        )

    def _child(self, key: str | None, name: str) -> ImportedSearch | None:
        if key is not None and key in self._by_id:
            return self._by_id[key]
        return self._plain.get(name)


def _reference(child: Any) -> tuple[str | None, str]:
    return (None, child) if isinstance(child, str) else (child.id, child.name)
