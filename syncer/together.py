"""Work that goes on side by side in one thread: what several wait for at once, a flush of the disk, is done once for all of them.

Here, because a file is delivered in seven steps, each of which must be on the disk before the next: alone it waits for seven
flushes, with seven others it waits for one. Imports nothing of syncer but the lowest floor; `deliver`, `store` and `service` use it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Generator, Hashable, Sequence
from typing import Any, Final

from syncer.frozen import frozen

log = logging.getLogger(__name__)


@frozen
class Wait:
    """What a work has to wait for; those who wait for the same thing get it in one go."""

    what: Hashable
    """The same for all who wait for the same thing."""
    serve: Callable[[Sequence[Any]], Sequence[object]]
    """Takes what each of them gives; returns what each gets, in their order: an exception is raised in the one that gets it."""
    gives: object = None

    def alone(self) -> Any:
        """Wait for it; return what comes of it. Raises what comes as an exception."""
        (got,) = self.serve([self.gives])
        if isinstance(got, Exception):
            raise got
        return got


def flush(what: Hashable, run: Callable[[], None]) -> Wait:
    """Return the wait for `run`, which is done once for all; whatever it raises is raised in each of them."""

    def serve(given: Sequence[object]) -> Sequence[object]:
        try:
            run()
        except Exception as error:  # noqa: BLE001 it is raised again in those whom it is for
            return [error] * len(given)
        return [None] * len(given)

    return Wait(what, serve)


A_TURN: Final = flush("a turn", lambda: None)
"""What a work waits for that can only go on when others beside it have come further."""

Steps = Generator[Wait, Any, bool]
"""A work that yields what it has to wait for, and returns whether it is settled."""


def alone(steps: Steps) -> bool:
    """Do a work to its end; return what it returns, and raise what it raises."""
    got: object = None
    while True:
        try:
            wait = _go_on(steps, got)
        except StopIteration as end:
            return bool(end.value)
        (got,) = wait.serve([wait.gives])


def together(begun: Sequence[tuple[Steps, Wait]]) -> list[bool]:
    """Do several works that wait already to their ends, in step; return what each returns.

    They are such as raise nothing; one that does so all the same counts as not settled.
    """
    settled: dict[Steps, bool] = {}
    waiting = list(begun)
    while waiting:
        groups = defaultdict(list)
        for steps, wait in waiting:
            groups[wait.what].append((steps, wait))
        waiting = []
        for group in groups.values():
            got = group[0][1].serve([wait.gives for _, wait in group])
            for (steps, _), each in zip(group, got, strict=True):
                try:
                    waiting.append((steps, _go_on(steps, each)))
                except StopIteration as end:
                    settled[steps] = bool(end.value)
                except Exception as error:  # none may take the others with it
                    log.error("syncer made a mistake here (%s: %s)", type(error).__name__, error)
                    log.debug("a work broke", exc_info=True)
    return [settled.get(steps, False) for steps, _ in begun]


def _go_on(steps: Steps, got: object) -> Wait:
    return steps.throw(got) if isinstance(got, Exception) else steps.send(got)
