"""hydrus's stored objects as they are written: lists of type, name, version and content.

Here, below reading and upgrading, because both must take such a list apart. Only this package imports it.
"""

from __future__ import annotations

from typing import Any

from syncer.errors import ItemError
from syncer.frozen import frozen

# The numbers by which hydrus tells its objects apart.
DICTIONARY = 21
LIST = 26
HTML = 27
CONTENT = 30
JSON = 31
BANDWIDTH = 38
TAG_FILTER = 44
URL_CLASS = 50
STRING_MATCH = 51
CONVERTER = 55
PARSER = 58
ZIPPER = 59
CONTEXT = 60
HTML_RULE = 62
SIMPLE = 63
SEARCH = 69
NESTED_SEARCH = 70
DOMAIN = 71
CREDENTIAL = 72
LOGIN = 73
LOGIN_STEP = 74
SPLITTER = 83
PROCESSOR = 84
SORTER = 99
SLICER = 100
STRING_TAG_FILTER = 112
JOINER = 125
PARAMETER = 127
NESTED = 133
SUB_PARSER = 135
STATIC = 136
DOMAIN_MASK = 139

# How an item of a stored list or dictionary is written.
PLAIN, BYTES, OBJECT = 0, 1, 2

ANY_MATCH: list[Any] = [STRING_MATCH, 1, [3, "", None, None, "example string"]]
NO_CONVERSION: list[Any] = [CONVERTER, 2, [[], "example string"]]


class UnreadableError(ItemError):
    """An object is not of the form that its type and version promise."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "The downloader is broken or newer than this program; the rest of it is imported")


@frozen
class Raw:
    """One stored object; `name` is "" for the types without."""

    type: int
    name: str
    version: int
    info: Any


def take_apart(node: object) -> Raw:
    """Split `[type, version, info]` or `[type, name, version, info]`; raises UnreadableError."""
    if isinstance(node, list) and len(node) in (3, 4):
        name = node[1] if len(node) == 4 else ""
        kind, version = node[0], node[-2]
        if _whole(kind) and _whole(version) and isinstance(name, str):
            return Raw(kind, name, version, node[-1])
    raise UnreadableError("Something that should be an object of hydrus is none")


def object_list(nodes: list[Any]) -> list[Any]:
    """Write objects as the newest form of a stored list."""
    return [LIST, 3, [[OBJECT, node] for node in nodes]]


def processor(steps: list[Any]) -> list[Any]:
    """Write string steps as a stored string processor."""
    return [PROCESSOR, 1, object_list(steps)]


def fixed_match(text: object) -> list[Any]:
    """Write the string match that only the text itself passes."""
    return [STRING_MATCH, 1, [0, text, None, None, text]]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
