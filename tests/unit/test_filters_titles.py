"""A thread's title as tag or note: for the files of watchers alone, once, and only where it is known."""

from __future__ import annotations

import pytest

from syncer.filters.options import resolve
from syncer.filters.titles import with_title
from syncer.model import Note, Origin, Post, Tag

POST = Post("board", "1", tags=(Tag("", "lake"),), notes=(Note("text", "at dawn"),))
WATCHER = Origin("watcher", "Lakes")


@pytest.mark.parametrize(("how", "tag", "note"), [("no", 0, 0), ("tag", 1, 0), ("note", 0, 1), ("both", 1, 1)])
def test_tag_and_note_by_option(how: str, tag: int, note: int) -> None:
    options = resolve([("base", {"thread_title": how})]).options
    found = with_title(options, POST, WATCHER)
    assert found.tags == (*POST.tags, *[Tag("thread", "Lakes")] * tag)
    assert found.notes == (*POST.notes, *[Note("thread title", "Lakes")] * note)
    assert with_title(options, found, WATCHER) == found


@pytest.mark.parametrize("origin", [Origin("watcher"), Origin("subscription", "Lakes"), Origin("url", "https://x")])
def test_what_has_no_thread_keeps_what_it_has(origin: Origin) -> None:
    assert with_title(resolve([("base", {"thread_title": "both"})]).options, POST, origin) is POST


def test_a_title_is_cleaned_like_the_tags_of_a_post() -> None:
    options = resolve([("base", {"thread_title": "both"})]).options
    found = with_title(options, Post(), Origin("watcher", "\u202eLakes\u200b\x07 \n at night" + "!" * 2_000))
    assert [str(tag)[:22] for tag in found.tags] == ["thread:Lakes at night!"]
    assert len(found.tags[0].text.encode()) == 1024
    assert "\x07" not in found.notes[0].text
    assert with_title(options, Post(), Origin("watcher", "\u200b")).tags == ()
