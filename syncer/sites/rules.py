"""The rules of a native parser, compiled: each finds places in a node and makes texts of them.

Here, between the schema's models and the reading of pages, so that nothing is looked up or compiled while a page is
read. Pure; imported by compile and parse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.sites import steps as step_list
from syncer.sites.formats import FORMATS, MAX_NODES, PLACE_FORMATS, Finder, Format, Node
from syncer.sites.problems import KeyPath, SiteFileError
from syncer.sites.steps import Step

Fields = Mapping[str, str]
"""Fields of the matched URL, decoded, and `url`, the URL that was fetched."""


@dataclass(frozen=True, slots=True)
class Extract:
    """Where texts stand below a node, and what becomes of them."""

    format: Format
    find: Finder | None
    """None: the node itself."""
    attr: str | None
    take: str | None
    nth: int | None
    up: int | None
    inside: Extract | None
    parts: tuple[tuple[str, Extract], ...]
    template: str | None
    constant: str | None
    field: str | None
    steps: tuple[Step, ...]
    plain: bool
    """The texts of the places themselves, nothing else: the commonest rule."""

    def nodes(self, node: Node) -> Sequence[Node]:
        """Give the places that the rule leads to below `node`."""
        found: Sequence[Node] = [node] if self.find is None else self.find(node)
        if self.nth is not None:
            found = found[self.nth : self.nth + 1 or None]
        if self.up is not None:
            found = [above for place in found if (above := self.format.up(place, self.up)) is not None]
        return found[:MAX_NODES]

    def texts(self, node: Node, fields: Fields) -> list[str]:
        """Give the texts that the rule finds below `node`, after its steps; empty ones are dropped."""
        if self.constant is not None:
            raw = [self.constant]
        elif self.field is not None:
            raw = [fields[self.field]] if fields.get(self.field) else []
        elif self.plain:
            read, take = self.format.text, self.take
            places = [node] if self.find is None else self.find(node)
            raw = [text for place in places[:MAX_NODES] if (text := read(place, take))]
        else:
            raw = [text for place in self.nodes(node) for text in self._raw(place, fields)]
        return [text for text in step_list.run(self.steps, raw) if text] if self.steps else raw

    def _raw(self, place: Node, fields: Fields) -> list[str]:
        if self.template is not None:
            return self._fill(place, fields)
        if self.inside is not None:
            return self._inside(place, fields)
        text = self.format.text(place, self.take) if self.attr is None else self.format.attribute(place, self.attr)
        return [text] if text else []

    def _fill(self, place: Node, fields: Fields) -> list[str]:
        """Zip the parts: as many texts as the longest part has, shorter ones repeat their last; none when one is empty."""
        columns = [(name, part.texts(place, fields)) for name, part in self.parts]
        if any(not texts for _, texts in columns):
            return []
        filled: list[str] = []
        for row in range(max(len(texts) for _, texts in columns)):
            text = self.template or ""
            for name, texts in columns:
                text = text.replace("{" + name + "}", texts[min(row, len(texts) - 1)])
            filled.append(text)
        return filled

    def _inside(self, place: Node, fields: Fields) -> list[str]:
        inner = self.inside
        assert inner is not None
        if isinstance(place, dict | list) and inner.format.name == "json":
            return inner.texts(place, fields)
        text = self.format.text(place, self.take) if self.attr is None else self.format.attribute(place, self.attr)
        return inner.texts(inner.format.parse(text), fields) if text else []

    def part(self, name: str, place: Node, fields: Fields) -> list[str]:
        """Give the texts of a named part within one place; [] when the rule has no such part."""
        for known, extract in self.parts:
            if known == name:
                return extract.texts(place, fields)
        return []


@dataclass(frozen=True, slots=True)
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
        return bool(self.extract.parts) and self.extract.template is None


def format_of(settings: Any) -> str | None:
    """Name the format that a rule's place belongs to; None when it does not say."""
    for key, name in PLACE_FORMATS.items():
        if getattr(settings, "json_" if key == "json" else key) is not None:
            return name
    return None


class Compiler:
    """Compiles the rules of one site file; `steps` are its named lists of steps."""

    def __init__(self, steps: Mapping[str, tuple[Step, ...]], replace: Callable[[str], str]) -> None:
        self._steps = steps
        self._replace = replace
        """Puts the file's `vars` into a text."""

    def extract(self, settings: Any, around: Format, path: KeyPath) -> Extract:
        """Compile a rule in a page of the format `around`; raises SiteFileError at the key that is wrong."""
        key, place = _place(settings)
        own = _format(key, around, path)
        inside = settings.inside
        inner = None
        if inside is not None:
            inner = self.extract(inside, FORMATS[format_of(inside) or "text"], (*path, "inside"))
        return Extract(
            format=own,
            find=_finder(own, around, self._replace(place), (*path, key)) if place is not None else None,
            attr=settings.attr,
            take=settings.take,
            nth=settings.nth,
            up=settings.up,
            inside=inner,
            parts=tuple(
                (name, self.extract(part, own, (*path, "parts", name))) for name, part in (settings.parts or {}).items()
            ),
            template=self._replace(settings.template) if settings.template is not None else None,
            constant=self._replace(settings.value) if settings.value is not None else None,
            field=settings.field,
            steps=self.steps(settings.steps, (*path, "steps")),
            plain=all(getattr(settings, key) is None for key in ("nth", "up", "inside", "parts", "attr")),
        )

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
                raise SiteFileError((*path, index), str(error)) from error
        return tuple(made)


def _place(settings: Any) -> tuple[str, str | None]:
    for key in PLACE_FORMATS:
        place = getattr(settings, "json_" if key == "json" else key)
        if place is not None:
            return key, place
    return "", None


def _format(key: str, around: Format, path: KeyPath) -> Format:
    if not key or (key == "json" and around.name == "feed"):
        return around
    if key == "regex" or PLACE_FORMATS[key] == around.name:
        return FORMATS[PLACE_FORMATS[key]]
    raise SiteFileError(
        (*path, key),
        f'"{key}" finds nothing in {around.name}; use "{_key_of(around)}" here, or "inside" for a page within the text',
    )


def _key_of(around: Format) -> str:
    return {"html": "css", "json": "json", "feed": "json", "xml": "xml", "text": "regex"}[around.name]


def _finder(own: Format, around: Format, place: str, path: KeyPath) -> Finder:
    try:
        find = own.compile(place)
    except ValueError as error:
        raise SiteFileError(path, str(error)) from error
    if own.name != "text" or around.name == "text":
        return find
    return lambda node: find(_as_text(around, node))


def _as_text(around: Format, node: Node) -> str:
    """Write a node as a regular expression sees it: markup and all."""
    if isinstance(node, str):
        return node
    if around.name in {"json", "feed"}:
        return json.dumps(node, ensure_ascii=False)
    return around.text(node, "html") or ""


def _equals(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    return frozenset(("true" if one else "false") if isinstance(one, bool) else str(one) for one in values)
