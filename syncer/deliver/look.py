"""Looks at a fetched file and says what it is, whether it is whole, and how large: nothing else is laid into an import folder.

Joins type, structure and decoding. Reads files; the service imports it.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from syncer.deliver import boxes, ends, kind, pictures, texts
from syncer.deliver.signatures import KINDS, Kind
from syncer.errors import ItemError
from syncer.model import FileFacts

ANIMATED: Final[Mapping[Kind, Kind]] = {
    KINDS["png"]: KINDS["apng"],
    KINDS["gif"]: KINDS["animated gif"],
    KINDS["webp"]: KINDS["animated webp"],
    KINDS["avif"]: KINDS["avif sequence"],
}
"""What a still picture is really, when it turns out to have more than one frame."""

SMALL: Final = 1 << 20
"""Bytes up to which a file is looked at in memory."""

STILL: Final[Mapping[Kind, Kind]] = {moving: still for still, moving in ANIMATED.items()}


ENDS: Final[Mapping[str, bytes]] = {
    "image/jpeg": b"\xff\xd9",
    "image/gif": b";",
    "image/png": b"\0\0\0\0IEND\xaeB`\x82",
}
"""What pictures end with, by MIME type: laid behind one that lacks nothing else it makes a whole one."""
ENDS_EARLY: Final = "its end: the site has this file without one"
MOST_EARLY: Final = 64 << 20
"""Bytes; a larger file that ends early is refused, since it is decoded in memory."""


class NotMediaError(ItemError):
    """What came is a web page, a text, nothing, or of no known type."""


class UnknownTypeError(NotMediaError):
    """What came is of no type that is known."""


class NotWholeError(ItemError):
    """The file is cut short or damaged."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a file told: its type, size in pixels and frames (None: not known), and what was not verified."""

    kind: Kind
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    unverified: tuple[str, ...] = ()


def examine(
    path: Path,
    *,
    sha256: str,
    md5: str,
    size: int,
    unverified: tuple[str, ...] = (),
    found: Kind | None = None,
    early: bool = False,
) -> FileFacts:
    """Return all that is true of the fetched file at `path`; hashes and `size` in bytes are those of the transfer.

    With `early` a picture may lack its end mark, if it lacks nothing else: that is told as not verified.
    Raises NotMediaError, NotWholeError (both are ItemError), OSError.
    """
    with _opened(path) as file:
        seen = _looked(file, found or _recognised(file), early=early)
    return FileFacts(
        sha256=sha256,
        md5=md5,
        size=size,
        mime=seen.kind.mime,
        extension=seen.kind.extension,
        group=seen.kind.group,
        width=seen.width,
        height=seen.height,
        frames=seen.frames,
        unverified=unverified + seen.unverified,
    )


def recognise(path: Path) -> Kind:
    """Return the type of the media file at `path`. Raises NotMediaError for pages, texts, nothing and the unknown; OSError."""
    with _opened(path) as file:
        return _recognised(file)


def _recognised(file: BinaryIO) -> Kind:
    found, head = kind.sniff_open(file)
    if not head:
        raise NotMediaError("The file is empty", "The server sent nothing; it may help to try again later.")
    if found is None:
        raise UnknownTypeError(
            f"The file is of no known type (it begins with {head[:8].hex(' ')})",
            "If a media program opens it, please report its type; else the link is not a file.",
        )
    if not found.is_media:
        raise NotMediaError(*_page(found, head))
    return found


def look(path: Path, found: Kind) -> Look:
    """Tell whether the file at `path`, of the type `found`, is whole, and how large the picture is.

    Pictures are decoded. Raises NotWholeError with the cause; OSError.
    """
    with _opened(path) as file:
        return _looked(file, found)


def _looked(file: BinaryIO, found: Kind, *, early: bool = False) -> Look:
    size = file.seek(0, 2)
    try:
        return _whole(file, size, found)
    except NotWholeError:
        if not early or (seen := _early(file, size, found)) is None:
            raise
        return seen


def _whole(file: BinaryIO, size: int, found: Kind) -> Look:
    end = _end(file, size, found)
    if end.problem:
        raise NotWholeError(f"The file is not whole: {end.problem}", "It is fetched again; the server may have cut it.")
    unverified = (end.unverified,) if end.unverified else ()
    if found.mime.startswith("image/"):
        return _picture(file, size, found, unverified)
    return Look(found, unverified=unverified)


def _early(file: BinaryIO, size: int, found: Kind) -> Look | None:
    """Look at a picture without its end mark as if it had it; None where more than that is not there."""
    if found.mime not in ENDS or size > MOST_EARLY:
        return None
    file.seek(0)
    data, is_jpeg = file.read(size), found.mime == "image/jpeg"
    if is_jpeg:
        data = data.removesuffix(b"\xff")  # half of its mark
    ended = io.BytesIO(data + ENDS[found.mime])
    if not is_jpeg and _end(ended, len(ended.getvalue()), found) != ends.WHOLE:
        return None
    try:
        seen = _picture(ended, size, found, ())
    except NotWholeError:
        return None
    if seen.unverified or (is_jpeg and not pictures.is_all(data)):
        return None
    return replace(seen, unverified=(ENDS_EARLY,))


def _opened(path: Path) -> BinaryIO:
    """Open a file for reading; a small one is read at once, since decoders go to and fro in it."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    if os.fstat(descriptor).st_size > SMALL:
        return os.fdopen(descriptor, "rb")
    try:
        return io.BytesIO(os.read(descriptor, SMALL + 1))
    finally:
        os.close(descriptor)


def _end(file: BinaryIO, size: int, found: Kind) -> ends.End:
    try:
        return ends.check(file, size, found.mime)
    except (struct.error, ValueError, ArithmeticError, LookupError) as error:
        return ends.End(f"its structure cannot be read ({error})")


def _picture(file: BinaryIO, size: int, found: Kind, unverified: tuple[str, ...]) -> Look:
    """Decode a picture where that is possible; its header tells the size where not."""
    if found is KINDS["svg"]:
        file.seek(0)
        width, height = texts.svg_size(file.read(kind.HEAD)) or (None, None)
        return Look(found, width, height, 1, unverified)
    if not pictures.can_decode(found.mime):
        width, height = boxes.picture_size(file, size) or (None, None)
        return Look(
            found, width, height, None, (*unverified, f"whether it decodes: there is no decoder for {found.mime}")
        )
    try:
        picture = pictures.decode(file, found.mime)
    except pictures.DecodeError as error:
        if error.sure:
            raise NotWholeError(
                f"The picture cannot be decoded: {error}",
                "It is fetched again; if it stays so, the site's file is damaged.",
            ) from error
        return Look(found, unverified=(*unverified, f"whether it decodes: {error}"))
    more = (*unverified, picture.unverified) if picture.unverified else unverified
    return Look(_settled(found, picture), picture.width, picture.height, picture.frames, more)


def _settled(found: Kind, picture: pictures.Picture) -> Kind:
    """Return the type that the number of frames shows: an animation of one frame is an image."""
    return ANIMATED.get(found, found) if picture.frames > 1 else STILL.get(found, found)


def _page(found: Kind, head: bytes) -> tuple[str, str]:
    title = texts.title(head) if found is KINDS["html"] else ""
    what = (
        f"a web page titled {title!r}"
        if title
        else {"html": "a web page", "json": "JSON", "xml": "XML"}.get(found.extension, "a text")
    )
    return (
        f"Got {what} where a media file is due",
        "The site may want a login, or limits how much it gives; open the link in a browser to see.",
    )
