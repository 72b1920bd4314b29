"""JSON chains of imported files: keys, all items, indices, and what is fetched at the end.

Here because their order (sorted keys) and texts (`True`, `1.5`) are Python's, as hydrus has them. Imported by formulae.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from syncer.frozen import frozen
from syncer.sites.chains import tags
from syncer.sites.chains.matching import TextTest, compile_test

MAX_NODES = 200_000
"""No rule gives more nodes than this."""

Rule = Callable[[Any], Iterator[Any]]


def _key(name: str) -> Rule:
    def rule(node: Any) -> Iterator[Any]:
        if isinstance(node, dict) and name in node:
            yield node[name]

    return rule


def _keys(test: TextTest) -> Rule:
    def rule(node: Any) -> Iterator[Any]:
        if isinstance(node, dict):
            yield from (node[key] for key in sorted(node) if test.passes(key))

    return rule


def _all(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        yield from node
    elif isinstance(node, dict):
        yield from (node[key] for key in sorted(node))


def _index(number: int) -> Rule:
    def rule(node: Any) -> Iterator[Any]:
        values: Sequence[Any] = node if isinstance(node, list) else ()
        if isinstance(node, dict):
            values = [node[key] for key in sorted(node, key=tags.natural)]
        if -len(values) <= number < len(values):
            yield values[number]

    return rule


def _test(test: TextTest) -> Rule:
    def rule(node: Any) -> Iterator[Any]:
        if isinstance(node, str) and test.passes(node):
            yield node

    return rule


def _compile_rule(settings: Any) -> Rule:
    if isinstance(settings, str):
        return _all if settings == "*" else _key(settings)
    if isinstance(settings, int):
        return _index(settings)
    if settings.test is not None:
        return _test(compile_test(settings.test))
    return _key(settings.key) if isinstance(settings.key, str) else _keys(compile_test(settings.key))


def _scalars(node: Any) -> Iterator[str]:
    if node is not None and not isinstance(node, dict | list):
        yield str(node)


def _json(node: Any) -> Iterator[str]:
    yield json.dumps(node, ensure_ascii=False)


def _sorted_keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from sorted(node)


_TAKES: dict[str, Callable[[Any], Iterator[str]]] = {"text": _scalars, "json": _json, "keys": _sorted_keys}


@frozen
class JsonChain:
    """A chain of rules and what is fetched at its end."""

    rules: tuple[Rule, ...]
    take: Callable[[Any], Iterator[str]]

    def texts(self, node: Any) -> list[str]:
        """Give the raw texts, in order."""
        nodes = [node]
        for rule in self.rules:
            nodes = [found for current in nodes for found in rule(current)][:MAX_NODES]
        return [text for current in nodes for text in self.take(current)]


def compile_chain(settings: Any) -> JsonChain:
    """Make the chain of a formula."""
    return JsonChain(tuple(_compile_rule(rule) for rule in settings.json_), _TAKES.get(settings.take, _scalars))
