"""String steps of imported files, on lists of texts and, for converters, on one text.

Here because formulae, classes and parsers share them; what they do is fixed by hydrus. Pure; imported within the
package. A pattern that runs out of time raises ItemError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from syncer.sites.chains import tags
from syncer.sites.chains.conversions import Conversion, compile_conversion
from syncer.sites.chains.matching import compile_test
from syncer.sites.patterns import Pattern

Step = Callable[[list[str]], list[str]]
Settings = Any
"""A `schema.imported.ChainStep`."""

FAILURES = (ValueError, OverflowError, OSError, TypeError, LookupError, ArithmeticError)
"""What a conversion can raise on a text that it was not made for."""


def compile_steps(settings: Sequence[Settings]) -> tuple[Step, ...]:
    """Make the steps of a string processor."""
    return tuple(_step(step) for step in settings)


def compile_converter(settings: Sequence[Settings]) -> Conversion | None:
    """Make one conversion of several; None when there are none. It raises one of FAILURES when any of them fails."""
    if not settings:
        return None
    conversions = [conversion for step in settings if (conversion := compile_conversion(step)) is not None]

    def convert(text: str) -> str:
        for conversion in conversions:
            text = conversion(text)
        return text

    return convert


def run(steps: Sequence[Step], texts: list[str]) -> list[str]:
    """Run steps one after another."""
    for step in steps:
        texts = step(texts)
    return texts


def _step(settings: Settings) -> Step:
    conversion = compile_conversion(settings)
    if conversion is not None:
        return _converting(conversion)
    for name, make in _MAKERS.items():
        value = getattr(settings, name)
        if value is not None:
            return make(value, settings)
    return lambda texts: texts


def _converting(conversion: Conversion) -> Step:
    def step(texts: list[str]) -> list[str]:
        kept: list[str] = []
        for text in texts:
            try:
                kept.append(conversion(text))
            except FAILURES:
                continue
        return kept

    return step


def _match(settings: Any, _step: Settings) -> Step:
    test = compile_test(settings)
    return lambda texts: [text for text in texts if test.passes(text)]


def _split(separator: str, step: Settings) -> Step:
    plain = _plain(separator)
    most = step.max if step.max is not None else -1
    if not plain:
        return lambda _texts: []
    return lambda texts: [piece for text in texts for piece in text.split(plain, most) if piece]


def _plain(text: str) -> str | None:
    """Decode the backslash escapes of a separator; None when that fails."""
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError:
        return None


def _slice(bounds: list[Any], _step: Settings) -> Step:
    start, end = (None if bound == "" else int(bound) for bound in bounds)
    cut = slice(start, end)
    return lambda texts: texts[cut]


def _sort(how: str, step: Settings) -> Step:
    if how == "reverse":
        return lambda texts: texts[::-1]
    key: Callable[[str], Any] = tags.natural if how == "natural" else str
    descending = step.descending
    if step.by is None:
        return lambda texts: sorted(texts, key=key, reverse=descending)
    return _sort_by(step.by, key, descending)


def _sort_by(source: str, key: Callable[[str], Any], descending: bool) -> Step:
    try:
        pattern = Pattern.of_re(source)
    except ValueError:
        return lambda texts: texts

    def step(texts: list[str]) -> list[str]:
        found: list[tuple[str, str]] = []
        others: list[str] = []
        for text in texts:
            match = pattern.search(text)
            key_text = match.group() if match is not None else ""
            if key_text:
                found.append((key_text, text))
            else:
                others.append(text)
        found.sort(key=lambda pair: key(pair[0]), reverse=descending)
        return [text for _, text in found] + sorted(others, key=key, reverse=descending)

    return step


def _tag_filter(rules: dict[str, str], _step: Settings) -> Step:
    return lambda texts: tags.filtered(texts, rules)


def _join(joiner: str, step: Settings) -> Step:
    size = step.of
    plain = _plain(joiner)
    if plain is None or (size is not None and size < 1):
        return lambda texts: texts

    def join(texts: list[str]) -> list[str]:
        if size is None:
            return [plain.join(texts)]  # an empty text where there are none
        # Texts that fill no whole group are dropped.
        return [plain.join(texts[at : at + size]) for at in range(0, len(texts) - size + 1, size)]

    return join


_MAKERS: dict[str, Callable[[Any, Settings], Step]] = {
    "match": _match,
    "split": _split,
    "slice": _slice,
    "sort": _sort,
    "tag_filter": _tag_filter,
    "join": _join,
}
