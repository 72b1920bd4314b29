"""The body of an answer: unpacked with limits and counted, piece by piece; what came before it broke is not lost.

Apart from the client, because the same rules hold for files and pages. Only `client`, `files` and `part` import it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final

import urllib3.response

from syncer.fetch.failure import FailureKind, fail
from syncer.fetch.statuses import packing

CHUNK: Final = 256 * 1024
LARGE: Final = 4 * 1024 * 1024
"""From here on MD5, the slowest step of all, runs beside the others in a thread of its own: 1.4 times the rate."""
LARGE_CHUNK: Final = 1024 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_PACKED: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}

OnBytes = Callable[[int], None]


class Source:
    """The pieces of one body, unpacked; a cut one is an error, and never more than `limit` bytes come out."""

    def __init__(self, response: urllib3.response.BaseHTTPResponse, limit: int, on_bytes: OnBytes) -> None:
        """Take an answer whose body is unread. Raises FetchError (too_large) where its length is over `limit`."""
        self._response = response
        self._limit = limit
        self._on_bytes = on_bytes
        self._encoding = packing(response.headers.get("content-encoding"))
        self.announced = _announced(response)
        if self.announced is not None and self.announced > limit:
            raise fail(FailureKind.TOO_LARGE, f"{self.announced:,} bytes announced, {limit:,} allowed")

    @property
    def length_known(self) -> bool:
        """Tell whether the server said where the body ends, so that a cut one is noticed."""
        return self.announced is not None or bool(getattr(self._response, "chunked", False))

    @property
    def large(self) -> bool:
        """Tell whether so much is announced that more memory and a second thread pay."""
        return self.announced is not None and self.announced >= LARGE

    def pieces(self) -> Iterator[bytes]:
        """Yield the unpacked body. Raises FetchError: too_large, wrong_length, cut_gzip, bad_answer."""
        wbits = _PACKED.get(self._encoding)
        if wbits is None and self._encoding:
            raise fail(FailureKind.BAD_ANSWER, f'packed as "{self._encoding[:40]}", which was not asked for')
        total = 0
        for piece in self._raw() if wbits is None else _unpack(self._raw(), wbits):
            total += len(piece)
            if total > self._limit:
                raise fail(FailureKind.TOO_LARGE, f"more than {self._limit:,} bytes")
            yield piece

    def _raw(self) -> Iterator[bytes]:
        came = 0
        for piece in self._gathered(LARGE_CHUNK if self.large else CHUNK):
            came += len(piece)
            if came > self._limit:
                raise fail(FailureKind.TOO_LARGE, f"more than {self._limit:,} bytes")
            yield piece
        if self.announced is not None and came != self.announced:
            raise fail(FailureKind.WRONG_LENGTH, f"{self.announced:,} bytes announced, {came:,} came")

    def _gathered(self, chunk: int) -> Iterator[bytes]:
        """Yield pieces of about `chunk` bytes; where the line breaks, first all that came over it."""
        read, held, size = self._response.read1, list[bytes](), 0
        try:
            while piece := read(chunk - size, decode_content=False):
                self._on_bytes(len(piece))
                held.append(piece)
                size += len(piece)
                if size >= chunk:
                    yield b"".join(held)
                    held, size = [], 0
        except Exception:
            if held:
                yield b"".join(held)
            raise
        if held:
            yield b"".join(held)


def _announced(response: urllib3.response.BaseHTTPResponse) -> int | None:
    length = response.headers.get("content-length", "").partition(",")[0].strip()
    chunked = bool(getattr(response, "chunked", False))
    return int(length) if length.isascii() and length.isdigit() and not chunked else None


def _unpack(pieces: Iterator[bytes], wbits: int) -> Iterator[bytes]:
    """Unpack gzip (several members too) or deflate, at most `CHUNK` bytes at a time, so that no bomb fills memory."""
    machine = zlib.decompressobj(wbits)
    started = False
    for piece in pieces:
        rest = piece
        while rest:
            if machine.eof:
                if not rest.strip(b"\0"):
                    break  # padding behind the end is common
                machine = zlib.decompressobj(wbits)
            try:
                out = machine.decompress(rest, CHUNK)
            except zlib.error as error:
                if started or wbits in (-zlib.MAX_WBITS, _GZIP):
                    raise fail(FailureKind.BAD_ANSWER, f"the packed answer is damaged: {error}") from None
                wbits = -zlib.MAX_WBITS  # some servers send deflate without its header
                machine = zlib.decompressobj(wbits)
                continue
            started = True
            rest = machine.unused_data if machine.eof else machine.unconsumed_tail
            if out:
                yield out
    yield from _rest(machine, started)


def _rest(machine: zlib._Decompress, started: bool) -> Iterator[bytes]:
    while started and not machine.eof:
        out = machine.decompress(machine.unconsumed_tail, CHUNK)
        if not out:
            raise fail(FailureKind.CUT_GZIP, "the packed answer has no end")
        yield out


def to_memory(source: Source) -> bytes:
    """Return the whole body. Raises FetchError as `Source.pieces` does."""
    return b"".join(source.pieces())


def beginning(source: Source, most: int) -> bytes:
    """Return the first bytes of a body that is only looked at; what is short is read to its end."""
    found = b""
    for piece in source.pieces():
        found += piece
        if len(found) >= most:
            return found[:most]
    return found
