"""The local site on a real socket: threads, keep-alive, a log of every request, a clean end.

Here is all that is not pure in the demo. The demo command and tests import it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from syncer.clock import Clock, SystemClock
from syncer.demo.faults import Mischief
from syncer.demo.handler import Handler
from syncer.demo.log import RequestLog
from syncer.demo.reply import Ask, Reply
from syncer.demo.routes import respond
from syncer.demo.world import World


class LocalSite:
    """A world behind an address; use it as a context manager, or `start` and `stop` it.

    `now` gives the site's time; without it time stands still at the world's start.
    """

    def __init__(
        self,
        world: World,
        now: Callable[[], float] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        log_file: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Bind to nothing yet; `port` 0 takes a free one, `log_file` gets one JSON object a request."""
        self.world = world
        self.log = RequestLog(log_file, clock or SystemClock())
        self._now = now or (lambda: world.start)
        self._address = (host, port)
        self._mischief = Mischief()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def root(self) -> str:
        """`http://127.0.0.1:PORT`, once it is started."""
        assert self._server is not None, "the site is not started"
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def now(self) -> float:
        """Return the site's time in seconds since 1970."""
        return self._now()

    def misbehave(self, pattern: str, name: str, times: int | None = None, **details: object) -> None:
        """Serve what matches `pattern` (path, or path and query; `*` and `?` as in a shell) wrongly, `times` times.

        The names are the keys of `faults.FAULTS`, or a status like "404"; raises ValueError for others.
        """
        self._mischief.order(pattern, name, times, details)

    def behave(self) -> None:
        """Forget every `misbehave`."""
        self._mischief.forget()

    def answer(self, ask: Ask) -> tuple[Reply, str]:
        """Return the reply to a request and the name of the fault that it has ("" = none)."""
        return self._mischief.answer(ask, lambda plain: respond(self.world, plain))

    def start(self) -> Self:
        """Bind and serve; raises OSError where the address is taken."""
        assert self._server is None, "the site runs already"
        self._server = _Server(self._address, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="local site")
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every connection, also stalled ones, and every thread; a second call does nothing."""
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join()
        self._server = self._thread = None
        self.log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    """Knows its open connections and their threads, so that it can end them all."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], site: LocalSite) -> None:
        self.site = site
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__(address, Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Serve a connection in a thread of its own, and remember both."""
        assert isinstance(request, socket.socket)
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name="local site connection",
            daemon=True,
        )
        with self._guard:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection and forget it."""
        assert isinstance(request, socket.socket)
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: the other side may leave at any moment, that is what it is tested for."""

    def end(self) -> None:
        """Take no more connections and end those that are open."""
        self.stopping.set()
        self.shutdown()
        with self._guard:
            running = dict(self._open)
        for connection in running:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in running.values():
            thread.join(10)
        self.server_close()
