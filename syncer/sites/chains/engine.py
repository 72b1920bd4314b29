"""All imported files as one whole: classes, parsers and searches share one space of names.

Here as the one door to this package; `answers` and `library` ask it. Immutable after it is made, apart from caches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from syncer.config import web
from syncer.errors import ItemError
from syncer.model import Page, Recognised, UrlKind
from syncer.sites import urls
from syncer.sites.chains import links, pages
from syncer.sites.chains.choice import Choice, Order
from syncer.sites.chains.classes import ImportedClass, compile_class
from syncer.sites.chains.formulae import Formula, Source, compile_formula
from syncer.sites.chains.parsers import PageParser, Parsed, compile_parser
from syncer.sites.chains.searches import Searches


class Chains:
    """The imported files of a library; `models` are the checked files by stem."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._problems: list[tuple[str, str, str]] = []
        classes = list(self._classes(models))
        self._order = Order(classes)
        self._parsers: dict[str, PageParser] = {}
        self._rules: dict[str, Formula] = {}
        for model in models.values():
            for parser in model.parser:
                self._parsers.setdefault(parser.name, compile_parser(parser))
            for rule in model.simple:
                self._rules.setdefault(rule.name, compile_formula(rule))
        self._linked = self._order.linked(self._parsers.values())
        self._searches = Searches(models)
        self.problems: tuple[tuple[str, str, str], ...] = tuple(self._problems)
        """Stem, place and text of what a file says that cannot work."""

    def _classes(self, models: Mapping[str, Any]) -> Iterator[ImportedClass]:
        seen: set[str] = set()
        for stem, model in models.items():
            for entry in model.url:
                if entry.name in seen:
                    self._problems.append((stem, f'url "{entry.name}"', "this name is in use already; it was left out"))
                    continue
                seen.add(entry.name)
                try:
                    yield compile_class(stem, entry)
                except ValueError as error:
                    self._problems.append((stem, f'url "{entry.name}"', str(error)))

    def choice(self, url: str) -> Choice | None:
        """Give the class that a URL belongs to."""
        return self._order.best(url)

    def resolved(self, url: str) -> tuple[str, Choice] | None:
        """Give what is fetched for a URL after all API steps, and its class; None when they lead nowhere."""
        return self._order.resolved(url)

    def parser_of(self, url_class: ImportedClass) -> PageParser | None:
        """Give the parser that is linked to a class."""
        return self._linked.get(url_class)

    def parser(self, name: str) -> PageParser | None:
        """Give a parser by its name."""
        return self._parsers.get(name)

    def recognise(self, url: str) -> Recognised | None:
        """Tell what a URL is; None when no imported file knows it. The host's case does not matter here."""
        url = web.plain(url)
        choice = self._order.best(url)
        if choice is None:
            return None
        entry, link = choice.url_class, choice.link
        for_server = entry.normal(link, for_server=True)
        resolved = (for_server, choice) if entry.api is None else self._order.resolved(url)
        fetch_url, fetched = resolved if resolved is not None else (for_server, choice)
        parser = self._linked.get(fetched.url_class) if resolved is not None else None
        referrer = fetched.url_class.sent_referrer(_again(fetch_url, fetched).link, None)
        return Recognised(
            url=url,
            site=entry.site,
            url_class=entry.name,
            kind=UrlKind(entry.kind),
            normalised=entry.normal(link, for_server=False),
            for_server=for_server,
            key=urls.key(for_server),
            fetch_url=fetch_url,
            fetch_class=fetched.url_class.name,
            parser=parser.name if parser is not None else None,
            referrer="" if fetched.url_class.referrer == "never" else referrer,
            headers=fetched.url_class.headers,
        )

    def matches(self, url: str) -> list[tuple[str, str, str, str]]:
        """Give site, name, kind and reason of all classes that match a URL, in order."""
        found: list[tuple[str, str, str, str]] = []
        for choice in self._order.choices(url):
            entry = choice.url_class
            required = sum(part.default is None for part in entry.path)
            why = f"{required} required path parts of {len(entry.path)}, {len(entry.params)} parameters"
            found.append((entry.site, entry.name, entry.kind, why))
        return found

    def referrer(self, url: str, given: str | None) -> str | None:
        """Give the referrer for the request of a URL when the page before was `given`."""
        resolved = self._order.resolved(url)
        if resolved is None:
            return given
        again = _again(*resolved)
        return again.url_class.sent_referrer(again.link, given)

    def next_page(self, recognised: Recognised) -> str | None:
        """Give the URL of the next page by the page index of the class that is fetched."""
        resolved = self._order.resolved(recognised.url)
        if resolved is None:
            return None
        again = _again(*resolved)
        return again.url_class.next_page(again.link)

    def search(self, name: str, query: str) -> tuple[str, ...]:
        """Give the first gallery URLs of a search; raises ItemError when there is none of that name."""
        return self._searches.urls(name, query)

    def parse(self, parser: PageParser, text: str, url: str, now: int) -> Parsed:
        """Read a page with a parser; raises ItemError when it cannot be read."""
        return parser.parse(text, {"url": url}, now)

    def page(
        self, recognised: Recognised, text: str, url: str, now: int, recognise: Callable[[str], Recognised | None]
    ) -> Page:
        """Read a page into what the service works with; `recognise` tells files from pages to follow."""
        parser = self._parsers.get(recognised.parser or "")
        if parser is None:
            raise ItemError(f"No parser is named {recognised.parser!r}", "Its site file may have been removed.")
        return pages.page(self.parse(parser, text, url, now), recognised, recognise)

    def rule(self, name: str, text: str, url: str) -> tuple[str, ...]:
        """Give the links that a simple rule finds; raises ItemError when there is no such rule."""
        formula = self._rules.get(name)
        if formula is None:
            raise ItemError(f"No site file has a rule named {name!r}", "`syncer sites list` shows the rules.")
        found = formula.parse(Source(text), {"url": url})
        return tuple(dict.fromkeys(links.found(link, url) for link in found))

    def rules(self) -> tuple[str, ...]:
        """Name the simple rules."""
        return tuple(self._rules)


def _again(url: str, choice: Choice) -> Choice:
    """Take a fetched URL apart again, with the class that it was resolved to."""
    link = links.link(url)
    return Choice(link, choice.url_class) if link is not None else choice
