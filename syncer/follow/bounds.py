"""Bounds of a gallery download: from and until when, from and to which post.

Pure. The walk leaves out what its listing shows to lie outside, and ends where all that follows must; what only a post's own page
tells is decided there. Imported by service; the command line reads its dates here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, time, timedelta, tzinfo

from syncer.follow import order
from syncer.frozen import frozen


@frozen
class Bounds:
    """What a download is asked to take; None = no such bound. Times in seconds since 1970, both ends included."""

    since: int | None = None
    until: int | None = None
    after_id: int | None = None
    """Only posts with a higher number."""
    before_id: int | None = None
    """Only posts with a lower number."""

    def __bool__(self) -> bool:
        """Tell whether there is any bound."""
        return self != NONE

    def outside(self, post: str, at: int | None) -> str:
        """Say why a post (its id on the site and its time) lies outside; "" = inside, or no one can tell."""
        number = _number(post)
        if at is not None and self.since is not None and at < self.since:
            return "it was posted before --since"
        if at is not None and self.until is not None and at > self.until:
            return "it was posted after --until"
        if number is not None and self.after_id is not None and number <= self.after_id:
            return f"its number is not above --after-id {self.after_id}"
        if number is not None and self.before_id is not None and number >= self.before_id:
            return f"its number is not below --before-id {self.before_id}"
        return ""

    def past(self, posts: Sequence[tuple[str, int | None]]) -> str:
        """Say why a page's posts (ids and times, pinned ones left out) tell that all behind them lie outside; "" = they do not.

        Only where all of them lie below a bound, and stand newest first.
        """
        times = [at for _, at in posts if at is not None]
        if self.since is not None and len(times) == len(posts) and all(at < self.since for at in times):
            return "all posts on it are older than --since" if times and order.mostly_fall(times) else ""
        numbers = [number for post, _ in posts if (number := _number(post)) is not None]
        if self.after_id is not None and len(numbers) == len(posts) and all(one <= self.after_id for one in numbers):
            return "no post on it is above --after-id" if numbers and order.mostly_fall(numbers) else ""
        return ""


NONE = Bounds()
KEYS = tuple(each.name for each in fields(Bounds))


def of(given: Mapping[str, object]) -> Bounds:
    """Return the bounds among what was given with a wish."""
    return Bounds(**{key: int(str(given[key])) for key in KEYS if given.get(key) is not None})


def moment(text: str, zone: tzinfo | None, *, last: bool = False) -> int:
    """Return a day or moment (`2024-03-01`, `2024-03-01T18:00`) in seconds since 1970; of a day its first second, or its `last`.

    Without a zone of its own it is one of `zone`, None = the machine's. Raises ValueError with what it must look like.
    """
    try:
        if len(text.strip()) == len("2024-03-01"):
            day = date.fromisoformat(text.strip())
            following = datetime.combine(day + timedelta(days=1), time(), zone)
            return int(following.timestamp()) - 1 if last else int(datetime.combine(day, time(), zone).timestamp())
        at = datetime.fromisoformat(text.strip())
        return int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp())
    except (ValueError, OverflowError, OSError):
        raise ValueError(f'"{text}" is no day or time: write 2024-03-01 or 2024-03-01T18:00') from None


def _number(post: str) -> int | None:
    return int(post) if post.isascii() and post.isdigit() and len(post) <= 30 else None
