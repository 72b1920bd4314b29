"""Files that broke off go on where they ended: over restarts and kills, and never into an untrue file."""

from __future__ import annotations

import io
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from syncer.service import parts, queue_verbs
from tests.server.test_fetch_wire import Wire

if TYPE_CHECKING:
    from syncer.service.loop import Loop
    from tests.system.conftest import Place

FILE = "/media/8.png"
HALVES = ("truncated", "reset", "cut_chunked")


def _ranges(place: Place) -> list[str]:
    return [each.headers.get("range", "") for each in place.site.log if each.target.endswith(FILE)]


def _parts(place: Place) -> list[Path]:
    return list((place.folder / ".syncer-work-import").glob("*.part"))


def _one_try(place: Place, loop: Loop, text: str) -> None:
    assert place.get(loop, text, patience=1)["outcome"] == "waits"


@pytest.mark.parametrize("restart", [False, True])
def test_the_next_try_fetches_the_rest(place: Place, restart: bool) -> None:
    place.site.misbehave(FILE, "cut")
    file = place.world.file(FILE)
    assert file is not None
    url = f"{place.site.root}{FILE}"
    with place.runner(checks=False) as loop:
        _one_try(place, loop, url)
        (part,) = _parts(place)
        assert part.read_bytes() == file.data[: file.size // 2]
        if not restart:
            loop.run_until(lambda: False, patience=60)
    if restart:
        with place.runner(checks=False) as loop:
            loop.run_until(lambda: False, patience=60)
    assert _ranges(place) == ["", f"bytes={file.size // 2}-"]
    assert len(place.media()) == 1
    place.check_whole()


@pytest.mark.parametrize("fault", HALVES)
def test_progress_gives_all_tries_back_but_not_for_ever(place: Place, fault: str) -> None:
    """Each try brings half of what is left: as long as that is a good piece it goes on, then five tries are left."""
    file = place.world.file(FILE)
    assert file is not None
    place.site.misbehave(FILE, fault)
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}{FILE}")
    assert got["outcome"] == "failed"
    assert "tried 5 times" in got["words"]
    left, mark, useful, there = file.size, 0, 0, 0
    while left:
        there, left = there + left // 2, left - left // 2
        if there - mark < max(1, file.size // 100):
            break
        mark, useful = there, useful + 1
    assert useful + 4 <= len(_ranges(place)) <= useful + 6
    starts = [int(each[6:-1]) for each in _ranges(place)[1:]]
    assert starts == sorted(starts)
    place.check_no_parts()


def test_pieces_that_do_not_fit_together_are_fetched_whole_and_never_kept_again(place: Place) -> None:
    place.site.misbehave(FILE, "cut")
    place.site.misbehave(FILE, "range_lies", times=1)
    place.site.misbehave(FILE, "cut")
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}/api/post/8.json")
    assert got["outcome"] == "delivered", got
    ranges = _ranges(place)
    assert [bool(each) for each in ranges] == [False, True, False, False]
    assert "pieces of the file do not fit" in place.words("waits")
    place.check_whole()


def test_a_lie_is_found_without_a_hash_too(place: Place) -> None:
    place.site.misbehave(FILE, "cut")
    place.site.misbehave(FILE, "range_lies", times=1)
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "delivered"
    assert [bool(each) for each in _ranges(place)] == [False, True, False]
    place.check_whole()


@pytest.mark.parametrize("fault", ["range_refused", "range_error_page", "range_bare", "if_range_ignored"])
def test_a_wrong_answer_to_a_range_costs_one_try(place: Place, fault: str) -> None:
    place.site.misbehave(FILE, "cut")
    place.site.misbehave(FILE, fault, times=1)
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "delivered"
    assert [bool(each) for each in _ranges(place)] == [False, True, False]
    assert "fetched anew" in place.words("waits")
    place.check_whole()


