"""Small proxies for the tests: one forwards plain requests and makes tunnels, one speaks SOCKS5; each remembers what was asked."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.server.test_fetch_wire import Wire

Find = Callable[[str, int], tuple[str, int] | None]
"""Where a proxy finds a host; None = nowhere."""


class ForwardProxy:
    """Takes `GET http://...` and `CONNECT host:port`; with `login` ("name:password") from those alone who say it."""

    def __init__(
        self, find: Find | None = None, login: str = "", status: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.login = login
        self._find = find or (lambda host, port: (host, port))
        self._status = status
        self._tls = tls

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run it; give its port."""
        with Wire(self._serve) as wire:
            yield wire.port

    def _serve(self, plain: socket.socket) -> None:
        connection = self._tls.wrap_socket(plain, server_side=True) if self._tls is not None else plain
        with contextlib.closing(connection):
            while head := _head(connection):
                self.heads.append(head)
                first = head.split("\r\n")[0]
                self.asked.append(first.rsplit(" ", 1)[0])
                if not self._one(connection, head, *first.split(" ")[:2]):
                    return

    def _one(self, connection: socket.socket, head: str, method: str, target: str) -> bool:
        token = base64.b64encode(self.login.encode()).decode()
        if self.login and f"Proxy-Authorization: Basic {token}" not in head:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return True
        if self._status:
            connection.sendall(f"HTTP/1.1 {self._status} No\r\nContent-Length: 0\r\n\r\n".encode())
            return True
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        where = self._find(parts.hostname or "", parts.port or 80)
        if where is None:
            connection.sendall(b"HTTP/1.1 503 Nobody Is There\r\nContent-Length: 0\r\n\r\n")
            return True
        with socket.create_connection(where, timeout=5) as site:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                pump(connection, site)
                return False
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            lines = [line for line in head.split("\r\n")[1:] if not line.lower().startswith(("proxy-", "connection:"))]
            site.sendall("\r\n".join([f"{method} {path} HTTP/1.1", "Connection: close", *lines]).encode() + b"\r\n\r\n")
            while data := site.recv(65_536):
                connection.sendall(data)
            return False


class SocksProxy:
    """Speaks SOCKS5; with `login` ("name:password") it wants that."""

    def __init__(self, find: Find | None = None, login: str = "", code: int = 0) -> None:
        self.asked: list[str] = []
        self._find = find or (lambda host, port: (host, port))
        self._login = login
        self._code = code

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run it; give its port."""
        with Wire(self._serve) as wire:
            yield wire.port

    def _serve(self, connection: socket.socket) -> None:
        count = connection.recv(2)[1]
        offered = connection.recv(count)
        wanted = 2 if self._login else 0
        connection.sendall(bytes([5, wanted if wanted in offered else 0xFF]))
        if self._login and not self._is_right(connection):
            return
        _, _, _, kind = connection.recv(4)
        name = connection.recv(connection.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(connection.recv(4))
        port = int.from_bytes(connection.recv(2))
        self.asked.append(f"{name}:{port}")
        where = self._find(name, port)
        if self._code or where is None:
            connection.sendall(bytes([5, self._code or 4, 0, 1]) + bytes(6))
            return
        with socket.create_connection(where, timeout=5) as site:
            connection.sendall(bytes([5, 0, 0, 1]) + bytes(6))
            pump(connection, site)

    def _is_right(self, connection: socket.socket) -> bool:
        if not connection.recv(1):
            return False
        name = connection.recv(connection.recv(1)[0]).decode()
        password = connection.recv(connection.recv(1)[0]).decode()
        right = f"{name}:{password}" == self._login
        connection.sendall(bytes([1, 0 if right else 1]))
        return right


def _head(connection: socket.socket) -> str:
    data = b""
    with contextlib.suppress(OSError):
        while b"\r\n\r\n" not in data:
            piece = connection.recv(1)
            if not piece:
                return ""
            data += piece
    return data.decode("latin-1").removesuffix("\r\n\r\n")


def pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=carry, args=(other, one))
    thread.start()
    carry(one, other)
    thread.join()
