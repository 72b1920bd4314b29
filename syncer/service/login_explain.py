"""Whether requests for a site are made by somebody who is logged in, and whether that still holds, in words.

Here, apart from `logins`, because `explain` looks beside a running service and has its files alone. Names of cookies and keys are told,
their values never.
"""

from __future__ import annotations

from typing import Any

from syncer.errors import sentences
from syncer.fetch import login
from syncer.fetch.cookie_disk import CookieDisk
from syncer.fetch.cookies import Jars
from syncer.fetch.login import State
from syncer.service import cookie_list, logins
from syncer.service.looking import Look
from syncer.service.words import moment
from syncer.sites.logins import SiteLogin
from syncer.store import logins as kept_logins
from syncer.store.logins import Kept


def of_site(look: Look, site: str) -> dict[str, Any]:
    """Return whether a login of a site is `used` and `valid`, its `name`, the `keys` that go along, and all that in `words`."""
    kept = _kept(look, site)
    settings = logins.settings_of(look.snapshot, site)
    keys = sorted((*settings.headers, *settings.parameters))
    found = logins.login_of(look.snapshot, site, kept.chosen)
    used, valid, words = _state(look, site, kept, found)
    if keys:
        words += f"; sent with {', '.join(keys)} from the config"
    name = "" if found is None else found.login.name
    return {"used": used, "valid": valid, "name": name, "keys": keys, "words": words}


def _kept(look: Look, site: str) -> Kept:
    if look.db is None:
        return Kept(site)
    with look.db.read() as tx:
        return kept_logins.everything(tx).get(site) or Kept(site)


def _state(look: Look, site: str, kept: Kept, found: SiteLogin | None) -> tuple[bool, bool, str]:
    """Return whether it is used, whether it holds, and both in words."""
    jars = Jars(look.clock, CookieDisk(look.snapshot.config.folders.state).load())
    if kept.out:
        return True, False, f"does not hold, and the site waits: {sentences(kept.why, kept.advice)}"
    if found is None:
        own = jars.kept_by(cookie_list.owners_of(look.snapshot, site))
        why = "you have chosen none" if kept.chosen else "its site file has none"
        return False, False, f"none: {why}" + ("; its cookies go along" if own else "")
    cookies = jars.kept_by(logins.owners_of(look.snapshot, site, found))
    due = login.is_due(found.login, State(kept.at, kept.name), cookies, look.clock.now())
    if not due:
        return True, True, f"holds{_since(kept, found)}"
    if logins.is_scripted(look.snapshot, site, found):
        return True, False, f"made before the next request: {due}"
    given = logins.settings_of(look.snapshot, site).credentials
    lacking = [name for name, _ in found.login.credentials if name not in given]
    cure = f"[site.{site}.credentials] lacks {', '.join(lacking)}" if lacking else "only cookies of a browser make it"
    return False, False, f"not used: {due}, and {cure}"


def _since(kept: Kept, found: SiteLogin) -> str:
    if not kept.at:
        return ", by cookies that were handed over" if found.login.cookies else ""
    until = f", until {moment(kept.at + found.login.valid)}" if found.login.valid else ""
    return f", made {moment(kept.at)}{until}"
