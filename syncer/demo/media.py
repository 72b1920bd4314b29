"""Small real media files, made from a number: the same bytes for the same picture, other bytes for any other.

Here, so that the local site needs no files of its own; PNG, GIF, MP4 and zips by hand, JPEG and WebP by Pillow (imported when
the first is made). Only the demo and tests import it.
"""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from syncer.frozen import frozen

MIME: Mapping[str, str] = {
    "png": "image/png",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "zip": "application/zip",
}
"""The extensions that can be made, with the type under which they are served."""

_GRAIN = bytes(50 + value % 64 for value in range(256))
_GIF_FRAMES = 3
_GIF_RUN = 126
_ZIP_FRAMES = 3


@frozen
class Picture:
    """What a media file shows; all its bytes follow from these four values."""

    kind: str
    """Its extension, a key of `MIME`."""
    key: int
    """The number that its colours and grain are drawn from."""
    width: int
    height: int


@frozen
class Digest:
    """Size in bytes and hashes (lower-case hex) of a media file."""

    size: int
    md5: str
    sha256: str


@lru_cache(maxsize=256)
def render(picture: Picture) -> bytes:
    """Return the file's bytes."""
    return _MAKERS[picture.kind](picture)


@lru_cache(maxsize=100_000)
def digest(picture: Picture) -> Digest:
    """Return size and hashes of the file's bytes."""
    data = render(picture)
    return Digest(len(data), hashlib.md5(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest())


def _landscape(picture: Picture) -> bytes:
    """Paint sky, three mountains and a shore; rows of RGB bytes."""
    rng = random.Random(picture.key)  # noqa: S311 - a picture, no secret
    width, horizon = picture.width, picture.height * 2 // 3
    top, bottom = rng.randbytes(3), rng.randbytes(3)
    peaks = [
        (rng.randrange(width), rng.randrange(horizon), rng.uniform(0.5, 1.5), rng.randbytes(3).translate(_GRAIN))
        for _ in range(3)
    ]
    rows: list[bytes] = []
    for y in range(horizon):
        part = y / horizon
        row = bytearray(bytes(int(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)) * width)
        for middle, peak, slope, colour in peaks:
            half = int((y - peak) * slope)
            if half > 0:
                left, right = max(0, middle - half), min(width, middle + half)
                row[left * 3 : right * 3] = colour * (right - left)
        rows.append(bytes(row))
    rows.append(rng.randbytes((picture.height - horizon) * width * 3).translate(_GRAIN))
    return b"".join(rows)


def _png(picture: Picture) -> bytes:
    pixels, line = _landscape(picture), picture.width * 3
    rows = b"".join(b"\0" + pixels[at : at + line] for at in range(0, len(pixels), line))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    text = b"Comment\0" + str(picture.key).encode()
    chunks = ((b"IHDR", header), (b"tEXt", text), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _gif(picture: Picture) -> bytes:
    """Write an animation; with 7-bit colours and a clear code before each 126 pixels every LZW code is one byte."""
    rng = random.Random(picture.key)  # noqa: S311 - a picture, no secret
    palette = rng.randbytes(3 * 128)
    size = struct.pack("<HH", picture.width, picture.height)
    out = [b"GIF89a", size, b"\xf6\0\0", palette, b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"]
    comment = str(picture.key).encode()
    out.append(b"\x21\xfe" + bytes((len(comment),)) + comment + b"\0")
    for frame in range(_GIF_FRAMES):
        pixels = bytes((frame * 16 + y) % 128 for y in range(picture.height) for _ in range(picture.width))
        out += [b"\x21\xf9\x04\0\x14\0\0\0", b"\x2c\0\0\0\0", size, b"\0\x07"]
        out += [b"\x7f\x80" + pixels[at : at + _GIF_RUN] for at in range(0, len(pixels) - _GIF_RUN, _GIF_RUN)]
        rest = pixels[(len(pixels) - 1) // _GIF_RUN * _GIF_RUN :]
        out.append(bytes((len(rest) + 2,)) + b"\x80" + rest + b"\x81\0")
    return b"".join(out) + b"\x3b"


def _mp4(picture: Picture) -> bytes:
    """Write the boxes of a video of one second without tracks: enough for everything that reads boxes only."""
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    movie = struct.pack(">5IIHH8x", 0, 0, 0, 1000, 1000, 0x10000, 0x100, 0) + matrix + bytes(24) + struct.pack(">I", 1)
    noise = random.Random(picture.key).randbytes(picture.width * picture.height)  # noqa: S311 - a picture, no secret
    brand = b"isom" + struct.pack(">I", 0x200) + b"isommp41"
    return _box(b"ftyp", brand) + _box(b"moov", _box(b"mvhd", movie)) + _box(b"mdat", noise)


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data


def _jpeg(picture: Picture) -> bytes:
    return _pillow(picture, "JPEG", quality=85, comment=str(picture.key))


def _webp(picture: Picture) -> bytes:
    return _pillow(picture, "WEBP", quality=80, method=0)


def _pillow(picture: Picture, name: str, **settings: object) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    image = Image.frombytes("RGB", (picture.width, picture.height), _landscape(picture))
    image.save(out, name, **settings)
    return out.getvalue()


def _zip(picture: Picture) -> bytes:
    """Write a drawn animation: a zip of frames that says nothing of their times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for frame in range(_ZIP_FRAMES):
            data = _png(replace(picture, key=picture.key * _ZIP_FRAMES + frame))
            archive.writestr(zipfile.ZipInfo(f"{frame:06}.png"), data)
    return out.getvalue()


_MAKERS: Mapping[str, Callable[[Picture], bytes]] = {
    "png": _png,
    "gif": _gif,
    "jpg": _jpeg,
    "webp": _webp,
    "mp4": _mp4,
    "zip": _zip,
}
