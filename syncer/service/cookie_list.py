"""What there is to say of all cookies, domain by domain: how many, until when, and which of them a site file needs.

Here, because jars know no site files and site files know no jars. Pure; the cookie job and the command line use it. Names of
cookies are told, their values never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncer.fetch import cookie
from syncer.fetch.cookie import Cookie
from syncer.fetch.cookies import Jar, is_of
from syncer.service.snapshot import Snapshot
from syncer.service.words import moment

SOON = 86400.0
"""A needed cookie that ends within so many seconds is missed already."""
HOW = "Hand it over from your browser again (docs/how-to/logins.md)"


def owners_of(shot: Snapshot, stem: str) -> list[str]:
    """Return the domains that a site's cookies are kept under."""
    site = shot.library.sites.get(stem)
    hosts = site.domains if site is not None else ()
    return list(dict.fromkeys(cookie.owner(host.removeprefix("*")) for host in hosts))


def owners(shot: Snapshot) -> dict[str, list[str]]:
    """Return the domains of all sites, with the sites of each."""
    found: dict[str, list[str]] = {}
    for stem in shot.library.sites:
        for owner in owners_of(shot, stem):
            found.setdefault(owner, []).append(stem)
    return found


def sites_of(shot: Snapshot, domains: Iterable[str]) -> list[str]:
    """Return the sites whose requests carry cookies of some domains."""
    return [
        stem
        for owner, stems in owners(shot).items()
        if any(is_of(owner, domain) for domain in domains)
        for stem in stems
    ]


def rows(shot: Snapshot, jars: Mapping[str, Jar], now: float) -> list[dict[str, Any]]:
    """Return a row for each domain that has cookies, or of which a site file needs some."""
    there = {stem: _names(owners_of(shot, stem), jars, now) for stem, site in shot.library.sites.items() if site.needs}
    needed = {owner: _needed(shot, owner, stems, jars, now) for owner, stems in owners(shot).items()}
    names = sorted(set(jars) | {owner for owner, names in needed.items() if names})
    return [_row(name, jars, needed.get(name, {}), there, now) for name in names]


def _names(owners: Iterable[str], jars: Mapping[str, Jar], now: float) -> frozenset[str]:
    """Return the names of the cookies that some domains have."""
    return frozenset(each.name for owner in owners for each in _all_of(owner, jars) if not each.is_over(now))


def _needed(shot: Snapshot, owner: str, stems: list[str], jars: Mapping[str, Jar], now: float) -> dict[str, list[str]]:
    """Return the names of the cookies that some sites need of a domain, with the sites: of others than their own only what is there."""
    found: dict[str, list[str]] = {}
    here = _names((owner,), jars, now)
    for stem in stems:
        site, home = shot.library.sites[stem], owners_of(shot, stem)
        if site.root and (own := cookie.owners(site.root)[0]) in home:
            home = [own]
        for name in site.needs:
            if owner in home or name in here:
                found.setdefault(name, []).append(stem)
    return found


def _row(
    name: str,
    jars: Mapping[str, Jar],
    needed: dict[str, list[str]],
    there: Mapping[str, frozenset[str]],
    now: float,
) -> dict[str, Any]:
    jar = jars.get(name, Jar())
    alive = [each for each in jar.cookies.values() if not each.is_over(now)]
    ends = [each.expires for each in alive if each.expires is not None]
    return {
        "domain": name,
        "cookies": len(alive),
        "earliest": min(ends, default=None),
        "user_agent": bool(jar.user_agent),
        "needed": sorted(needed),
        "missing": sorted(each for each, stems in needed.items() if any(each not in there[stem] for stem in stems)),
        "sites": sorted({stem for stems in needed.values() for stem in stems}),
    }


def _all_of(owner: str, jars: Mapping[str, Jar]) -> list[Cookie]:
    """Return the cookies that go to a domain, or to a port of an address."""
    names = cookie.owners(f"http://{owner}/")
    return [each for name in names if name in jars for each in jars[name].cookies.values()]


def missed(shot: Snapshot, jars: Mapping[str, Jar], now: float) -> list[dict[str, str]]:
    """Return the needed cookies that were there and are over, or end within a day. All others may end as they like (LC6)."""
    return [
        {"subject": stem, "why": why, "advice": HOW}
        for stem, site in shot.library.sites.items()
        for owner in (owners_of(shot, stem) if site.needs else ())
        for name in site.needs
        for why in _missed(owner, name, _all_of(owner, jars), now)
    ]


def _missed(owner: str, name: str, there: Iterable[Cookie], now: float) -> Iterator[str]:
    ends = [each.expires for each in there if each.name == name]
    if not ends or None in ends:
        return
    end = max(each for each in ends if each is not None)
    if end < now + SOON:
        state = "is over" if end <= now else f"lasts until {moment(end)}"
        yield f'the cookie "{name}" of {owner}, which its site file needs, {state}'
