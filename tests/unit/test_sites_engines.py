"""The engines on pages of our own making, in the shapes that the software's documents describe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncer.model import Page, Post, Tag, UrlKind
from syncer.sites import library
from syncer.sites.library import Library

SHIPPED = Path(__file__).parents[2] / "sites"
ENGINES = sorted(file.stem for file in (SHIPPED / "engines").glob("*.toml"))
MD5, SHA1 = "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef01234567"
ROOT = "https://x.example"
FIRST = 1_700_000_000


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("sites")
    for name in ENGINES:
        text = f'[site]\nname = "{name}"\nengine = "{name}"\nroot = "https://{name}.example"\n'
        (folder / f"my-{name}.toml").write_text(text, "utf-8")
    return library.load([SHIPPED, folder])


def read(sites: Library, url: str, page: object) -> Page:
    recognised = sites.recognise(url)
    assert recognised is not None
    text = page if isinstance(page, str) else json.dumps(page)
    return sites.parse(recognised, text, recognised.fetch_url, 2_000_000_000)


def files(post: Post) -> list[tuple[str, str]]:
    return [(file.url, file.name) for file in post.files]


def test_every_engine_is_documented_tried_or_not_and_its_samples_hold(sites: Library) -> None:
    assert [str(problem) for problem in sites.problems] == []
    for name in ENGINES:
        text = (SHIPPED / "engines" / f"{name}.toml").read_text("utf-8")
        assert "# Facts: " in text
        assert sites.sites[f"my-{name}"].samples or name in ("feed", "danbooru", "gelbooru02", "moebooru")


def asked(sites: Library, site: str, query: str, pages: int) -> list[str]:
    """Return what is asked for the first pages of a search whose pages are counted."""
    (url,) = sites.search(site, query)
    return asked_at(sites, url, pages)


def asked_at(sites: Library, url: str, pages: int) -> list[str]:
    """Return what is asked for a gallery and the pages behind it, as they are counted."""
    found: list[str] = []
    for _ in range(pages):
        recognised = sites.recognise(url)
        assert recognised is not None
        assert recognised.kind is UrlKind.GALLERY
        found.append(recognised.fetch_url)
        following = sites.next_page(recognised)
        assert following is not None
        url = following
    return found


PHILOMENA, FOOLFUUKA = "/api/v1/json/search/images?q=safe%2C+blue+sky&page={}", "/_/api/chan/search/?boards={}&text={}"


@pytest.mark.parametrize(
    ("site", "query", "pages", "numbers"),
    [
        ("philomena", "safe, blue sky", PHILOMENA + "&per_page=50&sf=id&sd=desc", (1, 2)),
        ("shimmie2", "sky a&b", "/api/danbooru/find_posts?tags=sky%20a%26b&page={}&limit=100", (1, 2)),
        ("szurubooru", "sky c++", "/api/posts?query=sky%20c%2B%2B&offset={}&limit=100", (0, 100)),
        ("foolfuuka", "a crane", FOOLFUUKA.format("", "a%20crane") + "&filter=text&page={}", (1, 2)),
        ("foolfuuka/board and text", "po crane", FOOLFUUKA.format("po", "crane") + "&filter=text&page={}", (1, 2)),
    ],
)
def test_pages_follow_one_another_without_a_hole(
    sites: Library, site: str, query: str, pages: str, numbers: tuple[int, ...]
) -> None:
    root = f"https://{site.partition('/')[0]}.example"
    assert asked(sites, f"my-{site}", query, 2) == [root + pages.format(number) for number in numbers]


@pytest.mark.parametrize(
    "url",
    [
        "https://philomena.example/search?q=sky&page=7&sd=asc",
        "https://shimmie2.example/post/list/sky/7",
        "https://szurubooru.example/posts/query=sky;offset=84;limit=42",
        "https://foolfuuka.example/po/search/text/sky/page/7/",
    ],
)
def test_a_search_is_read_from_its_first_page_whichever_was_given(sites: Library, url: str) -> None:
    found = sites.recognise(url)
    assert found is not None
    assert found.fetch_url.endswith(
        ("page=1&per_page=50&sf=id&sd=desc", "page=1&limit=100", "offset=0&limit=100", "page=1")
    )


def test_philomena(sites: Library) -> None:
    image: dict[str, Any] = {
        "id": 7, "created_at": "2023-11-14T22:13:20Z", "view_url": "https://cdn.example/view/2023/11/14/7.png", "name": "sky.png",
        "sha512_hash": MD5 * 4, "orig_sha512_hash": "0" * 128, "description": "At dawn.", "hidden_from_users": False,
        "source_urls": ["https://art.example/1"], "source_url": "https://art.example/1", "deletion_reason": None,
        "duplicate_of": None, "tags": ["safe", "artist:some painter", "oc:heron", "blue sky", "re:zero"],
    }  # fmt: skip
    gone = {"id": 6, "created_at": "2023-11-14T22:13:20Z", "deletion_reason": "Rule 1", "hidden_from_users": True}
    merged = {"id": 5, "duplicate_of": 7, "deletion_reason": None, "hidden_from_users": True}
    url = sites.search("my-philomena", "safe, blue sky")[0]
    page = read(sites, url, {"images": [image, gone, merged], "total": 3, "interactions": []})
    first, second, third = page.posts
    assert set(first.tags) == {
        Tag("rating", "safe"), Tag("creator", "some painter"), Tag("oc", "heron"), Tag("", "blue sky"), Tag("", "re:zero"),
    }  # fmt: skip
    assert (first.url, first.time, first.sources) == (
        "https://philomena.example/images/7",
        FIRST,
        ("https://art.example/1",),
    )
    assert files(first) == [("https://cdn.example/view/2023/11/14/7.png", "sky.png")]
    assert first.files[0].hashes == (("sha512", MD5 * 4),)
    assert [(note.name, note.text) for note in first.notes] == [("description", "At dawn.")]
    assert second.veto == "deleted"
    assert third.veto == "merged into another image; deleted"
    for single in ("https://philomena.example/images/7", "https://philomena.example/7?q=sky"):
        assert read(sites, single, {"image": image, "interactions": []}).posts == (first,)
    assert sites.below("my-philomena", 7) == ",id.lt:7"


def test_shimmie2(sites: Library) -> None:
    xml = (
        f'<posts count="1" offset="0"><post id="7" md5="{MD5}" file_name="sky.png" file_url="/_images/{MD5}/7.png" rating="?"'
        ' date="2023-11-14 22:13:20" tags="artist:some_painter blue_sky character:heron re:zero" source="https://art.example/1"'
        ' author="someone"/></posts>'
    )
    page = read(sites, sites.search("my-shimmie2", "blue_sky")[0], xml)
    (post,) = page.posts
    assert set(post.tags) == {
        Tag("creator", "some painter"), Tag("", "blue sky"), Tag("character", "heron"), Tag("", "re:zero"),
    }  # fmt: skip
    assert (post.id, post.url, post.time) == ("7", "https://shimmie2.example/post/view/7", FIRST)
    assert files(post) == [(f"https://shimmie2.example/_images/{MD5}/7.png", "sky.png")]
    assert post.files[0].hashes == (("md5", MD5),)
    assert read(sites, "https://shimmie2.example/post/view/7", xml).posts == (post,)
    assert read(sites, "https://shimmie2.example/post/list", xml.replace("<post ", "<tag ")).posts == (post,)
    assert asked_at(sites, "https://shimmie2.example/post/list/2", 2) == [
        f"https://shimmie2.example/api/danbooru/find_posts?page={page}&limit=100" for page in (1, 2)
    ]


def test_szurubooru(sites: Library) -> None:
    answer: dict[str, Any] = {
        "id": 7, "creationTime": "2023-11-14T22:13:20.123456Z", "safety": "safe", "source": "https://art.example/1\nhttps://art.example/2",
        "type": "image", "checksum": SHA1, "checksumMD5": MD5, "contentUrl": "data/posts/7_ab.png",
        "tags": [{"names": ["blue_sky", "sky"], "category": "default"}, {"names": ["some_painter"], "category": "artist"}],
        "notes": [{"polygon": [], "text": "a heron"}], "pools": [{"id": 1, "names": ["birds"], "category": "default"}],
    }  # fmt: skip
    url = sites.search("my-szurubooru", "blue_sky")[0]
    recognised = sites.recognise(url)
    assert recognised is not None
    assert recognised.headers == (("Accept", "application/json"),)
    elsewhere = {**answer, "id": 6, "contentUrl": "https://cdn.example/6.png"}
    page = read(sites, url, {"query": "", "offset": 0, "limit": 100, "total": 2, "results": [answer, elsewhere]})
    first, second = page.posts
    assert set(first.tags) == {
        Tag("", "blue sky"), Tag("creator", "some painter"), Tag("pool", "birds"), Tag("rating", "safe"),
    }  # fmt: skip
    assert (first.id, first.url, first.time) == ("7", "https://szurubooru.example/post/7", FIRST)
    assert [file.url for file in first.files] == ["https://szurubooru.example/data/posts/7_ab.png"]
    assert set(first.files[0].hashes) == {("md5", MD5), ("sha1", SHA1)}
    assert first.sources == ("https://art.example/1", "https://art.example/2")
    assert first.notes[0].text == "a heron"
    assert [file.url for file in second.files] == ["https://cdn.example/6.png"]
    assert read(sites, "https://szurubooru.example/post/7", answer).posts == (first,)
    refused = read(sites, url, {"name": "SearchError", "title": "Search error", "description": "Invalid token"})
    assert refused.veto == "the site refused the search"


def test_lynxchan(sites: Library) -> None:
    first = {
        "originalName": "heron.png",
        "path": "/.media/ab.png",
        "thumb": "/.media/t_ab",
        "mime": "image/png",
        "size": 5,
    }
    thread: dict[str, Any] = {
        "threadId": 12, "boardUri": "garden", "subject": None, "message": "Herons\nat dawn", "markdown": "Herons<br>at dawn",
        "creation": "2023-11-14T22:13:20.000Z", "locked": False, "archived": False, "autoSage": True, "cyclic": False, "files": [first],
        "posts": [
            {"postId": 13, "markdown": "only text", "creation": "2023-11-14T22:15:00.000Z", "files": []},
            {"postId": 14, "trash": True, "creation": "2023-11-14T22:15:00.000Z", "files": [first]},
        ],
    }  # fmt: skip
    url = "https://lynxchan.example/garden/res/12.html#13"
    page = read(sites, url, thread)
    assert (page.title, page.archived, page.dying) == ("Herons", False, True)
    assert [post.id for post in page.posts] == ["garden/12", "garden/13", "garden/14"]
    assert files(page.posts[0]) == [("https://lynxchan.example/.media/ab.png", "heron.png")]
    assert page.posts[0].files[0].hashes == ()
    assert (page.posts[0].time, page.posts[0].notes[0].text) == (FIRST, "Herons\nat dawn")
    assert (page.posts[1].files, page.posts[2].veto) == ((), "thrown away by the board")
    assert read(sites, url, {**thread, "locked": True}).archived
    assert read(sites, url, {**thread, "subject": "Birds"}).title == "Birds"
    recognised = sites.recognise(url)
    assert recognised is not None
    assert (recognised.kind, recognised.post_id) == (UrlKind.WATCHABLE, "garden/12")


@pytest.mark.parametrize("name", ["12", "12-grey-herons", "12+50", "12-grey-herons+50"])
def test_a_vichan_thread_is_asked_for_whole_whatever_stands_behind_its_number(sites: Library, name: str) -> None:
    found = sites.recognise(f"https://vichan.example/garden/res/{name}.html#34")
    assert found is not None
    asked = ("https://vichan.example/garden/res/12.json", "garden/12", UrlKind.WATCHABLE, "my-vichan/thread")
    assert (found.fetch_url, found.post_id, found.kind, found.parser) == asked


def archived(number: int, time: int, **more: object) -> dict[str, Any]:
    media = {
        "op": "1", "media_filename": f"crane {number}.jpg", "media_hash": "1B2M2Y8AsgTpgAmY7PhCfg==", "banned": "0",
        "media_link": f"https://media.example/po/{number}.jpg", "remote_media_link": "https://elsewhere.example/1.jpg",
    }  # fmt: skip
    board = {"name": "Papercraft", "shortname": "po"}
    post = {
        "num": str(number),
        "subnum": "0",
        "timestamp": time,
        "timestamp_expired": "0",
        "title": None,
        "comment": "a crane",
        "deleted": "1",
    }
    return {**post, "board": board, "media": media, **more}


def test_foolfuuka(sites: Library) -> None:
    op = archived(10, FIRST, title="Cranes", timestamp_expired="0", locked="0")
    posts = {"11": archived(11, FIRST + 5, media=None), "12": archived(12, FIRST + 9)}
    posts["12"]["media"] = {**posts["12"]["media"], "media_link": None}
    url = "https://foolfuuka.example/po/thread/10/#q12"
    page = read(sites, url, {"10": {"op": op, "posts": posts}})
    assert (page.title, page.archived) == ("Cranes", False)
    assert [(post.id, post.veto) for post in page.posts] == [("po/10", ""), ("po/11", ""), ("po/12", "")]
    first, second, third = page.posts
    assert files(first) == [("https://media.example/po/10.jpg", "crane 10.jpg")]
    assert first.files[0].hashes == (("md5", "d41d8cd98f00b204e9800998ecf8427e"),)
    assert (first.url, first.time, second.files) == ("https://foolfuuka.example/po/post/10/", FIRST, ())
    assert files(third) == [("https://elsewhere.example/1.jpg", "crane 12.jpg")]
    assert read(sites, url, {"10": {"op": {**op, "timestamp_expired": "1700000100"}}}).archived
    single = read(sites, first.url, op)
    assert [post.id for post in single.posts] == ["po/10"]


def test_a_search_in_an_archive_is_put_in_order_and_an_empty_one_is_no_fault(sites: Library) -> None:
    url = sites.search("my-foolfuuka", "crane")[0]
    found = {
        "0": {"posts": [archived(10, FIRST), archived(12, FIRST + 9), archived(11, FIRST + 5)]},
        "meta": {"total_found": "3"},
    }
    assert [post.id for post in read(sites, url, found).posts] == ["po/12", "po/11", "po/10"]
    nothing = read(sites, url, {"error": "No results found."})
    assert (nothing.posts, nothing.veto, nothing.faults) == ((), "", ())
    assert (
        read(sites, url, {"error": "The search backend returned an error."}).veto == "the archive refused the question"
    )


def test_mastodon(sites: Library) -> None:
    status: dict[str, Any] = {
        "id": "112233445566", "created_at": "2023-11-14T22:13:20.000Z", "sensitive": True, "spoiler_text": "feathers",
        "url": "https://other.example/@some_one/5", "content": "<p>At dawn</p>", "account": {"id": "9", "acct": "some_one@other.example"},
        "media_attachments": [
            {"type": "image", "url": "https://files.example/1.png", "preview_url": "https://x.example/1.png", "description": "a heron"},
            {"type": "video", "url": "https://files.example/2.mp4", "description": None},
        ],
        "tags": [{"name": "birds", "url": "https://x.example/tags/birds"}], "reblog": None,
    }  # fmt: skip
    url = sites.search("my-mastodon", "some_one@other.example")[0]
    looked = read(sites, url, {"id": "9", "acct": "some_one@other.example"})
    assert looked.posts == ()
    assert looked.galleries == ("https://mastodon.example/api/v1/accounts/9/statuses",)
    listed = sites.recognise(looked.galleries[0])
    assert listed is not None
    assert listed.fetch_url == (
        "https://mastodon.example/api/v1/accounts/9/statuses?only_media=true&limit=40&exclude_reblogs=true&max_id="
    )
    page = read(sites, looked.galleries[0], [status, {**status, "id": "112233445565"}])
    assert page.next == ("https://mastodon.example/api/v1/accounts/9/statuses?max_id=112233445565",)
    post = page.posts[0]
    assert set(post.tags) == {Tag("creator", "some_one@other.example"), Tag("", "birds"), Tag("rating", "sensitive")}
    assert post.url == "https://mastodon.example/@some_one@other.example/112233445566"
    assert [file.url for file in post.files] == ["https://files.example/1.png", "https://files.example/2.mp4"]
    assert [(note.name, note.text) for note in post.notes] == [
        ("text", "At dawn"), ("warning", "feathers"), ("description", "a heron"),
    ]  # fmt: skip
    assert post.sources == ("https://other.example/@some_one/5",)
    assert read(sites, post.url, status).posts == (post,)
    assert read(sites, looked.galleries[0], []).next == ()
    refused = read(
        sites, sites.search("my-mastodon/hashtag", "birds")[0], {"error": "This method requires an authenticated user"}
    )
    assert refused.veto == "the server refused the question"


def test_mediawiki_puts_the_files_of_a_page_in_order_and_goes_on_where_the_wiki_says(sites: Library) -> None:
    def file(number: int) -> dict[str, Any]:
        name = f"Heron {number} & frog.jpg"
        info = {
            "timestamp": "2023-11-14T22:13:20Z", "user": "Some one", "comment": "from my garden", "sha1": SHA1, "mime": "image/jpeg",
            "url": f"https://mediawiki.example/images/{number}.jpg", "descriptionurl": f"https://mediawiki.example/wiki/File:{number}.jpg",
            "extmetadata": {
                "Artist": {"value": '<a href="//x.example/A">A.\nPainter</a>'}, "ImageDescription": {"value": "<p>At dawn</p>"},
                "LicenseShortName": {"value": "CC0"}, "Credit": {"value": '<a href="https://art.example/1">here</a>'},
            },
        }  # fmt: skip
        kinds = [{"ns": 14, "title": "Category:Birds"}, {"ns": 14, "title": "Category:Grey herons"}]
        return {"pageid": number, "ns": 6, "title": f"File:{name}", "imageinfo": [info], "categories": kinds}

    url = sites.search("my-mediawiki", "Grey herons & co")[0]
    assert url == "https://mediawiki.example/wiki/Category:Grey_herons_&_co"
    recognised = sites.recognise(url)
    assert recognised is not None
    assert "&gcmtitle=Category:Grey_herons_%26_co&" in recognised.fetch_url
    answer = {
        "continue": {"gcmcontinue": "2023|1", "continue": "gcmcontinue||"},
        "query": {"pages": [file(1), file(2)]},
    }
    page = read(sites, url, answer)
    assert [post.id for post in page.posts] == ["2", "1"]
    assert page.next == (f"{recognised.fetch_url}&gcmcontinue=2023%7C1",)
    further = sites.recognise(page.next[0])
    assert further is not None
    assert further.fetch_url == page.next[0]
    last = {"continue": {"gcmcontinue": "2022|9", "continue": "gcmcontinue||"}, "query": {"pages": [file(3)]}}
    assert read(sites, page.next[0], last).next == (f"{recognised.fetch_url}&gcmcontinue=2022%7C9",)
    post = page.posts[0]
    assert set(post.tags) == {
        Tag("", "Birds"), Tag("", "Grey herons"), Tag("uploader", "Some one"), Tag("creator", "A. Painter"), Tag("license", "CC0"),
    }  # fmt: skip
    assert files(post) == [("https://mediawiki.example/images/2.jpg", "Heron 2 & frog.jpg")]
    assert (post.files[0].hashes, post.title, post.time) == ((("sha1", SHA1),), "Heron 2 & frog", FIRST)
    assert (post.url, post.sources) == ("https://mediawiki.example/wiki/File:2.jpg", ("https://art.example/1",))
    assert [note.text for note in post.notes] == ["At dawn", "from my garden"]
    absent = {"query": {"pages": [{"ns": 6, "title": "File:X.jpg", "missing": True}]}}
    assert read(sites, "https://mediawiki.example/wiki/File:X.jpg", absent).posts[0].veto.startswith("deleted")
    refused = read(
        sites, url, {"error": {"code": "invalidcategory", "info": "The category name you entered is not valid."}}
    )
    assert refused.veto == "the wiki refused the question"


def test_mediawiki_never_ends_quietly_where_the_wiki_has_more_to_say_of_the_same_files(sites: Library) -> None:
    answer = {
        "continue": {"clcontinue": "5|Birds", "continue": "||imageinfo"},
        "query": {"pages": [{"pageid": 5, "title": "File:5.jpg"}]},
    }
    (following,) = read(sites, "https://mediawiki.example/wiki/Category:Birds", answer).next
    assert following.endswith("&clcontinue=5%7CBirds")


FEED = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Garden</title><item><title>Heron</title><link>https://wordpress.example/?p=76</link><dc:creator>gardener</dc:creator>
<pubDate>Tue, 14 Nov 2023 22:13:20 +0000</pubDate><category>birds</category><guid isPermaLink="false">https://wordpress.example/?p=76</guid>
<content:encoded><![CDATA[<p>At dawn</p><a href="/wp-content/uploads/2023/11/heron.png">
<img src="/wp-content/uploads/2023/11/heron-300x200.png"/></a>
<img src="https://wordpress.example/wp-content/uploads/2023/11/owl.png"><a href="https://other.example/x">x</a>
<audio src="/wp-content/uploads/2023/11/call.mp3"></audio>]]></content:encoded></item></channel></rss>"""


