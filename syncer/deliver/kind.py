"""Tells what a file is from its bytes, never from its name or a server's word.

Our own table, because no library tells HEIC, JXL, ugoira, comic books and web pages called `.jpg` apart. Reads files; the steps of
delivery and the service may import it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from syncer.deliver import texts, zips
from syncer.deliver.signatures import (
    ASF_VIDEO,
    BRANDS,
    DIB_HEADERS,
    GROUPS_BY_EXTENSION,
    KINDS,
    LOOSE_BRANDS,
    MAGIC,
    OGG_CODECS,
    RIFF_FORMS,
    ZIP_FIRST_ENTRIES,
    Kind,
)

HEAD: Final = 65_536
"""How many bytes of a file's beginning `sniff` wants: chunks before a PNG's first pixels can be long."""


def sniff(head: bytes, names: Sequence[str] = ()) -> Kind | None:
    """Return what a file is, None where its bytes say nothing.

    `head` is its first HEAD bytes, or all of it; `names` are the names in its directory, where it is a zip. A web page, JSON or
    another text is named as such (`Kind.is_media` is False).
    """
    name = _name(head, names)
    return KINDS[name] if name else None


def sniff_file(path: Path) -> Kind | None:
    """Return what the file at `path` is, None where its bytes say nothing. Raises OSError."""
    with path.open("rb") as file:
        return sniff_open(file)[0]


def sniff_open(file: BinaryIO) -> tuple[Kind | None, bytes]:
    """Return what an open file is (None where its bytes say nothing), and its first HEAD bytes. Raises OSError."""
    head = file.read(HEAD)
    names: tuple[str, ...] = ()
    if head.startswith(b"PK"):
        found = zips.directory(file, file.seek(0, 2))
        names = found.names if found else ()
    return sniff(head, names), head


def groups_of(extension: str) -> tuple[str, ...]:
    """Return the groups that a file with this extension can turn out to be in, () where nobody can tell."""
    return GROUPS_BY_EXTENSION.get(extension.lower().lstrip("."), ())


def _name(head: bytes, names: Sequence[str]) -> str | None:
    for offset, magic, promised in MAGIC:
        if head.startswith(magic, offset):
            refine = _REFINE.get(promised)
            found = refine(head, names) if refine else promised
            if found:
                return found
    return _without_magic(head)


def _without_magic(head: bytes) -> str | None:
    """Name what has no magic bytes: sound frames, transport streams, texts."""
    if _is_mp3(head):
        return "mp3"
    if _is_aac(head):
        return "aac"
    if _is_transport_stream(head):
        return "ts"
    return texts.text_kind(head)


def _png(head: bytes, _: Sequence[str]) -> str:
    """Tell an animated PNG by its control chunk, which stands before the first pixels."""
    place = 8
    while place + 8 <= len(head):
        (length,) = struct.unpack_from(">L", head, place)
        chunk = head[place + 4 : place + 8]
        if chunk == b"acTL":
            return "apng"
        if chunk == b"IDAT":
            break
        place += 12 + length
    return "png"


def _riff(head: bytes, _: Sequence[str]) -> str | None:
    name = RIFF_FORMS.get(head[8:12])
    animated = name == "webp" and head[12:16] == b"VP8X" and len(head) > 20 and head[20] & 0x02
    return "animated webp" if animated else name


def _brand(head: bytes, _: Sequence[str]) -> str:
    """Tell an ISO base media file by its major brand, where that says little by a compatible one."""
    (length,) = struct.unpack_from(">L", head)
    name = BRANDS.get(head[8:12], "mp4")
    if name in LOOSE_BRANDS:
        brands = (head[place : place + 4] for place in range(16, min(length, 256, len(head)), 4))
        exact = (BRANDS[brand] for brand in brands if brand in BRANDS)
        return next((each for each in exact if each not in LOOSE_BRANDS), name)
    return name


def _ebml(head: bytes, _: Sequence[str]) -> str | None:
    """Tell webm and mkv by the document type in the EBML header."""
    place = head.find(b"\x42\x82", 0, 256)
    word = head[place + 3 : place + 3 + (head[place + 2] & 0x7F)] if 0 < place < len(head) - 3 else b""
    return {b"webm": "webm", b"matroska": "mkv"}.get(word.rstrip(b"\0"))


def _ogg(head: bytes, _: Sequence[str]) -> str:
    return next((name for mark, name in OGG_CODECS if mark in head[:8192]), "ogg")


def _asf(head: bytes, _: Sequence[str]) -> str:
    return "wmv" if ASF_VIDEO in head else "wma"


def _bmp(head: bytes, _: Sequence[str]) -> str | None:
    return "bmp" if len(head) >= 18 and struct.unpack_from("<L", head, 14)[0] in DIB_HEADERS else None


def _ico(head: bytes, _: Sequence[str]) -> str | None:
    return "ico" if len(head) >= 22 and head[4] > 0 and head[5] == 0 and head[9] == 0 else None


def _swf(head: bytes, _: Sequence[str]) -> str | None:
    return "swf" if len(head) >= 8 and 0 < head[3] < 64 else None


def _id3(head: bytes, _: Sequence[str]) -> str | None:
    """Look behind an ID3 tag: it stands before mp3, but some put it before flac and aac too."""
    if len(head) < 10 or head[3] not in (2, 3, 4) or any(each & 0x80 for each in head[6:10]):
        return None
    length = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
    behind = head[length:]
    if behind.startswith(b"fLaC"):
        return "flac"
    return "aac" if _is_aac(behind) else "mp3"


def _zip(head: bytes, names: Sequence[str]) -> str:
    if head[30:38] == b"mimetype":
        for word, name in ZIP_FIRST_ENTRIES.items():
            if head.startswith(word, 38):
                return name
    if zips.looks_like_ugoira(names):
        return "ugoira"
    return "cbz" if zips.looks_like_comic(names) else "zip"


_MP3_RATES: Final = (44_100, 48_000, 32_000)
_MP3_KBITS: Final = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _mp3_frame(head: bytes, place: int) -> int:
    """Return the length in bytes of the layer III frame at `place`, 0 where there is none (ISO/IEC 11172-3)."""
    if len(head) < place + 4 or head[place] != 0xFF or head[place + 1] & 0xE6 != 0xE2:
        return 0
    version = head[place + 1] >> 3 & 3
    bits, rate = head[place + 2] >> 4, head[place + 2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    full = version == 3
    hertz = _MP3_RATES[rate] >> (0 if full else 1 if version == 2 else 2)
    kbits = _MP3_KBITS[3 if full else 2][bits]
    return (144 if full else 72) * kbits * 1000 // hertz + (head[place + 2] >> 1 & 1)


def _is_mp3(head: bytes) -> bool:
    """Two frames in a row: one alone happens by chance."""
    length = _mp3_frame(head, 0)
    return length > 0 and _mp3_frame(head, length) > 0


def _is_aac(head: bytes) -> bool:
    """Two ADTS frames in a row."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return False
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length >= 7 and head[length : length + 1] == b"\xff" and head[length + 1 : length + 2] == head[1:2]


def _is_transport_stream(head: bytes) -> bool:
    """Four sync bytes at packet distance, with or without a time stamp of four bytes before each."""
    return any(head[start : start + 4 * step : step] == b"GGGG" for start, step in ((0, 188), (4, 192)))


_REFINE: Final[Mapping[str, Callable[[bytes, Sequence[str]], str | None]]] = {
    "png": _png,
    "riff": _riff,
    "ftyp": _brand,
    "ebml": _ebml,
    "ogg": _ogg,
    "asf": _asf,
    "bmp": _bmp,
    "ico": _ico,
    "swf": _swf,
    "id3": _id3,
    "zip": _zip,
}
"""Families of the magic table -> how to tell its members apart; None = it was something else after all."""
