"""What all tables of a site file share: unknown keys are errors, texts are not taken for numbers, one-of rules.

Here so that both dialects fail in the same words. Imported by the schema modules alone; pydantic is loaded here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

StrictInt = Annotated[int, Strict()]
StrictBool = Annotated[bool, Strict()]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[
    list[str],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""A text, or a list of texts."""


def refuse(text: str) -> PydanticCustomError:
    """Make the error for a table that is well formed but makes no sense; `text` names the cure."""
    return PydanticCustomError("site_file", "{text}", {"text": text})


def quoted(names: Iterable[str]) -> str:
    """List key names for a message."""
    return ", ".join(f'"{name}"' for name in names)


class Table(BaseModel):
    """A table of a site file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OneOf(Table):
    """A table that holds exactly one of the keys in `choices` (or at most one, where `needed` is false)."""

    choices: ClassVar[tuple[str, ...]] = ()
    needed: ClassVar[bool] = True

    @model_validator(mode="before")
    @classmethod
    def _one(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        present = [name for name in cls.choices if name in data]
        unknown = [name for name in data if name not in cls.model_fields and not cls._is_alias(name)]
        if len(present) > 1:
            raise refuse(f"{quoted(present)} cannot stand together, keep one of them")
        if not present and cls.needed and not unknown:
            raise refuse(f"needs one of {quoted(cls.choices)}")
        return data

    @classmethod
    def _is_alias(cls, name: str) -> bool:
        return any(field.alias == name for field in cls.model_fields.values())
