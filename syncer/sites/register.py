"""What each site file is, for lists and for the parts that must know a site's pace, headers and searches.

Here so that they need not read site files or their models. Pure; made by library.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syncer.frozen import frozen
from syncer.sites import addresses
from syncer.sites.compile import NativeSite
from syncer.sites.load import Loaded
from syncer.sites.problems import Problem


@frozen
class Site:
    """One site file as a person sees it."""

    stem: str
    name: str
    about: str
    dialect: str
    """`native` or `hydrus`."""
    file: Path
    root: str = ""
    domains: tuple[str, ...] = ()
    """Where it asks; `*example.org` stands for the sub-domains too."""
    aliases: frozenset[str] = frozenset()
    """Further names of the root's host: URLs with these are asked of that, but a redirect can lead there."""
    pace: str = ""
    bandwidth: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    searches: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    parsers: tuple[str, ...] = ()
    tried: str = ""
    facts: tuple[str, ...] = ()
    enabled: bool = True
    shadows: Path | None = None
    """The shipped file that this one replaces."""
    samples: int = 0
    """How many samples it carries, those of its engine and of its searches too; each is tried whenever the file is loaded (those in a
    file of their own by `sites test` alone)."""
    problems: tuple[Problem, ...] = ()
    placeholders: frozenset[str] = frozenset()
    """Hashes (`md5:HEX`, `sha256:HEX`) of pictures that stand for missing ones."""
    not_newest_first: tuple[str, ...] = ()
    """Searches that do not give the newest first and so cannot be followed."""
    of_words: tuple[str, ...] = ()
    """Searches that look for words anywhere and not for tags: what they find need not carry the words."""
    wants: str = ""
    """The key without which the site answers nobody, and where it goes, in words; "" = it wants none."""
    limits: str = ""
    """What the site does not give, or not through what the file uses, in words."""
    key_hosts: tuple[str, ...] = ()
    """The hosts to which keys of the person go; () = all of the site."""
    needs: tuple[str, ...] = ()
    """Names of the cookies without which the site shows less, or nothing."""


def sites(loaded: Loaded, problems: Sequence[Problem]) -> dict[str, Site]:
    """Describe all site files that could be loaded, and those that are switched off."""
    found: dict[str, Site] = {}
    for stem, native in loaded.native.items():
        found[stem] = _native(stem, native, loaded, problems)
    for stem, model in loaded.imported.items():
        found[stem] = _imported(stem, model, loaded, problems)
    for stem, file in loaded.disabled.items():
        found[stem] = Site(stem, stem, "switched off", "", file, enabled=False, shadows=loaded.shadowed.get(stem))
    return dict(sorted(found.items()))


def _of(file: Path, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.file == file)


def _native(stem: str, site: NativeSite, loaded: Loaded, problems: Sequence[Problem]) -> Site:
    about: Any = site.settings.site
    file = loaded.files[stem]
    return Site(
        stem=stem,
        name=about.name,
        about=about.about,
        dialect="native",
        file=file,
        root=site.root,
        domains=tuple(sorted(_hosts(site))),
        aliases=frozenset().union(*(entry.aliases for entry in site.classes)),
        pace=about.pace,
        bandwidth=tuple(about.bandwidth),
        headers=tuple(about.headers.items()),
        searches=tuple(search.name for search in site.searches),
        classes=tuple(entry.name for entry in site.classes),
        parsers=tuple(site.parsers),
        tried=about.tried,
        samples=len(site.settings.sample) + sum(bool(search.sample) for search in site.searches),
        facts=tuple(about.facts),
        placeholders=frozenset(about.placeholders),
        shadows=loaded.shadowed.get(stem),
        problems=_of(file, problems),
        of_words=tuple(search.name for search in site.searches if not search.of_tags),
        wants=about.wants,
        limits=about.limits,
        key_hosts=tuple(host.lower() for host in about.key_hosts),
        not_newest_first=tuple(search.name for search in site.searches if not search.newest_first),
        needs=tuple(site.settings.login.cookies) if site.settings.login is not None else (),
    )


def _hosts(site: NativeSite) -> set[str]:
    """Name the hosts that a site file speaks of: where its URLs are, where it asks instead, and where keys go."""
    hosts = {host.lower() for host in site.settings.site.key_hosts}
    for entry in site.classes:
        hosts.update((entry.address.host, *(f"*{domain}" for domain in entry.wildcards)))
        if entry.fetch is not None and "{" not in (host := urlsplit(addresses.absolute(entry.fetch, site.root)).netloc):
            hosts.add(host.lower())
    return hosts


def _imported(stem: str, model: Any, loaded: Loaded, problems: Sequence[Problem]) -> Site:
    file = loaded.files[stem]
    hosts = {domain for entry in model.url for domain in entry.domains}
    headers = [(header.name, header.value) for domain in model.domain for header in domain.headers]
    return Site(
        stem=stem,
        name=model.site.name,
        about=model.site.about,
        dialect="hydrus",
        file=file,
        domains=tuple(sorted(hosts)),
        bandwidth=tuple(rule for domain in model.domain for rule in domain.bandwidth),
        headers=tuple(headers),
        searches=tuple(entry.name for entry in (*model.search, *model.search_group)),
        classes=tuple(entry.name for entry in model.url),
        parsers=tuple(entry.name for entry in model.parser),
        shadows=loaded.shadowed.get(stem),
        problems=_of(file, problems),
        needs=_needs(model),
    )


def _needs(model: Any) -> tuple[str, ...]:
    """Name the cookies that an imported file's logins leave behind, where it names them exactly."""
    names = [test.name for login in model.login for test in login.cookies]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
