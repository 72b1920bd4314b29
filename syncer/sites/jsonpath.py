"""JSON paths of native site files: plain member paths by our own getter, all others by python-jsonpath in strict mode.

Here because nearly all paths of site files are plain, and the library takes ten times as long for those. Imported by
formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from syncer.errors import ItemError
from syncer.sites import effort

Finder = Callable[[Any], list[Any]]
"""Gives all values that a path leads to, in document order; an absent member gives none."""

MAX_HERE = 64 * 1024
"""Characters of a page; in longer ones paths that are not plain are followed in a process of their own."""

_PIECE = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\[(?P<quote>['\"])(?P<quoted>[^'\"\\]*)(?P=quote)\]"
    r"|\[(?P<index>-?[0-9]{1,9})\]|(?P<all>\[\*\]|\.\*)"
)


def compile_path(path: str) -> Finder:
    """Compile a path that begins with `$`; raises ValueError with the reason."""
    if not path.startswith("$"):
        raise ValueError(f"{path!r} is not a JSONPath: it must begin with $")
    pieces = _plain(path)
    if pieces is None:
        return _by_library(path)
    if all(isinstance(piece, str) and piece for piece in pieces):
        return _members(tuple(str(piece) for piece in pieces))
    return _walk(tuple(pieces))


class _All:
    """Stands for `[*]` in a plain path."""


_ALL = _All()


def _plain(path: str) -> list[str | int | _All] | None:
    pieces: list[str | int | _All] = []
    at = 1
    while at < len(path):
        match = _PIECE.match(path, at)
        if match is None:
            return None
        at = match.end()
        if match["all"]:
            pieces.append(_ALL)
        elif match["index"] is not None:
            pieces.append(int(match["index"]))
        else:
            pieces.append(match["name"] if match["name"] is not None else match["quoted"])
    return pieces


def only(path: str) -> Callable[[Any], Any] | None:
    """Give the function for a path of names alone, which leads to one value or (None) to nothing; None for other paths."""
    pieces = _plain(path) if path.startswith("$") else None
    if not pieces or not all(isinstance(piece, str) and piece for piece in pieces):
        return None
    first, *rest = (str(piece) for piece in pieces)
    if not rest:
        return lambda node: node.get(first) if isinstance(node, dict) else None
    found = _members((first, *rest))
    return lambda node: next(iter(found(node)), None)


def _members(names: tuple[str, ...]) -> Finder:
    """The commonest path: only names."""

    def find(node: Any) -> list[Any]:
        for name in names:
            if not isinstance(node, dict) or name not in node:
                return []
            node = node[name]
        return [node]

    return find


def _walk(pieces: tuple[str | int | _All, ...]) -> Finder:
    def find(node: Any) -> list[Any]:
        nodes = [node]
        for piece in pieces:
            nodes = [below for current in nodes for below in _below(current, piece)]
        return nodes

    return find


def _below(node: Any, piece: str | int | _All) -> list[Any]:
    if isinstance(piece, _All):
        if isinstance(node, dict):
            return list(node.values())
        return node if isinstance(node, list) else []
    if isinstance(piece, int):
        return [node[piece]] if isinstance(node, list) and -len(node) <= piece < len(node) else []
    return [node[piece]] if isinstance(node, dict) and piece in node else []


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _by_library(path: str) -> Finder:
    import jsonpath

    try:
        compiled = jsonpath.JSONPathEnvironment(strict=True).compile(path)
    except jsonpath.JSONPathError as error:
        raise ValueError(f"{path!r} is not a JSONPath: {_first_line(error)}") from error

    def find(node: Any) -> list[Any]:
        effort.before_long(MAX_HERE)
        try:
            return list(compiled.findall(node))
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise ItemError(f"The path {path!r} cannot be followed on this page: {_first_line(error)}") from error

    return find
