"""From a checked native file to what the library works with: classes, searches, parsers, all compiled at load.

Here so that nothing is left to fail, or to cost time, when a URL is recognised or a page read. Of a file that was compiled without
a fault before, the parsers wait until one is needed: most sites of a start are never asked. Imported by the loader.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from syncer.frozen import frozen
from syncer.model import UrlKind
from syncer.sites import addresses, finds, logins, searches, urls
from syncer.sites.addresses import Address
from syncer.sites.classes import NativeClass
from syncer.sites.extract import Extract, Fields
from syncer.sites.finds import Find
from syncer.sites.formats import FORMATS, Finder, Format, Node
from syncer.sites.logins import SiteLogin
from syncer.sites.parse import OUTLINE, Level, Parser, Sort
from syncer.sites.patterns import Pattern
from syncer.sites.problems import KeyPath, SiteFileError
from syncer.sites.rules import Compiler, format_of
from syncer.sites.searches import NativeSearch
from syncer.sites.steps import Step, natural


@frozen
class NativeSite:
    """A native site file, compiled."""

    stem: str
    settings: Any
    """The `schema.native.NativeFile` that it was made of."""
    root: str
    classes: tuple[NativeClass, ...]
    searches: tuple[NativeSearch, ...]
    parsers: Parsers
    rules: dict[str, Extract]
    login: SiteLogin | None = None
    warnings: tuple[SiteFileError, ...] = ()


class Parsers(Mapping[str, Parser]):
    """The parsers of a site by name, each compiled when it is first asked for. Any thread may ask."""

    def __init__(self, names: Iterable[str], make: Callable[[str], Parser]) -> None:
        """Hold parsers of these names, which `make` compiles."""
        self._made: dict[str, Parser | None] = dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> Parser:
        found = self._made[name]
        if found is None:
            found = self._made[name] = self._make(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def compile_file(
    stem: str, file: Any, root: str | None, *, is_fine: bool = False
) -> tuple[NativeSite, list[SiteFileError]]:
    """Compile a checked file; `root` replaces the file's own. Parsers and patterns of one that `is_fine` wait until they are needed.

    Gives all that is wrong beside the site; if anything is, the site is not to be used.
    """
    making = _Making(stem, file, root, is_fine=is_fine)
    return making.site(), making.errors


class _Making:
    def __init__(self, stem: str, file: Any, root: str | None, *, is_fine: bool) -> None:
        self.errors: list[SiteFileError] = []
        self._is_fine = is_fine
        self._stem = stem
        self._file = file
        self._root = self._checked_root(root)
        self._overridden = root is not None

    @functools.cached_property
    def _rules(self) -> Compiler:
        return Compiler(self._named_steps(), self.errors)

    def site(self) -> NativeSite:
        """Compile all tables; parsers and patterns of a file that was fine before only when they are needed."""
        parsers = Parsers(self._file.parser, lambda name: self._parser(name, self._file.parser[name]))
        if not self._is_fine:
            self._rules.steps([], ())  # what is wrong with named steps is noted first, also where nothing names them
            list(parsers.values())
        classes = [self._class(index, entry, parsers) for index, entry in enumerate(self._file.url)]
        return NativeSite(
            stem=self._stem,
            settings=self._file,
            root=self._root,
            classes=tuple(entry for entry in classes if entry is not None),
            searches=tuple(self._search(index, entry) for index, entry in enumerate(self._file.search)),
            parsers=parsers,
            rules={rule.name: self._rule(index, rule) for index, rule in enumerate(self._file.rule)},
            login=self._login(),
        )

    def _login(self) -> SiteLogin | None:
        settings = self._file.login
        try:
            return None if settings is None else logins.native(self._stem, settings, self._root, self._rules)
        except SiteFileError as error:
            self.errors.append(error)
            return None

    def _wrong(self, path: KeyPath, text: str) -> None:
        self.errors.append(SiteFileError(path, text))

    def _checked_root(self, override: str | None) -> str:
        root = override or self._file.site.root or ""
        if not root:
            return ""
        parts = urls.split(root)
        if parts is None:
            self._wrong(("site", "root"), f'"{root}" is not a URL like https://example.org')
            return "https://root.invalid"
        if "@" in root.partition("//")[2].partition("/")[0]:
            self._wrong(("site", "root"), "a name or password in a URL would end up in logs and sidecars; leave it out")
        return urls.unsplit(parts.scheme, parts.host, parts.path.rstrip("/"))

    def _named_steps(self) -> dict[str, tuple[Step, ...]]:
        named: dict[str, tuple[Step, ...]] = {}
        compiler = Compiler(named, self.errors)
        for name, settings in self._file.steps.items():
            named[name] = compiler.steps(settings, ("steps", name))
        return named

    def _rule(self, index: int, rule: Any) -> Extract:
        return self._rules.extract(rule, FORMATS[format_of(rule) or "html"], ("rule", index))

    def _address(self, text: str, path: KeyPath) -> Address | None:
        if text.startswith("/") and not self._root:
            self._wrong(path, 'begins at the root of the site, but [site] has no "root"')
            return None
        try:
            return addresses.compile_address(text, self._root)
        except ValueError as error:
            self._wrong(path, str(error))
            return None

    def _class(self, index: int, entry: Any, parsers: Parsers) -> NativeClass | None:
        path: KeyPath = ("url", index)
        if entry.parser is not None and entry.parser not in parsers:
            self._wrong((*path, "parser"), f"no [parser.{entry.parser}] in this file; there are {_list(parsers)}")
        where = tuple(self._patterns(entry.where, (*path, "where")))
        address = self._address(entry.match, (*path, "match"))
        if address is None:
            return None
        known = {field.name: field for field in address.fields}
        self.errors.extend(_odd_fields(entry, known, path))
        return NativeClass(
            site=self._stem,
            name=entry.name,
            kind=UrlKind(entry.kind),
            address=address,
            aliases=self._aliases(address),
            wildcards=self._wildcards(address),
            own_hosts=_with_and_without_www(self._root_host()),
            where=where,
            fetch=entry.fetch,
            parser=entry.parser,
            next=next(iter(entry.next.items()), None) if entry.next else None,
            last=entry.last,
            post=entry.post if entry.post is not None else "{id}" if "id" in known else "",
            extra=entry.extra,
            ephemeral=frozenset(entry.ephemeral),
            referrer=entry.referrer,
            headers=tuple({**self._file.site.headers, **entry.headers}.items()),
            root=self._root,
        )

    def _patterns(self, sources: dict[str, str], path: KeyPath) -> Iterator[tuple[str, Pattern]]:
        for name, source in sources.items():
            try:
                yield name, Pattern.known(source) if self._is_fine else Pattern(source)
            except ValueError as error:
                self._wrong((*path, name), str(error))

    def _root_host(self) -> str:
        return self._root.partition("://")[2].partition("/")[0]

    def _of_root(self, address: Address) -> bool:
        return address.host == self._root_host()

    def _aliases(self, address: Address) -> frozenset[str]:
        if not self._of_root(address):
            return frozenset({address.host})
        hosts = {address.host}
        if not self._overridden:
            hosts.update(domain.lower() for domain in self._file.site.domains if not domain.startswith("*."))
        return frozenset(host for each in hosts for host in _with_and_without_www(each))

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
                self._wrong(path, str(error))
            if template.startswith("/") and not self._root:
                self._wrong(path, 'begins at the root of the site, but [site] has no "root"')
        templates = tuple(addresses.absolute(template, self._root) for template in entry.url)
        return NativeSearch(
            self._stem,
            entry.name,
            templates,
            entry.join,
            entry.sample,
            entry.order == "newest",
            entry.below,
            entry.tags,
        )

    def _parser(self, name: str, settings: Any) -> Parser:
        path: KeyPath = ("parser", name)
        own = settings
        settings = self._with_like(own, path)
        around = FORMATS[settings.read or _guess(settings)]
        return Parser(
            site=self._stem,
            name=name,
            format=around,
            level=self._level(settings, around, path),
            page=self._finds(settings.page, around, (*path, "page")),
            before=self._rules.steps(settings.before, (*path, "before")),
            finds_threads=any(rule.what == "thread" for rule in _all_rules(settings)),
        )

    def _with_like(self, settings: Any, path: KeyPath) -> Any:
        if settings.like is None:
            return settings
        other = self._file.parser.get(settings.like)
        if other is None or other.like is not None:
            self._wrong((*path, "like"), f"no [parser.{settings.like}] that has rules of its own in this file")
            return settings
        taken = {key: getattr(other, key) for key in ("get", "page", "inner") if not getattr(settings, key)}
        return settings.model_copy(update=taken)

    def _finds(self, settings: Sequence[Any], around: Format, path: KeyPath) -> tuple[Find, ...]:
        return tuple(finds.bind(self._rules.get(get, around, (*path, index))) for index, get in enumerate(settings))

    def _level(self, settings: Any, around: Format, path: KeyPath) -> Level:
        get = self._finds(settings.get, around, (*path, "get"))
        named = list(zip((rule.what for rule in settings.get), get, strict=True))
        # Items around others, and a page that is one item, are read whole.
        may_be_met = settings.each is not None and not settings.inner
        return Level(
            each=self._each(settings.each, around, path),
            sort=self._sort(settings.sort, around, (*path, "sort")),
            get=get,
            ids=tuple(find for what, find in named if what == "post") if may_be_met else (),
            outline=tuple(find for what, find in named if what in OUTLINE),
            inner=tuple(
                self._level(inner, around, (*path, "inner", index)) for index, inner in enumerate(settings.inner)
            ),
        )

    def _each(self, places: list[str] | None, around: Format, path: KeyPath) -> Finder | None:
        if places is None:
            return None
        if not places:
            self._wrong((*path, "each"), "names no place; leave it out where the whole page is one post")
        found = [self._rules.finder(around, around, place, (*path, "each")) for place in places]
        return found[0] if len(found) == 1 else lambda node: [item for find in found for item in find(node)]

    def _sort(self, settings: Any, around: Format, path: KeyPath) -> Sort | None:
        if settings is None:
            return None
        texts, descending = self._rules.extract(settings, around, path).texts, settings.descending

        def sort(items: Sequence[Node], fields: Fields) -> list[Node]:
            keyed = [(natural(found[0]) if (found := texts(item, fields)) else None, item) for item in items]
            known = [pair for pair in keyed if pair[0] is not None]
            known.sort(key=lambda pair: pair[0] or (), reverse=descending)
            return [item for _, item in known] + [item for key, item in keyed if key is None]

        return sort


def _list(names: Parsers) -> str:
    return ", ".join(names) or "none"


def _guess(settings: Any) -> str:
    """See from the places in a parser what its page is."""
    if settings.each and settings.each[0].startswith("$"):
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


def _odd_fields(entry: Any, known: dict[str, Any], path: KeyPath) -> Iterator[SiteFileError]:
    """Name the fields that the pattern does not name, wherever the class uses them, and a `next` that cannot count."""
    fields = [*known, "host"]
    used = [(key, name) for key in ("fetch", "post", "referrer") for name in addresses.uses(getattr(entry, key) or "")]
    used += [("where", name) for name in entry.where] + [("ephemeral", name) for name in entry.ephemeral]
    for key, name in used:
        if name not in fields:
            text = f'{{{name}}} is no field of match = "{entry.match}"; it has {", ".join(known) or "none"}'
            yield SiteFileError((*path, key), text)
    if entry.next is None:
        return
    if len(entry.next) != 1:
        yield SiteFileError((*path, "next"), "names one field and its step, like { page = 1 }")
    for name in entry.next:
        default = known[name].default if name in known else "1"
        if name not in known:
            yield SiteFileError((*path, "next"), f'{{{name}}} is no field of match = "{entry.match}"')
        elif default is not None and not default.lstrip("-").isdigit():
            text = f"{{{name}}} needs a number as its default, like {{{name}:digits=1}}"
            yield SiteFileError((*path, "next"), text)


def _with_and_without_www(host: str) -> frozenset[str]:
    bare = host.removeprefix("www.")
    return frozenset((bare, f"www.{bare}"))
