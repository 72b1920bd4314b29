"""One connection of the local site: reads requests, and sends replies exactly as wrongly as they say.

Only `server` imports it.
"""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast

from syncer.demo.log import Logged
from syncer.demo.reply import After, Ask, Reply, Wire, phrase

if TYPE_CHECKING:
    from syncer.demo.server import _Server

_MOST_BODY = 1_000_000


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with keep-alive; silent on stderr."""

    protocol_version = "HTTP/1.1"
    # Unbuffered writes cost 44 ms a request with keep-alive: two small packets, and Nagle waits for an answer.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer GET."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer HEAD."""
        self._answer()

    def do_POST(self) -> None:
        """Answer POST."""
        self._answer()

    def _answer(self) -> None:
        site, headers = self._server.site, {name.lower(): value for name, value in self.headers.items()}
        host = headers.get("host", "")
        path, _, query = self.path.partition("?")
        time, at = site.now(), site.log.at()
        length = headers.get("content-length", "0")
        body = self.rfile.read(min(int(length), _MOST_BODY)) if length.isdigit() else b""
        root = f"http://{host}" if host else site.root
        reply, fault = site.answer(Ask(path, query, self.command, headers, body, root, time))
        site.log.add(Logged(time, at, self.command, self.path, host, headers, reply.status, fault, len(reply.body)))
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the request log has it all."""

    @property
    def _server(self) -> _Server:
        return cast("_Server", self.server)

    def _send(self, reply: Reply) -> None:
        wire = reply.wire
        if wire.delay:
            self._server.stopping.wait(wire.delay)
        body = b"" if self.command == "HEAD" else reply.body[: wire.cut]
        self.wfile.write(b"" if wire.raw else self._head(reply))
        if self.command == "HEAD" or reply.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.wfile.flush()
            return
        for piece in _pieces(body, wire):
            self.wfile.write(piece)
            if wire.pause:
                self.wfile.flush()
                if self._server.stopping.wait(wire.pause):
                    break
        self.wfile.flush()
        self._after(wire.after, body)

    def _head(self, reply: Reply) -> bytes:
        wire = reply.wire
        lines = [f"HTTP/1.1 {reply.status} {phrase(reply.status)}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in reply.headers]
        if wire.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif not wire.lengthless and reply.status != HTTPStatus.NOT_MODIFIED:
            lines.append(f"Content-Length: {len(reply.body) if wire.declared is None else wire.declared}")
        if wire.after is not After.KEEP or self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _after(self, after: After, body: bytes) -> None:
        if after is After.KEEP:
            return
        self.close_connection = True
        if after is After.HANG:
            self._until_gone()
        elif after is After.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        while after is After.REPEAT and body and not self._server.stopping.is_set():
            self.wfile.write(body)
            self.wfile.flush()

    def _until_gone(self) -> None:
        """Wait until the other side closes or the site stops: both make the socket readable."""
        while not self._server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 1)
            if readable and not self.connection.recv(65_536):
                return


def _pieces(body: bytes, wire: Wire) -> Iterator[bytes]:
    """Cut the body as the wire says, each piece in the form in which it is sent."""
    size = wire.piece or len(body) or 1
    for at in range(0, len(body), size):
        piece = body[at : at + size]
        yield b"%x\r\n%b\r\n" % (len(piece), piece) if wire.chunked else piece
    if wire.chunked and wire.cut is None:
        yield b"0\r\n\r\n"