def test_a_redirect_to_the_file_is_walked_anew_and_the_rest_fetched(place: Place) -> None:
    place.site.misbehave("/away/8.png", "redirect_to", to=FILE)
    place.site.misbehave(FILE, "cut")
    with place.runner(checks=False) as loop:
        got = place.get(loop, f"{place.site.root}/away/8.png")
    assert got["outcome"] == "delivered", got
    (start,) = {each for each in _ranges(place) if each}
    assert [entry.headers.get("range", "") for entry in place.site.log] == ["", "", start, start]


def test_no_part_is_left_of_what_is_taken_out_of_the_queue(place: Place) -> None:
    place.site.misbehave(FILE, "cut")
    with place.runner(checks=False) as loop:
        _one_try(place, loop, f"{place.site.root}{FILE}")
        assert len(_parts(place)) == 1
        queue_verbs.drop(loop.runtime, {"what": f"{place.site.root}{FILE}"})
        parts.tidy(loop.runtime)
        place.check_no_parts()
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM jobs WHERE partial <> ''") == 0


def test_no_part_is_left_of_what_is_given_up_or_not_wanted_any_more(place: Place) -> None:
    place.site.misbehave(FILE, "cut")
    place.site.misbehave(FILE, "404", times=1)
    with place.runner(checks=False) as loop:
        assert place.get(loop, f"{place.site.root}{FILE}")["outcome"] == "gone"
    place.check_no_parts()
    place.site.behave()
    place.site.misbehave(FILE, "cut")
    with place.runner(checks=False) as loop:
        waits = place.get(loop, f"{place.site.root}/api/post/8.json", again=True, patience=1)
        assert waits["outcome"] == "waits"
    place.options += '\nblacklist = ["scenery"]'
    with place.runner(checks=False) as loop:
        loop.run_until(lambda: False, patience=60)
    assert place.media() == []
    place.check_no_parts()


def _noise() -> bytes:
    rng = random.Random(7)
    file = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), rng.randbytes(3_000_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.timeout(60)
def test_after_a_kill_the_rest_is_fetched(tmp_path: Path) -> None:
    whole, asked = _noise(), list[bytes]()

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536))
        start = int(asked[-1].split(b"bytes=")[1].split(b"-")[0]) if b"Range:" in asked[-1] else 0
        first = "206 Partial Content" if start else "200 OK"
        part = f"Content-Range: bytes {start}-{len(whole) - 1}/{len(whole)}\r\n" if start else ""
        head = f'HTTP/1.1 {first}\r\nETag: "x"\r\n{part}Content-Length: {len(whole) - start}\r\n\r\n'
        connection.sendall(head.encode())
        if start:
            connection.sendall(whole[start:])
            return
        connection.sendall(whole[:2_000_000])
        wire.over.wait(30)

    with Wire(serve) as wire:
        (tmp_path / "config.toml").write_text(
            '[folders]\nstate = "state"\n[import_folders.main]\npath = "import"\nprofile = "plain"\n'
            f'[network]\nallow = ["127.0.0.1:{wire.port}"]\n'
            '[pressure]\nfree_space = "0 KB"\n'
        )
        get = [sys.executable, "-m", "syncer", "get", f"http://127.0.0.1:{wire.port}/noise.png"]
        command = [*get, "--config", str(tmp_path / "config.toml")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _until_noted(tmp_path / "state" / "syncer.db")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        (part,) = (tmp_path / ".syncer-work-import").glob("*.part")
        there = part.stat().st_size
        assert 1_000_000 < there <= 2_000_000
        done = subprocess.run(command, capture_output=True, timeout=40, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Range: bytes={there}-".encode() in asked[1]
    (media,) = (tmp_path / "import").rglob("*.png")
    assert media.read_bytes() == whole


def _until_noted(store: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if store.exists():
            with sqlite3.connect(store) as connection:
                try:
                    if connection.execute("SELECT 1 FROM jobs WHERE partial <> ''").fetchone():
                        return
                except sqlite3.OperationalError:
                    pass
        time.sleep(0.02)
    raise AssertionError("nothing was noted")
