"""String matches and string steps as a site file says them.

Here, apart from formulae, because URL classes and logins hold them too. Pure; the writers of this package import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from syncer.sites.hydrus.strings import (
    Conversion,
    Converter,
    Joiner,
    Slicer,
    Sorter,
    Splitter,
    Step,
    StringMatch,
    TagFilter,
)
from syncer.sites.hydrus.toml import Table, Value

_CHARACTERS = {
    "alpha": "letters",
    "alphanumeric": "letters and digits",
    "numeric": "digits",
    "hex": "hex",
    "base64": "base64",
    "base64url": "base64 url",
    "base64_percent": "base64 percent",
}
_ENCODINGS = {
    "percent": "url",
    "unicode": "unicode",
    "html": "html",
    "hex": "hex",
    "base64": "base64",
    "base64url": "base64 url",
}
_HASHES = ("md5", "sha1", "sha256", "sha512")
_SORTS = {"none": "text", "lexicographic": "text", "human": "natural", "reverse": "reverse"}


class CannotCarryError(Exception):
    """A part of a downloader has no place in a site file; the text says which and why."""


def match(value: StringMatch) -> Value:
    """Write a string match: the bare text where it is just that."""
    table = match_table(value)
    return value.value if value.kind == "fixed" and len(table) == 1 else table


def match_table(value: StringMatch) -> Table:
    """Write a string match as a table."""
    table: Table
    if value.kind in _CHARACTERS:
        table = {"chars": _CHARACTERS[value.kind]}
    elif value.kind == "any":
        table = {"any": True}
    else:
        table = {value.kind: value.value}
    if value.min_chars is not None:
        table["min"] = value.min_chars
    if value.max_chars is not None:
        table["max"] = value.max_chars
    return table


def _date(conversion: Conversion) -> Table:
    assert isinstance(conversion.value, tuple)
    form, zone, *offset = conversion.value
    table: Table = {conversion.kind: form, "zone": zone}
    if zone == "offset":
        table["offset"] = offset[0] if offset else 0
    return table


def _coded(conversion: Conversion) -> Table:
    assert isinstance(conversion.value, str)
    return {conversion.kind: _ENCODINGS[conversion.value]}


def _hash(conversion: Conversion) -> Table:
    if conversion.value not in _HASHES:
        raise CannotCarryError(f'the hash function "{conversion.value}" is unknown')
    return {"hash": str(conversion.value)}


def _listed(conversion: Conversion) -> Table:
    assert isinstance(conversion.value, tuple)
    return {conversion.kind: list(conversion.value)}


def _flag(conversion: Conversion) -> Table:
    return {conversion.kind: True}


_CONVERSIONS: dict[str, Callable[[Conversion], Table]] = {
    "date": _date,
    "date_encode": _date,
    "encode": _coded,
    "decode": _coded,
    "hash": _hash,
    "sub": _listed,
    "random": _listed,
    "reverse": _flag,
    "loose_date": _flag,
}


def conversions(converter: Converter) -> list[Table]:
    """Write the changes of a converter; raises CannotCarryError."""
    return [_conversion(conversion) for conversion in converter.conversions]


def _conversion(conversion: Conversion) -> Table:
    if conversion.kind in _CONVERSIONS:
        return _CONVERSIONS[conversion.kind](conversion)
    assert isinstance(conversion.value, str | int)
    return {conversion.kind: conversion.value}


def _split(step: Splitter) -> Table:
    return {"split": step.separator} if step.most is None else {"split": step.separator, "max": step.most}


def _slice(step: Slicer) -> Table:
    return {"slice": ["" if bound is None else bound for bound in (step.start, step.end)]}


def _sort(step: Sorter) -> Table:
    table: Table = {"sort": _SORTS[step.kind]}
    if step.kind != "reverse":
        if not step.ascending:
            table["descending"] = True
        if step.regex is not None:
            table["by"] = step.regex
    return table


def _tag_filter(step: TagFilter) -> Table:
    return {"tag_filter": {tag_slice: "allow" if allowed else "deny" for tag_slice, allowed in step.rules}}


def _join(step: Joiner) -> Table:
    return {"join": step.joiner} if step.size is None else {"join": step.joiner, "of": step.size}


def _one(step: Step) -> list[Table]:
    """Write one string step: several entries for a converter with several changes."""
    match step:
        case Converter():
            return conversions(step)
        case StringMatch():
            return [{"match": match(step)}]
        case Splitter():
            return [_split(step)]
        case Slicer():
            return [_slice(step)]
        case Sorter():
            return [_sort(step)]
        case TagFilter():
            return [_tag_filter(step)]
        case Joiner():
            return [_join(step)]


def steps(listed: Iterable[Step]) -> list[Table]:
    """Write string steps; raises CannotCarryError."""
    return [table for step in listed for table in _one(step)]
