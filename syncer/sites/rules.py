"""The rules of native parsers, compiled: what is found, where, and what becomes of the text.

Here between the schema, which says what may be written, and drafts, which say what finds mean. Imported by compile.
All mistakes of a file are noted, not only the first: a rule that cannot be compiled finds nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from syncer.frozen import frozen
from syncer.sites import effort, extract
from syncer.sites import steps as step_list
from syncer.sites.extract import Extract, Place, Texts
from syncer.sites.formats import FORMATS, PLACE_FORMATS, Finder, Format, Node
from syncer.sites.problems import KeyPath, SiteFileError
from syncer.sites.steps import Step


@frozen
class Get:
    """A rule of a parser: what is found, where, and what it means."""

    what: str
    extract: Extract
    namespace: str = ""
    name: str = ""
    priority: int = 0
    equals: frozenset[str] | None = None
    missing: bool = False
    why: str = ""

    @property
    def structured(self) -> bool:
        """Tell whether each place holds named parts of the find, not parts of one text."""
        return bool(self.extract.parts)


_CHANGES = ("value", "field", "nth", "up", "inside", "parts", "attr")
"""Keys by which a rule finds something else than the texts of its places."""


def format_of(settings: Any) -> str | None:
    """Name the format that a rule's place belongs to; None when it does not say."""
    for key, name in PLACE_FORMATS.items():
        if getattr(settings, "json_" if key == "json" else key) is not None:
            return name
    return None


class Compiler:
    """Compiles the rules of one site file; `steps` are its named lists of steps, `errors` takes what is wrong."""

    def __init__(self, steps: Mapping[str, tuple[Step, ...]], errors: list[SiteFileError]) -> None:
        self._steps = steps
        self._errors = errors

    def extract(self, settings: Any, around: Format, path: KeyPath) -> Extract:
        """Compile a rule in a page of the format `around`."""
        key, where = _place(settings)
        own = self._format(key, around, path)
        find = self.finder(own, around, where, (*path, key)) if where is not None else None
        only = own.only(where) if where is not None and own is around else None
        place = Place(own, find, only, settings.nth, settings.up)
        parts = {name: self.extract(part, own, (*path, "parts", name)) for name, part in (settings.parts or {}).items()}
        texts = extract.stepped(self._texts(settings, place, parts, path), self.steps(settings.steps, (*path, "steps")))
        as_is = not settings.steps and all(getattr(settings, each) is None for each in _CHANGES)
        return Extract(place, texts, parts if settings.template is None else {}, as_is)

    def _texts(self, settings: Any, place: Place, parts: Mapping[str, Extract], path: KeyPath) -> Texts:
        if settings.value is not None:
            return extract.constant(settings.value)
        if settings.field is not None:
            return extract.field(settings.field)
        if settings.template is not None:
            return extract.filled(place, parts, settings.template)
        if settings.inside is not None:
            inner_format = FORMATS[format_of(settings.inside) or "text"]
            inner = self.extract(settings.inside, inner_format, (*path, "inside"))
            return extract.inside(place, settings.attr, settings.take, inner, inner_format)
        return extract.at(place, settings.attr, settings.take)

    def get(self, settings: Any, around: Format, path: KeyPath) -> Get:
        """Compile one rule of a parser."""
        return Get(
            what=settings.what,
            extract=self.extract(settings, around, path),
            namespace=settings.namespace,
            name=settings.name,
            priority=settings.priority,
            equals=_equals(settings.equals),
            missing=settings.missing,
            why=settings.why,
        )

    def steps(self, settings: Sequence[Any], path: KeyPath) -> tuple[Step, ...]:
        """Compile a list of steps."""
        made: list[Step] = []
        for index, step in enumerate(settings):
            try:
                made.extend(step_list.compile_steps([step], self._steps))
            except ValueError as error:
                self._errors.append(SiteFileError((*path, index), str(error)))
        return tuple(made)

    def finder(self, own: Format, around: Format, place: str, path: KeyPath) -> Finder:
        """Compile a place of the format `own` in a page of the format `around`."""
        try:
            find = own.compile(place)
        except ValueError as error:
            self._errors.append(SiteFileError(path, str(error)))
            return lambda _node: []
        if own.name != "text" or around.name == "text":
            return find
        write = _writer(around)
        return lambda node: find(write(node))

    def _format(self, key: str, around: Format, path: KeyPath) -> Format:
        if not key or (key == "json" and around.name == "feed"):
            return around
        own = FORMATS[PLACE_FORMATS[key]]
        if own.name not in {"text", around.name}:
            text = f'"{key}" finds nothing in {around.name}; use "{_key_of(around)}" here, or "inside" for a page within the text'
            self._errors.append(SiteFileError((*path, key), text))
        return own


def _place(settings: Any) -> tuple[str, str | None]:
    for key in PLACE_FORMATS:
        place = getattr(settings, "json_" if key == "json" else key)
        if place is not None:
            return key, place
    return "", None


def _key_of(around: Format) -> str:
    return {"html": "css", "json": "json", "feed": "json", "xml": "xml", "text": "regex"}[around.name]


def _writer(around: Format) -> Callable[[Node], str]:
    """Give the function that writes a node as a regular expression sees it: markup and all."""
    if around.name in {"json", "feed"}:
        return lambda node: node if isinstance(node, str) else effort.taken(json.dumps(node, ensure_ascii=False))
    read = around.reader(None, "html")
    return lambda node: node if isinstance(node, str) else read(node) or ""


def _equals(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    return frozenset(("true" if one else "false") if isinstance(one, bool) else str(one) for one in values)
