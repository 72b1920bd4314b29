"""What a person has already is neither fetched nor delivered: from hydrus, archives, folders and lists."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncer.cli import main
from syncer.config import load
from syncer.config.settings import KnownPlace
from syncer.errors import UsageError
from syncer.handover.mapping import yt_dlp
from syncer.intake import had, had_list
from syncer.intake.had import Had
from syncer.service import identity, known_job
from syncer.store import known
from tests.system.conftest import Place

HERE, GONE, TRASHED = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32


def hydrus(folder: Path, urls: dict[bytes, list[str]], hashes: dict[bytes, bytes] | None = None) -> Path:
    """Write a database as hydrus lays it out, with one file that is there, one deleted, and one in the trash."""
    folder.mkdir()
    with sqlite3.connect(folder / "client.db") as main:
        main.executescript(
            "CREATE TABLE services (service_id INTEGER PRIMARY KEY AUTOINCREMENT, service_key BLOB_BYTES UNIQUE,"
            " service_type INTEGER, name TEXT, dictionary_string TEXT);"
            "INSERT INTO services VALUES (1, x'01', 2, 'my files', ''), (2, x'02', 14, 'trash', ''),"
            " (3, x'03', 15, 'all local files', ''), (4, x'04', 0, 'a tag repository', '');"
            "CREATE TABLE url_map (hash_id INTEGER, url_id INTEGER, PRIMARY KEY (hash_id, url_id));"
        )
        for service in (1, 2, 3):
            main.execute(f"CREATE TABLE current_files_{service} (hash_id INTEGER PRIMARY KEY, timestamp_ms INTEGER)")
            main.execute(
                f"CREATE TABLE deleted_files_{service}"
                " (hash_id INTEGER PRIMARY KEY, timestamp_ms INTEGER, original_timestamp_ms INTEGER)"
            )
        main.executescript(
            "INSERT INTO current_files_1 VALUES (1, 0); INSERT INTO current_files_3 VALUES (1, 0), (3, 0);"
            "INSERT INTO current_files_2 VALUES (3, 0); INSERT INTO deleted_files_1 VALUES (2, 0, 0), (3, 0, 0);"
            "INSERT INTO deleted_files_3 VALUES (2, 0, 0);"
        )
    with sqlite3.connect(folder / "client.master.db") as master, sqlite3.connect(folder / "client.db") as main:
        master.executescript(
            "CREATE TABLE hashes (hash_id INTEGER PRIMARY KEY, hash BLOB_BYTES UNIQUE);"
            "CREATE TABLE local_hashes (hash_id INTEGER PRIMARY KEY, md5 BLOB_BYTES, sha1 BLOB_BYTES, sha512 BLOB_BYTES);"
            "CREATE TABLE urls (url_id INTEGER PRIMARY KEY, domain_id INTEGER, url TEXT UNIQUE);"
        )
        for number, sha256 in enumerate((HERE, GONE, TRASHED), 1):
            master.execute("INSERT INTO hashes VALUES (?, ?)", (number, (hashes or {}).get(sha256, sha256)))
            master.execute("INSERT INTO local_hashes VALUES (?, ?, NULL, NULL)", (number, bytes([number]) * 16))
            for url in urls.get(sha256, []):
                master.execute("INSERT OR IGNORE INTO urls (domain_id, url) VALUES (1, ?)", (url,))
                (url_id,) = master.execute("SELECT url_id FROM urls WHERE url = ?", (url,)).fetchone()
                main.execute("INSERT INTO url_map VALUES (?, ?)", (number, url_id))
    return folder


def test_hydrus_tells_what_is_there_and_what_was_deleted(tmp_path: Path) -> None:
    both = "https://art.example/source"
    place = hydrus(tmp_path / "db", {HERE: ["https://a.example/1", both], GONE: ["https://a.example/2", both]})
    there, *gone = list(had.read("hydrus", place))
    assert there == Had(("https://a.example/1",), (both,), (("sha256", "01" * 32), ("md5", "01" * 16)), deleted=False)
    assert {(each.hashes[0][1], each.deleted) for each in gone} == {("02" * 32, True), ("03" * 32, True)}


def test_nothing_of_hydrus_is_changed_and_a_running_hydrus_is_no_hindrance(tmp_path: Path) -> None:
    place = hydrus(tmp_path / "db", {})
    with sqlite3.connect(place / "client.db", isolation_level=None) as running:
        running.execute("PRAGMA journal_mode = WAL")
        running.execute("BEGIN IMMEDIATE")
        before = {path.name: path.read_bytes() for path in place.glob("*.db")}
        assert len(list(had.read("hydrus", place))) == 3
        assert {path.name: path.read_bytes() for path in place.glob("*.db")} == before


def forget(place: Place) -> None:
    """Begin anew with an empty state, which has delivered nothing into the import folder."""
    place.state.rename(place.folder / "old-state")
    shutil.rmtree(place.folder / ".syncer-work-import")


def known_of(loop: Any, kind: str, path: Path) -> dict[str, Any]:
    return known_job.verb(loop.runtime, {"kind": kind, "path": str(path)})


def test_a_post_that_hydrus_has_or_had_is_not_fetched(place: Place) -> None:
    root = place.site.root
    database = hydrus(
        place.folder / "db",
        {HERE: [f"{root}/post/2"], GONE: [f"{root}/post/3"], TRASHED: [f"{root}/posts?tags=x&page=1"]},
    )
    with place.runner() as loop:
        told = known_of(loop, "hydrus", database)
        assert (told["read"], told["deleted"], told["unread"]) == (3, 2, 0)
        assert told["noted"] == 3 * 2 + 2 * 2
        assert known_of(loop, "hydrus", database)["noted"] == 0
        one, two = (place.get(loop, f"{root}/post/{number}") for number in (2, 3))
        assert one["outcome"] == two["outcome"] == "known"
        assert "in hydrus" in one["words"]
        assert "deleted in hydrus" in two["words"]
        assert place.media() == []
        assert place.get(loop, f"{root}/post/2", again=True)["outcome"] == "delivered"


def test_bytes_that_were_deleted_in_hydrus_do_not_come_back_from_another_place(place: Place) -> None:
    with place.runner() as loop:
        assert place.get(loop, f"{place.site.root}/post/2", into=str(place.folder / "once"))["outcome"] == "delivered"
    file = next(path for path in (place.folder / "once").rglob("*") if path.suffix not in (".json", ""))
    sha256 = hashlib.sha256(file.read_bytes()).digest()
    forget(place)
    database = hydrus(place.folder / "db", {}, {GONE: sha256})
    with place.runner() as loop:
        known_of(loop, "hydrus", database)
        done = place.get(loop, f"{place.site.root}/post/2")
        assert done["outcome"] == "known"
        assert "deleted in hydrus" in done["words"]
        assert place.media() == []
        place.check_no_parts()


def test_an_archive_of_another_program(place: Place) -> None:
    archive = place.folder / "archive.sqlite3"
    with sqlite3.connect(archive) as connection:
        connection.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT INTO archive VALUES (?)", [("demo2",), ("demo3_1",), ("farsite5",), ("odd",)])
    with place.runner() as loop:
        told = known_of(loop, "gallery-dl", archive)
        assert (told["read"], told["noted"], told["unread"]) == (4, 2, 2)
        with loop.runtime.db.read() as tx:
            assert known.find(tx, ("post:farsite/5",)) is not None, "a site that is handed over"
        assert place.get(loop, f"{place.site.root}/post/2")["outcome"] == "known"
        assert place.get(loop, f"{place.site.root}/post/3")["outcome"] == "delivered"


def test_an_archive_of_yt_dlp_has_the_ids_of_what_is_handed_over_to_it(place: Place) -> None:
    archive = place.folder / "archive.txt"
    archive.write_bytes(
        b"youtube -aB_c1\nvimeo 55\n\ngeneric 1\nyoutube\nyoutube two words\nx " + b"y" * 10_000 + b"\n\xff \xff\n"
    )
    told = {"extractor_key": "Youtube", "id": "-aB_c1", "webpage_url": "https://videos.example/1"}
    with place.runner() as loop:
        answer = known_of(loop, "yt-dlp", archive)
        assert (answer["read"], answer["noted"], answer["unread"]) == (7, 2, 5)
        key = identity.post_key(loop.runtime.snapshot.library, yt_dlp.read(told).post)
        with loop.runtime.db.read() as tx:
            assert known.find(tx, (key,)) is not None
    with pytest.raises(UsageError):
        had.read("yt-dlp", place.folder / "nowhere")
    archive.write_bytes(b"SQLite format 3\0")
    with pytest.raises(UsageError) as caught:
        list(had.read("yt-dlp", archive))
    assert "--download-archive" in caught.value.advice


def test_a_folder_of_media_and_a_list(place: Place) -> None:
    root = place.site.root
    with place.runner() as loop:
        assert place.get(loop, f"{root}/post/2")["outcome"] == "delivered"
    media = place.folder / "media"
    place.imports.rename(media)
    place.imports.mkdir()
    (media / "notes.txt").write_text("no medium")
    (media / "empty.png").write_bytes(b"")
    forget(place)
    wanted = place.folder / "list.txt"
    wanted.write_text(f"# mine\n{root}/post/3\ndeleted {root}/post/4\nsha256:{'ab' * 32}\nwords\n", "utf-8")
    with place.runner() as loop:
        told = known_of(loop, "folder", media)
        assert (told["read"], told["noted"]) == (1, 2 + 2 + 1)
        told = known_of(loop, "list", wanted)
        assert (told["read"], told["deleted"], told["noted"]) == (3, 1, 2 + 2 + 1)
        for number in (2, 3, 4):
            assert place.get(loop, f"{root}/post/{number}")["outcome"] == "known"
        assert place.media() == []


@pytest.mark.parametrize("kind", ["hydrus", "gallery-dl", "folder", "list"])
@pytest.mark.parametrize("what", ["missing", "text", "folder"])
def test_the_wrong_place_is_refused_in_words(tmp_path: Path, kind: str, what: str) -> None:
    path = tmp_path / "there"
    if what == "text":
        path.write_text("no database\n" * 1000)
    elif what == "folder":
        path.mkdir()
    if (kind, what) in (("folder", "folder"), ("list", "text")):
        assert list(had.read(kind, path)) == []
        return
    with pytest.raises(UsageError) as caught:
        list(had.read(kind, path))
    assert caught.value.advice


def test_what_other_programs_keep_as_urls_stops_no_import(place: Place) -> None:
    odd = ["not a url", "http://[::1", "http://a.example:99999/x", "https://\udcff/", ""]
    database = hydrus(place.folder / "db", {HERE: [f"{place.site.root}/post/2", *odd[:3]], GONE: ["https://[x]/1"]})
    with place.runner() as loop:
        assert known_of(loop, "hydrus", database)["read"] == 3
        assert place.get(loop, f"{place.site.root}/post/2")["outcome"] == "known"
        keys = list(known_job.keys_of(loop.runtime.snapshot.library, Had((*odd, "https://a.example/1"))))
        assert keys[-1] == "url:https://a.example/1"


def test_a_place_whose_reader_breaks_holds_no_check_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> Iterator[Had]:
        raise TypeError(str(path))

    monkeypatch.setattr(had, "READERS", {**had.READERS, "list": broken})
    (place.folder / "mine.txt").write_text("x\n", "utf-8")
    more = f'[[known]]\nkind = "list"\npath = "{place.folder}/mine.txt"\n'
    place.once(more=more + '[[subscriptions]]\nname = "everything"\nsite = "demo"\nqueries = ["scenery"]\n')
    assert place.posts()


def test_a_site_whose_name_ends_with_a_digit_is_found_in_an_archive(place: Place) -> None:
    (place.folder / "sites" / "e9.toml").write_text((place.folder / "sites" / "demo.toml").read_text("utf-8"), "utf-8")
    with place.runner() as loop:
        library = loop.runtime.snapshot.library
        assert list(known_job.keys_of(library, Had(entry="e9123"))) == ["post:e9/123"]
        assert list(known_job.keys_of(library, Had(entry="e9_123"))) == ["post:e9/123"]
        assert list(known_job.keys_of(library, Had(entry="e9123_1"))) == []


@pytest.mark.timeout(20)
def test_pipes_in_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    for name in ("a.png.json", "b.png"):
        os.mkfifo(tmp_path / name)
    (one,) = had.read("folder", tmp_path)
    assert (one.urls, one.hashes[1][0]) == ((), "md5")


def test_a_list_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(had_list, "_MOST", 1000)
    with pytest.raises(UsageError, match="is over"):
        list(had.read("list", Path("/dev/zero")))


def test_a_sidecar_of_another_program_tells_no_urls(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    (tmp_path / "a.png.json").write_text(json.dumps({"post_url": "https://a.example/1"}))
    (one,) = had.read("folder", tmp_path)
    assert one.urls == ()
    assert one.hashes[1] == ("md5", hashlib.md5(b"picture", usedforsecurity=False).hexdigest())


def test_places_of_the_config_are_read_before_the_first_check_and_when_they_are_due(place: Place) -> None:
    wanted = place.folder / "mine.txt"
    wanted.write_text("".join(f"{place.site.root}/post/{number}\n" for number in range(1, 7)), "utf-8")
    more = f'[[known]]\nkind = "list"\npath = "{wanted}"\nevery = "2 days"\n'
    more += '[[subscriptions]]\nname = "everything"\nsite = "demo"\nqueries = ["scenery"]\n'
    place.once(more=more)
    assert place.posts()
    assert min(place.posts()) > 6
    assert f"things read from {wanted}" in place.words("notice")
    place.events.clear()
    place.once()
    assert place.words("notice").count("read from") == 0
    with place.runner() as loop:
        assert loop.known is not None
        place.advance(2 * 86400)
        loop.known.turn()
    assert place.words("notice").count("read from") == 1


def test_a_place_that_cannot_be_read_holds_no_check_up(place: Place) -> None:
    more = f'[[known]]\nkind = "hydrus"\npath = "{place.folder}/nowhere"\n'
    more += '[[subscriptions]]\nname = "everything"\nsite = "demo"\nqueries = ["scenery"]\n'
    place.once(more=more)
    assert place.posts()
    assert "nowhere is not there" in place.words("notice")


def test_init_offers_what_hydrus_has(tmp_path: Path) -> None:
    database = hydrus(tmp_path / "db", {})
    config = tmp_path / "config" / "config.toml"
    call = ["init", "--config", str(config), "--inbox", str(tmp_path / "in"), "--import-folder", str(tmp_path / "out")]
    assert main.main([*call, "--hydrus", str(tmp_path)]) == 2
    assert main.main([*call, "--hydrus", str(database), "--files-per-day", "40"]) == 0
    assert load.load(config).pressure.files_per_day == 40
    assert load.load(config).known == (KnownPlace("hydrus", database, 86_400),)
