"""The options in force for one thing, put together from the layers that the config and the command line give.

A new option is a field of `Options`, a reader in `_READERS`, a default in `config.settings` and a key in `config.schema`. Pure; the
service and the other filters import it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from syncer.config.option_values import ON_MORE, OPTION_DEFAULTS, THREAD_TITLES
from syncer.errors import ConfigError
from syncer.frozen import frozen

DEFAULT_LAYER: Final = "default"
EXTEND: Final = "extend_"
MOST_SHOWN: Final = 20

Pairs = tuple[tuple[str, str], ...]


@frozen
class Options:
    """What is let in, and what is written with it; None = no limit."""

    types: tuple[str, ...]
    """Groups (`image`), MIME types (`image/png`, `image/*`) or extensions (`png`)."""
    min_size: int
    """In bytes, like `max_size`."""
    max_size: int | None
    min_width: int | None
    """In pixels, like the other three; `min_pixels` and `max_pixels` are width times height."""
    max_width: int | None
    min_height: int | None
    max_height: int | None
    min_pixels: int | None
    max_pixels: int | None
    min_ratio: float | None
    """Width divided by height."""
    max_ratio: float | None
    min_duration: float | None
    """In seconds, like `max_duration`."""
    max_duration: float | None
    animated: bool | None
    """Of images only those that move, or only those that do not; None = both."""
    max_age: float | None
    """Of the post, in seconds."""
    blacklist: tuple[str, ...]
    """Tag rules, see `filters.tags`."""
    blacklist_from: tuple[str, ...]
    """The rules of the file that the option names."""
    whitelist: tuple[str, ...]
    tags: tuple[str, ...]
    """Terms, see `filters.terms`: which tags are written."""
    drop_tags: tuple[str, ...]
    rename_tags: Pairs
    """Pairs of a tag and what is written for it."""
    namespaces: Pairs
    add_tags: tuple[str, ...]
    underscores: str
    """`keep` or `blanks`."""
    max_tag_length: int
    """In characters."""
    notes: tuple[str, ...]
    """Names of those that are written; `*` = all."""
    max_note: int
    """In bytes of UTF-8."""
    sources: bool
    wrong_hash: str
    """`keep` or `refuse`."""
    thread_title: str
    """One of `config.option_values.THREAD_TITLES`, see `filters.titles`."""
    stars: int | None
    """The rating that is written, 1 to 5; None = none."""
    on_more: str
    """One of `config.option_values.ON_MORE`, see `service.more_metadata`."""
    text_posts: str
    """Where posts without files go: an import folder's name, SAME_FOLDER, or "" = they are left out."""
    import_folder: str
    """The name of the import folder that takes the files; "" = the usual one."""


@frozen
class Resolved:
    """The options, and for each key the layer(s) that its value came from, for `explain`."""

    options: Options
    layer: Mapping[str, str]
    shown: str = "{}"
    """As JSON: value and layer of each option that is not the default; of long lists only how long they are."""


Layer = tuple[str, Mapping[str, object]]
"""A layer's name ("base", "site safebooru") and the keys that it sets; lists as tuple or list, tables as pairs or mapping."""


def resolve(layers: Sequence[Layer]) -> Resolved:
    """Put the layers together, the least specific first: a later one replaces a key, `extend_KEY` adds to a list or table.

    Raises ConfigError naming the layer for an unknown key or a value of the wrong kind.
    """
    values: dict[str, object] = {key: _READERS[key](value) for key, value in OPTION_DEFAULTS.items()}
    origin = dict.fromkeys(values, DEFAULT_LAYER)
    for name, layer in layers:
        for key, value in layer.items():
            if not key.startswith(EXTEND):
                values[key] = _read(name, key, key, value)
                origin[key] = name
        for key, value in layer.items():
            if key.startswith(EXTEND):
                plain = key.removeprefix(EXTEND)
                values[plain] = _extended(values.get(plain), _read(name, key, plain, value), name, key)
                origin[plain] = f"{origin[plain]} + {name}"
    return Resolved(_options(values), MappingProxyType(origin), _shown(values, origin))


