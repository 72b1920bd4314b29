"""The same bytes at a second site: the sidecar that is still there gets what both tell, and nothing else is touched."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncer.service import history, more_metadata
from syncer.store import jobs, known
from syncer.store.database import Named
from tests.system.conftest import Place
from tests.system.test_service_truth import post_with


def two_sites(place: Place) -> tuple[str, str]:
    """Return the same picture's posts at two sites, by their URLs; each has another file URL, and one site gives no hash."""
    file = place.folder / "sites" / "demo.toml"
    text = file.read_text("utf-8")
    assert ', parts.md5 = { attr = "data-md5" }' in text
    file.write_text(text.replace(', parts.md5 = { attr = "data-md5" }', ""), "utf-8")
    for _ in range(2):
        post_with(place)
    return f"{place.site.root}/api/post/13.json", f"{place.site.root}/post/14"


def sidecar(place: Place) -> tuple[Path, dict[str, Any]]:
    (path,) = place.imports.glob("*.json")
    return path, json.loads(path.read_text("utf-8"))


def test_the_sidecar_gets_what_both_posts_tell(place: Place) -> None:
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        path, before = sidecar(place)
        done = place.get(loop, second)
        assert done["outcome"] == "known"
        assert "its sidecar has all that is told of it by now" in place.words("known")
        _, after = sidecar(place)
        assert path.with_suffix("").stat().st_size == after["file"]["size"]
        assert (after["post_url"], after["file_url"]) == (before["post_url"], before["file_url"])
        assert set(before["tags"]) <= set(after["tags"])
        assert {f"{place.site.root}/post/14", f"{place.site.root}/media/14.png"} <= set(after["urls"])
        assert after["from"] == before["from"]
        # What both tell is known now: a third telling changes nothing.
        text = path.read_bytes()
        place.get(loop, second, again=False)
        assert path.read_bytes() == text
    place.check_no_parts()


def test_each_site_keeps_the_time_that_it_tells(place: Place) -> None:
    other = place.site.root.replace("127.0.0.1", "localhost")
    text = (place.folder / "sites" / "demo.toml").read_text("utf-8").replace(', parts.md5 = { attr = "data-md5" }', "")
    file = place.folder / "sites" / "mirror.toml"
    file.write_text(re.sub(r"(?m)^root = .*$", f'root = "{other}"', text, count=1), "utf-8")
    for _ in range(2):
        post_with(place)
    place.world.change(14, time=1_556_472_009)
    with place.runner() as loop:
        assert place.get(loop, f"{place.site.root}/api/post/13.json")["outcome"] == "delivered"
        assert place.get(loop, f"{other}/post/14")["outcome"] == "known", place.words()
    _, told = sidecar(place)
    assert told["source_times"] == {"127.0.0.1": 1_619_630_409, "localhost": 1_556_472_009}
    assert told["source_time"] == 1_556_472_009


@pytest.mark.parametrize("what", ["taken", "edited sidecar", "other media", "no sidecar wanted"])
def test_what_the_person_or_the_manager_did_is_left_alone(place: Place, what: str) -> None:
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        path, _ = sidecar(place)
        media = path.with_suffix("")
        if what == "taken":
            media.unlink()
            path.unlink()
        elif what == "edited sidecar":
            path.write_text("{}", "utf-8")
        elif what == "other media":
            media.write_bytes(b"x" * media.stat().st_size)
        else:
            path.unlink()
            path.write_bytes(b"")
        before = {each.name: each.read_bytes() for each in place.imports.iterdir()}
        assert place.get(loop, second)["outcome"] == "known"
        assert {each.name: each.read_bytes() for each in place.imports.iterdir()} == before
    place.check_no_parts()


def taken_by_the_manager(place: Place) -> dict[str, Any]:
    """Remove media and sidecar, as a manager does; return what the sidecar said."""
    path, before = sidecar(place)
    path.with_suffix("").unlink()
    path.unlink()
    return before


REDELIVER = '[options]\non_more = "redeliver"\n'


def test_what_the_manager_took_is_placed_again_with_what_both_posts_tell(place: Place) -> None:
    place.drains, place.options = True, REDELIVER
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        before = taken_by_the_manager(place)
        asked = len(place.site.log)
        assert place.get(loop, second)["outcome"] == "delivered"
        # The page and the second site's file; the first one's bytes are not fetched again.
        assert place.site.log.paths()[asked:] == ["/post/14", "/media/14.png"]
        path, after = sidecar(place)
        assert path.name == "demoapi_13_0-2.png.json"
        assert {f"{place.site.root}/post/14", f"{place.site.root}/media/14.png"} <= set(after["urls"])
        assert set(before["tags"]) < set(after["tags"]) or set(before["tags"]) == set(after["tags"])
        assert (after["post_url"], after["file"]["sha256"]) == (before["post_url"], before["file"]["sha256"])
        with loop.runtime.db.read() as tx:
            rows = tx.rows("SELECT generation, cause, sha256, name FROM deliveries ORDER BY id")
        assert [(row["generation"], row["cause"]) for row in rows] == [(0, ""), (1, "more metadata")]
        told = history.of(loop.runtime.db, before["file"]["sha256"], lambda _: ())["files"]
        assert [each["cause"] for each in told] == [None, "more metadata"]
        # Nothing more is told now.
        taken_by_the_manager(place)
        place.get(loop, second, again=False)
        assert place.media() == []
    place.check_no_parts()


