"""Proxies of all kinds, certificates of one's own, one family of addresses: whom requests go to, and what is never told."""

from __future__ import annotations

import socket
import ssl
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.clock import SystemClock
from syncer.config.proxies import DIRECT, Proxy
from syncer.config.settings import Network, Source
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.errors import ItemError
from syncer.fetch.client import Client, Request
from syncer.fetch.failure import Failure, FailureKind, FetchError
from tests.server.proxy import ForwardProxy, SocksProxy
from tests.server.test_fetch_wire import CERTIFICATE, HELLO, Wire

NETWORK = Network(connect_timeout=0.5, read_timeout=0.5, page_deadline=5.0, deadline=5.0)
SOURCE = Source("file", ("/nowhere/login",))
LOGIN = "visitor:geheim-4711"


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=1, posts=20, tiny=True)) as running:
        yield running


def _home(site: LocalSite) -> Callable[[str, int], tuple[str, int] | None]:
    """Find every host whose name ends in .example at the local site."""
    return lambda host, port: ("127.0.0.1", int(site.root.rpartition(":")[2])) if host.endswith(".example") else None


def _client(proxy: Proxy | None, login: str = "", **more: Any) -> Client:
    source = SOURCE if login else None
    client = Client(replace(NETWORK, proxy=proxy, proxy_login=source, **more), SystemClock())
    client.routes.set_sites({}, lambda asked: login)
    return client


def _fails(client: Client, url: str, site: str = "") -> Failure:
    with pytest.raises(FetchError) as caught:
        client.page(Request(url, site=site))
    assert "geheim" not in "".join(traceback.format_exception(caught.value))
    return caught.value.failure


def _proxy(kind: str, port: int) -> Proxy:
    return Proxy(kind, "127.0.0.1", port)


