"""The library of site files: recognises URLs, builds searches, reads pages. Fetches nothing.

Here as the one door to this package. Immutable after `load`, so threads share it. Imported by service and app.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from syncer.config import checked
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.model import Page, Recognised, UrlKind
from syncer.sites import addresses, cell, checks, claimed, logins, packing, parse, register, samples, urls
from syncer.sites.chains.engine import Chains
from syncer.sites.checks import MAX_FETCHES
from syncer.sites.compile import NativeSite
from syncer.sites.index import KEPT, Hit, NativeIndex
from syncer.sites.load import Loaded, read_folders
from syncer.sites.logins import SiteLogin
from syncer.sites.parse import Met, Parser
from syncer.sites.problems import Problem
from syncer.sites.register import Site


@frozen
class Matched:
    """A class that matches a URL, and why it stands where it stands in the order."""

    name: str
    kind: UrlKind
    why: str


def load(folders: Sequence[Path], roots: Mapping[str, str] | None = None) -> Library:
    """Read the site files of some folders; a later folder's file replaces an earlier one's of the same stem.

    `roots` (stem to URL) replaces the root of sites. Never raises for what a file holds: see `Library.problems`.
    """
    return Library(read_folders(folders, roots or {}))


class Library:
    """All site files, compiled."""

    def __init__(self, loaded: Loaded) -> None:
        self._native: dict[str, NativeSite] = loaded.native
        self._index = NativeIndex(entry for site in loaded.native.values() for entry in site.classes)
        self._chains = Chains(loaded.imported)
        self._recognise = lru_cache(KEPT)(self._recognise_anew)
        self.problems: tuple[Problem, ...] = (
            *loaded.problems,
            *self._among_all(loaded),
            *self._chain_problems(loaded),
        )
        self.logins: Mapping[str, tuple[SiteLogin, ...]] = MappingProxyType(dict(_logins(loaded)))
        """By the stem of the site file; an imported file can have several."""
        usable = {*loaded.native, *loaded.imported, *loaded.disabled}
        self.broken: frozenset[str] = frozenset(loaded.files) - usable
        """Names of the files that cannot be used; `problems` says why."""
        self._held = claimed.held(loaded, self.broken, self.problems)
        self.sites: Mapping[str, Site] = MappingProxyType(register.sites(loaded, self.problems))

    @property
    def chains(self) -> Chains:
        """The imported files' engine, which answers by the contract of imported downloaders."""
        return self._chains

    def recognise(self, url: str) -> Recognised | None:
        """Tell what a URL is by the best class; None when no site file knows it. Native files go before imported ones."""
        return self._recognise(url)

    def _recognise_anew(self, url: str) -> Recognised | None:
        hit = self._index.best(url)
        return self._chains.recognise(url) if hit is None else self._recognised(url, hit)

    def held(self, url: str) -> Problem | None:
        """Give the mistake by which a URL's site file cannot be used; None where another knows the URL, or none is about its host."""
        return claimed.find(self._held, url) if self._held and self.recognise(url) is None else None

    def matches(self, url: str) -> tuple[Matched, ...]:
        """Give all classes that match a URL in the order in which they are tried, each with why."""
        native = [
            Matched(hit.url_class.full_name, hit.url_class.kind, _why(hit, first=number == 0))
            for number, hit in enumerate(self._index.hits(url))
        ]
        imported = [
            Matched(f"{site}/{name}", UrlKind(kind), why) for site, name, kind, why in self._chains.matches(url)
        ]
        return (*native, *imported)

    def referrer(self, recognised: Recognised, given: str | None) -> str | None:
        """Give the referrer to send for a request when the page before was `given`; None means none."""
        hit = self._hit_of(recognised)
        if hit is not None:
            return hit.url_class.sent_referrer(given, hit.fields) or None
        return self._chains.referrer(recognised.url, given)

    def search(self, site: str, query: str) -> tuple[str, ...]:
        """Give the first gallery URL(s) for a query on a site (`demo`, or `demo/by artist` for a certain search).

        Raises ItemError when there is no such site or search, or the query lacks what the search needs.
        """
        stem, _, name = site.partition("/")
        native = self._native.get(stem)
        if native is not None:
            for search in native.searches:
                if name in {"", search.name}:
                    return search.urls(query)
            known = ", ".join(f"{stem}/{search.name}" for search in native.searches)
            raise ItemError(f"The site {stem} has no search {name!r}", f"It has: {known or 'none'}.")
        try:
            return self._chains.search(site, query)
        except ItemError as error:
            raise self._unusable(stem) or error from error

    def _unusable(self, stem: str) -> ItemError | None:
        """Say why a site whose file is there has no searches."""
        if stem in self.broken:
            return ItemError(
                f"The site file {stem}.toml has mistakes and is not used", f"`syncer sites test {stem}` names them."
            )
        if stem in self.sites and not self.sites[stem].enabled:
            return ItemError(
                f"The site file {stem}.toml is switched off", f"`syncer sites enable {stem}` switches it on."
            )
        return None

    def parse(self, recognised: Recognised, text: str, url: str, now: int, met: Met | None = None) -> Page:
        """Read a page that was fetched from `url` for `recognised`; `now` caps times that lie in the future.

        Of posts that were `met` before, native parsers read the id alone.

        Raises ItemError when the page as a whole cannot be read, naming what came in its place.
        """
        parser = self._parser(recognised)
        return cell.read(lambda: self._read(parser, recognised, text, url, now, met), len(text), packing.PAGE)

    def _parser(self, recognised: Recognised) -> Parser | None:
        """Give the native parser of a page; found before it is read, since it may have to be compiled."""
        stem, _, name = (recognised.parser or "").partition("/")
        site = self._native.get(stem)
        return site.parsers.get(name) if site is not None else None

    def _read(
        self, parser: Parser | None, recognised: Recognised, text: str, url: str, now: int, met: Met | None
    ) -> Page:
        if parser is not None:
            return parse.parse(parser, recognised, text, self._fields(recognised, url), met)
        if not recognised.parser:
            raise ItemError(
                f"No parser reads {recognised.site}/{recognised.fetch_class}",
                "Give its [[url]] a parser, or fetch the URL as a file.",
            )
        return self._chains.page(recognised, text, url, now, self.recognise)

    def parse_with(self, recognised: Recognised | None, name: str | None, text: str, url: str, now: int) -> Page:
        """Read a page for `recognised`, or with a native parser by its name (`demo/post`), whatever the URL's class.

        Raises ItemError when there is no such parser, or the page cannot be read.
        """
        if name is None and recognised is not None:
            return self.parse(recognised, text, url, now)
        stem, _, parser_name = (name or "").partition("/")
        site = self._native.get(stem)
        if site is None or parser_name not in site.parsers:
            raise ItemError(f"No parser is named {name!r}", "Native parsers are named like demo/post.")
        known = recognised or Recognised(url, stem, "", UrlKind.GALLERY, url, url, urls.key(url), url, "", name)
        parser, fields = site.parsers[parser_name], self._fields(known, url)
        return cell.read(lambda: parse.parse(parser, known, text, fields), len(text), packing.PAGE)

    def next_page(self, recognised: Recognised, last: int | None = None) -> str | None:
        """Give the URL of the next gallery page by the class's page index; None when it has none.

        `last` is how far the page says that the index goes.
        """
        hit = self._hit_of(recognised)
        if hit is not None:
            own = hit if hit.url_class.next is not None else self._request(hit)[1]
            return own.url_class.next_page(own.parts, own.fields, last)
        return self._chains.next_page(recognised)

    def first_page(self, recognised: Recognised) -> str:
        """Give the URL of a gallery's first page, whichever of its pages was recognised, where its class tells."""
        hit = self._hit_of(recognised)
        return recognised.for_server if hit is None else hit.url_class.first_page(hit.parts, hit.fields)

    def is_last(self, recognised: Recognised) -> bool:
        """Tell whether the site shows no page beyond this one by the class's `last`, however many posts there are."""
        hit = self._hit_of(recognised)
        if hit is None:
            return False
        own = hit if hit.url_class.next is not None else self._request(hit)[1]
        return own.url_class.is_last(own.fields)

    def is_catalogue(self, recognised: Recognised) -> bool:
        """Tell whether a URL is a gallery whose parser finds threads: what they are is told by its rules, not by a page."""
        parser = self._parser(recognised) if recognised.kind is UrlKind.GALLERY else None
        return parser is not None and parser.finds_threads

    def below(self, site: str, number: int) -> str:
        """Give the word by which a site's search (as in `search`) is asked for posts below a number; "" = it knows none."""
        stem, _, name = site.partition("/")
        native = self._native.get(stem)
        found = next((each for each in (native.searches if native else ()) if name in {"", each.name}), None)
        return found.below.replace("{}", str(number)) if found is not None else ""

    def rule(self, name: str, text: str, url: str) -> tuple[str, ...]:
        """Give the links that a simple rule finds in a page of any site; raises ItemError when there is no such rule."""
        return cell.read(lambda: self._ruled(name, text, url), len(text), cell.Codec(list, tuple))

    def _ruled(self, name: str, text: str, url: str) -> tuple[str, ...]:
        for site in self._native.values():
            if name in site.rules:
                rule = site.rules[name]
                found = rule.texts(rule.place.format.parse(text), {"url": url})
                links = (urls.join(url, link) for link in found)
                return tuple(dict.fromkeys(link for link in links if link is not None))
        return self._chains.rule(name, text, url)

    def rules(self) -> tuple[str, ...]:
        """Name the simple rules of all site files."""
        return (*(name for site in self._native.values() for name in site.rules), *self._chains.rules())

    def _hit_of(self, recognised: Recognised) -> Hit | None:
        hit = self._index.best(recognised.url)
        return hit if hit is not None and hit.url_class.site == recognised.site else None

    def _recognised(self, url: str, hit: Hit) -> Recognised:
        entry, fields = hit.url_class, hit.fields
        for_server = entry.normal(hit.parts, fields, for_server=True)
        normalised = entry.normal(hit.parts, fields, for_server=False) if entry.ephemeral else for_server
        fetch_url, last = self._request(hit, for_server)
        return Recognised(
            url=url,
            site=entry.site,
            url_class=entry.name,
            kind=entry.kind,
            normalised=normalised,
            for_server=for_server,
            key=urls.key(normalised),
            fetch_url=fetch_url,
            fetch_class=last.url_class.name,
            parser=_parser_name(last),
            referrer=entry.sent_referrer(None, fields),
            headers=last.url_class.headers,
            post_id=entry.post_id(fields),
        )

    def _request(self, hit: Hit, for_server: str = "") -> tuple[str, Hit]:
        """Follow fetch templates until a class reads the page itself; a template that no class knows ends the way.

        `for_server` is the form of the first that is sent, where it is known already.
        """
        for _ in range(MAX_FETCHES):
            entry = hit.url_class
            url = entry.request(for_server or entry.normal(hit.parts, hit.fields, for_server=True), hit.fields)
            for_server = ""
            if entry.fetch is None or entry.parser is not None:
                return url, hit
            following = self._index.best(url)
            if following is None or following.url_class is entry:
                return url, hit
            hit = following
        return url, hit

    def _fields(self, recognised: Recognised, url: str) -> dict[str, str]:
        hit = self._hit_of(recognised)
        fields: dict[str, str] = {}
        if hit is not None:
            fields |= addresses.decoded(hit.fields)
            fields |= addresses.decoded(self._request(hit)[1].fields)
        return fields | {"url": url}

    def _among_all(self, loaded: Loaded) -> list[Problem]:
        """Give what only all files together show; the same files that showed nothing before are not tried again."""
        told = [text for each in loaded.told if each is not None for text in each]
        known = told if len(told) == 2 * len(loaded.told) else None
        name = f"library {sorted({str(file.parent) for file in loaded.files.values()})}"
        if checked.recall(name, known) is True:
            return []
        found = [*self._cycles(loaded), *self._samples(loaded)]
        checked.keep(name, None if found else True, known)
        return found

    def _cycles(self, loaded: Loaded) -> Iterator[Problem]:
        """Name the classes whose fetch URLs lead in a circle or to nothing, seen on their samples."""
        for stem, site in self._native.items():
            for sample in site.settings.sample:
                hit = self._index.best(checks.rooted(site, sample.url))
                if hit is None or hit.url_class.kind is UrlKind.FILE:
                    continue
                url, last = self._request(hit)
                if last.url_class.parser is None:
                    text = f"{sample.url} is fetched as {url}, which no class with a parser reads (a cycle, or a parser is missing)"
                    yield Problem(loaded.files[stem], None, f'url "{hit.url_class.name}".fetch', text)

    def _samples(self, loaded: Loaded) -> Iterator[Problem]:
        """Name what the pages in samples do not bear out."""
        for stem, site in self._native.items():
            for sample in site.settings.sample:
                for key, text in self._page(site, sample):
                    yield Problem(loaded.files[stem], None, f'sample "{sample.url}".{key}', text)

    def _page(self, site: NativeSite, sample: Any) -> Iterator[tuple[str, str]]:
        url = checks.rooted(site, sample.url)
        return samples.of_page(sample, url, self.recognise(url) if sample.page is not None else None, self.parse)

    def try_samples(self, stem: str) -> tuple[int, tuple[Problem, ...]]:
        """Try the samples in the file of their own beside a native site file: how many there are, and what is wrong."""
        site = self._native.get(stem)
        if site is None:
            return 0, ()
        document, given, problems = samples.of_file(self.sites[stem].file)
        found = list(problems)
        if document is not None:
            index = NativeIndex(site.classes)
            wrong = [(error.path, error.text) for error in checks.samples(site, index, given)]
            wrong += [
                (("sample", number, *key.split(".")), text)
                for number, sample in enumerate(given)
                for key, text in self._page(site, sample)
            ]
            found += [document.problem(path, text) for path, text in wrong]
        return len(given), tuple(found)

    def _chain_problems(self, loaded: Loaded) -> Iterator[Problem]:
        for stem, where, text in self._chains.problems:
            yield Problem(loaded.files[stem], None, where, text, serious=False)


def _logins(loaded: Loaded) -> Iterator[tuple[str, tuple[SiteLogin, ...]]]:
    yield from ((stem, (site.login,)) for stem, site in loaded.native.items() if site.login is not None)
    yield from ((stem, logins.imported(stem, model)) for stem, model in loaded.imported.items() if model.login)


def _parser_name(hit: Hit) -> str | None:
    entry = hit.url_class
    return f"{entry.site}/{entry.parser}" if entry.parser is not None else None


def _why(hit: Hit, *, first: bool) -> str:
    address = hit.url_class.address
    literal = sum(not piece.fields for piece in address.path)
    count = f"{len(address.path)} path parts, {literal} of them fixed; {len(address.params)} parameters"
    return f"the most specific: {count}" if first else f"less specific: {count}"
