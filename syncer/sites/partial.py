"""What of a document is left to compile when its schema names mistakes: the same tables without what is wrong.

Here so that a file's mistakes of both kinds, in keys and in what they say, are told at once. Pure; imported by load.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from syncer.sites.problems import KeyPath, SiteFileError

Model = TypeVar("Model")
Check = Callable[[Mapping[str, Any]], tuple[Model | None, list[SiteFileError]]]


class Rest:
    """A document's tables, of which wrong ones are taken out; it knows where the others stood."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data: dict[str, Any] = copy.deepcopy(dict(data))
        self._taken: list[KeyPath] = []
        """Places of list items that are gone, in the lists as they were when each was taken."""

    def model(self, check: Check[Model], errors: Sequence[SiteFileError]) -> Model | None:
        """Take out what `errors` name until the rest passes: first single keys, then items of lists; None if it never does."""
        for take in (self._take_key, self._take_item, self._take_item):
            for path in sorted({error.path for error in errors}, key=_last_first):
                take(path)
            model, errors = check(self.data)
            if model is not None:
                return model
        return None

    def place(self, path: KeyPath) -> KeyPath:
        """Give the place in the whole document of something in the rest."""
        for taken in reversed(self._taken):
            *around, number = taken
            depth = len(around)
            here = path[depth] if len(path) > depth else None
            if path[:depth] == tuple(around) and isinstance(here, int) and isinstance(number, int) and here >= number:
                path = (*path[:depth], here + 1, *path[depth + 1 :])
        return path

    def _take_key(self, path: KeyPath) -> None:
        around = self._at(path[:-1])
        if path and isinstance(around, dict) and path[-1] in around:
            del around[path[-1]]

    def _take_item(self, path: KeyPath) -> None:
        for depth in range(len(path) - 1, -1, -1):
            number, around = path[depth], self._at(path[:depth])
            if isinstance(number, int) and isinstance(around, list) and number < len(around):
                del around[number]
                self._taken.append(path[: depth + 1])
                return

    def _at(self, path: KeyPath) -> Any:
        node: Any = self.data
        for key in path:
            try:
                node = node[key]
            except (LookupError, TypeError):
                return None
        return node


def _last_first(path: KeyPath) -> list[tuple[int, int, str]]:
    """Sort so that taking an item out moves none that is still to be taken."""
    return [(1, -key, "") if isinstance(key, int) else (0, 0, key) for key in path]
