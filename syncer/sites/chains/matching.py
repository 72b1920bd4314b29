"""Tests on texts as imported files have them: fixed, pattern, kinds of characters, lengths.

Here because classes, rules, vetoes and steps all use the same test. Pure; imported within the package.
"""

from __future__ import annotations

import re
from typing import Any

from syncer.frozen import frozen
from syncer.sites.patterns import Pattern

_KINDS = {
    "letters": r"^[a-zA-Z]+$",
    "letters and digits": r"^[a-zA-Z\d]+$",
    "digits": r"^\d+$",
    "hex": r"^[\da-fA-F]+$",
    "base64": r"^[a-zA-Z\d+/]+={0,2}$",
    "base64 percent": r"^([a-zA-Z\d]|%2B|%2F)+(%3D){0,2}$",
    "base64 url": r"^[a-zA-Z\d\-_]+={0,2}$",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _KINDS.items()}


@frozen
class TextTest:
    """A test on a text; with nothing set every text passes."""

    fixed: str | None = None
    pattern: Pattern | re.Pattern[str] | None = None
    broken: bool = False
    """The pattern cannot be compiled: no text passes."""
    least: int | None = None
    most: int | None = None

    def passes(self, text: str) -> bool:
        """Tell whether a text passes; lengths count on the raw text, patterns see it without line breaks and trimmed."""
        if (self.least is not None and len(text) < self.least) or (self.most is not None and len(text) > self.most):
            return False
        if self.fixed is not None:
            return text == self.fixed
        if self.pattern is not None:
            return self.pattern.search("".join(text.splitlines()).strip()) is not None
        return not self.broken


ANY = TextTest()


def compile_test(settings: Any) -> TextTest:
    """Make a test of a MATCH: a text (fixed) or a `schema.imported.Match`."""
    if settings is None:
        return ANY
    if isinstance(settings, str):
        return TextTest(fixed=settings)
    least, most = settings.min, settings.max
    if settings.fixed is not None:
        return TextTest(fixed=settings.fixed, least=least, most=most)
    if settings.chars is not None:
        return TextTest(pattern=_COMPILED[settings.chars], least=least, most=most)
    if settings.regex is not None:
        try:
            return TextTest(pattern=Pattern.of_re(settings.regex), least=least, most=most)
        except ValueError:
            return TextTest(broken=True, least=least, most=most)
    return TextTest(least=least, most=most)
