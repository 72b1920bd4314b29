"""Tells whether what a person wrote is a URL that anything can be asked of.

Here, so that a slip is named at once and not by a job that fails. Commands that take a URL use it.
"""

from __future__ import annotations

from syncer.config import texts, web
from syncer.errors import UsageError

LONGEST = 8192
"""Letters of a URL; no site takes longer ones."""


def checked(text: str) -> str:
    """Return a URL with http or https and a host, blanks around it taken off; raises UsageError for anything else."""
    url = texts.without_login(text.strip())
    try:
        found = web.read(url)
        fine = found.parts.scheme.lower() in ("http", "https") and bool(found.host) and found.port != 0
        why = ""
    except ValueError as error:
        fine, why = False, f": {error}"
    if not fine or not url.isprintable() or len(url) > LONGEST:
        raise UsageError(f"{url[:200]!r} is no URL that can be fetched{why}", "Write https://host/path")
    return url
