"""A page as imported HTML chains see it: the tree with `template` content in it, exact attribute values, raw texts.

Here because this view differs from what CSS sees (facts: quirks mode, lists of words, repeats). Imported by html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncer.sites import effort, tree

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DOCTYPE = re.compile(
    r"<!doctype\s+(?P<name>[^\s>]+)(?:\s+(?P<kind>public|system)\s*(?P<first>\"[^\">]*\"|'[^'>]*')?"
    r"\s*(?P<second>\"[^\">]*\"|'[^'>]*')?)?",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"<template", re.IGNORECASE)
_EVERYWHERE = frozenset({"class", "accesskey", "dropzone"})
_WORD_LISTS = {
    "a": frozenset({"rel", "rev"}),
    "link": frozenset({"rel", "rev"}),
    "area": frozenset({"rel"}),
    "td": frozenset({"headers"}),
    "th": frozenset({"headers"}),
    "form": frozenset({"accept-charset"}),
    "object": frozenset({"archive"}),
    "icon": frozenset({"sizes"}),
    "iframe": frozenset({"sandbox"}),
    "output": frozenset({"for"}),
}


def is_word_list(tag: str | None, name: str) -> bool:
    """Tell whether an attribute holds a list of words on an element."""
    return name in _EVERYWHERE or name in _WORD_LISTS.get(tag or "", ())


class Document:
    """A parsed page."""

    __slots__ = ("_source", "has_templates", "top")

    def __init__(self, text: str) -> None:
        parser = tree.parse(text)
        root = parser.root
        assert root is not None, "an HTML parser makes a root of any text"
        self.top: LexborNode = root.parent or root
        """The document itself, above `html`."""
        self.has_templates = _TEMPLATE.search(text) is not None
        self._source = text

    def doctype(self) -> str:
        """Give the doctype's text: its name and what stands behind it; "" when there is none."""
        if not any(node.tag == "-doctype" for node in tree.children(self.top)):
            return ""
        match = _DOCTYPE.search(self._source)
        if match is None:
            return ""
        name, kind = match["name"].lower(), (match["kind"] or "").lower()
        first, second = ((match[group] or "")[1:-1] for group in ("first", "second"))
        if kind == "public" and first:
            return f'{name} PUBLIC "{first}"' + (f' "{second}"' if match["second"] else "")
        if kind == "system" and first:
            return f'{name} SYSTEM "{first}"'
        return name

    def descendants(self, node: LexborNode) -> Iterator[LexborNode]:
        """Walk all elements below a node in document order, through templates too."""
        stack = [iter(self.below(node))]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
            elif child.is_element_node:
                yield child
                stack.append(iter(self.below(child)))

    def below(self, node: LexborNode) -> Iterator[LexborNode]:
        """Walk the nodes directly below a node; those of a template are its content."""
        if self.has_templates and node.tag == "template":
            for fragment in node.template_fragments():
                yield from tree.children(fragment)
        else:
            yield from tree.children(node)

    def parent(self, node: LexborNode) -> LexborNode | None:
        """Give the element (or document) above a node."""
        above = node.parent
        while above is not None and above.tag is None:
            above = above.parent
        return above

    def text(self, node: LexborNode) -> str:
        """Join all text below a node: comments, scripts and styles too, a line break for each `br` and `p`."""
        pieces: list[str] = []
        stack = list(self.below(node))
        stack.reverse()
        while stack:
            current = stack.pop()
            if current.is_text_node:
                pieces.append(current.text_content or "")
            elif current.is_element_node:
                if current.tag in {"br", "p"}:
                    pieces.append("\n")
                below = list(self.below(current))
                below.reverse()
                stack.extend(below)
            elif current.is_comment_node:
                pieces.append((current.html or "")[4:-3])
            elif current.tag == "-doctype":
                pieces.append(self.doctype())
        return effort.taken("".join(pieces))

    def html(self, node: LexborNode) -> str:
        """Write an element, or the document, as HTML."""
        if not node.is_document_node:
            return tree.outer(node, one_space=is_word_list)
        pieces: list[str] = []
        for child in tree.children(node):
            if child.tag == "-doctype":
                pieces.append(f"<!DOCTYPE {self.doctype()}>\n")
            elif child.is_comment_node:
                pieces.append(child.html or "")
            else:
                pieces.append(tree.outer(child, one_space=is_word_list))
        return "".join(pieces)
