"""The client on the bare wire: cutting what runs, silence in every phase, TLS, names that lead into the house.

What only raw sockets can do; the local site shows the rest.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.clock import SystemClock, VirtualClock
from syncer.config.settings import Network
from syncer.fetch import connection as connection_module
from syncer.fetch import unreachable
from syncer.fetch.client import Client, Request
from syncer.fetch.cookie import Cookie
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.judge import Outcome, judge

NETWORK = Network(
    allow=("127.0.0.1",),
    connect_timeout=0.4,
    read_timeout=0.4,
    page_deadline=5.0,
    deadline=5.0,
    max_page_size=1_000_000,
)
PATIENT = replace(NETWORK, connect_timeout=30.0, read_timeout=30.0, page_deadline=60.0, deadline=60.0)
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZkTKbJd8mYCD2AhW
SFXETWXDny7iLKRCngKzTcrahlShRANCAATampkUNt0Xnw6a3Z9dlu9Y8UBW0VYq
Y+9I/psQkoCs2pr5dA6QO74+exhEsPOTUsvqWVtgZu4xIUEz3cP09Is0
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUMmszxvZfLBQsqOLxJ9xvLNHpae0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTA0MjU1N1oYDzIxMjYxMTAx
MDQyNTU3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATampkUNt0Xnw6a3Z9dlu9Y8UBW0VYqY+9I/psQkoCs2pr5dA6QO74+
exhEsPOTUsvqWVtgZu4xIUEz3cP09Is0o28wbTAdBgNVHQ4EFgQU9LLwHSgXVD9P
FHHU2cTIycd3ltUwHwYDVR0jBBgwFoAU9LLwHSgXVD9PFHHU2cTIycd3ltUwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAPKViJF7B+m1yVaaqBHMyGD1UYQpV9Hkwe0rX1BRCCL6AiEA
nanRnGaTpE/2j/YoIv8ojm6TI5C8faERvl3l9vKqfSg=
-----END CERTIFICATE-----
"""
"""A certificate for localhost that signs itself, good for a hundred years, and its key: for tests alone, it guards nothing."""

Serve = Callable[[socket.socket], None]


class Wire:
    """A server of one behaviour; every connection in a thread of its own, all ended with it."""

    def __init__(self, serve: Serve, backlog: int = 16) -> None:
        self.calls = 0
        self.over = threading.Event()
        self._serve = serve
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._run, args=(connection,)))
            self._threads[-1].start()

    def _run(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self._serve(connection)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *args: object) -> None:
        self.over.set()
        for each in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def read_request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got and (piece := connection.recv(65_536)):
        got += piece
    return got


def says(answer: bytes, then: Serve | None = None) -> Serve:
    """Answer every request of a connection with these bytes."""

    def serve(connection: socket.socket) -> None:
        while read_request(connection):
            connection.sendall(answer)
            if then is not None:
                then(connection)

    return serve


def drip(piece: bytes, pause: float = 0.01) -> Serve:
    """Go on with a piece and a pause until the other side has enough."""

    def serve(connection: socket.socket) -> None:
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return serve


def hush(connection: socket.socket) -> None:
    """Say nothing until the other side closes."""
    while connection.recv(65_536):
        pass


def failure_of(client: Client, url: str) -> Failure:
    with pytest.raises(FetchError) as caught:
        client.page(Request(url))
    return caught.value.failure


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(NETWORK, SystemClock(), slow_window=0.1)
    yield made
    made.close()


def test_two_requests_on_one_connection(client: Client) -> None:
    with Wire(says(HELLO)) as wire:
        assert [client.page(Request(wire.url)).body for _ in range(3)] == [b"hello"] * 3
        assert wire.calls == 1


def test_answers_that_announce_another_are_passed_over(client: Client) -> None:
    with Wire(says(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 2 + HELLO)) as wire:
        assert [client.page(Request(wire.url)).body for _ in range(3)] == [b"hello"] * 3
    endless = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20
    with Wire(says(endless)) as wire:
        assert failure_of(client, wire.url).kind is FailureKind.BAD_ANSWER


def test_a_file_that_was_not_asked_for_with_conditions_has_no_304(client: Client, tmp_path: Path) -> None:
    with Wire(says(b"HTTP/1.1 304 Not Modified\r\n\r\n")) as wire, pytest.raises(FetchError) as caught:
        client.file(Request(wire.url), tmp_path / "1.part")
    assert caught.value.failure.kind is FailureKind.WRONG_ANSWER


