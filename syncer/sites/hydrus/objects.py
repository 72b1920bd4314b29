"""What a downloader of hydrus says, as plain values in the newest form of each object.

Here, so that reading PNGs, bringing old forms up and writing site files share one picture and nothing else.
Only the modules of this package import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from syncer.frozen import frozen
from syncer.sites.hydrus.strings import Converter, Step, StringMatch


@frozen
class HtmlRule:
    """One step through a tree of elements."""

    kind: str
    """`descend`, `ascend`, `next` or `previous` (siblings)."""
    tag: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    index: int | None = None
    depth: int = 1
    text: StringMatch | None = None
    """What the element's text must be; None = not looked at."""


@frozen
class Html:
    """Walks a tree of elements and takes an attribute, the text or the outer HTML (`what`)."""

    rules: tuple[HtmlRule, ...]
    what: str
    """`attribute`, `text` or `html`."""
    attribute: str = ""
    name: str = ""
    steps: tuple[Step, ...] = ()


@frozen
class JsonRule:
    """One step through a JSON value."""

    kind: str
    """`key`, `all`, `index`, `test`, `ascend` or `deminify`."""
    match: StringMatch | None = None
    number: int = 0


@frozen
class Json:
    """Walks a JSON value and takes scalars, the JSON text or the keys (`what`)."""

    rules: tuple[JsonRule, ...]
    what: str
    """`text`, `json` or `keys`."""
    name: str = ""
    steps: tuple[Step, ...] = ()


@frozen
class Zipper:
    r"""Puts the n-th texts of several formulae into a phrase with `\1`, `\2` ..."""

    formulae: tuple[Formula, ...]
    phrase: str
    name: str = ""
    steps: tuple[Step, ...] = ()


@frozen
class Context:
    """Gives a value that is known without the page; only `url` is in use."""

    variable: str
    name: str = ""
    steps: tuple[Step, ...] = ()


@frozen
class Nested:
    """Reads each text of the first formula with the second."""

    first: Formula
    second: Formula
    name: str = ""
    steps: tuple[Step, ...] = ()


@frozen
class Static:
    """Gives the same text a number of times."""

    text: str
    count: int = 1
    name: str = ""
    steps: tuple[Step, ...] = ()


Formula = Html | Json | Zipper | Context | Nested | Static


@frozen
class Content:
    """What the texts of a formula mean."""

    name: str
    kind: str
    """`url`, `tag`, `hash`, `time`, `title`, `note`, `header`, `veto` or `variable`."""
    formula: Formula
    detail: str | None = None
    """URL kind (`desired`, `source`, `next`, `sub-gallery`), tag namespace (None = the text as it is), hash type, or
    the name of the note, header or variable."""
    encoding: str = "hex"
    """Of a hash: `hex` or `base64`."""
    priority: int = 0
    """Of a URL or a title."""
    veto_if_found: bool = False
    match: StringMatch | None = None
    """What a veto looks for."""


@frozen
class SubParser:
    """A parser for each text that a split formula finds."""

    split: Formula
    parser: Parser
    sort_by_time: bool = False


@frozen
class Parser:
    """A page parser; `key` is hydrus's random identity."""

    name: str
    key: str
    converter: Converter
    subs: tuple[SubParser, ...]
    contents: tuple[Content, ...]
    examples: tuple[str, ...]


@frozen
class Parameter:
    """A declared parameter of a URL class; name, fixed match and default are percent-encoded."""

    name: str
    match: StringMatch
    ephemeral: bool = False
    default: str | None = None
    default_steps: tuple[Step, ...] = ()


@frozen
class UrlClass:
    """How one kind of URL is recognised, normalised and fetched."""

    name: str
    key: str
    kind: str
    """`post`, `file`, `gallery` or `watchable`."""
    scheme: str
    domains: tuple[str, ...]
    domain_patterns: tuple[str, ...]
    match_subdomains: bool
    keep_subdomains: bool
    path: tuple[tuple[StringMatch, str | None], ...]
    """Pairs of what a path part must be and what it is when it is missing (None = it must be there)."""
    parameters: tuple[Parameter, ...]
    sort_parameters: bool
    no_more_path: bool
    no_more_parameters: bool
    keep_extra_for_server: bool
    many_files: bool
    associate: bool
    keep_fragment: bool
    single_values: StringMatch | None
    """What parameters without `=` must be; None = there need be none."""
    headers: tuple[tuple[str, str], ...]
    api: Converter
    referrer: str
    """`given`, `never`, `converter_if_none` or `converter`."""
    referrer_converter: Converter
    index_path: int | None
    index_parameter: str | None
    index_step: int
    example: str


@frozen
class Search:
    """A template that turns a query into a gallery URL."""

    name: str
    key: str
    template: str
    phrase: str
    separator: str
    hint: str
    example: str


@frozen
class NestedSearch:
    """A query for several searches at once, named by (key, name)."""

    name: str
    key: str
    hint: str
    children: tuple[tuple[str, str], ...]


@frozen
class Credential:
    """What a person must give for a login."""

    name: str
    secret: bool
    match: StringMatch


Cookies = tuple[tuple[StringMatch, StringMatch], ...]
"""Pairs of what a cookie's name and its value must be."""


@frozen
class LoginStep:
    """One request of a login."""

    name: str
    scheme: str
    method: str
    subdomain: str | None
    path: str
    credentials: tuple[tuple[str, str], ...]
    """Pairs of a credential's name and the argument that carries it."""
    static: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, str], ...]
    """Pairs of a variable's name (found by an earlier step) and the argument that carries it."""
    cookies: Cookies
    contents: tuple[Content, ...]


@frozen
class Login:
    """How to log in to some domains."""

    name: str
    key: str
    cookies: Cookies
    credentials: tuple[Credential, ...]
    steps: tuple[LoginStep, ...]
    domains: tuple[tuple[str, str, str], ...]
    """(domain, what the login opens: `everything`, `nsfw`, `special` or `preferences`, that in words)."""


@frozen
class DomainPackage:
    """Headers and bandwidth rules of a domain."""

    domain: str
    headers: tuple[tuple[str, str, str], ...]
    """(name, value, reason)"""
    bandwidth: tuple[tuple[str, int | None, int], ...]
    """(`bytes` or `requests`, seconds or None for a calendar month, most)"""


@frozen
class SimpleRule:
    """A formula that finds links on any page (hydrus's simple downloader)."""

    name: str
    formula: Formula


Definition = UrlClass | Parser | Search | NestedSearch | Login | DomainPackage | SimpleRule
