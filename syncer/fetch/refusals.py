"""The steps to take where a site says no, in order: which one a failure asks for, and which is next when one was taken.

Pure; the same order as docs/how-to/refused.md, to which the words lead. `judge` and the service's `explain` use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from syncer.fetch.failure import FailureKind

PAGE: Final = "docs/how-to/refused.md"


class Step(IntEnum):
    """What to do where a site says no; the later, the more it costs."""

    WAIT = 1
    BROWSER = 2
    KEY = 3
    OTHER = 4


WORDS: Final[Mapping[Step, str]] = MappingProxyType(
    {
        Step.WAIT: "wait; if it happens often, ask the site more slowly",
        Step.BROWSER: "hand over the cookies and the User-Agent of your browser",
        Step.KEY: "the cookies were not enough, or are over: hand over fresh ones, or use an API key",
        Step.OTHER: "cookies and key were not enough: try another program",
    }
)

FIRST: Final[Mapping[FailureKind, Step]] = MappingProxyType(
    {
        FailureKind.SLOW_DOWN: Step.WAIT,
        FailureKind.HTML_FOR_MEDIA: Step.WAIT,
        FailureKind.FORBIDDEN: Step.BROWSER,
        FailureKind.UNAUTHORISED: Step.BROWSER,
        FailureKind.LOGIN_PAGE: Step.BROWSER,
        FailureKind.CHALLENGE: Step.BROWSER,
        FailureKind.REDIRECT_LOOP: Step.BROWSER,
    }
)
"""The kinds of failure by which a site says no, with the first step for each."""


def place(step: Step) -> str:
    """Say where a step is explained."""
    return f"{PAGE}, step {step.value}"


def next_step(kind: FailureKind, *, cookies: bool, key: bool) -> Step | None:
    """Return the step that is next for a failure: `cookies` were handed over to the site, it was given a `key`; None: not refused."""
    first = FIRST.get(kind)
    if first is not Step.BROWSER:
        return first
    if key:
        return Step.OTHER if cookies else Step.BROWSER
    return Step.KEY if cookies else Step.BROWSER