def test_a_206_with_all_of_it_is_taken_though_nobody_asked_for_a_part(client: Client, tmp_path: Path) -> None:
    part = tmp_path / "1.part"
    whole = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhello"
    with Wire(says(whole)) as wire:
        assert client.page(Request(wire.url)).body == b"hello"
        answer = client.file(Request(wire.url), part)
    assert (answer.status, answer.size, answer.length_known, part.read_bytes()) == (200, 5, True, b"hello")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("206 Partial Content\r\nContent-Range: bytes 0-4/9", "wrong_answer"),
        ("206 Partial Content\r\nContent-Range: bytes 0-4/*", "wrong_answer"),
        ("206 Partial Content\r\nContent-Range: bytes 4-8/9", "wrong_answer"),
        ("206 Partial Content", "wrong_answer"),
        ("206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x", "wrong_answer"),
        ("200 OK\r\nContent-Range: bytes 4-8/9", "wrong_answer"),
        ("302 Found", "wrong_answer"),
        ("302 Found\r\nLocation: ", "wrong_answer"),
        ("202 Accepted", "not_yet"),
    ],
)
def test_an_answer_that_does_not_fit_is_tried_again_and_nothing_of_it_is_kept(
    client: Client, tmp_path: Path, said: str, kind: str
) -> None:
    part = tmp_path / "1.part"
    with Wire(says(f"HTTP/1.1 {said}\r\nContent-Length: 5\r\n\r\nhello".encode())) as wire:
        assert failure_of(client, wire.url).kind == kind
        with pytest.raises(FetchError) as caught:
            client.file(Request(wire.url), part)
    assert caught.value.failure.kind == kind
    assert judge(caught.value.failure, 1, 0.0).outcome is Outcome.RETRY
    assert not part.exists()


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content"])
def test_an_answer_without_a_body_is_an_empty_file(client: Client, status: str) -> None:
    with Wire(says(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())) as wire:
        assert failure_of(client, wire.url).kind is FailureKind.EMPTY


@pytest.mark.parametrize("said", ["none", "UTF-8", "aws-chunked", "binary, identity", "identity, gzip"])
def test_words_that_are_no_packing_do_not_matter(client: Client, said: str) -> None:
    sent = gzip.compress(b"hello") if "gzip" in said else b"hello"
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {said}\r\nContent-Length: {len(sent)}\r\n\r\n"
    with Wire(says(head.encode() + sent)) as wire:
        assert client.page(Request(wire.url)).body == b"hello"


def test_an_unread_answer_is_never_taken_for_the_next(client: Client) -> None:
    too_much = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1000
    with Wire(says(too_much)) as wire:
        for _ in range(2):
            assert failure_of(client, wire.url).kind is FailureKind.TOO_LARGE
        assert wire.calls == 2


