"""Going on where a transfer broke off: which parts are worth keeping, how the rest is asked for, what an answer is good for.

Pure: headers and sizes in, a decision with its reason out (RFC 9110, sections 13.1.5 and 14). `files` acts on it; the jobs of
`service` keep a `Partial` as text with their job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum, auto
from typing import Final

from syncer.fetch.failure import FailureKind
from syncer.fetch.statuses import CONTENT_RANGE, http_date, is_part, packing
from syncer.frozen import frozen

KEEP_FOR: Final = 7 * 86_400.0
"""Seconds after which a part is not gone on with: few sites keep a file unchanged that long, and disks are small."""
SURE_AFTER: Final = 60.0
"""A Last-Modified this much older than the answer's own Date tells two states of a file apart for certain (8.8.2.2)."""
MOST_PROGRESS: Final = 16 * 1024 * 1024
"""So many new bytes are progress for any file; of a smaller one a hundredth is."""

BROKE: Final = frozenset(
    {
        FailureKind.DROPPED,
        FailureKind.TIMEOUT,
        FailureKind.DRIP,
        FailureKind.WRONG_LENGTH,
        FailureKind.TLS,
        FailureKind.OFFLINE,
        FailureKind.REFUSED,
        FailureKind.ABORTED,
    }
)
"""What ends a transfer and leaves the bytes true that came before it."""

NO_TO_A_RANGE: Final = frozenset({304, 400, 412})
"""By these some servers refuse the asking for a rest, or its condition, and not the file."""

_TAG: Final = re.compile(r'"[!#-~]{0,500}"')
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_NO_RANGE: Final = re.compile(r"bytes\s+\*/(\d{1,18})", re.IGNORECASE)


@frozen
class Partial:
    """The part of a file that is on the disk."""

    validator: str
    """What tells that the file is still the same: a strong ETag, or the time of its last change; "" = its hash alone will."""
    total: int | None
    """Bytes of the whole file, as the site said."""
    size: int
    """Bytes that are certain to be on the disk; what was written after them counts until the machine starts anew."""
    inode: int
    boot: str
    """Which run of the machine wrote it; "" = that cannot be told."""
    at: float
    """Seconds since 1970."""


class Way(Enum):
    """What to do with an answer."""

    ANEW = auto()
    """It holds the whole file: write over what is there."""
    APPEND = auto()
    WHOLE = auto()
    """What is there is the whole file already."""
    REFUSED = auto()
    """It is of no use; the file is asked for from its beginning."""


@frozen
class Decision:
    """What an answer to a request for the rest of a file is good for."""

    way: Way
    total: int | None = None
    """Bytes of the whole file, where the answer says so."""
    end: int | None = None
    """Size that the file has when the whole answer came."""
    why: str = ""


def to_text(partial: Partial) -> str:
    """Write a part's facts for the store."""
    return json.dumps(asdict(partial), separators=(",", ":"))


def from_text(text: str) -> Partial | None:
    """Read what `to_text` wrote; None for what cannot be read."""
    try:
        return Partial(**json.loads(text))
    except (ValueError, TypeError):
        return None


def validator(headers: Mapping[str, str], *, hashed: bool) -> str | None:
    """Return by what a file is known again, from the headers of its 200; None where nothing would tell that it changed.

    `hashed`: the site gives the hash of the whole, so that pieces of two files cannot go unnoticed.
    """
    if packing(headers.get("content-encoding")):
        return None
    if headers.get("accept-ranges", "").strip().lower() == "none":
        return None
    tag = headers.get("etag", "").strip()
    if _TAG.fullmatch(tag):
        return tag
    changed = headers.get("last-modified", "").strip()
    since, until = http_date(changed), http_date(headers.get("date", ""))
    if since is not None and until is not None and until - since >= SURE_AFTER:
        return changed
    return "" if hashed else None


def usable(partial: Partial | None, now: float, *, hashed: bool) -> bool:
    """Tell whether a part may be gone on with: young enough, and something tells whether the file is still the same."""
    return partial is not None and now - partial.at < KEEP_FOR and bool(partial.validator or hashed)


def asking(partial: Partial, size: int) -> tuple[tuple[str, str], ...]:
    """Return the headers that ask for what follows `size` bytes, if the file is still the same."""
    rest = ("Range", f"bytes={size}-")
    return (rest, ("If-Range", partial.validator)) if partial.validator else (rest,)


def decide(status: int, headers: Mapping[str, str], partial: Partial, size: int) -> Decision:
    """Decide what an answer to `asking` is good for, `size` bytes being there."""
    if status == 416:
        return _no_rest(headers, partial, size)
    if status != 206:
        refused = status in NO_TO_A_RANGE or is_part(headers)
        return (
            Decision(Way.REFUSED, why=f"status {status} to a request for the rest") if refused else Decision(Way.ANEW)
        )
    found = CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return Decision(Way.REFUSED, why="a part of the file came, and nothing says which")
    start, end = int(found[1]), int(found[2]) + 1
    total = None if found[3] == "*" else int(found[3])
    if why := _odd(headers, partial, start, end, total):
        return Decision(Way.REFUSED, why=why)
    if start == 0 and end == total:
        return Decision(Way.ANEW, total, end)
    if start != size:
        return Decision(Way.REFUSED, why=f"bytes from {size:,} on were asked for, those from {start:,} came")
    return Decision(Way.APPEND, partial.total if total is None else total, end)


def _no_rest(headers: Mapping[str, str], partial: Partial, size: int) -> Decision:
    """Read a 416: where its total is what we have, we have it all."""
    found = _NO_RANGE.fullmatch(headers.get("content-range", "").strip())
    total = int(found[1]) if found else None
    if total == size and partial.total in (None, total):
        return Decision(Way.WHOLE, total, total)
    return Decision(Way.REFUSED, why=f"nothing follows {size:,} bytes, says the site")


def _odd(headers: Mapping[str, str], partial: Partial, start: int, end: int, total: int | None) -> str:
    """Say what does not fit in a 206; "" where all does."""
    length = headers.get("content-length", "").strip()
    if end <= start or (total is not None and end > total):
        return "the answer contradicts itself"
    if _LENGTH.fullmatch(length) and int(length) != end - start:
        return f"{end - start:,} bytes were to come, {length} are announced"
    if packing(headers.get("content-encoding")):
        return "the rest of the file came packed"
    if total is not None and partial.total not in (None, total):
        return f"the file had {partial.total:,} bytes and now has {total:,}"
    name = "etag" if partial.validator.startswith('"') else "last-modified"
    now = headers.get(name, "").strip()
    if partial.validator and now and now != partial.validator:
        return "the file has changed, and the site sent a part of the new one"
    return ""


def is_progress(before: int, after: int, total: int | None) -> bool:
    """Tell whether a try that took a file from `before` to `after` bytes brought enough that its tries begin anew.

    A hundredth of the file at least: a site that sends a byte at a time must not be asked for ever.
    """
    least = MOST_PROGRESS if total is None else min(MOST_PROGRESS, max(1, total // 100))
    return after - before >= least
