"""A start is looked through for garbage seldom, and what it made not at all once it is over."""

from __future__ import annotations

import gc

from syncer.cli import memory


def test_the_collector_rests_at_a_start_and_is_as_eager_as_ever_after_it() -> None:
    """What was there at the end of the start is left alone; what comes later is collected."""
    before = gc.get_threshold()
    try:
        memory.starting()
        assert gc.get_threshold()[0] > 10 * memory._EAGER[0]
        memory.few_heaps()
        memory.started()
        assert (gc.get_threshold(), gc.get_freeze_count() > 10_000) == (memory._EAGER, True)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
