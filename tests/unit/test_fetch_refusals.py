"""The steps where a site says no."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.fetch.failure import FailureKind
from syncer.fetch.judge import RULES
from syncer.fetch.refusals import FIRST, PAGE, WORDS, Step, next_step

DOCS = Path(__file__).resolve().parents[2] / PAGE


def test_every_step_is_explained_in_its_order() -> None:
    numbers = [line[3] for line in DOCS.read_text("utf-8").splitlines() if line.startswith("## ")]
    assert numbers == [str(step.value) for step in Step]
    assert set(WORDS) == set(Step)


@pytest.mark.parametrize("kind", FailureKind)
def test_the_advice_of_a_refusal_names_its_step(kind: FailureKind) -> None:
    named = f"({PAGE}, step {FIRST[kind].value})" if kind in FIRST else ""
    assert named in RULES[kind].advice
    assert (PAGE in RULES[kind].advice) == bool(named)


@pytest.mark.parametrize(
    ("kind", "cookies", "key", "step"),
    [
        ("forbidden", False, False, Step.BROWSER),
        ("forbidden", True, False, Step.KEY),
        ("forbidden", False, True, Step.BROWSER),
        ("forbidden", True, True, Step.OTHER),
        ("challenge", False, False, Step.BROWSER),
        ("slow_down", True, True, Step.WAIT),
        ("not_found", False, False, None),
        ("timeout", True, True, None),
    ],
)
def test_the_next_step(kind: str, cookies: bool, key: bool, step: Step | None) -> None:
    assert next_step(FailureKind(kind), cookies=cookies, key=key) is step
