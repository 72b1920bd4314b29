"""What a status line and headers say: which kind of failure, how long to wait, whether it is a challenge page.

Pure tables, apart from the client so that each can be tested on its own. Only `fetch` imports it.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Final

from syncer.fetch.failure import Failure, FailureKind

LEAST_WAIT: Final = 1.0
MOST_WAIT: Final = 86_400.0
"""No site can make us wait longer than a day, or less than a second (cases DL8)."""

_WAIT: Final = re.compile(r"([+-]?\d+(?:\.\d*)?)\s*(?:s|secs?|seconds?)?\s*(?:,|\Z)", re.ASCII | re.IGNORECASE)
_MOMENT: Final = 1e9
"""So many seconds nobody is told to wait: such a number is the moment itself."""

_KINDS: Final[Mapping[int, FailureKind]] = {
    400: FailureKind.REFUSED_REQUEST,
    401: FailureKind.UNAUTHORISED,
    402: FailureKind.FORBIDDEN,
    403: FailureKind.FORBIDDEN,
    404: FailureKind.NOT_FOUND,
    407: FailureKind.PROXY,
    408: FailureKind.TIMEOUT,
    410: FailureKind.GONE,
    420: FailureKind.SLOW_DOWN,
    425: FailureKind.UNAVAILABLE,
    429: FailureKind.SLOW_DOWN,
    451: FailureKind.LEGAL,
    502: FailureKind.UNAVAILABLE,
    503: FailureKind.UNAVAILABLE,
    504: FailureKind.UNAVAILABLE,
    509: FailureKind.SLOW_DOWN,
    521: FailureKind.UNAVAILABLE,
    522: FailureKind.UNAVAILABLE,
    523: FailureKind.UNAVAILABLE,
    524: FailureKind.UNAVAILABLE,
    529: FailureKind.SLOW_DOWN,
}
_MAY_MEAN_429: Final = frozenset(
    {FailureKind.UNAVAILABLE, FailureKind.FORBIDDEN, FailureKind.REFUSED_REQUEST, FailureKind.UNEXPECTED_STATUS}
)
"""With a Retry-After they are a request for patience: some sites say 503, others 403, 413 or a number of their own."""
_NAMED: Final = re.compile(rb'"error"\s*:\s*"NotFound"')
"""An interface that says 400 for each error it has a name for (AT Protocol, XRPC) says so of what is gone."""
_BY_HUNDRED: Final[Mapping[int, FailureKind]] = {4: FailureKind.REFUSED_REQUEST, 5: FailureKind.SERVER_ERROR}

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WHOLE: Final = frozenset({200, 203})
_WITHOUT_BODY: Final = frozenset({204, 205})
CONTENT_RANGE: Final = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE)

_NO_PACKING: Final = frozenset(
    {"", "identity", "none", "utf-8", "utf8", "iso-8859-1", "binary", "8bit", "7bit", "aws-chunked", "chunked"}
)
"""Servers write charsets, ways of transfer and how a file was once uploaded where only a packing has its place."""

_CHALLENGE_HEADERS: Final = (("cf-mitigated", "challenge"), ("x-amzn-waf-action", "captcha challenge"))
"""A header, and the values that mean a challenge."""
_CHALLENGE_STATUSES: Final = frozenset({401, 403, 405, 429, 503})
_CHALLENGE_MARKS: Final = re.compile(
    rb"DDoS-Guard|/\.well-known/ddos-guard/|cdn-cgi/challenge-platform|<title>Just a moment\.\.\.</title>"
    rb"|_Incapsula_Resource|<title>Checking your browser",
    re.IGNORECASE,
)


def judge_status(status: int, headers: Mapping[str, str], head: bytes, now: float) -> Failure | None:
    """Return what a status means as a failure; None for 2xx that bring what was asked for, 3xx that a caller can follow, and 304.

    `headers` have lower-case names, `head` is the beginning of the body, `now` is in seconds since 1970.
    """
    if is_challenge(status, headers, head):
        return Failure(FailureKind.CHALLENGE, f"status {status} with a browser check", status)
    if 200 <= status < 400:
        return _misfit(status, headers, now)
    kind = _KINDS.get(status) or _BY_HUNDRED.get(status // 100, FailureKind.UNEXPECTED_STATUS)
    if kind is FailureKind.REFUSED_REQUEST and _NAMED.search(head):
        kind = FailureKind.NOT_FOUND
    wait = retry_after(headers.get("retry-after"), now, headers.get("date"))
    if kind in _MAY_MEAN_429 and wait is not None:
        kind = FailureKind.SLOW_DOWN
    return Failure(kind, f"status {status}", status, wait)


def meant(status: int, headers: Mapping[str, str]) -> int:
    """Return the status of an answer to a request for the whole: 206 with all of it is a 200."""
    found = CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip()) if status == 206 else None
    return 200 if found is not None and int(found[1]) == 0 and found[3] == str(int(found[2]) + 1) else status


def is_part(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer says of itself that it is a part, whatever its status."""
    found = CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return False
    return int(found[1]) > 0 or found[3] not in ("*", str(int(found[2]) + 1))


