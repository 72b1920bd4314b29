"""The jars: cookies by registered domain, none of which ever goes to another one, and the User-Agent that belongs to them.

In memory, with what has changed handed to `cookie_disk`; apart from the client, which only asks and hands in. No value is
ever shown. The client and the jobs of `service` use it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncer.clock import Clock
from syncer.config import masks
from syncer.fetch import cookie
from syncer.fetch.cookie import Cookie

MOST: Final = 180
"""As many as browsers keep for a domain; the one set longest ago goes first."""
MOST_JARS: Final = 2000
"""Domains with cookies that only they themselves have set; the one that changed longest ago goes first."""


@dataclass(slots=True)
class Jar:
    """What one registered domain, or one address, has."""

    cookies: dict[tuple[str, str, str], Cookie] = field(default_factory=dict)
    """In the order in which they were set."""
    user_agent: str = ""
    """The browser that the cookies came from; "" = not told. Some cookies hold with it alone."""
    given: bool = False
    """A person has put cookies here, or a login has: it is never dropped for others."""
    given_at: float = 0.0
    """When a person did so last, in seconds since 1970."""

    def copy(self) -> Jar:
        """Return one that later changes do not touch."""
        return Jar(dict(self.cookies), self.user_agent, self.given, self.given_at)

    def put(self, new: Cookie, now: float) -> bool:
        """Take a cookie, in place of the earlier one of its key; one that is over only removes that. True if it changed anything."""
        before = self.cookies.get(new.key)
        if new.is_over(now):
            return self.cookies.pop(new.key, None) is not None
        if before == new:
            return False
        self.cookies.pop(new.key, None)
        self.cookies[new.key] = new
        while len(self.cookies) > MOST:
            del self.cookies[next(iter(self.cookies))]
        return True


class Jars:
    """All jars; safe to use from any thread."""

    def __init__(self, clock: Clock, jars: Mapping[str, Jar] | None = None) -> None:
        self._clock = clock
        self._jars: dict[str, Jar] = dict(jars or {})
        self._agents: Mapping[str, str] = {}
        self._changed: dict[str, None] = {}
        self._lock = threading.Lock()

    def header(self, url: str) -> str | None:
        """Return the Cookie header for a request of `url`; None where there is nothing to send."""
        if not self._jars:
            return None
        found: dict[tuple[str, str], Cookie] = {}
        where, now = cookie.place(url), self._clock.now()
        with self._lock:
            for owner in cookie.owners(url):
                jar = self._jars.get(owner)
                for each in jar.cookies.values() if jar is not None else ():
                    if not each.is_over(now) and cookie.goes_to(each, where):
                        found.setdefault((each.name, each.path), each)
        return cookie.header(found.values()) if found else None

    def take(self, url: str, headers: Iterable[str]) -> None:
        """Keep the cookies of an answer; `headers` are its Set-Cookie headers."""
        now = self._clock.now()
        new = [found for text in headers if (found := cookie.read(text, url, now)) is not None]
        if new:
            with self._lock:
                self._put(cookie.owners(url)[0], new, now)
                self._drop_surplus()

    def give(self, cookies: Iterable[Cookie], user_agent: str = "") -> dict[str, int]:
        """Keep cookies that a person brings; return how many each domain has of them that are not over."""
        now = self._clock.now()
        by_owner: dict[str, list[Cookie]] = {}
        for each in cookies:
            by_owner.setdefault(cookie.owner(each.domain), []).append(each)
        with self._lock:
            for owner, new in by_owner.items():
                self._put(owner, new, now)
                jar = self._jars.setdefault(owner, Jar())
                jar.given, jar.given_at = True, now
                jar.user_agent = user_agent or jar.user_agent
                self._changed[owner] = None
        return {owner: sum(not each.is_over(now) for each in new) for owner, new in by_owner.items()}

    def keep(self, url: str) -> None:
        """Never drop the cookies of this URL's domain for others: a login has made them."""
        with self._lock:
            jar = self._jars.get(cookie.owners(url)[0])
            if jar is not None:
                jar.given = True

    def clear(self, domain: str) -> dict[str, int]:
        """Forget the cookies of a domain (and of its registered one, and of all ports of an address); return how many each had."""
        name = cookie.owner(re.split(r"[/?#]", domain.rpartition("://")[2], maxsplit=1)[0])
        with self._lock:
            gone = {each: jar for each, jar in self._jars.items() if is_of(each, name)}
            for each in gone:
                del self._jars[each]
                self._changed[each] = None
        return {each: len(jar.cookies) for each, jar in gone.items()}

    def set_agents(self, agents: Mapping[str, str]) -> None:
        """Set the User-Agents that the config names, by domain; they go before those that came with cookies."""
        self._agents = agents

    def user_agent(self, url: str) -> str:
        """Return the User-Agent that a person has named for a URL's domain; "" where none is."""
        if not (self._agents or self._jars):
            return ""
        with self._lock:
            for owner in cookie.owners(url):
                jar = self._jars.get(owner)
                if agent := self._agents.get(owner) or (jar.user_agent if jar is not None else ""):
                    return agent
        return ""

    def of(self, url: str) -> list[Cookie]:
        """Return the cookies of a URL's domain that are not over, whatever their host and path."""
        return self.kept_by(cookie.owners(url))

    def kept_by(self, owners: Iterable[str]) -> list[Cookie]:
        """Return the cookies of some domains that are not over."""
        now = self._clock.now()
        with self._lock:
            jars = [self._jars[owner] for owner in owners if owner in self._jars]
            return [each for jar in jars for each in jar.cookies.values() if not each.is_over(now)]

    def hide(self, url: str, text: str) -> str:
        """Return a text that came from a URL, or is about one, without the values of its cookies."""
        return masks.hider(each.value for each in self.of(url))(text)

    def everything(self) -> dict[str, Jar]:
        """Return copies of all jars by domain."""
        with self._lock:
            return {owner: jar.copy() for owner, jar in self._jars.items()}

    def changed(self) -> dict[str, Jar | None]:
        """Return copies of the jars that changed since this was asked last, by domain; None = it is gone."""
        with self._lock:
            names, self._changed = list(self._changed), {}
            return {name: self._jars[name].copy() if name in self._jars else None for name in names}

    def not_kept(self, names: Iterable[str]) -> None:
        """Note that the disk did not take what `changed` returned, so that it returns it once more."""
        with self._lock:
            self._changed |= dict.fromkeys(names)

    def _put(self, owner: str, new: Iterable[Cookie], now: float) -> None:
        jar = self._jars.setdefault(owner, Jar())
        changes = sum(jar.put(each, now) for each in new)
        if changes:
            self._jars[owner] = self._jars.pop(owner)
            self._changed[owner] = None
        elif not jar.cookies and not jar.user_agent:
            del self._jars[owner]

    def _drop_surplus(self) -> None:
        while len(self._jars) > MOST_JARS:
            name = next((name for name, jar in self._jars.items() if not jar.given), None)
            if name is None:
                return
            del self._jars[name]
            self._changed[name] = None


def is_of(jar: str, name: str) -> bool:
    """Tell whether a jar is that of `name`, or of one port of that address."""
    return jar == name or jar.startswith((f"{name}:", f"[{name}]:"))
