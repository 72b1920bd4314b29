"""How a command deals with its memory: seldom looked through for garbage at the start, few heaps, and what the start made left alone.

Here, because it is a matter of the whole process. `main` and the commands that work import it.
"""

from __future__ import annotations

import contextlib
import gc
from typing import Final

SELDOM: Final = 20_000
"""New objects after which a start is looked through: what it makes stays, and to look at it again and again costs a tenth of it."""
_EAGER: Final = gc.get_threshold()
_M_ARENA_MAX: Final = -8
"""malloc.h of glibc."""


def starting() -> None:
    """Let the collector of garbage rest while all is loaded."""
    gc.set_threshold(SELDOM)


def few_heaps() -> None:
    """Let threads take their memory from two heaps in all, before there are any; each would get one of its own, 3 MB at work.

    There is nothing to set where the library of C is not glibc. The environment would do it, too, but for each program that is
    started as well.
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def started() -> None:
    """Let the collector of garbage leave alone what the start has made, and be as eager as ever from now on."""
    gc.freeze()
    gc.set_threshold(*_EAGER)
