"""Formulae of imported files: HTML and JSON chains, zipped, nested, context and constant texts, with their steps.

Here because content, splits and simple rules all read pages through `Formula.parse`. Pure; imported within the package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from syncer.config import json_text
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites import effort
from syncer.sites.chains import html as html_chains
from syncer.sites.chains import json as json_chains
from syncer.sites.chains import steps as string_steps
from syncer.sites.chains.conversions import repaired
from syncer.sites.chains.elements import Document
from syncer.sites.chains.steps import Step

MAX_TEXT = 16 * 1024 * 1024
MAX_ROWS = 100_000
MAX_JSON = 4 * 1024 * 1024
"""Longer JSON texts (in characters) are read in a process of their own."""


class CannotReadError(ItemError):
    """A formula cannot read the text that it was given (JSON asked of something else)."""


class Source:
    """A text with what was parsed of it so far, so that several formulae parse it once."""

    __slots__ = ("_document", "_error", "_json", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._document: Document | None = None
        self._json: tuple[Any] | None = None
        self._error: CannotReadError | None = None

    def document(self) -> Document:
        """Give the text as an HTML document; raises ItemError when it is built to stall the parser."""
        if self._document is None:
            self._document = Document(self.text)
        return self._document

    def json(self) -> Any:
        """Give the text as JSON; raises CannotReadError when it is not JSON."""
        if self._error is not None:
            raise self._error
        if self._json is None:
            if len(self.text) > MAX_JSON:
                effort.move("is very large")
            try:
                self._json = (json_text.read(self.text),)
            except (ValueError, RecursionError) as error:
                self._error = CannotReadError(
                    f"The page is not JSON ({json_text.where(error)})",
                    "It may be a login page, or the site has changed.",
                )
                raise self._error from error
        return self._json[0]


@frozen
class Asking:
    """What a formula is asked: the page, what is known around it, and whether line breaks are kept."""

    source: Source
    context: Mapping[str, str]
    lines: bool


Reader = Callable[[Asking], list[str]]
"""Gives the raw texts of a formula."""


@frozen
class Formula:
    """A formula: where its texts stand, and its steps."""

    read: Reader
    steps: tuple[Step, ...]

    def parse(self, source: Source, context: Mapping[str, str], *, lines: bool = False) -> list[str]:
        """Give the texts; `lines` keeps line breaks (for notes and splits), else each text becomes one line.

        Raises CannotReadError when the page is not what the formula reads.
        """
        effort.check()
        tidy: Callable[[str], str] = str.strip if lines else one_line
        texts = [tidy(repaired(text)) for text in self.read(Asking(source, context, lines))]
        return string_steps.run(self.steps, texts) if self.steps else texts


def one_line(text: str) -> str:
    """Trim lines, drop empty ones, join the rest without a blank."""
    pieces = text.splitlines()
    if len(pieces) < 2:
        return text.strip()
    return "".join(piece.strip() for piece in pieces)


def compile_formula(settings: Any) -> Formula:
    """Make a formula of a `schema.imported.Formula`."""
    for name, make in _MAKERS.items():
        if getattr(settings, name) is not None:
            return Formula(make(settings), string_steps.compile_steps(settings.steps))
    raise AssertionError("the schema lets no formula through without a kind")


def _html(settings: Any) -> Reader:
    chain = html_chains.compile_chain(settings)

    return lambda asking: chain.texts(asking.source.document())


def _json(settings: Any) -> Reader:
    chain = json_chains.compile_chain(settings)

    return lambda asking: chain.texts(asking.source.json())


def _zip(settings: Any) -> Reader:
    parts = [compile_formula(part) for part in settings.zip]
    template = settings.template

    def read(asking: Asking) -> list[str]:
        columns = [part.parse(asking.source, asking.context, lines=asking.lines) for part in parts]
        if not all(columns):
            return []
        count = min(max((len(column) for column in columns), default=0), MAX_ROWS)
        return [_filled(template, columns, row) for row in range(count)]

    return read


def _filled(template: str, columns: Sequence[list[str]], row: int) -> str:
    text = template
    for number, column in enumerate(columns, 1):
        mark, value = f"\\{number}", column[min(row, len(column) - 1)]
        if len(text) + text.count(mark) * len(value) > MAX_TEXT:
            raise ItemError("A zipped text grows beyond all bounds", "The page looks built for that; it was not read.")
        text = text.replace(mark, value)
    return effort.taken(text)


def _nested(settings: Any) -> Reader:
    first, second = (compile_formula(part) for part in settings.nested)

    def read(asking: Asking) -> list[str]:
        texts = first.parse(asking.source, asking.context, lines=asking.lines)
        inner = (second.parse(Source(text), asking.context, lines=asking.lines) for text in texts)
        return [found for found_there in inner for found in found_there]

    return read


def _context(settings: Any) -> Reader:
    name = settings.context

    return lambda asking: [asking.context[name]] if name in asking.context else []


def _static(settings: Any) -> Reader:
    texts = [settings.static] * max(0, min(settings.times, MAX_ROWS))

    return lambda _asking: list(texts)


_MAKERS: dict[str, Callable[[Any], Reader]] = {
    "html": _html,
    "json_": _json,
    "zip": _zip,
    "nested": _nested,
    "context": _context,
    "static": _static,
}
