"""Transfers that break off and go on: what is asked for, what is believed, and that no part ever becomes an untrue file."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.clock import SystemClock
from syncer.config.settings import Network
from syncer.demo.posts import WorldFile
from syncer.demo.server import LocalSite
from syncer.demo.world import World
from syncer.fetch.client import Answer, Client, Request
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.files import Keep
from syncer.fetch.resume import Partial
from tests.server.test_fetch_wire import Wire

NETWORK = Network(allow=("127.0.0.1",), connect_timeout=0.5, read_timeout=0.3, page_deadline=5.0, deadline=5.0)


class Notes:
    """Remembers what is on the disk, as a job does."""

    def __init__(self, *, hashed: bool = False) -> None:
        self.partial: Partial | None = None
        self.told = 0
        self.hashed = hashed

    def note(self, partial: Partial | None) -> None:
        self.partial = partial
        self.told += 1

    def keep(self) -> Keep:
        return Keep(self.note, self.partial, self.hashed)


class Fetcher:
    """Fetches one file again and again."""

    def __init__(self, client: Client, url: str, part: Path) -> None:
        self.client, self.url, self.part = client, url, part
        self.notes = Notes()

    def fetch(self) -> Answer:
        return self.client.file(Request(self.url), self.part, keep=self.notes.keep())

    def fails(self) -> Failure:
        with pytest.raises(FetchError) as caught:
            self.fetch()
        return caught.value.failure

    def size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(World(seed=1, posts=20)) as running:
        yield running


@pytest.fixture
def png(site: LocalSite) -> WorldFile:
    return next(file for file in site.world.expected() if file.path.endswith(".png"))


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(NETWORK, SystemClock(), slow_window=0.1)
    yield made
    made.close()


@pytest.fixture
def one(client: Client, site: LocalSite, png: WorldFile, tmp_path: Path) -> Fetcher:
    return Fetcher(client, site.root + png.path, tmp_path / "1.part")


def _whole(one: Fetcher, answer: Answer, png: WorldFile) -> None:
    assert one.part.read_bytes() == png.data
    assert answer.size == png.size
    assert answer.sha256 == hashlib.sha256(png.data).hexdigest()
    assert answer.md5 == png.md5
    assert answer.length_known


BREAKS = ["truncated", "reset", "stalled", "cut_chunked", "drip,bytes=30"]


@pytest.mark.parametrize("fault", BREAKS)
def test_the_rest_is_fetched_whatever_broke_it(site: LocalSite, png: WorldFile, one: Fetcher, fault: str) -> None:
    name, _, detail = fault.partition(",")
    site.misbehave(png.path, name, times=1, **dict([detail.split("=")] if detail else []))
    one.fails()
    kept = one.size()
    assert 0 < kept < png.size
    assert one.part.read_bytes() == png.data[:kept]
    assert one.notes.partial is not None
    answer = one.fetch()
    assert answer.resumed
    _whole(one, answer, png)
    asked = site.log[-1].headers
    assert (asked["range"], asked["if-range"]) == (f"bytes={kept}-", f'"{png.md5}"')
    assert len(site.log) == 2


def test_piece_by_piece(site: LocalSite, png: WorldFile, one: Fetcher) -> None:
    site.misbehave(png.path, "truncated", times=4)
    sizes = []
    for _ in range(4):
        assert one.fails().kind is FailureKind.WRONG_LENGTH
        sizes.append(one.size())
    assert sizes == sorted(set(sizes))
    _whole(one, one.fetch(), png)


ANSWERS = [
    # fault at the second try, its kind ("" = it brings the file), went on, its part is kept
    ("fine", "", True),
    ("range_short", "wrong_length", True),
    ("range_ignored", "", False),
    ("range_offset", "", False),
    ("range_offset,start=3", "range", False),
    ("range_refused", "range", False),
    ("range_error_page", "range", False),
    ("range_bare", "range", False),
    ("range_multipart", "range", False),
    ("range_other_total", "range", False),
    ("if_range_ignored", "range", False),
    ("etag_changes", "", False),
    ("400", "range", False),
    ("412", "range", False),
    ("503", "unavailable", True),
    ("closed", "dropped", True),
    ("404", "not_found", True),
    ("redirect_chain", "", True),
]


@pytest.mark.parametrize(("fault", "kind", "kept"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_each_answer_to_a_range(
    site: LocalSite, png: WorldFile, one: Fetcher, fault: str, kind: str, kept: bool
) -> None:
    site.misbehave(png.path, "cut")
    one.fails()
    before = one.size()
    name, _, detail = fault.partition(",")
    site.misbehave(png.path, name, times=1, **dict([detail.split("=")] if detail else []))
    if kind:
        assert one.fails().kind == kind
        assert (one.size() >= before) == kept
        assert (one.notes.partial is not None) == kept
        assert one.part.exists() == kept
    else:
        answer = one.fetch()
        if answer.location is not None:
            assert one.size() == before
            one.url = answer.location
            while answer.location is not None:
                one.url = answer.location
                answer = one.fetch()
        assert answer.resumed == kept
        _whole(one, answer, png)
        return
    one.url = site.root + png.path
    answer = one.fetch()
    assert answer.resumed == kept
    _whole(one, answer, png)


def test_a_server_that_lies_about_where_it_begins_is_found_out_by_the_hash(
    site: LocalSite, png: WorldFile, one: Fetcher
) -> None:
    site.misbehave(png.path, "cut")
    one.fails()
    site.misbehave(png.path, "range_lies", times=1)
    answer = one.fetch()
    assert (answer.resumed, answer.size) == (True, png.size)
    assert answer.md5 != png.md5
    assert answer.md5 == hashlib.md5(one.part.read_bytes()).hexdigest(), "it is the hash of what is there"


def test_a_whole_part_is_whole_when_the_site_says_so(site: LocalSite, png: WorldFile, one: Fetcher) -> None:
    """Killed after the last byte: the site has nothing to add."""
    site.misbehave(png.path, "cut")
    one.fails()
    one.part.write_bytes(png.data)
    answer = one.fetch()
    assert site.log[-1].status == 416
    assert answer.resumed
    _whole(one, answer, png)


def test_nothing_has_changed_is_no_answer_to_a_request_for_the_rest(client: Client, tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        asked = connection.recv(65_536)
        if b"Range: " in asked:
            connection.sendall(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")
        else:
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 9\r\n\r\n1234')

    with Wire(serve) as wire:
        one = Fetcher(client, wire.url, tmp_path / "1.part")
        assert one.fails().kind is FailureKind.WRONG_LENGTH
        assert one.fails().kind is FailureKind.RANGE
    assert (one.notes.partial, one.part.exists()) == (None, False), "all of it is asked for next"


@pytest.mark.parametrize("known", ["no", "weak"])
def test_where_nothing_tells_that_the_file_is_the_same_no_part_is_kept(
    site: LocalSite, png: WorldFile, one: Fetcher, known: str
) -> None:
    site.misbehave(png.path, "cut", known=known)
    one.fails()
    assert (one.size(), one.notes.partial) == (0, None)
    _whole(one, one.fetch(), png)
    assert "range" not in site.log[-1].headers


@pytest.mark.parametrize("known", ["no", "weak"])
def test_a_hash_that_the_site_gives_is_enough(site: LocalSite, png: WorldFile, one: Fetcher, known: str) -> None:
    site.misbehave(png.path, "cut", known=known)
    one.notes.hashed = True
    one.fails()
    answer = one.fetch()
    assert answer.resumed
    _whole(one, answer, png)
    assert "if-range" not in site.log[-1].headers
    one.notes.hashed = False


def test_nothing_is_kept_where_nobody_remembers_it(
    client: Client, site: LocalSite, png: WorldFile, one: Fetcher
) -> None:
    site.misbehave(png.path, "cut")
    with pytest.raises(FetchError):
        client.file(Request(one.url), one.part)
    assert not one.part.exists()


def test_an_old_part_is_not_gone_on_with(site: LocalSite, png: WorldFile, one: Fetcher) -> None:
    site.misbehave(png.path, "cut")
    one.fails()
    assert one.notes.partial is not None
    one.notes.partial = replace(one.notes.partial, at=one.notes.partial.at - 8 * 86_400)
    answer = one.fetch()
    assert not answer.resumed
    _whole(one, answer, png)


def test_the_limit_counts_what_is_there(site: LocalSite, png: WorldFile, one: Fetcher) -> None:
    site.misbehave(png.path, "cut")
    one.fails()
    one.client = Client(replace(NETWORK, max_file_size=png.size - 1), SystemClock())
    assert one.fails().kind is FailureKind.TOO_LARGE
    one.client.close()


def test_a_large_file_is_noted_while_it_comes(client: Client, tmp_path: Path) -> None:
    """Not even a kill loses what came: what is noted then is enough to go on."""
    whole = bytes(range(256)) * 12_000

    def head(status: str, start: int) -> bytes:
        part = f"Content-Range: bytes {start}-{len(whole) - 1}/{len(whole)}\r\n" if start else ""
        return f'HTTP/1.1 {status}\r\nETag: "x"\r\n{part}Content-Length: {len(whole) - start}\r\n\r\n'.encode()

    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536))
        if len(asked) == 1:
            connection.sendall(head("200 OK", 0) + whole[:2_500_000])
        else:
            start = int(asked[1].split(b"bytes=")[1].split(b"-")[0])
            connection.sendall(head("206 Partial Content", start) + whole[start:])

    with Wire(serve) as wire:
        one = Fetcher(client, f"http://127.0.0.1:{wire.port}/", tmp_path / "1.part")
        early: list[Partial | None] = []
        keep = Keep(early.append)
        with pytest.raises(FetchError):
            client.file(Request(one.url), one.part, keep=keep)
        noted = early[0]
        assert noted is not None
        assert len(early) == 2, "once on the way, once at the end"
        assert noted.size == 0, "nothing was flushed then"
        one.notes.partial = noted
        answer = one.fetch()
    assert b"Range: bytes=2500000-" in asked[1]
    assert answer.resumed
    assert one.part.read_bytes() == whole
    assert answer.sha256 == hashlib.sha256(whole).hexdigest()


def test_stopping_keeps_what_came(site: LocalSite, png: WorldFile, one: Fetcher) -> None:
    site.misbehave(png.path, "stalled", times=1)
    one.client = Client(replace(NETWORK, read_timeout=10.0), SystemClock())
    threading.Timer(0.2, one.client.abort).start()
    assert one.fails().kind is FailureKind.ABORTED
    assert 0 < one.size() < png.size
    one.client = Client(NETWORK, SystemClock())
    answer = one.fetch()
    one.client.close()
    assert answer.resumed
    _whole(one, answer, png)
