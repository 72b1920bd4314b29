"""Reading site files as TOML: bytes to checked documents, an engine's tables beneath a site's own.

Here because engines are merged before anything is checked, and an error must still name the right file and line.
Imported by the loader.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from syncer.config import toml_text
from syncer.config.source import plain_bytes
from syncer.config.toml_text import NoTomlError
from syncer.frozen import frozen
from syncer.sites.problems import KeyPath, Problem, spell

MAX_FILE = 8 * 1024 * 1024
"""Bytes; a larger site file is refused."""

KEPT = 128
"""Of so many texts it is remembered what they mean: a reload reads most files as they were."""

_VAR = re.compile(r"\{\$([A-Za-z_][A-Za-z0-9_]*)\}")
_NAMED = ("search", "url", "rule")
"""Lists of tables that a site and its engine share by name."""


class UnreadableError(Exception):
    """A file is no TOML; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


@frozen
class Document:
    """A file's tables, and the text that they were read from."""

    file: Path
    text: str
    data: dict[str, Any]
    engine: Document | None = None
    merged: dict[str, Any] | None = None

    @property
    def whole(self) -> dict[str, Any]:
        """The tables with those of the engine beneath them."""
        return self.data if self.merged is None else self.merged

    def problem(self, path: KeyPath, text: str, *, serious: bool = True) -> Problem:
        """Make a problem of an error at a key: in this file, or in the engine's where the key comes from there."""
        from syncer.config import where

        own = self._own(path)
        if own is None and self.engine is not None:
            theirs = self.engine._translate(self, path)
            line = where.locate(self.engine.text).line(theirs)
            return Problem(self.engine.file, line, spell(theirs, self.engine.data), text, serious)
        line = where.locate(self.text).line(own or path)
        return Problem(self.file, line, spell(path, self.whole), text, serious)

    def _own(self, path: KeyPath) -> KeyPath | None:
        """Find a merged key in this file; None when it is not written here."""
        if self.merged is None:
            return path
        translated = self._translate(self, path)
        node: Any = self.data
        for depth, key in enumerate(translated):
            following = _below(node, key)
            if following is None:
                return None if depth < len(translated) - 1 or self.engine is not None else translated
            node = following
        return translated

    def _translate(self, merged: Document, path: KeyPath) -> KeyPath:
        """Turn a position in a merged list into the position in this document's list of the same name."""
        if len(path) < 2 or path[0] not in _NAMED or not isinstance(path[1], int):
            return path
        table = _below(_below(merged.whole, path[0]), path[1])
        name = table.get("name") if isinstance(table, dict) else None
        own = self.data.get(str(path[0]), [])
        for index, entry in enumerate(own if isinstance(own, list) else []):
            if isinstance(entry, dict) and entry.get("name") == name:
                return (path[0], index, *path[2:])
        return (path[0], -1, *path[2:])


def _below(node: Any, key: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(key)
    if isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node):
        return node[key]
    return None


def files_in(folder: Path) -> list[Path]:
    """Return the TOML files of a folder in order of name; none where it is not there or cannot be read, which the loader tells."""
    try:
        return sorted(each for each in folder.iterdir() if each.suffix == ".toml")
    except OSError:
        return []


def read(file: Path) -> Document:
    """Read a file; raises UnreadableError with line and cure when it is no TOML."""
    try:
        raw = plain_bytes(file, MAX_FILE)
    except OSError as error:
        raise UnreadableError(Problem(file, None, "", f"cannot be read: {error.strerror}")) from error
    if len(raw) > MAX_FILE:
        raise UnreadableError(Problem(file, None, "", f"is larger than {MAX_FILE // 1024 // 1024} MB"))
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UnreadableError(Problem(file, line, "", "is not UTF-8 text; save it as UTF-8")) from error
    text = text.replace("\r\n", "\n")
    try:
        return Document(file, text, _tables(text))
    except NoTomlError as error:
        raise UnreadableError(Problem(file, error.line, "", f"is not TOML: {error}")) from error


@functools.lru_cache(maxsize=KEPT)
def _tables(text: str) -> dict[str, Any]:
    """Read a text; nobody changes what comes out, since the next reading of the same text gets it too."""
    return toml_text.read(text)


def with_engine(site: Document, find: Callable[[str], Document | None]) -> Document:
    """Lay a site's tables over its engine's and put in the `vars`; raises KeyError when the engine is not there."""
    table = site.data.get("site")
    name = table.get("engine") if isinstance(table, dict) else None
    if not isinstance(name, str):
        merged = site.data
        engine = None
    else:
        engine = find(name)
        if engine is None:
            raise KeyError(name)
        merged = merge(engine.data, site.data)
    variables = merged.get("vars", {})
    if variables and isinstance(variables, dict):
        merged = {key: _put(value, variables) if key != "vars" else value for key, value in merged.items()}
    if merged is site.data:
        return site
    return Document(site.file, site.text, site.data, engine, merged)


def merge(engine: Mapping[str, Any], site: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a site's tables over an engine's: tables key by key, searches, classes and rules by name, other lists whole."""
    merged = {key: value for key, value in engine.items() if key != "engine"}
    for key, value in site.items():
        below = merged.get(key)
        if key in _NAMED and isinstance(below, list) and isinstance(value, list):
            merged[key] = _by_name(below, value)
            if key == "search":
                # The first is what `site: query` means: of those that a site names, the site's first.
                names = [entry.get("name") for entry in value if isinstance(entry, dict)]
                merged[key].sort(
                    key=lambda entry: names.index(name) if (name := entry.get("name")) in names else len(names)
                )
        elif isinstance(below, dict) and isinstance(value, dict):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def _by_name(engine: list[Any], site: list[Any]) -> list[Any]:
    own = {entry.get("name"): entry for entry in site if isinstance(entry, dict)}
    known = {entry.get("name") for entry in engine if isinstance(entry, dict)}
    laid = [
        {**entry, **own[entry["name"]]} if isinstance(entry, dict) and entry.get("name") in own else entry
        for entry in engine
    ]
    added = [entry for entry in site if not isinstance(entry, dict) or entry.get("name") not in known]
    return [entry for entry in laid + added if not (isinstance(entry, dict) and entry.get("remove") is True)]


def _put(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _VAR.sub(lambda match: str(variables.get(match[1], match[0])), value) if "{$" in value else value
    if isinstance(value, dict):
        return {key: _put(below, variables) for key, below in value.items()}
    return [_put(below, variables) for below in value] if isinstance(value, list) else value
