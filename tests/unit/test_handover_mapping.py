"""What gallery-dl and yt-dlp say of a file, as posts of ours; the shapes are those that both wrote, the words are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.config import load
from syncer.config.field_map import FieldMap
from syncer.errors import ConfigError
from syncer.handover.mapping import found, gallery_dl, tables, times, yt_dlp
from syncer.model import Note
from syncer.store.codec import post_from_text, post_to_text

DANBOORU = {
    "category": "danbooru",
    "subcategory": "tag",
    "id": 5,
    "created_at": "2024-05-04T12:00:01.123+02:00",
    "date": "2024-05-04 10:00:01",
    "source": "https://artist.example/5",
    "md5": "B00F21645A9731B4B40E557FEB069086",
    "rating": "s",
    "image_width": 40,
    "image_height": 30,
    "file_size": 3091,
    "file_ext": "png",
    "file_url": "https://cdn.example/5.png",
    "tag_string": "lake_view kim_l a_series a_girl highres",
    "tag_string_artist": "kim_l",
    "tags": ["lake_view", "kim_l", "a_series", "a_girl", "highres"],
    "tags_artist": ["kim_l"],
    "tags_character": ["a_girl"],
    "tags_copyright": ["a_series"],
    "tags_general": ["lake_view"],
    "tags_meta": ["highres"],
    "filename": "5",
    "extension": "png",
    "artist_commentary": {"original_title": "Lake", "original_description": "First line\n\n\n\nsecond"},
}
MOEBOORU = {
    "category": "mymoe",
    "id": 6,
    "tags": "lake_view tree_top",
    "author": "who put it there",
    "rating": "s",
    "created_at": 1714816806,
    "file_url": "https://moe.example/6.png",
    "md5": "99afd366a312eb31660b67a73d1b5910",
    "source": "",
}
LISTS = {"category": "some booru", "id": "7", "tags": {"artist": ["kim_l"], "general": ["hill"], "species": ["fox"]}}
PIXIV = {
    "category": "pixiv",
    "id": 8,
    "num": 1,
    "title": "Hills",
    "caption": "a line<br />and <strong>another</strong> &amp; more",
    "user": {"id": 3, "name": "Kim", "account": "kim_l"},
    "tags": [{"name": "丘", "translated_name": "hill"}, "original_work"],
    "rating": "General",
    "url": "https://i.pximg.example/8_p1.jpg",
    "create_date": "2024-05-04T19:00:00+09:00",
    "width": 100,
}
ARTIST = {
    "category": "artstation",
    "id": 9,
    "num": 2,
    "title": "A hill",
    "permalink": "https://www.artstation.com/artwork/abc",
    "artist": "Kim",
    "user": {"username": "kim", "full_name": "Kim L"},
    "description": "how it was made",
    "tags": ["blue_hill", "sky"],
    "mediums": [{"name": "Oil"}],
    "date": "2024-05-04 10:00:00",
}
DEVIANT = {
    "category": "deviantart",
    "deviationid": "0F-1",
    "index": 123,
    "url": "https://www.deviantart.com/kim/art/Hill-123",
    "author": {"userid": "1", "username": "kim", "type": "regular"},
    "published_time": "1714816800",
    "tags": ["hill"],
    "title": "Hill",
    "description": None,
}
SOCIAL = {
    "category": "twitter",
    "tweet_id": 10,
    "num": 1,
    "author": {"id": 1, "name": "kim_l", "nick": "Kim"},
    "user": {"id": 2, "name": "who_shared"},
    "content": "on a #blue_hill today",
    "hashtags": ["blue_hill"],
    "source": "A Web App",
    "reply_id": 9,
    "lang": "en",
    "date": "2024-05-04 10:00:00",
}
BOARD = {
    "category": "4chan",
    "board": "po",
    "thread": "100",
    "no": 101,
    "com": 'see<br><a href="#p100" class="quotelink">&gt;&gt;100</a>',
    "time": 1714816800,
    "md5": "sA8hZFqXMbS0DlV/6waQhg==",
    "fsize": 5,
    "w": 4,
    "h": 3,
    "filename": "hill",
    "extension": "png",
}
MANGA = {
    "category": "mangadex",
    "chapter_id": "c1",
    "manga": "Hills",
    "artist": ["Kim"],
    "author": ["Jo"],
    "chapter": 3,
    "volume": 1,
    "language": "English",
    "group": ["Some group"],
}


def tags_of(data: object, own: FieldMap | None = None) -> set[str]:
    """Return the tags that gallery-dl's metadata comes to, as people write them."""
    read = gallery_dl.read(data, own=own) if own is not None else gallery_dl.read(data)
    return {str(tag) for tag in read.post.tags}


