"""Checked tables without the models that checked them: what they said, written as JSON and read back.

Here, because pydantic and its models cost a third of a start and 15 MB, and a text that was checked before says the same again.
Pure; `checked` keeps them, and who reads config tables or site files gets either kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final

from syncer.config.bandwidth import Rule
from syncer.config.proxies import Proxy
from syncer.config.settings import Every, Quiet, Source

VALUES: Final[Mapping[str, type]] = {each.__name__: each for each in (Rule, Proxy, Every, Quiet, Source)}
"""What values in tables are made of beside plain ones; nothing else is ever made from what was written."""


class PlainTable:
    """A table as a model said it: the same attributes, whose defaults the class holds."""

    __slots__ = ("__dict__", "_given")

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, values: dict[str, Any], given: tuple[int, ...]) -> None:
        """Hold the values that are no defaults; `given` are the positions of the fields that a person wrote."""
        self.__dict__ = values
        self._given = given

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were written, as pydantic calls it."""
        return {self._fields[position] for position in self._given}

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Give names and values of all fields, as a model does."""
        return ((name, getattr(self, name)) for name in self._fields)

    def model_copy(self, *, update: Mapping[str, Any]) -> PlainTable:
        """Return a copy with other values."""
        return type(self)(self.__dict__ | dict(update), self._given)


def write(model: Any) -> str:
    """Write a checked model and all in it as two lines of JSON. Raises TypeError for what no table here holds."""
    writer = _Writer()
    root = writer.value(model)
    return f"{json.dumps(list(writer.classes.values()))}\n{json.dumps(root)}"


def read(text: str) -> Any:
    """Return what `write` wrote. Raises ValueError, LookupError, TypeError or RecursionError where it is something else."""
    classes, _, root = text.partition("\n")
    reader = _Reader()
    reader.classes = [reader.made(*each) for each in json.loads(classes, object_hook=reader.hook)]
    return json.loads(root, object_hook=reader.hook)


class _Writer:
    """Values become JSON: lists and plain values as they are, all else as an object of one key that says what it is."""

    def __init__(self) -> None:
        self.classes: dict[type, list[Any]] = {}
        """Name, names of the fields, and defaults, by position."""
        self._numbers: dict[type, int] = {}

    def value(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is list:
            return [self.value(each) for each in value]
        if kind is tuple:
            return {"tuple": [self.value(each) for each in value]}
        if kind in (dict, MappingProxyType):
            return {
                "table" if kind is dict else "view": [[_text(key), self.value(each)] for key, each in value.items()]
            }
        if isinstance(value, Path):
            return {"path": str(value)}
        if VALUES.get(kind.__name__) is kind:
            return {kind.__name__: [self.value(getattr(value, name)) for name in kind.__dataclass_fields__]}
        return {"model": self._model(value, kind)}

    def _model(self, value: Any, kind: Any) -> list[Any]:
        if not hasattr(kind, "model_fields"):
            raise TypeError(f"{kind.__name__} is no value of a table")
        names = list(kind.model_fields)
        if kind not in self.classes:
            self._numbers[kind] = len(self._numbers)
            self.classes[kind] = [kind.__name__, names, []]
            self.classes[kind][2] = [self._default(field) for field in kind.model_fields.values()]
        defaults = self.classes[kind][2]
        values = [self.value(getattr(value, name)) for name in names]
        own = [each for each in range(len(names)) if not _same(values[each], defaults[each])]
        given = [each for each, name in enumerate(names) if name in value.model_fields_set]
        return [self._numbers[kind], own, [values[each] for each in own], given]

    def _default(self, field: Any) -> Any:
        """Return a field's default; one that is no value by itself counts as none, and is written each time."""
        try:
            return self.value(field.get_default(call_default_factory=True))
        except TypeError:
            return None


class _Reader:
    def __init__(self) -> None:
        self.classes: list[type[PlainTable]] = []

    def made(self, name: str, fields: list[str], defaults: list[Any]) -> type[PlainTable]:
        """Return the class of tables of one kind."""
        held = dict(zip(map(_text, fields), defaults, strict=True))
        return type(_text(name), (PlainTable,), {"__slots__": (), "_fields": tuple(fields), **held})

    def hook(self, pairs: dict[str, Any]) -> Any:
        ((kind, value),) = pairs.items()
        if kind == "model":
            number, own, values, given = value
            made = self.classes[number]
            return made({made._fields[each]: held for each, held in zip(own, values, strict=True)}, tuple(given))
        return _MAKERS[kind](value)


_MAKERS: Final[Mapping[str, Any]] = {
    "tuple": tuple,
    "table": dict,
    "view": lambda pairs: MappingProxyType(dict(pairs)),
    "path": Path,
    **{name: lambda values, kind=kind: kind(*values) for name, kind in VALUES.items()},
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("names in tables are text")
    return value


def _same(one: Any, other: Any) -> bool:
    """Tell whether two written values are one: `1`, `1.0` and `true` are not."""
    return type(one) is type(other) and one == other and json.dumps(one) == json.dumps(other)
