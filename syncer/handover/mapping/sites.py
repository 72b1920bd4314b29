"""Where posts of gallery-dl's sites have their page, and what tells one post from another: where its metadata does not say so itself.

Here as data, so that docs/how-to/mapping.md can be written from it; the pages and ids are those of our own site files, so that a
post is the same whoever found it. Only what is certain stands here. Pure; the reader beside it imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from syncer.frozen import frozen

ROOT: Final = "syncer-root"
"""The field in which gallery-dl, run by syncer, tells where a site lies."""
SOFTWARE: Final = "syncer-software"
"""The field in which it tells what a site runs."""


@frozen
class Software:
    """What all sites have in common that run the same software."""

    page: str
    """Below the site's root."""
    post: tuple[str, ...] = ()
    """Templates of the post's id; the first that can be filled."""
    shape: tuple[str, ...] = ()
    """Fields by which its metadata is known where nothing says what the site runs; () = it is not."""
    first: int = 1
    """The number of a post's first file."""
    single: bool = False
    """A post has one file, and `num` is something else."""


_INDEX: Final = "/index.php?page=post&s=view&id={id}"
SOFTWARES: Final[Mapping[str, Software]] = MappingProxyType({
    "Danbooru": Software("/posts/{id}"),
    "moebooru": Software("/post/show/{id}"),
    "gelbooru_v01": Software(_INDEX),
    "gelbooru_v02": Software(_INDEX),
    "philomena": Software("/images/{id}"),
    "shimmie2": Software("/post/view/{id}"),
    "szurubooru": Software("/post/{id}"),
    "misskey": Software("/notes/{id}"),
    "wikimedia": Software("", ("{lang}/{pageid}", "{pageid}"), ("pageid", "descriptionurl")),
    "foolfuuka": Software(
        "/{board.shortname}/post/{num}/", ("{board.shortname}/{num}",), ("thread_num", "board.shortname"), single=True
    ),
    "vichan": Software("/{board}/res/{thread}.html", ("{board}/{no}",), ("board", "thread", "no", "tim"), first=0),
    "lynxchan": Software(
        "/{boardUri}/res/{threadId}.html", ("{boardUri}/{postId}",), ("boardUri", "threadId"), first=0
    ),
    "jschan": Software("/{board}/thread/{threadId}.html", ("{board}/{postId}",), ("threadId", "siteFilename"), first=0),
})  # fmt: skip
"""By what gallery-dl calls them."""


@frozen
class Site:
    """What is known of one site."""

    page: tuple[str, ...] = ()
    """Templates; the first that can be filled."""
    post: tuple[str, ...] = ()
    software: str = ""
    root: str = ""
    name: str = ""
    """What our own site file calls it, where that is another name."""
    first: int = 1
    only: str = ""
    """A field that a post has, and that other things do not have of which the site tells."""


def _one(page: str, *post: str) -> Site:
    return Site((page,), post)


SITES: Final[Mapping[str, Site]] = MappingProxyType({
    "4chan": _one("https://boards.4chan.org/{board}/thread/{thread}", "{board}/{no}"),
    "4plebs": Site(software="foolfuuka", root="https://archive.4plebs.org"),
    "bluesky": _one("https://bsky.app/profile/{author.handle}/post/{post_id}"),
    "danbooru": _one("https://danbooru.donmai.us/posts/{id}"),
    "danbooru/media": _one("https://danbooru.donmai.us/media_assets/{id}", "media_assets/{id}"),
    "derpibooru": Site(software="philomena", root="https://derpibooru.org"),
    "desuarchive": Site(software="foolfuuka", root="https://desuarchive.org"),
    "deviantart": Site(post=("{index}",)),
    "flickr": Site((
        "https://www.flickr.com/photos/{owner.path_alias}/{id}/", "https://www.flickr.com/photos/{owner.nsid}/{id}/",
    )),
    "imgur": Site(("https://imgur.com/a/{album.id}", "https://imgur.com/{id}"), ("{album.id}", "{id}")),
    "konachan": Site(software="moebooru", root="https://konachan.com"),
    "mangadex": _one("https://mangadex.org/chapter/{chapter_id}"),
    "misskey.io": Site(software="misskey", root="https://misskey.io"),
    "pinterest": _one("https://www.pinterest.com/pin/{id}/"),
    "pixiv": Site(("https://www.pixiv.net/artworks/{id}",), first=0),
    "pixiv/novel": _one("https://www.pixiv.net/novel/show.php?id={id}", "novel/{id}"),
    "pixiv/sketch": Site(post=("sketch/{id}",)),
    "reddit": Site(
        ("https://www.reddit.com/r/{subreddit}/comments/{id}", "https://www.reddit.com/comments/{id}"),
        only="num_comments",
    ),
    "safebooru": Site(software="gelbooru_v02", root="https://safebooru.org"),
    "sakugabooru": Site(software="moebooru", root="https://www.sakugabooru.com"),
    "twitter": _one("https://twitter.com/{author.name}/status/{tweet_id}"),
    "unsplash": _one("https://unsplash.com/photos/{id}"),
    "wallhaven": _one("https://wallhaven.cc/w/{id}"),
    "warosu": _one("https://warosu.org/{board}/thread/{thread}", "{board}/{no}"),
    "weasyl": _one("https://www.weasyl.com/submission/{submitid}", "{submitid}"),
    "wikimediacommons": Site(software="wikimedia", root="https://commons.wikimedia.org", name="commons"),
    "zerochan": _one("https://www.zerochan.net/{id}"),
})  # fmt: skip
"""By what gallery-dl calls them, or by that and the first word of what it calls this part of the site."""

COLLECTIONS: Final = ("pool", "favgroup")
"""Where one of these is told, `num` is the place of the post in there."""


@frozen
class Place:
    """What is known of the site of one file's metadata."""

    pages: tuple[str, ...]
    posts: tuple[str, ...]
    name: str
    first: int
    single: bool


def of(category: str, part: str, software: str, root: str, has: Callable[[str], bool]) -> Place:
    """Return what is known of a site; `software` and `root` are "" where nothing tells them, `has` tells of a field's presence."""
    known = SITES.get(f"{category}/{part.partition('-')[0]}") or SITES.get(category)
    site = known or Site()
    runs = SOFTWARES.get(site.software or software) or (None if known else _shaped(has))
    root = root.rstrip("/") or site.root
    pages = site.page if not site.only or has(site.only) else ()
    if runs is not None and root and runs.page and not site.page:
        pages = (root + runs.page,)
    posts = site.post or (runs.post if runs is not None else ())
    first = runs.first if runs is not None else site.first
    single = any(map(has, COLLECTIONS)) or (runs is not None and runs.single)
    return Place(pages, posts, site.name, first, single)


def _shaped(has: Callable[[str], bool]) -> Software | None:
    return next((each for each in SOFTWARES.values() if each.shape and all(map(has, each.shape))), None)
