"""The rest of the inbox: bookmarks, tags and rules of a list, labels with a priority of their own."""

from __future__ import annotations

import json
from typing import Any

from syncer.service.inbox_job import AT_ONCE
from tests.system.conftest import Place


def sidecars(place: Place) -> dict[str, Any]:
    told = [json.loads(path.read_text("utf-8")) for path in place.imports.glob("*.json")]
    return {each["from"]["post"]: each for each in told}


def test_of_bookmarks_only_what_a_site_file_knows_is_queued_and_the_rest_is_listed(place: Place) -> None:
    root = place.site.root
    links = [f"{root}/post/2", "https://news.example/today", f"{root}/post/3"]
    (place.inbox / "bookmarks.html").write_text(
        "".join(f'<DT><A HREF="{link}">x</A>\n' for link in links), encoding="utf-8"
    )
    place.once()
    assert set(sidecars(place)) == {"2", "3"}
    (told,) = [path.read_text("utf-8") for path in (place.inbox / "done").rglob("*.html*") if path.suffix != ".html"]
    assert "https://news.example/today: left out: no site file knows it" in told
    assert f"{root}/post/2: queued as a post" in told
    assert not list((place.inbox / "failed").rglob("*.*")) if (place.inbox / "failed").exists() else True


def test_tags_of_a_list_are_written_with_what_stands_below_them_and_come_back_with_what_failed(place: Place) -> None:
    root = place.site.root
    (place.inbox / "list.txt").write_text(
        f"{root}/post/2\ntags: mine, creator:me\n{root}/post/3\nnosuch: four\ntags:\nnosuch: five\n",
        encoding="utf-8",
    )
    place.once()
    told = sidecars(place)
    assert {"mine", "creator:me"} <= set(told["3"]["tags"])
    assert not {"mine", "creator:me"} & set(told["2"]["tags"])
    again = (place.inbox / "failed" / "list.txt").read_text("utf-8")
    assert again.splitlines()[0] == "tags: mine, creator:me"
    lines = [line for line in again.splitlines() if not line.startswith("#")]
    assert lines == ["tags: mine, creator:me", "nosuch: four", "tags:", "nosuch: five"]


def test_a_link_that_is_gone_comes_back_and_each_of_a_line_is_told_by_itself(place: Place) -> None:
    root = place.site.root
    (place.inbox / "list.txt").write_text(f"{root}/media/999.png {root}/post/2\n", "utf-8")
    place.once()
    told = (place.inbox / "done" / "list.txt.result.txt").read_text("utf-8").splitlines()
    assert told[1:] == [
        f"line 1: {root}/media/999.png: queued as a file",
        f"line 1: {root}/post/2: queued as a post",
    ]
    why, link = (place.inbox / "failed" / "list.txt").read_text("utf-8").splitlines()
    assert "404" in why
    assert link == f"{root}/media/999.png"


def test_a_label_says_how_urgent_its_links_are(place: Place) -> None:
    (place.inbox / "soon").mkdir()
    (place.inbox / "soon" / "a.txt").write_text(f"{place.site.root}/post/2\n", "utf-8")
    (place.inbox / "b.txt").write_text(f"{place.site.root}/post/3\n", "utf-8")
    place.options += '\n[inbox.soon]\npriority = "high"\nadd_tags = ["soon"]\n'
    with place.runner() as loop:
        assert loop.inbox is not None
        loop.inbox.turn()
        with loop.runtime.db.read() as tx:
            rows = {
                row["url"][-1]: row["priority"] for row in tx.rows("SELECT url, priority FROM jobs WHERE kind = 'post'")
            }
        assert rows == {"2": 45, "3": 50}
        loop.run_until(lambda: False, patience=60)
    assert "soon" in sidecars(place)["2"]["tags"]


def test_thousands_of_files_at_once(place: Place) -> None:
    for number in range(300):
        (place.inbox / f"{number}.url").write_text(
            f"[InternetShortcut]\nURL=https://nobody.example/{number}.png\n", "utf-8"
        )
    with place.runner() as loop:
        assert loop.inbox is not None
        turns = 1
        while loop.inbox.turn() == 0.0:
            turns += 1
        assert turns == 300 // AT_ONCE
        with loop.runtime.db.read() as tx:
            assert tx.value("SELECT count(*) FROM entries") == 300
        assert [path for path in place.inbox.iterdir() if path.is_file()] == []
