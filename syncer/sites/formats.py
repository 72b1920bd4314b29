"""What a page can be for a native parser: HTML, JSON, XML, feed or text, each with how a place in it is found.

Here because the rules compiler treats all alike through `Format`. Imported by rules and parse; selectolax, lxml and
feedparser are loaded with the first rule or page that needs them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from syncer.config import json_text
from syncer.sites import effort, jsonpath, prescan, tree
from syncer.sites.patterns import Pattern

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

Node = Any
"""An element, a JSON value, or a text: whatever the format's own places are."""
Finder = Callable[[Node], Sequence[Node]]
Reader = Callable[[Node], str | None]
"""Gives a text of a node; None (or "") when it has none."""

MAX_JSON = 4 * 1024 * 1024
"""Longer JSON texts (in characters) are read in a process of their own: what is made of them takes 50 times their room."""
MAX_NODES = 50_000
"""No place of a page leads to more nodes than this."""
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)


class Format(Protocol):
    """How a page of one kind is parsed, and how texts are found in it."""

    name: str

    def parse(self, text: str) -> Node:
        """Parse a page; raises ItemError naming what came in its place."""

    def compile(self, place: str) -> Finder:
        """Compile a place; raises ValueError with the reason."""

    def only(self, place: str) -> Callable[[Node], Node | None] | None:
        """Compile a place that leads to one node at most; None for all others."""

    def reader(self, attr: str | None, take: str | None) -> Reader:
        """Give the function that reads a node: its attribute (or member) `attr`, or its text as `take` says."""

    def up(self, node: Node, count: int) -> Node | None:
        """Go up `count` levels; None at the top or where the format knows no way up."""


class HtmlFormat:
    """HTML pages through Lexbor."""

    name = "html"

    def parse(self, text: str) -> Node:
        """Parse a page; it is kept alive by its nodes."""
        return tree.parse(text).root

    def compile(self, place: str) -> Finder:
        """Compile a CSS selector, checked on an empty document."""
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        try:
            LexborHTMLParser("<p>").css(place)
        except SelectolaxError as error:
            raise ValueError(f"{place!r} is not a CSS selector that can be read") from error

        def find(node: LexborNode) -> Sequence[LexborNode]:
            found = node.css(place)
            if found and found[0].mem_id == node.mem_id:
                return found[1:]
            return found

        return find

    def only(self, place: str) -> None:  # noqa: ARG002 - formats are called alike
        """Selectors can match many elements."""
        return

    def reader(self, attr: str | None, take: str | None) -> Reader:
        """Read an attribute, the readable text, the own text or the outer HTML."""
        if attr is not None:
            return lambda node: node.attrs.get(attr)
        if take == "html":
            return tree.outer
        return tree.own_text if take == "own" else tree.readable

    def up(self, node: LexborNode, count: int) -> LexborNode | None:
        """Go up to an ancestor."""
        current: LexborNode | None = node
        for _ in range(count):
            current = current.parent if current is not None else None
        return current


