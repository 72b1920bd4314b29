"""Fetching and reading one page: what listing and post jobs have in common.

Here, because redirects, a file in place of a page, and the text's charset are handled alike for both.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from syncer.errors import ItemError
from syncer.fetch import redirect, secret, strange, text
from syncer.fetch.client import Answer
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.frozen import frozen
from syncer.model import MediaFile, Page, Recognised
from syncer.service import faulty_pages, handed, headers, identity, logins, mended
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites.effort import GarbledError, HostileError
from syncer.store import follow_log, jobs, site_log, walks
from syncer.store.database import Named
from syncer.store.jobs import Job

MEDIA = ("image/", "video/", "audio/")


@frozen
class Read:
    """A page that was fetched and parsed."""

    recognised: Recognised
    page: Page
    url: str
    """The URL that was fetched in the end."""
    text: str
    """The page itself, for whoever must repair its site file."""
    answer: Answer
    met: frozenset[str] = frozenset()
    """Keys of posts that the page's query has met before: of those nothing but the id was read."""


class _Met:
    """What the query of a page has met before, looked up once."""

    def __init__(self, runtime: Runtime, job: Job) -> None:
        self._runtime, self._job = runtime, job
        self.keys: frozenset[str] = frozenset()

    def __call__(self, site: str, ids: Sequence[str]) -> frozenset[str]:
        if self._job.walk is None:
            return frozenset()
        named = {identity.named_key(site, post_id): post_id for post_id in ids}
        with self._runtime.db.read() as tx:
            follow = walks.checked_follow(tx, self._job.walk)
            self.keys = follow_log.met(tx, follow, named) if follow else frozenset()
        return frozenset(named[key] for key in self.keys)


def read(runtime: Runtime, snapshot: Snapshot, job: Job) -> Read | None:
    """Fetch and parse a job's page; None when the job goes on elsewhere: a redirect, a file in place of a page, a broken site file.

    Raises FetchError, or ItemError where the page cannot be read.
    """
    if mended.waits(runtime, snapshot, job):
        return None
    recognised = _recognised(snapshot, job)
    url = job.hop or recognised.fetch_url
    request = headers.for_page(runtime, snapshot, recognised, url, job.referrer or None)
    again = job.kind == "listing" and job.source.startswith("follow:")
    answer = runtime.client.page(request, meter(runtime, job), again=again)
    if answer.location is not None:
        follow_redirect(runtime, snapshot, job, url, answer)
        return None
    if job.kind == "post" and answer.content_type.startswith(MEDIA):
        with runtime.db.write(Named.PUT_OFF) as tx:
            jobs.become(tx, job.id, "file", MediaFile(url))
        return None
    source, met = secret.scrubbed(text.decode(answer.body, answer.content_type), request.keys), _Met(runtime, job)
    logins.check_page(runtime, snapshot, recognised.site, source, url)
    try:
        landed = _landed(snapshot, recognised, job, url)
        page = snapshot.library.parse(landed, source, url, int(runtime.clock.now()), met)
    except ItemError as error:
        runtime.client.drop_page(answer)
        shown = logins.hide(runtime, url, source)
        kept = faulty_pages.keep(snapshot.config.folders.state, recognised.site, url, shown)
        if not isinstance(error, HostileError) and (came := strange.instead(source, url, FailureKind.HTML_FOR_JSON)):
            raise FetchError(came) from error
        log_fault(runtime, job, recognised.site, error.title, look_again(snapshot, recognised.site, url))
        if isinstance(error, GarbledError):
            raise FetchError(_garbled(source, error.title, answer, kept)) from error
        raise _with_page(error, kept) from error
    if not (page.posts or page.next or page.galleries or page.veto) and (gate := strange.gate(source, url)):
        # A session that ran out must not look like a search without results.
        runtime.client.drop_page(answer)
        raise FetchError(gate)
    runtime.streaks.worked(job.lane)
    return Read(recognised, _without_secrets(runtime, page, url), url, source, answer, met.keys)


def _without_secrets(runtime: Runtime, page: Page, url: str) -> Page:
    """Return a page whose refusal repeats none of what it was asked with: "the key 1234 is not known"."""
    return replace(page, veto=logins.hide(runtime, url, page.veto)) if page.veto else page


def _garbled(source: str, why: str, answer: Answer, kept: Path | None) -> Failure:
    """Return the failure of a page that is not what its parser reads: most often the next one is."""
    if not source.strip():
        return Failure(FailureKind.EMPTY, f"status {answer.status}", answer.status, url=answer.url)
    words = why if kept is None else f"{why}; it is kept as {kept}"
    return Failure(FailureKind.WRONG_ANSWER, words, answer.status, url=answer.url)


def log_fault(runtime: Runtime, job: Job, site: str, why: str, advice: str) -> None:
    """Note at the site that its file made no sense of a page."""
    if site and job.kind != "file":
        with runtime.db.write(Named.PUT_OFF) as tx:
            site_log.failed(tx, site, handed.shown(job.url), why, advice)


def look_again(snapshot: Snapshot, site: str, url: str) -> str:
    """Return the advice to look at a page that was kept."""
    kept = shlex.quote(str(faulty_pages.place(snapshot.config.folders.state, site, url)))
    return f"`syncer sites parse {kept} --url {shlex.quote(url)}` shows what the site file sees there"


def _with_page(error: ItemError, kept: Path | None) -> ItemError:
    """Say with an error where the page lies that it is about."""
    return error if kept is None else type(error)(error.title, f"{error.advice} The page is kept as {kept}".strip())


def _recognised(snapshot: Snapshot, job: Job) -> Recognised:
    found = snapshot.library.recognise(job.url)
    if found is None or found.parser is None:
        raise ItemError(
            f"no site file can read {job.url} any more", "Put the site file back, or look at `syncer config check`"
        )
    return found


def _landed(snapshot: Snapshot, recognised: Recognised, job: Job, url: str) -> Recognised:
    """Return the class of the page that redirects led to, where a parser reads it; else that of the job."""
    if not job.hop:
        return recognised
    found = snapshot.library.recognise(url)
    return found if found is not None and found.parser is not None and found.kind == recognised.kind else recognised


def follow_redirect(runtime: Runtime, snapshot: Snapshot, job: Job, url: str, answer: Answer) -> None:
    """Let the job's next request go where the answer points. Raises FetchError where that goes round in circles, or to a login."""
    assert answer.location is not None
    logins.check_redirect(runtime, snapshot, job.site, answer.location)
    redirect.check_hops((*job.hops, url), answer.location, cookie_set=answer.cookie_set)
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.redirect(tx, job, source=url, target=answer.location, lane=identity.lane(answer.location))


class meter:  # noqa: N801 it is used as a function
    """Books a transfer's bytes with the pace of its lane."""

    __slots__ = ("_contexts", "_ledger")

    def __init__(self, runtime: Runtime, job: Job) -> None:
        self._ledger = runtime.ledger
        self._contexts = runtime.dispatch.contexts_of(job)

    def __call__(self, number: int) -> None:
        """Book `number` bytes."""
        self._ledger.bytes(self._contexts, number)
