"""Who is logged in where: which login a site has, whether it holds, and the pause of a site whose login does not work.

Here, because every job must be stopped before it takes a login page for an empty gallery. `login_job` makes the logins; the
pipeline asks before each job, and the jobs ask about what came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from syncer.config.settings import SiteSettings
from syncer.errors import sentences
from syncer.fetch import cookie, text
from syncer.fetch.failure import FailureKind, fail
from syncer.fetch.login import State
from syncer.service import held, vault
from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites.logins import SiteLogin
from syncer.store import logins
from syncer.store.database import Named
from syncer.store.logins import Kept

KINDS = frozenset({FailureKind.LOGIN_PAGE, FailureKind.UNAUTHORISED})
"""Failures that say that one is not logged in."""
AGAIN = 300.0
"""A login that is lost within so many seconds did not work in truth, and is not tried again by itself."""
NONE = "none"
LOOK = 256 * 1024
"""So much of a page that came for a file is looked at."""
_BY_COOKIES = (
    "Log in with your browser and hand its cookies over (`syncer cookies import`, docs/how-to/logins.md)"
    "; use a throwaway account, sites may close it"
)
_NOTHING = SiteSettings()


def login_of(snapshot: Snapshot, site: str, chosen: str = "") -> SiteLogin | None:
    """Return the login of a site: the one that a person has chosen, else the first of its own file."""
    if chosen == NONE:
        return None
    if chosen:
        stem = chosen.partition("/")[0]
        return next((each for each in snapshot.library.logins.get(stem, ()) if each.login.name == chosen), None)
    return next(iter(snapshot.library.logins.get(site, ())), None)


def of_site(runtime: Runtime, snapshot: Snapshot, site: str) -> SiteLogin | None:
    """Return the login of a site that is in force."""
    return login_of(snapshot, site, runtime.logins.of(site).chosen)


def is_scripted(snapshot: Snapshot, site: str, found: SiteLogin | None) -> bool:
    """Tell whether syncer can make a login itself: it has steps, and the config says where all is that they need."""
    if found is None or not found.login.steps:
        return False
    given = settings_of(snapshot, site).credentials
    return all(name in given for name, _ in found.login.credentials)


def settings_of(snapshot: Snapshot, site: str) -> SiteSettings:
    """Return what the config says of a site."""
    return snapshot.config.sites.get(site, _NOTHING)


def state_of(runtime: Runtime, site: str) -> State:
    """Return what a site's login is judged by."""
    kept = runtime.logins.of(site)
    return State(kept.at, kept.name)


def cookies_of(runtime: Runtime, snapshot: Snapshot, site: str, found: SiteLogin) -> list[cookie.Cookie]:
    """Return the cookies that a site's login can have left: those of its hosts, and of those that the steps ask."""
    return runtime.client.jars.kept_by(owners_of(snapshot, site, found))


def owners_of(snapshot: Snapshot, site: str, found: SiteLogin) -> list[str]:
    """Return the domains whose cookies a site's login can have left."""
    entry = snapshot.library.sites.get(site)
    urls = [step.url.partition("{")[0] for step in found.login.steps]
    urls += [f"http://{host.removeprefix('*').lstrip('.')}/" for host in (entry.domains if entry else ())]
    return list(dict.fromkeys(owner for url in urls for owner in cookie.owners(url)))


def is_guarded(runtime: Runtime, snapshot: Snapshot, site: str) -> bool:
    """Tell whether a site has a login, or keys of the person's."""
    settings = settings_of(snapshot, site)
    return bool(_all_of(runtime, snapshot, site) or settings.headers or settings.parameters)


def _all_of(runtime: Runtime, snapshot: Snapshot, site: str) -> tuple[SiteLogin, ...]:
    own = snapshot.library.logins.get(site, ())
    kept = runtime.logins.known.get(site)
    chosen = login_of(snapshot, site, kept.chosen) if kept is not None and kept.chosen else None
    return own if chosen is None or chosen in own else (*own, chosen)


def check_redirect(runtime: Runtime, snapshot: Snapshot, site: str, target: str) -> None:
    """Raise FetchError (login_page) where a site sends one to its login."""
    for each in _all_of(runtime, snapshot, site):
        if each.logged_out.sent_to(target):
            raise fail(FailureKind.LOGIN_PAGE, "it sends on to its login", url=target)


