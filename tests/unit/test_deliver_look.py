"""Whole or not at all: cut, damaged, hostile and foreign files are refused, with cause and cure."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from syncer.deliver import look, pictures
from syncer.deliver.look import NotMediaError, NotWholeError
from syncer.deliver.signatures import KINDS
from syncer.errors import ItemError


def noise(size: tuple[int, int] = (96, 64), mode: str = "RGB") -> Image.Image:
    return Image.effect_noise(size, 60).convert(mode)


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def moving(format_: str, frames: int = 4) -> bytes:
    made = [noise() for _ in range(frames)]
    return saved(made[0], format_, save_all=True, append_images=made[1:], duration=50)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(content), name) + content


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def png_of(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">2L5B", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


MP4 = box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", b"x" * 40) + box(b"mdat", b"y" * 400)
WEBM_HEADER = bytes.fromhex("1a45dfa3 87 4282 84") + b"webm"

PICTURES: Mapping[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(noise(), "JPEG"),
    "progressive jpeg": lambda: saved(noise(), "JPEG", progressive=True),
    "grey jpeg": lambda: saved(noise(mode="L"), "JPEG"),
    "cmyk jpeg": lambda: saved(noise(mode="CMYK"), "JPEG"),
    "jpeg with restarts": lambda: saved(noise(), "JPEG", restart_marker_blocks=4),
    "png": lambda: saved(noise(), "PNG"),
    "palette png": lambda: saved(noise().quantize(16), "PNG"),
    "apng": lambda: moving("PNG"),
    "gif": lambda: saved(noise(), "GIF"),
    "animated gif": lambda: moving("GIF"),
    "webp": lambda: saved(noise(), "WEBP"),
    "lossless webp": lambda: saved(noise(), "WEBP", lossless=True),
    "animated webp": lambda: moving("WEBP"),
    "avif": lambda: saved(noise(), "AVIF"),
    "bmp": lambda: saved(noise(), "BMP"),
    "tiff": lambda: saved(noise(), "TIFF"),
    "jp2": lambda: saved(noise(), "JPEG2000"),
}

OTHERS: Mapping[str, bytes] = {
    "mp4": MP4,
    "webm": WEBM_HEADER + bytes.fromhex("18538067 4064") + b"x" * 100,
    "wav": b"RIFF"
    + struct.pack("<L", 36 + 50)
    + b"WAVEfmt "
    + b"\x10\0\0\0"
    + b"\0" * 16
    + b"data"
    + b"\x32\0\0\0"
    + b"x" * 50,
    "pdf": b"%PDF-1.4\n1 0 obj\nendobj\n" + b"%" * 200 + b"\n%%EOF\n",
    "svg": b'<?xml version="1.0"?><svg width="40" height="30px" viewBox="0 0 1 1"><path d="M0 0"/></svg>\n',
}


def at(folder: Path, data: bytes) -> Path:
    file = folder / "file.part"
    file.write_bytes(data)
    return file


def looked(file: Path) -> look.Look:
    return look.look(file, look.recognise(file))


@pytest.mark.parametrize("name", PICTURES)
def test_whole_pictures_pass_with_their_size(tmp_path: Path, name: str) -> None:
    seen = looked(at(tmp_path, PICTURES[name]()))
    assert (seen.width, seen.height) == (96, 64)
    assert seen.frames == (4 if "anim" in name or name == "apng" else 1)
    assert seen.unverified == ()


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_cut_anywhere_are_refused(tmp_path: Path, name: str) -> None:
    data = PICTURES[name]()
    for lost in (1, 2, 3, 7, 30, len(data) // 3, len(data) // 2, len(data) - 60):
        with pytest.raises(ItemError) as caught:
            looked(at(tmp_path, data[:-lost]))
        assert caught.value.advice, lost


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("jpeg", 2),
        ("jpeg", 1),
        ("gif", 1),
        ("animated gif", 1),
        ("png", 12),
    ],
)
def test_a_picture_that_ends_early_may_be_taken_where_it_decodes(tmp_path: Path, name: str, lost: int) -> None:
    facts = look.examine(at(tmp_path, PICTURES[name]()[:-lost]), sha256="", md5="", size=1, early=True)
    assert (facts.width, facts.height) == (96, 64)
    assert facts.unverified == ("its end: the site has this file without one",)


@pytest.mark.parametrize("lost", [0.01, 0.1, 0.5, 0.9, 12, 3, 20])
@pytest.mark.parametrize("name", ["png", "gif", "animated gif", "jpeg", "progressive jpeg", "webp", "mp4"])
def test_what_lacks_more_than_its_end_is_never_taken(tmp_path: Path, name: str, lost: float) -> None:
    data = PICTURES[name]() if name in PICTURES else OTHERS[name]
    keep = len(data) - (lost if isinstance(lost, int) else int(len(data) * lost) + 16)
    if (name, lost) == ("png", 12):
        return  # its end is as long
    with pytest.raises(NotWholeError):
        look.examine(at(tmp_path, data[: max(40, keep)]), sha256="", md5="", size=1, early=True)


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_whole_or_refused(tmp_path: Path, name: str) -> None:
    assert looked(at(tmp_path, OTHERS[name])).unverified == ()
    with pytest.raises(NotWholeError):
        looked(at(tmp_path, OTHERS[name][:-45]))


@pytest.mark.parametrize("name", ["jpeg", "progressive jpeg", "png", "gif", "animated gif", "webp", "avif"])
def test_what_programs_add_behind_the_end_does_no_harm(tmp_path: Path, name: str) -> None:
    if name != "avif":  # Behind the last box of an AVIF there can only be boxes or zeros.
        assert looked(at(tmp_path, PICTURES[name]() + b"\xff\xda more \xff\xd8" * 2000)).width == 96
    assert looked(at(tmp_path, PICTURES[name]() + b"\0" * 100)).width == 96


def test_a_zip_is_whole_by_its_directory(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("000000.jpg", b"x" * 1000)
        archive.writestr("000001.jpg", b"x" * 1000)
    data = (tmp_path / "a.zip").read_bytes()
    assert looked(tmp_path / "a.zip").kind == KINDS["ugoira"]
    for lost in (1, 10, 30, 900):
        with pytest.raises(NotWholeError):
            looked(at(tmp_path, data[:-lost]))


def test_a_film_without_its_index_cannot_be_played(tmp_path: Path) -> None:
    with pytest.raises(NotWholeError, match="moov"):
        looked(at(tmp_path, box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", b"y" * 40)))


def test_a_damaged_png_chunk_is_found_though_its_length_is_right(tmp_path: Path) -> None:
    data = bytearray(PICTURES["png"]())
    data[len(data) // 2] ^= 0x10
    with pytest.raises(NotWholeError, match="check sum"):
        looked(at(tmp_path, bytes(data)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>Log&nbsp;in\n  please</title>", "a web page titled 'Log in please'"),
        (b"<html>", "Got a web page where"),
        (b'{"message": "limit"}', "Got JSON where"),
        (b"<?xml version='1.0'?><Error/>", "Got XML where"),
        (b"Too many requests", "Got a text where"),
        (b"\0\1\2\3" * 30, "begins with 00 01 02 03"),
    ],
)
def test_no_media_is_named_as_what_it_is(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(NotMediaError) as caught:
        look.recognise(at(tmp_path, data))
    assert words in caught.value.title
    assert caught.value.advice


def test_a_pixel_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    bomb = png_of(60_000, 60_000, zlib.compress(b"\0" * 5_000_000))
    started = time.process_time()
    with pytest.raises(NotWholeError, match="pixels"):
        looked(at(tmp_path, bomb))
    assert time.process_time() - started < 0.5


def test_a_long_recipe_in_a_png_is_no_damage(tmp_path: Path) -> None:
    recipe = chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"{}" * 2_000_000))
    end = chunk(b"IEND", b"")
    seen = looked(at(tmp_path, png_of(2, 1, zlib.compress(b"\0\x55\x55")).replace(end, recipe + end)))
    assert len(seen.unverified) == 1


def test_no_object_in_memory_is_named_to_a_person(tmp_path: Path) -> None:
    with pytest.raises(NotWholeError) as caught:
        looked(at(tmp_path, png_of(0, 0, b"")))
    assert " at 0x" not in str(caught.value)


def test_a_bomb_inside_a_small_icon_is_not_decoded(tmp_path: Path) -> None:
    bomb = png_of(60_000, 60_000, zlib.compress(b"\0" * 5_000_000))
    icon = struct.pack("<3H4B2H2L", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(bomb), 22) + bomb
    started = time.process_time()
    with pytest.raises(NotWholeError, match="decompression bomb"):
        looked(at(tmp_path, icon))
    assert time.process_time() - started < 0.5


def test_a_picture_too_large_to_decode_is_taken_but_marked(tmp_path: Path) -> None:
    side = 7_000  # 49 million pixels: more than are decoded, far less than a bomb
    seen = looked(at(tmp_path, png_of(side, side, zlib.compress(b"\0" * (side * (side + 1)), 1))))
    assert (seen.width, seen.height) == (side, side)
    assert "too much memory" in seen.unverified[0]


def test_an_endless_animation_is_decoded_in_part_and_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ANIMATION_PIXELS", 2 * 96 * 64)
    seen = looked(at(tmp_path, moving("GIF")))
    assert seen.frames == 4
    assert seen.unverified == ("whether frames after the first 2 of 4 decode",)


def test_a_damaged_exif_block_warns_nobody_and_refuses_nothing(tmp_path: Path) -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x1a\0\x05\0\0\0\x09\xff\xff\xff\x00\x01\x1b\0\x05"
    data = saved(noise(), "JPEG", exif=exif)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen = looked(at(tmp_path, data))
    assert seen.width == 96
    assert caught == []


def test_no_file_may_tell_pillow_to_bear_with_cut_pictures() -> None:
    from PIL import ImageFile

    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_the_number_of_frames_settles_the_type(tmp_path: Path) -> None:
    assert looked(at(tmp_path, moving("GIF"))).kind == KINDS["animated gif"]
    assert looked(at(tmp_path, saved(noise(), "GIF"))).kind == KINDS["gif"]
    assert looked(at(tmp_path, moving("WEBP"))).kind.group == "animation"
    assert looked(at(tmp_path, moving("PNG"))).kind == KINDS["apng"]


def test_an_svg_tells_its_size_and_is_no_page(tmp_path: Path) -> None:
    assert (looked(at(tmp_path, OTHERS["svg"])).width, looked(at(tmp_path, OTHERS["svg"])).height) == (40, 30)
    boxed = looked(at(tmp_path, b'<svg width="100%" viewBox="0 0 12.4 8"></svg>'))
    assert (boxed.width, boxed.height) == (12, 8)


def test_a_heic_without_a_decoder_is_taken_with_its_size_and_marked(tmp_path: Path) -> None:
    meta = box(
        b"meta",
        b"\0\0\0\0" + box(b"ispe", struct.pack(">3L", 0, 160, 120)) + box(b"ispe", struct.pack(">3L", 0, 40, 30)),
    )
    seen = looked(at(tmp_path, box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta + box(b"mdat", b"x" * 50)))
    assert (seen.width, seen.height) == (160, 120)
    assert seen.unverified == ("whether it decodes: there is no decoder for image/heic",)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "tiff_adobe_deflate", "group4"])
@pytest.mark.parametrize("pages", [1, 3])
def test_tiffs_of_every_compression_are_whole_or_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], compression: str | None, pages: int
) -> None:
    made = [noise(mode="1" if compression == "group4" else "RGB") for _ in range(pages)]
    data = saved(made[0], "TIFF", compression=compression, save_all=pages > 1, append_images=made[1:])
    seen = looked(at(tmp_path, data))
    assert (seen.width, seen.height, seen.frames) == (96, 64, pages)
    assert bool(seen.unverified) is (compression is not None)
    for lost in (len(data) // 4, len(data) // 2, len(data) - 60):
        with pytest.raises(NotWholeError):
            looked(at(tmp_path, data[:-lost]))
    assert capfd.readouterr().err == ""


def test_the_facts_of_a_file(tmp_path: Path) -> None:
    data = PICTURES["png"]()
    file = tmp_path / "picture.jpg"
    file.write_bytes(data)
    facts = look.examine(file, sha256="a" * 64, md5="b" * 32, size=len(data), unverified=("length: none was given",))
    assert (facts.mime, facts.extension, facts.group) == ("image/png", "png", "image")
    assert (facts.width, facts.height, facts.frames, facts.size) == (96, 64, 1, len(data))
    assert facts.unverified == ("length: none was given",)


def test_several_threads_may_look_at_once(tmp_path: Path) -> None:
    file = at(tmp_path, PICTURES["jpeg"]())
    seen: list[look.Look] = []
    threads = [threading.Thread(target=lambda: seen.append(looked(file))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.width for each in seen] == [96] * 8


def test_pillow_is_loaded_at_the_first_picture_and_not_before(tmp_path: Path) -> None:
    film = at(tmp_path, MP4)
    code = (
        "import sys, pathlib; from syncer.deliver import look; film = pathlib.Path(sys.argv[1]);"
        "look.look(film, look.recognise(film)); assert 'PIL' not in sys.modules;"
        "from PIL import Image; assert len([m for m in sys.modules if m.endswith('ImagePlugin')]) == 0"
    )
    subprocess.run([sys.executable, "-c", code, os.fspath(film)], check=True, timeout=30)


def test_an_ordinary_jpeg_costs_a_few_milliseconds_at_most(tmp_path: Path) -> None:
    data = saved(Image.effect_noise((640, 480), 12).convert("RGB"), "JPEG", quality=60)
    assert 15_000 < len(data) < 60_000
    file = at(tmp_path, data)
    looked(file)
    costs = []
    for _ in range(30):
        started = time.process_time()
        looked(file)
        costs.append(time.process_time() - started)
    assert min(costs) < 0.004


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_no_damage_raises_anything_but_an_item_error(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray(PICTURES[name]())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content) - 1, 400)))] = data.draw(st.integers(0, 255))
    file = at(tmp_path, bytes(content))
    with suppress(ItemError):
        looked(file)
