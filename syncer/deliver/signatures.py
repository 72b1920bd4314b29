"""The tables by which file types are told: kinds, magic bytes, brands of containers, extensions.

Data apart from the code that reads it (`kind`), so that a new type is one line. Pure; the steps of delivery may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from syncer.frozen import frozen

TEXT: Final = "text"
"""The group of pages and texts: never media, whatever they are called."""


@frozen
class Kind:
    """A file type: its MIME type, its extension without the dot, and its group (`config.settings.TYPE_GROUPS` or TEXT)."""

    mime: str
    extension: str
    group: str

    @property
    def is_media(self) -> bool:
        """Tell whether it can be delivered at all: pages and texts cannot."""
        return self.group != TEXT


KINDS: Final[Mapping[str, Kind]] = {
    "jpeg": Kind("image/jpeg", "jpg", "image"),
    "png": Kind("image/png", "png", "image"),
    "apng": Kind("image/apng", "png", "animation"),
    "gif": Kind("image/gif", "gif", "image"),
    "animated gif": Kind("image/gif", "gif", "animation"),
    "webp": Kind("image/webp", "webp", "image"),
    "animated webp": Kind("image/webp", "webp", "animation"),
    "avif": Kind("image/avif", "avif", "image"),
    "avif sequence": Kind("image/avif", "avif", "animation"),
    "heic": Kind("image/heic", "heic", "image"),
    "heic sequence": Kind("image/heic-sequence", "heics", "animation"),
    "heif": Kind("image/heif", "heif", "image"),
    "jxl": Kind("image/jxl", "jxl", "image"),
    "bmp": Kind("image/bmp", "bmp", "image"),
    "tiff": Kind("image/tiff", "tiff", "image"),
    "jp2": Kind("image/jp2", "jp2", "image"),
    "j2k": Kind("image/j2k", "j2k", "image"),
    "ico": Kind("image/x-icon", "ico", "image"),
    "svg": Kind("image/svg+xml", "svg", "image"),
    "psd": Kind("image/vnd.adobe.photoshop", "psd", "image"),
    "ugoira": Kind("application/x-ugoira", "zip", "animation"),
    "mp4": Kind("video/mp4", "mp4", "video"),
    "m4v": Kind("video/x-m4v", "m4v", "video"),
    "mov": Kind("video/quicktime", "mov", "video"),
    "3gp": Kind("video/3gpp", "3gp", "video"),
    "webm": Kind("video/webm", "webm", "video"),
    "mkv": Kind("video/x-matroska", "mkv", "video"),
    "avi": Kind("video/x-msvideo", "avi", "video"),
    "flv": Kind("video/x-flv", "flv", "video"),
    "wmv": Kind("video/x-ms-wmv", "wmv", "video"),
    "mpeg": Kind("video/mpeg", "mpg", "video"),
    "ts": Kind("video/mp2t", "ts", "video"),
    "ogv": Kind("video/ogg", "ogv", "video"),
    "mp3": Kind("audio/mpeg", "mp3", "audio"),
    "aac": Kind("audio/aac", "aac", "audio"),
    "m4a": Kind("audio/mp4", "m4a", "audio"),
    "flac": Kind("audio/flac", "flac", "audio"),
    "wav": Kind("audio/wav", "wav", "audio"),
    "ogg": Kind("audio/ogg", "ogg", "audio"),
    "opus": Kind("audio/opus", "opus", "audio"),
    "wma": Kind("audio/x-ms-wma", "wma", "audio"),
    "pdf": Kind("application/pdf", "pdf", "document"),
    "epub": Kind("application/epub+zip", "epub", "document"),
    "cbz": Kind("application/vnd.comicbook+zip", "cbz", "archive"),
    "zip": Kind("application/zip", "zip", "archive"),
    "rar": Kind("application/vnd.rar", "rar", "archive"),
    "7z": Kind("application/x-7z-compressed", "7z", "archive"),
    "gz": Kind("application/gzip", "gz", "archive"),
    "swf": Kind("application/x-shockwave-flash", "swf", "application"),
    "html": Kind("text/html", "html", TEXT),
    "json": Kind("application/json", "json", TEXT),
    "xml": Kind("application/xml", "xml", TEXT),
    "plain text": Kind("text/plain", "txt", TEXT),
}

MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"RIFF", "riff"),
    (4, b"ftyp", "ftyp"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xff\x4f\xff\x51", "j2k"),
    (0, b"BM", "bmp"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"MM\x00+", "tiff"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"8BPS\x00\x01", "psd"),
    (0, b"8BPS\x00\x02", "psd"),
    (0, b"\x1a\x45\xdf\xa3", "ebml"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "asf"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x00\x00\x01\xb3", "mpeg"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "id3"),
    (0, b"%PDF-", "pdf"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b\x08", "gz"),
    (0, b"FWS", "swf"),
    (0, b"CWS", "swf"),
    (0, b"ZWS", "swf"),
)
"""Offset, bytes, and what they promise: a kind, or a family that `kind` looks into more closely. The first match wins."""

BRANDS: Final[Mapping[bytes, str]] = {
    b"avif": "avif",
    b"avis": "avif sequence",
    b"heic": "heic",
    b"heix": "heic",
    b"heim": "heic",
    b"heis": "heic",
    b"hevc": "heic sequence",
    b"hevx": "heic sequence",
    b"hevm": "heic sequence",
    b"hevs": "heic sequence",
    b"mif1": "heif",
    b"msf1": "heif",
    b"qt  ": "mov",
    b"M4V ": "m4v",
    b"M4VH": "m4v",
    b"M4VP": "m4v",
    b"M4A ": "m4a",
    b"M4B ": "m4a",
    b"M4P ": "m4a",
    b"3gp4": "3gp",
    b"3gp5": "3gp",
    b"3gp6": "3gp",
    b"3g2a": "3gp",
    b"jp2 ": "jp2",
}
"""Major brand of an ISO base media file (ISO/IEC 14496-12) -> kind; every other brand is an mp4."""

LOOSE_BRANDS: Final = frozenset({"heif"})
"""Kinds whose major brand says little: a more exact compatible brand decides."""

RIFF_FORMS: Final[Mapping[bytes, str]] = {b"WEBP": "webp", b"AVI ": "avi", b"WAVE": "wav"}

OGG_CODECS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x80theora", "ogv"),
    (b"OpusHead", "opus"),
    (b"\x01vorbis", "ogg"),
    (b"\x7fFLAC", "ogg"),
    (b"Speex   ", "ogg"),
)
"""Bytes in the first pages of an Ogg file -> kind; a picture track decides before a sound track."""

ASF_VIDEO: Final = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
"""The stream type of a video stream in an ASF file (a GUID in its little-endian form)."""

ZIP_FIRST_ENTRIES: Final[Mapping[bytes, str]] = {b"application/epub+zip": "epub"}
"""What a zip's first entry, called `mimetype`, says -> kind."""

DIB_HEADERS: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Lengths that the header after a bitmap's 14 bytes can have; without it `BM` is two letters of a text."""


def _groups_by_extension() -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for kind in KINDS.values():
        groups[kind.extension] = tuple(dict.fromkeys((*groups.get(kind.extension, ()), kind.group)))
    others = {"jpeg": "jpg", "jfif": "jpg", "apng": "png", "tif": "tiff", "mpeg": "mpg", "htm": "html"}
    return groups | {other: groups[usual] for other, usual in others.items()}


GROUPS_BY_EXTENSION: Final[Mapping[str, tuple[str, ...]]] = _groups_by_extension()
"""Lower-case extension -> all groups that a file called so can turn out to be in."""
