"""The cache of pages: bounded, deletable, rebuilt, and nothing that lies in its folder is ever believed, run or removed elsewhere."""

from __future__ import annotations

import pickle
import random
import shutil
import sqlite3
import threading
import zlib
from pathlib import Path

import pytest

from syncer.fetch.pages import LARGEST, Kept, PageCache, at, identity, worth

PAGE = Kept('"tag"', "Wed, 21 Oct 2015 07:28:00 GMT", "text/html", "<p>日本</p>".encode() + bytes(range(256)))
LONG = Kept('"long"', "", "text/html", random.Random(1).randbytes(100_000))
MB = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "pages"


def _cache(folder: Path, limit: int = 64 * MB) -> PageCache:
    return PageCache(folder, limit)


def test_there_and_back_over_a_restart(folder: Path) -> None:
    cache = _cache(folder)
    assert cache.find("a") is None
    for name, page in (("a", PAGE), ("b", LONG)):
        cache.keep(name, page)
        assert cache.find(name) == page
    cache.close()
    again = _cache(folder)
    assert (again.find("a"), again.find("b")) == (PAGE, LONG)
    again.drop("a")
    assert again.find("a") is None
    again.close()


def test_nobody_else_can_read_it(folder: Path) -> None:
    cache = _cache(folder)
    cache.keep("a", PAGE)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "cache.db").stat().st_mode & 0o777 == 0o600
    cache.close()


def test_it_stays_within_its_bounds(folder: Path) -> None:
    cache = _cache(folder, MB)
    for number in range(25):
        cache.keep(str(number), LONG)
    held = sum(path.stat().st_size for path in folder.rglob("*.val"))
    assert MB / 4 < held < 1.5 * MB
    assert cache.find("24") == LONG
    assert cache.find("0") is None
    cache.close()


def test_what_is_asked_for_stays_longest(folder: Path) -> None:
    cache = _cache(folder, MB)
    cache.keep("first", LONG)
    for number in range(20):
        cache.keep(str(number), LONG)
        assert cache.find("first") == LONG
    cache.close()


def test_deleted_while_it_is_open(folder: Path) -> None:
    cache = _cache(folder)
    for delete in (folder, folder.parent):
        cache.keep("a", PAGE)
        shutil.rmtree(delete)
        assert cache.find("a") is None
        cache.keep("a", LONG)
        assert cache.find("a") == LONG
        assert (folder / "cache.db").exists()
    for value in folder.rglob("*.val"):
        value.unlink()
    assert cache.find("a") is None, "a page whose file has gone"
    cache.close()


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + bytes(500)])
def test_a_damaged_one_is_made_anew(folder: Path, damage: bytes) -> None:
    cache = _cache(folder)
    cache.keep("a", PAGE)
    cache.close()
    for leftover in folder.glob("cache.db-*"):
        leftover.unlink()
    (folder / "cache.db").write_bytes(damage)
    again = _cache(folder)
    assert again.find("a") is None
    again.keep("a", PAGE)
    assert again.find("a") == PAGE
    again.close()


def test_where_no_folder_can_be_made_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = _cache(tmp_path / "file" / "pages")
    for _ in range(5):
        cache.keep("a", PAGE)
        assert cache.find("a") is None
    cache.close()


class _Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code from a file was run')",)


def _tamper(folder: Path, **columns: object) -> None:
    with sqlite3.connect(folder / "cache.db") as database:
        for name, value in columns.items():
            database.execute(f"UPDATE Cache SET {name} = ?", (value,))
    database.close()


def _bomb() -> bytes:
    return zlib.compress(b'["' + b"x" * 200 * MB + b'"]')


