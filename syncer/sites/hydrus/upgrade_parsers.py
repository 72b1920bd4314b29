"""Old formulae, content parsers and page parsers of hydrus, brought up one version at a time.

Here, as one table: (type, version) -> the next version's content. Only `upgrade` imports it.
"""

from __future__ import annotations

import json
from typing import Any

from syncer.sites.hydrus import raw
from syncer.sites.hydrus.upgrade_steps import TABLE as STEPS

_HTML_ATTRIBUTE, _HTML_TEXT = 0, 1
_TAG, _URL, _VETO, _HASH = 0, 7, 8, 15
_URL_POST, _URL_FILE = 0, 2
_URL_NEXT, _URL_DESIRED, _URL_SOURCE = 6, 7, 8
_EXAMPLE_CONTEXT = {"url": "https://example.com/posts/index.php?id=123456"}


def _as_processor(match: Any, converter: Any) -> Any:
    """Turn the two fixed steps of old formulae into a string processor of those that do something."""
    kind, _value, shortest, longest, _example = raw.take_apart(match).info
    steps = [match] if kind != 3 or shortest is not None or longest is not None else []
    old = raw.take_apart(converter)
    info = STEPS[raw.CONVERTER, 1](old.info) if old.version == 1 else old.info
    if info[0]:
        steps.append([raw.CONVERTER, 2, info])
    return raw.processor(steps)


def _html_1(info: Any) -> Any:
    rules, attribute = info
    return [rules, attribute, [0, 0, "", ""]]


def _html_2(info: Any) -> Any:
    """Turn "cut so many characters" (negative: cut off) and "put around" into conversions."""
    rules, attribute, (front, back, before, after) = info
    conversions: list[Any] = []
    if front:
        conversions.append([6 if front > 0 else 1, front])
    if back:
        conversions.append([7 if back > 0 else 0, back])
    conversions += [[kind, text] for kind, text in ((2, before), (3, after)) if text != ""]
    return [rules, attribute, [raw.CONVERTER, 2, [conversions, "parsed information"]]]


def _html_3(info: Any) -> Any:
    rules, attribute, converter = info
    return [rules, attribute, raw.ANY_MATCH, converter]


def _html_4(info: Any) -> Any:
    rules, attribute, match, converter = info
    what = _HTML_TEXT if attribute is None else _HTML_ATTRIBUTE
    return [rules, what, attribute or "", match, converter]


def _html_5(info: Any) -> Any:
    rules, what, attribute, match, converter = info
    new = [
        [raw.HTML_RULE, 3, [0, tag, attributes, index, None, False, raw.ANY_MATCH]] for tag, attributes, index in rules
    ]
    return [raw.object_list(new), what, attribute, match, converter]


def _html_6(info: Any) -> Any:
    rules, what, attribute, match, converter = info
    return [rules, what, attribute, _as_processor(match, converter)]


def _html_7(info: Any) -> Any:
    rules, what, attribute, steps = info
    return [rules, what, attribute, "", steps]


def _html_rule_1(info: Any) -> Any:
    return [*info, False, raw.ANY_MATCH]


def _unchanged(info: Any) -> Any:
    return info


def _json_1(info: Any) -> Any:
    """Give each rule its kind: null was "all", a number an index, a text a key."""
    rules, what, match, converter = info
    new: list[Any] = []
    for rule in rules:
        if rule is None:
            new.append([1, None])
        elif isinstance(rule, int):
            new.append([2, rule])
        else:
            new.append([0, raw.fixed_match(rule)])
    return [new, what, match, converter]


def _two_then_steps(info: Any) -> Any:
    """JSON formula 2 and zipper 1: match and converter become string steps."""
    first, second, match, converter = info
    return [first, second, _as_processor(match, converter)]


def _name_before_steps(info: Any) -> Any:
    """Every kind of formula got a name at last, in front of its string steps."""
    return [*info[:-1], "", info[-1]]


def _context_1(info: Any) -> Any:
    variable, match, converter = info
    return [variable, _as_processor(match, converter)]


def _content_1(info: Any) -> Any:
    """A veto looked for a pattern, or for any text at all."""
    name, kind, formula, detail = info
    if kind == _VETO:
        if_found, look_for_text, pattern = detail
        match = [raw.STRING_MATCH, 1, [2, pattern, None, None, pattern]] if look_for_text else raw.ANY_MATCH
        detail = [if_found, match]
    return [name, kind, formula, detail]


def _content_2(info: Any) -> Any:
    """The kinds of URLs were those of URL classes: file, post, gallery."""
    name, kind, formula, detail = info
    if kind == _URL:
        url_kind, priority = detail
        detail = [{_URL_FILE: _URL_DESIRED, _URL_POST: _URL_SOURCE}.get(url_kind, _URL_NEXT), priority]
    return [name, kind, formula, detail]


def _content_3(info: Any) -> Any:
    name, kind, formula, detail = info
    return [name, kind, formula, 0, False, detail]


def _content_4(info: Any) -> Any:
    """A hash got an encoding: base64 where the formula decodes it, else hex."""
    name, kind, formula, sort, ascending, detail = info
    if kind == _HASH and not isinstance(detail, list):
        detail = [detail, "base64" if '"base64"' in json.dumps(formula) else "hex"]
    return [name, kind, formula, sort, ascending, detail]


def _page_1(info: Any) -> Any:
    return [*info, dict(_EXAMPLE_CONTEXT)]


def _page_2(info: Any) -> Any:
    """Sub-parsers, pairs of formula and parser so far, became objects."""
    name, key, converter, pairs, contents, examples, context = info
    subs = [[raw.SUB_PARSER, 2, [formula, False, parser]] for formula, parser in pairs]
    return [name, key, converter, raw.object_list(subs), contents, examples, context]


def _content_6(info: Any) -> Any:
    """The empty namespace used to mean "as it is"; now it means "none, even when the text has a colon"."""
    name, kind, formula, detail = info
    return [name, kind, formula, None if kind == _TAG and detail == "" else detail]


def _sub_parser_1(info: Any) -> Any:
    formula, parser = info
    return [formula, False, parser]


TABLE = {
    (raw.HTML, 1): _html_1,
    (raw.HTML, 2): _html_2,
    (raw.HTML, 3): _html_3,
    (raw.HTML, 4): _html_4,
    (raw.HTML, 5): _html_5,
    (raw.HTML, 6): _html_6,
    (raw.HTML, 7): _html_7,
    (raw.HTML_RULE, 1): _html_rule_1,
    (raw.HTML_RULE, 2): _unchanged,
    (raw.JSON, 1): _json_1,
    (raw.JSON, 2): _two_then_steps,
    (raw.JSON, 3): _name_before_steps,
    (raw.ZIPPER, 1): _two_then_steps,
    (raw.ZIPPER, 2): _name_before_steps,
    (raw.CONTEXT, 1): _context_1,
    (raw.CONTEXT, 2): _name_before_steps,
    (raw.NESTED, 1): _name_before_steps,
    (raw.CONTENT, 1): _content_1,
    (raw.CONTENT, 2): _content_2,
    (raw.CONTENT, 3): _content_3,
    (raw.CONTENT, 4): _content_4,
    (raw.CONTENT, 6): _content_6,
    (raw.PARSER, 1): _page_1,
    (raw.PARSER, 2): _page_2,
    (raw.SUB_PARSER, 1): _sub_parser_1,
}
