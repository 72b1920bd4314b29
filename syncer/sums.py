"""sha256, md5 and size of bytes as they pass: what is known of every file, wherever it came from.

Here, below everything, because steps that are blind to each other hash files alike. Imports nothing of syncer; everybody may import it.
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Final

BLOCK: Final = 1 << 20
"""So many bytes are read at once."""


class Sums:
    """The sums of the bytes taken so far."""

    __slots__ = ("_md5", "_sha256", "size")

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def take(self, block: bytes) -> None:
        """Take the next bytes."""
        self._sha256.update(block)
        self._md5.update(block)
        self.size += len(block)

    @property
    def sha256(self) -> str:
        """Return the hash as hex digits."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """Return the hash as hex digits."""
        return self._md5.hexdigest()


def of(file: BinaryIO) -> Sums:
    """Return the sums of an open file from where it stands to its end. Raises OSError."""
    found = Sums()
    while block := file.read(BLOCK):
        found.take(block)
    return found