@pytest.mark.parametrize(
    ("data", "tags"),
    [
        (DANBOORU, {"creator:kim l", "character:a girl", "series:a series", "lake view", "meta:highres", "rating:sensitive"}),
        (MOEBOORU, {"lake view", "tree top", "rating:safe"}),
        (LISTS, {"creator:kim l", "hill", "species:fox"}),
        (PIXIV, {"creator:Kim", "丘", "hill", "original_work", "rating:general"}),
        (ARTIST, {"creator:Kim", "blue_hill", "sky", "medium:Oil"}),
        (DEVIANT, {"creator:kim", "hill"}),
        (SOCIAL, {"creator:kim_l", "blue_hill"}),
        (BOARD, set()),
        (MANGA, {"creator:Kim", "series:Hills", "chapter:3", "volume:1", "language:English", "group:Some group"}),
        ({"tags": ["artist:kim", "oc:a girl", "spoiler:x", "#sky", "re:zero"]},
         {"creator:kim", "character:a girl", ":spoiler:x", "sky", ":re:zero"}),
        ({"tags": "blue hill, red_sky"}, {"blue hill", "red sky"}),
        ({"rating": 4.5, "artist": True, "tags": [[["deep"]], None, 5, {"x": 1}]}, {"deep", "5"}),
    ],
)  # fmt: skip
def test_tags_have_the_namespaces_of_our_own_site_files(data: dict[str, Any], tags: set[str]) -> None:
    assert tags_of(data) == tags


@pytest.mark.parametrize(
    ("data", "site", "post", "url", "title", "time"),
    [
        (DANBOORU, "danbooru", "5", "https://danbooru.donmai.us/posts/5", "Lake", 1714816801),
        (MOEBOORU, "mymoe", "6", "", "", 1714816806),
        (LISTS, "some-booru", "7", "", "", None),
        (PIXIV, "pixiv", "8", "https://www.pixiv.net/artworks/8", "Hills", 1714816800),
        (ARTIST, "artstation", "9", "https://www.artstation.com/artwork/abc", "A hill", 1714816800),
        (DEVIANT, "deviantart", "123", "https://www.deviantart.com/kim/art/Hill-123", "Hill", 1714816800),
        (SOCIAL, "twitter", "10", "https://twitter.com/kim_l/status/10", "", 1714816800),
        (BOARD, "4chan", "po/101", "https://boards.4chan.org/po/thread/100", "", 1714816800),
        (MANGA, "mangadex", "c1", "https://mangadex.org/chapter/c1", "", None),
        ({"category": "directlink", "id": "1"}, "", "", "", "", None),
    ],
)
def test_site_post_page_title_and_time(
    data: dict[str, Any], site: str, post: str, url: str, title: str, time: int | None
) -> None:
    read = gallery_dl.read(data).post
    assert (read.site, read.id, read.url, read.title, read.time) == (site, post, url, title, time)


