"""When a login is made: before a job whose site needs one, and once more when it is lost; where it fails, the site is paused.

Here, because no job may take what is shown to nobody for what there is. The pipeline asks before each job, and `failures` about
each answer that says that nobody is logged in.
"""

from __future__ import annotations

from syncer.errors import ItemError
from syncer.fetch import login
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.service import held, login_steps, logins
from syncer.service.events import Event
from syncer.service.one_page import NotNowError
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites.logins import SiteLogin
from syncer.store import jobs, posts
from syncer.store import logins as kept_logins
from syncer.store.database import Named
from syncer.store.jobs import Job
from syncer.store.logins import Kept

SOON = 1.0
"""Seconds after which a job is looked at again that a login kept from running."""
_KEYS = "Look at the keys under [site.NAME] in the config; `syncer resume site NAME` lets it go on"


def admit(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Tell whether a job may run; where its site's login is due, make it first and let the job wait for its turn. Raises FetchError."""
    runtime.logins.begun[job.id] = runtime.clock.now()
    found = logins.of_site(runtime, snapshot, job.site)
    if found is None or not logins.is_scripted(snapshot, job.site, found) or not _is_due(runtime, snapshot, job, found):
        return True
    if _begin(runtime, job.site):
        try:
            _make_for(runtime, snapshot, job, found)
        finally:
            _end(runtime, job.site)
    _again(runtime, job, job.site)
    return False


def _is_due(runtime: Runtime, snapshot: Snapshot, job: Job, found: SiteLogin) -> bool:
    if job.site in runtime.logins.lost:
        return True
    cookies = logins.cookies_of(runtime, snapshot, job.site, found)
    return bool(login.is_due(found.login, logins.state_of(runtime, job.site), cookies, runtime.clock.now()))


def _begin(runtime: Runtime, site: str) -> bool:
    """Take a site's login in hand, so that none of its jobs is handed out meanwhile; False where it is in hand, or paused."""
    with runtime.logins.lock:
        if site in runtime.logins.running or runtime.logins.of(site).out:
            return False
        runtime.logins.running.add(site)
    held.refresh(runtime)
    return True


def _end(runtime: Runtime, site: str) -> None:
    with runtime.logins.lock:
        runtime.logins.running.discard(site)
    held.refresh(runtime)


def _make_for(runtime: Runtime, snapshot: Snapshot, job: Job, found: SiteLogin) -> None:
    try:
        login_steps.make(runtime, snapshot, job.site, found)
    except NotNowError:
        return  # the pace comes first; the job is looked at again when its lane is free
    except ItemError as error:
        if isinstance(error, FetchError):
            raise
        logins.pause(runtime, snapshot, job.site, f"the login did not work: {error.title}", error.advice)


def _again(runtime: Runtime, job: Job, site: str) -> None:
    """Let a job wait for its turn anew, or for a person where its site is paused."""
    kept = runtime.logins.of(site)
    with runtime.db.write(Named.PUT_OFF) as tx:
        if kept.out:
            kept_logins.ask(tx, job.id, str(FailureKind.LOGIN_PAGE), kept)
        else:
            jobs.rest(tx, job.id, until=tx.now + SOON, cause="", why="its site is logged in to first", advice="")
    if kept.out and not runtime.logins.of(site).out:
        # It went on at this very moment, and what waited was woken before this one waited.
        with runtime.db.write(Named.PUT_OFF) as tx:
            kept_logins.wake(tx, site)


def forget(runtime: Runtime, job: Job) -> None:
    """Note that a job does not run any more."""
    runtime.logins.begun.pop(job.id, None)


def shut_out(runtime: Runtime, snapshot: Snapshot, job: Job, failure: Failure) -> bool:
    """Handle an answer that says that nobody is logged in; False where the site has no login, so that the judge decides.

    The job goes back into the queue with all its tries. A login of syncer's own is made once more, if it held for a while;
    otherwise the site is paused, with everything of it as it is.
    """
    site = _guarded(runtime, snapshot, job) if failure.kind in logins.KINDS else ""
    if not site:
        return False
    kept, began = runtime.logins.of(site), runtime.logins.begun.get(job.id, 0.0)
    with runtime.logins.lock:
        stale = site in runtime.logins.running or site in runtime.logins.lost or began < kept.at
    if not (stale or kept.out):
        found = logins.of_site(runtime, snapshot, site)
        if logins.is_scripted(snapshot, site, found) and runtime.clock.now() - kept.at >= logins.AGAIN:
            runtime.logins.lost.add(site)
            runtime.tell(Event("notice", site, f"logged out: {failure.detail or 'it says so'}; logging in anew"))
        else:
            logins.pause(runtime, snapshot, site, *_reason(found is not None, kept, failure))
    _again(runtime, job, site)
    return True


def _guarded(runtime: Runtime, snapshot: Snapshot, job: Job) -> str:
    """Return the site whose login or key a job needs: its own, or that of the post whose file it fetches; "" = neither has one."""
    sites = [job.site]
    if job.post is not None:
        with runtime.db.read() as tx:
            stored = posts.get(tx, job.post)
        sites += [stored.post.site] if stored is not None else []
    return next((site for site in sites if site and logins.is_guarded(runtime, snapshot, site)), "")


def _reason(has_login: bool, kept: Kept, failure: Failure) -> tuple[str, str]:
    if not has_login:
        return failure.detail or "the site refuses the key", _KEYS
    what = f"nobody is logged in ({failure.detail})" if failure.detail else "nobody is logged in"
    if kept.at:
        return f"{what}, though the login seemed to work", "Try it with `syncer login SITE`, or look at the site's file"
    return what, ""
