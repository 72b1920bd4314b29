"""Bodies: unpacking with an end and a limit, lengths, hashes."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from syncer.fetch.body import Source, beginning, to_memory
from syncer.fetch.failure import FailureKind, FetchError

TEXT = b"The heron stands in the shallow water. " * 400


def source(body: bytes, encoding: str = "", length: int | None = None, limit: int = 10**7) -> Source:
    headers = {"Content-Encoding": encoding} if encoding else {}
    if length is not None:
        headers["Content-Length"] = str(length)
    response = urllib3.HTTPResponse(io.BytesIO(body), headers, 200, preload_content=False, enforce_content_length=False)
    return Source(response, limit, lambda number: None)


def kind_of(given: Source) -> FailureKind:
    with pytest.raises(FetchError) as caught:
        to_memory(given)
    return caught.value.failure.kind


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " X-GZIP "),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "gzip"),
        (gzip.compress(TEXT) + b"\0" * 512, "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "deflate"),
    ],
)
def test_unpacking(body: bytes, encoding: str) -> None:
    assert to_memory(source(body, encoding)) == TEXT


def test_nothing_is_packed_nothing() -> None:
    assert to_memory(source(b"", "gzip", 0)) == b""
    assert to_memory(source(gzip.compress(b""), "gzip")) == b""


@given(st.integers(1, len(gzip.compress(TEXT, mtime=0)) - 1))
def test_a_cut_anywhere_is_noticed(cut: int) -> None:
    assert kind_of(source(gzip.compress(TEXT, mtime=0)[:cut], "gzip")) is FailureKind.CUT_GZIP


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_never_gives_other_bytes(place: int, change: int) -> None:
    packed = bytearray(gzip.compress(TEXT, mtime=0))
    packed[place % len(packed)] ^= change
    try:
        assert to_memory(source(bytes(packed), "gzip")) == TEXT, "only what is in the header may change"
    except FetchError as error:
        assert error.failure.kind in (FailureKind.BAD_ANSWER, FailureKind.CUT_GZIP)  # noqa: PT017 both ends are right


def test_a_cut_second_member_is_noticed() -> None:
    whole = gzip.compress(TEXT) + gzip.compress(TEXT)
    assert kind_of(source(whole[:-3], "gzip")) is FailureKind.CUT_GZIP


def test_what_was_not_asked_for() -> None:
    assert kind_of(source(TEXT, "br")) is FailureKind.BAD_ANSWER


def test_a_bomb_fills_no_memory() -> None:
    bomb = gzip.compress(bytes(200_000_000))
    tracemalloc.start()
    assert kind_of(source(bomb, "gzip", limit=5_000_000)) is FailureKind.TOO_LARGE
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


def test_lengths() -> None:
    assert to_memory(source(TEXT, length=len(TEXT))) == TEXT
    for length in (len(TEXT) - 1, len(TEXT) + 1):
        assert kind_of(source(TEXT, length=length)) is FailureKind.WRONG_LENGTH
    with pytest.raises(FetchError) as caught:
        source(b"", length=11, limit=10)
    assert caught.value.failure.detail == "11 bytes announced, 10 allowed"
    assert kind_of(source(TEXT, limit=len(TEXT) - 1)) is FailureKind.TOO_LARGE


def test_only_the_beginning() -> None:
    assert beginning(source(TEXT), 10) == TEXT[:10]
    assert beginning(source(b"short"), 10) == b"short"


class _Breaks(io.RawIOBase):
    """A line that breaks after some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._data:
            raise ConnectionResetError
        buffer[:1] = self._data[:1]
        self._data = self._data[1:]
        return 1


def test_what_came_before_the_line_broke_is_not_lost() -> None:
    raw = io.BufferedReader(_Breaks(TEXT[:300]))
    response = urllib3.HTTPResponse(raw, {"Content-Length": str(len(TEXT))}, 200, preload_content=False)
    found: list[bytes] = []
    with pytest.raises((OSError, urllib3.exceptions.HTTPError)):
        found.extend(Source(response, 10**7, lambda number: None).pieces())
    assert b"".join(found) == TEXT[:300]
