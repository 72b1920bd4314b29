"""Relative paths in an included file begin at that file's folder: found by the schema, so that no path key is forgotten.

Only what joins included files imports it, and only for a file in another folder than the main config's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

from syncer.config.schema.config import ConfigTable
from syncer.config.schema.scalars import Table
from syncer.config.settings import Source


def absolute(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the data of a config with its relative paths as paths from `folder` on; what is no path stays as it is."""
    made: dict[str, Any] = _value(data, ConfigTable, folder)
    return made


def _value(value: Any, annotation: Any, folder: Path) -> Any:
    if isinstance(value, dict) and _is(Source, annotation):
        return {key: _path(inner, folder) if key == "file" else inner for key, inner in value.items()}
    if isinstance(value, dict):
        return {key: _value(inner, _inside(annotation, key), folder) for key, inner in value.items()}
    if isinstance(value, list):
        item = _inside(annotation, None)
        # A list may hold thousands of texts: what they are is asked once.
        plain = not _is(Path, item)
        return [inner if plain and isinstance(inner, str) else _value(inner, item, folder) for inner in value]
    return _path(value, folder) if _is(Path, annotation) else value


def _path(value: Any, folder: Path) -> Any:
    relative = isinstance(value, str) and value.strip() and not value.startswith(("/", "~"))
    return f"{folder}/{value}" if relative else value


def _inside(annotation: Any, key: str | None) -> Any:
    """Return the annotation of what a table, a dict or (`key` None) a list of this annotation holds; None = not known."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        field = annotation.written_keys().get(str(key))
        return None if field is None else field.annotation
    if get_origin(annotation) in (list, dict):
        return get_args(annotation)[-1]
    return next((found for part in get_args(annotation) if (found := _inside(part, key)) is not None), None)


def _is(kind: type, annotation: Any) -> bool:
    """Tell whether a value of this annotation is of a kind, where that is no table with keys of its own."""
    inside = () if get_origin(annotation) in (list, dict) else get_args(annotation)
    return annotation is kind or any(_is(kind, part) for part in inside)
