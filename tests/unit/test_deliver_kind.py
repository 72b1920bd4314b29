"""Types by content: a corpus made on the spot, checked by hand-written expectations and against libmagic."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from syncer.config.option_values import TYPE_GROUPS
from syncer.deliver import kind
from syncer.deliver.signatures import KINDS


def picture(format_: str, frames: int = 1, **options: object) -> bytes:
    """A small picture, with several frames where asked for."""
    made = [Image.new("RGB", (24, 16), (40 * number, 90, 200 - 40 * number)) for number in range(frames)]
    buffer = io.BytesIO()
    more = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(buffer, format_, **more, **options)
    return buffer.getvalue()


def zipped(*names: str, stored_first: tuple[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if stored_first:
            archive.writestr(*stored_first)
        for name in names:
            archive.writestr(name, b"x")
    return buffer.getvalue()


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(content), name) + content


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", major + b"\0\0\0\0" + b"".join(compatible)) + box(b"mdat", b"x" * 16)


def ebml(doctype: bytes) -> bytes:
    inner = b"\x42\x86\x81\x01\x42\x82" + bytes([0x80 | len(doctype)]) + doctype
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(inner)]) + inner + b"\x18\x53\x80\x67\x84abcd"


def ogg(first: bytes) -> bytes:
    return b"OggS\0\x02" + b"\0" * 8 + b"\0" * 12 + bytes([1, len(first)]) + first


MP3 = (b"\xff\xfb\x90\x00" + b"\0" * 413) * 3
AAC = (bytes([0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC]) + b"\0" * 9) * 4
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\0" * 14
VIDEO_STREAM = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365c0ef19bc4d5bcf11a8fd00805f5c442b")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"></svg>'

CORPUS: Mapping[str, Callable[[], bytes]] = {
    "jpeg": lambda: picture("JPEG"),
    "png": lambda: picture("PNG"),
    "apng": lambda: picture("PNG", 3),
    "gif": lambda: picture("GIF"),
    "webp": lambda: picture("WEBP"),
    "animated webp": lambda: picture("WEBP", 3),
    "avif": lambda: picture("AVIF"),
    "avif sequence": lambda: picture("AVIF", 3),
    "bmp": lambda: picture("BMP"),
    "tiff": lambda: picture("TIFF"),
    "jp2": lambda: picture("JPEG2000"),
    "ico": lambda: picture("ICO", sizes=[(16, 16)]),
    "heic": lambda: ftyp(b"heic", b"mif1", b"heic"),
    "heic sequence": lambda: ftyp(b"hevc", b"msf1", b"hevc"),
    "heif": lambda: ftyp(b"mif1", b"mif1"),
    "jxl": lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + ftyp(b"jxl "),
    "j2k": lambda: picture("JPEG2000", no_jp2=True),
    "psd": lambda: b"8BPS\0\x01" + b"\0" * 6 + b"\0\x03" + b"\0\0\0\x10\0\0\0\x10\0\x08\0\x03",
    "svg": lambda: b'<?xml version="1.0"?>\n<!-- drawn -->\n' + SVG,
    "mp4": lambda: ftyp(b"isom", b"isom", b"mp41"),
    "m4v": lambda: ftyp(b"M4V ", b"M4V "),
    "m4a": lambda: ftyp(b"M4A ", b"M4A "),
    "mov": lambda: ftyp(b"qt  ", b"qt  "),
    "3gp": lambda: ftyp(b"3gp5", b"3gp5"),
    "webm": lambda: ebml(b"webm"),
    "mkv": lambda: ebml(b"matroska"),
    "avi": lambda: b"RIFF\x10\0\0\0AVI LIST\x04\0\0\0hdrl",
    "wav": lambda: b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
    "flv": lambda: b"FLV\x01\x05\0\0\0\x09\0\0\0\0",
    "wmv": lambda: ASF + VIDEO_STREAM,
    "wma": lambda: ASF + b"\0" * 32,
    "mpeg": lambda: b"\0\0\x01\xba\x44\0\x04\0\x04\x01\0\0\0\xf8",
    "ts": lambda: (b"\x47\x40\0\x10" + b"\xff" * 184) * 5,
    "ogv": lambda: ogg(b"\x80theora\x03\x02\x01"),
    "ogg": lambda: ogg(b"\x01vorbis\0\0\0\0\x02\x44\xac\0\0"),
    "opus": lambda: ogg(b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0"),
    "mp3": lambda: MP3,
    "aac": lambda: AAC,
    "flac": lambda: b"fLaC\0\0\0\x22" + b"\x10\0" * 17,
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n%%EOF\n",
    "epub": lambda: zipped("META-INF/container.xml", stored_first=("mimetype", "application/epub+zip")),
    "zip": lambda: zipped("readme.md", "src/main.c"),
    "cbz": lambda: zipped("01.jpg", "02.jpg", "ComicInfo.xml"),
    "ugoira": lambda: zipped("000000.jpg", "000001.jpg", "animation.json"),
    "rar": lambda: b"Rar!\x1a\x07\x01\0" + b"\0" * 16,
    "7z": lambda: b"7z\xbc\xaf\x27\x1c\0\x04" + b"\0" * 24,
    "gz": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0" + b"\0" * 8,
    "swf": lambda: b"FWS\x0a\x15\0\0\0" + b"\0" * 13,
    "html": lambda: b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
    "json": lambda: b'{"error": "rate limit"}',
    "xml": lambda: b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "plain text": lambda: b"Too many requests\n",
}

LIBMAGIC = {
    "apng": "image/png",
    "bmp": "image/bmp",
    "ico": "image/vnd.microsoft.icon",
    "j2k": "image/x-jp2-codestream",
    "avif sequence": "image/avif",
    "m4a": "audio/x-m4a",
    "aac": "audio/x-hx-aac-adts",
    "wav": "audio/x-wav",
    "opus": "audio/ogg",
    "wmv": "video/x-ms-asf",
    "wma": "video/x-ms-asf",
    "cbz": "application/zip",
    "ugoira": "application/zip",
    "rar": "application/x-rar",
    "xml": "text/xml",
}
"""Where libmagic has another word for the same, or does not look so closely."""

NOT_IN_LIBMAGIC = {"jxl", "heif", "heic sequence", "gif", "ts", "psd", "swf"}
"""Too short samples, or types that the older libmagic does not know."""


@pytest.mark.parametrize("name", CORPUS)
def test_every_kind_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    file = tmp_path / "always.jpg"
    file.write_bytes(CORPUS[name]())
    assert kind.sniff_file(file) == KINDS[name]


def test_the_corpus_leaves_no_kind_out() -> None:
    # How many frames a gif has is told by decoding alone.
    assert set(KINDS) - set(CORPUS) == {"animated gif"}
    assert {each.group for each in KINDS.values()} <= {*TYPE_GROUPS, "text"}


# Where the program `file` is not installed there is nothing to compare with; CI installs it.
@pytest.mark.skipif(shutil.which("file") is None, reason="libmagic's `file` is not here")
def test_libmagic_says_the_same(tmp_path: Path) -> None:
    for name in CORPUS:
        (tmp_path / name).write_bytes(CORPUS[name]())
    answer = subprocess.run(
        ["file", "--mime-type", "--no-pad", *CORPUS], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    said = dict(line.rsplit(": ", 1) for line in answer.stdout.splitlines())
    differing = {
        name: said[name]
        for name in CORPUS
        if name not in NOT_IN_LIBMAGIC and said[name] not in (KINDS[name].mime, LIBMAGIC.get(name))
    }
    assert differing == {}


@pytest.mark.parametrize(
    "page",
    [
        b"<html><body>no</body></html>",
        b"\xef\xbb\xbf<!doctype HTML>\n<html>",
        b"\n\n\t  <!-- saved from --> <!-- again -->\n<HTML lang=de>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'><html/>",
        b"<!-- a comment that does not end in the head " + b"x" * 70_000,
        "<!DOCTYPE html><title>\u2603</title>".encode("utf-16"),
        "<html>".encode("utf-16-le"),
        "\ufeff<html><p>\u00e4".encode("utf-16-be"),
        b"<script>location='/login'</script>",
        b"<p>Please wait</p>",
        b"Warning: mysql_connect() failed in /var/www\n<br />\n<!DOCTYPE html><html>",
        b"<!DOCTYPE html><html><body><svg width='1' height='1'></svg>",
        "<html>\u3042\u3044".encode("shift-jis"),
        b"<h1>404</h1>",
        b"<center>nginx</center>",
    ],
)
def test_pages_are_pages_under_any_name(page: bytes) -> None:
    assert kind.sniff(page[: kind.HEAD]) == KINDS["html"]


@pytest.mark.parametrize(
    "text", [b'{"a":1}', b"  [ ]", b"{}", b'\xef\xbb\xbf\n[{"id": 1}]', b"[true]", b"[-1, 2]", b"{\n  \n}", b"[[1]]"]
)
def test_json_is_json(text: bytes) -> None:
    assert kind.sniff(text) == KINDS["json"]


@pytest.mark.parametrize(
    "text",
    [
        b"BMW is a car",
        b"FLVx",
        b"not found",
        b"RIFFraff",
        b"{not json",
        "caf\u00e9 ferm\u00e9".encode(),
        b"ID3 is a tag",
    ],
)
def test_texts_that_begin_like_media_are_texts(text: bytes) -> None:
    found = kind.sniff(text)
    assert found is not None
    assert not found.is_media


@pytest.mark.parametrize(
    "nothing", [b"", b"\0", b"\0" * 500, b"\x01\x02\x03\x04" * 30, b"\xff\xfb\x90\x00" + b"\0" * 40]
)
def test_what_nobody_knows_is_none(nothing: bytes) -> None:
    assert kind.sniff(nothing) is None


def test_sound_behind_an_id3_tag_is_told() -> None:
    tag = b"ID3\x04\0\0\0\0\0\x14" + b"\0" * 20
    assert kind.sniff(tag + MP3) == KINDS["mp3"]
    assert kind.sniff(tag + b"fLaC\0\0\0\x22") == KINDS["flac"]
    assert kind.sniff(tag + AAC) == KINDS["aac"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["000000.jpg", "000001.jpg"], "ugoira"),
        (["000000.png", "animation.json"], "ugoira"),
        (["000001.jpg", "000002.jpg"], "cbz"),
        (["ch1/", "ch1/p01.png", "ch1/p02.png"], "cbz"),
        (["cover.jpg", "ComicInfo.xml"], "cbz"),
        (["cover.jpg", "back.jpg"], "zip"),
        (["01.jpg", "setup.exe"], "zip"),
        (["01.jpg", "Thumbs.db", ".DS_Store"], "cbz"),
        (["animation.json"], "zip"),
        ([], "zip"),
    ],
)
def test_archives_are_told_by_their_names(tmp_path: Path, names: list[str], expected: str) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(zipped(*names))
    assert kind.sniff_file(file) == KINDS[expected]


def test_a_lying_or_cut_zip_directory_is_bounded(tmp_path: Path) -> None:
    whole = zipped(*(f"{number}.txt" for number in range(50)))
    file = tmp_path / "a.zip"
    end = whole.rindex(b"PK\x05\x06")
    for hostile in (
        whole[:-30],
        whole[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65534, 65534, 0xFFFFFFF0, 0, 0),
        whole[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0, 0),
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x03\x04",
    ):
        file.write_bytes(hostile)
        assert kind.sniff_file(file) == KINDS["zip"]


def test_groups_by_extension() -> None:
    assert kind.groups_of("gif") == ("image", "animation")
    assert kind.groups_of(".PNG") == ("image", "animation")
    assert kind.groups_of("jpeg") == ("image",)
    assert kind.groups_of("zip") == ("animation", "archive")
    assert kind.groups_of("php") == ()


@given(st.binary(max_size=600))
def test_no_bytes_break_it(data: bytes) -> None:
    kind.sniff(data)


@given(st.sampled_from(sorted(CORPUS)), st.data())
def test_no_cut_or_changed_head_breaks_it(name: str, data: st.DataObject) -> None:
    head = bytearray(CORPUS[name]()[:4096])
    for _ in range(3):
        head[data.draw(st.integers(0, len(head) - 1))] = data.draw(st.integers(0, 255))
    kind.sniff(bytes(head[: data.draw(st.integers(0, len(head)))]), ["000000.jpg"])
