"""What a program was told that may be a secret, taken out of what it says: the person's options for it, and what the service adds.

Here, because a program repeats in its errors what stood in its config or on its command line. Pure; this floor and the service import it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, quote_plus

from syncer.config.handover import Handover

Hide = Callable[[str], str]

HIDDEN: Final = "(hidden)"
SHORTEST: Final = 6
"""Shorter values stand in too many words by chance."""
_NAMES: Final = re.compile(
    r"user|pass|pwd|token|secret|key|auth|cookie|session|header|netrc|cert|proxy|twofactor|login|args|\A-[up2]\Z",
    re.IGNORECASE,
)
"""Names of options whose values may be secrets."""


def as_it_is(text: str) -> str:
    """Hide nothing."""
    return text


def hider(secrets: Iterable[str]) -> Hide:
    """Return what takes these values out of a text, however they are written there: encoded for a URL, or with escapes."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)

    def hide(text: str) -> str:
        for form in longest_first:
            text = text.replace(form, HIDDEN)
        return text

    return hide if longest_first else as_it_is


def of_options(handover: Handover) -> Iterator[str]:
    """Yield the values of the person's options for programs that may be secrets."""
    yield from _values(handover.gallery_dl.options, secret=False)
    yield from _words(handover.yt_dlp.options)


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


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
