"""What another program's error message means, in our words: the kind of failure it stands for, and what a person can do.

Here, as a table, since both programs word most things alike: they pass on what a server or their library said. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from syncer.config import masks
from syncer.handover.base import BROKEN, UNSUPPORTED, GarbageError, Trouble

_MOST: Final = 300
"""Letters of a program's own words that are repeated."""

COOKIES: Final = "Log in with your browser and hand its cookies over: `syncer cookies import FILE`, or drop cookies.txt into the inbox"
_RENEW: Final = "Its site may have changed: bring {program} up to date with `{renew}`"

_TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    (r"unsupported url|no suitable extractor|is not a valid url", UNSUPPORTED, ""),
    (r"requested format is not available|no video formats|this video is drm", "not_found", ""),
    (r"challenge|captcha|not a bot|cloudflare|ddos-guard", "challenge", COOKIES),
    (r"\b429\b|too many requests|rate.?limit", "slow_down", ""),
    (
        (
            r"\b401\b|authenticationerror|authrequired|authentication required|login required|log ?in to|logged.?in|sign in|"
            r"use --cookies|account.*required|members.only|private video|username and password|oauth"
        ),
        "unauthorised",
        COOKIES,
    ),
    (r"\b403\b|forbidden|authorizationerror|insufficient privileges|not authorized", "forbidden", COOKIES),
    (
        (
            r"\b404\b|notfounderror|not found|could not be found|does not exist|has been removed|was removed|deleted|"
            r"video unavailable|no longer available|is not available"
        ),
        "not_found",
        "",
    ),
    (r"\b410\b", "gone", ""),
    (r"\b451\b|legal", "legal", ""),
    (r"\b50[0234]\b|internal server error|bad gateway|service unavailable|gateway time-?out", "server_error", ""),
    (r"name or service not known|getaddrinfo|name resolution|nameresolution|no address associated", "dns", ""),
    (r"certificate|ssl", "tls", ""),
    (r"proxyerror|proxy", "proxy", ""),
    (r"connection refused", "refused", ""),
    (r"network is unreachable|no route to host", "offline", ""),
    (r"timed? ?out|timeout", "timeout", ""),
    (
        r"connectionerror|connection (?:aborted|reset|broken)|remote end closed|incompleteread|chunkedencoding",
        "dropped",
        "",
    ),
    (r"no space left|disk quota", "disk", ""),
    (
        r"jsondecodeerror|expecting value|keyerror|unable to extract|extractionerror|typeerror|attributeerror",
        "bad_answer",
        _RENEW,
    ),
)
"""Pattern, kind and advice; the first that is found counts, so that the narrower ones stand above."""
_COMPILED: Final = tuple((re.compile(pattern, re.IGNORECASE), kind, advice) for pattern, kind, advice in _TABLE)
_LONGEST: Final = 20_000
_QUERY: Final = re.compile(r"(https?://[^\s?#'\"<>]*)[?#][^\s'\"<>]*", re.IGNORECASE)
_URLS: Final = re.compile(r"https?://\S+")


def read(program: str, said: str, renew: str) -> Trouble:
    """Return what a program's error message means; `renew` is the command that brings it up to date."""
    words = plain(said)
    # What stands in a URL says nothing about what went wrong.
    bare = _URLS.sub("URL", words)
    for pattern, kind, advice in _COMPILED:
        if pattern.search(bare):
            return Trouble(kind, f"{program}: {words}", advice.format(program=program, renew=renew))
    return Trouble(
        BROKEN, f"{program}: {words or 'it failed without a word'}", _RENEW.format(program=program, renew=renew)
    )


def plain(said: str) -> str:
    """Return what a program said in one line, cut where it is long, and without what may be a secret: it is shown to many."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in said[:_LONGEST]).split())
    line = masks.masked(_QUERY.sub(r"\1?…", line))
    return line if len(line) <= _MOST else f"{line[:_MOST]}…"


def garbage(*said: str) -> GarbageError:
    """Return the error for an answer that cannot be read, with the first thing that a program did say."""
    lines = (plain(line) for text in said for line in text.splitlines())
    first = next((line for line in lines if line), "")
    return GarbageError(f'it writes "{first}" instead of which URLs it knows' if first else "it writes nothing")


def ended(program: str, code: int | None, fault: str, said: str, renew: str) -> Trouble:
    """Return what it means that a program did not come to its end: a limit of ours, a crash, or what it last said."""
    if fault:
        return Trouble(BROKEN, f"{program} was ended: {fault}", "[handover] in the config sets its limits")
    errors = [line for line in said.splitlines() if "][error]" in line or line.startswith("ERROR:")]
    if errors:
        return read(program, errors[-1].rpartition("][error] ")[2].removeprefix("ERROR: "), renew)
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    if "error: " in last and code == 2:
        words = f"{program} does not know what it is asked: {plain(last)}"
        return Trouble(BROKEN, words, f"It is too old or too new: `{renew}`")
    return Trouble(BROKEN, f"{program} {_end(code, plain(last))}", _RENEW.format(program=program, renew=renew))


def _end(code: int | None, last: str) -> str:
    """Return in words how a program has ended that told of no error; `last` is what it said last."""
    if not code:
        how = "brought no answer that can be read"
    elif code < 0:
        how = f"crashed (signal {-code})"
    else:
        how = f"ended with {code}"
    return f"{how}: {last}" if last else f"{how}, without a word"