def test_wordpress_takes_what_a_picture_leads_to_and_turns_the_pages_of_any_feed(sites: Library) -> None:
    url = sites.search("my-wordpress/tag", "grey heron")[0]
    (post,) = read(sites, url, FEED).posts
    uploads = "https://wordpress.example/wp-content/uploads/2023/11"
    assert {file.url for file in post.files} == {f"{uploads}/heron.png", f"{uploads}/owl.png", f"{uploads}/call.mp3"}
    assert (post.id, post.title, post.time) == ("76", "Heron", FIRST)
    assert set(post.tags) == {Tag("creator", "gardener"), Tag("", "birds")}
    for start in (url, "https://wordpress.example/tag/grey-heron/", "https://wordpress.example/tag/grey-heron/feed/"):
        found = sites.recognise(start)
        assert found is not None
        following = sites.next_page(found)
        assert following == "https://wordpress.example/?feed=rss2&paged=2&tag=grey-heron"


def test_a_feed_keeps_its_parameters(sites: Library) -> None:
    for url in ("https://feed.example/?feed=rss2", "https://feed.example/photos/rss?tags=heron&lang=en"):
        found = sites.recognise(url)
        assert found is not None
        assert (found.fetch_url, found.normalised) == (url, url)


FIRST_POST = {"no": 12, "time": FIRST, "sub": "Herons &amp; lakes", "com": "by<br>the lake", "sticky": 1}


