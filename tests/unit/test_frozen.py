"""Frozen records behave as `dataclass(frozen=True, slots=True)` would make them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.frozen import frozen


@frozen
class Ours:
    """A record of ours."""

    number: int
    text: str = "x"
    made: list[int] = field(default_factory=list, hash=False)
    aside: object = field(default=None, compare=False, repr=False)

    @property
    def double(self) -> int:
        """Twice the number."""
        return 2 * self.number


@dataclass(frozen=True, slots=True)
class Theirs:
    """The same, by dataclasses."""

    number: int
    text: str = "x"
    made: list[int] = field(default_factory=list, hash=False)
    aside: object = field(default=None, compare=False, repr=False)


@frozen
class _Bare:
    pass


@frozen
class _Only:
    value: float


VALUES = st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.lists(st.integers(0, 1), max_size=2), st.integers(0, 1))


@given(VALUES, VALUES)
def test_records_are_equal_hashed_and_shown_like_dataclasses(
    one: tuple[int, str, list[int], int], other: tuple[int, str, list[int], int]
) -> None:
    """Fields that do not count for comparing, hashing or showing count here no more than there."""
    assert (Ours(*one) == Ours(*other)) is (Theirs(*one) == Theirs(*other))
    assert (hash(Ours(*one)) == hash(Ours(*other))) is (hash(Theirs(*one)) == hash(Theirs(*other)))
    assert repr(Ours(*one)) == repr(Theirs(*one)).replace("Theirs", "Ours")


def test_what_dataclasses_offers_works_on_records() -> None:
    """Defaults are filled in, each record gets a list of its own, and `replace`, `fields`, `asdict`, `match` work."""
    first, second = Ours(1), Ours(number=1, text="x")
    assert first == second
    assert first.made == []
    assert first.made is not second.made
    assert first.double == 2
    assert replace(first, text="y") == Ours(1, "y")
    assert [each.name for each in fields(Ours)] == ["number", "text", "made", "aside"]
    assert dataclasses.asdict(Ours(2, "z", [3])) == {"number": 2, "text": "z", "made": [3], "aside": None}
    match first:
        case Ours(number, text):
            assert (number, text) == (1, "x")
        case _:
            pytest.fail("a record fits a pattern of its own class")
    assert copy.deepcopy(Ours(1, made=[4])) == pickle.loads(pickle.dumps(Ours(1, made=[4]))) == Ours(1, made=[4])
    assert _Bare() == _Bare()
    assert hash(_Bare()) == hash(_Bare())
    assert _Only(1.0) == _Only(1)
    assert _Only(1.0) != _Only(2.0)
    other: object = Theirs(1)
    assert Ours(1) != other


def test_a_record_cannot_be_changed_nor_widened() -> None:
    """Neither a field nor anything else can be set or taken away."""
    record = Ours(1)
    for name in ("number", "other"):
        with pytest.raises(FrozenInstanceError):
            setattr(record, name, 2)
    with pytest.raises(FrozenInstanceError):
        del record.number
    assert not hasattr(record, "__dict__")
    assert record.number == 1


def test_wrong_arguments_are_refused_as_by_any_constructor() -> None:
    """One that is missing, one too many, one of an unknown name."""
    for arguments, names in (((), {}), ((1, "x", [], 0, 9), {}), ((1,), {"numbr": 2})):
        with pytest.raises(TypeError, match=r"Ours\.__init__\(\)"):
            Ours(*arguments, **names)  # type: ignore[arg-type]  # wrong on purpose


def test_what_a_class_defines_itself_stays_and_what_no_record_can_be_is_refused() -> None:
    """Methods of an own win; a field outside the constructor, or something to do after it, is refused at once."""

    @frozen
    class Named:
        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    assert repr(Named("a")) == "<a>"

    class Late:
        number: int = field(init=False)

    class After:
        number: int

        def __post_init__(self) -> None:
            """Never called."""

    for each in (Late, After):
        with pytest.raises(TypeError, match="use dataclass"):
            frozen(each)
