"""A whole downloader of hydrus: its JSON text read into plain definitions, whatever version it was written in.

Here, as the one way in for the importer. What is broken or unknown is left out with the reason; the rest is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.config import json_text
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites.hydrus import raw
from syncer.sites.hydrus.objects import (
    Cookies,
    Credential,
    Definition,
    DomainPackage,
    Login,
    LoginStep,
    NestedSearch,
    Parameter,
    Search,
    SimpleRule,
    UrlClass,
)
from syncer.sites.hydrus.raw import UnreadableError
from syncer.sites.hydrus.read_parsers import content, formula, parser
from syncer.sites.hydrus.read_steps import converter, steps, string_match
from syncer.sites.hydrus.values import Notes, pair, pairs, pick, text, text_or_none, values, whole, whole_or_none

_URL_KINDS = {0: "post", 2: "file", 3: "gallery", 4: "watchable"}
_REFERRERS = {0: "given", 1: "never", 2: "converter_if_none", 3: "converter"}
_INDEX_PATH, _INDEX_PARAMETER = 0, 1
_ACCESS = {0: "everything", 1: "nsfw", 2: "special", 3: "user"}
_SECRET = 1
_BANDWIDTH = {0: "bytes", 1: "requests"}
MAX_LISTS = 400_000
"""Lists and tables in the JSON text; each costs 60 bytes of memory and more once it is read."""
_NO_DOWNLOADER = "Downloaders hold URL classes, parsers, searches, logins or headers"


@frozen
class Downloader:
    """What one PNG defines, in the order in which it does, and what could not be read."""

    definitions: tuple[Definition, ...]
    warnings: tuple[str, ...]


def read(source: str) -> Downloader:
    """Read the JSON text of a downloader; raises ItemError when it holds none or is beyond the limits."""
    if source.count("[") + source.count("{") > MAX_LISTS:
        raise ItemError(f"The downloader holds more than {MAX_LISTS} lists", "No true downloader is that large")
    try:
        node = json_text.read(source)
    except RecursionError as error:
        raise ItemError("The downloader is nested too deeply", "No true downloader is so deep") from error
    except ValueError as error:
        raise ItemError(f"The picture's text is no JSON: {json_text.where(error)}", "Take the original file") from error
    notes = Notes()
    definitions = [found for item in _top(node, notes) if (found := _definition(item, notes)) is not None]
    if not definitions:
        reasons = "; ".join(notes.warnings)
        raise ItemError(f"No downloader is in it{': ' + reasons if reasons else ''}", _NO_DOWNLOADER)
    return Downloader(tuple(definitions), tuple(notes.warnings))


def _top(node: object, notes: Notes) -> list[object]:
    """Give the objects of a downloader: those of a list, also of a list in it, or the single one."""
    try:
        opened = raw.take_apart(node)
        return list(notes.items(node)) if opened.type == raw.LIST else [node]
    except UnreadableError as error:
        raise ItemError(f"The picture's text is no downloader: {error.title}", _NO_DOWNLOADER) from error


def _definition(node: object, notes: Notes) -> Definition | None:
    """Read one object of a downloader; None, with a note, when that is not possible."""
    kind, name = 0, ""
    try:
        opened = raw.take_apart(node)
        kind, name = opened.type, text(opened.name)
        if kind not in _DEFINITIONS:
            raise UnreadableError(f"objects of hydrus's type {kind} are no part of a downloader")
        return _DEFINITIONS[kind](node, notes)
    except UnreadableError as error:
        notes.warn(f'"{name}" was left out: {error.title}')
        return None


def _mask(node: Any, notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...], bool, bool]:
    domains, patterns, match, keep = values(notes.inner(node, raw.DOMAIN_MASK), 4)
    names = tuple(sorted(text(domain) for domain in values(domains)))
    return names, tuple(sorted(text(pattern) for pattern in values(patterns))), bool(match), bool(keep)


def _parameter(node: Any, notes: Notes) -> Parameter:
    name, match, ephemeral, default, process = values(notes.inner(node, raw.PARAMETER), 5)
    # Where hydrus stored a converter in the place of string steps, it uses the default as it is.
    default_steps = steps(process, notes) if raw.take_apart(process).type == raw.PROCESSOR else ()
    return Parameter(text(name), string_match(match, notes), bool(ephemeral), text_or_none(default), default_steps)


def _url_class(node: Any, notes: Notes) -> UrlClass:
    name = text(raw.take_apart(node).name)
    info = values(notes.inner(node, raw.URL_CLASS), 17)
    key, kind, scheme, mask, switches, path, parameters, singles, single, headers, api, *rest = info
    referrer, referrer_converter, index_kind, index, index_step, example = rest
    domains, patterns, match_subdomains, keep_subdomains = _mask(mask, notes)
    alphabetic, no_more_path, no_more_parameters, keep_extra, many, associate, fragment = map(bool, values(switches, 7))
    return UrlClass(
        name=name,
        key=text(key),
        kind=pick(_URL_KINDS, kind, "URL kind"),
        scheme=text(scheme),
        domains=domains,
        domain_patterns=patterns,
        match_subdomains=match_subdomains,
        keep_subdomains=keep_subdomains,
        path=tuple((string_match(match, notes), text_or_none(default)) for match, default in map(pair, values(path))),
        parameters=notes.each(parameters, _parameter, f'A parameter of "{name}"'),
        sort_parameters=alphabetic,
        no_more_path=no_more_path,
        no_more_parameters=no_more_parameters,
        keep_extra_for_server=keep_extra and not no_more_parameters,
        many_files=many,
        associate=associate,
        keep_fragment=fragment,
        single_values=string_match(single, notes) if singles else None,
        headers=pairs(headers),
        api=converter(api, notes),
        referrer=pick(_REFERRERS, referrer, "Referrer rule"),
        referrer_converter=converter(referrer_converter, notes),
        index_path=whole(index) if index_kind == _INDEX_PATH else None,
        index_parameter=text(index) if index_kind == _INDEX_PARAMETER else None,
        index_step=whole_or_none(index_step) or 0,
        example=text(example),
    )


def _search(node: Any, notes: Notes) -> Search:
    name = text(raw.take_apart(node).name)
    key, template, phrase, separator, hint, example = values(notes.inner(node, raw.SEARCH), 6)
    return Search(name, text(key), text(template), text(phrase), text(separator), text(hint), text(example))


def _nested_search(node: Any, notes: Notes) -> NestedSearch:
    name = text(raw.take_apart(node).name)
    key, hint, children = values(notes.inner(node, raw.NESTED_SEARCH), 3)
    return NestedSearch(name, text(key), text(hint), pairs(children))


def _cookies(node: Any, notes: Notes) -> Cookies:
    """Read required cookies: a dictionary of string matches."""
    entries = (pair(item) for item in values(notes.inner(node, raw.DICTIONARY)))
    matches = ((pair(key)[1], pair(value)[1]) for key, value in entries)
    return tuple((string_match(key, notes), string_match(value, notes)) for key, value in matches)


def _credential(node: Any, notes: Notes) -> Credential:
    name = text(raw.take_apart(node).name)
    kind, match = pair(notes.inner(node, raw.CREDENTIAL))
    return Credential(name, kind == _SECRET, string_match(match, notes))


def _login_step(node: Any, notes: Notes) -> LoginStep:
    name = text(raw.take_apart(node).name)
    scheme, method, subdomain, path, *rest = values(notes.inner(node, raw.LOGIN_STEP), 9)
    credentials, static, variables, cookies, contents = rest
    return LoginStep(
        name=name,
        scheme=text(scheme),
        method=text(method),
        subdomain=text_or_none(subdomain),
        path=text(path) if text(path).startswith("/") else f"/{text(path)}",
        credentials=pairs(credentials),
        static=pairs(static),
        variables=pairs(variables),
        cookies=_cookies(cookies, notes),
        contents=notes.each(contents, content, f'Content of the login step "{name}"'),
    )


def _login(node: Any, notes: Notes) -> Login:
    name = text(raw.take_apart(node).name)
    key, cookies, credentials, login_steps, domains = values(notes.inner(node, raw.LOGIN), 5)
    examples = (values(example, 3) for example in values(domains))
    return Login(
        name=name,
        key=text(key),
        cookies=_cookies(cookies, notes),
        credentials=notes.each(credentials, _credential, f'A credential of "{name}"'),
        steps=notes.each(login_steps, _login_step, f'A step of "{name}"'),
        domains=tuple((text(domain), pick(_ACCESS, access, "Access"), text(why)) for domain, access, why in examples),
    )


def _domain(node: Any, notes: Notes) -> DomainPackage:
    host, headers, bandwidth = values(notes.inner(node, raw.DOMAIN), 3)
    rows = (values(row, 3) for row in values(headers or []))
    rules = [] if bandwidth is None else [values(rule, 3) for rule in notes.inner(bandwidth, raw.BANDWIDTH)]
    return DomainPackage(
        text(host),
        tuple((text(name), text(value), text(why)) for name, value, why in rows),
        tuple((pick(_BANDWIDTH, kind, "Bandwidth"), whole_or_none(span), whole(most)) for kind, span, most in rules),
    )


def _simple(node: Any, notes: Notes) -> SimpleRule:
    return SimpleRule(text(raw.take_apart(node).name), formula(notes.inner(node, raw.SIMPLE), notes))


_DEFINITIONS: dict[int, Callable[[Any, Notes], Definition]] = {
    raw.URL_CLASS: _url_class,
    raw.PARSER: parser,
    raw.SEARCH: _search,
    raw.NESTED_SEARCH: _nested_search,
    raw.LOGIN: _login,
    raw.DOMAIN: _domain,
    raw.SIMPLE: _simple,
}
