"""Tells whether what a person wrote is a URL that anything can be asked of.

Here, so that a slip is named at once and not by a job that fails. Commands that take a URL use it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from syncer.config import texts
from syncer.errors import UsageError

LONGEST = 8192
"""Letters of a URL; no site takes longer ones."""


def checked(text: str) -> str:
    """Return a URL with http or https and a host, blanks around it taken off; raises UsageError for anything else."""
    url = texts.without_login(text.strip())
    try:
        parts = urlsplit(url)
        fine = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not url.isprintable() or len(url) > LONGEST:
        raise UsageError(f"{url[:200]!r} is no URL that can be fetched", "Write https://host/path")
    return url
