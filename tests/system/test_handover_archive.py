"""The archive of a person's own yt-dlp gets what is settled, also where a kill came between; no program is run for it here."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

from syncer.service import handover_archive

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import Place


def test_a_start_adds_what_was_settled_and_nothing_else(place: Place, tmp_path: Path) -> None:
    archive = tmp_path / "archive.txt"
    archive.write_text("youtube old\n", "utf-8")
    place.handover = f'[handover]\nprograms = []\n[handover.yt-dlp]\narchive = "{archive}"'
    place.site.misbehave("/media/2.*", "404")
    with place.runner() as loop:
        for number in (1, 2):
            post = place.world.post(number)
            assert post is not None
            place.get(loop, f"{place.site.root}{post.files[0].path}")
        with loop.runtime.db.read() as tx:
            outcomes = {row["outcome"]: row["id"] for row in tx.rows("SELECT id, outcome FROM jobs")}
        assert set(outcomes) == {"delivered", "gone"}
        # As a kill leaves it between a file that came and its end.
        handover_archive.note(loop.runtime, outcomes["delivered"], ("youtube old", "youtube new"))
        handover_archive.note(loop.runtime, outcomes["gone"], ("youtube gone",))
    with place.runner():
        assert archive.read_text("utf-8").splitlines() == ["youtube old", "youtube new"]
    assert list((place.state / "handover" / "archived").iterdir()) == []


def test_a_run_is_lent_a_copy(place: Place, tmp_path: Path) -> None:
    archive = tmp_path / "archive.txt"
    archive.write_text("youtube old\n", "utf-8")
    place.handover = f'[handover.yt-dlp]\narchive = "{archive}"'
    settings = place.config().handover
    (tmp_path / "state").mkdir()
    lent = handover_archive.lend(settings, "yt-dlp", tmp_path / "state", again=False)
    assert lent is not None
    lent.write_text("spoilt", "utf-8")
    assert archive.read_text("utf-8") == "youtube old\n"
    lent = handover_archive.lend(settings, "yt-dlp", tmp_path / "state", again=True)
    assert lent is not None
    assert lent.read_bytes() == b"", "what is asked for again comes again"
    assert handover_archive.lend(settings, "gallery-dl", tmp_path / "state", again=False) is None


def test_the_archive_of_a_persons_own_gallery_dl_and_what_syncer_knows_agree(place: Place) -> None:
    archive = place.folder / "archive.sqlite3"
    with sqlite3.connect(archive) as connection:
        connection.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("INSERT INTO archive VALUES ('localt_scenery_7')")
    place.handover = f"""
[handover]
programs = ["gallery-dl"]
[handover.gallery-dl]
archive = "{archive}"
[handover.gallery-dl.options.moebooru.local]
root = "{place.site.root}"
pattern = '127.0.0.1:[0-9]+'
"""
    place.site.misbehave("/media/5.*", "404")
    with place.runner() as loop:
        got = place.get(loop, f"gallery-dl: {place.site.root}/post?tags=scenery")
    came = {number for number in place.posts() if number}
    assert came
    assert not {5, 7} & came, "the one is gone, the other stands in the archive"
    assert "known" in got["words"]
    with sqlite3.connect(archive) as connection:
        entries = {row[0] for row in connection.execute("SELECT entry FROM archive")}
    assert entries == {f"localt_scenery_{number}" for number in {7} | came}
    assert list((place.state / "handover" / "archived").iterdir()) == []
    # The program itself agrees: it asks for the list, and for no file but the one that is gone.
    place.site.log.clear()
    config = place.folder / "own.json"
    local = {"root": place.site.root, "pattern": "127.0.0.1:[0-9]+"}
    config.write_text(json.dumps({"extractor": {"archive": str(archive), "moebooru": {"local": local}}}), "utf-8")
    command = [sys.executable, "-m", "gallery_dl", "--config-ignore", "-c", str(config), "-q", "-R", "0", "-D"]
    subprocess.run(
        [*command, str(place.folder / "own"), f"{place.site.root}/post?tags=scenery"], check=False, timeout=50
    )
    assert any(target.startswith("/post.json") for target in place.site.log.targets())
    assert {target.rpartition(".")[0] for target in place.site.log.targets() if "/media/" in target} <= {"/media/5"}