ARCHIVED = {
    "category": "desuarchive",
    "board": {"shortname": "po", "name": "Papercraft"},
    "thread_num": "100",
    "num": "101",
    "timestamp": 1714816800,
    "comment": "folded it",
    "filename_media": "crane",
    "filename": "1714816800123",
    "extension": "png",
    "media": {"media_hash": "sA8hZFqXMbS0DlV/6waQhg==", "media_size": 5, "media_w": 4, "media_h": 3},
}
TOLD = {"syncer-root": "http://127.0.0.1:8/b/", "syncer-software": "moebooru"}


@pytest.mark.parametrize(
    ("data", "site", "post", "url"),
    [
        # As our own site files say it, see sites/: what came by them is known.
        (ARCHIVED, "desuarchive", "po/101", "https://desuarchive.org/po/post/101/"),
        ({"category": "konachan", "id": 6}, "konachan", "6", "https://konachan.com/post/show/6"),
        ({"category": "imgur", "id": "img", "album": {"id": "alb"}}, "imgur", "alb", "https://imgur.com/a/alb"),
        ({"category": "imgur", "id": "img"}, "imgur", "img", "https://imgur.com/img"),
        ({"category": "wikimediacommons", "pageid": 7, "title": "File:A.jpg", "url": "https://u.example/A.jpg",
          "descriptionurl": "https://commons.wikimedia.org/wiki/File:A.jpg"},
         "commons", "7", "https://commons.wikimedia.org/wiki/File:A.jpg"),
        # Pages of several languages count by themselves.
        ({"category": "wikipedia", "lang": "de", "pageid": 7, "descriptionurl": "https://de.wikipedia.org/wiki/Datei:A"},
         "wikipedia", "de/7", "https://de.wikipedia.org/wiki/Datei:A"),
        # The link of a link post goes elsewhere; what is no post has no such page.
        ({"category": "reddit", "id": "a1", "subreddit": "pics", "num_comments": 0, "url": "https://news.example/x"},
         "reddit", "a1", "https://www.reddit.com/r/pics/comments/a1"),
        ({"category": "reddit", "id": "c1", "subreddit": "pics"}, "reddit", "c1", ""),
        ({"category": "danbooru", "subcategory": "media-asset", "id": 5}, "danbooru", "media_assets/5",
         "https://danbooru.donmai.us/media_assets/5"),
        ({"category": "flickr", "id": 3, "owner": {"nsid": "1@N00", "path_alias": None}}, "flickr", "3",
         "https://www.flickr.com/photos/1@N00/3/"),
        # Where gallery-dl was run by syncer, it tells where the site lies and what it runs.
        (MOEBOORU | TOLD, "mymoe", "6", "http://127.0.0.1:8/b/post/show/6"),
        (MOEBOORU | {"syncer-root": "http://k:p@moe.example", "syncer-software": "moebooru"}, "mymoe", "6",
         "http://moe.example/post/show/6"),
        ({"category": "x", "boardUri": "b", "threadId": 1, "postId": 2, "syncer-root": "https://b.example"}, "x", "b/2",
         "https://b.example/b/res/1.html"),
        (MOEBOORU | {"syncer-root": ["https://x"], "syncer-software": {}}, "mymoe", "6", ""),
        ({"category": "4chan", "board": {"x": 1}, "no": None, "thread": [], "id": 5}, "4chan", "5", ""),
    ],
)  # fmt: skip
def test_posts_have_the_page_and_id_of_our_own_site_files(data: dict[str, Any], site: str, post: str, url: str) -> None:
    read = gallery_dl.read(data).post
    assert (read.site, read.id, read.url) == (site, post, url)


