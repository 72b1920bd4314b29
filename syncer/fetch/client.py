"""The client: one request a call, never a redirect followed, and every fault told as a `Failure`.

A requests session holds adapters, headers and cookies; the request itself goes to urllib3 under the session's adapter,
because requests' own way costs twice its CPU (0.45 against 0.22 ms a file). The jobs of `service` call it, many at once.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

import requests
import requests.adapters
import urllib3
import urllib3.response
import urllib3.util

from syncer.clock import Clock
from syncer.config import web
from syncer.config.settings import Network
from syncer.fetch import body, pages, redirect, secret, statuses
from syncer.fetch.connection import KEEP_IDLE, Adapter, Desk
from syncer.fetch.cookies import Jars
from syncer.fetch.failure import Failure, FailureKind, FetchError, fail
from syncer.fetch.files import TO_A_RANGE, WITH_BODY, Download, Keep
from syncer.fetch.guard import guard
from syncer.fetch.pages import PageCache
from syncer.fetch.routes import STRAIGHT, Route, Routes
from syncer.fetch.transfer import SLOW_RATE, SLOW_WINDOW, Pace, Transfer, Transfers
from syncer.fetch.translate import ERRORS, translate

Response = urllib3.response.BaseHTTPResponse
OnBytes = Callable[[int], None]
"""Is told, while a body comes in, how many bytes came over the line since it was told last."""

ONLINE: Final = 60.0
"""For so many seconds after a public host was reached, an unreachable one is not taken for a net that is away."""

_LOOK: Final = 64 * 1024
"""So much of a body that nobody wants is read, so that the connection can be used again."""
_OURS: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "range", "if-range"}
)
"""Headers that a site file cannot set."""
_SPELLING: Final = {"user-agent": "User-Agent", "accept": "Accept", "referer": "Referer", "cookie": "Cookie"}
_OUR_END: Final = frozenset({FailureKind.ABORTED, FailureKind.TIMEOUT})
_NOT_ASKED: Final = "status 304, which nobody asked for"
_ALL: Final = 2**62
_FAMILIES: Final = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}


def _nobody(number: int) -> None:
    del number


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    referrer: str | None = None
    form: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    """Fields of a form to be posted; None = GET."""
    keys: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Parameters that are secrets: sent, and in no URL that is told."""
    site: str = ""
    """Whose way it goes, where the config names a proxy for one site; "" = as all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: a 2xx with its body, a redirect with its target, or 304."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case; several of one name joined by ", ". Cookies are left out."""
    location: str | None = None
    """Absolute target of a redirect, without fragment."""
    body: bytes = b""
    """Of a page, unpacked; a file's bytes are on disk."""
    size: int = 0
    sha256: str = ""
    md5: str = ""
    length_known: bool = False
    """The server said where the body ends; else nothing tells whether a file is whole but its inside."""
    cookie_set: bool = False
    resumed: bool = False
    """A part of the file came in an earlier try."""
    unchanged: bool = False
    """The page is the one that was kept from an earlier time."""
    name: str = ""
    """Under which it is kept; "" = it is none that is looked at again."""

    @property
    def content_type(self) -> str:
        """Return the Content-Type header as it came."""
        return self.headers.get("content-type", "")


