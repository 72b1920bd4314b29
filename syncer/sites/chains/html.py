"""HTML chains of imported files: rules that go down, up and sideways, and what is fetched at the end.

Here because a chain is more exact than CSS; CSS only finds candidates, which are then checked. Imported by formulae.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from syncer.frozen import frozen
from syncer.sites import effort
from syncer.sites.chains.elements import Document, is_word_list
from syncer.sites.chains.matching import TextTest, compile_test

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_NODES = 100_000
"""No rule gives more nodes than this."""

_PLAIN_TAG = re.compile(r"[a-z][a-z0-9-]*\Z")
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_-]*\Z")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_. /:-]+\Z")
_PLAIN_CLASS = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")

Direction = Callable[["Rule", Document, "LexborNode"], Iterable["LexborNode"]]


@frozen
class Rule:
    """One rule of a chain."""

    direction: Direction
    tag: str | None
    attrs: tuple[tuple[str, str], ...]
    nth: int | None
    depth: int
    test: TextTest | None
    selector: str
    """CSS that finds at least what the rule means."""

    def apply(self, document: Document, nodes: Sequence[LexborNode]) -> list[LexborNode]:
        """Give the nodes that the rule leads to from each of `nodes`, in order, with repeats."""
        found: list[LexborNode] = []
        for node in nodes:
            effort.check()
            found.extend(self._chosen(self.direction(self, document, node)))
            if len(found) >= MAX_NODES:
                break
        if self.test is None:
            return found
        return [node for node in found if self.test.passes(document.text(node))]  # texts are counted, patterns timed

    def _chosen(self, candidates: Iterable[LexborNode]) -> Iterable[LexborNode]:
        if self.nth is None:
            return candidates
        if self.nth >= 0:
            for number, node in enumerate(candidates):
                if number == self.nth:
                    return [node]
            return []
        everything = list(candidates)
        return [everything[self.nth]] if -self.nth <= len(everything) else []

    def fits(self, node: LexborNode) -> bool:
        """Tell whether an element has the rule's tag and attributes, compared exactly."""
        tag = node.tag
        if self.tag is not None and tag != self.tag:
            return False
        if not self.attrs:
            return True
        attributes = node.attributes
        for name, wanted in self.attrs:
            if name not in attributes:
                return False
            value = attributes[name] or ""
            if not (_lists(value, wanted) if is_word_list(tag, name) else value == wanted):
                return False
        return True


def _lists(value: str, wanted: str) -> bool:
    words = value.split()
    return wanted in words or " ".join(words) == wanted


def _down(rule: Rule, document: Document, node: LexborNode) -> Iterator[LexborNode]:
    if document.has_templates:
        candidates: Iterable[LexborNode] = document.descendants(node)
    else:
        candidates = node.css(rule.selector)
    own = node.mem_id
    for candidate in candidates:
        if rule.fits(candidate) and candidate.mem_id != own:
            yield candidate


def _up(rule: Rule, document: Document, node: LexborNode) -> Iterator[LexborNode]:
    count, current = 0, document.parent(node)
    while current is not None:
        if rule.tag is None or current.tag == rule.tag:
            count += 1
            if count >= rule.depth:
                yield current
                return
        current = document.parent(current)


def _next(rule: Rule, _document: Document, node: LexborNode) -> Iterator[LexborNode]:
    current = node.next
    while current is not None:
        if current.is_element_node and rule.fits(current):
            yield current
        current = current.next


def _previous(rule: Rule, _document: Document, node: LexborNode) -> Iterator[LexborNode]:
    current = node.prev
    while current is not None:
        if current.is_element_node and rule.fits(current):
            yield current
        current = current.prev


def compile_rule(settings: Any) -> Rule:
    """Make a rule of a text (down to that tag) or a `schema.imported.HtmlRule`."""
    if isinstance(settings, str):
        tag = None if settings == "*" else settings
        return Rule(_down, tag, (), None, 1, None, _selector(tag, ()))
    attrs = tuple(settings.attrs.items())
    direction = (
        _up if settings.up is not None else _next if settings.next else _previous if settings.previous else _down
    )
    return Rule(
        direction=direction,
        tag=settings.tag or None,
        attrs=attrs,
        nth=settings.nth if direction is not _up else None,
        depth=settings.up or 1,
        test=compile_test(settings.text) if settings.text is not None else None,
        selector=_selector(settings.tag or None, attrs),
    )


def _selector(tag: str | None, attrs: tuple[tuple[str, str], ...]) -> str:
    text = tag if tag is not None and _PLAIN_TAG.match(tag) else "*"
    for name, value in attrs:
        if not _PLAIN_NAME.match(name):
            continue
        words = value.split(" ")
        if name == "class" and _PLAIN_CLASS.match(words[0]):
            text += f".{words[0]}"
        elif not is_word_list(tag, name) and name not in _ANY_LIST and _PLAIN_VALUE.match(value):
            text += f'[{name}="{value}"]'
        else:
            text += f"[{name}]"
    return text


_ANY_LIST = frozenset({"rel", "rev", "headers", "accept-charset", "archive", "sizes", "sandbox", "for", "class"})
"""Attributes that are lists of words on some element."""


@frozen
class HtmlChain:
    """A chain of rules and what is fetched at its end."""

    rules: tuple[Rule, ...]
    take: str
    """`text`, `html` or `attr`."""
    attr: str

    def texts(self, document: Document) -> list[str]:
        """Give the raw texts, in order; what is empty or missing gives none."""
        nodes = [document.top]
        for rule in self.rules:
            nodes = rule.apply(document, nodes)
        if self.take == "attr":
            return [text for node in nodes if (text := self._attribute(node))]
        write = document.html if self.take == "html" else document.text
        return [text for node in nodes if (text := write(node))]

    def _attribute(self, node: LexborNode) -> str:
        if not node.is_element_node:
            return ""
        value = node.attributes.get(self.attr) or ""
        return " ".join(value.split()) if is_word_list(node.tag, self.attr) else value


def compile_chain(settings: Any) -> HtmlChain:
    """Make the chain of a formula."""
    take = "attr" if settings.attr is not None else settings.take
    return HtmlChain(tuple(compile_rule(rule) for rule in settings.html), take, settings.attr or "")
