"""What holds a URL back beside bandwidth, in words: pauses by command, follows that are paused, quiet hours.

Here, apart from `held`, because `explain` looks beside a running service and has the store alone; it calls this.
"""

from __future__ import annotations

from typing import Final

from syncer.errors import ItemError
from syncer.follow.calendar import quiet_until
from syncer.service import follow_names, pause_job, timing_of
from syncer.service.looking import Look
from syncer.service.words import moment
from syncer.store import flags
from syncer.store.database import Transaction
from syncer.store.follows import Follow

SHOWN: Final = 10
"""So many follows are named."""


def of(look: Look, site: str, what: str) -> list[str]:
    """Return all that holds back a URL of a site, and the follows that `what` means, a URL or a name; nothing where nothing does."""
    if look.db is None:
        return []
    with look.db.read() as tx:
        told = [
            _flag(flag) for flag in flags.everything(tx) if flag.what in (flags.ALL, flags.FILES, flags.SITE + site)
        ]
        for follow in _meant(tx, look, what)[:SHOWN]:
            told += [f"{follow_names.label(follow)}: {why}" for why in _of_follow(tx, look, follow)]
    return told


def _flag(flag: flags.Flag) -> str:
    until = f" until {moment(flag.until)}" if flag.until is not None else ""
    return f"{pause_job.title(flag.what)} paused by command{until}; `syncer resume {flag.what}` lets it go on"


def _meant(tx: Transaction, look: Look, what: str) -> list[Follow]:
    try:
        return [each for each in follow_names.find(tx, look.snapshot, what) if each.retired_at is None]
    except ItemError:
        return []  # nobody follows it


def _of_follow(tx: Transaction, look: Look, follow: Follow) -> list[str]:
    whole = {pause_job.title(what) for what in (flags.ALL, flags.SITE + follow.site)}
    found = [why for why in pause_job.why_paused(tx, follow) if why.partition(" paused")[0] not in whole]
    quiet = quiet_until(timing_of.hours(look.snapshot, follow.site), look.clock.now())
    return found + ([] if quiet is None else [f"its quiet hours, until {moment(quiet)}"])
