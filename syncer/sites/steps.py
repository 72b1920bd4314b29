"""String steps of native site files: each takes the list of texts found and gives the list that goes on.

A step that fails on one text drops that text alone. Pure; imported by the rules compiler. Time-limited patterns raise
ItemError, which ends the reading of the page.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

from syncer.sites import dates
from syncer.sites.patterns import Pattern

Step = Callable[[list[str]], list[str]]
Settings = Any
"""A `schema.places.Step`; named loosely so that this module does not load pydantic."""

_DIGITS = re.compile(r"(\d+)")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Give the key that sorts 2 before 10 and letters without case."""
    pieces = _DIGITS.split(text)
    return tuple(
        (0, int(piece), "") if piece.isdecimal() and len(piece) < 100 else (1, 0, piece.casefold())
        for piece in pieces
        if piece
    )


def compile_steps(settings: Sequence[Settings], named: Mapping[str, tuple[Step, ...]]) -> tuple[Step, ...]:
    """Make the steps of a list; `named` holds those of [steps]. Raises ValueError with the reason."""
    steps: list[Step] = []
    for step in settings:
        if step.use is not None:
            if step.use not in named:
                raise ValueError(f"no steps named {step.use!r} in [steps] above this")
            steps.extend(named[step.use])
            continue
        steps.append(_compile(step))
    return tuple(steps)


def run(steps: Sequence[Step], texts: list[str]) -> list[str]:
    """Run steps one after another."""
    for step in steps:
        if not texts:
            return texts
        texts = step(texts)
    return texts


def _compile(step: Settings) -> Step:
    for name, make in _MAKERS.items():
        value = getattr(step, name)
        if value is not None:
            return make(value, step)
    raise ValueError("the step says nothing")


def _each(change: Callable[[str], str]) -> Step:
    def step(texts: list[str]) -> list[str]:
        kept: list[str] = []
        for text in texts:
            try:
                kept.append(change(text))
            except (ValueError, OverflowError, OSError):
                continue
        return kept

    return step


def _split(separator: str, step: Settings) -> Step:
    if not separator:
        raise ValueError("split needs a text to divide at")
    most = step.max if step.max is not None else -1
    return lambda texts: [piece for text in texts for piece in text.split(separator, most) if piece]


def _replace(pair: list[str], step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    old, new = pair
    return lambda texts: [text.replace(old, new) for text in texts]


def _sub(pair: list[str], step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    pattern, replacement = Pattern(pair[0], check=pair[1]), pair[1]
    return lambda texts: [pattern.sub(replacement, text) for text in texts]


def _format(template: str, step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    if "{}" not in template:
        raise ValueError("format needs {} where the text goes")
    return lambda texts: [template.replace("{}", text) for text in texts]


def _match(source: str, step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    pattern = Pattern(source)
    return lambda texts: [text for text in texts if pattern.search(text)]


def _drop(source: str, step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    pattern = Pattern(source)
    return lambda texts: [text for text in texts if not pattern.search(text)]


def _slice(bounds: list[int], step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    cut = slice(bounds[0], bounds[1] if len(bounds) > 1 else None)
    return lambda texts: texts[cut]


def _sort(how: str, step: Settings) -> Step:
    key: Callable[[str], Any] = natural if how == "natural" else str
    descending = step.descending
    return lambda texts: sorted(texts, key=key, reverse=descending)


def _date(forms: list[str], step: Settings) -> Step:
    readers = [dates.reader(form, step.zone) for form in forms]
    return _each(lambda text: str(_first(readers, text)))


def _first(readers: Sequence[dates.Reader], text: str) -> int:
    """Read a time by the first reader that it fits."""
    for read in readers[:-1]:
        with suppress(ValueError, OverflowError, OSError):
            return read(text)
    return readers[-1](text)


def _decode(how: str, step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    return _each(_DECODERS[how])


def _base64(text: str) -> str:
    plain = text.strip().replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", "replace")


def _unicode(text: str) -> str:
    text = _UNICODE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _map(table: dict[str, str], step: Settings) -> Step:  # noqa: ARG001 - makers are called alike
    return lambda texts: [table.get(text, text) for text in texts]


_DECODERS: dict[str, Callable[[str], str]] = {
    "url": unquote,
    "html": html.unescape,
    "base64": _base64,
    "unicode": _unicode,
}

_MAKERS: dict[str, Callable[[Any, Settings], Step]] = {
    "split": _split,
    "replace": _replace,
    "sub": _sub,
    "format": _format,
    "match": _match,
    "drop": _drop,
    "strip": lambda characters, _: _each(lambda text: text.strip(characters)),
    "cut_start": lambda count, _: _each(lambda text: text[count:]),
    "cut_end": lambda count, _: _each(lambda text: text[: len(text) - count] if count <= len(text) else ""),
    "take_start": lambda count, _: _each(lambda text: text[:count]),
    "take_end": lambda count, _: _each(lambda text: text[len(text) - count :] if count <= len(text) else text),
    "slice": _slice,
    "sort": _sort,
    "add": lambda amount, _: _each(lambda text: str(int(text) + amount)),
    "date": _date,
    "decode": _decode,
    "encode": lambda _how, _step: _each(lambda text: quote(text, safe="")),
    "lower": lambda _on, _step: _each(str.lower),
    "map": _map,
}
