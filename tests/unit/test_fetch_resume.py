"""Going on where a transfer broke off: what is kept, what is asked, and what each answer to that is good for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.fetch.resume import (
    KEEP_FOR,
    Partial,
    Way,
    asking,
    decide,
    from_text,
    is_progress,
    to_text,
    usable,
    validator,
)

NOW = 1_700_000_000.0
CHANGED = "Wed, 21 Oct 2015 07:28:00 GMT"
PART = Partial('"abc"', 1000, 400, 7, "boot", NOW)


@pytest.mark.parametrize(
    ("headers", "known_by"),
    [
        ({"etag": '"abc"'}, '"abc"'),
        ({"etag": '"abc"', "last-modified": CHANGED}, '"abc"'),
        ({"etag": 'W/"abc"'}, None),
        ({"etag": 'W/"abc"', "last-modified": CHANGED, "date": "Wed, 21 Oct 2015 07:29:00 GMT"}, CHANGED),
        ({"last-modified": CHANGED, "date": "Wed, 21 Oct 2015 07:28:59 GMT"}, None),
        ({"last-modified": CHANGED}, None),
        ({"last-modified": "yesterday", "date": CHANGED}, None),
        ({"etag": "abc"}, None),
        ({"etag": '"a"b"'}, None),
        ({"etag": '"caf\xe9"'}, None),
        ({}, None),
        ({"etag": '"abc"', "content-encoding": "gzip"}, None),
        ({"etag": '"abc"', "accept-ranges": "none"}, None),
        ({"etag": '"abc"', "content-encoding": "identity", "accept-ranges": "bytes"}, '"abc"'),
    ],
)
def test_by_what_a_file_is_known_again(headers: dict[str, str], known_by: str | None) -> None:
    assert validator(headers, hashed=False) == known_by
    packed = "content-encoding" in headers and headers["content-encoding"] != "identity"
    if known_by is None and not packed and headers.get("accept-ranges") != "none":
        assert validator(headers, hashed=True) == "", "the hash of the whole will tell"


def test_asking() -> None:
    assert asking(PART, 400) == (("Range", "bytes=400-"), ("If-Range", '"abc"'))
    assert asking(replace(PART, validator=""), 400) == (("Range", "bytes=400-"),)


def test_usable() -> None:
    assert usable(PART, NOW + KEEP_FOR - 1, hashed=False)
    assert not usable(PART, NOW + KEEP_FOR, hashed=False)
    assert not usable(replace(PART, validator=""), NOW, hashed=False)
    assert usable(replace(PART, validator=""), NOW, hashed=True)
    assert not usable(None, NOW, hashed=True)


ANSWERS = [
    # status, headers, way
    (206, {"content-range": "bytes 400-999/1000"}, Way.APPEND),
    (206, {"content-range": "Bytes 400-999/1000", "content-length": "600", "etag": '"abc"'}, Way.APPEND),
    (206, {"content-range": "bytes 400-499/1000"}, Way.APPEND),
    (206, {"content-range": "bytes 400-999/*"}, Way.APPEND),
    (206, {"content-range": "bytes 0-999/1000"}, Way.ANEW),
    (206, {"content-range": "bytes 0-499/1000"}, Way.REFUSED),
    (206, {"content-range": "bytes 300-999/1000"}, Way.REFUSED),
    (206, {"content-range": "bytes 500-999/1000"}, Way.REFUSED),
    (206, {"content-range": "bytes 400-999/999"}, Way.REFUSED),
    (206, {"content-range": "bytes 400-1999/2000"}, Way.REFUSED),
    (206, {"content-range": "bytes 999-400/1000"}, Way.REFUSED),
    (206, {"content-range": "400-999/1000"}, Way.REFUSED),
    (206, {}, Way.REFUSED),
    (206, {"content-type": "multipart/byteranges; boundary=x"}, Way.REFUSED),
    (206, {"content-range": "bytes 400-999/1000", "content-length": "37"}, Way.REFUSED),
    (206, {"content-range": "bytes 400-999/1000", "content-length": "\xb2"}, Way.APPEND),
    (206, {"content-range": "bytes 400-999/1000", "content-length": "9" * 5_000}, Way.APPEND),
    (206, {"content-range": "bytes 400-999/1000", "content-encoding": "gzip"}, Way.REFUSED),
    (206, {"content-range": "bytes 400-999/1000", "etag": '"other"'}, Way.REFUSED),
    (206, {"content-range": "bytes 400-999/1000", "etag": 'W/"abc"'}, Way.REFUSED),
    (304, {}, Way.REFUSED),
    (400, {}, Way.REFUSED),
    (412, {}, Way.REFUSED),
    (200, {}, Way.ANEW),
    (203, {"content-range": "bytes 0-999/1000"}, Way.ANEW),
    (203, {"content-range": "bytes 400-999/1000"}, Way.REFUSED),
    (416, {"content-range": "bytes */400"}, Way.REFUSED),
    (416, {"content-range": "bytes */1000"}, Way.REFUSED),
    (416, {}, Way.REFUSED),
]


@pytest.mark.parametrize(("status", "headers", "way"), ANSWERS)
def test_answers(status: int, headers: dict[str, str], way: Way) -> None:
    decision = decide(status, headers, PART, 400)
    assert decision.way is way
    assert bool(decision.why) == (way is Way.REFUSED)


def test_416_with_our_size_is_the_whole_file() -> None:
    for total in (1000, None):
        decision = decide(416, {"content-range": "bytes */1000"}, replace(PART, total=total), 1000)
        assert decision.way is Way.WHOLE


def test_the_time_of_the_last_change_is_compared_where_it_is_what_we_have() -> None:
    part = replace(PART, validator=CHANGED)
    same = {"content-range": "bytes 400-999/1000", "last-modified": CHANGED, "etag": '"new tag"'}
    assert decide(206, same, part, 400).way is Way.APPEND
    assert decide(206, same | {"last-modified": "Thu, 22 Oct 2015 07:28:00 GMT"}, part, 400).way is Way.REFUSED


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 999))
def test_nothing_is_ever_appended_elsewhere(start: int, last: int, total: int, size: int) -> None:
    decision = decide(206, {"content-range": f"bytes {start}-{last}/{total}"}, PART, size)
    if decision.way is Way.APPEND:
        assert (start, total) == (size, 1000)
        assert decision.end == last + 1 <= 1000
    if decision.way is Way.ANEW:
        assert (start, last + 1) == (0, total)


@given(st.text(), st.one_of(st.none(), st.integers(0)), st.integers(0), st.integers(0), st.text(), st.floats(0, 1e12))
def test_text_there_and_back(known: str, total: int | None, size: int, inode: int, boot: str, at: float) -> None:
    part = Partial(known, total, size, inode, boot, at)
    assert from_text(to_text(part)) == part


@pytest.mark.parametrize("text", ["", "-", "{}", "[]", "null", "5", '{"validator": ""}'])
def test_what_is_no_part(text: str) -> None:
    assert from_text(text) is None


def test_progress_is_a_hundredth_or_16_mb() -> None:
    assert is_progress(0, 10, 1000)
    assert not is_progress(0, 9, 1000)
    assert not is_progress(400, 409, 1000)
    assert is_progress(0, 1, 50)
    assert not is_progress(5, 5, 50)
    assert is_progress(0, 16 * 1024**2, 10**12)
    assert not is_progress(0, 16 * 1024**2 - 1, None)


@given(st.lists(st.integers(0, 10**6)), st.integers(1, 10**6))
def test_tries_cannot_begin_anew_for_ever(sizes: list[int], total: int) -> None:
    """Whatever a site does, the mark only rises with progress, so that there are at most a hundred times."""
    mark = times = 0
    for size in sizes * 3:
        if is_progress(mark, min(size, total), total):
            mark, times = min(size, total), times + 1
    assert times <= 101 or total < 100