def _misfit(status: int, headers: Mapping[str, str], now: float) -> Failure | None:
    """Return what is wrong with an answer that says that all is well, and does not fit a request for the whole of something."""
    if status == 202:
        wait = retry_after(headers.get("retry-after"), now, headers.get("date"))
        return Failure(FailureKind.NOT_YET, f"status {status}", status, wait)
    if status in _WITHOUT_BODY:
        return Failure(FailureKind.EMPTY, f"status {status}", status)
    why = ""
    if status == 206:
        why = "a part came, and all was asked for"
    elif status in _WHOLE and is_part(headers):
        why = f"it says of itself that it is a part: {headers['content-range'].strip()}"
    elif status in REDIRECTS and not headers.get("location", "").strip():
        why = "it leads elsewhere and does not say where"
    return Failure(FailureKind.WRONG_ANSWER, f"status {status}: {why}", status) if why else None


def packing(value: str | None) -> str:
    """Return how a body is packed, as its Content-Encoding says; "" for not at all, and for words that are no packing."""
    codings = (coding.strip() for coding in (value or "").lower().split(","))
    return ", ".join(coding for coding in codings if coding not in _NO_PACKING)


def is_challenge(status: int, headers: Mapping[str, str], head: bytes) -> bool:
    """Tell whether an answer is a page that wants to see a browser (Cloudflare, DDoS-Guard, ...), not content."""
    if any(headers.get(name, "").lower() in values.split() for name, values in _CHALLENGE_HEADERS):
        return True
    if status not in _CHALLENGE_STATUSES:
        return False
    return headers.get("server", "").lower() == "ddos-guard" or is_challenge_page(head)


def is_challenge_page(head: bytes) -> bool:
    """Tell the same by the beginning of a page alone, whatever its status."""
    return bool(_CHALLENGE_MARKS.search(head))


def retry_after(value: str | None, now: float, date: str | None = None) -> float | None:
    """Read a Retry-After header into seconds between `LEAST_WAIT` and `MOST_WAIT`; None where it says nothing usable.

    Both forms of RFC 9110 10.2.3, and what is written in their place: a unit behind the number, a header sent twice (the first
    counts), a moment in seconds since 1970. A moment is compared with the answer's own Date, so that a wrong clock on either
    side does no harm; zero, negative numbers and moments gone by mean the shortest wait.
    """
    text = (value or "").strip()
    number = _WAIT.match(text)
    if number and float(number[1]) < _MOMENT:
        return bounded(float(number[1]))
    until = float(number[1]) if number else http_date(text)
    if until is None:
        return None
    since = http_date(date or "")
    return bounded(until - (now if since is None else since))


def bounded(seconds: float) -> float:
    """Bring a wait into its bounds."""
    return min(max(seconds, LEAST_WAIT), MOST_WAIT)


def http_date(text: str) -> float | None:
    """Read the date of a header, in any form of RFC 9110 5.6.7, into seconds since 1970; None where it is none."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        # One of the forms names no zone; left so, it would be read as the time on this machine's wall.
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
