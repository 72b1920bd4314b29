"""The bench's server gives both programs the same honest job: distinct, whole files with true hashes, page by page."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(*arguments: str) -> Iterator[HTTPConnection]:
    """Run the server as the bench does, and connect once."""
    command = [sys.executable, "-m", "bench.server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        connection = HTTPConnection(process.stdout.readline().strip().removeprefix("http://"), timeout=10)
        try:
            yield connection
        finally:
            connection.close()
            process.terminate()


def get(connection: HTTPConnection, target: str) -> tuple[int, bytes]:
    """Ask over the one connection."""
    connection.request("GET", target)
    response = connection.getresponse()
    return response.status, response.read()


def test_pages_by_number_and_by_id_name_every_file_once() -> None:
    """450 files are three pages, as syncer and as gallery-dl ask for them; a search for nothing is empty."""
    with serving("--files", "450", "--size", "3000") as connection:
        pages = [
            json.loads(get(connection, f"/posts.json?tags=a&page={number}&limit=200")[1]) for number in (1, 2, 3, 4)
        ]
        ids = [post["id"] for page in pages for post in page]
        assert ids == list(range(450, 0, -1))
        assert [post["id"] for post in json.loads(get(connection, "/posts.json?limit=200&page=b51&tags=a")[1])] == ids[
            -50:
        ]
        assert get(connection, "/posts.json?tags=nothing_7&page=1")[1] == b"[]"
        assert get(connection, "/data/451.jpg")[0] == get(connection, "/elsewhere")[0] == 404
        for post in pages[2]:
            status, body = get(connection, "/" + post["file_url"].split("/", 3)[3])
            assert (status, hashlib.md5(body).hexdigest()) == (200, post["md5"])
        assert len({post["md5"] for page in pages for post in page}) == 450


def test_pictures_are_pictures_of_the_size_that_was_wanted() -> None:
    """A whole JPEG of about 28 KB."""
    with serving("--files", "1") as connection:
        _, body = get(connection, "/data/1.jpg")
    with Image.open(io.BytesIO(body)) as image:
        image.load()
        assert (image.format, image.size) == ("JPEG", (400, 300))
    assert 27_000 < len(body) < 36_000


def test_large_files_come_whole() -> None:
    """More than the socket takes at once, with the right hash."""
    with serving("--files", "2", "--size", "5000000", "--extension", "mp4") as connection:
        posts = json.loads(get(connection, "/posts.json?tags=a&page=1")[1])
        bodies = [get(connection, f"/data/{post['id']}.mp4")[1] for post in posts]
    assert [len(body) for body in bodies] == [5_000_000, 5_000_000]
    assert [hashlib.md5(body).hexdigest() for body in bodies] == [post["md5"] for post in posts]
    assert bodies[0][4:8] == b"ftyp"


def test_latency_is_kept() -> None:
    """No answer sooner than was asked for, by the client's clock."""
    from syncer.clock import SystemClock

    clock = SystemClock()
    with serving("--files", "1", "--size", "3000", "--latency", "0.05") as connection:
        began = clock.monotonic()
        get(connection, "/data/1.jpg")
        assert clock.monotonic() - began >= 0.05
