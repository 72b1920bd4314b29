"""Where texts stand in a page, compiled: a rule becomes one function from a node to its texts.

Here because a page runs a rule for every item, and whatever can be decided when the file is loaded is not decided again
each time. Made by rules; run by drafts and library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from syncer.frozen import frozen
from syncer.sites import effort
from syncer.sites.formats import MAX_NODES, Finder, Format, Node
from syncer.sites.steps import Step

Fields = Mapping[str, str]
"""Fields of the matched URL, decoded, and `url`, the URL that was fetched."""
Texts = Callable[[Node, Fields], list[str]]
"""Gives the texts that a rule finds at or below a node, after its steps; empty ones are dropped."""
_PIECES = re.compile(r"\{([^{}]*)\}")
One = Callable[[Node, Fields], list[str]]
"""Gives the raw texts of one place."""


@frozen
class Place:
    """Where a rule looks: a place below the node, which of its matches, how far up from them."""

    format: Format
    find: Finder | None
    """None: the node itself."""
    only: Callable[[Node], Node | None] | None = None
    """The same, for a place that leads to one node at most."""
    nth: int | None = None
    up: int | None = None

    def nodes(self, node: Node) -> Sequence[Node]:
        """Give the places that the rule leads to below `node`."""
        found: Sequence[Node] = [node] if self.find is None else self.find(node)
        if self.nth is not None:
            found = found[self.nth : self.nth + 1 or None]
        if self.up is not None:
            found = [above for place in found if (above := self.format.up(place, self.up)) is not None]
        return found[:MAX_NODES] if len(found) > MAX_NODES else found


@frozen
class Extract:
    """A compiled rule."""

    place: Place
    texts: Texts
    parts: Mapping[str, Extract]
    """Named texts within each place, where each place is one find; empty when the parts make one text."""
    as_is: bool = False
    """The texts of the places themselves, nothing else."""

    def part(self, name: str, place: Node, fields: Fields) -> list[str]:
        """Give the texts of a named part within one place; [] when the rule has no such part."""
        known = self.parts.get(name)
        return known.texts(place, fields) if known is not None else []


def constant(text: str) -> Texts:
    """Make a rule that finds a text of its own."""
    return lambda _node, _fields: [text]


def field(name: str) -> Texts:
    """Make a rule that finds a field of the URL."""
    return lambda _node, fields: [text] if (text := fields.get(name)) else []


def at(place: Place, attr: str | None, take: str | None) -> Texts:
    """Make a rule that finds the texts of places themselves."""
    read = place.format.reader(attr, take)
    if place.find is None and place.up is None and place.nth is None:
        return lambda node, _fields: [text] if (text := read(node)) else []
    only = place.only
    if only is not None and place.up is None and place.nth is None:
        return lambda node, _fields: [text] if (text := read(only(node))) else []
    nodes = place.nodes if place.nth is not None or place.up is not None else place.find
    assert nodes is not None

    def texts(node: Node, _fields: Fields) -> list[str]:
        found = nodes(node)
        if len(found) == 1:
            only = read(found[0])
            return [only] if only else []
        return [text for each in found[:MAX_NODES] if (text := read(each))]

    return texts


def inside(place: Place, attr: str | None, take: str | None, inner: Extract, inner_format: Format) -> Texts:
    """Make a rule that reads the texts of places as pages of their own."""
    read = place.format.reader(attr, take)
    read_on = inner_format.name == "json"

    def one(found: Node, fields: Fields) -> list[str]:
        if read_on and isinstance(found, dict | list):
            return inner.texts(found, fields)
        text = read(found)
        return inner.texts(inner_format.parse(text), fields) if text else []

    return _each(place, one)


def filled(place: Place, parts: Mapping[str, Extract], template: str) -> Texts:
    """Make a rule that zips parts: as many texts as the longest part has, shorter ones repeat their last."""

    pieces = _PIECES.split(template)  # texts and names by turns

    def one(found: Node, fields: Fields) -> list[str]:
        columns = {name: part.texts(found, fields) for name, part in parts.items()}
        if not all(columns.values()):
            return []
        made: list[str] = []
        for row in range(max(map(len, columns.values()))):
            chosen = [piece if number % 2 == 0 else _chosen(columns, piece, row) for number, piece in enumerate(pieces)]
            made.append(effort.taken("".join(chosen)))
        return made

    return _each(place, one)


def _chosen(columns: Mapping[str, list[str]], name: str, row: int) -> str:
    texts = columns.get(name)
    return texts[min(row, len(texts) - 1)] if texts else f"{{{name}}}"


def _each(place: Place, one: One) -> Texts:
    return lambda node, fields: [text for found in place.nodes(node) for text in one(found, fields)]


def stepped(texts: Texts, steps: Sequence[Step]) -> Texts:
    """Put steps behind a rule."""
    if not steps:
        return texts

    def run(node: Node, fields: Fields) -> list[str]:
        found = texts(node, fields)
        for step in steps:
            if not found:
                return found
            found = step(found)
        return list(filter(None, found))

    return run
