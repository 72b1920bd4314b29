"""What `syncer login` asks of the service: try a login, list them, choose one, forget one.

Here, because logins are made by the runner alone. No answer shows a secret.
"""

from __future__ import annotations

import difflib
from dataclasses import asdict, replace
from typing import Any

from syncer.errors import ItemError
from syncer.fetch import login
from syncer.fetch.failure import FetchError
from syncer.fetch.judge import judge
from syncer.service import cookie_job, cookie_list, held, login_steps, logins
from syncer.service.login_steps import Done
from syncer.service.one_page import NotNowError
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites.logins import SiteLogin
from syncer.store.logins import Kept


def attempt(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Make a site's login now, and tell each step; a failure too, which pauses a site that nobody is logged in to. Raises ItemError."""
    snapshot, site = runtime.snapshot, str(details["site"])
    found = _login(runtime, site)
    if not found.login.steps:
        return _by_cookies(runtime, snapshot, site, found)
    with runtime.logins.lock:
        if site in runtime.logins.running:
            raise ItemError(f"{site} is being logged in to at this moment", "Look at `syncer login list` in a moment")
        runtime.logins.running.add(site)
    steps: list[Done] = []
    runtime.vault.forget()
    failed: ItemError | None = None
    try:
        held.refresh(runtime)
        login_steps.make(runtime, snapshot, site, found, steps.append)
    except ItemError as error:
        failed = _failed(runtime, snapshot, site, found, error)
    finally:
        with runtime.logins.lock:
            runtime.logins.running.discard(site)
        held.refresh(runtime)
    if failed is None:
        logins.lift(runtime, [site], "logged in")
    words = f"logged in to {site}" if failed is None else f"not logged in to {site}: {failed}"
    return {
        "site": site,
        "login": found.login.name,
        "in": failed is None,
        "words": words,
        "steps": list(map(asdict, steps)),
    }


def _failed(runtime: Runtime, snapshot: Snapshot, site: str, found: SiteLogin, error: ItemError) -> ItemError:
    """Return why a login did not work; where the site said no, and nobody is logged in, no job tries the same once more."""
    if isinstance(error, FetchError):
        judged = judge(error.failure, 1, runtime.clock.now())
        return ItemError(runtime.vault.hide(judged.why), judged.advice or "Try again later")
    state, cookies = logins.state_of(runtime, site), logins.cookies_of(runtime, snapshot, site, found)
    if not isinstance(error, NotNowError) and login.is_due(found.login, state, cookies, runtime.clock.now()):
        logins.pause(runtime, snapshot, site, f"the login did not work: {error.title}", error.advice)
    return ItemError(runtime.vault.hide(error.title), error.advice)


def _by_cookies(runtime: Runtime, snapshot: Snapshot, site: str, found: SiteLogin) -> dict[str, Any]:
    missing = login.lacks(found.login.cookies, logins.cookies_of(runtime, snapshot, site, found))
    if missing:
        raise ItemError(
            f"{site} is logged in to by cookies alone, and {missing} is not there",
            "Log in with your browser and hand its cookies over (docs/how-to/logins.md); use a throwaway account",
        )
    logins.lift(runtime, [site], "you say that its cookies hold")
    words = f"{site} is logged in to by cookies alone, and they are there; whether they hold, its next page shows"
    return {"site": site, "login": found.login.name, "in": True, "words": words, "steps": []}


def _login(runtime: Runtime, site: str) -> SiteLogin:
    _check_site(runtime, site)
    found = logins.of_site(runtime, runtime.snapshot, site)
    if found is None:
        raise ItemError(
            f"the site file of {site} says nothing of a login",
            "Hand over cookies of your browser (docs/how-to/logins.md)",
        )
    return found


def _check_site(runtime: Runtime, site: str) -> None:
    known = runtime.snapshot.library.sites
    if site not in known:
        close = difflib.get_close_matches(site, known, n=1)
        cure = f'Did you mean "{close[0]}"?' if close else "`syncer login list` names those with a login"
        raise ItemError(f'there is no site "{site}"', cure)


def listing(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of the login of each site that has one."""
    del details
    snapshot = runtime.snapshot
    named = {site for site, settings in snapshot.config.sites.items() if settings.headers or settings.parameters}
    sites = sorted(
        set(snapshot.library.logins)
        | {kept.site for kept in runtime.logins.everything()}
        | (named & set(snapshot.library.sites))
    )
    return {"logins": [_row(runtime, snapshot, site) for site in sites]}


def _row(runtime: Runtime, snapshot: Snapshot, site: str) -> dict[str, Any]:
    kept, found = runtime.logins.of(site), logins.of_site(runtime, snapshot, site)
    settings = logins.settings_of(snapshot, site)
    until = kept.at + found.login.valid if found is not None and kept.at and found.login.valid else None
    cookies = [] if found is None else logins.cookies_of(runtime, snapshot, site, found)
    return {
        "site": site,
        "login": found.login.name if found is not None else "",
        "others": [each.login.name for each in snapshot.library.logins.get(site, ()) if each is not found],
        "scripted": logins.is_scripted(snapshot, site, found),
        "needs": [name for name, _ in found.login.credentials] if found is not None else [],
        "given": sorted(settings.credentials),
        "keys": sorted((*settings.headers, *settings.parameters)),
        "at": kept.at or None,
        "until": until,
        "missing": login.lacks(found.login.cookies, cookies) if found is not None else "",
        "paused": kept.out,
        "why": kept.why,
        "advice": kept.advice,
    }


def use(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Choose the login of a site by its name; `none` for none. Raises ItemError."""
    site, name = str(details["site"]), str(details["name"])
    _check_site(runtime, site)
    everything = [each.login.name for found in runtime.snapshot.library.logins.values() for each in found]
    if name != logins.NONE and name not in everything:
        close = difflib.get_close_matches(name, everything, n=1)
        cure = f'Did you mean "{close[0]}"?' if close else "`syncer login list` names them"
        raise ItemError(f'there is no login "{name}"', cure)
    logins.lift(runtime, [site], "another login was chosen")
    logins.note(runtime, replace(runtime.logins.of(site), chosen=name, at=0.0))
    words = f"{site} is used without a login" if name == logins.NONE else f"{site} is logged in to by {name}"
    return {"site": site, "login": name, "words": words}


def clear(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Forget a site's login, its choice and its cookies. Raises ItemError."""
    site = str(details["site"])
    _check_site(runtime, site)
    gone: dict[str, int] = {}
    for owner in cookie_list.owners_of(runtime.snapshot, site):
        gone |= runtime.client.jars.clear(owner)
    cookie_job.save(runtime)
    logins.lift(runtime, [site], "its login was forgotten")
    logins.note(runtime, Kept(site))
    runtime.vault.forget()
    return {"site": site, "words": f"the login of {site} is forgotten; cookies: {cookie_job.domains(gone)}"}


VERBS = {"login try": attempt, "login list": listing, "login use": use, "login clear": clear}
SLOW = frozenset({"login try"})
