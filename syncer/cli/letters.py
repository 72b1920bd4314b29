"""Makes a text safe to show: what would move the cursor or change colours is shown instead of done, names and passwords of URLs not.

Here, because titles, URLs and file names come from the net. Everything of the command line that writes for people uses it.
"""

from __future__ import annotations

from syncer.config.texts import without_login


def plain(text: str) -> str:
    """Return `text` with every letter that cannot be printed written as its escape, and no login in a URL; line breaks and tabs stay."""
    text = without_login(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode("ascii") for c in text)
