"""Flushes to the disk that threads share: whoever comes while one runs waits for the next, which covers all who came.

Here, because the store's commits and the import folders' renames both wait for the same slow thing. Imports nothing of syncer;
`store` and `deliver` use it.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable


class _Round:
    """One flush, and those whom it is for."""

    __slots__ = ("ended", "error")

    def __init__(self) -> None:
        self.ended = False
        self.error: OSError | None = None


class SharedFlush:
    """One thing on the disk that several threads flush, at most one at a time; safe to call from any thread."""

    def __init__(self, flush: Callable[[], None]) -> None:
        """Share `flush`, which raises OSError where the disk does not do it."""
        self._flush = flush
        self._changed = threading.Condition(threading.Lock())
        self._next = _Round()
        self._running = False

    def wait(self) -> None:
        """Return when a flush that began after this call has ended.

        Raises OSError where that flush failed, for everyone whom it was for: a later one says nothing of what that one lost.
        """
        with self._changed:
            mine = self._next
            while not mine.ended:
                if self._running:
                    self._changed.wait()
                else:
                    self._lead()
        if mine.error is not None:
            raise OSError(*mine.error.args) from mine.error

    def _lead(self) -> None:
        """Flush for all who have come until now; the lock is held before and after, and not meanwhile."""
        this, self._next, self._running = self._next, _Round(), True
        self._changed.release()
        try:
            self._flush()
        except OSError as error:
            this.error = error
        except BaseException:
            # Whoever waits must not take it for flushed.
            this.error = OSError(errno.EIO, "the flush broke off")
            raise
        finally:
            self._changed.acquire()
            this.ended, self._running = True, False
            self._changed.notify_all()
