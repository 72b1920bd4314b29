"""Regular expressions from site files, run with a time limit, and checked when the file is loaded.

Here because stdlib `re` cannot be stopped. Imported by both dialects; the `regex` library is loaded with the first
pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol, cast

from syncer.errors import ItemError
from syncer.sites import cost, effort

TIMEOUT = 0.25
"""Seconds that one pattern may take on one text."""


_OUTSIDE = {
    "w": r"[\p{L}\p{N}_]",
    "W": r"[^\p{L}\p{N}_]",
    "s": r"[\s\x1c-\x1f]",
    "S": r"[^\s\x1c-\x1f]",
    "b": r"(?:(?<=[\p{L}\p{N}_])(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?=[\p{L}\p{N}_]))",
    "B": r"(?:(?<=[\p{L}\p{N}_])(?=[\p{L}\p{N}_])|(?<![\p{L}\p{N}_])(?![\p{L}\p{N}_]))",
}
_INSIDE = {"w": r"\p{L}\p{N}_", "s": r"\s\x1c-\x1f"}
_PIECE = re.compile(r"\\(?P<escape>.)|(?P<open>\[\^?\]?)|(?P<close>\])|.", re.DOTALL)


def like_re(source: str) -> str:
    r"""Write a pattern for `regex` that means what Python's `re` means by it.

    For `regex` accents that stand alone and joiners are word characters (`\w`), for `re` they are not: 30,000 characters.
    """
    pieces: list[str] = []
    inside = False
    for match in _PIECE.finditer(source):
        if match["escape"]:
            pieces.append((_INSIDE if inside else _OUTSIDE).get(match["escape"], match.group()))
            continue
        if match["open"] and inside:
            pieces.append(match.group().replace("[", "\\["))
            inside = not match.group().endswith("]")
            continue
        inside = bool(match["open"]) or (inside and not match["close"])
        pieces.append(match.group())
    return "".join(pieces)


class Match(Protocol):
    """What a pattern found."""

    def group(self, index: int = 0, /) -> str | None:
        """Return the text of a group."""

    def groups(self) -> tuple[str | None, ...]:
        """Return the texts of all groups."""


class Pattern:
    """A compiled pattern with a time limit."""

    __slots__ = ("_compiled", "_quick", "_reach", "source")

    def __init__(self, source: str, *, check: str = "") -> None:
        """Compile; raises ValueError with the reason. `check` is a replacement text that must fit the pattern."""
        self.source = source
        self._compile(check)

    def _compile(self, check: str = "") -> None:
        import regex

        source = self.source
        try:
            self._compiled: Any = regex.compile(like_re(source))
            if check:
                regex.compile(f"(?:{source})|").sub(check, "")
        except (regex.error, re.error, IndexError, OverflowError, RecursionError) as error:
            raise ValueError(f"{source!r} is not a regular expression: {error}") from error
        self._reach: int
        self._quick: Any
        self._reach, self._quick = cost.quick(source) or (-1, self._compiled)
        """Texts of up to so many characters cannot take long; to look at the time costs more than most of them."""

    @classmethod
    def known(cls, source: str) -> Pattern:
        """Make a pattern that was found fine before; it is compiled when it is first used."""
        made = cls.__new__(cls)
        made.source = source
        return made

    def __getattr__(self, name: str) -> Any:
        """Compile a known pattern; Python asks here for a slot that is still empty."""
        if name not in self.__slots__:
            raise AttributeError(name)
        self._compile()
        return getattr(self, name)

    @classmethod
    def of_re(cls, source: str, *, replacement: str = "") -> Pattern:
        """Make a pattern that Python's `re` accepts with its replacement text, as well; raises ValueError else."""
        try:
            re.compile(f"(?:{source})|").sub(replacement, "")
            re.compile(source)
        except (re.error, IndexError, OverflowError, RecursionError) as error:
            raise ValueError(f"{source!r} is not a regular expression: {error}") from error
        return cls(source, check=replacement)

    def search(self, text: str) -> Match | None:
        """Find the first match anywhere in `text`; raises ItemError when it takes too long."""
        effort.check()
        if len(text) <= self._reach:
            return cast("Match | None", self._quick.search(text))
        try:
            return cast("Match | None", self._compiled.search(text, timeout=TIMEOUT))
        except TimeoutError as error:
            raise self._slow() from error

    def fullmatch(self, text: str) -> Match | None:
        """Match the whole of `text`; raises ItemError when it takes too long."""
        effort.check()
        if len(text) <= self._reach:
            return cast("Match | None", self._quick.fullmatch(text))
        try:
            return cast("Match | None", self._compiled.fullmatch(text, timeout=TIMEOUT))
        except TimeoutError as error:
            raise self._slow() from error

    def finditer(self, text: str) -> Iterator[Match]:
        """Walk all matches in `text`; raises ItemError when it takes too long."""
        effort.check()
        try:
            yield from self._compiled.finditer(text, timeout=TIMEOUT)
        except TimeoutError as error:
            raise self._slow() from error

    def sub(self, replacement: str, text: str) -> str:
        """Replace all matches as Python's `re.sub` does; raises ItemError when it takes too long."""
        effort.check()
        if len(text) <= self._reach:
            return cast("str", self._quick.sub(replacement, text))
        try:
            return cast("str", self._compiled.sub(replacement, text, timeout=TIMEOUT))
        except TimeoutError as error:
            raise self._slow() from error

    def _slow(self) -> ItemError:
        return ItemError(
            f"The pattern {self.source!r} took longer than {TIMEOUT} s on this page",
            "Write it with fewer nested repeats; the page was not read.",
        )
