"""The head of an answer, read by the rules of HTTP and not by those of mail."""

from __future__ import annotations

import http.client
import io
import socket

import pytest

from syncer.fetch import head


def lines(data: bytes) -> list[tuple[str, str]]:
    return list(head.lines(io.BytesIO(data)).items())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"A: 1\r\nB:2\r\n\r\n", [("A", "1"), ("B", "2")]),
        (b"A: 1\nB: 2\n\n", [("A", "1"), ("B", "2")]),
        (b"A: 1\r\n b\r\n\tc\r\n\r\n", [("A", "1 b c")]),
        (b"Content-Length : 5\r\n\r\n", [("Content-Length", "5")]),
        (b"no colon\r\nB: 2\r\n\r\n", [("B", "2")]),
        (b": empty\r\nbad name: 1\r\nB: 2\r\n\r\n", [("B", "2")]),
        (b" folded onto nothing\r\nB: 2\r\n\r\n", [("B", "2")]),
        (b"A: x\x0bB: y\x85z\r\n\r\n", [("A", "x\x0bB: y\x85z")]),
        (b"A: x\rSet-Cookie: y\0\r\n\r\n", [("A", "x Set-Cookie: y")]),
        (b"Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n", [("Set-Cookie", "a"), ("Set-Cookie", "b")]),
        (b"A: caf\xc3\xa9\r\n\r\n", [("A", "caf\u00c3\u00a9")]),
        (b"A: cut", [("A", "cut")]),
    ],
)
def test_header_lines(data: bytes, expected: list[tuple[str, str]]) -> None:
    assert lines(data) == expected


def test_what_follows_the_head_is_left_for_the_body() -> None:
    file = io.BytesIO(b"A: 1\r\n\r\nbody")
    head.lines(file)
    assert file.read() == b"body"


def test_endless_heads_are_refused() -> None:
    with pytest.raises(http.client.HTTPException, match="100 header lines"):
        lines(b"A: 1\r\n" * 101 + b"\r\n")
    with pytest.raises(http.client.LineTooLong):
        lines(b"A: " + b"x" * 70_000 + b"\r\n\r\n")
    with pytest.raises(http.client.HTTPException, match="interim"):
        answer(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 21 + b"HTTP/1.1 200 OK\r\n\r\n")


def answer(data: bytes, method: str = "GET") -> head.Response:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        response = head.Response(ours, method=method)
        response.begin()
        return response


@pytest.mark.parametrize(
    ("data", "status", "length", "chunked", "closes"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, 5, False, False),
        (b"HTTP/1.1 200\r\nContent-Length: 5\r\nConnection: Close\r\n\r\n", 200, 5, False, True),
        (b"HTTP/1.1 200 OK\r\n\r\n", 200, None, False, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5\r\n\r\n", 200, None, True, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked;x=1\r\n\r\n", 200, None, True, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 200, None, True, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n", 200, 5, False, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", 200, None, False, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", 200, None, False, True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", 200, 5, False, True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", 200, 5, False, False),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, 0, False, False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, 0, False, False),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", 200, 1, False, False),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", 200, 1, False, False),
    ],
)  # fmt: skip
def test_answers(data: bytes, status: int, length: int | None, chunked: bool, closes: bool) -> None:
    response = answer(data)
    assert (response.status, response.length, response.chunked, response.will_close) == (
        status,
        length,
        chunked,
        closes,
    )


def test_a_head_alone_has_no_body() -> None:
    assert answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").length == 0


def test_what_is_no_http_is_refused() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"
    for data in (endless, b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/2 200 OK\r\n\r\n"):
        with pytest.raises(http.client.HTTPException):
            answer(data)
