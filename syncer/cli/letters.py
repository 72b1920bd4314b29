"""Makes a text safe for a terminal: what would move the cursor or change colours is shown instead of done.

Here, because titles, URLs and file names come from the net. Everything of the command line that writes for people uses it.
"""

from __future__ import annotations


def plain(text: str) -> str:
    """Return `text` with every letter that cannot be printed written as its escape; line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode("ascii") for c in text)