def _shown(values: Mapping[str, object], origin: Mapping[str, str]) -> str:
    told = {
        key: {"value": _short(values[key]), "layer": layer} for key, layer in origin.items() if layer != DEFAULT_LAYER
    }
    return json.dumps(told, ensure_ascii=False)


def _short(value: object) -> object:
    return f"{len(value)} entries" if isinstance(value, tuple) and len(value) > MOST_SHOWN else value


def _options(values: Mapping[str, object]) -> Options:
    return Options(**{each.name: values[each.name] for each in fields(Options)})  # type: ignore[arg-type]  # _READERS saw to it


def _read(layer: str, key: str, plain: str, value: object) -> object:
    reader = _READERS.get(plain)
    if reader is None:
        near = get_close_matches(plain, _READERS, 1)
        raise ConfigError(
            f'The layer "{layer}" sets the unknown option "{key}"',
            f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(_READERS)}.",
        )
    try:
        return reader(value)
    except ValueError as error:
        raise ConfigError(f'The layer "{layer}" sets "{key}" to {value!r}', f"It must be {error}.") from None


def _extended(old: object, added: object, layer: str, key: str) -> tuple[object, ...]:
    if not isinstance(old, tuple) or not isinstance(added, tuple):
        raise ConfigError(f'The layer "{layer}" has "{key}", but only lists can be extended', "Set the option itself.")
    if key.removeprefix(EXTEND) in _TABLES:
        return tuple({**dict(old), **dict(added)}.items())
    return tuple(dict.fromkeys((*old, *added)))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple | list) or not all(isinstance(each, str) for each in value):
        raise ValueError("a list of texts")
    return tuple(dict.fromkeys(each.strip() for each in value if each.strip()))


def _types(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower().removeprefix(".") for each in _texts(value)))


def _pairs(value: object) -> Pairs:
    try:
        table = dict(value)  # type: ignore[call-overload]  # what is no table is refused right here
    except (TypeError, ValueError):
        table = None
    if table is None or not all(isinstance(each, str) for pair in table.items() for each in pair):
        raise ValueError("a table of texts")
    return tuple(table.items())


def _bytes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a number of bytes, 0 or more")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError("a number, 0 or more")
    return value


def _stars(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        raise ValueError("a whole number from 1 to 5")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _or_none(reader: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value is None else reader(value)


def _one_of(*words: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return value

    return read


_TABLES: Final = frozenset({"rename_tags", "namespaces"})
_LIMIT: Final = _or_none(_number)

_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "types": _types,
    "min_size": _bytes,
    "max_size": _or_none(_bytes),
    "min_width": _LIMIT,
    "max_width": _LIMIT,
    "min_height": _LIMIT,
    "max_height": _LIMIT,
    "min_pixels": _LIMIT,
    "max_pixels": _LIMIT,
    "min_ratio": _LIMIT,
    "max_ratio": _LIMIT,
    "min_duration": _LIMIT,
    "max_duration": _LIMIT,
    "animated": _or_none(_flag),
    "max_age": _LIMIT,
    "blacklist": _texts,
    "blacklist_from": _texts,
    "whitelist": _texts,
    "tags": _texts,
    "drop_tags": _texts,
    "rename_tags": _pairs,
    "namespaces": _pairs,
    "add_tags": _texts,
    "underscores": _one_of("keep", "blanks"),
    "max_tag_length": _bytes,
    "notes": _texts,
    "max_note": _bytes,
    "sources": _flag,
    "wrong_hash": _one_of("keep", "refuse"),
    "thread_title": _one_of(*THREAD_TITLES),
    "stars": _or_none(_stars),
    "on_more": _one_of(*ON_MORE),
    "text_posts": _text,
    "import_folder": _text,
}
"""Key -> reader that returns the value in the form of `Options`, or raises ValueError("what it must be")."""
