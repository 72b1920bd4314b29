"""Mends a faulty config for the moment, so that the rest can be judged too and all problems come at once.

What is wrong is left out; what is needed gets a stand-in. Pure. List positions shift when an item is left out; `Origin`
leads to where things stood. Only the loader imports it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from syncer.config.problem import KeyPath

_GONE: Final = object()


class Origin:
    """Leads from a path in mended data back to the path in the data as it was."""

    def __init__(self) -> None:
        self._positions: dict[KeyPath, list[int]] = {}

    def note(self, mended: KeyPath, positions: list[int]) -> None:
        """Note at which positions the remaining items of the list at `mended` once stood."""
        self._positions[mended] = positions

    def path(self, mended: KeyPath) -> KeyPath:
        """Return where the thing at `mended` stood before; what never was in a list stays as it is."""
        return tuple(self._before(mended[:depth], part) for depth, part in enumerate(mended))

    def _before(self, parent: KeyPath, part: str | int) -> str | int:
        positions = self._positions.get(parent, [])
        return positions[part] if isinstance(part, int) and part < len(positions) else part


def mended(
    data: Mapping[str, Any], faulty: Collection[KeyPath], stand_ins: Mapping[KeyPath, object]
) -> tuple[dict[str, Any], Origin]:
    """Return the data without what stands at the faulty paths and with the stand-ins, and the way back."""
    if not faulty and not stand_ins:
        return dict(data), Origin()
    mending = _Mending(frozenset(faulty), stand_ins)
    copy = mending.copy(data, (), ())
    return (copy if isinstance(copy, dict) else {}), mending.origin


class _Mending:
    def __init__(self, faulty: frozenset[KeyPath], stand_ins: Mapping[KeyPath, object]) -> None:
        self.origin = Origin()
        self._faulty = faulty
        self._stand_ins = stand_ins
        self._added: dict[KeyPath, list[str | int]] = {}
        for path in stand_ins:
            self._added.setdefault(path[:-1], []).append(path[-1])

    def copy(self, node: Any, before: KeyPath, after: KeyPath) -> Any:
        if before in self._faulty:
            return _GONE
        if before in self._stand_ins:
            return self._stand_ins[before]
        if isinstance(node, Mapping):
            return self._table(node, before, after)
        return self._list(node, before, after) if isinstance(node, list) else node

    def _table(self, node: Mapping[str, Any], before: KeyPath, after: KeyPath) -> dict[str, Any]:
        keys = dict.fromkeys((*node, *map(str, self._added.get(before, ()))))
        copies = {key: self.copy(node.get(key), (*before, key), (*after, key)) for key in keys}
        return {key: value for key, value in copies.items() if value is not _GONE}

    def _list(self, node: list[Any], before: KeyPath, after: KeyPath) -> list[Any]:
        kept: list[Any] = []
        positions: list[int] = []
        for index, item in enumerate(node):
            copy = self.copy(item, (*before, index), (*after, len(kept)))
            if copy is not _GONE:
                kept.append(copy)
                positions.append(index)
        self.origin.note(after, positions)
        return kept
