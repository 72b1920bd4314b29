"""What the dispatcher remembers of a lane: whose turn was last, and who may make no request in it for how long.

Here, because a rule of one query or of listing pages must hold back these alone and cost the others nothing. Only `dispatch`
uses it; all times are on the monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from syncer.fetch.contexts import pages, registered
from syncer.fetch.ledger import Wait
from syncer.store.jobs import Job

LONGEST_REST = 3600.0
"""Seconds after which a rule is looked at again however long it still holds."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no request is made, and until when."""

    until: float
    why: str
    name: str = ""
    """Whom it holds, in words; "" = the lane."""


@dataclass(slots=True)
class Lane:
    """One lane's memory."""

    name: str
    gates: set[str] = field(default_factory=set)
    """At which of them jobs wait, as far as is known."""
    after: str = ""
    free_at: float = 0.0
    why: str = ""
    group: str = field(init=False)
    """The registered domain."""
    _held: dict[str, Hold] = field(default_factory=dict)
    """By context: those of who asks, and those of listing pages."""
    _by_held: bool = False
    """It rests only because all that is queued now is held: whatever is new may go on."""

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
        self.free_at = 0.0
        for context in [context for context, hold in self._held.items() if hold.until <= now]:
            del self._held[context]

    def note(self, job: Job, wait: Wait, now: float) -> bool:
        """Remember why a job's request may not start; True when others of the lane may go on."""
        until = now + min(wait.seconds, LONGEST_REST)
        if wait.context in (job.context, pages(job.gate, self.url)) and wait.context:
            self._held[wait.context] = Hold(until, wait.why, wait.name)
            return True
        self.free_at, self.why, self._by_held = until, wait.why, False
        return False

    def rest(self) -> bool:
        """Let the lane rest until the first of those who are held may go on; False where none is."""
        first = min(self._held.values(), key=lambda hold: hold.until, default=None)
        if first is None:
            return False
        self.free_at, self.why, self._by_held = first.until, first.why, True
        return True

    def look_again(self, gates: set[str]) -> None:
        """Note where jobs wait now; some may be of others than those who are held."""
        self.gates = gates
        if self._by_held:
            self.free_at = 0.0

    def forget(self) -> None:
        """Forget what the rules said: they are others now."""
        self.free_at = 0.0
        self._held.clear()

    def holds(self, now: float) -> Iterator[tuple[str, Hold]]:
        """Yield what holds back, by context ("" = the lane)."""
        if self.free_at > now and not self._by_held:
            yield "", Hold(self.free_at, self.why)
        for context, hold in self._held.items():
            if hold.until > now:
                yield context, hold
