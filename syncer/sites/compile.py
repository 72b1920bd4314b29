"""From a checked native file to what the library works with: classes, searches, parsers, all compiled at load.

Here so that nothing is left to fail, or to cost time, when a URL is recognised or a page read. Imported by the loader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from syncer.model import UrlKind
from syncer.sites import addresses, logins, searches, urls
from syncer.sites.addresses import Address
from syncer.sites.classes import NativeClass
from syncer.sites.formats import FORMATS, Finder, Format
from syncer.sites.logins import SiteLogin
from syncer.sites.parse import Level, Parser
from syncer.sites.patterns import Pattern
from syncer.sites.problems import KeyPath, SiteFileError
from syncer.sites.rules import Compiler, Extract, format_of
from syncer.sites.searches import NativeSearch
from syncer.sites.steps import Step


@dataclass(frozen=True, slots=True)
class NativeSite:
    """A native site file, compiled."""

    stem: str
    settings: Any
    """The `schema.native.NativeFile` that it was made of."""
    root: str
    classes: tuple[NativeClass, ...]
    searches: tuple[NativeSearch, ...]
    parsers: dict[str, Parser]
    rules: dict[str, Extract]
    login: SiteLogin | None = None
    warnings: tuple[SiteFileError, ...] = ()


def compile_file(stem: str, file: Any, root: str | None) -> NativeSite:
    """Compile a checked file; `root` replaces the file's own. Raises SiteFileError at the first key that is wrong."""
    return _Making(stem, file, root).site()


class _Making:
    def __init__(self, stem: str, file: Any, root: str | None) -> None:
        self._stem = stem
        self._file = file
        self._root = self._checked_root(root)
        self._overridden = root is not None
        self._rules = Compiler(self._named_steps(), lambda text: text)

    def site(self) -> NativeSite:
        """Compile all tables."""
        parsers = {name: self._parser(name, parser) for name, parser in self._file.parser.items()}
        classes = [self._class(index, entry, parsers) for index, entry in enumerate(self._file.url)]
        return NativeSite(
            stem=self._stem,
            settings=self._file,
            root=self._root,
            classes=tuple(classes),
            searches=tuple(self._search(index, entry) for index, entry in enumerate(self._file.search)),
            parsers=parsers,
            rules={
                rule.name: self._rules.extract(rule, FORMATS[format_of(rule) or "html"], ("rule", index))
                for index, rule in enumerate(self._file.rule)
            },
            login=self._login(),
        )

    def _login(self) -> SiteLogin | None:
        settings = self._file.login
        return None if settings is None else logins.native(self._stem, settings, self._root, self._rules)

    def _checked_root(self, override: str | None) -> str:
        root = override or self._file.site.root or ""
        if not root:
            return ""
        parts = urls.split(root)
        if parts is None:
            raise SiteFileError(("site", "root"), f'"{root}" is not a URL like https://example.org')
        return urls.unsplit(parts.scheme, parts.host, parts.path.rstrip("/"))

    def _named_steps(self) -> dict[str, tuple[Step, ...]]:
        named: dict[str, tuple[Step, ...]] = {}
        compiler = Compiler(named, lambda text: text)
        for name, settings in self._file.steps.items():
            named[name] = compiler.steps(settings, ("steps", name))
        return named

    def _address(self, text: str, path: KeyPath) -> Address:
        if text.startswith("/") and not self._root:
            raise SiteFileError(path, 'begins at the root of the site, but [site] has no "root"')
        try:
            return addresses.compile_address(text, self._root)
        except ValueError as error:
            raise SiteFileError(path, str(error)) from error

    def _class(self, index: int, entry: Any, parsers: dict[str, Parser]) -> NativeClass:
        path: KeyPath = ("url", index)
        address = self._address(entry.match, (*path, "match"))
        known = {field.name: field for field in address.fields}
        if entry.parser is not None and entry.parser not in parsers:
            raise SiteFileError(
                (*path, "parser"), f"no [parser.{entry.parser}] in this file; there are {_list(parsers)}"
            )
        _check_fields(entry, known, path)
        return NativeClass(
            site=self._stem,
            name=entry.name,
            kind=UrlKind(entry.kind),
            address=address,
            aliases=self._aliases(address),
            wildcards=self._wildcards(address),
            where=tuple((name, _pattern(source, (*path, "where", name))) for name, source in entry.where.items()),
            fetch=entry.fetch,
            parser=entry.parser,
            next=_next(entry, known, (*path, "next")),
            last=entry.last,
            post=entry.post if entry.post is not None else "{id}" if "id" in known else "",
            extra=entry.extra,
            ephemeral=frozenset(entry.ephemeral),
            referrer=entry.referrer,
            headers=tuple({**self._file.site.headers, **entry.headers}.items()),
            root=self._root,
        )

    def _of_root(self, address: Address) -> bool:
        return address.host == self._root.partition("://")[2].partition("/")[0]

    def _aliases(self, address: Address) -> frozenset[str]:
        if not self._of_root(address):
            return frozenset({address.host})
        hosts = {address.host, f"www.{address.host}"}
        if not self._overridden:
            hosts.update(domain.lower() for domain in self._file.site.domains if not domain.startswith("*."))
        return frozenset(hosts)

    def _wildcards(self, address: Address) -> tuple[str, ...]:
        own = [address.host[1:]] if address.host.startswith("*.") else []
        if self._of_root(address) and not self._overridden:
            own += [domain[1:].lower() for domain in self._file.site.domains if domain.startswith("*.")]
        return tuple(own)

    def _search(self, index: int, entry: Any) -> NativeSearch:
        path: KeyPath = ("search", index, "url")
        for template in entry.url:
            try:
                searches.check(template)
            except ValueError as error:
                raise SiteFileError(path, str(error)) from error
            if template.startswith("/") and not self._root:
                raise SiteFileError(path, 'begins at the root of the site, but [site] has no "root"')
        templates = tuple(addresses.absolute(template, self._root) for template in entry.url)
        return NativeSearch(self._stem, entry.name, templates, entry.join, entry.sample, entry.order == "newest")

    def _parser(self, name: str, settings: Any) -> Parser:
        path: KeyPath = ("parser", name)
        settings = self._with_like(settings, path)
        around = FORMATS[settings.read or _guess(settings)]
        return Parser(
            site=self._stem,
            name=name,
            format=around,
            level=self._level(settings, around, path),
            page=tuple(self._rules.get(get, around, (*path, "page", index)) for index, get in enumerate(settings.page)),
            before=self._rules.steps(settings.before, (*path, "before")),
        )

    def _with_like(self, settings: Any, path: KeyPath) -> Any:
        if settings.like is None:
            return settings
        other = self._file.parser.get(settings.like)
        if other is None or other.like is not None:
            raise SiteFileError((*path, "like"), f"no [parser.{settings.like}] that has rules of its own in this file")
        taken = {key: getattr(other, key) for key in ("get", "page", "inner") if not getattr(settings, key)}
        return settings.model_copy(update=taken)

    def _level(self, settings: Any, around: Format, path: KeyPath) -> Level:
        each: Finder | None = None
        if settings.each is not None:
            try:
                each = around.compile(settings.each)
            except ValueError as error:
                raise SiteFileError((*path, "each"), str(error)) from error
        return Level(
            each=each,
            get=tuple(self._rules.get(get, around, (*path, "get", index)) for index, get in enumerate(settings.get)),
            inner=tuple(
                self._level(inner, around, (*path, "inner", index)) for index, inner in enumerate(settings.inner)
            ),
        )


