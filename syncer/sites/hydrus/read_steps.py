"""String matches, converters and the other string steps, read from hydrus's stored objects.

Here, apart from formulae, because URL classes and logins hold them too. Only the readers of this package import it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.sites.hydrus import raw
from syncer.sites.hydrus.raw import UnreadableError
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
    Value,
)
from syncer.sites.hydrus.values import (
    Notes,
    pair,
    pick,
    text,
    text_or_none,
    values,
    whole,
    whole_or_none,
)

_FIXED, _CHARACTERS, _REGEX, _ANY = 0, 1, 2, 3
_CHARACTER_SETS = {
    0: "alpha",
    1: "alphanumeric",
    2: "numeric",
    3: "hex",
    4: "base64",
    5: "base64url",
    6: "base64_percent",
}
_ENCODINGS = {0: "percent", 1: "unicode", 2: "html", 3: "hex", 4: "base64", 5: "base64url"}
_ZONES = {0: "utc", 1: "local", 2: "offset"}
_SORTS = {0: "none", 1: "lexicographic", 2: "human", 3: "reverse"}
_NOTHING = "(?!)"
"""A pattern that no text matches."""


def string_match(node: object, notes: Notes) -> StringMatch:
    """Read a string match; raises UnreadableError."""
    kind, value, shortest, longest, example = values(notes.inner(node, raw.STRING_MATCH), 5)
    lengths = (whole_or_none(shortest), whole_or_none(longest), text(example))
    if kind == _FIXED:
        # A number never equals a text, so nothing matches it.
        return StringMatch("fixed", text(value), *lengths) if isinstance(value, str) else _never(lengths)
    if kind == _REGEX:
        return StringMatch("regex", text(value), *lengths) if isinstance(value, str) else _never(lengths)
    if kind == _CHARACTERS:
        # A set of characters that hydrus does not know lets everything through.
        known = _CHARACTER_SETS.get(value) if isinstance(value, int) else None
        return StringMatch(known or "any", "", *lengths)
    return StringMatch("any", "", *lengths)


def _never(lengths: tuple[int | None, int | None, str]) -> StringMatch:
    return StringMatch("regex", _NOTHING, *lengths)


def _date(data: Any) -> tuple[str | int, ...]:
    form, zone, offset = values(data, 3)
    return text(form), pick(_ZONES, zone, "Time zone"), whole(offset or 0)


def _date_encode(data: Any) -> tuple[str | int, ...]:
    form, zone = pair(data)
    return text(form), pick(_ZONES, zone, "Time zone")


def _sub(data: Any) -> tuple[str | int, ...]:
    pattern, replacement = pair(data)
    return text(pattern), text(replacement)


def _random(data: Any) -> tuple[str | int, ...]:
    alphabet, count = pair(data)
    return text(alphabet), whole(count)


def _encoding(data: Any) -> str:
    return pick(_ENCODINGS, data, "Encoding")


def _nothing(_data: Any) -> None:
    return None


_CONVERSIONS: dict[int, tuple[str, Callable[[Any], Value]]] = {
    0: ("cut_start", whole),
    1: ("cut_end", whole),
    2: ("prepend", text),
    3: ("append", text),
    4: ("encode", _encoding),
    5: ("decode", _encoding),
    6: ("take_start", whole),
    7: ("take_end", whole),
    8: ("reverse", _nothing),
    9: ("sub", _sub),
    10: ("date", _date),
    11: ("add", whole),
    12: ("date_encode", _date_encode),
    13: ("hash", text),
    14: ("loose_date", _nothing),
    15: ("random", _random),
}


def converter(node: object, notes: Notes) -> Converter:
    """Read a converter; raises UnreadableError.

    The first entry that is no pair ends the list, as it does in hydrus. A conversion of an unknown kind changes
    nothing there, so it is left out.
    """
    stored, example = pair(notes.inner(node, raw.CONVERTER))
    conversions: list[Conversion] = []
    for item in values(stored):
        if not (isinstance(item, list) and len(item) == 2):
            break
        kind, data = item
        if not isinstance(kind, int) or kind not in _CONVERSIONS:
            notes.warn(f"A change of a text of the unknown kind {kind!r} was left out")
            continue
        name, reader = _CONVERSIONS[kind]
        conversions.append(Conversion(name, reader(data)))
    return Converter(tuple(conversions), text(example))


def _splitter(info: Any, _notes: Notes) -> Splitter:
    separator, most = pair(info)
    return Splitter(text(separator), whole_or_none(most))


def _slicer(info: Any, _notes: Notes) -> Slicer:
    start, end = pair(info)
    return Slicer(whole_or_none(start), whole_or_none(end))


def _sorter(info: Any, _notes: Notes) -> Sorter:
    kind, ascending, regex = values(info, 3)
    return Sorter(pick(_SORTS, kind, "Order"), bool(ascending), text_or_none(regex))


def _tag_filter(info: Any, notes: Notes) -> TagFilter:
    stored, _example = pair(info)
    rules = (pair(item) for item in values(notes.inner(stored, raw.TAG_FILTER)))
    return TagFilter(tuple((text(tag_slice), rule == 0) for tag_slice, rule in rules))


def _joiner(info: Any, _notes: Notes) -> Joiner:
    joiner, size = pair(info)
    return Joiner(text(joiner), whole_or_none(size))


_OTHER_STEPS: dict[int, Callable[[Any, Notes], Step]] = {
    raw.SPLITTER: _splitter,
    raw.SLICER: _slicer,
    raw.SORTER: _sorter,
    raw.STRING_TAG_FILTER: _tag_filter,
    raw.JOINER: _joiner,
}


def _one_step(node: Any, notes: Notes) -> Step | None:
    """Read a string step; None for one that does nothing."""
    opened = raw.take_apart(node)
    if opened.type == raw.CONVERTER:
        changes = converter(node, notes)
        return changes if changes.conversions else None
    if opened.type == raw.STRING_MATCH:
        match = string_match(node, notes)
        return match if match.restricts else None
    if opened.type not in _OTHER_STEPS:
        raise UnreadableError(f"An object of type {opened.type} is no string step")
    return _OTHER_STEPS[opened.type](notes.open(node).info, notes)


def steps(node: object, notes: Notes) -> tuple[Step, ...]:
    """Read a string processor, without the steps that do nothing; raises UnreadableError."""
    stored = notes.inner(node, raw.PROCESSOR)
    return tuple(step for step in notes.each(stored, _one_step, "A string step") if step is not None)
