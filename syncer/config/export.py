"""Writes what the schema knows for people and editors: the commented example, a first config, the JSON schema.

Everything comes from the one description that each key has, so that nothing can go stale. `init`, `config show` and the
makers of docs import it.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin

import tomlkit
from pydantic.fields import FieldInfo

from syncer.config.schema.config import ConfigTable
from syncer.config.schema.options import BORROWED, LayerTable, OptionKeys, OptionsTable
from syncer.config.schema.scalars import Table
from syncer.frozen import frozen

SCHEMA_NAME: Final = "config.schema.json"
"""The file beside a config that `#:schema` may point to."""
TOP: Final = "At the top"
"""Stands for the header of a table where a key is in none."""
WIDTH: Final = 100
_INTRO: Final = """\
The configuration of syncer. `syncer config check` says what is wrong with it; a running syncer reads it again when it \
changes.
A line that begins with # and a key is switched off: take the # away to use it. It shows the default, or an example \
where the text above it names another default.
Sizes: "10 KB", "5 GB" (1 KB is 1024 bytes). Times: "30 seconds", "12 hours", "90 days"."""
_ADDED: Final = frozenset(name for name in BORROWED if name.startswith("extend_"))
"""Told in the words of [options] itself: each would only say the same of another key."""
_NEWCOMER: Final[Mapping[tuple[str, ...], object]] = {
    ("folders", "inbox"): "~/syncer/inbox",
    ("import_folders", "main", "path"): "~/syncer/import",
    ("import_folders", "main", "profile"): "hydrus",
}
"""What is switched on in the example: all that a newcomer needs, and nothing that asks anything of a site."""


@frozen
class KeyText:
    """One key for a reference: its table's header, name, description, and default in words ("" = needed or none)."""

    table: str
    name: str
    description: str
    default: str
    needed: bool


def example() -> str:
    """Return the commented example of a whole config, as `config.example.toml` holds it."""
    return _write(_NEWCOMER)


def first_config(
    inbox: str,
    import_folder: str,
    profile: str = "hydrus",
    *,
    schema: bool = False,
    more: Mapping[tuple[str, ...], object] = MappingProxyType({}),
) -> str:
    """Return what `syncer init` writes: the example with the person's folders.

    `more`: further keys that are switched on, by their path; `schema` adds the line for editors.
    """
    chosen: dict[tuple[str, ...], object] = {
        ("folders", "inbox"): inbox,
        ("import_folders", "main", "path"): import_folder,
        ("import_folders", "main", "profile"): profile,
        **more,
    }
    return (f"#:schema ./{SCHEMA_NAME}\n" if schema else "") + _write(chosen)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (2020-12) of a config, for editors."""
    schema = ConfigTable.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "syncer config.toml"}


def json_schema_text() -> str:
    """Return the JSON schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def keys() -> Iterator[KeyText]:
    """Yield every key of every table, in the order of the example, those of options once; those before all tables have `TOP` as
    their table."""
    for block in (_Block(TOP, ConfigTable, (), own_name=False), *_blocks(ConfigTable, ())):
        if issubclass(block.table, LayerTable):
            words = f"The keys of [options]. {' '.join((block.table.__doc__ or '').split())}"
            yield KeyText(block.header, "...", words, "", needed=False)
        for name, field in _plain_keys(block.table):
            default = "" if field.is_required() or field.default is None else _value(field.default)
            yield KeyText(block.header, name, field.description or "", default, field.is_required())


@frozen
class _Block:
    """One table as the example shows it; `own_name` = its name is the person's, or there may be many of it."""

    header: str
    table: type[Table]
    path: tuple[str, ...]
    own_name: bool


def _blocks(table: type[Table], path: tuple[str, ...]) -> Iterator[_Block]:
    for key, field in table.model_fields.items():
        annotation, name = field.annotation, field.alias or key
        if get_origin(annotation) is list and (inner := _table(get_args(annotation)[0])):
            yield _Block(f"[[{name}]]", inner, (*path, name), own_name=True)
        elif get_origin(annotation) is dict and (inner := _table(get_args(annotation)[1])):
            place = (*path, name, str((field.examples or ["NAME"])[0]))
            yield _Block(f"[{'.'.join(map(_written, place))}]", inner, place, own_name=True)
        elif inner := _table(annotation):
            place = (*path, name)
            if any(_plain_keys(inner)) or issubclass(inner, LayerTable):
                yield _Block(f"[{'.'.join(place)}]", inner, place, own_name=False)
            yield from _blocks(inner, place)


def _table(annotation: Any) -> type[Table] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, Table) else None


def _plain_keys(table: type[Table]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the keys of a table that are no tables themselves; those of options only where they are at home."""
    left_out = _ADDED if table is OptionsTable else BORROWED if issubclass(table, OptionKeys) else frozenset()
    found = ((name, field) for name, field in table.written_keys().items() if field.description is not None)
    return ((name, field) for name, field in found if name not in left_out)


def _written(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else f'"{name}"'


def _write(chosen: Mapping[tuple[str, ...], object]) -> str:
    parts = ["\n".join(line for text in _INTRO.split("\n") for line in _prose(text))]
    parts.append("\n".join(line for name, field in _plain_keys(ConfigTable) for line in _key(name, field, None, None)))
    for block in _blocks(ConfigTable, ()):
        # An empty table changes nothing; one with a name of the person's own would.
        on = not block.own_name or any(path[: len(block.path)] == block.path for path in chosen)
        lines = [*_prose(block.table.__doc__ or ""), f"{'' if on else '#'}{block.header}"]
        for name, field in _plain_keys(block.table):
            lines += _key(name, field, block.table.shown.get(name), chosen.get((*block.path, name)))
        if issubclass(block.table, LayerTable):
            lines += [f"#{name} = {_value(value)}" for name, value in block.table.shown.items()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _key(name: str, field: FieldInfo, shown: object, chosen: object) -> Iterator[str]:
    yield from _prose(f"{field.description} {_default(field)}".rstrip())
    if chosen is not None:
        yield f"{name} = {_value(chosen)}"
        return
    value = next(one for one in ((field.examples or [None])[0], shown, field.default) if one is not None)
    yield f"#{name} = {_value(value)}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "Needed."
    return "" if field.default is None else f"Default: {_value(field.default)}."


def _prose(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(" ".join(text.split()), WIDTH - 2, break_on_hyphens=False)]


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{tomlkit.key(name).as_string()} = {_value(one)}" for name, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return tomlkit.item(value).as_string()
