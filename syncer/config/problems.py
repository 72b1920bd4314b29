"""What is wrong with a config, in words: pydantic's errors become sentences by a table.

Guesses what an unknown key should have been. Pure; only the loader and the editor import it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from syncer.config import program_options
from syncer.config.problem import KeyPath, Problem
from syncer.config.problem_lines import short
from syncer.config.schema.config import ConfigTable
from syncer.config.schema.options import BORROWED, OptionKeys, OptionsTable
from syncer.config.schema.scalars import Table
from syncer.config.schema.subscriptions import NO_QUERIES, TABLE_TAG, TEXT_TAG

_TAGS: Final = frozenset({TEXT_TAG, TABLE_TAG})
_KEY_MARK: Final = "[key]"


def from_pydantic(error: ValidationError) -> list[Problem]:
    """Turn pydantic's errors into problems, in its order."""
    return [_problem(details) for details in error.errors(include_url=False)]


def _problem(details: ErrorDetails) -> Problem:
    path = _clean(details["loc"])
    if details["type"] == NO_QUERIES:
        return Problem((*path, "queries"), 'is missing; write queries = ["mountain lake"]', missing=True)
    return Problem(path, _words(details), missing=details["type"] == "missing")


def stand_in(path: KeyPath, *, missing: bool = False) -> object:
    """Return the example of a key that is needed, to stand in for a missing or wrong value; None for all others."""
    table = _model_at(path[:-1]) if path else None
    field = table.written_keys().get(str(path[-1])) if table is not None else None
    return field.examples[0] if field is not None and (field.is_required() or missing) and field.examples else None


def _clean(loc: tuple[str | int, ...]) -> KeyPath:
    return tuple(part for part in loc if part not in _TAGS and part != _KEY_MARK)


def _words(details: ErrorDetails) -> str:
    write = _WORDS.get(details["type"])
    return write(details) if write else details["msg"].removeprefix("Value error, ")


def _given(details: ErrorDetails) -> str:
    """Return what stands in a wrong place, but for what may be a password."""
    return program_options.HIDDEN if program_options.are_at(_clean(details["loc"])) else short(details["input"])


def _unknown(details: ErrorDetails) -> str:
    path = _clean(details["loc"])
    key = str(path[-1])
    table = _model_at(path[:-1])
    known = list(table.written_keys()) if table is not None else []
    if guess := difflib.get_close_matches(key.replace("-", "_").lower(), known, n=1, cutoff=0.6):
        return f'unknown key, did you mean "{guess[0]}"?'
    if (top := ConfigTable.written_keys().get(key)) is not None and top.description:
        return "unknown key here; it belongs at the top of the file, before the first [table]"
    if homes := [name for name, other in _all_tables() if key in other.written_keys()]:
        return f"unknown key here; it belongs under {' or '.join(homes)} (is that line still commented out?)"
    if table is not None and issubclass(table, OptionKeys) and table is not OptionsTable:
        known = [*(name for name in known if name not in BORROWED), "all keys of [options]"]
    return f"unknown key; known here: {', '.join(known)}" if known else "unknown key"


def _missing(details: ErrorDetails) -> str:
    path = _clean(details["loc"])
    return f"is missing; write {path[-1]} = {short(stand_in(path))}"


def _wrong_list(details: ErrorDetails) -> str:
    value, key = details["input"], _clean(details["loc"])[-1]
    if isinstance(value, dict):
        return f"is a list of tables; write [[{key}]] with double brackets"
    return f"must be a list, in square brackets: [{_given(details)}]"


def _wrong_table(details: ErrorDetails) -> str:
    if isinstance(details["input"], list):
        return f"is one table; write [{'.'.join(map(str, _clean(details['loc'])))}] with single brackets"
    return f"must be a table, not {_given(details)}"


def _wrong_choice(details: ErrorDetails) -> str:
    choices = re.findall(r"'((?:[^'\\]|\\.)*)'", str(details["ctx"]["expected"]))
    given = details["input"]
    if len(choices) == 1:
        return f'must be exactly "{choices[0]}"'
    guess = difflib.get_close_matches(given.lower(), choices, n=1) if isinstance(given, str) else []
    hint = f', did you mean "{guess[0]}"?' if guess else ""
    return f"{short(given)} is not one of {', '.join(choices)}{hint}"


def _must_be(what: str) -> Callable[[ErrorDetails], str]:
    return lambda details: f"must be {what}, not {_given(details)}"


def _bound(word: str, limit: str) -> Callable[[ErrorDetails], str]:
    return lambda details: f"must be {word} {details['ctx'][limit]}, not {_given(details)}"


_WORDS: Final[Mapping[str, Callable[[ErrorDetails], str]]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "list_type": _wrong_list,
    "dict_type": _wrong_table,
    "model_type": _wrong_table,
    "model_attributes_type": _wrong_table,
    "literal_error": _wrong_choice,
    "string_type": _must_be("text in quotes"),
    "int_type": _must_be("a whole number without quotes"),
    "bool_type": _must_be("true or false without quotes"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than_equal": _bound("at most", "le"),
    "too_short": lambda _: "is empty; name at least one",
    "query_form": _must_be("text in quotes or a table like { q = ... }"),
    "value_error": lambda details: str(details["ctx"]["error"]),
}


def _model_at(path: KeyPath) -> type[Table] | None:
    """Return the table that holds the keys at `path` in the schema."""
    here: Any = ConfigTable
    for part in path:
        if isinstance(here, type) and issubclass(here, Table):
            field = here.written_keys().get(str(part))
            here = field.annotation if field is not None else None
        elif get_origin(here) in (list, dict):
            here = get_args(here)[-1]
        here = _table_in(here)
    return here if isinstance(here, type) and issubclass(here, Table) else None


def _table_in(annotation: Any) -> Any:
    """Look through annotations and unions for the table, list or dict that can hold keys."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, Table) else None
    if get_origin(annotation) in (list, dict):
        return annotation
    return next((found for part in get_args(annotation) if (found := _table_in(part)) is not None), None)


def _all_tables() -> Iterator[tuple[str, type[Table]]]:
    """Yield each table of the first and second level with its header."""
    for name in ConfigTable.model_fields:
        outer = _model_at((name,))
        if outer is None:
            inner, many = _model_at((name, 0)), get_origin(ConfigTable.model_fields[name].annotation) is list
            if inner is not None:
                yield (f"[[{name}]]" if many else f"[{name}.NAME]"), inner
            continue
        yield f"[{name}]", outer
