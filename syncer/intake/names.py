"""What the names in the inbox say: files that are none of ours, labels, and folders with a meaning.

Pure. Imported by the inbox beside it and by service.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from syncer.frozen import frozen

DONE = "done"
FAILED = "failed"
AGAIN = "again"
"""What is known is fetched again."""
FOLLOW = "follow"
"""What is dropped here is followed, not fetched once."""

_TEMPORARY = frozenset({
    "!qb", "!ut", "aria2", "bak", "crdownload", "crswap", "download", "filepart", "lock", "opdownload",
    "part", "partial", "swo", "swp", "swx", "temp", "tmp",
})  # fmt: skip
_SYSTEM = frozenset(
    {"desktop.ini", "thumbs.db", "ehthumbs.db", "icon\r", "$recycle.bin", "system volume information", "@eadir"}
    | {"#recycle", "#snapshot", "lost+found", "__macosx"}
)
# (pattern, what it is); the names are casefolded.
_PATTERNS = (
    (re.compile(r"\..*", re.DOTALL), "hidden"),
    (re.compile(r".*~|#.*#", re.DOTALL), "an editor's copy"),
    (re.compile(r"(?:~\$|~syncthing~).*", re.DOTALL), "another program's lock or temporary file"),
    (re.compile(r".*\.sb-[0-9a-f]{8}-\w{6}", re.DOTALL), "an editor's temporary file"),
)


@frozen
class Place:
    """What the folders above a file say about it."""

    label: str = ""
    """Folders between the inbox and the file, joined by `/`; "" = none."""
    ignored: bool = False


def ignored(name: str) -> str | None:
    """Return why a file or folder of this name is none of ours, None if it may be."""
    folded = name.casefold()
    if folded in _SYSTEM:
        return "kept by the operating system"
    if suffix(folded) in _TEMPORARY:
        return "a temporary name: the file is not finished"
    for pattern, why in _PATTERNS:
        if pattern.fullmatch(folded):
            return why
    return None


def place(folders: Sequence[str]) -> Place:
    """Return what the names of the folders between the inbox and a file mean, outermost first."""
    if not folders:
        return Place()
    top = folders[0].casefold()
    if top in (DONE, FAILED) or any(ignored(folder) for folder in folders):
        return Place(ignored=True)
    return Place("/".join(folders))


def meaning(label: str) -> tuple[str, str]:
    """Split a label into the folder with a meaning that it begins with ("" = none) and the label inside it."""
    top, _, rest = label.partition("/")
    folded = top.casefold()
    return (folded, rest) if folded in (AGAIN, FOLLOW) else ("", label)


def suffix(name: str) -> str:
    """Return the end of a name behind its last dot, in lower case; "" if it has none."""
    stem, dot, end = name.rpartition(".")
    return end.lower() if dot and stem else ""


def printable(name: str) -> str:
    """Return a file name fit for a log or a result file: bytes that are no text and control characters are marked."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
