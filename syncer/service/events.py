"""What happened, one frozen thing an event, for progress on a terminal and for the log.

Here, so that jobs need not know who listens. Everybody from the service up may import it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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
