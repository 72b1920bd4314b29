"""The options of other programs that a config holds: there may be passwords among them, so nothing keeps or shows their values.

Pure. What reads, keeps and shows configs imports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from syncer.config import texts
from syncer.config.handover import GALLERY_DL, YT_DLP, Handover

HIDDEN: Final = "(not shown)"
_TABLE: Final = "handover"
_OPTIONS: Final = "options"
_NAMES: Final = {GALLERY_DL: "gallery_dl", YT_DLP: "yt_dlp"}


def are_at(path: Sequence[str | int]) -> bool:
    """Tell whether something in a config's tables is an option of another program, or is meant to be one."""
    return len(path) > 2 and path[0] == _TABLE and path[1] in _NAMES and path[2] == _OPTIONS


def taken_out(tables: Any) -> Any:
    """Return checked tables of a config without these options."""
    return _with(tables, {GALLERY_DL: MappingProxyType({}), YT_DLP: []})


def put_back(tables: Any, data: Mapping[str, Any]) -> Any:
    """Return what `taken_out` gave with the options that stand in the text's tables `data`, which were found fine with it."""
    given = {program: _written(data, program) for program in _NAMES}
    return _with(
        tables,
        {
            GALLERY_DL: MappingProxyType(given[GALLERY_DL] or {}),
            YT_DLP: [texts.plain_text(each) for each in given[YT_DLP] or ()],
        },
        {program for program, options in given.items() if options},
    )


def _with(tables: Any, options: Mapping[str, Any], programs: set[str] | None = None) -> Any:
    handover = tables.handover
    of = {program: getattr(handover, name) for program, name in _NAMES.items()}
    programs = {program for program in _NAMES if of[program].options} if programs is None else programs
    if not programs:
        return tables
    new = {_NAMES[each]: of[each].model_copy(update={_OPTIONS: options[each]}) for each in programs}
    return tables.model_copy(update={_TABLE: handover.model_copy(update=new)})


def _written(data: Mapping[str, Any], program: str) -> Any:
    node: Any = data
    for key in (_TABLE, program, _OPTIONS):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def left_out(data: dict[str, Any]) -> dict[str, Any]:
    """Return a text's tables without these options; those that have none are the same object."""
    return _replaced(data, {program: {} for program in _NAMES})


def without(data: dict[str, Any]) -> dict[str, Any]:
    """Return a text's tables as if these options had not been written."""
    if not isinstance(data.get(_TABLE), Mapping):
        return data
    table = {
        key: {name: inner for name, inner in value.items() if name != _OPTIONS}
        if key in _NAMES and isinstance(value, Mapping)
        else value
        for key, value in data[_TABLE].items()
    }
    return {**data, _TABLE: table}


def laid_in(made: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `left_out` gave with the options of `data`."""
    return _replaced(made, {program: _written(data, program) for program in _NAMES})


def _replaced(data: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    if not any(_written(data, program) is not None for program in _NAMES):
        return data
    table = {
        key: {**value, _OPTIONS: options[key]} if key in _NAMES and _written(data, key) is not None else value
        for key, value in data[_TABLE].items()
    }
    return {**data, _TABLE: table}


def shown(handover: Handover) -> Handover:
    """Return the settings as people may see them: the names of options, and what is only yes or no."""
    first, second = handover.gallery_dl, handover.yt_dlp
    return replace(
        handover,
        gallery_dl=replace(first, options=_hidden(first.options)),
        yt_dlp=replace(second, options=tuple(_word(each) for each in second.options)),
    )


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(below) for key, below in value.items()}
    return value if value is None or isinstance(value, bool) else HIDDEN


def _word(word: str) -> str:
    """Return a word of a command line, if it is the name of an option, and of others that they are there."""
    if word.startswith("--"):
        name, equals, _ = word.partition("=")
        return f"{name}={HIDDEN}" if equals else name
    return word if word.startswith("-") and len(word) == 2 else HIDDEN
