"""URL classes, searches, domain headers and simple rules as a site file says them.

Here, as the counterpart of `read`. Pure; the writers of this package import it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncer.sites.hydrus.formulae import contents, formula_table, parser_entry
from syncer.sites.hydrus.objects import (
    Cookies,
    Credential,
    Definition,
    DomainPackage,
    Login,
    LoginStep,
    NestedSearch,
    Parameter,
    Parser,
    Search,
    SimpleRule,
    UrlClass,
)
from syncer.sites.hydrus.steps import conversions, match, match_table, steps
from syncer.sites.hydrus.strings import StringMatch
from syncer.sites.hydrus.toml import Entry, Table, Value

_REFERRERS = {"never": "never", "converter": "converted", "converter_if_none": "converted if none"}
_UNITS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB"), (1, "bytes"))
_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def _path_part(part: tuple[StringMatch, str | None]) -> Value:
    value, default = part
    return match(value) if default is None else {**match_table(value), "default": default}


def _parameter(parameter: Parameter, remarks: list[str]) -> Table:
    table: Table = {"name": parameter.name, "match": match(parameter.match)}
    if parameter.default is not None:
        table["default"] = parameter.default
    if parameter.ephemeral:
        table["ephemeral"] = True
    if steps(parameter.default_steps):
        remarks.append(f'Left out: the steps that change the default of the parameter "{parameter.name}"')
    return table


def _mask(url: UrlClass) -> Table:
    table: Table = {"scheme": url.scheme, "domains": list(url.domains)}
    if url.domain_patterns:
        table["domain_patterns"] = list(url.domain_patterns)
    return table | _switches(match_subdomains=url.match_subdomains, keep_subdomains=url.keep_subdomains)


def _switches(**switches: bool) -> Table:
    return {name: True for name, on in switches.items() if on}


def _next(url: UrlClass) -> Table:
    if url.index_path is not None:
        return {"next": {"path": url.index_path, "step": url.index_step}}
    if url.index_parameter is not None:
        return {"next": {"param": url.index_parameter, "step": url.index_step}}
    return {}


def _request(url: UrlClass) -> Table:
    """Write how the URL is fetched: API step, next page, referrer, headers."""
    table: Table = {}
    fetch, referrer = conversions(url.api), conversions(url.referrer_converter)
    if fetch:
        table["fetch"] = fetch
    table |= _next(url)
    if url.referrer in _REFERRERS:
        table["referrer"] = _REFERRERS[url.referrer]
        if referrer and url.referrer != "never":
            table["referrer_steps"] = referrer
    if url.headers:
        table["headers"] = dict(url.headers)
    return table


def _url_class(url: UrlClass) -> Entry:
    remarks: list[str] = []
    table: Table = {"name": url.name} | _id(url.key) | {"kind": url.kind} | _mask(url)
    if url.path:
        table["path"] = [_path_part(part) for part in url.path]
    if url.parameters:
        table["params"] = [_parameter(parameter, remarks) for parameter in url.parameters]
    if url.single_values is not None:
        table["single"] = match(url.single_values)
    if not url.sort_parameters:
        table["sort_params"] = False
    table |= _switches(
        many_files=url.many_files,
        associate=url.associate,
        keep_fragment=url.keep_fragment,
        no_more_path=url.no_more_path,
        no_more_params=url.no_more_parameters,
        keep_extra_params=url.keep_extra_for_server,
    )
    table |= _request(url)
    if url.example:
        table["example"] = url.example
    return Entry("url", table, tuple(remarks))


def _id(key: str) -> Table:
    return {"id": key} if key else {}


def _search(search: Search) -> Entry:
    table: Table = {"name": search.name} | _id(search.key)
    table |= {"template": search.template, "phrase": search.phrase, "join": search.separator}
    if search.hint:
        table["hint"] = search.hint
    if search.example:
        table["sample"] = search.example
    return Entry("search", table)


def _nested_search(search: NestedSearch) -> Entry:
    table: Table = {"name": search.name} | _id(search.key)
    if search.hint:
        table["hint"] = search.hint
    table["searches"] = [{"name": name} | _id(key) for key, name in search.children]
    return Entry("search_group", table)


def _cookies(cookies: Cookies) -> Table:
    rows: list[Value] = [{"name": match(name), "value": match(value)} for name, value in cookies]
    return {"cookies": rows} if rows else {}


def _credential(credential: Credential) -> Table:
    kind = "pass" if credential.secret else "text"
    table: Table = {"name": credential.name, "kind": kind}
    if credential.match.restricts:
        table["match"] = match(credential.match)
    return table


def _login_step(step: LoginStep, remarks: list[str]) -> Table:
    table: Table = {"name": step.name, "method": step.method, "scheme": step.scheme}
    if step.subdomain is not None:
        table["subdomain"] = step.subdomain
    table["path"] = step.path
    forms: tuple[tuple[str, Table], ...] = (
        ("form", {argument: name for name, argument in step.credentials}),
        ("static", dict(step.static)),
        ("temporary", {argument: name for name, argument in step.variables}),
    )
    table |= {name: form for name, form in forms if form}
    table |= _cookies(step.cookies)
    found = contents(step.contents, remarks)
    return table | {"get": found} if found else table


def _login(login: Login) -> Entry:
    remarks: list[str] = []
    table: Table = {"name": login.name} | _id(login.key) | _cookies(login.cookies)
    if login.credentials:
        table["credentials"] = [_credential(credential) for credential in login.credentials]
    if login.domains:
        table["examples"] = [{"domain": host, "access": access, "text": why} for host, access, why in login.domains]
    if login.steps:
        table["steps"] = [_login_step(step, remarks) for step in login.steps]
    return Entry("login", table, tuple(remarks))


def _amount(kind: str, most: int) -> str:
    if kind == "requests":
        return f"{most} request" if most == 1 else f"{most} requests"
    size, unit = next((size, unit) for size, unit in _UNITS if most % size == 0)
    return f"{most // size} {unit}"


def _span(seconds: int | None) -> str:
    if seconds is None:
        return "1 month"
    for size, unit in _SPANS:
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds} s"


def _domain(package: DomainPackage) -> Entry:
    table: Table = {"host": package.domain}
    if package.headers:
        table["headers"] = [{"name": name, "value": value, "reason": why} for name, value, why in package.headers]
    if package.bandwidth:
        table["bandwidth"] = [f"{_amount(kind, most)} / {_span(span)}" for kind, span, most in package.bandwidth]
    return Entry("domain", table)


def _simple(rule: SimpleRule) -> Entry:
    return Entry("simple", {"name": rule.name} | formula_table(rule.formula))


_WRITERS: dict[type, Callable[[Any], Entry]] = {
    UrlClass: _url_class,
    Parser: parser_entry,
    Search: _search,
    NestedSearch: _nested_search,
    Login: _login,
    DomainPackage: _domain,
    SimpleRule: _simple,
}


def entry(definition: Definition) -> Entry:
    """Write any object of a downloader; raises CannotCarryError when it has no place in a site file."""
    return _WRITERS[type(definition)](definition)
