"""The archive of a person's own yt-dlp gets what is settled, also where a kill came between; no program is run for it here."""

from __future__ import annotations

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
