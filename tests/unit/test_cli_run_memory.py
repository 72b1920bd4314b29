"""A start is looked through for garbage seldom, and what it made not at all once it is over."""

from __future__ import annotations

import gc

from syncer.cli import run


def test_the_collector_rests_at_a_start_and_is_as_eager_as_ever_after_it() -> None:
    """What was there at the end of the start is left alone; what comes later is collected."""
    before = gc.get_threshold()
    try:
        run.spare_memory()
        assert gc.get_threshold()[0] > 10 * before[0]
        run.settle_memory()
        assert (gc.get_threshold(), gc.get_freeze_count() > 10_000) == (before, True)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
