"""Pages and site files for `bench.sites`: a listing of 40 posts as HTML, one of 200 as JSON, 300 sites of five URL classes.

Here apart from measuring, so that what is read can be read. All made up, and the same at each run.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ROOT = "https://booru.example"
_SYLLABLES = ("sky", "ta", "lake", "mo", "fern", "ri", "snow", "lo", "bird", "ka", "stone", "ve")
_NAMESPACES = ("creator", "series", "character", "general")


@dataclass(frozen=True, slots=True)
class Entry:
    """One post of the made-up site."""

    id: int
    md5: str
    tags: tuple[tuple[str, str], ...]
    """Namespace and text, as the site writes it."""
    rating: str
    time: str


def entries(count: int, tags: int = 25) -> list[Entry]:
    """Make posts, newest first."""
    chance = random.Random(7)
    words = sorted({"_".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(3000)})
    return [
        Entry(
            id=9_000_000 - number,
            md5=f"{chance.getrandbits(128):032x}",
            tags=tuple((chance.choices(_NAMESPACES, (1, 1, 2, 12))[0], word) for word in chance.sample(words, tags)),
            rating=chance.choice("sq"),
            time=f"2025-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}T0{chance.randint(0, 9)}:30:00.000Z",
        )
        for number in range(count)
    ]


def listing_html(posts: Sequence[Entry]) -> str:
    """Write a listing as boorus do: menus, a column of tags, thumbnails with all tags of their post."""
    menu = "".join(f'<li id="nav-{n}"><a href="/menu/{n}?x=1&amp;y=2">Menu {n}</a></li>\n' for n in range(25))
    column = "".join(_tag_line(space, text) for post in posts[:2] for space, text in post.tags)
    pages = "".join(f'<a href="/posts?tags=sky&amp;page={page}">{page}</a> ' for page in range(1, 12))
    return (
        "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>sky | Booru</title>"
        '<link rel="stylesheet" href="/x.css"><script>if (a < b && c > d) { run("<div>"); }</script></head>\n'
        f'<body class="c-posts a-index"><header id="top"><nav><ul class="menu">{menu}</ul></nav></header>\n'
        f'<div id="page"><aside id="sidebar"><ul class="tag-list">{column}</ul></aside>\n'
        f'<section id="content"><div class="posts-container">{"".join(_article(post) for post in posts)}</div>\n'
        f'<div class="paginator">{pages}<a class="next" rel="next" href="/posts?tags=sky&amp;page=2">Next</a></div>\n'
        '</section></div><footer id="footer"><p>Booru <a href="/terms">Terms</a></p></footer></body></html>\n'
    )


def _tag_line(space: str, text: str) -> str:
    plain = text.replace("_", " ")
    return (
        f'<li class="tag-type-{space}"><a class="wiki-link" href="/wiki/{text}">?</a> '
        f'<a class="search-tag" href="/posts?tags={text}">{plain}</a> <span class="post-count">12k</span></li>\n'
    )


def _article(post: Entry) -> str:
    words = " ".join(text for _, text in post.tags)
    return (
        f'<article id="post_{post.id}" class="post-preview captioned" data-id="{post.id}" data-rating="{post.rating}" '
        f'data-tags="{words}" data-md5="{post.md5}" data-created="{post.time}">\n'
        f'<div class="post-preview-container"><a class="post-preview-link" draggable="false" href="/posts/{post.id}?q=sky">'
        f'<picture><source type="image/jpeg" srcset="https://cdn.booru.example/180/{post.md5}.jpg 1x, '
        f'https://cdn.booru.example/360/{post.md5}.jpg 2x"><img src="https://cdn.booru.example/180/{post.md5}.jpg" '
        f'width="180" height="120" class="post-preview-image" title="{words} rating:{post.rating}" alt="post #{post.id}">'
        f'</picture></a></div>\n<div class="post-preview-score"><a class="vote" rel="nofollow" href="/vote/{post.id}">+</a>'
        f'<span class="score">{post.id % 90}</span></div></article>\n'
    )


def listing_json(posts: Sequence[Entry]) -> str:
    """Write a listing in the shape of Danbooru's interface."""
    return json.dumps([_object(post) for post in posts])


def _object(post: Entry) -> dict[str, Any]:
    def of(*spaces: str) -> str:
        return " ".join(text for space, text in post.tags if space in spaces)

    data = f"https://cdn.booru.example/original/{post.md5}.jpg"
    return {
        "id": post.id, "created_at": post.time, "uploader_id": 1, "score": 3, "source": f"https://art.example/{post.id}",
        "md5": post.md5, "rating": post.rating, "image_width": 1800, "image_height": 1200, "file_ext": "jpg",
        "file_size": 250_000, "fav_count": 4, "has_children": False, "parent_id": None, "is_deleted": False,
        "is_banned": False, "is_pending": False, "tag_count": len(post.tags), "tag_string": of(*_NAMESPACES),
        "tag_string_general": of("general"), "tag_string_character": of("character"),
        "tag_string_copyright": of("series"), "tag_string_artist": of("creator"), "tag_string_meta": "",
        "file_url": data, "large_file_url": data, "preview_file_url": f"https://cdn.booru.example/180/{post.md5}.jpg",
        "media_asset": {"id": post.id, "variants": [{"type": "180x180", "url": data}, {"type": "original", "url": data}]},
    }  # fmt: skip


