"""A small site with videos that no site file knows: files, pages, feeds and streams by path, some of them slow or refused."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

TYPES: Final = {
    "mp4": "video/mp4", "html": "text/html; charset=utf-8", "xml": "application/rss+xml", "m3u8": "application/vnd.apple.mpegurl",
    "ts": "video/mp2t", "jpg": "image/jpeg", "vtt": "text/vtt",
}  # fmt: skip


@dataclass
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    start: int = 0
    sent: int = 0


@dataclass
class VideoSite:
    """Serves `files` by path; use it as a context manager."""

    files: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds after each 16 KB of these paths."""
    asked: list[Asked] = field(default_factory=list)
    root: str = ""

    def __enter__(self) -> Self:
        site = self

        class Handler(BaseHTTPRequestHandler):
            wbufsize = 0

            def do_GET(self) -> None:
                site.answer(self)

            def do_HEAD(self) -> None:
                site.answer(self)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, with the range that it asks for."""
        path = handler.path.partition("?")[0]
        asked = Asked(handler.path, {name.lower(): value for name, value in handler.headers.items()})
        self.asked.append(asked)
        body = self.files.get(path)
        status = self.status.get(path, 200 if body is not None else 404)
        if status != 200 or body is None:
            handler.send_error(status)
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", handler.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        end = min(int(found[2]) + 1 if found and found[2] else len(body), len(body))
        asked.start = start
        handler.send_response(206 if found else 200)
        if found:
            handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(body)}")
        handler.send_header("Content-Type", TYPES.get(path.rpartition(".")[2], "text/html"))
        handler.send_header("Accept-Ranges", "bytes")
        handler.send_header("Content-Length", str(end - start))
        handler.end_headers()
        if handler.command == "GET":
            self._send(handler, asked, body[start:end], self.slow.get(path, 0.0))

    def _send(self, handler: BaseHTTPRequestHandler, asked: Asked, body: bytes, pause: float) -> None:
        for place in range(0, len(body), 16_384):
            piece = body[place : place + 16_384]
            try:
                handler.wfile.write(piece)
            except OSError:
                return
            asked.sent += len(piece)
            if pause:
                time.sleep(pause)

    def bytes_of(self, path: str) -> int:
        """Return how many bytes of a path were sent in all."""
        return sum(each.sent for each in self.asked if each.path == path)
