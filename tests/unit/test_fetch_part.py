"""Parts on the disk: hashed as a whole, taken up where they are true, never trusted where they may not be."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.fetch import part as parts
from syncer.fetch.body import LARGE
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.part import LET_GO, Part
from syncer.fetch.resume import Partial
from tests.unit.test_fetch_body import TEXT, source


def _pour(part: Part, body: bytes, length: int | None = None) -> list[int]:
    grown: list[int] = []
    part.pour(source(body, limit=10**8, length=len(body) if length is None else length), grown.append)
    return grown


def _left(path: Path, body: bytes, total: int | None = None) -> Partial:
    """Leave a part behind, as a try that broke does."""
    part = Part(path)
    part.begin()
    _pour(part, body)
    facts = part.facts('"tag"', total, 5.0)
    part.close()
    return facts


def _check(part: Part, body: bytes) -> None:
    part.close()
    assert part.path.read_bytes() == body
    assert part.size == len(body)
    assert part.sha256 == hashlib.sha256(body).hexdigest()
    assert part.md5 == hashlib.md5(body).hexdigest()


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_large_one_does_not_fill_the_memory_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []

    def advise(descriptor: int, start: int, length: int, advice: int) -> None:
        assert advice == os.POSIX_FADV_DONTNEED
        asked.append((os.fstat(descriptor).st_size, start, length))
        raise OSError(22, "Invalid argument")  # as on a pipe: no reason to fail

    monkeypatch.setattr(parts, "_ADVISE", advise)
    part, large = Part(tmp_path / "part"), TEXT * (3 * LET_GO // len(TEXT))
    part.begin()
    _pour(part, large)
    _check(part, large)
    assert len(asked) == 2
    assert all(start == 0 and length == size for size, start, length in asked)
    assert all(0 <= length - n * LET_GO < LARGE for n, (_, _, length) in enumerate(asked, 1))


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("times", [1, 50, LARGE // len(TEXT) + 200])
def test_into_a_file(tmp_path: Path, times: int) -> None:
    large = TEXT * times  # less than a chunk, several, and so many that a second thread helps
    part = Part(tmp_path / "part")
    part.begin()
    assert _pour(part, large)[-1] == len(large)
    _check(part, large)
    assert (tmp_path / "part").stat().st_mode & 0o777 == 0o640, "as it is delivered; the work folder lets nobody in"


@pytest.mark.parametrize("there", [1, len(TEXT), LARGE + 5])
def test_a_part_is_taken_up_and_hashed_as_a_whole(tmp_path: Path, there: int) -> None:
    whole = TEXT * (LARGE // len(TEXT) + 10)
    facts = _left(tmp_path / "part", whole[:there])
    part = Part(tmp_path / "part")
    assert part.take_up(facts, lambda: None) == there
    _pour(part, whole[there:])
    _check(part, whole)


def test_what_was_taken_up_can_be_begun_anew(tmp_path: Path) -> None:
    facts = _left(tmp_path / "part", TEXT * 3)
    part = Part(tmp_path / "part")
    part.take_up(facts, lambda: None)
    part.begin()
    _pour(part, b"new")
    _check(part, b"new")


def test_a_killed_run_leaves_more_than_was_noted_and_it_counts(tmp_path: Path) -> None:
    facts = replace(_left(tmp_path / "part", TEXT), size=0)
    part = Part(tmp_path / "part")
    assert part.take_up(facts, lambda: None) == len(TEXT)
    part.close()


@pytest.mark.parametrize("boot", ["another", ""])
def test_after_a_power_cut_only_what_was_flushed_counts(tmp_path: Path, boot: str) -> None:
    facts = replace(_left(tmp_path / "part", TEXT[:500]), size=200, boot=boot)
    part = Part(tmp_path / "part")
    assert part.take_up(facts, lambda: None) == 200
    _pour(part, TEXT[200:])
    _check(part, TEXT)


def test_where_the_machine_has_no_such_name_nothing_unflushed_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "boot", lambda: "")
    facts = replace(_left(tmp_path / "part", TEXT[:500]), size=0)
    part = Part(tmp_path / "part")
    assert part.take_up(facts, lambda: None) == 0
    part.close()


def test_a_part_that_is_not_the_one_we_left_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "part"
    facts = _left(path, TEXT, total=len(TEXT) * 2)
    for odd in (replace(facts, inode=facts.inode + 1), replace(facts, total=len(TEXT) - 1)):
        part = Part(path)
        assert part.take_up(odd, lambda: None) == 0
        part.close()
    path.unlink()
    assert Part(path).take_up(facts, lambda: None) == 0
    (tmp_path / "victim").write_text("mine")
    path.symlink_to(tmp_path / "victim")
    with pytest.raises(FetchError) as caught:
        Part(path).take_up(facts, lambda: None)
    assert caught.value.failure.kind is FailureKind.DISK


def test_taking_up_ends_where_syncer_is_to_stop(tmp_path: Path) -> None:
    facts = _left(tmp_path / "part", TEXT * 200)

    def stop() -> None:
        raise FetchError(Failure(FailureKind.ABORTED))

    part = Part(tmp_path / "part")
    with pytest.raises(FetchError):
        part.take_up(facts, stop)
    part.close()
    assert (tmp_path / "part").stat().st_size == len(TEXT * 200)


def test_a_large_file_that_breaks_off_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    part = Part(tmp_path / "part")
    part.begin()
    with pytest.raises(FetchError) as caught:
        _pour(part, TEXT * 200, length=LARGE)
    assert caught.value.failure.kind is FailureKind.WRONG_LENGTH
    assert part.size == len(TEXT) * 200, "and what came is there"
    part.drop()
    assert not (tmp_path / "part").exists()
    assert threading.active_count() == before


def test_an_old_part_is_written_over_whole(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(TEXT * 2)
    part = Part(tmp_path / "part")
    part.begin()
    _pour(part, b"new")
    _check(part, b"new")


def test_no_folder_for_it_is_a_fault_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FetchError) as caught:
        Part(tmp_path / "away" / "part").begin()
    assert caught.value.failure.kind is FailureKind.DISK
