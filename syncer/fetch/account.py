"""One context of the ledger: its rules with what was used of each, and what the store tells of it.

Here, because there may be thousands of contexts, so that each is read from the store when it is first asked for and put away
when it rests. The ledger alone uses accounts; `service` writes the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from syncer.config.bandwidth import Rule
from syncer.fetch.usage import UNITS, Unit, Usage, UsageRow
from syncer.fetch.window import Moment, Window, window
from syncer.frozen import frozen

PACE: Final = 60
"""A rule over up to so many seconds is a pace: after a kill a full one passes before the first request."""


@frozen
class About:
    """What is known of a context before it is used."""

    rows: tuple[UsageRow, ...] = ()
    """What was used, as `Ledger.flush` gave it, added up."""
    rules: tuple[Rule, ...] = ()
    """Of contexts that are neither everything nor a domain."""
    name: str = ""
    """What a person calls it; "" = its own text."""
    units: tuple[Unit, ...] = UNITS
    """In which its use is counted."""


class Books(Protocol):
    """What the ledger asks about a context that it meets for the first time; may be slow, any thread asks."""

    def about(self, context: str) -> About:
        """Return what is known."""


class NoBooks:
    """Knows nothing."""

    def about(self, context: str) -> About:
        """Return nothing."""
        del context
        return About()


class Account:
    """One context in use."""

    __slots__ = ("asked_at", "byte_windows", "context", "name", "request_windows", "usage", "used_at", "windows")

    def __init__(self, context: str, about: About) -> None:
        self.context = context
        self.name = about.name or shown(context)
        self.usage = Usage(context, about.rows, about.units)
        self.asked_at = 0.0
        """On the monotonic clock."""
        self.used_at: float | None = None
        """On the monotonic clock; None: nothing is left to be flushed."""
        self.set(())

    def set(self, windows: tuple[Window, ...]) -> None:
        """Count under these from now on."""
        self.windows = windows
        self.request_windows = tuple(each for each in windows if each.rule.kind == "requests")
        self.byte_windows = tuple(each for each in windows if each.rule.kind == "bytes")

    def rule_by(self, rules: Iterable[Rule], at: Moment, kills: Sequence[float] = ()) -> None:
        """Put rules in force; a new one knows what was used before, and counts what may be missing since each kill."""
        old = {each.rule: each for each in self.windows}
        self.set(tuple(old.get(rule) or self._filled(rule, at, kills) for rule in dict.fromkeys(rules)))

    def _filled(self, rule: Rule, at: Moment, kills: Sequence[float]) -> Window:
        """Return a window for a rule with what is known to have been used; what may still count does count."""
        used = list(self.usage.spread(rule, at.wall))
        if kills:
            # Bytes are leased ahead but in the first moment of a minute: there one answer may be missing.
            lost = _lost(rule) if rule.kind == "requests" else self.usage.largest()
            used = sorted([*used, *((min(killed, at.wall), lost) for killed in kills if lost)])
        made = window(rule)
        for time, amount in used:
            age = at.wall - time
            if rule.seconds is None or age < rule.seconds:
                made.add(Moment(at.short - age, at.long - age, time), amount)
        return made

    def book(self, at: Moment, requests: int, number: int) -> None:
        """Count requests and bytes."""
        for each in self.request_windows if requests else ():
            each.add(at, requests)
        for each in self.byte_windows if number else ():
            each.add(at, number)
        self.usage.add(at.wall, requests, number)
        self.used_at = self.asked_at = at.short


def _lost(rule: Rule) -> int:
    """Return how many requests of the last second before a kill a rule must take for lost: all of a pace, one of a day."""
    return rule.amount if rule.seconds is not None and rule.seconds <= PACE else 1


def shown(context: str) -> str:
    """Return a context as people read it."""
    return context.replace(":", " ", 1)
