"""Takes secrets out of a text: those that are known, and what looks like one (logins in URLs, headers and options with keys in them).

Here, because sites and programs repeat what they were told, and what they say is shown and kept. Pure; whoever knows a secret, or tells
of other programs, imports it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from syncer.config.texts import without_login

Hide = Callable[[str], str]

HIDDEN: Final = "(hidden)"
SHORTEST: Final = 6
"""Shorter values stand in too many words by chance, and are no secrets."""
SHOWN: Final = "…"
_NAME: Final = (
    r"[\w.-]{0,40}(?:token|api-?key|access-?key|secret|passw(?:or)?d|passphrase|pwd|sess(?:ion)?(?:-?id)?|sid|csrf|signature|credentials?|"
    r"(?<![a-z])key|(?<![a-z])auth|(?<![a-z])pass)"
).replace("-?", "[_-]?")
_VALUE: Final = r"""(?:"[^"\n]{0,4000}"|'[^'\n]{0,4000}'|[^\s&;,'"<>)\]}]{1,4000})"""
_HEADER: Final = re.compile(
    r"""(?i)(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie2?|x-[\w-]{0,40}(?:key|token|auth|csrf)[\w-]{0,20})(['"]?\s{0,3}[:=]\s{0,3})"""
    r"""(?:"[^"\n]*"?|'[^'\n]*'?|[^\n'"]*)"""
)
"""The value of a header goes on to the end of its line or quotation: it has blanks in it."""
_PAIR: Final = re.compile(rf"(?i)(?<![\w.-])({_NAME})(['\"]?\s{{0,3}}=\s{{0,3}}){_VALUE}")
_TOLD: Final = re.compile(
    rf"(?i)(?<![\w.-])({_NAME})(['\"]?\s{{0,3}}:\s{{0,3}})"
    r"""("[^"\n]{1,4000}"|'[^'\n]{1,4000}'|(?=[^\s,;'"]{0,200}[0-9])[^\s,;'"]{6,4000}|(?<=token: |sword: |ecret: )[^\s,;'"]{1,4000})"""
)
"""Behind a colon prose goes on, too: there it is one where it is in quotes, or long with figures in it, or the name leaves no doubt."""
_OPTION: Final = re.compile(
    r"""(?i)(?<![\w-])(--?(?:p|u|2|[a-z-]{0,30}(?:username|password|passwd|twofactor|token|secret|api-key|headers?|cookies?)))"""
    r"""(['"]?(?:=|\s{1,3}|\s{0,2},\s{0,3})['"]?)(?!-|(?:and|or|to|for|is|option|from)\b)[^\s'"]{1,4000}"""
)
"""As on a command line, or in a list of its words."""


def as_it_is(text: str) -> str:
    """Hide nothing."""
    return text


def hider(secrets: Iterable[str]) -> Hide:
    """Return what takes these values out of a text, however they are written there: in a URL, in HTML, with escapes."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)

    def hide(text: str) -> str:
        for form in longest_first:
            text = text.replace(form, HIDDEN)
        return text

    return hide if longest_first else as_it_is


def _forms(secret: str) -> set[str]:
    escaped = {html.escape(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    return {secret, quote(secret, safe=""), quote_plus(secret), *escaped}


def masked(text: str) -> str:
    """Return a text without what looks like a secret; it stays what it was otherwise."""
    text = _HEADER.sub(rf"\1\2{SHOWN}", without_login(text))
    text = _OPTION.sub(rf"\1\2{SHOWN}", text)
    return _TOLD.sub(rf"\1\2{SHOWN}", _PAIR.sub(rf"\1\2{SHOWN}", text))
