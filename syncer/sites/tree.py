"""The HTML tree: parsing text safely, and our own text and outer HTML of an element.

Here because selectolax's own `.html` and `.text()` change order and blanks. Imported by both dialects; the parser is
given text, never bytes (it does not look for a charset).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from syncer.sites import effort, prescan

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

VOID = frozenset(
    {
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "command",
        "embed",
        "frame",
        "hr",
        "image",
        "img",
        "input",
        "isindex",
        "keygen",
        "link",
        "menuitem",
        "meta",
        "nextid",
        "param",
        "source",
        "spacer",
        "track",
        "wbr",
    }
)
_RAW = frozenset({"script", "style"})
_UNREAD = frozenset({"script", "style", "template", "noscript"})
_BREAKS = frozenset(
    {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article"}
)


def parse(text: str) -> LexborHTMLParser:
    """Parse a page; one that may cost much moves to a process of its own (see effort)."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    effort.check()
    tags = text.count("<")
    why = prescan.odd(text, tags)
    if why is not None:
        effort.move(why)
    try:
        document = LexborHTMLParser(text)
    except SelectolaxError as error:
        raise MemoryError from error  # The one reason for which any text cannot be parsed.
    if prescan.deep(document, tags):
        effort.move("nests its elements very deep")
    return document


def children(node: LexborNode) -> Iterator[LexborNode]:
    """Walk the nodes directly below `node`, in document order."""
    child = node.child
    while child is not None:
        yield child
        child = child.next


def readable(node: LexborNode) -> str:
    """Give the text a reader sees: no scripts and comments, a line break at blocks and `br`; blanks as they are."""
    only = node.child
    if only is not None and only.is_text_node and only.next is None:
        return only.text_content or ""
    pieces: list[str] = []
    stack = [only]
    while stack:
        current = stack.pop()
        if current is None:
            continue
        stack.append(current.next)
        if current.is_text_node:
            pieces.append(current.text_content or "")
        elif current.is_element_node and current.tag not in _UNREAD:
            if current.tag in _BREAKS:
                pieces.append("\n")
            stack.append(current.child)
    return effort.taken("".join(pieces))


def own_text(node: LexborNode) -> str:
    """Give only the text that stands directly in an element."""
    return "".join(child.text_content or "" for child in children(node) if child.is_text_node)


def outer(node: LexborNode, one_space: Callable[[str | None, str], bool] | None = None) -> str:
    """Write an element as HTML: attributes sorted by name, only `&`, `<`, `>` escaped, void elements as `<br/>`.

    `one_space(tag, name)` tells which attributes are lists of words, to be written with one blank between two.
    """
    pieces: list[str] = []
    stack: list[LexborNode | str] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            pieces.append(current)
        elif current.is_text_node:
            pieces.append(_text(current))
        elif current.is_element_node:
            stack.extend(_open(current, pieces, one_space))
        elif current.is_comment_node:
            pieces.append(current.html or "")
    return effort.taken("".join(pieces))


def _text(node: LexborNode) -> str:
    text = node.text_content or ""
    parent = node.parent
    if parent is not None and parent.tag in _RAW:
        return text
    return escape(text, quote=False)


def _open(
    node: LexborNode, pieces: list[str], one_space: Callable[[str | None, str], bool] | None
) -> list[LexborNode | str]:
    """Write the start tag and give back what is still to be written, last thing first."""
    name = node.tag or ""
    attributes = ""
    for key, value in sorted(node.attributes.items()):
        text = " ".join((value or "").split()) if one_space is not None and one_space(name, key) else value or ""
        attributes += f" {key}={_quoted(text)}"
    if name in VOID and node.child is None:
        pieces.append(f"<{name}{attributes}/>")
        return []
    pieces.append(f"<{name}{attributes}>")
    rest: list[LexborNode | str] = [f"</{name}>"]
    below = list(_below(node))
    below.reverse()
    rest.extend(below)
    return rest


def _below(node: LexborNode) -> Iterator[LexborNode]:
    if node.tag == "template":
        for fragment in node.template_fragments():
            yield from children(fragment)
        return
    yield from children(node)


def _quoted(value: str) -> str:
    text = escape(value, quote=False)
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace('"', "&quot;") + '"'