def check_page(runtime: Runtime, snapshot: Snapshot, site: str, page: str, url: str) -> None:
    """Raise FetchError (login_page) for a page that was made for nobody, before anything is read from it."""
    for each in _all_of(runtime, snapshot, site):
        signs = each.logged_out
        if signs.shows(page, url):
            raise fail(FailureKind.LOGIN_PAGE, "the page is the one for those who are not logged in", url=url)
        if signs.cookie and runtime.logins.of(site).at and not _has(runtime, url, signs.cookie):
            raise fail(FailureKind.LOGIN_PAGE, f'its cookie "{signs.cookie}" is gone', url=url)


def check_file(runtime: Runtime, snapshot: Snapshot, site: str, part: Path, url: str) -> None:
    """Raise FetchError (login_page) where the page that came for a file is one for those who are not logged in."""
    if _all_of(runtime, snapshot, site):
        with part.open("rb") as file:
            check_page(runtime, snapshot, site, text.decode(file.read(LOOK), "text/html"), url)


def _has(runtime: Runtime, url: str, name: str) -> bool:
    return any(each.name == name for each in runtime.client.jars.of(url))


def hide(runtime: Runtime, url: str, shown: str) -> str:
    """Return a text about a URL without secrets: its cookies' values, and what the vault has read."""
    return runtime.vault.hide(runtime.client.jars.hide(url, shown))


def hider(runtime: Runtime, url: str) -> Callable[[bytes], bytes]:
    """Return what does the same to the bytes of a file that came from a URL."""

    def hide_in(data: bytes) -> bytes:
        return hide(runtime, url, data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    return hide_in


def load(runtime: Runtime) -> None:
    """Read what earlier runs have noted, at the start, and hold back what is paused."""
    with runtime.db.read() as tx:
        known = logins.everything(tx)
    for kept in known.values():
        runtime.logins.keep(kept)
    held.refresh(runtime)


def note(runtime: Runtime, kept: Kept) -> None:
    """Keep what is known of a site's login."""
    with runtime.db.write(Named.REQUEST) as tx:
        logins.put(tx, kept)
    runtime.logins.keep(kept)


def pause(runtime: Runtime, snapshot: Snapshot, site: str, why: str, advice: str) -> Kept:
    """Pause a site until a person does something about its login: one word about it, however many jobs it meets."""
    why, advice = runtime.vault.hide(why), advice or _BY_COOKIES
    before, mark = runtime.logins.of(site), mark_of(snapshot, site)
    kept = replace(before, at=0.0, out=True, why=why, advice=advice, mark=mark)
    if not runtime.logins.put_out(kept):
        return runtime.logins.of(site)
    note(runtime, kept)
    held.refresh(runtime)
    runtime.tell(Event("notice", site, f"paused: {sentences(why, advice)}"))
    return kept


def lift(runtime: Runtime, sites: Iterable[str], why: str) -> list[str]:
    """End the pauses of sites for their logins, and let what waits for them go on; return which were paused."""
    ended = []
    for site in sites:
        before = runtime.logins.of(site)
        runtime.logins.lost.discard(site)
        if not before.out:
            continue
        kept = replace(before, out=False, why="", advice="", mark="")
        with runtime.db.write(Named.REQUEST) as tx:
            logins.put(tx, kept)
            logins.wake(tx, site)
        runtime.logins.keep(kept)
        ended.append(site)
        runtime.tell(Event("notice", site, f"goes on: {why}"))
    if ended:
        held.refresh(runtime)
    return ended


def mark_of(snapshot: Snapshot, site: str) -> str:
    """Return what changes when a person changes where a site's secrets are; tells nothing of them."""
    settings = settings_of(snapshot, site)
    return vault.mark((*settings.credentials.values(), *settings.headers.values(), *settings.parameters.values()))


def look(runtime: Runtime) -> None:
    """Let go on what was paused for its login once a person has changed where its secrets are; every few seconds."""
    out = [kept for kept in runtime.logins.everything() if kept.out]
    changed = [kept.site for kept in out if mark_of(runtime.snapshot, kept.site) != kept.mark]
    if changed:
        runtime.vault.forget()
        lift(runtime, changed, "its credentials have changed")
