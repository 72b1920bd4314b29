"""A file that follows have found outlasts an outage of days, and a file that is broken for good is given up in two weeks."""

from __future__ import annotations

import pytest

from syncer.fetch import outage
from syncer.fetch.failure import FailureKind

DAY = 86_400


def test_rests_grow_and_end() -> None:
    ages, age = [], 3 * 3_600.0
    while (rest := outage.rest(FailureKind.UNAVAILABLE, age)) is not None:
        ages.append(round(age / DAY, 2))
        age += rest
    assert ages == [0.12, 0.62, 1.25, 2.5, 5.0, 8.0, 11.0]
    assert age == 14 * DAY


@pytest.mark.parametrize(
    "kind", [FailureKind.NOT_FOUND, FailureKind.FORBIDDEN, FailureKind.NOT_WHOLE, FailureKind.TOO_LARGE]
)
def test_what_is_wrong_with_the_file_itself_is_given_up_at_once(kind: FailureKind) -> None:
    assert outage.rest(kind, 0) is None
