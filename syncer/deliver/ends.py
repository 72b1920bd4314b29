"""Tells by its structure whether a file is whole: end markers, lengths of boxes and chunks, directories.

Apart from decoding, because a decoder is content with a file that lacks its end, and videos are not decoded here at all. Reads files,
never whole ones; only `look` imports it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from syncer.deliver import boxes, tiffs, zips
from syncer.frozen import frozen

_TAIL: Final = 65_536


@frozen
class End:
    """What the structure says: `problem` = not whole and why; `unverified` = could not be told; both "" = whole."""

    problem: str = ""
    unverified: str = ""


WHOLE: Final = End()


def check(file: BinaryIO, size: int, mime: str) -> End:
    """Return whether a file of `size` bytes and of this MIME type has all that its structure announces. Raises OSError."""
    checker = _CHECKS.get(mime)
    if checker is None:
        return End(unverified=f"whether it is whole: {mime} has no end that could be checked")
    file.seek(0)
    return checker(file, size)


def _tail(file: BinaryIO, size: int, length: int = _TAIL) -> bytes:
    file.seek(max(0, size - length))
    return file.read(length)


def _png(file: BinaryIO, size: int) -> End:
    """Walk the chunks to IEND and compare their check sums."""
    place = 8
    file.seek(place)
    while place + 12 <= size:
        length, name = struct.unpack(">L4s", file.read(8))
        if place + 12 + length > size:
            break
        left, checksum = length, zlib.crc32(name)
        while left > 0:
            block = file.read(min(left, 1 << 20))
            checksum = zlib.crc32(block, checksum)
            left -= len(block) or left
        if file.read(4) != checksum.to_bytes(4, "big"):
            return End(f"the PNG's chunk {name.decode('latin-1')!r} has a wrong check sum")
        if name == b"IEND":
            return WHOLE
        place += 12 + length
    return End("the PNG has no end chunk")


def _gif(file: BinaryIO, size: int) -> End:
    """Walk the blocks to the trailer."""
    data = _Walk(file, size)
    data.skip(6 + 4)
    data.skip(2 + _colours(data.byte()))
    while (mark := data.byte()) in (0x21, 0x2C):
        if mark == 0x21:
            data.skip(1)
        else:
            data.skip(8)
            data.skip(_colours(data.byte()) + 1)
        while length := data.byte():
            data.skip(length)
    return WHOLE if mark == 0x3B else End("the GIF has no trailer")


def _colours(flags: int) -> int:
    """Return the length in bytes of the colour table that a GIF's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


class _Walk:
    """Steps through a file from its start by a window; behind the file's end every byte is 0."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._window = b""
        self._start = 0
        self._place = 0

    def skip(self, length: int) -> None:
        self._place += length

    def byte(self) -> int:
        place, self._place = self._place, self._place + 1
        if not self._start <= place < self._start + len(self._window):
            if place >= self._size:
                return 0
            self._file.seek(place)
            self._window, self._start = self._file.read(_TAIL), place
        return self._window[place - self._start]


def _riff(file: BinaryIO, size: int) -> End:
    file.seek(4)
    (length,) = struct.unpack("<L", file.read(4))
    if length in (0, 0xFFFFFFFF):
        return End(unverified="whether it is whole: its length was not written into it")
    missing = 8 + length - size
    return End(f"{missing} of the {8 + length} bytes that it announces are missing") if missing > 1 else WHOLE


def _zip(file: BinaryIO, size: int) -> End:
    return WHOLE if zips.directory(file, size) else End("the archive has no directory at its end")


def _pdf(file: BinaryIO, size: int) -> End:
    return WHOLE if b"%%EOF" in _tail(file, size, 4096) else End("the PDF has no end mark")


def _svg(file: BinaryIO, size: int) -> End:
    tail = _tail(file, size, 4096).replace(b"\0", b"")
    return WHOLE if b"svg>" in tail or tail.rstrip().endswith(b"/>") else End("the SVG has no closing tag")


def _seven_zip(file: BinaryIO, size: int) -> End:
    file.seek(12)
    offset, length = struct.unpack("<2Q", file.read(16)) if size >= 32 else (size, 0)
    return WHOLE if 32 + offset + length <= size else End("the archive has no directory at its end")


def _flv(file: BinaryIO, size: int) -> End:
    """Compare the last tag with the length behind it; many writers break off without one, so it proves nothing bad."""
    tail = _tail(file, size, 4)
    (length,) = struct.unpack(">L", tail) if len(tail) == 4 else (0,)
    file.seek(max(0, size - 4 - length))
    known = length >= 11 and file.read(1) in (b"\x08", b"\x09", b"\x12")
    return WHOLE if known else End(unverified="whether it is whole: its last tag is not closed")


def _swf(file: BinaryIO, size: int) -> End:
    file.seek(0)
    mark, length = struct.unpack("<3sxL", file.read(8))
    if mark != b"FWS":
        return End(unverified="whether it is whole: a compressed film is not unpacked")
    return WHOLE if length <= size else End(f"{length - size} of the {length} bytes that it announces are missing")


def _tiff(file: BinaryIO, size: int) -> End:
    return End(tiffs.problem(file, size))


def _boxes(file: BinaryIO, size: int) -> End:
    return End(boxes.problem(file, size))


def _film(file: BinaryIO, size: int) -> End:
    return End(boxes.problem(file, size, needs=b"moov"))


def _ebml(file: BinaryIO, size: int) -> End:
    return End(*boxes.matroska(file, size))


def _jxl(file: BinaryIO, size: int) -> End:
    file.seek(0)
    if file.read(2) == b"\xff\x0a":
        return End(unverified="whether it is whole: a bare JPEG XL stream has no end mark")
    return _boxes(file, size)


def _decoded(_: BinaryIO, __: int) -> End:
    """Types whose decoder alone can tell."""
    return WHOLE


_CHECKS: Final[Mapping[str, Callable[[BinaryIO, int], End]]] = {
    "image/jpeg": _decoded,
    "image/png": _png,
    "image/apng": _png,
    "image/gif": _gif,
    "image/webp": _riff,
    "image/avif": _boxes,
    "image/heic": _boxes,
    "image/heic-sequence": _boxes,
    "image/heif": _boxes,
    "image/jxl": _jxl,
    "image/jp2": _boxes,
    "image/j2k": _decoded,
    "image/bmp": _decoded,
    "image/tiff": _tiff,
    "image/x-icon": _decoded,
    "image/vnd.adobe.photoshop": _decoded,
    "image/svg+xml": _svg,
    "application/x-ugoira": _zip,
    "application/zip": _zip,
    "application/epub+zip": _zip,
    "application/vnd.comicbook+zip": _zip,
    "application/x-7z-compressed": _seven_zip,
    "application/pdf": _pdf,
    "application/x-shockwave-flash": _swf,
    "video/mp4": _film,
    "video/x-m4v": _film,
    "video/quicktime": _film,
    "video/3gpp": _film,
    "audio/mp4": _film,
    "video/webm": _ebml,
    "video/x-matroska": _ebml,
    "video/x-msvideo": _riff,
    "video/x-flv": _flv,
    "audio/wav": _riff,
}
