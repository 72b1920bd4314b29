"""A login, made: step after step by the rules of the site file, at the site's pace, one time.

Here, because a login is requests, cookies and secrets together. Nothing that is told of it shows a secret. The login job calls it
for the queue, the verbs of `login` for a person who watches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from syncer.errors import ItemError
from syncer.fetch import login, redirect, text
from syncer.fetch.client import Answer, Request
from syncer.fetch.cookie import Cookie
from syncer.fetch.failure import FailureKind, FetchError
from syncer.fetch.judge import Outcome, judge
from syncer.fetch.login import LoginError, Post
from syncer.frozen import frozen
from syncer.model import LoginStep
from syncer.service import cookie_job, failures, identity, logins, one_page
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites.logins import SiteLogin

WRONG = "Name or password may be wrong, or the site has changed; `syncer login SITE` shows each step"
_SAYS_NO = frozenset({FailureKind.UNAUTHORISED, FailureKind.LOGIN_PAGE})


@frozen
class Done:
    """One request of a login, as it may be told."""

    step: int
    name: str
    method: str
    url: str
    """Without its parameters."""
    status: int
    words: str


Tell = Callable[[Done], None]


def _nobody(done: Done) -> None:
    del done


def make(runtime: Runtime, snapshot: Snapshot, site: str, found: SiteLogin, tell: Tell = _nobody) -> None:
    """Log in to a site; `tell` gets each request that was made.

    Raises LoginError and other ItemErrors where it does not work, FetchError where the site cannot be reached now.
    """
    sources = logins.settings_of(snapshot, site).credentials
    wanted = {name for name, _ in found.login.credentials}
    secrets = runtime.vault.read_all({name: source for name, source in sources.items() if name in wanted})
    login.check_credentials(found.login, secrets)
    making = _Making(runtime, snapshot, site, found, tell, secrets)
    for number, step in enumerate(found.login.steps, start=1):
        making.step(number, step)
    making.prove()
    kept = runtime.logins.of(site)
    logins.note(runtime, replace(kept, name=found.login.name, at=runtime.clock.now()))
    runtime.logins.lost.discard(site)
    for step in found.login.steps:
        runtime.client.jars.keep(step.url)
    cookie_job.save(runtime)


@dataclass(slots=True)
class _Making:
    """One login on its way."""

    runtime: Runtime
    snapshot: Snapshot
    site: str
    found: SiteLogin
    tell: Tell
    secrets: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    hidden: tuple[tuple[str, str], ...] = ()
    url: str = ""
    """Of the last page."""
    page: str = ""

    def step(self, number: int, step: LoginStep) -> None:
        """Do one step with all its redirects."""
        try:
            self._send(number, step, login.ask(step, self.values | self.secrets, self.hidden))
            try:
                answered = self.found.readers[number - 1](self.page, self.url)
            except ItemError as error:
                raise LoginError(error.title, login.CHANGED) from error
            login.after(step, answered.values, self._cookies())
        except LoginError as error:
            raise LoginError(f"step {number}{_named(step)}: {error.title}", error.advice) from error
        self.values |= answered.values
        self.hidden = answered.fields

    def prove(self) -> None:
        """Raise LoginError where nothing came of it."""
        missing = login.lacks(self.found.login.cookies, self._cookies())
        if missing:
            raise LoginError(f"after the last step there is no cookie {missing}", WRONG)
        if self.found.logged_out.shows(self.page, self.url):
            raise LoginError("after the last step the site still shows the page for those who are not logged in", WRONG)

    def _cookies(self) -> list[Cookie]:
        return logins.cookies_of(self.runtime, self.snapshot, self.site, self.found)

    def _send(self, number: int, step: LoginStep, post: Post) -> None:
        hops: list[str] = []
        while True:
            answer = self._ask(post)
            self.tell(Done(number, step.name, post.method, post.shown, answer.status, _words(answer)))
            self.url = post.url
            if answer.location is None:
                self.page = text.decode(answer.body, answer.content_type)
                return
            hops.append(post.url)
            try:
                redirect.check_hops(hops, answer.location, cookie_set=answer.cookie_set)
            except FetchError as error:
                raise LoginError("the site redirects in circles", login.CHANGED) from error
            post = login.next_hop(post, answer.status, answer.location)

    def _ask(self, post: Post) -> Answer:
        request = Request(
            post.url,
            referrer=login.shown(self.url) or None,
            form=post.form if post.method == "POST" else None,
            site=self.site,
        )
        try:
            return one_page.ask(self.runtime, request)
        except FetchError as error:
            judged = judge(error.failure, 1, self.runtime.clock.now())
            if error.failure.kind not in _SAYS_NO and judged.outcome in (Outcome.RETRY, Outcome.WAIT):
                failures.pause(self.runtime, identity.lane(post.url), judged)
                raise
            raise LoginError(f"{post.shown}: {judged.why}", judged.advice) from error


def _named(step: LoginStep) -> str:
    return f" ({step.name})" if step.name else ""


def _words(answer: Answer) -> str:
    if answer.location is not None:
        return f"on to {login.shown(answer.location)}"
    return "a cookie came" if answer.cookie_set else "read"
