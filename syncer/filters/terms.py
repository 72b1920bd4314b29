"""One term of a tag rule: `blue sky`, `creator:*`, `-red hair`; how it is written and what it matches.

Apart from `tags`, because filters that keep or drop tags will read the same terms. Pure; `tags` imports it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from syncer.errors import ItemError
from syncer.filters.clean import visible
from syncer.model import Tag

Key = tuple[str, str]
"""Namespace and text in the form in which they are compared, see `fold`."""

ANY: Final = None
"""A wildcard among the characters of a term: any characters, none too."""

PARTING: Final = ""
"""A colon among the characters of a term; the first parts namespace and text, the others are colons."""

_SPECIAL: Final[dict[str, str | None]] = {"*": ANY, ":": PARTING}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text to compare with, or pieces with wildcards between them."""

    pieces: tuple[str, ...]
    """The literal texts between the wildcards; one piece alone = no wildcard."""

    @property
    def literal(self) -> str | None:
        """Return the text that must be met exactly, None where there are wildcards."""
        return self.pieces[0] if len(self.pieces) == 1 else None

    def matches(self, text: str) -> bool:
        """Tell whether `text` (folded) fits; takes time by its length only, whatever the wildcards."""
        if len(self.pieces) == 1:
            return text == self.pieces[0]
        first, *middle, last = self.pieces
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        place, end = len(first), len(text) - len(last)
        for piece in middle:
            place = text.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return True


@dataclass(frozen=True, slots=True)
class Term:
    """A condition on a post's tags: that one of them fits, or with `negative`, that none does."""

    namespace: Pattern
    text: Pattern
    negative: bool = False

    @property
    def literal(self) -> Key | None:
        """Return the one tag that it means, None where it has wildcards."""
        namespace, text = self.namespace.literal, self.text.literal
        return None if namespace is None or text is None else (namespace, text)

    def matches(self, key: Key) -> bool:
        """Tell whether a tag fits."""
        return self.namespace.matches(key[0]) and self.text.matches(key[1])


def fold(text: str) -> str:
    """Return a text in the form in which tags are compared: capitals, underscores and composed letters make no difference.

    What is made of underscores alone (an artist is called `__`) stays as it is.
    """
    return _spaced(text) or text


def _spaced(text: str) -> str:
    plain = text.replace("_", " ")
    if plain.isascii():
        return " ".join(plain.lower().split())
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain).casefold()).split())


def key(tag: Tag) -> Key:
    """Return the form of a tag in which it is compared."""
    return fold(tag.namespace), fold(tag.text)


def term(written: str) -> Term:
    """Read one term.

    `-` before it means not. The first colon parts namespace and text: `sky` is the tag without namespace, `creator:*` any
    tag of that namespace, `*:sky` the tag with any namespace or none, `:re:zero` the tag `re:zero` without namespace. `*` stands for any
    characters; behind a backslash `*`, `,`, `:`, `-` and the backslash stand for themselves. Raises ItemError.
    """
    text = visible(written).strip() or written.strip()
    negative = text.startswith("-")
    tokens = _tokens(text[1:].lstrip() if negative else text)
    parted = tokens.index(PARTING) if PARTING in tokens else None
    namespace = tokens[:parted] if parted is not None else []
    rest = tokens if parted is None else tokens[parted + 1 :]
    pattern = _pattern(rest)
    if pattern.pieces == ("",):
        raise ItemError(
            f"The tag rule has an empty part ({written!r})",
            "Write one tag between two commas, `creator:*` for any of a namespace.",
        )
    return Term(_pattern(namespace), pattern, negative)


def _tokens(text: str) -> list[str | None]:
    """Return the characters one by one: a wildcard as ANY, a colon that may part as PARTING, an escaped one as itself."""
    tokens: list[str | None] = []
    letters = iter(text)
    for letter in letters:
        tokens.append(next(letters, letter) if letter == "\\" else _SPECIAL.get(letter, letter))
    return tokens


def _pattern(tokens: list[str | None]) -> Pattern:
    pieces = [""]
    for each in tokens:
        if each is ANY:
            pieces.append("")
        else:
            pieces[-1] += each or ":"
    if len(pieces) == 1:
        return Pattern((fold(pieces[0]),))
    return Pattern(tuple(_fold_piece(piece) for piece in pieces))


def _fold_piece(piece: str) -> str:
    """Fold the text beside a wildcard, where a blank at the border counts: `red *` is no `redwood`."""
    folded = _spaced(piece)
    spaced = piece.replace("_", " ")
    before = " " if folded and spaced[:1].isspace() else ""
    behind = " " if folded and spaced[-1:].isspace() else ""
    return f"{before}{folded}{behind}" if folded else (" " if spaced else "")
