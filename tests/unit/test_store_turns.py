"""Whose turn it is where several gates of a lane are open: whoever waits comes once in each round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from syncer.store.claims import Turns

GATES = {"": ("a", "c"), "pages": ("b", "d", "e")}


def _next(turns: Turns, gates: Collection[str], priority: int = 0) -> str:
    """Serve the next one as candidates are put in order: of each gate the first past its last, else its first."""
    firsts = {
        gate: [*(each for each in GATES[gate] if each > turns.after(gate, priority)), GATES[gate][0]] for gate in gates
    }
    gate = min(firsts, key=lambda each: (turns.round(each, priority, firsts[each][0]), firsts[each][0]))
    turns.served(gate, priority, firsts[gate][0])
    return firsts[gate][0]


def test_each_comes_once_in_a_round_at_whatever_gate_it_waits() -> None:
    turns = Turns()
    for _ in range(4):
        assert sorted(_next(turns, GATES) for _ in range(5)) == ["a", "b", "c", "d", "e"]


def test_a_gate_that_was_closed_for_long_has_nothing_to_make_up_for() -> None:
    turns = Turns()
    for _ in range(20):
        _next(turns, [""])
    assert [_next(turns, GATES) for _ in range(3)] == ["b", "d", "e"], "what is left of this round"
    assert Counter(_next(turns, GATES) for _ in range(10)) == dict.fromkeys("abcde", 2)


def test_who_goes_before_all_others_does_not_begin_their_round_anew() -> None:
    turns = Turns()
    served: list[str] = []
    for _ in range(5):
        served.append(_next(turns, GATES))
        turns.served("", -1, "z")
    assert sorted(served) == ["a", "b", "c", "d", "e"]
