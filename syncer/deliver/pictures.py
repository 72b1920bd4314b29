"""Decodes pictures with Pillow, to know that they are whole and how large they are.

The only module that loads Pillow, at the first picture, and only the one reader that the type needs. Only `look` imports it.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import threading
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, Final

from syncer.frozen import frozen

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS: Final = 178_956_970
"""Pictures with more are refused as bombs; it is Pillow's own limit."""

DECODED_PIXELS: Final = 40_000_000
"""Pictures with more are not decoded, for the sake of memory (4 bytes a pixel), except baseline
JPEGs, which decode at an eighth."""

ANIMATION_PIXELS: Final = 400_000_000
"""How many pixels of an animation are decoded, for the sake of time; frames behind them are counted only."""

MOST_FRAMES: Final = 20_000

_ONE_AT_A_TIME: Final = threading.Lock()
"""Decoding takes memory by the picture, and what is done to Python's warnings is done to the whole process."""


class DecodeError(Exception):
    """The picture cannot be decoded; `str()` says why. `sure` is False where another decoder might know more."""

    def __init__(self, why: str, sure: bool) -> None:
        super().__init__(why)
        self.sure = sure


@frozen
class Picture:
    """What decoding told: size in pixels, number of frames, and what was not decoded ("" = all was)."""

    width: int
    height: int
    frames: int
    unverified: str = ""


@frozen
class _Reader:
    format: str
    plugin: str
    sure: bool = True
    """What it refuses is broken; others know only the usual variants of their type."""
    frames: bool = False
    """A file can have several pictures that all belong to it."""


_READERS: Final[Mapping[str, _Reader]] = {
    "image/jpeg": _Reader("JPEG", "JpegImagePlugin"),
    "image/png": _Reader("PNG", "PngImagePlugin", frames=True),
    "image/apng": _Reader("PNG", "PngImagePlugin", frames=True),
    "image/gif": _Reader("GIF", "GifImagePlugin", frames=True),
    "image/webp": _Reader("WEBP", "WebPImagePlugin", frames=True),
    "image/avif": _Reader("AVIF", "AvifImagePlugin", frames=True),
    "image/bmp": _Reader("BMP", "BmpImagePlugin"),
    "image/x-icon": _Reader("ICO", "IcoImagePlugin", sure=False),
    "image/tiff": _Reader("TIFF", "TiffImagePlugin", sure=False, frames=True),
    "image/jp2": _Reader("JPEG2000", "Jpeg2KImagePlugin", sure=False),
    "image/j2k": _Reader("JPEG2000", "Jpeg2KImagePlugin", sure=False),
    "image/vnd.adobe.photoshop": _Reader("PSD", "PsdImagePlugin", sure=False),
}

_OF_TEXTS: Final = ("Decompressed data too large", "Too much memory used in text")
"""Pillow's limits on what is written beside the picture in a PNG: programs that paint put whole recipes there."""

_BUILT_IN: Final[Mapping[str, str]] = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}
"""Readers that not every Pillow was built with -> the name of the feature."""


def can_decode(mime: str) -> bool:
    """Tell whether there is a decoder for this type in this Pillow."""
    reader = _READERS.get(mime)
    if reader is None:
        return False
    feature = _BUILT_IN.get(reader.format)
    if feature is None:
        return True
    from PIL import features

    return features.check(feature) is True


def decode(file: BinaryIO, mime: str) -> Picture:
    """Decode every frame and return the picture's size; one picture at a time in the whole process.

    Raises DecodeError: it is cut, damaged or larger than MOST_PIXELS.
    """
    reader = _READERS[mime]
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # A picture with a damaged Exif block is whole; what matters of Pillow's warnings comes as an error, see below.
        warnings.simplefilter("ignore")
        try:
            return _decode(file, reader)
        except DecodeError:
            raise
        except MemoryError:
            raise DecodeError("it takes more memory to decode than there is", sure=False) from None
        except Exception as error:
            # Hostile files make Pillow raise nearly anything: OSError, SyntaxError, ValueError, struct.error, KeyError, ...
            raise DecodeError(_words(error), sure=_is_sure(error, reader)) from error


def is_all(jpeg: bytes) -> bool:
    """Tell whether all points of a JPEG without its end mark are there: then nothing that follows can change one.

    Decoders take a JPEG that was cut anywhere for a whole one, and paint what is missing grey.
    """
    from PIL import Image, JpegImagePlugin  # noqa: F401 - the second is how Pillow comes to know JPEGs

    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            shown = []
            for more in (b"", b"\xaa" * 256):
                with Image.open(io.BytesIO(jpeg + more + b"\xff\xd9"), formats=("JPEG",)) as image:
                    if "progressive" in image.info or image.width * image.height > DECODED_PIXELS:
                        return False  # its points come in several passes; what lacks the last one looks whole
                    shown.append(_points(image))
        except Exception:  # noqa: BLE001 - hostile files make Pillow raise nearly anything, see `decode`
            return False
    return shown[0] == shown[1]


def _points(image: Image.Image) -> bytes:
    """Return a hash of a picture's points, taken in strips, so that they are not all in memory twice."""
    found = hashlib.sha256()
    for top in range(0, image.height, 64):
        found.update(image.crop((0, top, image.width, min(top + 64, image.height))).tobytes())
    return found.digest()


def _decode(file: BinaryIO, reader: _Reader) -> Picture:
    from PIL import Image

    importlib.import_module(f"PIL.{reader.plugin}")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow warns from here, and raises an error from the double.
    file.seek(0)
    with Image.open(file, formats=(reader.format,)) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise DecodeError(f"it has {width} x {height} pixels, more than {MOST_PIXELS:,} in all", sure=True)
        frames = getattr(image, "n_frames", 1) if reader.frames else 1
        if width * height > DECODED_PIXELS and (reader.format != "JPEG" or "progressive" in image.info):
            return Picture(width, height, frames, f"whether it decodes: {width} x {height} pixels take too much memory")
        if any(tile[0] == "libtiff" for tile in getattr(image, "tile", ())):
            # It writes its complaints to the terminal, past Python.
            return Picture(width, height, frames, "whether it decodes: compressed TIFFs are not decoded")
        image.draft("L", (1, 1))  # Of a JPEG all is read, but an eighth is computed; for other types it does nothing.
        return Picture(width, height, frames, _load(image, frames))


def _load(image: Image.Image, frames: int) -> str:
    """Decode all frames, as far as is bearable; return what was not decoded."""
    area = max(1, image.width * image.height)
    most = min(frames, MOST_FRAMES, max(1, ANIMATION_PIXELS // area))
    for frame in range(most):
        if frame:
            image.seek(frame)
        image.load()
    return f"whether frames after the first {most:,} of {frames:,} decode" if most < frames else ""


def _is_sure(error: Exception, reader: _Reader) -> bool:
    """Tell whether an error condemns the picture: not where only a decoder of all of its type could, or texts in it are long."""
    from PIL import Image

    if any(limit in str(error) for limit in _OF_TEXTS):
        return False
    return reader.sure or isinstance(error, Image.DecompressionBombError) or "truncated" in str(error)


def _words(error: Exception) -> str:
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):  # names an object in memory
        return "its beginning cannot be read"
    text = " ".join(str(error).split())
    return text[:200] if text else type(error).__name__
