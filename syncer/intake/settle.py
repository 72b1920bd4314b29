"""When a file in the inbox is finished: it kept its size and time for a while. Who is still writing is waited for.

Pure: what was seen and the time go in, what may be read and when to look again come out; nothing is ever given up.
Imported by service. A writer's pause longer than the patience is made good by the inbox, which takes such files back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from syncer.frozen import frozen
from syncer.intake.seen import Identity, Seen


@frozen
class Patience:
    """How long to wait for whom, in seconds."""

    quiet: float = 2.0
    """Unchanged for so long is finished; doubled each time the file goes on growing after a pause of half of that."""
    empty: float = 60.0
    """An empty file is most often one that is just about to be filled."""
    old: float = 60.0
    """Last changed so long ago when first seen is finished at once: it was dropped while nobody looked."""
    longest: float = 300.0
    """No wait is longer."""


@frozen
class Waiting:
    """What is known of a file in the inbox; times on the monotonic clock."""

    identity: Identity
    since: float
    """Unchanged since then, as far as was seen."""
    changes: int = 0
    """Those after a pause: a writer who never stops needs no longer wait, and one who pauses will again."""
    growing: bool = False
    """It changed since it was first seen."""
    refusals: int = 0
    not_before: float = 0.0
    """It could not be read or moved: not tried before then."""


@frozen
class Sifted:
    """What may be read now, what is known of all files, and when the next one can be ready (None = none waits)."""

    ready: tuple[Seen, ...]
    waiting: Mapping[Path, Waiting]
    look_again: float | None


def sift(
    waiting: Mapping[Path, Waiting], seen: Iterable[Seen], *, now: float, wall: float, patience: Patience | None = None
) -> Sifted:
    """Return which of the files `seen` are finished; `waiting` is what the last call returned.

    `now` is the monotonic time, `wall` the time of day in seconds since 1970. Files that are ready stay in `waiting`
    until they are no longer seen, so that `put_off` can make one wait that could not be read.
    """
    patience = patience or Patience()
    ready: list[Seen] = []
    known: dict[Path, Waiting] = {}
    times: list[float] = []
    for file in seen:
        state = _look(waiting.get(file.path), file.identity, now, patience)
        known[file.path] = state
        due = _due(state, wall, patience)
        if due <= now:
            ready.append(file)
        else:
            times.append(due)
    return Sifted(tuple(ready), known, min(times, default=None))


def put_off(
    waiting: Mapping[Path, Waiting], path: Path, *, now: float, patience: Patience | None = None
) -> dict[Path, Waiting]:
    """Return `waiting` with `path` put off, each time for twice as long, because it could not be read or moved."""
    patience = patience or Patience()
    known = dict(waiting)
    state = known.get(path)
    if state is not None:
        wait = min(patience.quiet * 2 ** min(state.refusals, 16), patience.longest)
        known[path] = replace(state, refusals=state.refusals + 1, not_before=now + wait)
    return known


def _look(before: Waiting | None, identity: Identity, now: float, patience: Patience) -> Waiting:
    if before is None:
        return Waiting(identity, now)
    if before.identity != identity:
        paused = now - before.since >= patience.quiet / 2
        return replace(before, identity=identity, since=now, changes=before.changes + paused, growing=True)
    return before


def _due(state: Waiting, wall: float, patience: Patience) -> float:
    age = wall - state.identity.mtime_ns / 1e9
    if state.identity.size and not state.growing and age >= patience.old:
        return max(state.since, state.not_before)
    quiet = patience.quiet * 2 ** min(state.changes, 16) if state.identity.size else patience.empty
    return max(state.since + min(quiet, patience.longest), state.not_before)
