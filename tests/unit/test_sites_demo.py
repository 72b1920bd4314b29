"""The shipped demo site files against the local site's own pages: the same world seen three ways."""

from __future__ import annotations

from pathlib import Path

import pytest

import syncer.demo
from syncer.demo.posts import WorldPost
from syncer.demo.reply import Ask
from syncer.demo.routes import respond
from syncer.demo.world import World
from syncer.model import Page, UrlKind
from syncer.sites import library
from syncer.sites.library import Library

ROOT = "http://127.0.0.1:4711"
NOW = 1_700_000_000 + 400 * 86_400
SITES = Path(syncer.demo.__file__).parent / "sites"


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=3, posts=60)


@pytest.fixture(scope="module")
def sites() -> Library:
    return library.load([SITES], dict.fromkeys(["demo", "demoapi", "demoboard", "demofeed"], ROOT))


def read(sites: Library, world: World, url: str) -> Page:
    recognised = sites.recognise(url)
    assert recognised is not None, f"no class knows {url}"
    assert recognised.fetch_url.startswith(ROOT)
    target = recognised.fetch_url.removeprefix(ROOT)
    path, _, query = target.partition("?")
    reply = respond(world, Ask(path, query, root=ROOT, now=NOW))
    assert reply.status == 200
    return sites.parse(recognised, reply.body.decode(), recognised.fetch_url, NOW)


def known(world: World) -> dict[str, WorldPost]:
    posts, _ = world.page("", 1, 1000, NOW)
    return {str(post.id): post for post in posts}


def test_the_demo_files_have_no_problems(sites: Library) -> None:
    assert sites.problems == ()
    assert {"demo", "demoapi", "demoboard", "demofeed"} <= set(sites.sites)


def test_a_listing_gives_its_posts_in_order_and_the_next_page(sites: Library, world: World) -> None:
    page = read(sites, world, f"{ROOT}/posts?tags=&page=1")
    posts, _ = world.page("", 1, 20, NOW)
    assert [post.id for post in page.posts] == [str(post.id) for post in posts]
    assert [post.follow for post in page.posts] == [(f"{ROOT}/post/{post.id}",) for post in posts]
    assert [post.pinned for post in page.posts] == [post.pinned for post in posts]
    assert page.next == (f"{ROOT}/posts?tags=&page=2",)
    assert page.faults == ()


def test_html_and_json_tell_the_same_of_each_post(sites: Library, world: World) -> None:
    listed: dict[str, object] = {}
    for number in range(1, 5):
        for post in read(sites, world, f"{ROOT}/api/posts.json?tags=&page={number}").posts:
            listed[post.id] = (
                [(file.url, file.hashes) for file in post.files], sorted(map(str, post.tags)), post.notes, post.title,
                post.time, post.veto, post.sources,
            )  # fmt: skip
    assert set(listed) == set(known(world))
    for name, told in listed.items():
        page = read(sites, world, f"{ROOT}/post/{name}")
        (post,) = page.posts
        assert post.id == name
        assert told == (
            [(file.url, file.hashes) for file in post.files], sorted(map(str, post.tags)), post.notes, post.title,
            post.time, post.veto, post.sources,
        )  # fmt: skip
        single = read(sites, world, f"{ROOT}/api/post/{name}.json").posts[0]
        assert [file.url for file in single.files] == [file.url for file in post.files]


def test_what_is_found_is_what_the_world_holds(sites: Library, world: World) -> None:
    for name, truth in known(world).items():
        (post,) = read(sites, world, f"{ROOT}/post/{name}").posts
        assert post.title == truth.title
        assert post.time == int(truth.time)
        assert post.url == f"{ROOT}/post/{name}"
        assert [note.name for note in post.notes] == [note.name for note in truth.notes]
        if truth.deleted(NOW):
            assert post.veto == "deleted"
            assert post.files == ()
            continue
        assert [dict(file.hashes)["md5"] for file in post.files] == [file.md5 for file in truth.files]
        assert set(truth.tags) <= set(post.tags)


def test_a_thread_gives_files_with_hashes_and_its_title(sites: Library, world: World) -> None:
    for number in world.thread_numbers():
        thread = world.thread(number, NOW)
        if thread is None:
            continue
        page = read(sites, world, f"{ROOT}/board/thread/{number}")
        assert page.title == thread.replies[0].subject
        assert page.archived == thread.archived
        files = [file for post in page.posts for file in post.files]
        expected = [reply.file for reply in thread.replies if reply.file]
        assert [file.url for file in files] == [ROOT + file.path for file in expected]
        assert [dict(file.hashes)["md5"] for file in files] == [file.md5 for file in expected]


def test_a_catalogue_gives_the_living_threads_with_title_and_text(sites: Library, world: World) -> None:
    found = sites.recognise(f"{ROOT}/board/catalog")
    assert found is not None
    assert sites.is_catalogue(found)
    page = read(sites, world, found.url)
    living = [number for number in world.thread_numbers() if world.thread(number, NOW)]
    assert {url for post in page.posts for url in post.follow} == {f"{ROOT}/board/thread/{one}" for one in living}
    first = world.thread(living[0], NOW)
    assert first is not None
    shown = next(post for post in page.posts if post.id == str(first.replies[0].no))
    assert (shown.title, shown.notes[0].text) == (first.replies[0].subject, first.replies[0].text)
    listing = sites.recognise(f"{ROOT}/posts?tags=&page=1") or found
    assert not sites.is_catalogue(listing)


def test_the_feed_gives_posts_with_files(sites: Library, world: World) -> None:
    page = read(sites, world, f"{ROOT}/feed.xml")
    assert page.posts
    for post in page.posts:
        truth = known(world)[post.url.rpartition("/")[2]]
        assert [file.url for file in post.files] == [ROOT + file.path for file in truth.files]
        assert post.time == int(truth.time)
        assert set(map(str, truth.tags)) == set(map(str, post.tags))


def test_search_next_page_and_kinds(sites: Library) -> None:
    assert sites.search("demo", "sky  cloud") == (f"{ROOT}/posts?tags=sky+cloud&page=1",)
    assert sites.search("demoapi", "a&b #c/d é 100%") == (
        f"{ROOT}/api/posts.json?tags=a%26b+%23c%2Fd+%C3%A9+100%25&page=1",
    )
    gallery = sites.recognise(f"{ROOT}/posts?tags=sky&page=9")
    assert gallery is not None
    assert sites.next_page(gallery) == f"{ROOT}/posts?tags=sky&page=10"
    endless = sites.recognise(f"{ROOT}/posts?tags=sky&page={'9' * 5000}")
    assert endless is not None
    assert sites.next_page(endless) is None
    file = sites.recognise(f"{ROOT}/media/12.png")
    assert file is not None
    assert (file.kind, file.parser, file.site) == (UrlKind.FILE, None, "demo")
    thread = sites.recognise(f"{ROOT}/board/thread/7#p9")
    assert thread is not None
    assert (thread.kind, thread.fetch_url, thread.post_id) == (UrlKind.WATCHABLE, f"{ROOT}/board/thread/7.json", "7")
    assert sites.recognise("https://elsewhere.example/posts?tags=sky") is None
