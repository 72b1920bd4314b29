"""What the config says about folders in which other programs put media, and how names there are read.

Plain and pure, apart from the schema, like `settings`, which holds these. Everybody above the lowest floor may import it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from syncer.frozen import frozen

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_LONGEST: Final = 400
"""Letters of a name, with its folders, that is read by a pattern."""

FIELDS: Final[Mapping[str, re.Pattern[str]]] = {
    "site": re.compile(r"[^/\s]+"),
    "post": re.compile(r"[A-Za-z0-9-]+"),
    "index": re.compile(r"[0-9]{1,6}"),
    "md5": re.compile(r"[0-9A-Fa-f]{32}"),
    "sha1": re.compile(r"[0-9A-Fa-f]{40}"),
    "sha256": re.compile(r"[0-9A-Fa-f]{64}"),
    "date": re.compile(r"[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.-]{5,15})?"),
    "rating": re.compile(r"[A-Za-z]+"),
    "title": re.compile(r"[^/]+"),
    "creator": re.compile(r"[^/]+"),
    "series": re.compile(r"[^/]+"),
    "character": re.compile(r"[^/]+"),
    "tags": re.compile(r"[^/]+"),
    "skip": re.compile(r"[^/]+"),
    "ext": re.compile(r"[A-Za-z0-9]{1,10}"),
}
"""What a pattern can name, and what may stand there."""
_PIECES: Final = re.compile(r"\{([^{}]*)\}")


@frozen
class Pattern:
    """How file names are made, read from a text such as `{site}_{post}_{md5}.{ext}`."""

    pieces: tuple[tuple[str, str], ...]
    """Pairs of a fixed text and the field behind it; "" = none."""
    folders: int
    """So many of the folders around a file it says something of."""
    with_extension: bool

    def match(self, name: str) -> Mapping[str, str] | None:
        """Return what the fields hold in a name, with its folders before it; None where it is not made like that.

        Costs no more than the square of the name's length, however hostile it is.
        """
        text = "/".join(name.split("/")[-1 - self.folders :])
        if not self.with_extension:
            text = text.rpartition(".")[0] or text
        if len(text) > _LONGEST:
            return None
        found = _Match(self.pieces, text).at(0, 0)
        return None if found is None else dict(reversed(found))


class _Match:
    """One name being matched: places that were tried in vain are not tried again."""

    def __init__(self, pieces: tuple[tuple[str, str], ...], text: str) -> None:
        self._pieces = pieces
        self._text = text
        self._failed: set[tuple[int, int]] = set()

    def at(self, piece: int, place: int) -> list[tuple[str, str]] | None:
        """Return the fields from a piece on, the last first, if they fill the text from a place on; else None."""
        if piece == len(self._pieces):
            return [] if place == len(self._text) else None
        if (piece, place) in self._failed:
            return None
        fixed, name = self._pieces[piece]
        if self._text.startswith(fixed, place):
            begin = place + len(fixed)
            if not name:
                return self.at(piece + 1, begin)
            for end in self._ends(piece, begin):
                value = self._text[begin:end]
                if FIELDS[name].fullmatch(value) and (rest := self.at(piece + 1, end)) is not None:
                    rest.append((name, value))
                    return rest
        self._failed.add((piece, place))
        return None

    def _ends(self, piece: int, begin: int) -> Iterator[int]:
        """Yield where a field that begins at a place may end: before the fixed text behind it, or at the end of all."""
        if piece + 1 == len(self._pieces):
            yield len(self._text)
            return
        fixed = self._pieces[piece + 1][0]
        end = self._text.find(fixed, begin + 1)
        while end >= 0:
            yield end
            end = self._text.find(fixed, end + 1)


def pattern(text: str) -> Pattern:
    """Read a pattern. Raises ValueError with the cure."""
    if not text.strip() or len(text) > 300 or "\0" in text:
        raise ValueError("is empty or too long; write one like {site}_{post}_{md5}.{ext}")
    parts = _PIECES.split(text)
    if any("{" in part or "}" in part for part in parts[::2]) or len(parts) == 1:
        raise ValueError(f'"{text}" must name fields in braces, like {{site}}_{{post}}_{{md5}}.{{ext}}')
    names = parts[1::2]
    for name in names:
        if name not in FIELDS:
            raise ValueError(f'"{{{name}}}" is no field; there are {", ".join(FIELDS)}')
        if name != "skip" and names.count(name) > 1:
            raise ValueError(f'"{{{name}}}" is there twice')
    if any(not fixed for fixed in parts[2:-1:2]):
        raise ValueError("two fields with nothing between them cannot be told apart; put a text between them")
    pieces = [(fixed, name) for fixed, name in zip(parts[::2], names, strict=False)]
    if parts[-1]:
        pieces.append((parts[-1], ""))
    return Pattern(tuple(pieces), text.count("/"), "ext" in names)


@frozen
class AdoptedFolder:
    """A folder in which other programs put media."""

    name: str
    path: Path
    move: bool = False
    """What was delivered is taken away there."""
    settle: float = 30.0
    """Seconds that a file must have stayed the same."""
    recursive: bool = True
    """Folders below it, too."""
    pattern: Pattern | None = None
    """How names are made, where nothing beside a file tells of it."""
    site: str = ""
    """Where files come from that do not tell."""
    tag_files: bool = True
    """Text files beside media are read as tags."""
    paused: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
