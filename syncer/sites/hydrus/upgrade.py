"""Bringing any stored object of hydrus to its newest form.

Here, so that reading knows one form of each object only. Objects inside an object are upgraded when they are read.
Only `read` and `read_parsers` import it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.sites.hydrus import raw, upgrade_parsers, upgrade_steps, upgrade_urls

_TABLE: dict[tuple[int, int], Callable[[Any], Any]] = {
    **upgrade_steps.TABLE,
    **upgrade_parsers.TABLE,
    **upgrade_urls.TABLE,
}

NEWEST = {
    raw.DICTIONARY: 2,
    raw.LIST: 3,
    raw.HTML: 8,
    raw.CONTENT: 7,
    raw.JSON: 4,
    raw.BANDWIDTH: 1,
    raw.TAG_FILTER: 1,
    raw.URL_CLASS: 15,
    raw.STRING_MATCH: 1,
    raw.CONVERTER: 2,
    raw.PARSER: 3,
    raw.ZIPPER: 3,
    raw.CONTEXT: 3,
    raw.HTML_RULE: 3,
    raw.SIMPLE: 1,
    raw.SEARCH: 1,
    raw.NESTED_SEARCH: 1,
    raw.DOMAIN: 1,
    raw.CREDENTIAL: 1,
    raw.LOGIN: 2,
    raw.LOGIN_STEP: 2,
    raw.SPLITTER: 2,
    raw.PROCESSOR: 1,
    raw.SORTER: 1,
    raw.SLICER: 1,
    raw.STRING_TAG_FILTER: 1,
    raw.JOINER: 2,
    raw.PARAMETER: 2,
    raw.NESTED: 2,
    raw.SUB_PARSER: 2,
    raw.STATIC: 1,
    raw.DOMAIN_MASK: 1,
}

_FORMULAE = (raw.HTML, raw.JSON, raw.ZIPPER, raw.CONTEXT, raw.NESTED, raw.STATIC)


def newest(node: object) -> raw.Raw:
    """Take a stored object apart in its newest form; raises raw.UnreadableError."""
    old = raw.take_apart(node)
    if old.type not in NEWEST:
        raise raw.UnreadableError(f"Objects of hydrus's type {old.type} are no part of a downloader")
    version, info = old.version, old.info
    try:
        while version < NEWEST[old.type]:
            info = _content_5(info) if (old.type, version) == (raw.CONTENT, 5) else _TABLE[old.type, version](info)
            version += 1
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise raw.UnreadableError(f"An object of type {old.type} in version {old.version} is broken") from error
    return raw.Raw(old.type, old.name, version, info)


def _content_5(info: Any) -> Any:
    """The order of a content parser's texts became the last string step of its formula."""
    name, kind, formula, sort, ascending, detail = info
    if sort != 0:
        upgraded = newest(formula)
        if upgraded.type not in _FORMULAE:
            raise raw.UnreadableError("A content parser's formula is none")
        *rest, steps = upgraded.info
        stored = newest(newest(steps).info)
        sorter = [raw.OBJECT, [raw.SORTER, 1, [sort, ascending, None]]]
        steps = [raw.PROCESSOR, 1, [raw.LIST, 3, [*stored.info, sorter]]]
        formula = [upgraded.type, upgraded.version, [*rest, steps]]
    return [name, kind, formula, detail]
