"""What systemd is told while the service lives: when it is ready, what runs, waits and comes next, that it reads again or ends.

Here, because READY is a promise that only somebody who sees the whole loop can make. The command line attaches it to a loop.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from syncer.service.dispatch import Waiting
from syncer.service.loop import Loop
from syncer.service.notify import Notify
from syncer.service.words import count, moment
from syncer.store.database import Transaction

log = logging.getLogger(__name__)

EVERY = 2
"""Seconds between two looks at what there is to say."""
MANY = 10_000
"""More queued jobs than this are not counted: the answer must cost nothing."""
SHOWN = 3
# Two whole texts, because the indexes are partial: SQLite uses them only where the state is no parameter.
WAITING = "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state = 'waiting' LIMIT ?)"
LATER = "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state = 'later' LIMIT ?)"


class Announcer:
    """Speaks for one loop; everything but `reload_soon` belongs to the loop's thread."""

    def __init__(self, loop: Loop, notify: Notify) -> None:
        self._loop = loop
        self._notify = notify
        self._armed = False
        self._ready = False
        self._said = ""

    def attach(self) -> None:
        """Hook into the loop: READY after the inbox's watch was armed, STATUS now and then, STOPPING at its end."""
        if not self._notify.wanted:
            return
        loop = self._loop
        if loop.inbox is not None and loop.inbox.before_look is not None:
            loop.inbox.before_look = self._around(loop.inbox.before_look)
        if loop.clockwork is not None:
            loop.clockwork.every(EVERY, "words for systemd", self.say)
        if loop.reload is not None:
            loop.reload.begun, loop.reload.ended = self._reading, self._read
        loop.closers.insert(0, self.stopping)

    def _around(self, arm: Callable[[], str]) -> Callable[[], str]:
        def look() -> str:
            words = arm()
            self.ready()
            return words

        return look

    def ready(self) -> None:
        """Say that the service does its work: whoever gets here holds the lock, has a valid config and watches the inbox."""
        self._armed = True
        if not self._ready:
            self._said = status(self._loop)
            self._ready = self._notify.send(READY=1, STATUS=self._said)

    def say(self) -> None:
        """Say what runs, waits and comes next, if that has changed."""
        if not self._armed:
            return
        words = status(self._loop)
        if not self._ready:
            self.ready()  # systemd did not take it before
        elif words != self._said and self._notify.send(STATUS=words):
            self._said = words

    def reload_soon(self) -> None:
        """Have config and site files read again at the loop's next turn; a signal handler may call this."""
        self._loop.soon(self._reload)

    def _reload(self) -> None:
        try:
            if self._loop.reload is not None:
                self._loop.reload.again()
        except Exception:  # the last good config stays in force, and the service goes on
            log.exception("the config and the site files could not be read again")

    def _reading(self) -> None:
        """Say that config and site files are read again, whoever asked for it."""
        # The first READY waits for the inbox; a reload before it must not say it.
        if self._armed:
            microseconds = int(self._loop.runtime.clock.monotonic() * 1_000_000)
            self._notify.send(RELOADING=1, MONOTONIC_USEC=microseconds, STATUS="reading config and site files again")

    def _read(self) -> None:
        if self._armed:
            self._ready = False
            self.ready()

    def stopping(self) -> None:
        """Say that the service ends."""
        self._notify.send(STOPPING=1, STATUS="ending; what is unfinished goes on at the next start")


def status(loop: Loop) -> str:
    """Say in one line what runs, what waits for what, and what comes next; names lanes, never whole URLs."""
    dispatch = loop.runtime.dispatch
    lanes = sorted({job.lane for job in dispatch.running()})
    try:
        with loop.runtime.db.read() as tx:
            ready, later, next_check = _count(tx, WAITING), _count(tx, LATER), _next_check(tx)
    except sqlite3.Error as error:
        return f"the store cannot be read: {error}"
    said = [
        loop.watch.deaf if loop.watch is not None else "",
        f"running {count(len(dispatch.running()), 'job')} ({_few(lanes)})" if lanes else "idle",
        f"{ready} ready, {later} later" if ready != "0" or later != "0" else "",
        *(f"{_brief(each)} waits until {moment(each.until)}: {each.why}" for each in dispatch.waiting()[:1]),
        f"next check {next_check}" if next_check and loop.checks else "",
    ]
    return "; ".join(each for each in said if each)


def _brief(waiting: Waiting) -> str:
    """Name who waits; a thread without a title is called by its URL, which may hold a secret."""
    return waiting.context if "://" in waiting.name else waiting.name


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _count(tx: Transaction, sql: str) -> str:
    number = tx.value(sql, (MANY + 1,))
    return f"over {MANY}" if number > MANY else str(number)


def _next_check(tx: Transaction) -> str:
    rows = tx.rows(
        "SELECT kind, name, query, next_check FROM follows WHERE walk IS NULL AND paused = '' AND status = 'alive'"
        " AND retired_at IS NULL ORDER BY next_check LIMIT 1"
    )
    for row in rows:
        name = f"{row['name']}: {row['query']}" if row["query"] else row["name"] or row["kind"]
        when = moment(row["next_check"]) if row["next_check"] > tx.now else "now"
        return f"{name} {when}"
    return ""
