"""Downloader PNGs: the text in the pixels, and pictures that only pretend to hold one."""

from __future__ import annotations

import contextlib
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from syncer.errors import ItemError
from syncer.sites.hydrus import png
from syncer.sites.hydrus.png import payload

HEADING_ROWS = 3


def pixels(packed: bytes, width: int, *, length: int | None = None, heading: int = HEADING_ROWS) -> Image.Image:
    """Lay a payload out as hydrus does: heading, length, payload, zeros."""
    top = struct.pack("!H", heading).ljust(width * HEADING_ROWS, b"\x80")
    body = struct.pack("!I", len(packed) if length is None else length) + packed
    data = top + body + bytes(-len(body) % width)
    return Image.frombytes("L", (width, len(data) // width), data)


def saved(image: Image.Image, folder: Path) -> Path:
    path = folder / "downloader.png"
    image.save(path)
    return path


def test_packed_payload(tmp_path: Path) -> None:
    path = saved(pixels(zlib.compress('[26, 1, ["träume"]]'.encode()), 40), tmp_path)
    assert payload(path) == '[26, 1, ["träume"]]'


def test_plain_utf8_payload(tmp_path: Path) -> None:
    assert payload(saved(pixels("[26, 1, []] ü".encode(), 32), tmp_path)) == "[26, 1, []] ü"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_first_channel_of_several(tmp_path: Path, mode: str) -> None:
    grey = pixels(zlib.compress(b"[1, 2, 3]"), 32)
    if mode == "P":
        image = Image.frombytes("P", grey.size, grey.tobytes())
        image.putpalette([value for value in range(256) for _ in range(3)])
    else:
        image = grey.convert(mode)
    assert payload(saved(image, tmp_path)) == "[1, 2, 3]"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), width=st.integers(2, 70))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str, width: int) -> None:
    folder = tmp_path_factory.mktemp("png", numbered=True)
    assert payload(saved(pixels(zlib.compress(text.encode()), width), folder)) == text


def test_no_png(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(ItemError, match="is no PNG"):
        payload(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="cannot be read"):
        payload(tmp_path / "x.png")


def test_photo_holds_no_downloader(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="holds no downloader"):
        payload(saved(Image.new("L", (64, 64), 200), tmp_path))


def test_sixteen_bit_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="8-bit"):
        payload(saved(Image.new("I;16", (32, 32), 700), tmp_path))


def test_length_beyond_the_picture(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="holds no downloader"):
        payload(saved(pixels(zlib.compress(b"[]"), 32, length=2**31), tmp_path))


def test_heading_beyond_the_picture(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="holds no downloader"):
        payload(saved(pixels(zlib.compress(b"[]"), 32, heading=65535), tmp_path))


def test_cut_payload_is_said_so(tmp_path: Path) -> None:
    packed = zlib.compress(b"[26, 1, [" + b'"sky", ' * 500 + b"0]]")
    with pytest.raises(ItemError, match="only a part"):
        payload(saved(pixels(packed[:-8], 32), tmp_path))


def test_zlib_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "MAX_TEXT", 100_000)
    with pytest.raises(ItemError, match="unpacks to more"):
        payload(saved(pixels(zlib.compress(b"[" * 5_000_000), 64), tmp_path))


def test_picture_that_claims_huge_size(tmp_path: Path) -> None:
    path = saved(Image.new("L", (8, 8)), tmp_path)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack("!II", 200_000, 200_000)
    data[29:33] = struct.pack("!I", zlib.crc32(data[12:29]))
    path.write_bytes(bytes(data))
    with pytest.raises(ItemError, match="200000 x 200000 pixels"):
        payload(path)


def test_file_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "MAX_FILE", 50)
    with pytest.raises(ItemError, match="is larger than"):
        payload(saved(Image.new("L", (64, 64), 7), tmp_path))


@given(cut=st.integers(0, 400), flip=st.integers(0, 400), value=st.integers(0, 255))
def test_broken_files_only_ever_raise_item_errors(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int, value: int
) -> None:
    path = saved(pixels(zlib.compress(b"[26, 1, []]" * 30), 40), tmp_path_factory.mktemp("png", numbered=True))
    data = bytearray(path.read_bytes())
    data[flip % len(data)] = value
    path.write_bytes(bytes(data[: len(data) - cut % len(data)]))
    with contextlib.suppress(ItemError):
        payload(path)
