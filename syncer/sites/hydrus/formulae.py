"""Formulae, content parsers and page parsers as a site file says them.

Here, as the counterpart of `read_parsers`. Pure; the writers of this package import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

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
from syncer.sites.hydrus.steps import CannotCarryError, conversions, match, steps
from syncer.sites.hydrus.toml import Entry, Table, Value

DEFAULT_PRIORITY = 50


def _html_rule(rule: HtmlRule) -> Value:
    """Write a step through elements: the bare tag name where it is just that."""
    table: Table = {"up": rule.depth} if rule.kind == "ascend" else _among(rule)
    if rule.text is not None:
        table["text"] = match(rule.text)
    if rule.kind == "descend" and not table and rule.tag != "*":
        return rule.tag if rule.tag is not None else "*"
    return table if rule.tag is None else {"tag": rule.tag, **table}


def _among(rule: HtmlRule) -> Table:
    """Write which of the descendants or siblings are meant."""
    table: Table = {} if rule.kind == "descend" else {rule.kind: True}
    if rule.attributes:
        table["attrs"] = dict(rule.attributes)
    if rule.index is not None:
        table["nth"] = rule.index
    return table


def _html(formula: Html) -> Table:
    table: Table = {"html": [_html_rule(rule) for rule in formula.rules]}
    if formula.what == "attribute":
        table["attr"] = formula.attribute
    elif formula.what == "html":
        table["take"] = "html"
    return table


def _json_rule(rule: JsonRule) -> Value:
    """Write a step through JSON: the bare key, number or "*" where it is just that."""
    if rule.kind == "all":
        return "*"
    if rule.kind == "index":
        return rule.number
    if rule.match is None:
        raise CannotCarryError(f'the step "{rule.kind}" through JSON has no counterpart here')
    written = match(rule.match)
    if rule.kind == "key" and isinstance(written, str) and written != "*":
        return written
    return {rule.kind: written}


def _json(formula: Json) -> Table:
    table: Table = {"json": [_json_rule(rule) for rule in formula.rules]}
    if formula.what != "text":
        table["take"] = formula.what
    return table


def _zipper(formula: Zipper) -> Table:
    return {"zip": [formula_table(part) for part in formula.formulae], "template": formula.phrase}


def _context(formula: Context) -> Table:
    return {"context": formula.variable}


def _nested(formula: Nested) -> Table:
    return {"nested": [formula_table(formula.first), formula_table(formula.second)]}


def _static(formula: Static) -> Table:
    return {"static": formula.text} if formula.count == 1 else {"static": formula.text, "times": formula.count}


_FORMULAE: dict[type, Callable[[Any], Table]] = {
    Html: _html,
    Json: _json,
    Zipper: _zipper,
    Context: _context,
    Nested: _nested,
    Static: _static,
}


def formula_table(formula: Formula) -> Table:
    """Write a formula as the keys of a table; raises CannotCarryError."""
    table = _FORMULAE[type(formula)](formula)
    changes = steps(formula.steps)
    if changes:
        table["steps"] = changes
    return table


def _url(content: Content) -> Table:
    table: Table = {"what": content.detail or ""}
    if content.priority != DEFAULT_PRIORITY:
        table["priority"] = content.priority
    return table


def _tag(content: Content) -> Table:
    return {"what": "tag"} if content.detail is None else {"what": "tag", "namespace": content.detail}


def _hash(content: Content) -> Table:
    if not content.detail:
        raise CannotCarryError("it does not say which hash it is")
    return {"what": "hash", "hash": content.detail, "encoding": content.encoding}


def _veto(content: Content) -> Table:
    assert content.match is not None
    when = "found" if content.veto_if_found else "missing"
    return {"what": "veto", "when": when, "match": match(content.match)}


def _title(content: Content) -> Table:
    return {"what": "title", "priority": content.priority}


def _time(_content: Content) -> Table:
    return {"what": "time"}


def _named(content: Content) -> Table:
    """Write a note, a header or a variable: its name stands under the kind's own word."""
    return {"what": content.kind, content.kind: content.detail or ""}


_CONTENTS: dict[str, Callable[[Content], Table]] = {
    "url": _url,
    "tag": _tag,
    "hash": _hash,
    "veto": _veto,
    "title": _title,
    "time": _time,
    "note": _named,
    "header": _named,
    "variable": _named,
}


def contents(listed: Iterable[Content], remarks: list[str]) -> list[Table]:
    """Write content parsers; what has no place here is left out with a remark."""
    written: list[Table] = []
    for content in listed:
        try:
            written.append({"name": content.name, **_CONTENTS[content.kind](content), **formula_table(content.formula)})
        except CannotCarryError as error:
            remarks.append(f'Left out: "{content.name}": {error}')
    return written


def _sub_parser(sub: SubParser, remarks: list[str]) -> Table | None:
    try:
        table: Table = {"name": sub.parser.name, "split": formula_table(sub.split)}
    except CannotCarryError as error:
        remarks.append(f'Left out: the posts "{sub.parser.name}": {error}')
        return None
    if sub.sort_by_time:
        table["sort_by_time"] = True
    return table | _body(sub.parser, remarks)


def _body(parser: Parser, remarks: list[str]) -> Table:
    """Write what a parser and a sub-parser have in common; raises CannotCarryError."""
    table: Table = {}
    before = conversions(parser.converter)
    if before:
        table["before"] = before
    found = contents(parser.contents, remarks)
    if found:
        table["get"] = found
    subs = [written for sub in parser.subs if (written := _sub_parser(sub, remarks)) is not None]
    if subs:
        table["posts"] = subs
    return table


def parser_entry(parser: Parser) -> Entry:
    """Write a page parser; raises CannotCarryError when its text cannot even be prepared."""
    remarks: list[str] = []
    table: Table = {"name": parser.name}
    if parser.key:
        table["id"] = parser.key
    if parser.examples:
        table["examples"] = list(parser.examples)
    table |= _body(parser, remarks)
    return Entry("parser", table, tuple(remarks))
