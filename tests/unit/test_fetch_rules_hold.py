"""No rule is ever broken: random rules, requests, bytes, restarts, kills, rests and changes of the rules, measured by a plain log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.clock import VirtualClock
from syncer.config.bandwidth import Bandwidth, Rule
from syncer.fetch.account import About
from syncer.fetch.contexts import contexts
from syncer.fetch.ledger import PUT_AWAY, Ledger
from syncer.fetch.usage import UsageRow

HOSTS = ("a.example.org", "b.example.org", "other.example", "127.0.0.1:8123")
OWN = ("", "subscription:1", "subscription:2", "watcher:3", "download:4")
KINDS = ("everything", "domain", "subscription", "watcher", "download")
EVENTS = ("", "", "", "", "restart", "kill", "kill with bytes", "other rules", "rest")

requests = st.builds(Rule, st.just("requests"), st.integers(1, 6), st.sampled_from([1, 2, 7, 60, 300, 3600, None]))
bytes_ = st.builds(Rule, st.just("bytes"), st.integers(100, 3000), st.sampled_from([1, 5, 60, 300, 7200, None]))
rule_sets = st.fixed_dictionaries(
    {kind: st.lists(st.one_of(requests, bytes_), max_size=2).map(tuple) for kind in KINDS}
)
Rules = dict[str, tuple[Rule, ...]]
steps = st.lists(
    st.tuples(
        st.sampled_from(HOSTS), st.sampled_from(OWN), st.integers(0, 900), st.floats(0, 3), st.sampled_from(EVENTS)
    ),
    min_size=5,
    max_size=50,
)


@dataclass
class World:
    """A ledger beside its store, and a log of what it let through."""

    rules: Rules
    clock: VirtualClock = field(default_factory=VirtualClock)
    rows: dict[tuple[str, str, int], UsageRow] = field(default_factory=dict)
    log: list[tuple[float, float, tuple[str, ...], int]] = field(default_factory=list)

    kills: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start(killed=False)

    def start(self, *, killed: bool) -> None:
        if killed:
            self.kills.append(self.clock.now())
        self.ledger = Ledger(self.bandwidth(), self.clock, self, kills=self.kills)

    def bandwidth(self) -> Bandwidth:
        return Bandwidth(self.rules["everything"], self.rules["domain"])

    def about(self, context: str) -> About:
        kept = tuple(row for row in self.rows.values() if row.context == context)
        return About(kept, self.rules.get(context.partition(":")[0], ()))

    def flush(self, *, last: bool = False) -> None:
        for row in self.ledger.flush(last=last):
            old = self.rows.get(row[:3], UsageRow(*row[:3], 0, 0))
            added = (old.requests + row.requests, old.bytes + row.bytes, max(old.last, row.last))
            self.rows[row[:3]] = UsageRow(*row[:3], *added)
        self.ledger.flushed()

    def request(self, asked: tuple[str, ...], size: int) -> None:
        """Wait for the rules as the dispatcher does, and write down when it was let through."""
        while (wait := self.ledger.start(asked)) is not None:
            assert wait.seconds > 0
            self.clock.advance(wait.seconds)
        self.log.append((self.clock.monotonic(), self.clock.now(), asked, size))
        self.check()

    def check(self) -> None:
        """Measure by the log alone, at the moment of its last request."""
        now, wall, asked, _ = self.log[-1]
        for context in asked:
            for rule in self.rules[context.partition(":")[0]]:
                # Virtual seconds are added up in floating point: a hair's breadth is no breach.
                mine = [
                    entry
                    for entry in self.log[:-1]
                    if context in entry[2]
                    and (
                        month(entry[1]) == month(wall) if rule.seconds is None else entry[0] > now - rule.seconds + 1e-6
                    )
                ]
                used = len(mine) if rule.kind == "requests" else sum(entry[3] for entry in mine)
                assert used < rule.amount, f"{context}: {rule}, {used} used"


def month(wall: float) -> tuple[int, int]:
    day = datetime.fromtimestamp(wall, UTC)
    return day.year, day.month


@settings(max_examples=120, deadline=None)
@given(first=rule_sets, second=rule_sets, mix=steps)
def test_no_rule_is_ever_broken(first: Rules, second: Rules, mix: list[tuple[str, str, int, float, str]]) -> None:
    world = World(first)
    for host, own, size, rest, event in mix:
        asked = contexts(f"http://{host}/", (own,) if own else ())
        lost = size if event != "kill" else 0
        world.request(asked, lost)
        if event == "kill":  # within the second in which the request was made
            world.start(killed=True)
            continue
        world.flush()
        world.ledger.bytes(asked, size)
        world.clock.advance(rest)
        if event == "kill with bytes":
            world.start(killed=True)
        elif event == "restart":
            world.flush(last=True)
            world.start(killed=False)
        elif event == "other rules":
            world.rules = second if world.rules is first else first
            world.ledger.reconfigure(world.bandwidth(), world)
        elif event == "rest":  # until contexts are put away
            for _ in range(3):
                world.clock.advance(PUT_AWAY)
                world.flush()
        else:
            world.flush()
