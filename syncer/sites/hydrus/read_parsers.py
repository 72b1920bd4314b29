"""Formulae, content parsers and page parsers, read from hydrus's stored objects.

Here, apart from URL classes and the rest, because they are a language of their own. Only `read` imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.sites.hydrus import raw
from syncer.sites.hydrus.objects import (
    Content,
    Context,
    Formula,
    Html,
    HtmlRule,
    Json,
    JsonRule,
    Nested,
    Parser,
    Static,
    SubParser,
    Zipper,
)
from syncer.sites.hydrus.raw import UnreadableError
from syncer.sites.hydrus.read_steps import converter, steps, string_match
from syncer.sites.hydrus.values import Notes, pair, pick, text, text_or_none, values, whole, whole_or_none

_HTML_RULES = {0: "descend", 1: "ascend", 2: "next", 3: "previous"}
_HTML_WHAT = {0: "attribute", 1: "text", 2: "html"}
_JSON_WHAT = {0: "text", 1: "json", 2: "keys"}
_JSON_NUMBERS = {2: "index", 3: "deminify", 4: "ascend"}
_JSON_MATCHES = {0: "key", 5: "test"}
_JSON_ALL = 1
_URL_KINDS = {6: "next", 7: "desired", 8: "source", 9: "sub-gallery"}
_SOURCE_TIME = 0


def _html_rule(node: Any, notes: Notes) -> HtmlRule:
    kind, tag, attributes, index, depth, tested, test = values(notes.inner(node, raw.HTML_RULE), 7)
    if attributes is not None and not isinstance(attributes, dict):
        raise UnreadableError("A rule's attributes were expected")
    return HtmlRule(
        kind=pick(_HTML_RULES, kind, "HTML rule"),
        tag=text_or_none(tag),
        attributes={text(name): text(value) for name, value in (attributes or {}).items()},
        index=whole_or_none(index),
        depth=1 if depth is None else whole(depth),
        text=string_match(test, notes) if tested else None,
    )


def _html(info: Any, notes: Notes) -> Html:
    rules, what, attribute, name, process = values(info, 5)
    return Html(
        notes.each(rules, _html_rule, "A step of an HTML formula"),
        pick(_HTML_WHAT, what, "HTML content"),
        text(attribute),
        text(name),
        steps(process, notes),
    )


def _json_rule(stored: Any, notes: Notes) -> JsonRule:
    kind, detail = pair(stored)
    if kind == _JSON_ALL:
        return JsonRule("all")
    if kind in _JSON_MATCHES:
        return JsonRule(_JSON_MATCHES[kind], match=string_match(detail, notes))
    return JsonRule(pick(_JSON_NUMBERS, kind, "JSON rule"), number=whole(detail))


def _json(info: Any, notes: Notes) -> Json:
    rules, what, name, process = values(info, 4)
    return Json(
        tuple(_json_rule(rule, notes) for rule in values(rules)),
        pick(_JSON_WHAT, what, "JSON content"),
        text(name),
        steps(process, notes),
    )


def _zipper(info: Any, notes: Notes) -> Zipper:
    formulae, phrase, name, process = values(info, 4)
    return Zipper(
        notes.each(formulae, formula, "A part of a zipper formula"), text(phrase), text(name), steps(process, notes)
    )


def _context(info: Any, notes: Notes) -> Context:
    variable, name, process = values(info, 3)
    return Context(text(variable), text(name), steps(process, notes))


def _nested(info: Any, notes: Notes) -> Nested:
    first, second, name, process = values(info, 4)
    return Nested(formula(first, notes), formula(second, notes), text(name), steps(process, notes))


def _static(info: Any, notes: Notes) -> Static:
    static, count, name, process = values(info, 4)
    return Static(text(static), whole(count), text(name), steps(process, notes))


_FORMULAE: dict[int, Callable[[Any, Notes], Formula]] = {
    raw.HTML: _html,
    raw.JSON: _json,
    raw.ZIPPER: _zipper,
    raw.CONTEXT: _context,
    raw.NESTED: _nested,
    raw.STATIC: _static,
}


def formula(node: Any, notes: Notes) -> Formula:
    """Read a formula of any kind; raises UnreadableError."""
    with notes.deeper():
        opened = notes.open(node)
        if opened.type not in _FORMULAE:
            raise UnreadableError(f"An object of type {opened.type} is no formula")
        return _FORMULAE[opened.type](opened.info, notes)


def _url(detail: Any, _notes: Notes) -> dict[str, Any]:
    kind, priority = pair(detail)
    return {"detail": pick(_URL_KINDS, kind, "URL kind"), "priority": whole(priority)}


def _tag(detail: Any, _notes: Notes) -> dict[str, Any]:
    return {"detail": text_or_none(detail)}


def _named(detail: Any, _notes: Notes) -> dict[str, Any]:
    return {"detail": text(detail)}


def _hash(detail: Any, _notes: Notes) -> dict[str, Any]:
    """Read type and encoding; some are wrapped twice, `[["md5", "hex"], "hex"]`, and some have none."""
    if isinstance(detail, str):
        return {"detail": detail, "encoding": "hex"}
    kind, encoding = pair(detail[0]) if isinstance(detail, list) and isinstance(detail[0], list) else pair(detail)
    return {"detail": text(kind), "encoding": "base64" if encoding == "base64" else "hex"}


def _time(detail: Any, _notes: Notes) -> dict[str, Any]:
    if detail not in (_SOURCE_TIME, None):
        raise UnreadableError("Only the time of posting can be taken from a page")
    return {}


def _title(detail: Any, _notes: Notes) -> dict[str, Any]:
    return {"priority": whole(detail or 0)}


def _veto(detail: Any, notes: Notes) -> dict[str, Any]:
    if_found, match = pair(detail)
    return {"veto_if_found": bool(if_found), "match": string_match(match, notes)}


_CONTENTS = {
    0: ("tag", _tag),
    7: ("url", _url),
    8: ("veto", _veto),
    14: ("variable", _named),
    15: ("hash", _hash),
    16: ("time", _time),
    17: ("title", _title),
    18: ("note", _named),
    22: ("header", _named),
}


def content(node: Any, notes: Notes) -> Content:
    """Read a content parser; raises UnreadableError."""
    name, kind, stored, detail = values(notes.inner(node, raw.CONTENT), 4)
    if not isinstance(kind, int) or kind not in _CONTENTS:
        raise UnreadableError(f"Content of kind {kind!r} is unknown")
    what, reader = _CONTENTS[kind]
    try:
        return Content(text(name), what, formula(stored, notes), **reader(detail, notes))
    except UnreadableError as error:
        raise UnreadableError(f'"{text(name)}": {error.title}') from error


def _sub_parser(node: Any, notes: Notes) -> SubParser:
    split, sort_by_time, inner = values(notes.inner(node, raw.SUB_PARSER), 3)
    return SubParser(formula(split, notes), parser(inner, notes), bool(sort_by_time))


def parser(node: Any, notes: Notes) -> Parser:
    """Read a page parser; raises UnreadableError. Its name is the one inside, not the one outside."""
    with notes.deeper():
        name, key, before, subs, contents, examples, _context = values(notes.inner(node, raw.PARSER), 7)
        return Parser(
            name=text(name),
            key=text(key),
            converter=converter(before, notes),
            subs=notes.each(subs, _sub_parser, f'A part of the parser "{text(name)}"'),
            contents=notes.each(contents, content, f'Content of the parser "{text(name)}"'),
            examples=tuple(text(example) for example in values(examples)),
        )