def test_bytes_behind_the_end_are_never_taken_for_the_next_answer(client: Client) -> None:
    with Wire(says(HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")) as wire:
        assert [client.page(Request(wire.url)).body for _ in range(3)] == [b"hello"] * 3


@pytest.mark.parametrize(
    ("beginning", "piece", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", "drip"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "drip"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "drip"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 9000\r\n\r\n", b"x", "not_found"),
    ],
)
def test_slowness_in_every_phase(beginning: bytes, piece: bytes, kind: str) -> None:
    client = Client(NETWORK, SystemClock(), slow_window=0.1, slow_rate=50_000)
    with Wire(says(beginning, drip(piece))) as wire:
        begun = time.monotonic()
        assert failure_of(client, wire.url).kind == kind
        assert time.monotonic() - begun < 0.5
    client.close()


def test_the_deadline_holds_whatever_the_rate() -> None:
    client = Client(replace(NETWORK, page_deadline=0.1), SystemClock())
    with Wire(says(b"HTTP/1.1 200 OK\r\n\r\n", drip(b"x" * 1000))) as wire:
        failure = failure_of(client, wire.url)
    assert (failure.kind, failure.detail) == ("timeout", "not done after 0.1 s")
    client.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nhello", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "bad_answer"),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello", "wrong_answer"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "wrong_answer"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "empty"),
        (b"HTTP/1.1 300 Choices\r\nContent-Length: 0\r\n\r\n", "unexpected_status"),
        (b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n", "unexpected_status"),
        (b"HTTP/2 200\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "wrong_length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nConnection: close\r\n\r\n", ""),
    ],
)
def test_odd_answers(client: Client, answer: bytes, kind: str) -> None:
    def once(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    with Wire(once) as wire:
        try:
            client.page(Request(wire.url))
            found = ""
        except FetchError as error:
            found = str(error.failure.kind)
        assert found == kind


def cut_while(client: Client, url: str, ready: Callable[[], bool]) -> float:
    """Abort a running request once `ready`; returns how long it took to end."""
    ended: list[tuple[float, FailureKind]] = []

    def run() -> None:
        try:
            client.page(Request(url))
        except FetchError as error:
            ended.append((time.monotonic(), error.failure.kind))

    thread = threading.Thread(target=run)
    thread.start()
    limit = time.monotonic() + 2
    while not ready() and time.monotonic() < limit:
        time.sleep(0.002)
    assert ready(), "the request did not get so far"
    begun = time.monotonic()
    client.abort()
    thread.join(5)
    assert [kind for _, kind in ended] == ["aborted"]
    return ended[0][0] - begun


STAGES = {
    "before the headers": hush,
    "in the headers": says(b"HTTP/1.1 200 OK\r\nX-Half: ", hush),
    "in the body": says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", hush),
    "in a body that ends with the connection": says(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx", hush),
    "in a drip": says(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", drip(b"x")),
}


@pytest.mark.parametrize("stage", STAGES)
def test_abort_ends_it_at_once(stage: str) -> None:
    client = Client(PATIENT, SystemClock())
    asked = threading.Event()

    def serve(connection: socket.socket) -> None:
        asked.set()
        STAGES[stage](connection)

    with Wire(serve) as wire:
        assert cut_while(client, wire.url, asked.is_set) < 0.3
        assert failure_of(client, wire.url).kind is FailureKind.ABORTED, "and nothing starts any more"
    client.close()


def test_what_runs_under_the_settings_before_goes_on_and_ends_with_those_after(tmp_path: Path) -> None:
    client = Client(PATIENT, SystemClock())
    client.jars.give([Cookie("session", "kept", "127.0.0.1")], "")
    asked = threading.Event()

    def serve(connection: socket.socket) -> None:
        asked.set()
        hush(connection)

    with Wire(serve) as wire:
        renewed = client.renewed(replace(PATIENT, only=("elsewhere.example",)), 2, tmp_path)
        assert renewed.jars.header(wire.url) == "session=kept"
        assert failure_of(renewed, wire.url).kind is FailureKind.OUTSIDE_ONLY
        ended: list[str] = []
        thread = threading.Thread(target=lambda: ended.append(failure_of(client, wire.url).kind))
        thread.start()
        assert asked.wait(5)
        assert not ended
        renewed.abort()
        thread.join(5)
    assert ended == ["aborted"]
    client.close()
    renewed.close()


def test_abort_while_connecting() -> None:
    client = Client(PATIENT, SystemClock())
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        port = server.getsockname()[1]
        for _ in range(3):  # fills the queue: the next call is not answered
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        took = cut_while(client, f"http://127.0.0.1:{port}/", lambda: time.monotonic() > started + 0.05)
    assert took < 0.3
    client.close()


def test_abort_in_the_middle_of_the_tls_handshake(tmp_path: Path) -> None:
    client = Client(PATIENT, SystemClock())
    asked = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        asked.set()
        hush(connection)

    with Wire(serve) as wire:
        assert cut_while(client, f"https://127.0.0.1:{wire.port}/", asked.is_set) < 0.3
    client.close()


def tls(connection: socket.socket, file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
        says(HELLO)(secure)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    file = tmp_path / "localhost.pem"
    file.write_text(CERTIFICATE)
    return file


def test_tls_is_verified(client: Client, certificate: Path) -> None:
    with Wire(lambda connection: tls(connection, certificate)) as wire:
        failure = failure_of(client, f"https://127.0.0.1:{wire.port}/")
    assert failure.kind is FailureKind.TLS
    assert "self-signed" in failure.detail


def test_tls_with_an_own_authority_and_connections_used_again(certificate: Path) -> None:
    client = Client(NETWORK, SystemClock(), ca_file=certificate)
    with Wire(lambda connection: tls(connection, certificate)) as wire:
        for _ in range(3):
            assert client.page(Request(f"https://127.0.0.1:{wire.port}/")).body == b"hello"
        assert wire.calls == 1
        client.close()


def test_tls_for_another_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(NETWORK, SystemClock(), ca_file=certificate)
    names(monkeypatch, {"other.example": ["127.0.0.1"]})
    with Wire(lambda connection: tls(connection, certificate)) as wire:
        assert failure_of(client, f"https://other.example:{wire.port}/").kind is FailureKind.TLS
    client.close()


def test_plain_http_where_tls_is_due(client: Client) -> None:
    with Wire(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as wire:
        assert failure_of(client, f"https://127.0.0.1:{wire.port}/").kind is FailureKind.TLS


def names(monkeypatch: pytest.MonkeyPatch, known: dict[str, list[str] | int]) -> None:
    """Answer look-ups of names from a table; a number is the resolver's error."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        found = known.get(host)
        if isinstance(found, int):
            raise socket.gaierror(found, "the resolver's words")
        return [real(each, port, *args, **kwargs)[0] for each in found or [host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_a_public_name_that_leads_into_the_house_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, {"rebind.example": ["127.0.0.1"], "mixed.example": ["10.0.0.1", "127.0.0.1"]})
    client = Client(replace(NETWORK, allow=()), SystemClock())
    with Wire(says(HELLO)) as wire:
        for name in ("rebind.example", "mixed.example"):
            failure = failure_of(client, f"http://{name}:{wire.port}/")
            assert failure.kind is FailureKind.BLOCKED_ADDRESS
            assert f"{name} is " in failure.detail
        assert wire.calls == 0
    client.close()


def test_the_next_address_is_tried(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, {"mixed.example": ["10.0.0.1", "127.0.0.1"]})
    with Wire(says(HELLO)) as wire:
        assert client.page(Request(f"http://mixed.example:{wire.port}/")).body == b"hello"


@pytest.mark.parametrize(
    ("error", "kind"),
    [(socket.EAI_AGAIN, "offline"), (socket.EAI_NONAME, "dns"), (socket.EAI_FAIL, "dns")],
)
def test_names_that_lead_nowhere(client: Client, monkeypatch: pytest.MonkeyPatch, error: int, kind: str) -> None:
    names(monkeypatch, {"nowhere.example": error})
    failure = failure_of(client, "http://nowhere.example/")
    assert (failure.kind, failure.detail) == (kind, "the resolver's words")


def test_an_address_that_does_not_answer_says_more_than_one_that_is_blocked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, {"mixed.example": ["10.0.0.1", "127.0.0.1"]})
    assert failure_of(client, "http://mixed.example:1/").kind is FailureKind.REFUSED


def test_an_endless_row_of_packed_nothings_ends(client: Client) -> None:
    nothings = gzip.compress(b"") * 5000
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    with Wire(says(head, drip(nothings, 0))) as wire:
        failure = failure_of(client, wire.url)
    assert (failure.kind, failure.detail) == ("too_large", "more than 1,000,000 bytes")


def test_cookies_go_back_to_their_domain_alone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = ("www.example.org", "cdn.example.org", "example.org", "other.example")
    names(monkeypatch, {host: ["127.0.0.1"] for host in hosts})
    asked: list[str] = []

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            lines = request.decode().split("\r\n")
            sent = sorted(part for line in lines if line.startswith("Cookie: ") for part in line[8:].split("; "))
            asked.append(",".join(sent))
            cookies = b"" if len(asked) > 1 else (
                b"Set-Cookie: host=1; Path=/\r\nSet-Cookie: all=2; Domain=example.org; Path=/\r\n"
                b"Set-Cookie: safe=3; Secure\r\nSet-Cookie: alien=4; Domain=other.example\r\n"
                b"Set-Cookie: old=5; Max-Age=0\r\n"
            )  # fmt: skip
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n" + cookies + b"\r\n")

    with Wire(serve) as wire:
        answers = [client.page(Request(f"http://{host}:{wire.port}/")) for host in ("www.example.org", *hosts)]
        client.page(Request(f"http://www.example.org:{wire.port}/", (("cookie", "own=1"),)))
        client.close_idle(0)
    assert asked == ["", "all=2,host=1", "all=2", "all=2", "", "all=2,host=1,own=1"]
    assert [answer.cookie_set for answer in answers] == [True, False, False, False, False]
    assert "set-cookie" not in answers[0].headers


def test_a_site_cannot_fill_memory_with_cookies(client: Client) -> None:
    flood = b"".join(b"Set-Cookie: c%d=%s\r\n" % (number, b"x" * 100) for number in range(90))
    asked: list[int] = []

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            asked.append(request.count(b"=xxx"))
            fresh = flood.replace(b"Cookie: c", b"Cookie: c%d-" % len(asked))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fresh + b"\r\n")

    with Wire(serve) as wire:
        for _ in range(4):
            client.page(Request(wire.url))
        client.close_idle(0)
    assert asked == [0, 90, 180, 180]


def test_many_at_once(client: Client) -> None:
    with Wire(says(HELLO)) as wire:
        bodies: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: bodies.extend(client.page(Request(wire.url)).body for _ in range(20)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bodies == [b"hello"] * 80
        assert wire.calls <= 80
        assert client.close_idle(0) <= 3


def test_only_a_connection_that_has_answered_before_is_told_as_one_that_was_closed_meanwhile(client: Client) -> None:
    def once(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(HELLO)
        read_request(connection)

    def leave(connection: socket.socket) -> None:
        read_request(connection)

    with Wire(once) as wire:
        assert client.page(Request(wire.url)).body == b"hello"
        assert failure_of(client, wire.url).kind is FailureKind.HUNG_UP
        for number in (2, 3):
            assert (client.page(Request(wire.url)).body, wire.calls) == (b"hello", number)
    with Wire(leave) as wire:
        assert failure_of(client, wire.url).kind is FailureKind.DROPPED
    with Wire(once) as wire:
        assert client.page(Request(wire.url)).body == b"hello"
        with pytest.raises(FetchError) as posted:
            client.page(Request(wire.url, form=(("a", "b"),)))
        assert posted.value.failure.kind is FailureKind.DROPPED


def test_a_new_connection_in_the_place_of_a_closed_one_has_not_answered_before(client: Client) -> None:
    calls = 0

    def answer_the_first(connection: socket.socket) -> None:
        nonlocal calls
        calls += 1
        read_request(connection)
        if calls == 1:
            connection.sendall(HELLO.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    with Wire(answer_the_first) as wire:
        assert client.page(Request(wire.url)).body == b"hello"
        assert failure_of(client, wire.url).kind is FailureKind.DROPPED
    assert calls == 2


FOUR = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))
SIX = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:2800:220:1::1", 80, 0, 0))
NAS = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.7.7", 80))
NOT_THERE = OSError(errno.EHOSTUNREACH, "No route to host")
NO_WAY, REFUSED = OSError(errno.ENETUNREACH, "Network is unreachable"), ConnectionRefusedError(111, "refused")


@pytest.mark.parametrize(
    ("found", "errors", "ipv4", "kind"),
    [
        ([FOUR, SIX], {FOUR: REFUSED, SIX: NO_WAY}, True, "refused"),
        ([SIX, FOUR], {FOUR: REFUSED, SIX: NO_WAY}, True, "refused"),
        ([FOUR, SIX], {FOUR: TimeoutError(), SIX: NO_WAY}, True, "timeout"),
        ([SIX], {SIX: NO_WAY}, True, "refused"),
        ([SIX], {SIX: NO_WAY}, False, "offline"),
        ([FOUR, SIX], {FOUR: NO_WAY, SIX: NO_WAY}, False, "offline"),
        ([NAS], {NAS: NOT_THERE}, True, "refused"),
        ([NAS], {NAS: NO_WAY}, False, "offline"),
        ([FOUR], {FOUR: NOT_THERE}, True, "offline"),
    ],
)
def test_a_site_that_is_away_is_not_taken_for_the_net(
    monkeypatch: pytest.MonkeyPatch,
    found: list[tuple[object, ...]],
    errors: dict[tuple[object, ...], OSError],
    ipv4: bool,
    kind: str,
) -> None:
    def called(connection: object, transfer: object, how: object, address: object) -> socket.socket:
        raise next(error for row, error in errors.items() if row[4] == address)

    clock = VirtualClock()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    monkeypatch.setattr(connection_module, "_called", called)
    monkeypatch.setattr(unreachable, "has_a_way", lambda: ipv4)
    client = Client(replace(NETWORK, allow=("192.168.7.7",)), clock)
    clock.advance(600)  # nobody was reached for long
    url = "http://192.168.7.7/" if found == [NAS] else "http://site.example/"
    assert failure_of(client, url).kind == kind
    client.close()