@pytest.mark.parametrize(
    ("url", "asked", "answer", "thread"),
    [
        ("vichan.example/garden/index.html", "/garden/catalog.json", [{"page": 0, "threads": [FIRST_POST]}], "/garden/res/12.html"),
        (
            "lynxchan.example/garden/catalog.html",
            "/garden/catalog.json",
            [{"threadId": 12, "subject": "Herons & lakes", "message": "by\nthe lake", "pinned": True}],
            "/garden/res/12.html",
        ),
        (
            "foolfuuka.example/garden/",
            "/_/api/chan/index/?board=garden&page=1",
            {"12": {"op": {"num": "12", "title": "Herons & lakes", "comment": "by\nthe lake"}, "posts": [{"num": "13"}]}},
            "/garden/thread/12/",
        ),
    ],
)  # fmt: skip
def test_catalogues_show_threads_with_title_and_text(
    sites: Library, url: str, asked: str, answer: object, thread: str
) -> None:
    found = sites.recognise(f"https://{url}")
    assert found is not None
    assert sites.is_catalogue(found)
    assert found.fetch_url.endswith(asked)
    (post,) = read(sites, f"https://{url}", answer).posts
    assert (post.id, post.title, post.notes[0].text) == ("garden/12", "Herons & lakes", "by\nthe lake")
    assert [each.removeprefix(f"https://{url.partition('/')[0]}") for each in post.follow] == [thread]
    watched = sites.recognise(post.follow[0])
    assert watched is not None
    assert (watched.kind, watched.post_id) == (UrlKind.WATCHABLE, "garden/12")
