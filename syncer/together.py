"""Work that goes on side by side in one thread: what several wait for at once, a flush of the disk, is done once for all of them.

Here, because a file is delivered in seven steps, each of which must be on the disk before the next: alone it waits for seven
flushes, with seven others it waits for one. Imports nothing of syncer; `deliver`, `store` and `service` use it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Hashable, Sequence
from typing import Final

from syncer.frozen import frozen

log = logging.getLogger(__name__)


@frozen
class Flush:
    """Something that must be on the disk before a work goes on."""

    what: Hashable
    """The same for all who wait for the same thing."""
    run: Callable[[], None]
    """Brings it there; whatever it raises is raised in every work that waits for it."""


A_TURN: Final = Flush("a turn", lambda: None)
"""What a work waits for that can only go on when others beside it have come further."""

Steps = Generator[Flush, None, bool]
"""A work that yields what it has to wait for, and returns whether it is settled."""


def alone(steps: Steps) -> bool:
    """Do a work to its end; return what it returns, and raise what it raises."""
    error: Exception | None = None
    while True:
        try:
            flush = next(steps) if error is None else steps.throw(error)
        except StopIteration as end:
            return bool(end.value)
        error = _error_of(flush)


def together(begun: Sequence[tuple[Steps, Flush]]) -> list[bool]:
    """Do several works that wait already to their ends, in step; return what each returns.

    They are such as raise nothing; one that does so all the same counts as not settled.
    """
    settled: dict[int, bool] = {}
    waiting = [(place, steps, flush) for place, (steps, flush) in enumerate(begun)]
    while waiting:
        asked = {flush.what: flush for _, _, flush in waiting}
        failed = {what: _error_of(flush) for what, flush in asked.items()}
        goes_on = []
        for place, steps, flush in waiting:
            error = failed[flush.what]
            try:
                goes_on.append((place, steps, next(steps) if error is None else steps.throw(error)))
            except StopIteration as end:
                settled[place] = bool(end.value)
            except Exception as error:  # none may take the others with it
                log.error("syncer made a mistake here (%s: %s)", type(error).__name__, error)
                log.debug("a work broke", exc_info=True)
        waiting = goes_on
    return [settled.get(place, False) for place in range(len(begun))]


def _error_of(flush: Flush) -> Exception | None:
    try:
        flush.run()
    except Exception as error:  # noqa: BLE001 it is raised again in those whom it is for
        return error
    return None