@pytest.mark.parametrize(
    "columns",
    [
        {"mode": 4, "value": pickle.dumps(_Runs())},
        {"mode": 4, "value": None, "filename": "evil.val"},
        {"mode": 2, "value": None, "filename": "../../victim"},
        {"mode": 3, "value": None, "filename": "evil.val"},
        {"mode": 1, "value": "text"},
        {"mode": 1, "value": b"no zlib"},
        {"mode": 1, "value": zlib.compress(b'{"a": 1}')},
        {"mode": 1, "value": zlib.compress(b"[1, 2, 3, 4]")},
        {"mode": 1, "value": zlib.compress(b'["a\\r\\nEvil: b", "", "", ""]')},
        {"mode": 1, "value": zlib.compress(b'["", "", "", "\\u65e5"]')},
        {"mode": 1, "value": zlib.compress(b"[" * 100_000)},
        {"mode": 1, "value": _bomb()},
    ],
    ids=lambda columns: f"{columns['mode']}-{str(columns['value'])[:12]!r}",
)
def test_what_was_put_there_by_others_is_not_believed(folder: Path, columns: dict[str, object]) -> None:
    victim = folder.parent.parent / "victim"
    victim.write_text("mine")
    cache = _cache(folder)
    cache.keep("a", PAGE)
    cache.close()
    (folder / "evil.val").write_bytes(pickle.dumps(_Runs()))
    _tamper(folder, **columns)
    again = _cache(folder)
    assert again.find("a") is None
    again.keep("a", PAGE)
    again.drop("a")
    assert victim.read_text() == "mine"
    again.close()


def test_a_row_cannot_name_a_file_elsewhere_to_be_removed(folder: Path) -> None:
    victim = folder.parent.parent / "victim"
    cache = _cache(folder)
    cache.keep("a", LONG)
    cache.close()
    victim.write_text("mine")
    _tamper(folder, filename="../../victim")
    again = _cache(folder)
    again.keep("a", PAGE)
    assert victim.read_text() == "mine"
    again.close()


def test_many_threads(folder: Path) -> None:
    cache = _cache(folder)
    wrong: list[str] = []

    def work(number: int) -> None:
        page = Kept(str(number), "", "", bytes([number]) * 1000)
        for _ in range(10):
            cache.keep(str(number), page)
            if cache.find(str(number)) != page:
                wrong.append(str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    cache.close()


def test_whose_page_it_is() -> None:
    plain = identity("https://a.example/", {"User-Agent": "x", "Accept-Encoding": "gzip"})
    assert plain == identity(
        "https://a.example/", {"accept-encoding": "br", "user-agent": "x", "Referer": "https://b.example/"}
    )
    others = [
        identity("https://a.example/?page=2", {"User-Agent": "x"}),
        identity("https://a.example/", {"User-Agent": "y"}),
        identity("https://a.example/", {"User-Agent": "x", "Cookie": "session=1"}),
        identity("https://a.example/", {"User-Agent": "x", "Cookie": "session=2"}),
        identity("https://a.example/", {"User-Agent": "x", "Authorization": "Bearer secret"}),
    ]
    others.append(identity("https://a.example/", {"User-Agent": "x"}, (("key", "secret"),)))
    assert len({plain, *others}) == 7
    assert not any("secret" in name for name in others)


@pytest.mark.parametrize(
    ("status", "headers", "kept"),
    [
        (200, {"etag": '"a"'}, True),
        (200, {"etag": 'W/"a"'}, True),
        (200, {"last-modified": "Wed, 21 Oct 2015 07:28:00 GMT", "cache-control": "private, max-age=0"}, True),
        (203, {"etag": '"a"'}, False),
        (200, {}, False),
        (200, {"etag": '"caf\xe9"'}, False),
        (200, {"etag": '"a"', "cache-control": "No-Store"}, False),
        (200, {"etag": '"a"', "vary": "*"}, False),
    ],
)
def test_what_is_worth_keeping(status: int, headers: dict[str, str], kept: bool) -> None:
    assert (worth(status, headers, b"page") is not None) == kept
    assert worth(status, headers, bytes(LARGEST + 1)) is None


def test_asking() -> None:
    assert PAGE.asking() == (("If-None-Match", '"tag"'), ("If-Modified-Since", PAGE.changed))
    assert LONG.asking() == (("If-None-Match", '"long"'),)


def test_no_cache_is_wanted(tmp_path: Path) -> None:
    assert at(tmp_path, 0) is None
    assert isinstance(at(tmp_path, 1), PageCache)
