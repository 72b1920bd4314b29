"""Pages that a site file cannot make sense of are kept for repair, bounded in number and size."""

from __future__ import annotations

import os
from pathlib import Path

from syncer.service import faulty_pages


def test_a_page_is_kept_with_its_url(tmp_path: Path) -> None:
    kept = faulty_pages.keep(tmp_path, "demo", "https://a.example/posts?page=1", "<p>æ</p>")
    assert kept is not None
    assert kept.read_text("utf-8") == "<p>æ</p>"
    assert kept.with_suffix(".url").read_text("utf-8") == "https://a.example/posts?page=1\n"
    assert (tmp_path / faulty_pages.FOLDER).stat().st_mode & 0o077 == 0


def test_the_same_url_takes_one_place_and_a_site_name_leads_nowhere(tmp_path: Path) -> None:
    first = faulty_pages.keep(tmp_path, "../../etc", "https://a.example/", "one")
    second = faulty_pages.keep(tmp_path, "../../etc", "https://a.example/", "two")
    assert first == second
    assert second is not None
    assert second.parent == tmp_path / faulty_pages.FOLDER
    assert second.read_text("utf-8") == "two"


def test_the_oldest_go_and_large_ones_are_cut(tmp_path: Path) -> None:
    for number in range(faulty_pages.MOST + 5):
        page = faulty_pages.keep(tmp_path, "demo", f"https://a.example/{number}", "x")
        assert page is not None
        os.utime(page, (number, number))
    faulty_pages.keep(tmp_path, "demo", "https://a.example/last", "y" * (faulty_pages.MOST_BYTES + 9))
    pages = list((tmp_path / faulty_pages.FOLDER).glob("*.page"))
    assert len(pages) == faulty_pages.MOST
    assert len(list((tmp_path / faulty_pages.FOLDER).glob("*.url"))) == faulty_pages.MOST
    assert max(page.stat().st_size for page in pages) == faulty_pages.MOST_BYTES


def test_a_state_folder_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert faulty_pages.keep(tmp_path / "file", "demo", "https://a.example/", "x") is None


def test_a_page_that_another_worker_forgot_meanwhile_spoils_nothing(tmp_path: Path) -> None:
    assert faulty_pages.keep(tmp_path, "demo", "https://a.example/1", "x") is not None
    gone = tmp_path / faulty_pages.FOLDER / "gone.page"
    gone.symlink_to(tmp_path / "nowhere")  # listed, but not there when it is looked at
    assert faulty_pages.keep(tmp_path, "demo", "https://a.example/2", "x") is not None
