"""TOML as data, or where and why a text is none, in words that a person can act on.

Here, because the reader's own words name no cure, and what nests without an end would take down all who walk through it. Pure;
the loader of the config, that of site files and what edits either import it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

MAX_DEPTH: Final = 200
"""So deep lists and tables may stand in each other; the reader itself knows hardly more in one line."""
LONG_NUMBER: Final = "a number has more digits than any can have"
TOO_DEEP: Final = f"lists or tables are nested too deep; at most {MAX_DEPTH} can stand in each other"
_POSITION: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_NO_BARE_KEY: Final = 'a name with other letters than a-z, digits, "-" and "_" stands in "quotes"'
_CURES: Final[Mapping[str, str]] = {
    "Cannot overwrite": "a key or table is written twice",
    "Cannot declare": "a table is written twice",
    "Cannot redefine": "a key or table is written twice",
    "Cannot mutate": "a { } table or list is complete as it is and cannot be added to",
    "Duplicate inline table key": "a key is written twice",
    "Escaped character is not": "\\u and \\U stand before the number of a letter, and there is none of this number",
    "Exceeds the limit": LONG_NUMBER,
    "Expected '='": "a key without = after it",
    "Expected ']": "a table header is not closed",
    "Expected newline or end of document": "something stands after the value; text stands in quotes",
    "Found invalid character": "a control character stands there; take it out",
    "Illegal character": "a quote is not closed before the end of its line, or a character cannot stand there",
    "Invalid date or datetime": "there is no such day or time; text stands in quotes",
    "Invalid hex value": "four figures of 0-9 and a-f must follow \\u, eight \\U; '...' takes a backslash as it is",
    "Invalid initial character": 'a key is missing; names with other letters stand in "quotes"',
    "Invalid statement": "a line is neither a [table] nor key = value",
    "Invalid value": "a value is missing or cannot be read; text stands in quotes",
    "Unclosed array": "a list is not closed with ]",
    "Unclosed inline table": "a table is not closed with }",
    "Unescaped": "a backslash in \"...\" must be doubled; '...' takes it as it is",
    "Unterminated string": "a quote is not closed",
}


class NoTomlError(ValueError):
    """A text is no TOML, or none that is read; its words say why, `line` and `column` (from 1) where that is known."""

    def __init__(self, words: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(words)
        self.line = line
        self.column = column


def read(text: str) -> dict[str, Any]:
    """Return what a text says; raises NoTomlError."""
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise NoTomlError(TOO_DEEP) from None
    except ValueError as error:  # TOMLDecodeError, and int() for numbers of thousands of digits
        raise _told(str(error), text) from None
    if _is_too_deep(data):  # a dotted key nests without any recursion of the reader
        raise NoTomlError(TOO_DEEP)
    return data


def _told(message: str, text: str) -> NoTomlError:
    """Put the reader's words into ours; what stops at the end of the text, or nowhere, is told by the last line."""
    match = _POSITION.fullmatch(message)
    cause = match.group(1) if match else message
    if not match or not match.group(2):
        return NoTomlError(_words(cause, ""), text.count("\n") + 1)
    line, column = int(match.group(2)), int(match.group(3))
    return NoTomlError(_words(cause, text.split("\n")[line - 1][column - 1 : column]), line, column)


def _words(cause: str, letter: str) -> str:
    """Say what is wrong where the reader stopped before `letter`."""
    if cause.startswith("Expected '='") and letter.isalnum() and not letter.isascii():
        return _NO_BARE_KEY
    return next((cure for start, cure in _CURES.items() if cause.startswith(start)), cause)


def _is_too_deep(data: dict[str, Any]) -> bool:
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
