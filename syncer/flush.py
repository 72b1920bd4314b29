"""Flushes to the disk that threads share: whoever comes while one runs waits for the next, which covers all who came.

Here, because the store's commits and the import folders' renames both wait for the same slow thing. Imports nothing of syncer;
`store` and `deliver` use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class SharedFlush:
    """One thing on the disk that several threads flush, at most one at a time; safe to call from any thread."""

    def __init__(self, flush: Callable[[], None]) -> None:
        """Share `flush`, which raises OSError where the disk does not do it."""
        self._flush = flush
        self._changed = threading.Condition(threading.Lock())
        self._asked = 0
        self._done = 0
        self._running = False
        self._failed: tuple[int, OSError] | None = None
        """Up to whom the last failed flush was for: a later one says nothing of what that one lost."""

    def wait(self) -> None:
        """Return when a flush that began after this call has ended.

        Raises OSError where that flush failed, for everyone whom it was for.
        """
        with self._changed:
            self._asked += 1
            mine = self._asked
            while self._done < mine:
                if not self._running:
                    self._lead()
                else:
                    self._changed.wait()
            if self._failed is not None and mine <= self._failed[0]:
                raise OSError(*self._failed[1].args) from self._failed[1]

    def _lead(self) -> None:
        """Flush for all who have asked until now; the lock is held before and after, and not meanwhile."""
        upto, self._running = self._asked, True
        self._changed.release()
        failed: OSError | None = None
        try:
            self._flush()
        except OSError as error:
            failed = error
        finally:
            self._changed.acquire()
            self._running = False
            if failed is not None:
                self._failed = upto, failed
            self._done = upto
            self._changed.notify_all()