def _pattern(source: str, path: KeyPath) -> Pattern:
    try:
        return Pattern(source)
    except ValueError as error:
        raise SiteFileError(path, str(error)) from error


def _list(names: dict[str, Parser]) -> str:
    return ", ".join(names) or "none"


def _guess(settings: Any) -> str:
    """See from the places in a parser what its page is."""
    if settings.each is not None and settings.each.startswith("$"):
        return "json"
    for rule in _all_rules(settings):
        found = format_of(rule)
        if found is not None and found != "text":
            return found
    return "html"


def _all_rules(level: Any) -> Iterator[Any]:
    yield from getattr(level, "page", [])
    yield from level.get
    for inner in level.inner:
        yield from _all_rules(inner)


def _check_fields(entry: Any, known: dict[str, Any], path: KeyPath) -> None:
    """Refuse fields that the pattern does not name, wherever the class uses them."""
    fields = [*known, "host"]
    used = [(key, name) for key in ("fetch", "post", "referrer") for name in addresses.uses(getattr(entry, key) or "")]
    used += [("where", name) for name in entry.where] + [("ephemeral", name) for name in entry.ephemeral]
    for key, name in used:
        if name not in fields:
            raise SiteFileError(
                (*path, key), f'{{{name}}} is no field of match = "{entry.match}"; it has {", ".join(known) or "none"}'
            )


def _next(entry: Any, known: dict[str, Any], path: KeyPath) -> tuple[str, int] | None:
    if entry.next is None:
        return None
    if len(entry.next) != 1:
        raise SiteFileError(path, "names one field and its step, like { page = 1 }")
    name, step = next(iter(entry.next.items()))
    if name not in known:
        raise SiteFileError(path, f'{{{name}}} is no field of match = "{entry.match}"')
    default = known[name].default
    if default is not None and not default.lstrip("-").isdigit():
        raise SiteFileError(path, f"{{{name}}} needs a number as its default, like {{{name}:digits=1}}")
    return name, step