class JsonFormat:
    """JSON answers."""

    name = "json"

    def parse(self, text: str) -> Node:
        """Parse a page; raises ItemError, with the title of the HTML page that came in its place."""
        if len(text) > MAX_JSON:
            effort.move("is very large")
        try:
            return json_text.read(text.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:
            raise effort.GarbledError(*_not_json(text, error)) from error

    def compile(self, place: str) -> Finder:
        """Compile a JSONPath."""
        return jsonpath.compile_path(place)

    def only(self, place: str) -> Callable[[Node], Node | None] | None:
        """Compile a path of names."""
        return jsonpath.only(place)

    def reader(self, attr: str | None, take: str | None) -> Reader:  # noqa: ARG002 - formats are called alike
        """Read a member of an object, or a scalar."""
        if attr is not None:
            return lambda node: _scalar(node.get(attr)) if isinstance(node, dict) else None
        return _scalar

    def up(self, node: Node, count: int) -> Node | None:  # noqa: ARG002 - formats are called alike
        """JSON values do not know where they stand."""
        return None


def _scalar(node: Node) -> str | None:
    """Give scalars as JSON writes them; null, lists and objects have no text."""
    if isinstance(node, str):
        # JSON can hold half of a letter, where a site cut a text in the middle of an emoji; nothing else can.
        return node if node.isascii() else node.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(node, bool):
        return "true" if node else "false"
    return str(node) if isinstance(node, int | float) else None


def _not_json(text: str, error: Exception) -> tuple[str, str]:
    title = _TITLE.search(text[:20_000])
    if title is not None or text.lstrip()[:1] == "<":
        name = f" titled “{html.unescape(title[1]).strip()}”" if title is not None else ""
        return (
            f"Got an HTML page{name} where JSON is due",
            "It may be a login, a limit or a change of the site; open the URL in a browser.",
        )
    if not text.strip():
        return "Got an empty answer where JSON is due", "Try again later."
    return f"The answer is not JSON ({error})", "The site may have changed; the page is kept for repair."


class XmlFormat:
    """XML documents through lxml, without entities and network."""

    name = "xml"

    def parse(self, text: str) -> Node:
        """Parse a document; raises ItemError when nothing of it can be read."""
        from lxml import etree

        if text.count("<") > prescan.MAX_TAGS:
            effort.move("is very large")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
        try:
            root = etree.fromstring(text.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), parser)
        except etree.XMLSyntaxError as error:
            raise effort.GarbledError(f"The answer is not XML ({error})", "The site may have changed.") from error
        if root is None:
            raise effort.GarbledError("The answer is not XML", "The site may have changed.")
        return root

    def compile(self, place: str) -> Finder:
        """Compile an XPath; names are those of the document, without namespaces' prefixes if it has none."""
        from lxml import etree

        try:
            path = etree.XPath(place)
        except etree.XPathError as error:
            raise ValueError(f"{place!r} is not an XPath: {error}") from error

        def find(node: Node) -> Sequence[Node]:
            found = path(node)
            return found if isinstance(found, list) else [str(found)]

        return find

    def only(self, place: str) -> None:  # noqa: ARG002 - formats are called alike
        """Paths can lead to many elements."""
        return

    def reader(self, attr: str | None, take: str | None) -> Reader:
        """Read an attribute, or the text of an element with all below it; attributes and texts are texts already."""
        if attr is not None:
            return lambda node: None if isinstance(node, str) else node.get(attr)
        read = {"html": _xml_source, "own": _xml_own}.get(take or "", _xml_text)
        return lambda node: str(node) if isinstance(node, str) else read(node)

    def up(self, node: Node, count: int) -> Node | None:
        """Go up to an ancestor."""
        current = node
        for _ in range(count):
            current = None if current is None or isinstance(current, str) else current.getparent()
        return current


def _xml_source(node: Node) -> str:
    from lxml import etree

    return effort.taken(str(etree.tostring(node, encoding="unicode", with_tail=False)))


def _xml_own(node: Node) -> str | None:
    return node.text if isinstance(node.text, str) else None


def _xml_text(node: Node) -> str:
    return effort.taken("".join(str(piece) for piece in node.itertext()))


class FeedFormat(JsonFormat):
    """RSS and Atom through feedparser, seen as the JSON that docs/site-files.md describes."""

    name = "feed"

    def parse(self, text: str) -> Node:
        """Parse a feed; raises ItemError when it is none."""
        from syncer.sites import feeds

        return feeds.parse(text)


class TextFormat:
    """Any text; places are regular expressions."""

    name = "text"

    def parse(self, text: str) -> Node:
        """Take the text as it is."""
        return text

    def compile(self, place: str) -> Finder:
        """Compile a regular expression; each match gives its first group that took part, or all of it."""
        pattern = Pattern(place)

        def find(node: str) -> Sequence[str]:
            found: list[str] = []
            for match in pattern.finditer(node):
                groups = [group for group in match.groups() if group is not None]
                found.append(groups[0] if groups else match.group() or "")
                if len(found) >= MAX_NODES:
                    break
            return found

        return find

    def only(self, place: str) -> None:  # noqa: ARG002 - formats are called alike
        """Patterns can match many times."""
        return

    def reader(self, attr: str | None, take: str | None) -> Reader:  # noqa: ARG002 - formats are called alike
        """Read the text itself; it has no attributes."""
        return (lambda _node: None) if attr is not None else (lambda node: node)

    def up(self, node: str, count: int) -> Node | None:  # noqa: ARG002 - formats are called alike
        """A text stands in nothing."""
        return None


FORMATS: dict[str, Format] = {
    "html": HtmlFormat(),
    "json": JsonFormat(),
    "xml": XmlFormat(),
    "feed": FeedFormat(),
    "text": TextFormat(),
}
"""The formats by the name that `read` gives them; they hold no state."""

PLACE_FORMATS = {"css": "html", "json": "json", "xml": "xml", "regex": "text"}
"""Which format a place key belongs to."""
