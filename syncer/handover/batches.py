"""URLs in pieces that a program can be asked about in one go, each with a folder of its own.

Here, because all programs are asked alike which URLs they know: on standard input, a URL a line. The programs import it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from syncer.handover.base import Limits

CLAIMS: Final = Limits(seconds=60.0, files=50, bytes=16 * 1024**2)
"""What ends a run that only says which URLs it knows."""


def of(urls: Sequence[str], most: int, folder: Path) -> Iterator[tuple[list[str], Path]]:
    """Yield URLs of at most `most` bytes at once, and an empty private folder in `folder` for the run that is asked about them."""
    for number, some in enumerate(_parted(urls, most)):
        place = folder / str(number)
        place.mkdir(mode=0o700)
        yield some, place


def given(urls: Sequence[str]) -> bytes:
    """Return what a program reads of one piece."""
    return "\n".join(urls).encode()


def _parted(urls: Sequence[str], most: int) -> Iterator[list[str]]:
    """Part URLs into pieces; what cannot be written on a line, or is too long for any piece, is left out."""
    batch: list[str] = []
    size = 0
    for url in urls:
        length = len(url.encode()) + 1
        if any(letter <= " " for letter in url) or length > most:
            continue
        if batch and size + length > most:
            yield batch
            batch, size = [], 0
        batch.append(url)
        size += length
    if batch:
        yield batch
