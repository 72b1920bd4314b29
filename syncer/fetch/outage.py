"""How long a file outlasts a site that does not work: its tries fall into hours, an outage can last for days.

Pure. The jobs of `service` ask it for what nobody waits for: files that follows have found. A person who asks for a file is told.
"""

from __future__ import annotations

from typing import Final

from syncer.fetch.failure import FailureKind

SITE_IS_DOWN: Final = frozenset(
    {
        FailureKind.DNS,
        FailureKind.REFUSED,
        FailureKind.TLS,
        FailureKind.TIMEOUT,
        FailureKind.DROPPED,
        FailureKind.DRIP,
        FailureKind.UNAVAILABLE,
        FailureKind.SERVER_ERROR,
        FailureKind.UNAUTHORISED,
        FailureKind.LOGIN_PAGE,
        FailureKind.HTML_FOR_MEDIA,
        FailureKind.NOT_YET,
    }
)
"""What is more often a fault of the whole site, a session that ran out, or a matter of time, than a fault of one file."""
PATIENCE: Final = 14 * 86_400
"""Seconds after which a file is given up that failed all the while."""
LEAST: Final = 12 * 3_600
MOST: Final = 3 * 86_400


def rest(kind: FailureKind, age: float) -> float | None:
    """Return the seconds until a file that was queued `age` seconds ago begins its tries anew; None: it is given up.

    Each rest doubles the age, so that a file which is broken for good costs some dozens of requests in two weeks.
    """
    if kind not in SITE_IS_DOWN or age >= PATIENCE:
        return None
    return min(max(age, LEAST), MOST)
