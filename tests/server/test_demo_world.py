"""The generated world tells the truth: same seed, same bytes; files that other libraries can read; searches that hold."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from syncer.demo.media import MIME, Picture, render
from syncer.demo.posts import GENERAL
from syncer.demo.threads import DAY
from syncer.demo.world import START, World
from syncer.model import Tag

FORMATS = {"png": "PNG", "gif": "GIF", "jpg": "JPEG", "webp": "WEBP"}


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_media_are_what_their_extension_says(kind: str) -> None:
    """Pillow, which did not make PNG and GIF, reads every one to its end."""
    with Image.open(io.BytesIO(render(Picture(kind, 5, 96, 64)))) as image:
        image.load()
        assert (image.format, image.size) == (FORMATS[kind], (96, 64))
        assert getattr(image, "n_frames", 1) == (3 if kind == "gif" else 1)


def test_mp4_is_a_chain_of_whole_boxes() -> None:
    """The boxes follow each other to the last byte."""
    data, names, at = render(Picture("mp4", 5, 96, 64)), [], 0
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        names.append(name)
        at += size
    assert (names, at) == ([b"ftyp", b"moov", b"mdat"], len(data))


@given(kind=st.sampled_from(sorted(MIME)), keys=st.sets(st.integers(0, 10**12), min_size=2, max_size=2))
@settings(max_examples=30, deadline=None)
def test_other_numbers_make_other_bytes(kind: str, keys: set[int]) -> None:
    """No two pictures are alike, also small ones."""
    first, second = (render(Picture(kind, key, 16, 16)) for key in keys)
    assert first != second
    render.cache_clear()
    assert render(Picture(kind, min(keys), 16, 16)) in {first, second}


def test_every_file_is_distinct_and_its_hashes_are_true() -> None:
    """All files of a world differ, and the hashes are those of the bytes."""
    files = World(seed=3, posts=60).expected()
    assert len({file.sha256 for file in files}) == len({file.path for file in files}) == len(files) > 60
    for file in files[:10]:
        assert file.sha256 == hashlib.sha256(file.data).hexdigest()
        assert file.md5 == hashlib.md5(file.data).hexdigest()
        assert file.size == len(file.data)
        assert file.path.endswith(f".{file.extension}")


def test_the_same_seed_makes_the_same_world_and_another_another() -> None:
    """Two processes can agree on what the site has."""
    assert World(seed=5).search() == World(seed=5).search()
    assert World(seed=5).search() != World(seed=6).search()


def test_special_posts_are_where_the_docs_say() -> None:
    """Pinned, deleted, text only, several files."""
    world = World(posts=60)
    pinned, deleted, text, several = (world.post(number) for number in (3, 13, 29, 11))
    assert pinned
    assert pinned.pinned
    assert deleted
    assert deleted.deleted(START)
    assert text
    assert (text.files, text.tags) == ((), ())
    assert text.notes
    assert several
    assert [file.path.split(".")[0] for file in several.files[:2]] == ["/media/11_0", "/media/11_1"]
    assert world.search()[0] == pinned
    assert [post.id for post in world.search()[1:4]] == [60, 59, 58]


def test_each_roll_holds_its_ten_posts() -> None:
    """A tag whose posts everybody can count; 29 has no tags."""
    world = World(posts=60)
    assert [post.id for post in world.search("roll_2")] == [28, 27, 26, 25, 24, 23, 22, 21, 20]
    assert {post.id for post in world.search("roll_0")} == set(range(1, 10))
    assert [post.id for post in world.search("ROLL_1 scenery")] == list(range(19, 9, -1))
    assert world.search("roll_1 roll_2") == world.search("no_such_tag") == ()


@given(st.lists(st.sampled_from(GENERAL), max_size=3))
@settings(max_examples=50, deadline=None)
def test_a_search_finds_exactly_the_posts_with_all_its_tags(words: list[str]) -> None:
    """The index agrees with looking at each post."""
    world = World(posts=80)
    found = {post.id for post in world.search(" ".join(word.replace(" ", "_") for word in words))}
    assert found == {post.id for post in world.search() if set(words) <= {tag.text for tag in post.tags}}


def test_pages_put_together_are_the_whole_search() -> None:
    """Nothing is left out or shown twice from page to page, and the last page says so."""
    world = World(posts=47)
    pages = [world.page("", number, 20) for number in (1, 2, 3, 4)]
    assert [more for _, more in pages] == [True, True, False, False]
    assert tuple(post for posts, _ in pages for post in posts) == world.search()
    assert World(posts=40).page("", 2, 20)[1] is False


def test_live_worlds_grow_with_time() -> None:
    """One post each `live` seconds, never sooner, and a world asked late is the same as one asked often."""
    world, late = World(posts=10, live=60), World(posts=10, live=60)
    assert [len(world.search("", START + seconds)) for seconds in (0, 59.9, 60, 119, 600)] == [10, 10, 11, 11, 20]
    assert late.search("", START + 600) == world.search("", START + 600)
    newest = world.post(20, START + 600)
    assert newest
    assert newest.time == START + 600
    assert world.post(20, START + 599) is None
    assert world.file(newest.files[0].path, START + 599) is None


def test_posts_can_be_added_deleted_and_hidden() -> None:
    """What tests change is what the searches find."""
    world = World(posts=20)
    added = world.add([Tag("", "blue moon")], START + 100)
    assert world.search("blue_moon", START + 99) == ()
    assert world.search("blue_moon", START + 100) == (added,)
    gone = world.change(added.id, deleted_at=START + 200)
    assert world.expected("blue_moon", START + 150) == added.files
    assert world.expected("blue_moon", START + 200) == ()
    assert world.file(added.files[0].path, START + 200) is None
    assert world.post(added.id, START + 200) == gone
    world.change(7, appears=START + 500, tags=(Tag("", "late"),))
    assert 7 not in {post.id for post in world.search("", START)}
    assert [post.id for post in world.search("late", START + 500)] == [7]


def test_threads_grow_are_archived_and_die() -> None:
    """Thread 7 gets a reply every ten minutes and dies after a day; 6 is archived; 8 never dies."""
    world = World()
    early, later = world.thread(7), world.thread(7, START + 3_600)
    assert early
    assert later
    assert (len(early.replies), len(later.replies)) == (7, 13)
    assert later.replies[:7] == early.replies
    assert world.file(later.files[-1].path, START) is None
    assert world.file(later.files[-1].path, START + 3_600) == later.files[-1]
    assert world.thread(7, START + DAY) is None
    archived = world.thread(6)
    assert archived
    assert archived.archived
    assert archived.replies == dataclasses.replace(archived).replies
    assert world.thread(6, START + 2 * DAY) == archived
    assert world.thread(8, START + 1_000 * DAY)
    assert world.thread(9) is None
    world.change_thread(9, dies=50.0, born=0)
    assert world.thread(9)
    assert world.thread(9, START + 50) is None


def test_big_worlds_are_cheap() -> None:
    """20,000 posts are made without making their files."""
    render.cache_clear()
    world = World(posts=20_000, tiny=True)
    assert len(world.search()) == 20_000
    assert render.cache_info().misses == 0
    posts, more = world.page("scenery", 900, 20)
    assert (len(posts), more) == (20, True)
    assert posts[0].files[0].size < 1_000
