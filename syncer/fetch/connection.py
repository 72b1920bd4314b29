"""Connections that look whom they reached before a byte is sent, and that can be watched and cut from outside.

Subclasses of urllib3's, mounted into a requests session by `Adapter`; what is overridden is what urllib3 itself
overrides for SOCKS. Only `client` imports it.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import weakref
from dataclasses import dataclass, field
from typing import Any

import certifi
import requests.adapters
import urllib3
import urllib3.connection
import urllib3.exceptions
import urllib3.util.connection
import urllib3.util.ssl_

from syncer.clock import Clock
from syncer.fetch import head, unreachable
from syncer.fetch.failure import FailureKind, FetchError, fail
from syncer.fetch.guard import Guard, is_public_peer
from syncer.fetch.transfer import Transfer, Transfers

READ_BUFFER = 64 * 1024
"""Headers and a small file come in one read; http.client's own buffer of 8 KB takes four."""
KEEP_IDLE = 60.0
"""Seconds after which an idle connection is closed; most servers close it about then."""
WARY = 60.0
"""Seconds for which no connection is used again to a host that closed one in place of an answer."""
_SITE_AWAY = ("0x03", "0x04", "0x05", "0x06")
"""The codes by which a SOCKS proxy says that the site cannot be reached (RFC 1928, section 6)."""
POOLS = 32
"""Hosts whose connections are kept; the one used longest ago goes first."""


@dataclass(slots=True)
class Desk:
    """What all connections of one client share."""

    guard: Guard
    transfers: Transfers
    clock: Clock
    family: socket.AddressFamily = socket.AF_UNSPEC
    """Which addresses are tried."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    open: weakref.WeakSet[Watched] = field(default_factory=weakref.WeakSet)

    wary: dict[tuple[str, int], float] = field(default_factory=dict)
    """Until when each connection to a host and port is a new one, on the monotonic clock."""

    def hung_up(self, peer: tuple[str, int]) -> None:
        """Use no connection to a peer again for a while: the others that it keeps may be closed as well."""
        now = self.clock.monotonic()
        with self.lock:
            self.wary = {each: until for each, until in self.wary.items() if until > now} | {peer: now + WARY}

    def close_idle(self, older: float) -> int:
        """Close the connections that nobody used for `older` seconds; returns how many."""
        closed = 0
        with self.lock:
            for connection in list(self.open):
                since = connection.idle_since
                if since is not None and self.clock.monotonic() - since >= older:
                    connection.idle_since = None
                    connection.close()
                    closed += 1
        return closed


@dataclass(frozen=True, slots=True)
class Socks:
    """A SOCKS5 proxy; names are looked up by it."""

    host: str
    port: int
    name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class _WatchedLine(io.RawIOBase):
    """Reads from a connection's socket file, and books every piece."""

    def __init__(self, line: io.RawIOBase, transfer: Transfer, connection: Watched) -> None:
        self._line = line
        self._transfer = transfer
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        number: int = self._line.readinto(buffer) or 0
        self._transfer.count(number)
        return number

    def close(self) -> None:
        if not self.closed:
            # The answer is read (or given up): from here on nobody uses the connection until it is taken again.
            self._connection.rest()
            self._line.close()
        super().close()


class _WatchedResponse(head.Response):
    """An answer whose bytes are all booked, headers included."""

    def __init__(self, sock: socket.socket, connection: Watched, method: str | None) -> None:
        super().__init__(sock, method=method)
        line = self.fp.detach()
        self.fp = io.BufferedReader(_WatchedLine(line, connection.desk.transfers.current(), connection), READ_BUFFER)


