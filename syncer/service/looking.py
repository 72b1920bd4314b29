"""The store as a command sees it that only looks: config, site files, and a ledger that knows what was used up to a second ago.

Here, because what explains and reports must say the same as the running service, beside it as well as without one. `app` and the
command line use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from syncer.clock import Clock, SystemClock
from syncer.config.settings import Config
from syncer.fetch.ledger import Ledger
from syncer.frozen import frozen
from syncer.service import bandwidth_of, snapshot
from syncer.service.snapshot import Snapshot
from syncer.store import usage
from syncer.store.database import FILE_NAME, Database


@frozen
class Look:
    """What there is to look at."""

    db: Database | None
    """None: nothing has ever run here."""
    snapshot: Snapshot
    ledger: Ledger
    clock: Clock


@contextmanager
def at(config: Config, clock: Clock | None = None) -> Iterator[Look]:
    """Give a look at the state that a config names; nothing is made or changed."""
    clock = clock or SystemClock()
    shot = snapshot.build(config)
    there = (config.folders.state / FILE_NAME).exists()
    db = Database.open(config.folders.state, clock, read_only=True) if there else None
    try:
        pauses = []
        if db is not None:
            with db.read() as tx:
                pauses = usage.pauses(tx)
        books = bandwidth_of.BooksOf(db, shot)
        ledger = Ledger(config.bandwidth, clock, books, pauses, domains=bandwidth_of.domains(shot))
        yield Look(db, shot, ledger, clock)
    finally:
        if db is not None:
            db.close()
