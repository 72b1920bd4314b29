"""What the bench's server serves: distinct files and listing pages in Danbooru's shape, all made before the first request.

Here apart from serving, so that a response costs no more than finding it. Only `server` imports it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

PAGE = 200
_WORDS = (
    "sky",
    "cloud",
    "mountain",
    "lake",
    "forest",
    "river",
    "scenery",
    "no_humans",
    "bird",
    "snow",
    "fog",
    "bridge",
)
_MARK = b"number 000000000000"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many files there are and how large one is, in bytes."""

    files: int
    size: int
    extension: str
    """`jpg`, or `mp4` for large ones."""


class Content:
    """All files, alike but for a number inside; and the listings that name them, newest (highest id) first."""

    def __init__(self, sizes: Sizes, root: str) -> None:
        """Make everything; `root` is put before file URLs."""
        self.sizes, self._root = sizes, root
        whole = _jpeg(sizes.size) if sizes.extension == "jpg" else _mp4(sizes.size)
        self._before, self._after = whole.split(_MARK, 1)
        self._type = {"jpg": b"image/jpeg", "mp4": b"video/mp4"}[sizes.extension]
        self._pages: dict[int, bytes] = {}
        self.files: Mapping[bytes, tuple[bytes, bytes]] = dict(self._files())

    def _files(self) -> Iterator[tuple[bytes, tuple[bytes, bytes]]]:
        for number in range(1, self.sizes.files + 1):
            path = f"/data/{number}.{self.sizes.extension}".encode()
            first = self._before + _mark(number)
            yield path, (head(self._type, len(first) + len(self._after)) + first, self._after)

    def page(self, below: int) -> bytes:
        """Return the listing of the 200 posts whose ids come next below `below`, with its headers."""
        below = max(min(below, self.sizes.files + 1), 1)
        if below not in self._pages:
            posts = [self._post(number) for number in range(below - 1, max(below - 1 - PAGE, 0), -1)]
            body = json.dumps(posts).encode()
            self._pages[below] = head(b"application/json; charset=utf-8", len(body)) + body
        return self._pages[below]

    def _post(self, number: int) -> dict[str, object]:
        """Describe a post as Danbooru does; about 2 KB, most of it never used, as there."""
        rng = random.Random(number)
        md5 = hashlib.md5(self._before + _mark(number) + self._after).hexdigest()
        general = "outdoors " + " ".join(f"{rng.choice(_WORDS)}_{rng.randrange(300)}" for _ in range(40))
        url = f"{self._root}/data/{number}.{self.sizes.extension}"
        return {
            "id": number,
            "created_at": f"2024-03-{number % 28 + 1:02}T12:00:00.000-05:00",
            "uploader_id": 1,
            "score": number % 50,
            "source": f"https://sources.example/works/{number}",
            "md5": md5,
            "rating": "g",
            "image_width": 400,
            "image_height": 300,
            "file_ext": self.sizes.extension,
            "file_size": self.sizes.size,
            "file_url": url,
            "large_file_url": url,
            "preview_file_url": url,
            "has_children": False,
            "is_deleted": False,
            "is_banned": False,
            "parent_id": None,
            "pixiv_id": None,
            "tag_count": 43,
            "tag_string": f"{general} studio_{number % 9} series_{number % 5} highres",
            "tag_string_general": general,
            "tag_string_artist": f"studio_{number % 9}",
            "tag_string_copyright": f"series_{number % 5}",
            "tag_string_character": "",
            "tag_string_meta": "highres",
            "media_asset": {
                "id": number,
                "md5": md5,
                "status": "active",
                "variants": [{"type": name, "url": url} for name in ("180x180", "360x360", "720x720", "original")],
            },
        }


def head(mime: bytes, length: int, status: bytes = b"200 OK") -> bytes:
    """Return status line and headers."""
    return b"HTTP/1.1 %b\r\nServer: bench\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (status, mime, length)


def _mark(number: int) -> bytes:
    return b"number %012d" % number


def _jpeg(size: int) -> bytes:
    """Make a picture of about `size` bytes; the mark is its comment."""
    from PIL import Image

    rng, best = random.Random(1), b""
    for side in range(8, 200, 4):
        noise = Image.frombytes("RGB", (side, side), rng.randbytes(side * side * 3))
        out = BytesIO()
        noise.resize((400, 300)).save(out, "JPEG", quality=85, comment=_MARK)
        best = out.getvalue()
        if len(best) >= size:
            break
    return best


def _mp4(size: int) -> bytes:
    """Make a chain of boxes of `size` bytes; the mark lies in a free one."""
    free = (8 + len(_MARK)).to_bytes(4, "big") + b"free" + _MARK
    movie = (8 + 108).to_bytes(4, "big") + b"moov" + (108).to_bytes(4, "big") + b"mvhd" + bytes(100)
    start = (24).to_bytes(4, "big") + b"ftypisom\0\0\2\0isommp41" + free + movie
    block = random.Random(1).randbytes(1 << 20)
    rest = size - len(start) - 8
    data = (block * (rest // len(block) + 1))[:rest]
    return start + (rest + 8).to_bytes(4, "big") + b"mdat" + data
