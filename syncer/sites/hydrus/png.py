"""The text that a downloader PNG of hydrus carries in its grey pixels.

Here, because every byte of a dropped picture is hostile: size, pixels and unpacked text are limited before they are
read. Only the importer and the tools for its tests use it.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from syncer.errors import ItemError

MAX_FILE = 16 * 1024 * 1024
"""Bytes of the PNG; the largest of the community's has well under one million."""
MAX_PIXELS = 32 * 1024 * 1024
MAX_TEXT = 8 * 1024 * 1024
"""Bytes of unpacked JSON; small values cost up to 25 times as much memory once they are read."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEEP_THE_ORIGINAL = "Take the original file: a picture that was resized, converted or sent through a chat is empty"


def payload(path: Path) -> str:
    """Give the text in the PNG; raises ItemError when there is none or it is over the limits."""
    pixels, width = _pixels(_file(path), path.name)
    return _text(_packed(pixels, width, path.name), path.name)


def _file(path: Path) -> bytes:
    """Read the PNG's bytes, never more than the limit."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise ItemError(
            f"{path.name} cannot be read: {error.strerror or error}", "Check the path and its rights"
        ) from error
    if len(data) > MAX_FILE:
        raise ItemError(f"{path.name} is larger than {MAX_FILE // 1024 // 1024} MB", "No downloader is that large")
    if not data.startswith(_SIGNATURE):
        raise ItemError(f"{path.name} is no PNG", "Downloaders of hydrus are shared as .png files")
    return data


def _pixels(data: bytes, name: str) -> tuple[bytes, int]:
    """Give the picture's grey values row by row (the first channel if it has several) and its width."""
    import io
    import warnings

    from PIL import Image

    header = data[8:33]
    width, height = struct.unpack("!II", header[8:16]) if len(header) == 25 and header[4:8] == b"IHDR" else (0, 0)
    if not 0 < width * height <= MAX_PIXELS:
        raise ItemError(f"{name} has {width} x {height} pixels", f"At most {MAX_PIXELS} are read; {_KEEP_THE_ORIGINAL}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                image.load()
                grey = _first_channel(image)
    except (OSError, SyntaxError, ValueError, zlib.error, struct.error, Image.DecompressionBombError) as error:
        raise ItemError(f"{name} is a broken picture", "Fetch it again") from error
    if grey is None:
        raise ItemError(f"{name} has no 8-bit pixels", _KEEP_THE_ORIGINAL)
    return grey, width


def _first_channel(image: object) -> bytes | None:
    """Give one byte per pixel; None for pictures that are not 8 bits deep."""
    from PIL import Image

    assert isinstance(image, Image.Image)
    if image.mode == "L":
        return image.tobytes()
    if image.mode == "P":
        return image.convert("RGB").getchannel(0).tobytes()
    if image.mode in ("LA", "RGB", "RGBA"):
        return image.getchannel(0).tobytes()
    return None


def _packed(pixels: bytes, width: int, name: str) -> bytes:
    """Cut out the payload: below the heading, whose height in rows the first two bytes tell, after its length."""
    if len(pixels) < 2:
        raise ItemError(f"{name} is too small to hold a downloader", _KEEP_THE_ORIGINAL)
    start = width * int.from_bytes(pixels[:2], "big")
    head = pixels[start : start + 4]
    length = int.from_bytes(head, "big")
    packed = pixels[start + 4 : start + 4 + length]
    if len(head) < 4 or length == 0 or len(packed) < length:
        raise ItemError(f"{name} holds no downloader", _KEEP_THE_ORIGINAL)
    return packed


def _text(packed: bytes, name: str) -> str:
    """Unpack the payload (old ones are plain UTF-8), never more than the limit."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, MAX_TEXT + 1)
        whole = unpacker.eof
    except zlib.error:
        data, whole = packed, True
    if len(data) > MAX_TEXT:
        raise ItemError(f"{name} unpacks to more than {MAX_TEXT // 1024 // 1024} MB", "No downloader is that large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ItemError(f"{name} holds no downloader", _KEEP_THE_ORIGINAL) from error
    if not whole:
        raise ItemError(f"{name} holds only a part of a downloader", _KEEP_THE_ORIGINAL)
    return text
