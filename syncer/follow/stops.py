"""How a walk or a branch of it ended: the reason, the words for the person, whether it left a gap or was a fault.

Apart from the walk so that its rules read as rules; pure. Imported by this floor and by service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from syncer.frozen import frozen


class Reason(StrEnum):
    """Why a listing is not read further."""

    END = "end"
    """There is no more of it."""
    BOUND = "bound"
    """What follows lies outside of what was asked for."""
    NOTHING_NEW = "nothing new"
    KNOWN = "known"
    """Old ground: posts that an earlier complete walk met."""
    LIMIT = "limit"
    PAGE_CAP = "page cap"
    DEPTH = "depth"
    """The site shows no page further down."""
    GONE = "gone"
    """Its first page could not be had."""
    REPEATS = "repeats"
    LOOP = "loop"
    ORDER = "order"
    """Not newest first: known posts say nothing of those below."""
    ELSE = "something else"
    """Another listing than the one that was asked for."""
    EMPTY = "empty"
    """No post at all where there were posts before: the site changed, or shows something else."""


_WEIGHT = tuple(Reason)
"""Of several branches' ends the later one in this order is told."""


@frozen
class Stop:
    """The end of a walk, in words a person can act on."""

    reason: Reason
    words: str
    gap: bool = False
    """There may be posts between the last one met and those known before; they were not looked at."""
    fault: bool = False
    """The listing did not behave: what was found is kept, but the walk does not count as complete."""
    resume: str = ""
    """URL of the page to go on with, where there is more."""


def listing_over(pages: int) -> Stop:
    """Return the quiet end of a listing after `pages` pages."""
    return Stop(Reason.END, f"end of the listing after {count(pages, 'page')}")


def ended_early(stop: Stop, known_before: int) -> Stop:
    """Return the end of a listing that showed none of the posts that were met before: it may have been cut short."""
    return replace(stop, words=f"{stop.words}, before any of the {count(known_before, 'post')} known", gap=True)


def known_ground(what: str) -> Stop:
    """Return the end at what was known; `what` tells which rule saw it."""
    return Stop(Reason.KNOWN, f"reached what was known: {what}")


def paging_fault(reason: Reason, page: int, *, gap: bool) -> Stop:
    """Return the end at a listing that leads nowhere new, seen on its page number `page`."""
    what = {
        Reason.REPEATS: "shows only posts of the pages before it",
        Reason.LOOP: "names as the next page one that was read before",
    }[reason]
    return Stop(reason, f"paging fault: page {page} {what}; look at the site file's next page", gap=gap, fault=True)


def limit_reached(kind: str, limit: int, new: int, pages: int, *, gap: bool, resume: str) -> Stop:
    """Return the end at the limit of a walk of `kind`, after `new` posts on `pages` pages."""
    seen = f"limit of {limit} reached, {new} new on {count(pages, 'page')}"
    rest = {
        "first sync": "older posts are left out; `get` brings them",
        "sync": "old ground was not met, there may be more in between" if gap else "old ground was met",
    }.get(kind, f"continue with {resume}")
    return Stop(Reason.LIMIT, f"{seen}: {rest}", gap=gap, resume=resume)


def page_cap_reached(cap: int, new: int, *, gap: bool, resume: str) -> Stop:
    """Return the end at the highest number of pages that one walk reads."""
    words = f"read {count(cap, 'page')} with {new} new posts, the most for one walk: continue with {resume}"
    return Stop(Reason.PAGE_CAP, words, gap=gap, resume=resume)


def past_bounds(why: str, page: int) -> Stop:
    """Return the end at a page number `page` behind which all lies outside of what was asked for."""
    return Stop(Reason.BOUND, f"reached the end of what was asked for on page {page}: {why}")


def depth_reached(why: str, pages: int, new: int, *, gap: bool) -> Stop:
    """Return the end at the last page that the site shows, after `new` posts; `why` with the cure."""
    return Stop(Reason.DEPTH, f"{new} new on {count(pages, 'page')}, and {why}", gap=gap)


def not_newest_first(why: str) -> Stop:
    """Return the end at a listing that cannot be followed; `why` tells by what it is known."""
    cure = "ask for the newest first, or fetch it with `get`"
    return Stop(Reason.ORDER, f"the listing does not show the newest first ({why}): {cure}", fault=True)


def something_else(why: str, *, gap: bool = False) -> Stop:
    """Return the end at a listing that is not the one that was asked for."""
    return Stop(Reason.ELSE, why, gap=gap, fault=True)


UNTRUE = frozenset({Reason.ORDER, Reason.ELSE})
"""Ends at a listing that is not to be believed: nothing of it was taken."""


def gone(why: str) -> Stop:
    """Return the end of a listing whose first page could not be had."""
    return Stop(Reason.GONE, why, fault=True)


def whole(stops: Sequence[Stop], nothing_met: bool, known_before: int) -> Stop:
    """Return the end of a walk from the ends of its branches: the gravest one's words (of two the later), a gap if any left one."""
    if not nothing_met:
        # That one of several first pages is not there is no end: the walk has what the others gave.
        stops = [stop for stop in stops if stop.reason is not Reason.GONE]
    gravest = max(reversed(stops), key=lambda stop: _WEIGHT.index(stop.reason))
    if nothing_met and known_before and gravest.reason not in (Reason.GONE, *UNTRUE):
        words = f"no post at all where {count(known_before, 'post')} were known: the site changed or shows another page"
        return Stop(Reason.EMPTY, words, fault=True)
    gap = any(stop.gap for stop in stops)
    return Stop(gravest.reason, gravest.words, gap, gravest.fault, gravest.resume)


def with_outside(stop: Stop, outside: int) -> Stop:
    """Return the end of a walk that left out so many posts, since they were not asked for."""
    return replace(stop, words=f"{stop.words}; {count(outside, 'post')} outside of that") if outside else stop


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 page`, `3 pages`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