def test_a_number_that_counts_no_files_is_no_place_in_a_post() -> None:
    read = gallery_dl.read(ARCHIVED)
    assert (read.media.index, read.alone, read.media.name) == (0, True, "crane.png")
    assert (read.size, read.width, read.height) == (5, 4, 3)
    assert read.media.hashes == (("md5", "b00f21645a9731b4b40e557feb069086"),)
    assert read.post.notes == (Note("post text", "folded it"),)
    pool = gallery_dl.read(DANBOORU | {"num": 37, "pool": {"id": 1}})
    assert (pool.media.index, pool.alone) == (0, True)
    # Where files are counted from 0, the first of many must not take the place of all.
    thread = {"category": "x", "boardUri": "b", "threadId": 1, "postId": 2}
    counted = [gallery_dl.read(thread | {"num": number}) for number in (0, 1)]
    assert [(each.media.index, each.alone) for each in counted] == [(0, False), (1, False)]


def test_the_file_with_its_place_hashes_and_measures() -> None:
    read = gallery_dl.read(DANBOORU)
    assert (read.media.url, read.media.name) == ("https://cdn.example/5.png", "5.png")
    assert read.media.hashes == (("md5", "b00f21645a9731b4b40e557feb069086"),)
    assert (read.size, read.width, read.height, read.extension) == (3091, 40, 30, "png")
    assert read.post.sources == ("https://artist.example/5",)
    board = gallery_dl.read(BOARD, "https://i.example/1.png")
    assert board.media.hashes == (("md5", "b00f21645a9731b4b40e557feb069086"),)
    assert (board.media.url, board.size, board.width, board.height) == ("https://i.example/1.png", 5, 4, 3)
    assert [gallery_dl.read(data).media.index for data in (PIXIV, ARTIST, BOARD)] == [1, 1, 0]
    assert gallery_dl.read(PIXIV).media.url == "https://i.pximg.example/8_p1.jpg"
    assert gallery_dl.read(ARTIST | {"url": "https://a.example/kim"}).media.url == "", "a page that all posts share"


def test_texts_are_notes_without_markup() -> None:
    assert gallery_dl.read(PIXIV).post.notes == (Note("description", "a line\nand another & more"),)
    assert gallery_dl.read(DANBOORU).post.notes == (Note("artist commentary", "First line\n\nsecond"),)
    assert gallery_dl.read(SOCIAL).post.notes == (Note("post text", "on a #blue_hill today"),)
    assert gallery_dl.read(BOARD).post.notes == (Note("post text", "see\n>>100"),)


def test_no_name_and_password_gets_out_of_an_address() -> None:
    data = {
        "category": "x",
        "file_url": "https://kim:pw@cdn.example/1.png",
        "source": "https://kim:pw@a.example/",
        "post_url": "https://k:p@b.example/1",
    }
    read = gallery_dl.read(data).post
    assert (read.files[0].url, read.sources, read.url) == (
        "https://cdn.example/1.png",
        ("https://a.example/",),
        "https://b.example/1",
    )


@pytest.mark.parametrize("url", ["http://[bad/a.png", "https:///a.png", "http://h:99999/a.png", "ftp://h/a.png", 5])
def test_what_is_no_web_address_is_left_out(url: object) -> None:
    data = {"category": "x", "file_url": url, "image_url": "https://a.example/1.png", "post_url": url, "source": [url]}
    read = gallery_dl.read(data).post
    assert (read.files[0].url, read.url, read.sources) == ("https://a.example/1.png", "", ())


def test_files_of_one_post_become_one() -> None:
    second = ARTIST | {"num": 1, "tags": ["sky", "sun"]}
    other = ARTIST | {"id": 10, "num": 1}
    read = [
        gallery_dl.read(data, f"https://c.example/{data['id']}-{data['num']}.jpg") for data in (ARTIST, second, other)
    ]
    posts = found.posts(read)
    assert [(post.id, [file.url[-7:] for file in post.files]) for post in posts] == [
        ("9", ["9-1.jpg", "9-2.jpg"]),
        ("10", ["0-1.jpg"]),
    ]
    assert {str(tag) for tag in posts[0].tags} >= {"sky", "sun", "blue_hill"}
    nameless = [gallery_dl.read({"category": "directlink"}, f"https://c.example/{n}.jpg") for n in (1, 2)]
    assert [post.files[0].url for post in found.posts(nameless)] == [
        "https://c.example/1.jpg",
        "https://c.example/2.jpg",
    ]