class Client:
    """Speaks HTTP for everybody; safe to use from many threads."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        *,
        slow_window: float = SLOW_WINDOW,
        slow_rate: float = SLOW_RATE,
        ca_file: Path | None = None,
        per_host: int = 3,
        jars: Jars | None = None,
        page_cache: PageCache | None = None,
        transfers: Transfers | None = None,
    ) -> None:
        """Open nothing yet; `per_host` idle connections are kept to a host, as many as may run at once.

        Raises ValueError for an entry of `allow` or `only` that is no host.
        """
        self._network = network
        self._clock = clock
        self._guard = guard(network.allow, network.only)
        self._page_pace = Pace(network.page_deadline, slow_window, slow_rate)
        self._file_pace = Pace(network.deadline, slow_window, slow_rate)
        self._timeout = urllib3.Timeout(connect=network.connect_timeout, read=network.read_timeout)
        self._transfers = Transfers() if transfers is None else transfers
        self._desk = Desk(self._guard, self._transfers, clock, _FAMILIES[network.ip])
        own = network.ca_file or ca_file
        self._adapter = Adapter(self._desk, per_host, None if own is None else str(own))
        default = STRAIGHT if network.proxy is None else (network.proxy, network.proxy_login)
        self.routes = Routes(self._desk, self._adapter, per_host, default)
        self._session = self._new_session()
        self._standard = {str(name): str(value) for name, value in self._session.headers.items()}
        self.jars = Jars(clock) if jars is None else jars
        self._pages = page_cache
        self._online_until = clock.monotonic()

    def renewed(self, network: Network, per_host: int, cache: Path) -> Client:
        """Return a client with other settings for this one's place; what runs here goes on, until `abort` there; `cache`: see `pages`."""
        same = network.page_cache == self._network.page_cache
        kept = self._pages if same else pages.at(cache, network.page_cache)
        every = self._transfers
        return Client(network, self._clock, per_host=per_host, jars=self.jars, page_cache=kept, transfers=every)

    def page(self, request: Request, on_bytes: OnBytes = _nobody, *, again: bool = False) -> Answer:
        """Fetch a page into memory. Raises FetchError.

        `again`: it is one that is looked at again and again. If it was kept by `keep_page`, it is asked for only if it is another
        one by now; else what is kept comes as the answer, with status 200.
        """
        cache = self._pages if again and request.form is None else None
        name = pages.identity(request.url, self._headers(request, ""), request.keys) if cache is not None else ""
        kept = cache.find(name) if cache is not None else None
        more = kept.asking() if kept is not None else ()
        with self._asked(request, self._page_pace, "gzip, deflate", on_bytes, more) as (response, answer):
            if answer.status == 304 and kept is not None:
                headers = {**answer.headers, "content-type": kept.content_type}
                return replace(
                    answer, status=200, headers=headers, body=kept.body, size=len(kept.body), unchanged=True, name=name
                )
            if answer.status == 304 and not _is_conditional(request):
                raise fail(FailureKind.WRONG_ANSWER, _NOT_ASKED, url=request.url)
            if answer.status not in WITH_BODY:
                return answer
            source = body.Source(response, self._network.max_page_size, on_bytes)
            whole = body.to_memory(source)
            return replace(answer, length_known=source.length_known, body=whole, size=len(whole), name=name)

    def keep_page(self, answer: Answer) -> None:
        """Keep a page that was asked for with `again`, once it is certain that it is what it should be."""
        if self._pages is None or not answer.name or answer.unchanged:
            return
        page = pages.worth(answer.status, answer.headers, answer.body)
        if page is not None:
            self._pages.keep(answer.name, page)
        else:
            self._pages.drop(answer.name)

    def drop_page(self, answer: Answer) -> None:
        """Keep nothing of a page that turned out to be something else, so that the next look brings it whole."""
        if self._pages is not None and answer.name:
            self._pages.drop(answer.name)

    def file(self, request: Request, part: Path, on_bytes: OnBytes = _nobody, keep: Keep | None = None) -> Answer:
        """Fetch a file into `part`, in a folder that belongs to syncer alone.

        After a failure it is not there, unless `keep` says who remembers it: then what came before the transfer broke stays,
        and the next call asks only for the rest of an unchanged file. Raises FetchError.
        """
        with (
            Download(part, keep, self._clock, self._transfers.check) as download,
            self._asked(request, self._file_pace, "identity", on_bytes, download.asks) as (response, answer),
        ):
            if answer.status == 304 and not download.asks:
                raise fail(FailureKind.WRONG_ANSWER, _NOT_ASKED, url=request.url)
            if not download.is_for_it(answer.status):
                return answer

            def source(there: int) -> body.Source:
                return body.Source(response, self._network.max_file_size - there, on_bytes)

            got = download.take(answer.status, answer.headers, source)
            return replace(
                answer,
                size=got.size,
                sha256=got.sha256,
                md5=got.md5,
                length_known=got.length_known,
                resumed=got.resumed,
            )

    def close_idle(self, older: float = KEEP_IDLE) -> int:
        """Close connections that nobody used for `older` seconds; returns how many. To be called now and then."""
        return self._desk.close_idle(older)

    def abort(self) -> None:
        """End all that runs, from any thread, and refuse all that comes: everything ends as `aborted`.

        Only a name that is being looked up cannot be interrupted.
        """
        self._transfers.abort()

    def check(self) -> None:
        """Raise FetchError (aborted) once everything is to end; for long work that asks nothing of the net."""
        self._transfers.check()

    def close(self) -> None:
        """Close all connections."""
        self._session.close()
        if self._pages is not None:
            self._pages.close()
        self._desk.close_idle(0)

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.clear()
        session.headers.update({"User-Agent": self._network.user_agent, "Accept": "*/*"})
        session.adapters.clear()
        for scheme in ("https://", "http://"):
            session.mount(scheme, self._adapter)
        return session

    @contextmanager
    def _asked(
        self, request: Request, pace: Pace, encoding: str, on_bytes: OnBytes, more: tuple[tuple[str, str], ...] = ()
    ) -> Iterator[tuple[Response, Answer]]:
        """Send a request and yield its answer with the body unread; `more` are headers that make it conditional or partial.

        Turns every fault into a FetchError.
        """
        self._guard.check_url(request.url)
        route = self.routes.of(request.site)
        if route.is_proxied:
            self._guard.check_behind(request.url)
        transfer = Transfer(pace, self._clock)
        response: Response | None = None
        with self._transfers.run(transfer):
            try:
                response = self._send(route, request, encoding, more)
                if transfer.public:
                    self._online_until = self._clock.monotonic() + ONLINE
                yield response, self._look(request, response, on_bytes, ranged=any(name == "Range" for name, _ in more))
            except ERRORS as error:
                failure = translate(error, transfer, others_reached=self._clock.monotonic() < self._online_until)
                if failure.kind is FailureKind.HUNG_UP and transfer.kept is not None:
                    self._desk.hung_up(transfer.kept)
                raise FetchError(failure) from error
            except FetchError as error:
                if error.failure.kind is FailureKind.PROXY:
                    self.routes.forget(self.routes.way(request.site))
                raise
            finally:
                if response is not None:
                    response.close()  # the connection is back in its pool where the body was read to its end

    def _send(self, route: Route, request: Request, encoding: str, more: tuple[tuple[str, str], ...]) -> Response:
        url = urllib3.util.parse_url(web.plain(request.url))
        asked, whose = route.asks(url)
        return route.pool(url.scheme or "", url.host or "", url.port).urlopen(
            "GET" if request.form is None else "POST",
            secret.with_keys(asked, request.keys),
            body=None if request.form is None else secret.body(request.form),
            headers=self._headers(request, encoding) | dict(more) | whose,
            preload_content=False,
            decode_content=False,
            redirect=False,
            retries=False,
            assert_same_host=False,
            timeout=self._timeout,
        )

    def _headers(self, request: Request, encoding: str) -> dict[str, str]:
        headers = {**self._standard, "Accept-Encoding": encoding}
        if request.referrer and not redirect.is_unsafe_step(request.referrer, request.url):
            headers["Referer"] = quote(request.referrer.partition("#")[0], safe=redirect.KEEP)
        for name, value in request.headers:
            if name.lower() not in _OURS:
                headers[_SPELLING.get(name.lower(), name)] = value
        if cookies := [each for each in (headers.get("Cookie"), self.jars.header(request.url)) if each]:
            headers["Cookie"] = "; ".join(cookies)
        if agent := self.jars.user_agent(request.url):
            headers["User-Agent"] = agent
        if request.form is not None:
            headers |= {**secret.FORM, "Origin": secret.origin(request.url)}
        return headers

    def _look(self, request: Request, response: Response, on_bytes: OnBytes, *, ranged: bool) -> Answer:
        """Judge status and headers. Raises FetchError for what is neither content nor a redirect."""
        headers = {name.lower(): value for name, value in response.headers.itermerged()}
        status = response.status if ranged else statuses.meant(response.status, headers)
        cookie_set = headers.pop("set-cookie", None) is not None
        if cookie_set:
            self.jars.take(request.url, response.headers.getlist("set-cookie"))
        partial = ranged and (status in TO_A_RANGE or (status in WITH_BODY and statuses.is_part(headers)))
        head = b"" if status in WITH_BODY or (partial and status == 206) else self._unwanted(response, on_bytes)
        if partial:
            return Answer(request.url, status, headers, cookie_set=cookie_set)
        failure = statuses.judge_status(status, headers, head, self._clock.now())
        if failure is None and status not in WITH_BODY | statuses.REDIRECTS | {304}:
            failure = Failure(FailureKind.UNEXPECTED_STATUS, f"status {status}", status)
        if failure is not None:
            raise FetchError(replace(failure, url=request.url))
        given = secret.scrubbed(headers.get("location", ""), request.keys)
        location = redirect.target(request.url, given) if status in statuses.REDIRECTS else None
        location = secret.without_keys(location, request.keys)
        return Answer(request.url, status, headers, location, cookie_set=cookie_set)

    def _unwanted(self, response: Response, on_bytes: OnBytes) -> bytes:
        """Return the beginning of a body that is no content; a broken one does not matter."""
        try:
            return body.beginning(body.Source(response, _ALL, on_bytes), _LOOK)
        except FetchError as error:
            if error.failure.kind in _OUR_END:
                raise
        except ERRORS:
            pass
        return b""


def _is_conditional(request: Request) -> bool:
    return any(name.lower() in ("if-none-match", "if-modified-since") for name, _ in request.headers)
