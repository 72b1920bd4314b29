"""The shipped site files against pages of our own making, in the shapes that the sites' documentation describes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from syncer.model import Page, Tag, UrlKind
from syncer.service import site_tools
from syncer.sites import library
from syncer.sites.library import Library

SHIPPED = Path(__file__).parents[2] / "sites"
MD5 = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def sites() -> Library:
    return library.load([SHIPPED])


def read(sites: Library, url: str, page: str) -> Page:
    recognised = sites.recognise(url)
    assert recognised is not None
    assert recognised.parser is not None
    return sites.parse(recognised, page, recognised.fetch_url, 2_000_000_000)


def with_engine(tmp_path: Path, engine: str, extra: str = "") -> Library:
    text = f'[site]\nname = "X"\nengine = "{engine}"\nroot = "https://x.example"\n{extra}'
    (tmp_path / "x.toml").write_text(text)
    return library.load([SHIPPED, tmp_path])


def test_all_shipped_files_load_and_all_their_samples_hold(sites: Library) -> None:
    assert [str(problem) for problem in sites.problems] == []
    assert set(sites.sites) == {file.stem for file in SHIPPED.glob("*.toml")}
    assert {file.stem for file in (SHIPPED / "samples").glob("*.toml")} <= set(sites.sites)
    for stem, site in sites.sites.items():
        assert site_tools.trial(sites, stem, SHIPPED)["problems"] == []
        assert all((site.about, site.facts, site.tried, site.pace)), stem
        assert site.samples, stem


def test_every_shipped_site_with_pages_has_one_of_our_own_to_read(sites: Library) -> None:
    read_elsewhere = {"4chan", "danbooru", "safebooru"}
    for stem, site in sites.sites.items():
        if stem not in read_elsewhere and site.parsers:
            assert sites.try_samples(stem)[0] >= 1, stem


def test_what_is_safe_stays_safe_whatever_is_asked_for(sites: Library) -> None:
    for url in (
        "https://wallhaven.cc/search?q=x&purity=111",
        "https://wallhaven.cc/search?q=x&purity=001&sorting=toplist&categories=010",
        "https://wallhaven.cc/user/someone/uploads?purity=011",
    ):
        found = sites.recognise(url)
        assert found is not None
        assert "purity=100" in found.fetch_url
    for url in ("https://konachan.net/post?tags=rating:e", "https://konachan.com/post/show/1"):
        found = sites.recognise(url)
        assert found is not None
        assert "rating:safe" in found.fetch_url
    found = sites.recognise("https://danbooru.donmai.us/posts?tags=rating:e")
    assert found is not None
    assert "rating:general" in found.fetch_url
    refused = [
        read(sites, "https://danbooru.donmai.us/posts/7", json.dumps({"id": 7, "rating": word})) for word in "gsqe"
    ]
    assert [page.veto for page in refused] == ["", *["not rated general"] * 3]


@pytest.mark.parametrize("rest", ["thread/1", "catalog", "", "page/1", "post/1", "last/50/1", "search/text/a"])
def test_boards_for_adults_are_nobodys(sites: Library, rest: str) -> None:
    of = {host: [sites.recognise(f"https://{host}/{board}/{rest}") for board in ("tg", "h", "b", "gif", "d", "s")]
          for host in ("boards.4chan.org", "desuarchive.org")}  # fmt: skip
    assert any(found[0] is not None for found in of.values())
    assert not any(one for found in of.values() for one in found[1:])


@pytest.mark.parametrize(
    ("site", "query", "words"),
    [
        ("wallhaven", "a & b/c?d", "a & b/c?d"),
        ("reddit/words in a subreddit", "birdpics a & b/c?d", "a & b/c?d"),
        ("internetarchive", "title:(a & b) #1", "title:(a & b) #1"),
        ("commons/words", "a & b", "a & b"),
        ("commons/category", "Cats & dogs", "Category:Cats_&_dogs"),
        ("tumblr/blog and tag", "staff new & old", "new & old"),
        ("openverse", "a&b", "a&b"),
        ("nasa", "a&b", "a&b"),
        ("met", "a&b", "a&b"),
        ("artic", "a&b", "a&b"),
    ],
)
def test_odd_words_reach_the_interface_as_they_are(sites: Library, site: str, query: str, words: str) -> None:
    found = sites.recognise(sites.search(site, query)[0])
    assert found is not None
    assert words in [value for _, value in parse_qsl(urlsplit(found.fetch_url).query)]


def test_a_search_keeps_what_the_person_chose_and_the_first_one_looks_for_words(sites: Library) -> None:
    found = sites.recognise("https://wallhaven.cc/search?q=x&atleast=1920x1080&sorting=toplist&topRange=1M&purity=111")
    assert found is not None
    asked = dict(parse_qsl(urlsplit(found.fetch_url).query, keep_blank_values=True))
    assert asked == {
        "q": "x", "categories": "111", "purity": "100", "sorting": "toplist", "order": "desc", "page": "1",
        "atleast": "1920x1080", "topRange": "1M",
    }  # fmt: skip
    assert sites.recognise("https://wallhaven.cc/api/v1/search?q=x&purity=111") is None
    assert sites.search("commons", "grey heron") == sites.search("commons/words", "grey heron")


def test_files_that_the_archive_keeps_to_itself_are_not_asked_for(sites: Library) -> None:
    files = [
        {"name": "a.jpg", "source": "original"},
        {"name": "b.jpg", "source": "original", "private": "true"},
        {"name": "c.jpg", "source": "derivative"},
    ]
    item = {"metadata": {"identifier": "heron"}, "files": files}
    page = read(sites, "https://archive.org/details/heron", json.dumps(item))
    assert [file.url for file in page.posts[0].files] == ["https://archive.org/download/heron/a.jpg"]


@pytest.mark.parametrize(
    ("url", "empty"),
    [
        ("https://konachan.net/post/show/9", "[]"),
        ("https://safebooru.org/index.php?page=post&s=view&id=9", '<?xml version="1.0"?><posts count="0" offset="0"/>'),
        ("https://archive.org/details/gone", "{}"),
        ("https://images.nasa.gov/details/PIA9", '{"collection": {"items": [], "metadata": {"total_hits": 0}}}'),
        ("https://bsky.app/profile/a.example/post/3k9", '{"thread": {"notFound": true}}'),
    ],
)
def test_a_post_that_is_gone_is_no_fault_of_the_site_file(sites: Library, url: str, empty: str) -> None:
    assert "there " in read(sites, url, empty).veto


def test_a_search_that_finds_nothing_is_just_empty(sites: Library) -> None:
    assert read(sites, sites.search("konachan", "a")[0], "[]") == read(sites, sites.search("danbooru", "a")[0], "[]")


def test_flickrs_quotes(sites: Library) -> None:
    text = r'{"items": [{"link": "https://www.flickr.com/photos/a/1/", "title": "It\'s a \"heron\" \\"}]}'
    assert read(sites, sites.search("flickr", "a")[0], text).posts[0].title == 'It\'s a "heron" \\'


def test_danbooru(sites: Library) -> None:
    post = {
        "id": 7, "created_at": "2023-11-14T17:13:20.000-05:00", "rating": "g", "md5": MD5, "is_deleted": False,
        "is_banned": False, "source": "https://art.example/1", "file_url": "https://cdn.donmai.us/original/01/23/a.jpg",
        "tag_string_general": "blue_sky cloud", "tag_string_artist": "some_painter", "tag_string_copyright": "original",
        "tag_string_character": "", "tag_string_meta": "highres",
    }  # fmt: skip
    hidden = {"id": 6, "rating": "q", "is_deleted": False, "tag_string_general": "sea"}
    gone = {**post, "id": 5, "is_deleted": True}
    url = sites.search("danbooru", "blue_sky cloud")[0]
    page = read(sites, url, json.dumps([post, hidden, gone]))
    first, second, third = page.posts
    assert (first.id, first.url, first.time) == ("7", "https://danbooru.donmai.us/posts/7", 1_700_000_000)
    assert first.files[0].hashes == (("md5", MD5),)
    assert set(first.tags) == {
        Tag("", "blue sky"), Tag("", "cloud"), Tag("creator", "some painter"), Tag("series", "original"),
        Tag("meta", "highres"), Tag("rating", "general"),
    }  # fmt: skip
    assert first.sources == ("https://art.example/1",)
    assert (second.id, second.files, second.veto) == ("6", (), "")
    assert third.veto == "deleted"
    single = read(sites, "https://danbooru.donmai.us/posts/7?q=sky", json.dumps(post))
    assert single.posts == (first,)
    file = sites.recognise(first.files[0].url)
    assert file is not None
    assert file.kind is UrlKind.FILE


def test_danbooru_shows_no_page_beyond_its_last(sites: Library) -> None:
    last = sites.recognise("https://danbooru.donmai.us/posts?tags=sky&page=1000")
    assert last is not None
    assert sites.next_page(last) is None


def test_safebooru_walks_by_the_pages_of_its_interface(sites: Library) -> None:
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><posts count="2" offset="0">'
        f'<post id="9" md5="{MD5}" file_url="https://safebooru.org/images/1/a.png" tags=" blue_sky cloud "'
        ' rating="s" status="active" source="" created_at="Tue Nov 14 22:13:20 +0000 2023"/>'
        '<post id="8" file_url="https://safebooru.org/images/1/b.png" tags="sea" status="deleted"/></posts>'
    )
    url = sites.search("safebooru", "blue_sky cloud")[0]
    page = read(sites, url, xml)
    first, second = page.posts
    assert (first.id, first.time, first.files[0].url) == ("9", 1_700_000_000, "https://safebooru.org/images/1/a.png")
    assert set(first.tags) == {Tag("", "blue sky"), Tag("", "cloud"), Tag("rating", "safe")}
    assert second.veto == "deleted"
    start = sites.recognise(url)
    assert start is not None
    following = sites.next_page(start)
    assert following is not None
    assert following.endswith("tags=blue_sky+cloud&pid=1&limit=100")
    again = sites.recognise(following)
    assert again is not None
    assert again.fetch_url == following


def test_safebooru_says_that_a_search_was_refused(sites: Library) -> None:
    page = read(sites, sites.search("safebooru", "a")[0], '<response success="false" reason="too deep"/>')
    assert page.veto == "the site refused the search"


THREAD = {
    "posts": [
        {
            "no": 570368, "time": 1_700_000_000, "sub": "Paper &amp; folds", "com": "first line<br>second <b>line</b>",
            "tim": 1_700_000_000_123, "ext": ".png", "filename": "crane", "md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
            "semantic_url": "paper-folds", "archived": 1,
        },
        {"no": 570370, "time": 1_700_000_100, "com": "only text"},
    ]
}  # fmt: skip


def test_4chan(sites: Library) -> None:
    page = read(sites, "https://boards.4chan.org/po/thread/570368/paper-folds#p570370", json.dumps(THREAD))
    first, second = page.posts
    assert (page.title, page.archived) == ("Paper & folds", True)
    assert [file.url for file in first.files] == ["https://i.4cdn.org/po/1700000000123.png"]
    assert first.files[0].hashes == (("md5", "d41d8cd98f00b204e9800998ecf8427e"),)
    assert first.files[0].name == "crane.png"
    assert first.notes[0].text == "first line\nsecond line"
    assert (second.id, second.files) == ("po/570370", ())


def test_posts_of_one_number_on_two_boards_are_two(sites: Library) -> None:
    urls = ["https://boards.4chan.org/po/thread/570368", "https://boards.4chan.org/w/thread/570368"]
    assert [read(sites, url, json.dumps(THREAD)).posts[0].id for url in urls] == ["po/570368", "w/570368"]


@pytest.mark.parametrize(
    ("says", "archived", "dying"),
    [
        ({}, False, False),
        ({"closed": 0, "locked": 0, "sticky": 0}, False, False),
        ({"closed": 1}, True, False),
        ({"locked": 1}, True, False),
        ({"bumplimit": 1, "imagelimit": 1}, False, True),
        ({"archived": 1, "bumplimit": 1}, True, True),
    ],
)
def test_what_a_thread_says_of_its_end(sites: Library, says: dict[str, int], archived: bool, dying: bool) -> None:
    thread = {"posts": [{"no": 1, "time": 5, **says}, {"no": 2, "time": 6}]}
    page = read(sites, "https://boards.4chan.org/po/thread/1", json.dumps(thread))
    assert (page.archived, page.dying) == (archived, dying)


def test_one_thread_is_one_thing_however_it_is_written(sites: Library) -> None:
    urls = ["https://boards.4chan.org/po/thread/1", "http://boards.4channel.org/po/thread/1/some-words#p2"]
    found = [sites.recognise(url) for url in urls]
    assert len({one.key for one in found if one is not None}) == 1


def test_vichan_posts_with_several_files(tmp_path: Path) -> None:
    thread = {
        "posts": [
            {"no": 1, "time": 5, "tim": "a1", "ext": ".jpg", "filename": "x", "extra_files": [
                {"tim": "a2", "ext": ".png", "filename": "y"}, {"tim": "a3", "ext": "deleted", "filename": "z"}]},
        ]
    }  # fmt: skip
    page = read(with_engine(tmp_path, "vichan"), "https://x.example/b/res/1.html", json.dumps(thread))
    assert [file.url for file in page.posts[0].files] == [
        "https://x.example/b/src/a1.jpg",
        "https://x.example/b/src/a2.png",
    ]


def test_moebooru(tmp_path: Path) -> None:
    loaded = with_engine(tmp_path, "moebooru")
    post = {"id": 3, "tags": "blue_sky", "created_at": 1_700_000_000, "source": "", "md5": MD5, "rating": "s",
            "file_url": "https://files.x.example/a.jpg", "status": "active"}  # fmt: skip
    page = read(loaded, "https://x.example/post/show/3/blue-sky", json.dumps([post]))
    assert (page.posts[0].id, page.posts[0].time) == ("3", 1_700_000_000)
    assert loaded.search("x", "blue_sky") == ("https://x.example/post?tags=blue_sky&page=1",)


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Birds</title>
<link rel="next" href="https://x.example/feed?page=2"/>
<entry><id>tag:1</id><title>Heron</title><link href="https://x.example/1"/><updated>2023-11-14T22:13:20Z</updated>
<content type="html">&lt;p&gt;At dawn&lt;/p&gt;&lt;img src="/heron.jpg"&gt;</content></entry></feed>"""
PODCAST = """<rss version="2.0"><channel><title>Talks</title><item><guid>9</guid><title>One</title>
<enclosure url="https://x.example/1.mp3" type="audio/mpeg" length="5"/><pubDate>Tue, 14 Nov 2023 22:13:20 GMT</pubDate>
</item></channel></rss>"""


def test_feeds_of_several_kinds(tmp_path: Path) -> None:
    loaded = with_engine(tmp_path, "feed")
    birds = read(loaded, "https://x.example/feed", ATOM)
    assert [file.url for file in birds.posts[0].files] == ["https://x.example/heron.jpg"]
    assert (birds.posts[0].title, birds.posts[0].time, birds.title) == ("Heron", 1_700_000_000, "Birds")
    assert birds.next == ("https://x.example/feed?page=2",)
    talks = read(loaded, "https://x.example/talks/rss", PODCAST)
    assert [file.url for file in talks.posts[0].files] == ["https://x.example/1.mp3"]
    assert talks.posts[0].id == "9"
