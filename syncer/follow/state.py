"""How a query or watcher stands between two checks, what can go wrong with a check, and who it is over the years.

Pure. Imported by subscription and watcher beside it, and by service, which keeps the state in the store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from syncer.frozen import frozen

CHECK_AGAIN = 30
"""Seconds between two checks that a person asks for by hand (hydrus)."""
ASKED = "asked for"
"""Why a follow is checked at a time that no rule has set."""
TELL_AFTER = 3
"""So many faults in a row are told once; so is the end of them."""


class Status(StrEnum):
    """Whether a follow is still checked, and if not, why."""

    ALIVE = "alive"
    DEAD = "dead"
    """Too few new files for a check to be worth it."""
    GONE = "404"
    """The thread is no longer there."""
    ARCHIVED = "archived"
    """The thread says that it will not grow."""


@frozen
class FollowState:
    """What is known of a follow between two checks; times in whole seconds since 1970."""

    status: Status = Status.ALIVE
    next_check: int = 0
    """0 = at once."""
    last_check: int = 0
    """The last check that looked at the whole of what it had to; 0 = never."""
    first_done: bool = False
    """One walk was complete: from now on known posts mean that all below is known too."""
    faults: int = 0
    """Checks with a fault, the latest ones in a row."""
    why: str = ""
    """Why it is checked next when it is, or no more."""


class TroubleKind(StrEnum):
    """What kept a check from its end."""

    GONE = "gone"
    """404, 403, 400: the site answered, and it is not there."""
    UNREADABLE = "unreadable"
    """The site answered with something that cannot be read, or will not show it (451, a veto, another page)."""
    NETWORK = "network"
    """No connection, or the server does not work; tries are used up."""
    LOGIN = "login"
    OTHER = "other"


@frozen
class Trouble:
    """Why a check did not come to its end; `why` in words, with the cure where there is one."""

    kind: TroubleKind
    why: str


@frozen
class Change:
    """What follows from a check: the new state, and words for the person where something turned ("" = nothing)."""

    state: FollowState
    notice: str = ""


def due(state: FollowState, now: float) -> bool:
    """Tell whether the follow is to be checked at `now`; pausing is looked at by the caller."""
    return state.status is Status.ALIVE and now >= state.next_check


def check_now(state: FollowState, now: float) -> FollowState:
    """Return the state after a person asked for a check: alive again, no sooner than 30 s after the last one."""
    earliest = min(state.last_check, int(now)) + CHECK_AGAIN
    soonest = max(int(now), earliest)
    return replace(state, status=Status.ALIVE, next_check=soonest, why=ASKED)


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def identity(kind: str, site: str, keys: Iterable[str]) -> str:
    """Return who a follow is: its kind (`query`, `watcher`), site and the for-server keys of its first URLs.

    Not its name nor its place in the config: renaming, moving and splitting keep log and timing. Order does not count.
    """
    text = _encode([kind, site, sorted(set(keys))])
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:20]


def count_fault(state: FollowState, why: str) -> Change:
    """Return the state with one more fault in a row; the third one is told."""
    after = replace(state, faults=state.faults + 1, why=why)
    return Change(after, f"{after.faults} checks in a row did not work: {why}" if after.faults == TELL_AFTER else "")


def clear_faults(state: FollowState) -> Change:
    """Return the state without faults; that it works again is told if the faults were."""
    notice = f"works again, after {state.faults} checks that did not" if state.faults >= TELL_AFTER else ""
    return Change(replace(state, faults=0), notice)
