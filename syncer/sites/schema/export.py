"""The JSON schema of site files, for editors that complete and check TOML.

Here because it is made of the models, so that it cannot differ from what is accepted. Imported by a command alone.
"""

from __future__ import annotations

from typing import Any

from syncer.sites.schema.imported_file import ImportedFile
from syncer.sites.schema.native import NativeFile


def json_schema() -> dict[str, Any]:
    """Give the schema: native files, and files with `dialect = "hydrus"`."""
    native = NativeFile.model_json_schema(by_alias=True)
    imported = ImportedFile.model_json_schema(by_alias=True)
    definitions = _renamed(native.pop("$defs"), "") | _renamed(imported.pop("$defs"), "Hydrus")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A syncer site file",
        "if": {"properties": {"site": {"properties": {"dialect": {"const": "hydrus"}}, "required": ["dialect"]}}},
        "then": _moved(imported, "Hydrus"),
        "else": native,
        "$defs": definitions,
    }


def _renamed(definitions: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": _moved(body, prefix) for name, body in definitions.items()}


def _moved(node: Any, prefix: str) -> Any:
    """Point references at the renamed definitions: both dialects have tables of the same name."""
    if isinstance(node, dict):
        return {
            key: value.replace("#/$defs/", f"#/$defs/{prefix}") if key == "$ref" else _moved(value, prefix)
            for key, value in node.items()
        }
    return [_moved(value, prefix) for value in node] if isinstance(node, list) else node
