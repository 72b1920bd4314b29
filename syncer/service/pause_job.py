"""Pausing and resuming by command: everything, all follows, all files, a site, or a follow, for good or for a time.

Here, because a pause is written to the store, so that it outlives the process, and told to the dispatcher at once. The loop ends
those whose time is over.
"""

from __future__ import annotations

import difflib
from typing import Any

from syncer.errors import ItemError
from syncer.service import asked, catalogue_words, follow_names, held, logins, reconcile
from syncer.service.runtime import Runtime
from syncer.service.words import count, moment
from syncer.store import catalogues, flags, follows
from syncer.store.database import Named, Transaction
from syncer.store.follows import Follow

LONGEST_REST = 30.0
WHOLE = (flags.ALL, flags.FOLLOWS, flags.FILES)
TITLES = {flags.ALL: "everything", flags.FOLLOWS: "all follows", flags.FILES: "all files"}


def end_due(runtime: Runtime) -> float:
    """Let go on what was paused for a time that is over; return the seconds until the next such time."""
    now = runtime.clock.now()
    with runtime.db.read() as tx:
        end = flags.next_end(tx)
    if end is None:
        return LONGEST_REST
    if end > now:
        return end - now
    with runtime.db.write(Named.REQUEST) as tx:
        flags.end_due(tx)
    held.refresh(runtime)
    return 0.0


def pause(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Pause `what` for so many `seconds`, or until it is resumed."""
    what, seconds = str(details.get("what") or flags.ALL), details.get("seconds")
    if not _is_flag(what):
        return pause_follow(runtime, {"name": what, "seconds": seconds})
    _check_site(runtime, what)
    with runtime.db.write(Named.REQUEST) as tx:
        until = None if seconds is None else tx.now + float(seconds)
        flags.put(tx, what, until)
    held.refresh(runtime)
    return {"what": what, "until": until, "words": f"{title(what)} paused {_until(until)}"}


def resume(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Let `what` go on; `all` ends every pause that commands have made of everything, follows, files and sites."""
    what = str(details.get("what") or flags.ALL)
    if not _is_flag(what):
        return resume_follow(runtime, {"name": what})
    _check_site(runtime, what)
    with runtime.db.write(Named.REQUEST) as tx:
        there = [flag.what for flag in flags.everything(tx)]
        ended = [each for each in (there if what == flags.ALL else [what]) if flags.drop(tx, each)]
        left = {flag.what for flag in flags.everything(tx)}
    held.refresh(runtime)
    waited = logins.lift(runtime, [what.removeprefix(flags.SITE)], "you have resumed it")
    ended += [what for _ in waited if what not in ended]
    words = f"{', '.join(map(title, ended))} resumed" if ended else f"{title(what)} was not paused by a command"
    still = f"; still paused: {', '.join(map(title, sorted(left)))}" if left else ""
    return {"what": what, "resumed": ended, "words": words + still}


def pause_follow(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Pause the follows of a name for so many `seconds`, or until they are resumed."""
    seconds = details.get("seconds")
    with runtime.db.write(Named.REQUEST) as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        until = 0.0 if seconds is None else tx.now + float(seconds)
        threads = _threads(tx, found) if details.get("threads") else []
        for each in (*(follow.id for follow in found), *threads):
            follows.set_pause(tx, each, until)
        left = catalogue_words.left(tx, found) - len(threads)
    too = f", with {count(len(threads), 'thread')}" if threads else ""
    on = (
        f"; {count(left, 'thread')} of it {'is' if left == 1 else 'are'} watched on: --threads pauses them, too"
        if left
        else ""
    )
    return {
        "follows": [follow_names.label(follow) for follow in found],
        "until": until or None,
        "words": f"{_named(found)} paused{too} {_until(until or None)}{on}",
    }


def _threads(tx: Transaction, found: list[Follow]) -> list[str]:
    """Return the ids of the watchers of the catalogues among some follows."""
    return [each for follow in found if follow.kind == "catalogue" for each in catalogues.watchers(tx, follow.id)]


def resume_follow(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """End the pauses by command of a name's follows, and accept what a person had to look at: other URLs, odd finds."""
    with runtime.db.write(Named.REQUEST) as tx:
        found = follow_names.find(tx, runtime.snapshot, details["name"])
        for each in _threads(tx, found) if details.get("threads") else []:
            follows.set_pause(tx, each, None)
        for follow in found:
            follows.set_pause(tx, follow.id, None)
            if asked.UNLIKE in follow.why:
                follows.accept(tx, follow.id)
        reconcile.accept_moves(tx, runtime.snapshot, found)
        now = [follows.get(tx, follow.id) or follow for follow in found]
        still = sorted({words for follow in now if (words := " and ".join(why_paused(tx, follow)))})
    # A walk that was held goes on with its next page.
    runtime.dispatch.look_again()
    words = f"{_named(found)} resumed" if not still else f"{_named(found)}: still paused: {'; '.join(still)}"
    return {"follows": [follow_names.label(follow) for follow in found], "still": still, "words": words}


def why_paused(tx: Transaction, follow: Follow) -> list[str]:
    """Return in words everything that pauses a follow: the config, its site file, a command and until when."""
    reasons = []
    if follow.paused:
        reasons.append("paused in the config" if follow.paused == "config" else follow.paused)
    if follow.command_pause is not None:
        reasons.append(f"paused by command {_until(follow.command_pause or None)}")
    for flag in flags.everything(tx):
        if flag.what in (flags.ALL, flags.FOLLOWS, flags.SITE + follow.site):
            reasons.append(f"{title(flag.what)} paused by command {_until(flag.until)}")
    return reasons


def title(what: str) -> str:
    """Say what a pause holds back."""
    return TITLES.get(what, what)


def _is_flag(what: str) -> bool:
    return what in WHOLE or what.startswith(flags.SITE)


def _check_site(runtime: Runtime, what: str) -> None:
    known = runtime.snapshot.sites
    name = what.removeprefix(flags.SITE)
    if what in WHOLE or name in known:
        return
    with runtime.db.read() as tx:
        if any(flag.what == what for flag in flags.everything(tx)):
            return  # its file has gone since it was paused
    close = difflib.get_close_matches(name, known, n=1)
    raise ItemError(
        f'there is no site "{name}"', f'Did you mean "{close[0]}"?' if close else "`syncer sites list` names all"
    )


def _named(found: list[Follow]) -> str:
    return follow_names.label(found[0]) if len(found) == 1 else f"{count(len(found), 'follow')} of {found[0].name}"


def _until(until: float | None) -> str:
    return "until it is resumed" if until is None else f"until {moment(until)}"
