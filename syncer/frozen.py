"""Frozen records: what `dataclass(frozen=True, slots=True)` gives, at a quarter of what that costs at each start.

dataclasses writes and compiles seven methods for each class: half a millisecond and 12 KB, three hundred times. Here all records
share theirs, but for the constructor, which is compiled when the first one is made. Imports nothing of syncer; everybody may
import it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass with slots; `replace`, `fields`, `asdict` and `match` work as ever.

    Raises TypeError for what no record here needs: fields without a place in the constructor, or by name alone.
    """
    # dataclasses would make up a text of its own, at the price of a third of all this.
    cls.__doc__ = cls.__doc__ or cls.__name__
    own = set(cls.__dict__)
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    parts = fields(made)
    if any(not part.init or part.kw_only for part in parts) or "__post_init__" in own:
        raise TypeError(f"{cls.__name__}: a frozen record is what its constructor is given, in order; use dataclass")
    shared: dict[str, object] = {
        "__init__": _first_call(made, parts),
        "__eq__": _equal(_values([part.name for part in parts if part.compare])),
        "__hash__": _hash(_values([part.name for part in parts if (part.compare if part.hash is None else part.hash)])),
        "__repr__": _show,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": _state,
        "__setstate__": _restore,
    }
    for name, method in shared.items():
        if name not in own:
            setattr(made, name, method)
    result: type[T] = made
    return result


def _first_call(cls: Any, parts: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Return a constructor that puts the real one in its own place when it is called."""

    def first_call(self: object, *args: object, **kwargs: object) -> None:
        made = _constructor(cls, parts)
        cls.__init__ = made
        made(self, *args, **kwargs)

    return first_call


def _constructor(cls: Any, parts: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Compile the constructor: each value goes straight into its slot, past what refuses changes."""
    words, lines, known = [], [], {}
    for number, part in enumerate(parts):
        known[f"_set{number}"] = getattr(cls, part.name).__set__
        value = part.name
        if part.default_factory is not MISSING:
            known |= {f"_make{number}": part.default_factory, "_missing": MISSING}
            words.append(f"{part.name}=_missing")
            value = f"_make{number}() if {part.name} is _missing else {part.name}"
        elif part.default is not MISSING:
            known[f"_default{number}"] = part.default
            words.append(f"{part.name}=_default{number}")
        else:
            words.append(part.name)
        lines.append(f"    _set{number}(self, {value})")
    # Names of fields and of ours alone, never a text from elsewhere.
    exec(f"def __init__({', '.join(['self', *words])}):\n" + "\n".join(lines or ["    pass"]), known)  # noqa: S102
    found: Callable[..., None] = known["__init__"]
    found.__qualname__ = f"{cls.__qualname__}.__init__"
    return found


def _values(names: list[str]) -> Callable[[Any], tuple[object, ...]]:
    """Return what gives the values of these fields."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    only = names[0]
    return lambda record: (getattr(record, only),)


def _equal(values: Callable[[Any], object]) -> Callable[[Any, object], bool]:
    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(values: Callable[[Any], object]) -> Callable[[Any], int]:
    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


def _show(self: Any) -> str:
    shown = (f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, value: object = None) -> NoReturn:  # noqa: ARG001 - called as Python calls it
    raise FrozenInstanceError(f"cannot change {name} of {self.__class__.__name__}")


def _state(self: Any) -> tuple[object, ...]:
    return tuple(getattr(self, part.name) for part in fields(self))


def _restore(self: Any, state: tuple[object, ...]) -> None:
    for part, value in zip(fields(self), state, strict=True):
        getattr(self.__class__, part.name).__set__(self, value)
