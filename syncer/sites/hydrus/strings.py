"""The string steps of hydrus's downloaders as plain values: conditions, changes, cutting, ordering, filtering.

Here, apart from the rest of `objects`, because formulae, URL classes and logins all hold them. Only this package
imports it.
"""

from __future__ import annotations

from syncer.frozen import frozen


@frozen
class StringMatch:
    """A condition on a text: what it must be (`kind`, `value`) and how long it may be."""

    kind: str = "any"
    """`fixed`, `regex`, `any`, or a set of characters: `alpha`, `alphanumeric`, `numeric`, `hex`, `base64`,
    `base64url`, `base64_percent` (base64 whose +, / and = are percent-encoded)."""
    value: str = ""
    """The text or the pattern; "" for the others."""
    min_chars: int | None = None
    max_chars: int | None = None
    example: str = ""

    @property
    def restricts(self) -> bool:
        """Tell whether there is a text that does not pass."""
        return self.kind != "any" or self.min_chars is not None or self.max_chars is not None


Value = str | int | tuple[str | int, ...] | None
"""What a change of a text needs to know: nothing, a text, a number, or several."""


@frozen
class Conversion:
    """One change of a text, such as `append` "?x=1" or `sub` (pattern, replacement)."""

    kind: str
    value: Value = None


@frozen
class Converter:
    """Changes of a text, one after another; if one fails, the whole text is dropped."""

    conversions: tuple[Conversion, ...] = ()
    example: str = ""


@frozen
class Splitter:
    """Cuts a text at a separator, whose backslash escapes are still to be decoded."""

    separator: str
    most: int | None = None


@frozen
class Slicer:
    """Keeps some of the texts, as a Python slice does."""

    start: int | None = None
    end: int | None = None


@frozen
class Sorter:
    """Orders the texts by themselves or by what a pattern finds in them."""

    kind: str
    """`none` (by code point too), `lexicographic`, `human` (numbers by value) or `reverse`."""
    ascending: bool = False
    regex: str | None = None


@frozen
class TagFilter:
    """Keeps the texts that are tags which the rules let through."""

    rules: tuple[tuple[str, bool], ...] = ()
    """Pairs of tag slice (`tag`, `namespace:`, `:` all with namespace, `` all without) and whether it is let through."""


@frozen
class Joiner:
    """Puts texts together, all or in groups of a size."""

    joiner: str
    size: int | None = None


Step = Converter | StringMatch | Splitter | Slicer | Sorter | TagFilter | Joiner
