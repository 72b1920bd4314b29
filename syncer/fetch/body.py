"""The body of an answer: unpacked with limits, counted, hashed on its way into a file or kept in memory.

Apart from the client, because the same rules hold for files and pages. Only `client` imports it.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3.response

from syncer.fetch.failure import FailureKind, fail

CHUNK: Final = 256 * 1024
LARGE: Final = 4 * 1024 * 1024
"""From here on MD5, the slowest step of all, runs beside the others in a thread of its own: 1.4 times the rate."""
LARGE_CHUNK: Final = 1024 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_PACKED: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}

OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Received:
    """What came."""

    size: int
    sha256: str
    md5: str


class Source:
    """The pieces of one body, unpacked; a cut one is an error, and never more than `limit` bytes come out."""

    def __init__(self, response: urllib3.response.BaseHTTPResponse, limit: int, on_bytes: OnBytes) -> None:
        """Take an answer whose body is unread. Raises FetchError (too_large) where its length is over `limit`."""
        self._response = response
        self._limit = limit
        self._on_bytes = on_bytes
        self._encoding = response.headers.get("content-encoding", "identity").strip().lower()
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
        if wbits is None and self._encoding not in ("identity", ""):
            raise fail(FailureKind.BAD_ANSWER, f'packed as "{self._encoding[:40]}", which was not asked for')
        total = 0
        for piece in self._raw() if wbits is None else _unpack(self._raw(), wbits):
            total += len(piece)
            if total > self._limit:
                raise fail(FailureKind.TOO_LARGE, f"more than {self._limit:,} bytes")
            yield piece

    def _raw(self) -> Iterator[bytes]:
        read, came = self._response.read, 0
        chunk = LARGE_CHUNK if self.large else CHUNK
        while piece := read(chunk, decode_content=False):
            came += len(piece)
            self._on_bytes(len(piece))
            if came > self._limit:
                raise fail(FailureKind.TOO_LARGE, f"more than {self._limit:,} bytes")
            yield piece
        if self.announced is not None and came != self.announced:
            raise fail(FailureKind.WRONG_LENGTH, f"{self.announced:,} bytes announced, {came:,} came")


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


def to_file(source: Source, part: Path) -> Received:
    """Write the body to `part`, hashing it on its way; a failed one is removed.

    `part` lies in a folder of ours; it is made with mode 0600 and never through a symlink.
    Raises FetchError as `Source.pieces` does, or with kind disk.
    """
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _disk(error) from error
    try:
        received = _pour(source, descriptor)
    except BaseException:
        os.close(descriptor)
        part.unlink(missing_ok=True)
        raise
    os.close(descriptor)
    return received


def _pour(source: Source, descriptor: int) -> Received:
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with ThreadPoolExecutor(1) if source.large else nullcontext() as aside:
        hashed: Future[None] | None = None
        for piece in source.pieces():
            if aside is None:
                md5.update(piece)
            else:
                if hashed is not None:
                    hashed.result()
                hashed = aside.submit(md5.update, piece)
            sha256.update(piece)
            _write(descriptor, piece)
            size += len(piece)
    return Received(size, sha256.hexdigest(), md5.hexdigest())


def _write(descriptor: int, piece: bytes) -> None:
    try:
        written = os.write(descriptor, piece)
        while written < len(piece):
            written += os.write(descriptor, memoryview(piece)[written:])
    except OSError as error:
        raise _disk(error) from error


def _disk(error: OSError) -> Exception:
    return fail(FailureKind.DISK, f"{error.strerror} (errno {error.errno})")
