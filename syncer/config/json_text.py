"""Reads JSON that others wrote: one number with more digits than Python takes costs nobody the rest of it.

Pure; what reads pages and what other programs write imports it.
"""

from __future__ import annotations

import json
from typing import Any, Final

_MOST_DIGITS: Final = 1_000
"""Longer numbers stay text; Python refuses those of more than 4,300 digits, whose reading takes long."""


def read(text: str | bytes) -> Any:
    """Return what a text of JSON says. Raises ValueError, RecursionError."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # UnicodeDecodeError comes again
        return json.loads(text, parse_int=_number)


def where(error: ValueError | RecursionError) -> str:
    """Say where a text stops being JSON, or why it is none that is read."""
    if isinstance(error, json.JSONDecodeError):
        return f"from line {error.lineno}, column {error.colno} on"
    return "it is nested too deep" if isinstance(error, RecursionError) else "its letters are not UTF-8"


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
