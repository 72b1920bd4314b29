"""The ledger of all requests and bytes: admits a request when every context's every rule allows it, and books it.

One lock around everything: admitting and booking are one step. The dispatcher asks it, workers book bytes, `service`
carries its rows to the store and back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from syncer.clock import Clock
from syncer.config import rules
from syncer.config.settings import Bandwidth, Rule
from syncer.fetch.contexts import DOMAIN, EVERYTHING
from syncer.fetch.usage import PauseRow, Unit, Usage, UsageRow
from syncer.fetch.window import Moment, Timeline, Window, window

LONGEST_PAUSE: Final = 86_400.0
REST: Final = 60.0
_CACHED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a request may not start now."""

    seconds: float
    """Until it is worth asking again."""
    why: str


@dataclass(frozen=True, slots=True)
class DomainRules:
    """What holds for one domain besides the rules for all."""

    own: tuple[Rule, ...] = ()
    """The person's rules for it; they replace those for all domains."""
    pace: tuple[Rule, ...] = ()
    """The site file's: it can only make things stricter."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one rule of a context stands at present."""

    context: str
    rule: Rule
    used: int
    wait: float


@dataclass(slots=True)
class _Pause:
    until: float
    """On the monotonic clock."""
    why: str


class _Account:
    """One context: its rules with what was used of each."""

    def __init__(self, context: str, windows: tuple[Window, ...], usage: Usage) -> None:
        self.context = context
        self.usage = usage
        self.used_at: float | None = None
        """On the monotonic clock; None: nothing is left to be flushed."""
        self.set(windows)

    def set(self, windows: tuple[Window, ...]) -> None:
        self.windows = windows
        self.request_windows = tuple(each for each in windows if each.rule.kind == "requests")
        self.byte_windows = tuple(each for each in windows if each.rule.kind == "bytes")

    def book(self, at: Moment, requests: int, number: int) -> None:
        for each in self.request_windows if requests else ():
            each.add(at, requests)
        for each in self.byte_windows if number else ():
            each.add(at, number)
        self.usage.add(at.wall, requests, number)
        self.used_at = at.short


