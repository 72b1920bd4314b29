"""A server that costs next to nothing: one process, one thread, everything made beforehand, with latency if wanted.

`python -m bench.server --files 2000 --size 28000 --latency 0.05` prints its root URL and serves until it is ended. Whoever
is measured shares the machine with it, so it must be far cheaper than they are.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys

from bench.content import PAGE, Content, Sizes, head

_NONE = head(b"application/json", 2) + b"[]"
_GONE = head(b"text/plain", 5, b"404 Not Found") + b"none\n"
_ARGUMENT = re.compile(rb"[?&](tags|page)=([^&]*)")
_CHUNK = 1 << 18


def find(content: Content, target: bytes) -> tuple[bytes, bytes]:
    """Return what is sent for a request target: two pieces, of which the second may be large or empty."""
    file = content.files.get(target)
    if file is not None:
        return file
    if not target.startswith(b"/posts.json"):
        return _GONE, b""
    arguments = dict(_ARGUMENT.findall(target))
    if arguments.get(b"tags", b"").startswith(b"nothing"):
        return _NONE, b""
    page = arguments.get(b"page", b"1")
    if page.startswith(b"b"):
        return content.page(int(page[1:])), b""
    return content.page(content.sizes.files + 1 - PAGE * (int(page or b"1") - 1)), b""


class Connection(asyncio.Protocol):
    """One connection with keep-alive; requests without bodies, one after the other."""

    def __init__(self, content: Content, latency: float) -> None:
        self._content, self._latency = content, latency
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._left = memoryview(b"")
        self._paused = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is the base class's
        """Forget what was not sent."""
        self._transport, self._left = None, memoryview(b"")

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            target = self._received.split(b" ", 2)[1]
            self._received = self._received[end + 4 :]
            if self._latency:
                self._loop.call_later(self._latency, self._answer, target)
            else:
                self._answer(target)

    def _answer(self, target: bytes) -> None:
        if self._transport is None:
            return
        first, second = find(self._content, target)
        if len(second) <= _CHUNK:
            self._transport.write(first + second)
            return
        self._transport.write(first)
        self._left = memoryview(second)
        self._pump()

    def _pump(self) -> None:
        while self._left and not self._paused and self._transport is not None:
            piece, self._left = self._left[:_CHUNK], self._left[_CHUNK:]
            self._transport.write(piece)

    def pause_writing(self) -> None:
        """Wait: the other side is slower."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on with a large file."""
        self._paused = False
        self._pump()


async def serve(sizes: Sizes, latency: float) -> None:
    """Bind to a free port of the loopback address, print the root, serve without end."""
    ready: list[Content] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(ready[0], latency), "127.0.0.1", 0, start_serving=False)
    port = server.sockets[0].getsockname()[1]
    root = f"http://127.0.0.1:{port}"
    content = Content(sizes, root)
    for below in range(sizes.files + 1, 0, -PAGE):
        content.page(below)
    ready.append(content)
    await server.start_serving()
    print(root, flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.server")
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--size", type=int, default=28_000, help="bytes a file")
    parser.add_argument("--extension", choices=("jpg", "mp4"), default="jpg")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    given = parser.parse_args()
    try:
        asyncio.run(serve(Sizes(given.files, given.size, given.extension), given.latency))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