@pytest.mark.parametrize("why", ["nothing", "not drained", "deleted"])
def test_what_is_gone_for_another_reason_is_not_placed_again(place: Place, why: str) -> None:
    place.drains, place.options = why != "not drained", REDELIVER if why != "nothing" else "[options]\n"
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        before = taken_by_the_manager(place)
        if why == "deleted":
            key = f"sha256:{before['file']['sha256']}"
            with loop.runtime.db.write(Named.IMPORT_KNOWN) as tx:
                assert known.add_new(tx, [(key, "skipped", "deleted in hydrus")]) == 1
        assert place.get(loop, second)["outcome"] == "known"
        assert place.media() == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_that_is_known_by_the_hash_on_the_page_is_not_fetched_and_grows_all_the_same(
    place: Place, taken: bool
) -> None:
    place.drains, place.options = True, REDELIVER
    for _ in range(2):
        post_with(place)
    with place.runner() as loop:
        assert place.get(loop, f"{place.site.root}/api/post/13.json")["outcome"] == "delivered"
        if taken:
            taken_by_the_manager(place)
        asked = len(place.site.log)
        assert place.get(loop, f"{place.site.root}/post/14")["outcome"] == "known"
        loop.run_until(lambda: False)
        # Of the second site only its page; what the manager took is fetched again where it came from.
        again = ["/media/13.png"] if taken else []
        assert place.site.log.paths()[asked:] == ["/post/14", *again]
        _, after = sidecar(place)
        assert (after["post_url"], after["from"]["post"]) == (f"{place.site.root}/post/13", "13")
        assert {f"{place.site.root}/post/14", f"{place.site.root}/media/14.png"} <= set(after["urls"])
        assert "the file was delivered before" in place.words("known")
        with loop.runtime.db.read() as tx:
            assert tx.rows("SELECT * FROM more") == []
    place.check_whole()


def test_a_sidecar_that_another_program_writes_into_is_left_and_the_others_grow(place: Place) -> None:
    write = place.write_config

    def written(more: str | None = None) -> Path:
        path = write(more)
        path.write_text(path.read_text("utf-8").replace('profile = "hydrus"', 'profile = "immich"'), "utf-8")
        return path

    place.write_config = written  # type: ignore[method-assign]  # only the profile is another
    first, second = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        (xmp,) = place.imports.rglob("*.xmp")
        xmp.write_text("edited", "utf-8")
        assert place.get(loop, second)["outcome"] == "known"
    assert xmp.read_text("utf-8") == "edited"
    (json_file,) = place.imports.rglob("*.json")
    assert f"{place.site.root}/post/14" in json.loads(json_file.read_text("utf-8"))["urls"]


def test_of_twins_that_wait_together_only_one_is_fetched(place: Place) -> None:
    for _ in range(2):
        post_with(place)
    with place.runner() as loop:
        place.get(loop, "demoapi: twin")
        loop.run_until(lambda: False)
    assert len(place.media()) == 1
    assert sum(path.startswith("/media/") for path in place.site.log.paths()) == 1


def test_other_options_alone_place_nothing_again(place: Place) -> None:
    place.drains, place.options = True, REDELIVER
    first, _ = two_sites(place)
    with place.runner() as loop:
        assert place.get(loop, first)["outcome"] == "delivered"
        before = taken_by_the_manager(place)
    place.options = REDELIVER + 'add_tags = ["new"]\n'
    with place.runner() as loop:
        with loop.runtime.db.read() as tx:
            (row,) = tx.rows("SELECT job FROM deliveries")
            job = jobs.get(tx, row["job"])
            assert job is not None
            told = more_metadata.told_by(tx, loop.runtime.snapshot, job)
        assert told is not None
        assert told.on_more == "redeliver"
        assert more_metadata.arrived(loop.runtime, loop.runtime.snapshot, before["file"]["sha256"], told) == ""
        loop.run_until(lambda: False)
    assert place.media() == []


@pytest.mark.parametrize("when", ["before the sidecar", "after the sidecar"])
def test_what_a_crash_cuts_off_is_done_at_the_next_start(
    place: Place, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    for _ in range(2):
        post_with(place)
    name = "grow" if when == "before the sidecar" else "_keep"
    with place.runner() as loop, monkeypatch.context() as broken:
        assert place.get(loop, f"{place.site.root}/api/post/13.json")["outcome"] == "delivered"
        broken.setattr(more_metadata, name, raises(sqlite3.OperationalError("cut off")))
        place.get(loop, f"{place.site.root}/post/14")
    with place.runner() as loop:
        loop.run_until(lambda: False)
        _, after = sidecar(place)
        assert f"{place.site.root}/post/14" in after["urls"]
        with loop.runtime.db.read() as tx:
            assert tx.rows("SELECT * FROM more") == []
            assert tx.value("SELECT count(*) FROM deliveries WHERE sidecars LIKE '%/post/14%'") == 1
    place.check_whole()


def raises(error: Exception) -> Callable[..., Any]:
    def function(*_: object, **__: object) -> Any:
        raise error

    return function
