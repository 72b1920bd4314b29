"""Which imported class a URL belongs to, where its API steps lead, and which parser belongs to which class.

Here because all three depend on one order of the classes. Pure; imported by engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.sites.chains import links
from syncer.sites.chains.classes import ImportedClass, Mask
from syncer.sites.chains.links import Link
from syncer.sites.chains.parsers import PageParser


@frozen
class Choice:
    """A URL, taken apart, and the class that it belongs to."""

    link: Link
    url_class: ImportedClass


class Order:
    """All imported classes, to be asked in hydrus's order."""

    def __init__(self, classes: Iterable[ImportedClass]) -> None:
        groups: dict[Mask, list[ImportedClass]] = {}
        # hydrus keeps its classes by name; that decides between masks and classes that are alike in all else.
        for entry in sorted(classes, key=lambda entry: entry.name):
            groups.setdefault(entry.mask, []).append(entry)
        self._groups = {mask: _sorted(members) for mask, members in groups.items()}
        self._place = {mask: number for number, mask in enumerate(groups)}
        self._by_domain: dict[str, list[Mask]] = {}
        self._by_pattern = [mask for mask in self._groups if mask.patterns]
        for mask in self._groups:
            for domain in mask.domains:
                self._by_domain.setdefault(domain, []).append(mask)
        self._known: dict[str, tuple[ImportedClass, ...]] = {}

    def candidates(self, host: str) -> tuple[ImportedClass, ...]:
        """Give the classes of a host, in order."""
        known = self._known.get(host)
        if known is None:
            known = tuple(self._candidates(host))
            if len(self._known) < 10_000:
                self._known[host] = known
        return known

    def _candidates(self, host: str) -> Iterator[ImportedClass]:
        masks: set[Mask] = set()
        labels = host.split(".")
        nearby = [mask for start in range(len(labels)) for mask in self._by_domain.get(".".join(labels[start:]), [])]
        for mask in (*nearby, *self._by_pattern):
            if mask.fits(host):
                masks.add(mask)
        for mask in sorted(masks, key=lambda mask: (-mask.length, self._place[mask])):
            yield from self._groups[mask]

    def choices(self, url: str) -> Iterator[Choice]:
        """Yield the classes that a URL belongs to, the best first."""
        link = links.link(url)
        if link is None:
            return
        for entry in self.candidates(link.netloc):
            if _matches(entry, link):
                yield Choice(link, entry)

    def best(self, url: str) -> Choice | None:
        """Give the class that a URL belongs to; None when there is none."""
        return next(self.choices(url), None)

    def resolved(self, url: str) -> tuple[str, Choice] | None:
        """Follow the API steps of a URL to what is fetched; None for a loop, a failing step, or no class at the end."""
        seen: set[str] = set()
        choice = self.best(url)
        while choice is not None and choice.url_class.api is not None:
            seen.add(choice.url_class.name)
            converted = choice.url_class.convert(choice.link)
            choice = self.best(converted) if converted is not None else None
            if choice is not None and choice.url_class.name in seen:
                return None
        return None if choice is None else (choice.url_class.normal(choice.link, for_server=True), choice)

    def linked(self, parsers: Iterable[PageParser]) -> dict[ImportedClass, PageParser]:
        """Link parsers to classes by their example URLs: the first parser by name to reach a class has it.

        An example goes to the first class in the order of all classes, masks apart, that it fits; to none with an API
        step that leads to another class.
        """
        found: dict[ImportedClass, PageParser] = {}
        for parser in sorted(parsers, key=lambda parser: parser.name):
            for example in parser.examples:
                best = next((entry for entry in self._everywhere(example) if not self._leads_on(entry)), None)
                if best is not None and best.kind != "file":
                    found.setdefault(best, parser)
        return found

    def _everywhere(self, url: str) -> list[ImportedClass]:
        """Give the classes that a URL fits, the most specific first whatever their mask."""
        fitting = [choice.url_class for choice in self.choices(url)]
        fitting.sort(key=lambda entry: entry.name)
        fitting.sort(key=lambda entry: (entry.mask.length, *entry.rank(_example_length(entry))), reverse=True)
        return fitting

    def _leads_on(self, entry: ImportedClass) -> bool:
        """Tell whether the API step leads the class's example to some other class."""
        link = links.link(links.encoded(entry.example))
        if entry.api is None or link is None or not entry.can_be_written(link):
            return False
        converted = entry.convert(link)
        return converted is not None and any(choice.url_class is not entry for choice in self.choices(converted))


def _matches(entry: ImportedClass, link: Link) -> bool:
    try:
        return entry.matches(link)
    except ItemError:
        return False  # a pattern that takes too long on this URL


def _sorted(classes: list[ImportedClass]) -> tuple[ImportedClass, ...]:
    return tuple(sorted(classes, key=lambda entry: entry.rank(_example_length(entry)), reverse=True))


def _example_length(entry: ImportedClass) -> int:
    """Give the length of the example as the server gets it, without encoding; of the bare example where that fails."""
    link = links.link(entry.example, encoding=False)
    if link is None or not entry.can_be_written(link):
        return len(entry.example)
    return len(entry.normal(link, for_server=True))
