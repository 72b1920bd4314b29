"""What the dispatcher remembers of a lane: whose turn was last, and who may make no request in it for how long.

Here, because a rule of one query or of listing pages must hold back these alone and cost the others nothing. Only `dispatch`
uses it; all times are on the monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from syncer.fetch.contexts import pages, registered
from syncer.fetch.ledger import Wait
from syncer.frozen import frozen
from syncer.store.claims import Turns
from syncer.store.jobs import Job

LONGEST_REST = 3600.0
"""Seconds after which a rule is looked at again however long it still holds."""


@frozen
class Hold:
    """Why no request is made, and until when."""

    until: float
    """When it is worth looking again."""
    frees: float
    """When it ends, as far as can be told; both on the monotonic clock."""
    why: str
    context: str
    """The bandwidth context that holds."""
    name: str
    """The same in words."""


@dataclass(slots=True)
class Lane:
    """One lane's memory."""

    name: str
    gates: set[str] = field(default_factory=set)
    """At which of them jobs wait, as far as is known."""
    turns: Turns = field(default_factory=Turns)
    crowded: Turns = field(default_factory=Turns)
    """The same while no more files may begin: whoever else is served then must not decide whose file comes first after it."""
    served: dict[str, int] = field(default_factory=dict)
    """When it last had of what lanes share besides the pace (the gate of listing pages, the files of a day), counted by the dispatcher."""
    ahead: deque[Job] = field(default_factory=deque)
    """Jobs that were found to come next: those of one turn, while nobody else waits in the lane as urgently."""
    free_at: float = 0.0
    group: str = field(init=False)
    """The registered domain."""
    _held: dict[str, Hold] = field(default_factory=dict)
    """By context: those of who asks, and those of listing pages."""
    _all: Hold | None = None
    """What holds the whole lane; None: it rests only because all that is queued now is held, and whatever is new may go on."""

    def __post_init__(self) -> None:
        """Find out to whom it belongs."""
        self.group = registered(self.url) or self.name

    @property
    def url(self) -> str:
        """A URL in this lane, to find its contexts by."""
        return f"http://{self.name}/"

    def gates_open(self) -> list[str]:
        """Return the gates at which jobs wait and may make a request."""
        return [gate for gate in sorted(self.gates) if pages(gate, self.url) not in self._held]

    def blocked(self) -> tuple[str, ...]:
        """Return the contexts of those who may make no request."""
        return tuple(self._held)

    def let_go(self, now: float) -> None:
        """Forget what holds no more."""
        self.free_at, self._all = 0.0, None
        for context in [context for context, hold in self._held.items() if hold.until <= now]:
            del self._held[context]

    def note(self, job: Job, wait: Wait, now: float) -> bool:
        """Remember why a job's request may not start; True when others of the lane may go on."""
        until, frees = now + min(wait.seconds, LONGEST_REST), now + wait.seconds
        hold = Hold(until, frees, wait.reason, wait.context, wait.name)
        if wait.context in (job.context, pages(job.gate, self.url)):
            self._held[wait.context] = hold
            return True
        self.free_at, self._all = hold.until, hold
        return False

    @property
    def is_held(self) -> bool:
        """Tell whether no request may be made in it."""
        return self._all is not None

    def is_blocked(self, context: str) -> bool:
        """Tell whether a context is held in it."""
        return context in self._held

    def share(self, job: Job, *, scarce: bool) -> str:
        """Return what a job needs that lanes share besides the pace: the gate of listing pages, one of `scarce` files; "" = nothing."""
        return pages(job.gate, self.url) if job.gate else "files" if scarce and counts(job) else ""

    def rest(self) -> bool:
        """Let the lane rest until the first of those who are held may go on; False where none is."""
        self.free_at, self._all = min((hold.until for hold in self._held.values()), default=0.0), None
        return bool(self._held)

    def look_again(self, gates: set[str]) -> None:
        """Note where jobs wait now; some may be of others than those who are held."""
        self.gates = gates
        self.ahead.clear()
        if self._all is None:
            self.free_at = 0.0

    def forget(self) -> None:
        """Forget what the rules said: they are others now."""
        self.free_at, self._all = 0.0, None
        self._held.clear()

    def holds(self, now: float) -> Iterator[Hold]:
        """Yield what holds all or some of it back."""
        for hold in (*((self._all,) if self._all else ()), *self._held.values()):
            if hold.until > now:
                yield hold


def counts(job: Job) -> bool:
    """Tell whether a job is one of those that must not come in floods."""
    return job.kind == "file" and not job.context.startswith("watcher:")
