"""The ledger of all requests and bytes: admits a request when every context's every rule allows it, and books it.

One lock around everything: admitting and booking are one step. The dispatcher asks it, workers book bytes, `service`
carries its rows to the store and back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from syncer.clock import Clock
from syncer.config import rules
from syncer.config.bandwidth import Bandwidth, Rule
from syncer.fetch.account import About, Account, Books, NoBooks, shown
from syncer.fetch.contexts import DOMAIN, EVERYTHING
from syncer.fetch.usage import PauseRow, Unit, UsageRow
from syncer.fetch.window import Moment, Timeline
from syncer.frozen import frozen

LONGEST_PAUSE: Final = 86_400.0
REST: Final = 60.0
PUT_AWAY: Final = 600.0
"""Seconds after which a context that is neither everything nor a domain is read from the books again."""
NO_BOOKS: Final = NoBooks()
_CACHED: Final = 10_000

T = TypeVar("T")


@frozen
class Wait:
    """Why a request may not start now."""

    seconds: float
    """Until it is worth asking again."""
    reason: str
    """The rule that holds longest, or the pause."""
    context: str
    """Whose rule that is."""
    name: str
    """The same, as a person calls it."""

    @property
    def why(self) -> str:
        """All of it in words."""
        return f"{self.name}: {self.reason}, free in {span(self.seconds)}"


@frozen
class DomainRules:
    """What holds for one domain besides the rules for all."""

    own: tuple[Rule, ...] = ()
    """The person's rules for it; they replace those for all domains."""
    pace: tuple[Rule, ...] = ()
    """The site file's: it can only make things stricter."""


@frozen
class Standing:
    """How one rule of a context stands at present."""

    context: str
    name: str
    rule: Rule
    used: int
    wait: float
    """Seconds until it allows something again; 0 = it does."""


@dataclass(slots=True)
class _Pause:
    until: float
    """On the monotonic clock."""
    why: str