VIDEO = {
    "id": "v1",
    "extractor": "youtube",
    "extractor_key": "Youtube",
    "title": "A day at the lake",
    "description": "wind\n\n\n\nand water",
    "uploader": "Kim",
    "channel": "Kim's channel",
    "tags": ["lake", "wind"],
    "categories": ["Travel"],
    "upload_date": "20240504",
    "timestamp": 1714816800,
    "webpage_url": "https://v.example/watch?v=v1",
    "original_url": "https://v.example/v1",
    "playlist_title": "Kim - Videos",
    "duration": 61.5,
    "width": 640,
    "ext": "mp4",
    "url": "https://cdn.example/expires",
    "chapters": [{"start_time": 0.0, "title": "Begin"}, {"start_time": 3661, "title": "End"}],
}


def test_a_video() -> None:
    read = yt_dlp.read(VIDEO)
    post = read.post
    assert (post.site, post.id, post.url, post.title, post.time) == (
        "youtube",
        "v1",
        "https://v.example/watch?v=v1",
        "A day at the lake",
        1714816800,
    )
    assert {str(tag) for tag in post.tags} == {"creator:Kim", "lake", "wind", "Travel"}
    assert post.notes == (Note("description", "wind\n\nand water"), Note("chapters", "0:00 Begin\n1:01:01 End"))
    assert post.sources == ("https://v.example/v1",)
    assert (read.duration, read.width, read.extension, read.media.url) == (61.5, 640, "mp4", "")
    assert yt_dlp.read({"upload_date": "20240504"}).post.time == 1714780800
    series = {"playlist_title": "Lakes", "artists": ["Jo", "Al"], "uploader": "Kim"}
    assert {str(tag) for tag in yt_dlp.read(series).post.tags} == {"playlist:Lakes", "creator:Jo", "creator:Al"}


def test_what_only_the_generic_extractor_names_has_no_id() -> None:
    page = {
        "extractor": "html5",
        "extractor_key": "HTML5MediaEmbed",
        "id": "watch-1",
        "webpage_url": "https://a.example/watch",
    }
    post = yt_dlp.read(page).post
    assert (post.site, post.id, post.url) == ("", "", "https://a.example/watch")
    direct = {
        "extractor_key": "Generic",
        "id": "v",
        "direct": True,
        "url": "https://a.example/v.mp4",
        "webpage_url": "https://a.example/v.mp4",
    }
    post = yt_dlp.read(direct).post
    assert (post.url, post.files[0].url) == ("", "https://a.example/v.mp4")


def test_a_persons_own_word_goes_before_the_table() -> None:
    own = FieldMap(
        site="kims",
        post=("group", "no"),
        post_url="https://kims.example/{group}/{no}",
        title=("headline",),
        time=("when",),
        tags={"creator": ("maker.nick",), "": ("words",), "place": ("missing",)},
        notes={"story": ("story",)},
        sources=("from",),
        drop=("rating", "user"),
    )
    data = {
        "category": "kim", "group": "a b", "no": 5, "id": 99, "headline": "Hill", "title": "wrong", "when": "2024-05-04",
        "date": "2020-01-01", "maker": {"nick": "kim"}, "artist": "wrong", "words": ["hill"], "tags": ["wrong"],
        "story": "long ago", "from": "https://a.example/1", "source": "https://wrong.example/", "rating": "s",
        "characters": ["fox"],
    }  # fmt: skip
    read = gallery_dl.read(data, own=own)
    post = read.post
    assert (post.site, post.id, post.url) == ("kims", "a b/5", "https://kims.example/a%20b/5")
    assert (post.title, post.time, post.sources) == ("Hill", 1714780800, ("https://a.example/1",))
    assert {str(tag) for tag in post.tags} == {"creator:kim", "hill", "character:fox", "group:a b"}
    assert post.notes == (Note("story", "long ago"),)
    assert read.unread == ("tags.place",)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2024-05-04 10:00:00", 1714816800),
        ("2024-05-04T12:00:00.1234567+02:00", 1714816800),
        ("Sat May 04 10:00:00 +0000 2024", 1714816800),
        ("Sat, 04 May 2024 10:00:00 GMT", 1714816800),
        (1714816800000, 1714816800),
        ("1714816800.5", 1714816800),
        ("20240504", 1714780800),
        ("0000-00-00 00:00:00", None),
        (0, None),
        (True, None),
        (float("nan"), None),
        (10**30, None),
        ("yesterday", None),
        ("9" * 4000, None),
        ([], None),
    ],
)
def test_times(value: object, seconds: int | None) -> None:
    assert times.seconds(value) == seconds