class Watched(urllib3.connection.HTTPConnection):
    """The part that plain and TLS connections have in common."""

    desk: Desk
    socks: Socks | None = None
    idle_since: float | None = None
    _line: socket.socket | None = None
    """A second handle on the socket: it can be shut down at any moment, even while TLS is being set up."""
    _reading = False
    _public = False
    _answered = False
    """It has brought an answer since it was made."""

    def _new_conn(self) -> socket.socket:
        transfer = self.desk.transfers.current()
        try:
            sock = _connect(self, transfer)
        except OSError as error:
            # As urllib3 does it: a bare reset in here it would take for one of an answer that can still be read.
            raise urllib3.exceptions.NewConnectionError(self, str(error)) from error
        try:
            self._drop_line()
            self._line = sock.dup()
            self._answered = False
            self._public = is_public_peer(str(sock.getpeername()[0]))
            transfer.attach(self._line)
        except BaseException:
            sock.close()
            raise
        with self.desk.lock:
            self.desk.open.add(self)
        return sock

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except (OSError, http.client.HTTPException) as error:
            if self.desk.transfers.current().cut or "Tunnel connection failed" in str(error):
                raise
            raise fail(FailureKind.PROXY, str(error) or "it closed the connection") from error

    @property
    def is_proxied(self) -> bool:
        """Tell whether the peer is a proxy."""
        return self.proxy is not None or self.socks is not None

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request; the connection counts as used from here on."""
        with self.desk.lock:
            self.idle_since = None
        transfer = self.desk.transfers.current()
        if self._line is not None:
            transfer.attach(self._line)
        # What was posted may have been taken by the site, which said nothing of it: that is for the judge.
        is_kept = self._answered and self.sock is not None  # else the next line makes a new one
        transfer.kept = (self.host, self.port or 0) if is_kept and args[:1] == ("GET",) else None
        super().request(*args, **kwargs)
        transfer.public = self._public

    def response_class(  # type: ignore[override]  # http.client only calls it
        self, sock: socket.socket, method: str | None = None
    ) -> http.client.HTTPResponse:
        """Make the object that reads the answer; http.client looks it up under this name."""
        self._reading = True
        return _WatchedResponse(sock, self, method)

    def rest(self) -> None:
        """Note that the answer is read and the connection idle."""
        self.idle_since = self.desk.clock.monotonic()
        self._reading = False
        self._answered = True
        if self.sock is None:
            self._drop_line()

    @property
    def is_connected(self) -> bool:
        """Tell whether it can be used again: still open on both sides, not idle for too long, to no host that hangs up."""
        since, now = self.idle_since, self.desk.clock.monotonic()
        fresh = since is None or now - since < KEEP_IDLE
        return fresh and self.desk.wary.get((self.host, self.port or 0), now) <= now and super().is_connected

    def close(self) -> None:
        """Close it; an answer that ends with the connection is still read, and still can be cut."""
        super().close()
        if not self._reading:
            self._drop_line()

    def _drop_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class WatchedTls(Watched, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


def _connect(connection: Watched, transfer: Transfer) -> socket.socket:
    """Connect to the first address that may be reached and answers. Raises FetchError or OSError."""
    socks = connection.socks
    host, port = (connection.host, connection.port) if socks is None else (socks.host, socks.port)
    refused: FetchError | None = None
    broken: OSError | None = None
    asked: list[tuple[int, str]] = []
    for kind, what, protocol, _, address in _addresses(connection, host, port):
        try:
            # The proxy is named by the person: it may be anywhere. Its targets are judged by their names.
            if not connection.is_proxied:
                connection.desk.guard.check_peer(host, port, str(address[0]))
            asked.append((kind, str(address[0])))
            return _called(connection, transfer, (kind, what, protocol), address)
        except FetchError as error:
            if transfer.cut:
                raise
            refused = error
        except OSError as error:
            # Where this machine has no way to one kind of addresses, that says nothing of the site.
            broken = error if broken is None or broken.errno in unreachable.NO_WAY else broken
    if broken is not None and connection.is_proxied and not transfer.cut:
        raise _of_proxy(broken) from broken
    if broken is not None and (why := unreachable.is_not_the_net(broken, asked)):
        raise fail(FailureKind.REFUSED, why) from broken
    raise broken or refused or OSError(f"{host} has no address")


def _called(
    connection: Watched, transfer: Transfer, how: tuple[int, int, int], address: tuple[Any, ...]
) -> socket.socket:
    """Return a socket that is connected to an address, or to a site through the SOCKS proxy there. Raises FetchError or OSError."""
    sock = socket.socket(*how) if connection.socks is None else _socks_socket(connection.socks, how[0], address)
    try:
        return _call(connection, transfer, sock, address)
    except BaseException:
        sock.close()
        raise


def _addresses(connection: Watched, host: str, port: int) -> list[Any]:
    try:
        # urllib3 leaves the brackets about the address of a proxy for encrypted sites.
        return socket.getaddrinfo(host.strip("[]"), port, connection.desk.family, socket.SOCK_STREAM)
    except socket.gaierror as error:
        if connection.is_proxied:
            raise fail(FailureKind.PROXY, f"the proxy's name cannot be found: {error.strerror}") from error
        raise


def _socks_socket(socks: Socks, family: int, address: Any) -> socket.socket:
    import socks as library

    made: socket.socket = library.socksocket(family, socket.SOCK_STREAM)
    made.set_proxy(library.SOCKS5, address[0], address[1], True, socks.name or None, socks.password or None)  # type: ignore[attr-defined]  # the library has no types
    return made


def _of_proxy(error: OSError) -> FetchError:
    """Return what an error on the way to a proxy, or told by a SOCKS proxy, means."""
    text = str(error)
    if any(code in text for code in _SITE_AWAY):
        return fail(FailureKind.REFUSED, f"the proxy says: {text}")
    return fail(FailureKind.PROXY, text)


def _call(connection: Watched, transfer: Transfer, sock: socket.socket, address: Any) -> socket.socket:
    for option in connection.socket_options or ():
        sock.setsockopt(*option)
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else transfer.left()
    sock.settimeout(min(timeout, transfer.left()))
    transfer.attach(sock)
    try:
        sock.connect(address if connection.socks is None else (connection.host, connection.port))
    finally:
        transfer.attach(None)
    if not connection.is_proxied:
        connection.desk.guard.check_peer(connection.host, connection.port, str(sock.getpeername()[0]))
    return sock


class Adapter(requests.adapters.HTTPAdapter):
    """Gives a session pools of watched connections, with one TLS context for all of them."""

    def __init__(self, desk: Desk, per_host: int, ca_file: str | None = None) -> None:
        self._desk = desk
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        super().__init__(pool_connections=POOLS, pool_maxsize=per_host, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        """Make the pool manager with our kinds of pool."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._desk)

    def tls(self) -> ssl.SSLContext:
        """Return how certificates are judged: by the well-known authorities, and by the person's own."""
        # One for all: reading the certificates takes 20 ms, and urllib3 would do so for each connection.
        if self._context is None:
            context = urllib3.util.ssl_.create_urllib3_context()
            context.load_verify_locations(certifi.where())
            if self._ca_file is not None:
                context.load_verify_locations(self._ca_file)
            self._context = context
        return self._context


def pool_classes(desk: Desk, socks: Socks | None = None) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return our kinds of pool, by scheme."""
    plain_connection = type("DeskConnection", (Watched,), {"desk": desk, "socks": socks})
    tls_connection = type("DeskTlsConnection", (WatchedTls,), {"desk": desk, "socks": socks})
    plain = type("DeskPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": plain_connection})
    tls = type("DeskTlsPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": tls_connection})
    return {"http": plain, "https": tls}