class Ledger:
    """Admits, books and explains; safe to use from any thread."""

    def __init__(
        self,
        bandwidth: Bandwidth,
        clock: Clock,
        books: Books = NO_BOOKS,
        pauses: Iterable[tuple[str, float, str]] = (),
        *,
        domains: Mapping[str, DomainRules] = MappingProxyType({}),
        kills: Sequence[float] = (),
    ) -> None:
        """Go on from what the store knows.

        `books` are asked for each context when it is first met; `pauses` are those of `PauseRow`; `domains` is keyed as in the
        contexts, without "domain:" (`example.org`, `127.0.0.1:8123`). `kills`: the first moments after each end without order, in
        seconds since 1970; the last requests before it may not be in the books, so that each context begins with a full pace.
        """
        self._clock = clock
        self._timeline = Timeline(clock)
        self._kills = tuple(kills)
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}
        self._bound: dict[tuple[str, ...], tuple[Account, ...]] = {}
        self._owed: dict[tuple[str, str, int], UsageRow] = {}
        self._put_away_at = clock.monotonic()
        self._pauses: dict[str, _Pause] = {}
        for context, until, why in pauses:
            self._pause(context, until, why)
        self._bandwidth, self._books, self._domains = bandwidth, books, domains

    def reconfigure(
        self,
        bandwidth: Bandwidth,
        books: Books = NO_BOOKS,
        domains: Mapping[str, DomainRules] = MappingProxyType({}),
    ) -> None:
        """Put other rules in force; what was used stays used, also under a rule that is new."""
        with self._lock:
            self._bandwidth, self._books, self._domains = bandwidth, books, domains
            self._bound.clear()
            contexts = list(self._accounts)
        abouts = {context: books.about(context) for context in contexts}
        with self._lock:
            at = self._timeline.moment()
            for context, about in abouts.items():
                if context in self._accounts:
                    self._accounts[context].rule_by(self._rules(context, about), at, self._kills)

    def wait(self, contexts: Sequence[str]) -> Wait | None:
        """Tell why a request of these contexts may not start now; None = it may."""
        return self._with(contexts, lambda accounts, at: self._wait(contexts, accounts, at))

    def start(self, contexts: Sequence[str]) -> Wait | None:
        """Book a request if all contexts allow it now (None), else say why not; nothing comes between the two."""

        def book_if_free(accounts: tuple[Account, ...], at: Moment) -> Wait | None:
            wait = self._wait(contexts, accounts, at)
            if wait is None:
                _book(accounts, at, 1, 0)
            return wait

        return self._with(contexts, book_if_free)

    def bytes(self, contexts: Sequence[str], number: int) -> None:
        """Book bytes that came in."""
        self._with(contexts, lambda accounts, at: _book(accounts, at, 0, number))

    def after(self, contexts: Sequence[str], requests: int, number: int) -> None:
        """Book what another program used, after the fact."""
        self._with(contexts, lambda accounts, at: _book(accounts, at, requests, number))

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
        return self._with(
            contexts,
            lambda accounts, at: tuple(
                Standing(account.context, account.name, each.rule, each.used(at), each.wait(at))
                for account in accounts
                for each in account.windows
            ),
        )

    def name(self, context: str) -> str:
        """Return what a person calls a context."""
        return self._with((context,), lambda accounts, _: accounts[0].name)

    def used(self, context: str, unit: Unit) -> tuple[int, int]:
        """Return requests and bytes of a context in the present minute, hour, day or month (UTC)."""
        return self._with((context,), lambda accounts, at: accounts[0].usage.total(unit, at.wall))

    def flush(self, *, last: bool = False) -> tuple[UsageRow, ...]:
        """Return what the store must add, to be called each second; `last` is the one at a clean end.

        Bytes are leased ahead; a context that rests for a minute gives its leases back. What is returned is returned again,
        with what came since, until `flushed` says that the store has it.
        """
        with self._lock:
            at = self._timeline.moment()
            for account in self._accounts.values():
                if account.used_at is None:
                    continue
                settle = last or at.short - account.used_at >= REST
                for row in account.usage.flush(at.wall, settle=settle):
                    self._owe(row)
                account.used_at = None if settle else account.used_at
            return tuple(self._owed.values())

    def flushed(self) -> None:
        """Note that the store has what `flush` returned last; contexts that rest for long are left to the books."""
        with self._lock:
            self._owed.clear()
            now = self._clock.monotonic()
            if now - self._put_away_at < PUT_AWAY:
                return
            self._put_away_at = now
            resting = [each.context for each in self._accounts.values() if _is_resting(each, now)]
            for context in resting:
                del self._accounts[context]
            if resting:
                self._bound.clear()

    def _owe(self, row: UsageRow) -> None:
        key = (row.context, row.unit, row.start)
        old = self._owed.get(key)
        if old is not None:
            row = UsageRow(*key, old.requests + row.requests, old.bytes + row.bytes, max(old.last, row.last))
        self._owed[key] = row

    def _wait(self, contexts: Sequence[str], accounts: tuple[Account, ...], at: Moment) -> Wait | None:
        longest, reason, holder, name = 0.0, "", "", ""
        for context in contexts if self._pauses else ():
            pause = self._pauses.get(context)
            if pause is not None and pause.until - at.short > longest:
                longest, reason, holder, name = pause.until - at.short, f"paused, {pause.why}", context, shown(context)
            elif pause is not None and pause.until <= at.short:
                del self._pauses[context]
        for account in accounts:
            account.asked_at = at.short
            for each in account.windows:
                seconds = each.wait(at)
                if seconds > longest:
                    longest, reason, holder, name = seconds, rules.write(each.rule), account.context, account.name
        return Wait(longest, reason, holder, name) if longest > 0 else None

    def _with(self, contexts: Sequence[str], work: Callable[[tuple[Account, ...], Moment], T]) -> T:
        """Do `work` with the accounts of these contexts, under the lock; the books are read without it."""
        given = tuple(contexts)
        while True:
            with self._lock:
                accounts = self._bound.get(given) or self._bind(given)
                if accounts is not None:
                    return work(accounts, self._timeline.moment())
                missing = [context for context in self._binding(given) if context not in self._accounts]
                books = self._books
            abouts = {context: books.about(context) for context in missing}
            with self._lock:
                if books is self._books:
                    self._open(abouts)

    def _bind(self, contexts: tuple[str, ...]) -> tuple[Account, ...] | None:
        """Find the accounts that bind requests of these contexts; None where one is not open yet."""
        found = [self._accounts.get(context) for context in self._binding(contexts)]
        if None in found:
            return None
        if len(self._bound) >= _CACHED:
            self._bound.clear()
        self._bound[contexts] = bound = tuple(each for each in found if each is not None)
        return bound

    def _open(self, abouts: Mapping[str, About]) -> None:
        at = self._timeline.moment()
        for context, about in abouts.items():
            if context not in self._accounts:
                account = self._accounts[context] = Account(context, about)
                account.rule_by(self._rules(context, about), at, self._kills)
                account.asked_at = at.short

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

    def _rules(self, context: str, about: About) -> tuple[Rule, ...]:
        if context == EVERYTHING:
            return self._bandwidth.everything
        if not context.startswith(DOMAIN):
            return about.rules
        special = self._of_domain(context)
        return (special.own or self._bandwidth.domain) + special.pace

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


def _book(accounts: tuple[Account, ...], at: Moment, requests: int, number: int) -> None:
    for account in accounts:
        account.book(at, requests, number)


def _is_resting(account: Account, now: float) -> bool:
    """Tell whether an account can be put away: domains and everything, which are few, stay exact."""
    lasting = account.context == EVERYTHING or account.context.startswith(DOMAIN)
    return not lasting and account.used_at is None and now - account.asked_at >= PUT_AWAY


def span(seconds: float) -> str:
    """Write a wait for people: "0.4 s", "35 s", "3 min", "5 h", "3 days"."""
    for limit, unit, length in ((99.5, "s", 1), (5_970, "min", 60), (169_200, "h", 3600)):
        if seconds < limit:
            return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"
