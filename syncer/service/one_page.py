"""One page, fetched at once for a person who waits: redirects followed, every pace kept, nothing stored or queued.

Here, because previews, drafts of site files and trials of parsers look at a page in the same way. Verbs that talk to the net use it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from syncer.errors import ItemError
from syncer.fetch import redirect, text
from syncer.fetch.client import Answer, Request
from syncer.fetch.contexts import contexts, pages
from syncer.fetch.failure import FetchError
from syncer.fetch.judge import judge
from syncer.model import Recognised, UrlKind
from syncer.service import failures, headers, identity
from syncer.service.runtime import Runtime

PATIENCE = 120.0
"""Seconds that a look waits for its site's pace."""
GATES = {UrlKind.GALLERY: "download", UrlKind.WATCHABLE: "follow"}
"""Among whose listing pages a page is, by its kind."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as text, and the URL that it came from in the end."""

    url: str
    text: str


def fetch(runtime: Runtime, url: str, recognised: Recognised | None = None) -> Fetched:
    """Fetch a page with the headers of its class, if it has one. Raises ItemError with cause and cure."""
    hops: list[str] = []
    try:
        while True:
            answer = _ask(runtime, recognised, url, _booked(recognised, url, first=not hops))
            if answer.location is None:
                return Fetched(url, text.decode(answer.body, answer.content_type))
            hops.append(url)
            redirect.check_hops(hops, answer.location, cookie_set=answer.cookie_set)
            url = answer.location
    except FetchError as error:
        lane = identity.lane(url)
        row = failures.count(runtime, lane, error.failure.kind)
        judged = judge(error.failure, 1, runtime.clock.now(), row=row)
        failures.pause(runtime, lane, judged)
        raise ItemError(f"{url}: {judged.why}", judged.advice) from error


def _booked(recognised: Recognised | None, url: str, *, first: bool) -> tuple[str, ...]:
    """Return the contexts of a request; a page of a listing keeps its distance to others, where redirects lead is no further one."""
    lane = f"http://{identity.lane(url)}/"
    gate = GATES.get(recognised.kind) if recognised is not None and first else None
    return contexts(lane, (pages(gate, lane),) if gate else ())


def _ask(runtime: Runtime, recognised: Recognised | None, url: str, booked: tuple[str, ...]) -> Answer:
    """Make one request when every context admits it."""
    until = runtime.clock.monotonic() + PATIENCE
    condition = threading.Condition()
    while (wait := runtime.ledger.start(booked)) is not None:
        if runtime.clock.monotonic() + wait.seconds > until:
            raise ItemError(
                f"the page cannot be asked for now: {wait.why}", "Try again later; `syncer status` shows when"
            )
        with condition:
            runtime.clock.wait(condition, wait.seconds)
    if recognised is None:
        request = Request(url)
    else:
        referrer = runtime.snapshot.library.referrer(recognised, None)
        request = Request(url, headers.of_page(runtime.snapshot, recognised, url), referrer)
    return runtime.client.page(request, lambda number: runtime.ledger.bytes(booked, number))