def test_plain_requests_go_through_the_proxy_whole(site: LocalSite, tmp_path: Path) -> None:
    proxy = ForwardProxy(_home(site))
    with proxy.running() as port:
        client = _client(_proxy("http", port))
        for _ in range(2):
            answer = client.page(Request("http://booru.example/posts?tags=a+b#top"))
            assert b"<title>" in answer.body
        part = tmp_path / "1.part"
        client.file(Request("http://booru.example/media/8.png"), part)
        assert part.read_bytes().startswith(b"\x89PNG")
        client.close()
    assert proxy.asked[0] == "GET http://booru.example/posts?tags=a+b"
    assert site.log[0].headers["host"] == "booru.example"
    assert "proxy-authorization" not in site.log[0].headers


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_names_are_looked_up_at_the_other_end(site: LocalSite, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def noted(host: str, *given: object, **named: object) -> object:
        asked.append(host)
        return real(host, *given, **named)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    proxy = ForwardProxy(_home(site)) if kind == "http" else SocksProxy(_home(site))
    with proxy.running() as port:
        client = _client(_proxy(kind, port))
        assert client.page(Request("http://booru.example/posts")).status == 200
        client.close()
    assert "booru.example" not in asked


def test_variables_of_the_environment_are_not_used(site: LocalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client = _client(None, allow=("127.0.0.1",))
    assert client.page(Request(site.root + "/posts")).status == 200
    client.close()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Wire]:
    """Give a server of one page over TLS, with a certificate that only its file `ca.pem` vouches for."""
    pem = tmp_path / "ca.pem"
    pem.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def serve(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as connection:
            while connection.recv(65_536):
                connection.sendall(HELLO)

    with Wire(serve) as wire:
        yield wire


@pytest.mark.parametrize("kind", ["http", "socks5", "https"])
def test_tls_goes_through_a_tunnel_to_the_site_itself(secure: Wire, tmp_path: Path, kind: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem")
    forward = ForwardProxy(lambda host, port: ("127.0.0.1", port), tls=context if kind == "https" else None)
    proxy = SocksProxy(lambda host, port: ("127.0.0.1", port)) if kind == "socks5" else forward
    with proxy.running() as port:
        client = _client(_proxy(kind, port), allow=("localhost",), ca_file=tmp_path / "ca.pem")
        url = f"https://localhost:{secure.port}/"
        for _ in range(3):
            assert client.page(Request(url)).body == b"hello"
        client.close()
        assert len(proxy.asked) == 1, "one tunnel for all"
        other = _client(_proxy(kind, port), allow=("localhost",))
        wanted = FailureKind.PROXY if kind == "https" else FailureKind.TLS
        assert _fails(other, url).kind is wanted, "nobody vouches for it"
        other.close()


def test_a_certificate_of_ones_own_needs_its_file_and_the_right_name(secure: Wire, tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{secure.port}/"
    trusting = _client(None, allow=("127.0.0.1", "127.0.0.2"), ca_file=tmp_path / "ca.pem")
    assert trusting.page(Request(url)).body == b"hello"
    assert _fails(trusting, url.replace("127.0.0.1", "127.0.0.2")).kind in (FailureKind.TLS, FailureKind.REFUSED)
    plain = _client(None, allow=("127.0.0.1",))
    assert _fails(plain, url).kind is FailureKind.TLS
    for client in (trusting, plain):
        client.close()


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("given", [LOGIN, "visitor:wrong", "nonsense", ""])
def test_a_proxy_that_wants_a_password(site: LocalSite, kind: str, given: str) -> None:
    proxy = ForwardProxy(_home(site), LOGIN) if kind == "http" else SocksProxy(_home(site), LOGIN)
    with proxy.running() as port:
        client = _client(_proxy(kind, port), given)
        if given == LOGIN:
            assert client.page(Request("http://booru.example/posts")).status == 200
        else:
            assert _fails(client, "http://booru.example/posts").kind is FailureKind.PROXY
        client.close()
    assert len(site.log) == (given == LOGIN)


def test_a_password_that_is_mended_is_read_again(site: LocalSite) -> None:
    said = ["visitor:old", LOGIN]
    with ForwardProxy(_home(site), LOGIN).running() as port:
        client = Client(replace(NETWORK, proxy=_proxy("http", port), proxy_login=SOURCE), SystemClock())
        client.routes.set_sites({}, lambda asked: said.pop(0))
        assert _fails(client, "http://booru.example/posts").kind is FailureKind.PROXY
        assert client.page(Request("http://booru.example/posts")).status == 200
        client.close()


def test_a_source_that_gives_nothing_says_so() -> None:
    def broken(asked: Source) -> str:
        raise ItemError("/nowhere/login cannot be read: No such file", "Make it")

    client = Client(replace(NETWORK, proxy=_proxy("http", 1), proxy_login=SOURCE), SystemClock())
    client.routes.set_sites({}, broken)
    failure = _fails(client, "http://booru.example/")
    assert failure.kind is FailureKind.PROXY
    assert "/nowhere/login cannot be read" in failure.detail
    client.close()


def test_each_site_its_own_way(site: LocalSite) -> None:
    one, two = ForwardProxy(_home(site)), ForwardProxy(_home(site))
    with one.running() as first, two.running() as second:
        client = Client(replace(NETWORK, proxy=_proxy("http", first), allow=("127.0.0.1",)), SystemClock())
        ways = {"other": (_proxy("http", second), None), "straight": (DIRECT, None)}
        client.routes.set_sites(ways, lambda asked: "")
        client.page(Request("http://a.example/posts"))
        client.page(Request("http://a.example/posts", site="demo"))
        client.page(Request("http://a.example/posts", site="other"))
        client.page(Request(site.root + "/posts", site="straight"))
        assert (len(one.asked), len(two.asked), len(site.log)) == (2, 1, 4)
        client.routes.set_sites({}, lambda asked: "")
        client.page(Request("http://a.example/posts", site="other"))
        assert len(one.asked) == 3, "changed while it runs"
        client.close()


GONE = [
    # what is wrong with the proxy, kind of failure, words
    ("dead", "proxy", ""),
    ("503", "refused", "the proxy says: 503"),
    ("403", "proxy", "the proxy says: 403"),
    ("407", "proxy", "407"),
    ("closes", "proxy", ""),
    ("no proxy", "proxy", ""),
]


@pytest.mark.parametrize(("what", "kind", "words"), GONE)
def test_a_tunnel_that_cannot_be_made(what: str, kind: str, words: str) -> None:
    rude = {"closes": b"", "no proxy": b"220 this is another kind of server\r\n"}

    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(rude[what])

    if what in rude:
        with Wire(serve) as wire:
            failure = _fails(_client(_proxy("http", wire.port)), "https://booru.example/")
    elif what == "dead":
        failure = _fails(_client(_proxy("http", 1)), "https://booru.example/")
    else:
        with ForwardProxy(status=int(what)).running() as port:
            failure = _fails(_client(_proxy("http", port)), "https://booru.example/")
    assert failure.kind == kind
    assert words in failure.detail


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 7])
def test_what_a_socks_proxy_says(code: int) -> None:
    with SocksProxy(code=code).running() as port:
        failure = _fails(_client(_proxy("socks5", port)), "http://booru.example/")
    assert failure.kind == ("refused" if code in (3, 4, 5, 6) else "proxy")


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_proxy_that_falls_silent_is_not_waited_for(kind: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        wire.over.wait(5)

    with Wire(serve) as wire:
        failure = _fails(_client(_proxy(kind, wire.port)), "https://booru.example/")
    assert failure.kind in (FailureKind.PROXY, FailureKind.TIMEOUT)


@pytest.mark.parametrize("url", ["http://booru.example/", "https://booru.example/"])
def test_the_address_of_a_proxy_may_be_an_ipv6_one(url: str) -> None:
    failure = _fails(_client(Proxy("http", "::1", 1)), url)
    assert failure.kind is FailureKind.PROXY
    assert "name cannot be found" not in failure.detail


INSIDE = [
    "http://127.0.0.1/", "http://192.168.1.1/", "http://[::1]/", "http://10.1.2.3:8080/x", "http://2130706433/",
    "http://localhost/", "http://nas/", "http://nas.local/", "http://printer.home.arpa/", "http://x.internal/",
    "http://a.localhost/", "http://router.lan./", "http://127.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0x7F000001/x",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_no_proxy_is_asked_for_what_lies_inside(url: str, kind: str) -> None:
    proxy = ForwardProxy() if kind == "http" else SocksProxy()
    with proxy.running() as port:
        client = _client(_proxy(kind, port))
        assert _fails(client, url).kind is FailureKind.BLOCKED_ADDRESS
        client.close()
    assert proxy.asked == []


def test_allow_and_only_hold_behind_a_proxy(site: LocalSite) -> None:
    with ForwardProxy(lambda host, port: ("127.0.0.1", int(site.root.rpartition(":")[2]))).running() as port:
        allowed = _client(_proxy("http", port), allow=("nas", "192.168.1.1"))
        for url in ("http://nas/posts", "http://192.168.1.1/posts"):
            assert allowed.page(Request(url)).status == 200
        only = _client(_proxy("http", port), only=("booru.example",))
        assert only.page(Request("http://cdn.booru.example/posts")).status == 200
        assert _fails(only, "http://other.example/posts").kind is FailureKind.OUTSIDE_ONLY
        for client in (allowed, only):
            client.close()


def test_straight_ways_stay_guarded(site: LocalSite) -> None:
    """A site that is exempt from the proxy is looked at as any other."""
    client = Client(replace(NETWORK, proxy=_proxy("http", 1)), SystemClock())
    client.routes.set_sites({"straight": (DIRECT, None)}, lambda asked: "")
    assert _fails(client, site.root, "straight").kind is FailureKind.BLOCKED_ADDRESS
    client.close()


def test_only_one_family_of_addresses(site: LocalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    families: list[int] = []
    real = socket.getaddrinfo

    def noted(host: str, port: int, family: int = 0, *given: int, **named: int) -> object:
        families.append(family)
        return real(host, port, family, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    url = site.root.replace("127.0.0.1", "localhost") + "/posts"
    for ip, family in (("any", socket.AF_UNSPEC), ("4", socket.AF_INET)):
        client = _client(None, ip=ip, allow=("localhost",))
        assert client.page(Request(url)).status == 200
        client.close()
        assert families[-1] == family
    client = _client(None, ip="6", allow=("127.0.0.1",))
    assert _fails(client, site.root).kind is FailureKind.DNS
    assert families[-1] == socket.AF_INET6
    client.close()


def test_nothing_tells_the_password(site: LocalSite) -> None:
    with ForwardProxy(_home(site), LOGIN).running() as port:
        client = _client(_proxy("http", port), LOGIN)
        client.page(Request("http://booru.example/posts"))
        route = client.routes.of("")
        for shown in (repr(route), repr(route.proxy), str(route.proxy), repr(client.routes)):
            assert "geheim" not in shown
        client.close()
