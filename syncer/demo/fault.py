"""What a named misbehaviour is. On its own, so that the tables of faults and their register need not import each other.

Pure. Only the demo and tests import it.
"""

from __future__ import annotations

from collections.abc import Callable

from syncer.demo.reply import Ask, Render, Reply
from syncer.frozen import frozen


@frozen
class Fault:
    """A way to answer wrongly."""

    name: str
    what: str
    """What it does and which details it takes, for people who write tests."""
    apply: Callable[[Ask, Render], Reply]
    times: int | None = None
    """How often, where the test does not say; None = always."""
