"""Which of the person's options for a program may be secrets.

Here, because a program repeats in its errors what stood in its config or on its command line. Pure; the service imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from syncer.config.handover import Handover

_NAMES: Final = re.compile(
    r"user|pass|pwd|token|secret|key|auth|cookie|session|header|netrc|cert|proxy|twofactor|login|args|\A-[up2]\Z",
    re.IGNORECASE,
)
"""Names of options whose values may be secrets."""


def of_options(handover: Handover) -> Iterator[str]:
    """Yield the values of the person's options for programs that may be secrets."""
    yield from _values(handover.gallery_dl.options, secret=False)
    yield from _words(handover.yt_dlp.options)


def _values(node: Any, *, secret: bool) -> Iterator[str]:
    """Yield the texts below a name that may be that of a secret."""
    if isinstance(node, Mapping):
        for name, inner in node.items():
            yield from _values(inner, secret=secret or _NAMES.search(str(name)) is not None)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _values(inner, secret=secret)
    elif secret and isinstance(node, str | int) and not isinstance(node, bool):
        yield str(node)


def _words(words: Sequence[str]) -> Iterator[str]:
    """Yield the values of options on a command line: behind `=`, or the next word; and each piece of those that have several."""
    before = ""
    for word in words:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            name, equals, value = before, "=", word
        if equals and _NAMES.search(name):
            yield value
            yield from re.split(r"[=:;,\s]+", value)
        before = "" if equals else name
