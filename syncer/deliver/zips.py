"""Reads a zip's central directory, bounded: its names tell what the archive is, its presence that the archive is whole.

The standard library's reader takes a hostile directory of any size into memory. Reads files; the steps of delivery may import it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from syncer.frozen import frozen

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_MOST_NAMES: Final = 5_000
_MOST_BYTES: Final = 4 * 1024 * 1024

_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".jxl"})
_BESIDE_PAGES: Final = frozenset({".xml", ".json", ".txt", ".nfo", ".db", ".ds_store"})
_FRAME: Final = re.compile(r"\d{6}\.(?:jpg|jpeg|png|gif|webp)", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"\d+\D{0,3}")


@frozen
class Directory:
    """A zip's central directory: how many entries it says it has, and the first 5,000 names."""

    entries: int
    names: tuple[str, ...]


def directory(file: BinaryIO, size: int) -> Directory | None:
    """Return the central directory of a zip of `size` bytes, None where there is none: the archive is cut or is no zip."""
    tail_size = min(size, _END.size + 65_535)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        return None
    *_, entries, length, _offset, comment = _END.unpack_from(tail, place)
    if place + _END.size + comment > len(tail):
        return None
    end = size - tail_size + place
    if entries == 0xFFFF or length == 0xFFFFFFFF:
        found = _zip64(file, end)
        if found is None:
            return None
        entries, length, end = found
    return _read(file, entries, end - length, length)


def looks_like_ugoira(names: Sequence[str]) -> bool:
    """Tell whether a zip is a drawn animation: frames 000000, 000001 ... and at most an `animation.json` beside them."""
    frames = sorted(name for name in names if name != "animation.json")
    return bool(frames) and frames[0].startswith("000000.") and all(map(_FRAME.fullmatch, frames))


def looks_like_comic(names: Sequence[str]) -> bool:
    """Tell whether a zip is a comic book: a ComicInfo.xml and pictures, or nothing but numbered pictures."""
    paths = [PurePosixPath(name) for name in names if not name.endswith("/")]
    pages = [path for path in paths if path.suffix.lower() in _PICTURES]
    rest = [path for path in paths if path.suffix.lower() not in _PICTURES]
    if any(path.name == "ComicInfo.xml" for path in rest):
        return bool(pages)
    strange = any((path.suffix or path.name).lower() not in _BESIDE_PAGES for path in rest)
    return bool(pages) and not strange and all(_NUMBERED.search(page.stem) for page in pages)


def _zip64(file: BinaryIO, end: int) -> tuple[int, int, int] | None:
    """Return entries, length and end of a directory that is too large for the plain record before `end`."""
    if end < _LOCATOR.size + _END64.size:
        return None
    file.seek(end - _LOCATOR.size)
    mark, _, place, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if mark != b"PK\x06\x07" or place > end - _LOCATOR.size - _END64.size:
        return None
    file.seek(place)
    mark, *_, entries, length, _offset = _END64.unpack(file.read(_END64.size))
    return (entries, length, place) if mark == b"PK\x06\x06" else None


def _read(file: BinaryIO, entries: int, start: int, length: int) -> Directory | None:
    if start < 0 or entries * _ENTRY.size > length:
        return None
    file.seek(start)
    data = file.read(min(length, _MOST_BYTES))
    if entries and data[:4] != b"PK\x01\x02":
        return None
    return Directory(entries, tuple(_names(data, entries)))


def _names(data: bytes, entries: int) -> Iterator[str]:
    place = 0
    for _ in range(min(entries, _MOST_NAMES)):
        if len(data) - place < _ENTRY.size or data[place : place + 4] != b"PK\x01\x02":
            return
        fields = _ENTRY.unpack_from(data, place)
        name, extra, comment = fields[10:13]
        place += _ENTRY.size
        yield data[place : place + name].decode("utf-8", "replace")
        place += name + extra + comment
