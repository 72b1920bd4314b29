"""Reads a list of what is there: a URL or a hash on each line, `deleted` before it for what shall not come back; yt-dlp's archive.

Only `had` imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from syncer.config import decode
from syncer.errors import UsageError
from syncer.intake.had import Had
from syncer.intake.lines import find_urls

_MOST: Final = 512 * 1024 * 1024
_HASH: Final = re.compile(r"(?:(sha256|md5)[:\s]\s*)?([0-9a-f]{64}|[0-9a-f]{32})\b", re.IGNORECASE)
_DELETED: Final = re.compile(r"deleted[:\s]\s*", re.IGNORECASE)


def read(path: Path) -> Iterator[Had]:
    """Yield what the lines of the file at `path` name; other words are passed over. Raises UsageError."""
    return _lines(_whole(path))


def videos(path: Path) -> Iterator[Had]:
    """Yield the lines of yt-dlp's archive. Raises UsageError."""
    raw = _whole(path)
    if b"\0" in raw[:4096]:
        raise UsageError(f"{path} is no archive of yt-dlp", "Name the file that its --download-archive names")
    lines = (line.strip() for line in decode.text_lines(raw))
    return (Had(video=line) for line in lines if line and not line.startswith("#"))


def _whole(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # What is no plain file says no size.
            raw = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Look at its rights") from error
    if len(raw) > _MOST:
        raise UsageError(f"{path} is over 512 MB", "Split it")
    return raw


def _lines(raw: bytes) -> Iterator[Had]:
    for line in decode.text_lines(raw):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        gone = _DELETED.match(text)
        text = text[gone.end() :] if gone else text
        urls = tuple(find_urls(text))
        hashes = () if urls else tuple(_hashes(text))
        if urls or hashes:
            yield Had(urls, hashes=hashes, deleted=bool(gone))


def _hashes(text: str) -> Iterator[tuple[str, str]]:
    for found in _HASH.finditer(text):
        yield ("sha256" if len(found[2]) == 64 else "md5"), found[2].lower()
