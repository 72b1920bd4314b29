"""Videos and sounds as a real program writes them are told by their content, are whole, and are known to be cut where they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from syncer.deliver import kind, look
from syncer.deliver.look import NotWholeError
from syncer.deliver.signatures import KINDS

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")

VIDEOS = {
    "mp4": "mp4", "m4v": "m4v", "mov": "mov", "webm": "webm", "mkv": "mkv", "avi": "avi", "flv": "flv", "wmv": "wmv",
    "mpg": "mpeg", "ts": "ts", "ogv": "ogv",
}  # fmt: skip
SOUNDS = {
    "mp3": "mp3", "aac": "aac", "m4a": "m4a", "flac": "flac", "wav": "wav", "ogg": "ogg", "opus": "opus", "wma": "wma",
}  # fmt: skip
PICTURES = {"jpg": "jpeg", "png": "png", "bmp": "bmp", "tiff": "tiff", "webp": "webp", "jp2": "jp2"}
ALL = VIDEOS | SOUNDS | PICTURES

CUT_IS_KNOWN = {"mp4", "mov", "m4v", "m4a", "webm", "mkv", "avi", "wav", *PICTURES}
"""Types whose structure or decoder tells that the end is missing."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let ffmpeg write one file of each type."""
    folder = tmp_path_factory.mktemp("real")
    inputs = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    outputs: list[str] = []
    for extension in VIDEOS:
        rate = ["-r", "25"] if extension in ("mpg", "ts") else []
        outputs += [*rate, str(folder / f"made.{extension}")]
    for extension in SOUNDS:
        outputs += ["-map", "1:a", str(folder / f"made.{extension}")]
    for extension in PICTURES:
        outputs += ["-map", "0:v", "-frames:v", "1", "-update", "1", str(folder / f"made.{extension}")]
    command = ["ffmpeg", "-nostdin", "-v", "error", *inputs, *outputs]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize(("extension", "name"), ALL.items())
def test_a_real_file_is_told_by_its_content_and_is_whole(made: Path, extension: str, name: str) -> None:
    path = made / f"made.{extension}"
    found = kind.sniff_file(path)
    assert found == KINDS[name]
    seen = look.look(path, found)
    assert seen.kind == KINDS[name]
    if extension in PICTURES:
        assert (seen.width, seen.height) == (64, 48)


@pytest.mark.parametrize("extension", sorted(CUT_IS_KNOWN))
def test_a_real_file_that_is_cut_is_refused(made: Path, tmp_path: Path, extension: str) -> None:
    data = (made / f"made.{extension}").read_bytes()
    for share in (0.5, 0.9):
        path = tmp_path / f"cut.{extension}"
        path.write_bytes(data[: int(len(data) * share)])
        found = kind.sniff_file(path)
        assert found is not None
        with pytest.raises(NotWholeError):
            look.look(path, found)


@pytest.mark.parametrize("extension", sorted(set(ALL) - CUT_IS_KNOWN))
def test_what_cannot_be_told_to_be_whole_says_so(made: Path, extension: str) -> None:
    path = made / f"made.{extension}"
    found = kind.sniff_file(path)
    assert found is not None
    assert look.look(path, found).unverified or extension == "flv"