class Ledger:
    """Admits, books and explains; safe to use from any thread."""

    def __init__(
        self,
        bandwidth: Bandwidth,
        clock: Clock,
        rows: Iterable[tuple[str, str, int, int, int]] = (),
        pauses: Iterable[tuple[str, float, str]] = (),
        *,
        domains: Mapping[str, DomainRules] = MappingProxyType({}),
        kinds: Mapping[str, tuple[Rule, ...]] = MappingProxyType({}),
        after_kill: bool = False,
    ) -> None:
        """Go on from what the store knows.

        `rows` and `pauses` are those of `UsageRow` and `PauseRow`; `domains` is keyed as in the contexts, without
        "domain:" (`example.org`, `127.0.0.1:8123`); `kinds` holds the rules of other contexts by what stands before
        their first colon ("subscription"). With `after_kill` the last requests may not be in `rows`: each context begins
        as if one had just been made.
        """
        self._clock = clock
        self._timeline = Timeline(clock)
        self._killed_before = self._timeline.moment() if after_kill else None
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}
        self._bound: dict[tuple[str, ...], tuple[_Account, ...]] = {}
        self._loaded: dict[str, list[UsageRow]] = {}
        for row in rows:
            self._loaded.setdefault(row[0], []).append(UsageRow(*row))
        self._pauses: dict[str, _Pause] = {}
        for context, until, why in pauses:
            self._pause(context, until, why)
        self._bandwidth, self._domains, self._kinds = bandwidth, domains, kinds

    def reconfigure(
        self,
        bandwidth: Bandwidth,
        domains: Mapping[str, DomainRules] = MappingProxyType({}),
        kinds: Mapping[str, tuple[Rule, ...]] = MappingProxyType({}),
    ) -> None:
        """Put other rules in force; what was used stays used, also under a rule that is new."""
        with self._lock:
            self._bandwidth, self._domains, self._kinds = bandwidth, domains, kinds
            self._bound.clear()
            at = self._timeline.moment()
            for account in self._accounts.values():
                old = {each.rule: each for each in account.windows}
                wanted = self._rules(account.context)
                account.set(tuple(old.get(rule) or _filled(rule, account.usage, at) for rule in wanted))

    def wait(self, contexts: Sequence[str]) -> Wait | None:
        """Tell why a request of these contexts may not start now; None = it may."""
        with self._lock:
            return self._wait(tuple(contexts), self._timeline.moment())

    def start(self, contexts: Sequence[str]) -> Wait | None:
        """Book a request if all contexts allow it now (None), else say why not; nothing comes between the two."""
        with self._lock:
            at = self._timeline.moment()
            wait = self._wait(tuple(contexts), at)
            if wait is None:
                self._book(tuple(contexts), at, 1, 0)
            return wait

    def bytes(self, contexts: Sequence[str], number: int) -> None:
        """Book bytes that came in."""
        with self._lock:
            self._book(tuple(contexts), self._timeline.moment(), 0, number)

    def after(self, contexts: Sequence[str], requests: int, number: int) -> None:
        """Book what another program used, after the fact."""
        with self._lock:
            self._book(tuple(contexts), self._timeline.moment(), requests, number)

    def pause(self, context: str, until: float, why: str) -> PauseRow:
        """Let no request of a context start before `until` (seconds since 1970); a longer pause stays.

        At most a day. Returns the row for the store.
        """
        with self._lock:
            return self._pause(context, until, why)

    def resume(self, context: str) -> None:
        """End the pause of a context."""
        with self._lock:
            self._pauses.pop(context, None)

    def pauses(self) -> tuple[PauseRow, ...]:
        """Return the pauses that go on."""
        with self._lock:
            return tuple(
                PauseRow(context, self._wall(pause.until), pause.why)
                for context, pause in self._pauses.items()
                if pause.until > self._clock.monotonic()
            )

    def standings(self, contexts: Sequence[str]) -> tuple[Standing, ...]:
        """Return how every rule stands that binds requests of these contexts."""
        with self._lock:
            at = self._timeline.moment()
            return tuple(
                Standing(account.context, each.rule, each.used(at), each.wait(at))
                for account in self._accounts_of(tuple(contexts))
                for each in account.windows
            )

    def used(self, context: str, unit: Unit) -> tuple[int, int]:
        """Return requests and bytes of a context in the present minute, hour, day or month (UTC)."""
        with self._lock:
            return self._account(context).usage.total(unit, self._clock.now())

    def flush(self, *, last: bool = False) -> tuple[UsageRow, ...]:
        """Return what the store must add, to be called each second; `last` is the one at a clean end.

        Bytes are leased ahead; a context that rests for a minute gives its leases back.
        """
        with self._lock:
            at, found = self._timeline.moment(), list[UsageRow]()
            for account in self._accounts.values():
                if account.used_at is None:
                    continue
                settle = last or at.short - account.used_at >= REST
                found.extend(account.usage.flush(at.wall, settle=settle))
                account.used_at = None if settle else account.used_at
            return tuple(found)

    def _wait(self, contexts: tuple[str, ...], at: Moment) -> Wait | None:
        longest, reason = 0.0, ""
        for context in contexts if self._pauses else ():
            pause = self._pauses.get(context)
            if pause is not None and pause.until - at.short > longest:
                longest, reason = pause.until - at.short, f"{_shown(context)}: paused, {pause.why}"
            elif pause is not None and pause.until <= at.short:
                del self._pauses[context]
        for account in self._accounts_of(contexts):
            for each in account.windows:
                seconds = each.wait(at)
                if seconds > longest:
                    longest, reason = seconds, f"{_shown(account.context)}: {rules.write(each.rule)}"
        return Wait(longest, f"{reason}, free in {span(longest)}") if longest > 0 else None

    def _book(self, contexts: tuple[str, ...], at: Moment, requests: int, number: int) -> None:
        for account in self._accounts_of(contexts):
            account.book(at, requests, number)

    def _accounts_of(self, contexts: tuple[str, ...]) -> tuple[_Account, ...]:
        found = self._bound.get(contexts)
        if found is None:
            if len(self._bound) >= _CACHED:
                self._bound.clear()
            found = tuple(self._account(context) for context in self._binding(contexts))
            self._bound[contexts] = found
        return found

    def _binding(self, contexts: tuple[str, ...]) -> list[str]:
        """Leave out the domains whose rules the person's own ones replace.

        Rules of the person's own for any of a URL's domains stand in for the defaults of all of them: else the parent,
        or a sub-domain for files, would hold a site to the pace that the person lifted.
        """
        own = {context for context in contexts if self._of_domain(context).own}
        if not own:
            return list(contexts)
        return [each for each in contexts if each in own or not each.startswith(DOMAIN) or self._of_domain(each).pace]

    def _of_domain(self, context: str) -> DomainRules:
        return self._domains.get(context.removeprefix(DOMAIN), _NO_RULES) if context.startswith(DOMAIN) else _NO_RULES

    def _account(self, context: str) -> _Account:
        account = self._accounts.get(context)
        if account is None:
            usage = Usage(context, self._loaded.pop(context, ()))
            at = self._timeline.moment()
            account = _Account(context, tuple(_filled(rule, usage, at) for rule in self._rules(context)), usage)
            if (before := self._killed_before) is not None:
                for each in account.request_windows:
                    each.add(before, 1)
            self._accounts[context] = account
        return account

    def _rules(self, context: str) -> tuple[Rule, ...]:
        if context == EVERYTHING:
            return self._bandwidth.everything
        if not context.startswith(DOMAIN):
            return self._kinds.get(context.partition(":")[0], ())
        special = self._of_domain(context)
        return tuple(dict.fromkeys((special.own or self._bandwidth.domain) + special.pace))

    def _pause(self, context: str, until: float, why: str) -> PauseRow:
        seconds = min(until - self._clock.now(), LONGEST_PAUSE)
        ends = self._clock.monotonic() + seconds
        old = self._pauses.get(context)
        if old is None or old.until < ends:
            self._pauses[context] = old = _Pause(ends, why)
        return PauseRow(context, self._wall(old.until), old.why)

    def _wall(self, monotonic: float) -> float:
        return self._clock.now() + monotonic - self._clock.monotonic()


_NO_RULES: Final = DomainRules()


def span(seconds: float) -> str:
    """Write a wait for people: "0.4 s", "35 s", "3 min", "5 h", "3 days"."""
    for limit, unit, length in ((99.5, "s", 1), (5_970, "min", 60), (169_200, "h", 3600)):
        if seconds < limit:
            return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def _shown(context: str) -> str:
    return context.replace(":", " ", 1)


def _filled(rule: Rule, usage: Usage, at: Moment) -> Window:
    """Return a window for a rule with what is known to have been used; what may still count does count."""
    made = window(rule)
    for time, amount in usage.spread(rule, at.wall):
        age = at.wall - time
        if rule.seconds is None or age < rule.seconds:
            made.add(Moment(at.short - age, at.long - age, time), amount)
    return made
