"""The exact types that `types` can name: what files are called once their content was read, and what else people call them.

Apart from the table of signatures in `deliver`, which lies above the config; a test compares the two. Pure; `texts` imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_EXTENSIONS: Final = (
    "jpg png gif webp avif heic heics heif jxl bmp tiff jp2 j2k ico svg psd zip mp4 m4v mov 3gp webm mkv avi flv wmv mpg ts"
    " ogv mp3 aac m4a flac wav ogg opus wma pdf epub cbz rar 7z gz swf"
)
EXTENSIONS: Final = frozenset(_EXTENSIONS.split())
"""As files are called by their content, without the dot."""

_MIMES: Final = (
    "image/jpeg image/png image/apng image/gif image/webp image/avif image/heic image/heic-sequence image/heif image/jxl"
    " image/bmp image/tiff image/jp2 image/j2k image/x-icon image/svg+xml image/vnd.adobe.photoshop application/x-ugoira"
    " video/mp4 video/x-m4v video/quicktime video/3gpp video/webm video/x-matroska video/x-msvideo video/x-flv"
    " video/x-ms-wmv video/mpeg video/mp2t video/ogg audio/mpeg audio/aac audio/mp4 audio/flac audio/wav audio/ogg"
    " audio/opus audio/x-ms-wma application/pdf application/epub+zip application/vnd.comicbook+zip application/zip"
    " application/vnd.rar application/x-7z-compressed application/gzip application/x-shockwave-flash"
)
MIMES: Final = frozenset(_MIMES.split())

OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys((".jpeg", ".jpe", ".jfif", ".pjpeg"), ".jpg"),
        **dict.fromkeys(("image/jpg", "image/pjpeg"), "image/jpeg"),
        ".apng": "image/apng",
        ".tif": ".tiff",
        "image/tif": "image/tiff",
        ".ugoira": "application/x-ugoira",
        **dict.fromkeys((".mpeg", ".mpe"), ".mpg"),
        ".3gpp": ".3gp",
        ".qt": ".mov",
        ".oga": ".ogg",
        ".m2ts": ".ts",
        **dict.fromkeys(("image/x-bmp", "image/x-ms-bmp"), "image/bmp"),
        **dict.fromkeys(("image/ico", "image/vnd.microsoft.icon"), "image/x-icon"),
        "image/svg": "image/svg+xml",
        **dict.fromkeys(("video/avi", "video/vnd.avi"), "video/x-msvideo"),
        **dict.fromkeys(("video/mkv", "video/matroska"), "video/x-matroska"),
        **dict.fromkeys(("audio/mp3", "audio/x-mp3"), "audio/mpeg"),
        **dict.fromkeys(("audio/m4a", "audio/x-m4a"), "audio/mp4"),
        "audio/x-flac": "audio/flac",
        **dict.fromkeys(("audio/x-wav", "audio/wave", "audio/vnd.wave"), "audio/wav"),
        "application/x-zip-compressed": "application/zip",
        **dict.fromkeys(("application/x-rar", "application/x-rar-compressed"), "application/vnd.rar"),
        "application/x-cbz": "application/vnd.comicbook+zip",
        "application/x-gzip": "application/gzip",
    }
)
"""What else people, servers and cameras call them, and the name that files have here."""


def named(word: str) -> str | None:
    """Return an exact type (".gif", "image/png", "image/*"; in lower case) as files are called here, None if none ever is."""
    name = OTHER_NAMES.get(word, word)
    if name.endswith("/*"):
        return name if any(mime.startswith(name[:-1]) for mime in MIMES) else None
    return name if name in MIMES or name.removeprefix(".") in EXTENSIONS else None
