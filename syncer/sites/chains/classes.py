"""URL classes of imported files: matching, the two normal forms, page index, referrer, API step.

Here because each of these follows hydrus to the letter. Pure; imported by choice and engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncer.config import web
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites.chains import links
from syncer.sites.chains.conversions import Conversion
from syncer.sites.chains.links import Link
from syncer.sites.chains.matching import TextTest, compile_test
from syncer.sites.chains.steps import FAILURES, compile_converter
from syncer.sites.patterns import Pattern

_WWW = re.compile(r"^www[^.]*\.")


@frozen
class Mask:
    """The hosts of a class. Whether a class keeps sub-domains makes no other mask of it."""

    domains: tuple[str, ...]
    """In alphabetical order, as patterns are."""
    patterns: tuple[str, ...]
    subdomains: bool

    def fits(self, host: str) -> bool:
        """Tell whether a host belongs to the mask; without sub-domains one leading `www...` label is let through."""
        return any(self._has(host, domain) for domain in self.domains) or any(
            _matches_whole(pattern, host, subdomains=self.subdomains) for pattern in self.patterns
        )

    def _has(self, host: str, domain: str) -> bool:
        if host == domain:
            return True
        return host.endswith(f".{domain}") if self.subdomains else _WWW.sub("", host) == domain

    @property
    def length(self) -> int:
        """Length of the longest domain or pattern: longer ones are asked first."""
        return max((len(text) for text in (*self.domains, *self.patterns)), default=10)

    def clip(self, host: str) -> str:
        """Cut a fitting host to the mask's domain."""
        return next(self._ends(host), host)

    def clips(self, host: str) -> bool:
        """Tell whether a host ends with a domain of the mask."""
        return next(self._ends(host), None) is not None

    def _ends(self, host: str) -> Iterator[str]:
        yield from (domain for domain in self.domains if host.endswith(domain))
        for pattern in self.patterns:
            found = Pattern(f"(?:{pattern})$").search(host)
            if found is not None:
                yield found.group() or host


def _matches_whole(pattern: str, host: str, *, subdomains: bool) -> bool:
    before = r"(?:.*\.)?" if subdomains else r"(?:www[^.]*\.)?"
    return Pattern(f"^{before}(?:{pattern})$").search(host) is not None


@frozen
class Part:
    """A declared path part or parameter: its test, and what it is when a URL leaves it out."""

    test: TextTest
    default: str | None
    name: str = ""
    ephemeral: bool = False


