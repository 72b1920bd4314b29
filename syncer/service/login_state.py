"""What the running process knows of logins: the notes of the store, and what goes on now.

Here, apart from `logins`, because the runtime holds it. Pure.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from syncer.store.logins import Kept


@dataclass(slots=True)
class Logins:
    """All of it by site; safe to use from any thread."""

    known: dict[str, Kept] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    """Sites whose login is being made; their jobs are not handed out."""
    lost: set[str] = field(default_factory=set)
    """Sites that said, in spite of all cookies, that nobody is logged in."""
    begun: dict[int, float] = field(default_factory=dict)
    """When each running job began, in seconds since 1970: what it says of an earlier login is no news."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, site: str) -> Kept:
        """Return what is known of a site's login."""
        return self.known.get(site) or Kept(site)

    def keep(self, kept: Kept) -> None:
        """Note what is known of a site's login."""
        with self.lock:
            self.known[kept.site] = kept

    def put_out(self, kept: Kept) -> bool:
        """Note that a site waits for a person; False where it did already."""
        with self.lock:
            if self.of(kept.site).out:
                return False
            self.known[kept.site] = kept
            return True

    def everything(self) -> list[Kept]:
        """Return what is known of all sites."""
        with self.lock:
            return list(self.known.values())

    def paused(self) -> set[str]:
        """Return the sites of which no job may be handed out."""
        with self.lock:
            return self.running | {kept.site for kept in self.known.values() if kept.out}
