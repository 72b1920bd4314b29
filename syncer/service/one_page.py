"""Single requests for a person who waits, or for a login: every pace kept, nothing stored or queued; a page with its redirects.

Here, because previews, drafts of site files, trials of parsers and logins ask in the same way. Verbs that talk to the net use it.
"""

from __future__ import annotations

import threading

from syncer.errors import ItemError
from syncer.fetch import redirect, secret, text
from syncer.fetch.client import Answer, Request
from syncer.fetch.contexts import contexts, pages
from syncer.fetch.failure import FailureKind, FetchError
from syncer.fetch.judge import judge
from syncer.frozen import frozen
from syncer.model import Recognised
from syncer.service import failures, headers, identity, logins
from syncer.service.bandwidth_of import GATES
from syncer.service.runtime import Runtime

PATIENCE = 120.0
"""Seconds that a look waits for its site's pace."""


class NotNowError(ItemError):
    """The pace of the site admits no request for longer than anybody waits."""

    def __init__(self, title: str, advice: str, seconds: float) -> None:
        super().__init__(title, advice)
        self.seconds = seconds


@frozen
class Fetched:
    """A page as text, and the URL that it came from in the end."""

    url: str
    text: str


def fetch(runtime: Runtime, url: str, recognised: Recognised | None = None) -> Fetched:
    """Fetch a page with the headers of its class, if it has one. Raises ItemError with cause and cure."""
    hops: list[str] = []
    try:
        while True:
            booked = _booked(recognised, url, first=not hops)
            request = _request(runtime, recognised, url)
            answer = ask(runtime, request, booked)
            if answer.location is None:
                page = secret.scrubbed(text.decode(answer.body, answer.content_type), request.keys)
                if recognised is not None:
                    logins.check_page(runtime, runtime.snapshot, recognised.site, page, url)
                return Fetched(url, page)
            if recognised is not None:
                logins.check_redirect(runtime, runtime.snapshot, recognised.site, answer.location)
            hops.append(url)
            redirect.check_hops(hops, answer.location, cookie_set=answer.cookie_set)
            url = answer.location
    except FetchError as error:
        lane = identity.lane(url)
        row = failures.count(runtime, lane, error.failure.kind)
        judged = judge(error.failure, 1, runtime.clock.now(), row=row)
        failures.pause(runtime, lane, judged)
        raise ItemError(f"{url}: {logins.hide(runtime, url, judged.why)}", judged.advice) from error


def _request(runtime: Runtime, recognised: Recognised | None, url: str) -> Request:
    return Request(url) if recognised is None else headers.for_page(runtime, runtime.snapshot, recognised, url)


def _booked(recognised: Recognised | None, url: str, *, first: bool) -> tuple[str, ...]:
    """Return the contexts of a request; a page of a listing keeps its distance to others, where redirects lead is no further one."""
    lane = f"http://{identity.lane(url)}/"
    gate = GATES.get(recognised.kind) if recognised is not None and first else None
    return contexts(lane, (pages(gate, lane),) if gate else ())


def ask(runtime: Runtime, request: Request, booked: tuple[str, ...] = ()) -> Answer:
    """Make one request when every context admits it. Raises NotNowError, FetchError."""
    booked = booked or contexts(f"http://{identity.lane(request.url)}/")
    try:
        return _once(runtime, request, booked)
    except FetchError as error:
        if error.failure.kind is not FailureKind.HUNG_UP:
            raise
    return _once(runtime, request, booked)  # over a new connection


def _once(runtime: Runtime, request: Request, booked: tuple[str, ...]) -> Answer:
    wait(runtime, booked)
    return runtime.client.page(request, lambda number: runtime.ledger.bytes(booked, number))


def wait(runtime: Runtime, booked: tuple[str, ...]) -> None:
    """Wait until every context admits a request, and book it. Raises NotNowError."""
    until = runtime.clock.monotonic() + PATIENCE
    condition = threading.Condition()
    while (left := runtime.ledger.start(booked)) is not None:
        if runtime.clock.monotonic() + left.seconds > until:
            why = f"the page cannot be asked for now: {left.why}"
            raise NotNowError(why, "Try again later; `syncer status` shows when", left.seconds)
        with condition:
            runtime.clock.wait(condition, left.seconds)