@frozen
class ImportedClass:
    """One `[[url]]` of an imported file."""

    site: str
    name: str
    kind: str
    scheme: str
    mask: Mask
    keep_subdomains: bool
    path: tuple[Part, ...]
    params: tuple[Part, ...]
    single: TextTest | None
    sort_params: bool
    many_files: bool
    associate: bool
    keep_fragment: bool
    no_more_path: bool
    no_more_params: bool
    keep_extra: bool
    api: Conversion | None
    index_param: str | None
    index_path: int | None
    index_step: int
    referrer: str
    referrer_converter: Conversion | None
    headers: tuple[tuple[str, str], ...]
    example: str

    def matches(self, link: Link) -> bool:
        """Tell whether a URL is of this class; its host is known to fit the mask."""
        return self._path_fits(link.path) and self._params_fit(link)

    def _path_fits(self, path: tuple[str, ...]) -> bool:
        if self.no_more_path and len(path) > len(self.path):
            return False
        for index, part in enumerate(self.path):
            if index < len(path):
                if not part.test.passes(path[index]):
                    return False
            elif part.default is None:
                return False
        return True

    def _params_fit(self, link: Link) -> bool:
        given = link.params
        for part in self.params:
            if part.name in given:
                if not part.test.passes(given[part.name]):
                    return False
            elif part.default is None and not part.ephemeral:
                return False
        if self.no_more_params and not {part.name for part in self.params}.issuperset(given):
            return False
        if self.single is None:
            return not (link.lone and self.no_more_params)
        return bool(link.lone) and all(self.single.passes(text) for text in link.lone)

    def can_be_written(self, link: Link) -> bool:
        """Tell whether a URL has all that its normal forms need: the host, and what has no default."""
        host = self.keep_subdomains or self.mask.clips(link.netloc)
        path = all(part.default is not None for part in self.path[len(link.path) :])
        return (
            host
            and path
            and all(part.default is not None or part.ephemeral or part.name in link.params for part in self.params)
        )

    def normal(self, link: Link, *, for_server: bool) -> str:
        """Give a normal form of a matching URL."""
        params = self._normal_params(link.params, for_server)
        lone = link.lone if self.single is not None or (for_server and self.keep_extra) else ()
        order = [name for name in link.order if name is None or name in params]
        order += [name for name in params if name not in order]
        netloc = link.netloc if self.keep_subdomains else self.mask.clip(link.netloc)
        query = self._query(order, params, lone)
        text = links.write(self.scheme, netloc, self._normal_path(link.path, for_server), query)
        return f"{text}#{link.fragment}" if self.keep_fragment and link.fragment else text

    def _query(self, order: Sequence[str | None], params: Mapping[str, str], lone: Sequence[str]) -> list[str]:
        """Write the parameters: by name and the lone ones last, or in the order given."""
        if self.sort_params:
            return [*(f"{name}={params[name]}" for name in sorted(params)), *sorted(lone)]
        return links.in_order(order, params, lone)

    def _normal_path(self, path: tuple[str, ...], for_server: bool) -> tuple[str, ...]:
        missing = tuple(part.default or "" for part in self.path[len(path) :])
        if for_server and self.api is None:
            return path + missing
        return path[: len(self.path)] + missing

    def _normal_params(self, given: Mapping[str, str], for_server: bool) -> dict[str, str]:
        declared = {part.name: part for part in self.params}
        params = {
            name: value
            for name, value in given.items()
            if (for_server or not declared[name].ephemeral if name in declared else for_server and self.keep_extra)
        }
        for part in self.params:
            if part.name not in params and part.default is not None and (for_server or not part.ephemeral):
                params[part.name] = part.default
        return params

    def convert(self, link: Link) -> str | None:
        """Give the URL of the API step; None when the conversion fails."""
        assert self.api is not None
        return _converted(self.api, self.normal(link, for_server=True))

    def sent_referrer(self, link: Link, given: str | None) -> str | None:
        """Give the referrer for a request of a URL of this class when the page before was `given`."""
        if self.referrer == "never":
            return None
        if self.referrer == "if given" or (self.referrer == "converted if none" and given is not None):
            return given
        url = self.normal(link, for_server=True)
        converted = _converted(self.referrer_converter, url) if self.referrer_converter is not None else url
        return converted if converted is not None else given

    def next_page(self, link: Link) -> str | None:
        """Give the URL of the next page; None when there is no index, or no whole number in its place."""
        if self.kind != "gallery" or (self.index_param is None and self.index_path is None):
            return None
        normal = links.link(self.normal(link, for_server=True))
        if normal is None:
            return None
        path, params = list(normal.path), dict(normal.params)
        query = links.in_order(normal.order, params, normal.lone)
        try:
            if self.index_param is not None:
                params[self.index_param] = str(int(params[self.index_param]) + self.index_step)
                query = self._query(normal.order, params, normal.lone if self.single is not None else ())
            elif self.index_path is not None:
                path[self.index_path] = str(int(path[self.index_path]) + self.index_step)
        except (KeyError, IndexError, ValueError):
            return None
        text = links.write(normal.scheme, normal.netloc, tuple(path), query)
        return f"{text}#{normal.fragment}" if normal.fragment else text

    @property
    def refers_to_many(self) -> bool:
        """Tell whether a URL of this class can lead to more than one file."""
        return self.kind in {"gallery", "watchable"} or (self.kind == "post" and self.many_files)

    def rank(self, example_length: int) -> tuple[int, ...]:
        """Tell how specific the class is within its mask: what compares greater is tried first."""
        return (
            sum(part.default is None for part in self.path),
            len(self.path),
            sum(part.default is None for part in self.params),
            len(self.params),
            example_length,
        )


def _converted(conversion: Conversion, url: str) -> str | None:
    try:
        return conversion(url)
    except (*FAILURES, ItemError):
        return None


def compile_class(site: str, settings: Any) -> ImportedClass:
    """Make a class of a `schema.imported.ImportedClass`; raises ValueError for a domain pattern that cannot be read."""
    index = settings.next
    return ImportedClass(
        site=site,
        name=settings.name,
        kind=settings.kind,
        scheme=settings.scheme,
        mask=Mask(
            domains=tuple(sorted(map(web.plain_host, settings.domains))),
            patterns=tuple(sorted(_checked(source) for source in settings.domain_patterns)),
            subdomains=settings.match_subdomains,
        ),
        keep_subdomains=settings.keep_subdomains,
        path=tuple(_part(part) for part in settings.path),
        params=tuple(_param(param) for param in settings.params),
        single=compile_test(settings.single) if settings.single is not None else None,
        sort_params=settings.sort_params,
        many_files=settings.many_files,
        associate=settings.associate,
        keep_fragment=settings.keep_fragment,
        no_more_path=settings.no_more_path,
        no_more_params=settings.no_more_params,
        keep_extra=settings.keep_extra_params and not settings.no_more_params,
        api=compile_converter(settings.fetch),
        index_param=index.param if index is not None else None,
        index_path=index.path if index is not None else None,
        index_step=index.step if index is not None else 1,
        referrer=settings.referrer,
        referrer_converter=compile_converter(settings.referrer_steps),
        headers=tuple(settings.headers.items()),
        example=settings.example,
    )


def _checked(source: str) -> str:
    return Pattern(source).source


def _part(settings: Any) -> Part:
    """Make a path part; text and default are compared and written as they stand, percent-encoded."""
    return Part(compile_test(settings), None if isinstance(settings, str) else settings.default)


def _param(settings: Any) -> Part:
    return Part(compile_test(settings.match), settings.default, settings.name, settings.ephemeral)
