"""The options in force for one thing, put together from the layers that the config and the command line give.

A new option is a field of `Options`, a reader in `_READERS`, and a default in `config.settings`. Pure; the service and the other
filters import it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from syncer.config.settings import OPTION_DEFAULTS, THREAD_TITLES
from syncer.errors import ConfigError

DEFAULT_LAYER: Final = "default"
EXTEND: Final = "extend_"


@dataclass(frozen=True, slots=True)
class Options:
    """What is let in."""

    types: tuple[str, ...]
    """Groups (`image`), MIME types (`image/png`, `image/*`) or extensions (`png`)."""
    min_size: int
    """In bytes."""
    blacklist: tuple[str, ...]
    """Tag rules, see `filters.tags`."""
    import_folder: str
    """The name of the import folder that takes the files; "" = the usual one."""
    thread_title: str
    """One of `config.settings.THREAD_TITLES`, see `filters.titles`."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The options, and for each key the layer(s) that its value came from, for `explain`."""

    options: Options
    layer: Mapping[str, str]


Layer = tuple[str, Mapping[str, object]]
"""A layer's name ("base", "site safebooru") and the keys that it sets; a list may be set as tuple or list."""


def resolve(layers: Sequence[Layer]) -> Resolved:
    """Put the layers together, the least specific first: a later one replaces a key, `extend_KEY` adds to a list.

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
    return Resolved(_options(values), MappingProxyType(origin))


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
    return tuple(dict.fromkeys((*old, *added)))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, tuple | list) or not all(isinstance(each, str) for each in value):
        raise ValueError("a list of texts")
    return tuple(dict.fromkeys(each.strip() for each in value if each.strip()))


def _types(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower().removeprefix(".") for each in _texts(value)))


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a name")
    return value


def _bytes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a number of bytes, 0 or more")
    return value


def _thread_title(value: object) -> str:
    if not isinstance(value, str) or value not in THREAD_TITLES:
        raise ValueError(f"one of {', '.join(THREAD_TITLES)}")
    return value


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "types": _types,
    "min_size": _bytes,
    "blacklist": _texts,
    "import_folder": _name,
    "thread_title": _thread_title,
}
"""Key -> reader that returns the value in the form of `Options`, or raises ValueError("what it must be")."""
