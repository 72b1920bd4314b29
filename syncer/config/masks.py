"""Takes out of a text what looks like a secret: logins in URLs, headers and options with keys in them, names with a value behind.

Here, because programs of others repeat what they were told, and what they say is shown and kept. Pure; whoever tells of other programs
imports it. What is known to be a secret is hidden by who knows it.
"""

from __future__ import annotations

import re
from typing import Final

from syncer.config.texts import without_login

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


def masked(text: str) -> str:
    """Return a text without what looks like a secret; it stays what it was otherwise."""
    text = _HEADER.sub(rf"\1\2{SHOWN}", without_login(text))
    text = _OPTION.sub(rf"\1\2{SHOWN}", text)
    return _TOLD.sub(rf"\1\2{SHOWN}", _PAIR.sub(rf"\1\2{SHOWN}", text))
