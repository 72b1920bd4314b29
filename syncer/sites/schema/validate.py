"""Checking a document against the models: all problems at once, each with its key path, in words with a cure.

Here so that pydantic's own words and locations stay in this package. Imported by the loader, when files are read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syncer.config import problem_lines
from syncer.sites.problems import KeyPath, SiteFileError

if TYPE_CHECKING:
    from syncer.sites.schema.imported_file import ImportedFile
    from syncer.sites.schema.native import NativeFile, SampleFile

Model = TypeVar("Model", bound=BaseModel)

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")


def native(document: Mapping[str, Any]) -> tuple[NativeFile | None, list[SiteFileError]]:
    """Check a native document; None with the problems when it has any."""
    from syncer.sites.schema.native import NativeFile

    return _validate(NativeFile, document)


def samples(document: Mapping[str, Any]) -> tuple[SampleFile | None, list[SiteFileError]]:
    """Check a file of samples; None with the problems when it has any."""
    from syncer.sites.schema.native import SampleFile

    return _validate(SampleFile, document)


def imported(document: Mapping[str, Any]) -> tuple[ImportedFile | None, list[SiteFileError]]:
    """Check a document in the chain dialect; None with the problems when it has any."""
    from syncer.sites.schema.imported_file import ImportedFile

    return _validate(ImportedFile, document)


def _validate(model: type[Model], document: Mapping[str, Any]) -> tuple[Model | None, list[SiteFileError]]:
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        return None, [
            SiteFileError(_path(details["loc"], document), _words(model, details))
            for details in error.errors(include_url=False)
        ]
    except RecursionError:
        return None, [SiteFileError((), "the file nests its tables too deep")]


def _path(loc: tuple[int | str, ...], document: object) -> KeyPath:
    """Leave out what pydantic adds to a location: branches of unions, which are no keys of the document."""
    path: list[str | int] = []
    node = document
    for index, key in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(node, dict) and (key in node or (last and isinstance(key, str))):
            path.append(key)
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            path.append(key)
            node = node[key]
    return tuple(path)


def _words(model: type[BaseModel], details: ErrorDetails) -> str:
    write = _WORDS.get(details["type"])
    return write(model, details) if write else details["msg"].removeprefix("Value error, ")


def _unknown(model: type[BaseModel], details: ErrorDetails) -> str:
    key = str(details["loc"][-1])
    table = _model_at(model, details["loc"][:-1])
    known = list(_names(table)) if table is not None else []
    guess = difflib.get_close_matches(key.replace("-", "_").lower(), known, n=1, cutoff=0.6)
    if guess:
        return f'unknown key, did you mean "{guess[0]}"?'
    return f"unknown key; known here: {', '.join(known)}" if known else "unknown key"


def _choice(model: type[BaseModel], details: ErrorDetails) -> str:  # noqa: ARG001 - writers are called alike
    choices = _QUOTED.findall(str(details["ctx"]["expected"]))
    return f"{problem_lines.short(details['input'])} is not one of {', '.join(choices)}"


def _must_be(what: str) -> Callable[[type[BaseModel], ErrorDetails], str]:
    return lambda _, details: f"must be {what}, not {problem_lines.short(details['input'])}"


def _wrong_table(model: type[BaseModel], details: ErrorDetails) -> str:
    if isinstance(details["input"], list) and all(isinstance(key, str) for key in details["loc"]):
        return f"is one table; write [{'.'.join(map(str, details['loc']))}] with single brackets"
    return _must_be("a table")(model, details)


_WORDS: Mapping[str, Callable[[type[BaseModel], ErrorDetails], str]] = {
    "extra_forbidden": _unknown,
    "missing": lambda _, details: f'needs the key "{details["loc"][-1]}"',
    "list_type": _must_be("a list, in square brackets"),
    "dict_type": _wrong_table,
    "model_type": _wrong_table,
    "model_attributes_type": _wrong_table,
    "literal_error": _choice,
    "string_type": _must_be("text in quotes"),
    "int_type": _must_be("a whole number without quotes"),
    "bool_type": _must_be("true or false without quotes"),
}


def _names(table: type[BaseModel]) -> Iterator[str]:
    for name, field in table.model_fields.items():
        yield field.alias or name


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Find the table that holds the keys at a location, by walking annotations."""
    here: type[BaseModel] | None = model
    for key in loc:
        if here is None or isinstance(key, int):
            continue
        field = next((f for name, f in here.model_fields.items() if (f.alias or name) == key), None)
        if field is not None:
            here = _table_in(field.annotation)
    return here


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _table_in(part)) is not None), None)
