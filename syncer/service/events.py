"""What happened, one frozen thing an event, for progress on a terminal and for the log.

Here, so that jobs need not know who listens. Everybody from the service up may import it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from syncer.config.texts import without_login
from syncer.frozen import frozen
from syncer.service import handed

log = logging.getLogger(__name__)


@frozen
class Event:
    """Something that a person may want to see while it happens."""

    kind: str
    """`delivered`, `known`, `skipped`, `gone`, `failed`, `waits`, `page`, `walk`, `check`, `accepted` or `notice`."""
    subject: str
    """A URL, a file name, a follow's name."""
    text: str = ""


def nobody(event: Event) -> None:
    """Take an event that no one listens for."""
    del event


def guarded(tell: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return `tell` so that a listener that breaks (a closed terminal) never breaks a job, and hears no form of our own of a URL.

    It hears no name and password of a URL either, wherever that came from.
    """

    def safe(event: Event) -> None:
        try:
            subject, text = without_login(handed.shown(event.subject)), without_login(event.text)
            tell(replace(event, subject=subject, text=text))
        except Exception:  # whatever a listener does
            log.debug("no one could be told of %s", event, exc_info=True)

    return safe
