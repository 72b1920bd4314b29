"""What every floor may use: sums of bytes, and files for this user alone."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from syncer import private, sums

if TYPE_CHECKING:
    from pathlib import Path


def test_sums_are_those_of_the_standards() -> None:
    found = sums.of(io.BytesIO(b"abc"))
    # FIPS 180-2 and RFC 1321 give these for "abc".
    assert found.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert found.md5 == "900150983cd24fb0d6963f7d28e17f72"
    assert found.size == 3
    assert sums.of(io.BytesIO()).size == 0


def test_a_file_is_for_this_user_alone_whatever_the_umask_and_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    before = os.umask(0)
    try:
        private.write(path, b"a longer text")
        private.write(path, b"short")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"short"