NATIVE = f"""
[site]
name = "Booru"
engine = "danbooru"
root = "{ROOT}"

[[url]]
name = "page"
kind = "gallery"
match = "/listing?tags={{tags?}}&page={{page:digits=1}}"
next = {{ page = 1 }}
parser = "page"

[parser.page]
each = "article.post-preview"
page = [{{ what = "next", css = "a[rel=next]", attr = "href" }}]
get = [
  {{ what = "post", attr = "data-id" }},
  {{ what = "follow", css = "a.post-preview-link", attr = "href" }},
  {{ what = "tag", attr = "data-tags", steps = [{{ use = "words" }}] }},
  {{ what = "tag", namespace = "rating", attr = "data-rating", steps = [{{ map = {{ s = "safe", q = "questionable" }} }}] }},
  {{ what = "time", attr = "data-created", steps = [{{ date = "iso" }}] }},
]
"""

IMPORTED = """
[site]
name = "Imported booru"
dialect = "hydrus"

[[url]]
name = "imported page"
kind = "gallery"
domains = ["imported.example"]
path = ["listing"]
params = [{ name = "tags", match = { any = true } }, { name = "page", match = { chars = "digits" }, default = "1" }]
next = { param = "page", step = 1 }
example = "https://imported.example/listing?tags=sky&page=1"

[[parser]]
name = "imported page parser"
examples = ["https://imported.example/listing?tags=sky&page=1"]

[[parser.get]]
name = "next"
what = "next"
html = [{ tag = "a", attrs = { rel = "next" } }]
attr = "href"

[[parser.posts]]
name = "posts"
split = { html = [{ tag = "article", attrs = { class = "post-preview" } }], take = "html" }
get = [
  { name = "page", what = "desired", html = [{ tag = "a", attrs = { class = "post-preview-link" } }], attr = "href" },
  { name = "tags", what = "tag", html = ["article"], attr = "data-tags", steps = [{ split = " " }, { sub = ["_", " "] }] },
  { name = "rating", what = "tag", namespace = "rating", html = ["article"], attr = "data-rating" },
  { name = "time", what = "time", html = ["article"], attr = "data-created", steps = [{ date = "%Y-%m-%dT%H:%M:%S.000Z", zone = "utc" }] },
]
"""


def many_sites(count: int) -> dict[str, str]:
    """Make native site files of five URL classes each, by stem."""
    return {f"site{number}": _MANY.replace("@", str(number)) for number in range(count)}


_MANY = """
[site]
name = "Site @"
root = "https://site@.example"
[[url]]
name = "listing"
kind = "gallery"
match = "/posts?tags={tags?}&page={page:digits=1}"
next = { page = 1 }
parser = "post"
[[url]]
name = "user"
kind = "gallery"
match = "/user/{name:word}/posts/{page:digits=1}"
next = { page = 1 }
parser = "post"
[[url]]
name = "post"
kind = "post"
match = "/posts/{id:digits}"
fetch = "/api/{id}.json"
parser = "post"
[[url]]
name = "old post"
kind = "post"
match = "/index.php?page=post&s=view&id={id:digits}"
parser = "post"
[[url]]
name = "file"
kind = "file"
match = "https://cdn.site@.example/{path:rest}"
[parser.post]
get = [{ what = "file", css = "a.original", attr = "href" }]
"""


def many_imported(count: int) -> dict[str, str]:
    """Make imported site files of five URL classes each, by stem."""
    return {f"imported{number}": _MANY_IMPORTED.replace("@", str(number)) for number in range(count)}


_TAGS = '{ name = "tags", match = { any = true } }'
_PAGE = '{ name = "page", match = { chars = "digits" }, default = "1" }'
_VIEW = (
    '{ name = "page", match = "post" }, { name = "s", match = "view" }, { name = "id", match = { chars = "digits" } }'
)
_MANY_IMPORTED = '[site]\nname = "Imported @"\ndialect = "hydrus"\n' + "".join(
    f"""
[[url]]
name = "imported @ {name}"
kind = "{kind}"
domains = ["imported@.example"]
path = [{path}]
params = [{params}]
example = "https://imported@.example/{example}"
"""
    for name, kind, path, params, example in (
        ("listing", "gallery", '"posts"', f"{_TAGS}, {_PAGE}", "posts?tags=x"),
        ("user", "gallery", '"user", { any = true }, "posts"', "", "user/x/posts"),
        ("post", "post", '"posts", { chars = "digits" }', "", "posts/1"),
        ("old post", "post", '"index.php"', _VIEW, "index.php?page=post&s=view&id=1"),
        ("file", "file", '"data", { any = true }', "", "data/x.jpg"),
    )
)