FIELDS = sorted(
    {name for row in (tables.GALLERY_DL.tags, tables.GALLERY_DL.notes, tables.YT_DLP.tags) for _, names in row for name in names}
    | {*tables.GALLERY_DL.time, *tables.GALLERY_DL.post, "category", "extractor_key", "tags_artist", "md5", "url", "num",
       "chapters", "title", "rating", "user", "artist", "width", "source"}
)  # fmt: skip
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=20),
        st.sampled_from(["https://x.example/a", "http://[a", "https://x.example:x/"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.one_of(ANY, st.dictionaries(st.sampled_from(FIELDS), ANY, max_size=8)))
def test_whatever_comes_nothing_raises_and_the_store_takes_it(data: object) -> None:
    for read in (gallery_dl.read(data), yt_dlp.read(data)):
        assert post_from_text(post_to_text(read.post)) == read.post
        post_to_text(read.post).encode("utf-8")


def test_floods_are_bounded() -> None:
    deep: object = "x"
    for _ in range(10_000):
        deep = [deep]
    data = {
        "category": "c" * 10_000, "id": "1" * 10_000, "title": "t" * 10**6, "description": "<p>" * 10**6 + "d" * 10**6,
        "tags": "w " * 10**6, "characters": [str(n) for n in range(20_000)], "artist": deep,
        "tags_meta": [[str(n)] * 100 for n in range(2_000)],
        "source": ["https://x.example/" + str(n) for n in range(5_000)], "num": 10**15,
    }  # fmt: skip
    post = gallery_dl.read(json.loads(json.dumps(data | {"artist": None})) | {"artist": deep}).post
    assert len(post.tags) <= 5_000
    assert len(post.site) <= 64
    assert (len(post.sources), post.id, post.files[0].index) == (100, "", 100_000)
    assert max(len(post.title), *(len(note.text) for note in post.notes)) <= 100_000


def test_a_config_says_it_and_faults_have_their_place() -> None:
    text = """
[import_folders.main]
path = "import"
profile = "plain"
[handover.mapping.Pixiv]
tags = { creator = "user.account", "" = ["a", "b.c"] }
post = ["board", "no"]
post_url = "https://x.example/{board}/{no}"
"""
    config = load.parse(text, Path("/c/config.toml"))
    own = config.handover.mapping("pixiv")
    assert own == FieldMap(
        post=("board", "no"),
        post_url="https://x.example/{board}/{no}",
        tags={"creator": ("user.account",), "": ("a", "b.c")},
    )
    assert config.handover.mapping("other") == FieldMap()
    with pytest.raises(ConfigError) as caught:
        load.parse(text + 'title = "{x}"\npsot = "a"\nsources = []\n', Path("/c/config.toml"))
    assert [problem[:38] for problem in caught.value.problems] == [
        "config.toml:9: handover.mapping.Pixiv.",
        "config.toml:10: handover.mapping.Pixiv",
        "config.toml:11: handover.mapping.Pixiv",
    ]
    assert 'did you mean "post"?' in caught.value.problems[1]
