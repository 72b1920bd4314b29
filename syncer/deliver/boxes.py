"""Walks the boxes of MP4, MOV, HEIC, AVIF and JPEG XL files and the segment of WebM: all there, or cut off?

Apart from `ends`, because boxes also tell a picture's size where no decoder is at hand. Reads files, never whole ones; `ends` and
`look` import it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

_MOST_BOXES: Final = 100_000
_META: Final = 1 << 20


def walk(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each top-level box; the last one may end behind `size`, a broken one has the name b""."""
    place = 0
    for _ in range(_MOST_BOXES):
        if place >= size:
            return
        file.seek(place)
        header = file.read(16)
        if not any(header):
            return  # Zeros behind the last box are padding.
        length, name = struct.unpack(">L4s", header[:8]) if len(header) >= 8 else (1, b"")
        if length == 1:
            length = struct.unpack(">Q", header[8:])[0] if len(header) == 16 else 0
        elif length == 0:
            length = size - place
        if length < 8:
            yield b"", place, size
            return
        yield name, place, place + length
        place += length


def problem(file: BinaryIO, size: int, needs: bytes = b"") -> str:
    """Return what is missing of a file of boxes, "" where all are there; `needs` names a box without which it cannot be played."""
    names = set()
    for name, start, end in walk(file, size):
        if not name:
            return f"the boxes break off at byte {start} of {size}"
        if end > size:
            return f"{end - size} bytes of its last box ({name.decode('latin-1')}) are missing"
        names.add(name)
    if needs and needs not in names:
        return f"it has no box {needs.decode('latin-1')}, without which it cannot be played"
    return ""


def picture_size(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """Return width and height in pixels of a HEIC or AVIF picture: the largest `ispe` property of its meta box."""
    for name, start, end in walk(file, size):
        if name == b"meta":
            file.seek(start)
            data = file.read(min(end - start, _META))
            found = [struct.unpack_from(">2L", data, place + 8) for place in _places(data, b"ispe", 16)]
            return max(found, key=lambda each: each[0] * each[1], default=None)
    return None


def _places(data: bytes, mark: bytes, length: int) -> Iterator[int]:
    place = data.find(mark)
    while 0 <= place <= len(data) - length:
        yield place
        place = data.find(mark, place + 4)


def matroska(file: BinaryIO, size: int) -> tuple[str, str]:
    """Return (problem, what could not be verified) of a WebM or MKV file, by the length of its segment (RFC 8794)."""
    file.seek(0)
    head = file.read(256)
    header = _vint(head, 4)
    if header is None:
        return "the header breaks off", ""
    place = header[1] + header[0]
    if head[place : place + 4] != b"\x18\x53\x80\x67":
        return (
            ("the film itself is missing", "") if size <= place + 4 else ("", "whether it is whole: it has no segment")
        )
    segment = _vint(head, place + 4)
    if segment is None or segment[0] == -1:
        return "", "whether it is whole: its length was not written into it"
    missing = segment[1] + segment[0] - size
    return (f"{missing} bytes of the film are missing", "") if missing > 0 else ("", "")


def _vint(data: bytes, place: int) -> tuple[int, int] | None:
    """Return value and end of the variable-length integer at `place`; -1 = unknown length, None = cut."""
    if place >= len(data) or not data[place]:
        return None
    length = 9 - data[place].bit_length()
    if place + length > len(data):
        return None
    value = int.from_bytes(data[place : place + length], "big") & ((1 << 7 * length) - 1)
    return (-1 if value == (1 << 7 * length) - 1 else value), place + length
