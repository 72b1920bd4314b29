"""Statuses, Retry-After in all its forms, and pages that want to see a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.fetch.failure import Failure, FailureKind
from syncer.fetch.statuses import judge_status, meant, retry_after

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "refused_request"), (401, "unauthorised"), (403, "forbidden"), (404, "not_found"), (408, "timeout"),
        (410, "gone"), (418, "refused_request"), (429, "slow_down"), (451, "legal"), (500, "server_error"),
        (502, "unavailable"), (503, "unavailable"), (504, "unavailable"), (509, "slow_down"), (522, "unavailable"),
        (529, "slow_down"), (599, "server_error"), (101, "unexpected_status"), (999, "unexpected_status"),
    ],
)  # fmt: skip
def test_kinds(status: int, kind: str) -> None:
    found = judge_status(status, {}, b"", NOW)
    assert found is not None
    assert (found.kind, found.status, found.retry_after) == (kind, status, None)


@pytest.mark.parametrize("status", [200, 203, 301, 304])
def test_what_is_no_failure(status: int) -> None:
    assert judge_status(status, {"location": "/x"}, b"DDoS-Guard", NOW) is None


@given(st.integers(0, 99), st.integers(0, 99), st.one_of(st.just("*"), st.integers(0, 99)))
def test_only_a_206_from_the_first_to_the_last_byte_is_the_whole(start: int, end: int, total: int | str) -> None:
    said = {"content-range": f"bytes {start}-{end}/{total}"}
    whole = start == 0 and total == end + 1
    assert meant(206, said) == (200 if whole else 206)
    assert (judge_status(meant(206, said), said, b"", NOW) is None) == whole
    assert (judge_status(200, said, b"", NOW) is None) == (whole or (start == 0 and total == "*"))
    assert meant(206, {}) == 206
    assert judge_status(200, {"content-range": "items 1-2/3"}, b"", NOW) is None


@pytest.mark.parametrize("status", [403, 503, 502, 400, 413, 430, 999])
def test_what_means_429(status: int) -> None:
    found = judge_status(status, {"retry-after": "30"}, b"", NOW)
    assert found == Failure(FailureKind.SLOW_DOWN, f"status {status}", status, 30.0)


def test_an_error_with_a_retry_after_stays_an_error() -> None:
    found = judge_status(500, {"retry-after": "30"}, b"", NOW)
    assert found == Failure(FailureKind.SERVER_ERROR, "status 500", 500, 30.0)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the machine nine hours away from the time that headers are written in."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 3600 ", 3600), ("0", 1), ("-5", 1), ("1.5", 1.5), ("315360000", 86_400),
        (formatdate(NOW + 120, usegmt=True), 120), (formatdate(NOW - 50, usegmt=True), 1),
        (formatdate(NOW + 10**8, usegmt=True), 86_400), ("Tue, 14 Nov 2023 22:15:20 GMT", 120),
        ("soon", None), ("", None), (None, None), ("1e9", None), ("9" * 40, 86_400), ("9" * 400, 86_400), ("²", None),
        ("Mon, 99 Foo 2023 22:15:20 GMT", None), ("Tue Nov 14 22:15:20 2023", 120), ("Tuesday, 14-Nov-23 22:15:20 GMT", 120),
        ("60, 60", 60), ("60s", 60), ("60 seconds, 5", 60), ("60 per minute", None), ("1700000090", 90),
    ],
)  # fmt: skip
def test_retry_after(value: str | None, seconds: float | None, elsewhere: None) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_is_read_by_the_servers_own_clock() -> None:
    # The server's clock is a day ahead of ours; it means two minutes.
    assert retry_after(formatdate(NOW + 86_520, usegmt=True), NOW, formatdate(NOW + 86_400, usegmt=True)) == 120
    assert retry_after(formatdate(NOW + 120, usegmt=True), NOW, "no date") == 120


@pytest.mark.parametrize(
    ("status", "headers", "head"),
    [
        (403, {"cf-mitigated": "challenge"}, b""),
        (200, {"cf-mitigated": "challenge"}, b""),
        (403, {"server": "ddos-guard"}, b""),
        (403, {}, b'<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>'),
        (503, {}, b"<title>Just a moment...</title>"),
        (403, {}, b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>'),
    ],
)
def test_challenges(status: int, headers: dict[str, str], head: bytes) -> None:
    found = judge_status(status, headers, head, NOW)
    assert found is not None
    assert found.kind is FailureKind.CHALLENGE


def test_a_plain_refusal_is_no_challenge() -> None:
    for status, headers in ((403, {"server": "cloudflare"}), (404, {"server": "ddos-guard"})):
        found = judge_status(status, headers, b"<title>Access denied</title>", NOW)
        assert found is not None
        assert found.kind is not FailureKind.CHALLENGE


def test_an_interface_that_says_400_for_what_is_gone() -> None:
    bodies = (b'{"error":"NotFound","message":"Post not found"}', b'{"error":"InvalidRequest"}')
    found = [judge_status(400, {}, body, NOW) for body in bodies]
    assert [one and one.kind.value for one in found] == ["not_found", "refused_request"]
