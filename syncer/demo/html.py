"""The local site as HTML: listings with pages, post pages, the way in.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

import datetime
from html import escape
from urllib.parse import quote, urlencode

from syncer.demo.posts import WorldFile, WorldPost
from syncer.demo.reply import Ask, Reply, page, plain_error
from syncer.demo.world import PAGE_SIZE, World
from syncer.model import Note, Tag


def iso(time: float) -> str:
    """Write a time as ISO 8601 in UTC: `2023-11-14T22:13:20Z`."""
    return datetime.datetime.fromtimestamp(time, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page_number(ask: Ask) -> int:
    """Return the page that is asked for, 1 where it is left out or nonsense."""
    text = ask.arguments.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdigit() else 1


def home(world: World, _ask: Ask) -> Reply:
    """Answer `/`: what there is to see."""
    links = ("/posts", "/api/posts.json", "/board/", "/feed.xml", "/login")
    items = "\n".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return page("Local site", f"<h1>A small local site, seed {world.seed}</h1>\n<ul>\n{items}\n</ul>")


def listing(world: World, ask: Ask) -> Reply:
    """Answer `/posts?tags=a+b&page=N`: 20 posts a page, pinned first, then newest first."""
    tags, number = ask.arguments.get("tags", ""), page_number(ask)
    posts, more = world.page(tags, number, PAGE_SIZE, ask.now)
    parts = [f"<h1>Posts: {escape(tags) or 'all'}</h1>", '<main id="posts">', *map(_article, posts), "</main>"]
    if not posts:
        parts.append('<p class="empty">Nothing here.</p>')
    if number > 1:
        parts.append(f'<a rel="prev" href="{escape(listing_path(tags, number - 1))}">newer</a>')
    if more:
        parts.append(f'<a rel="next" href="{escape(listing_path(tags, number + 1))}">older</a>')
    return page(f"Posts: {escape(tags)}", "\n".join(parts))


def listing_path(tags: str, number: int) -> str:
    """Return path and query of a page of a listing."""
    return "/posts?" + urlencode({"tags": tags, "page": number})


def _article(post: WorldPost) -> str:
    name = "post pinned" if post.pinned else "post"
    image = f'<img src="/thumb/{post.id}.png" alt="{escape(post.title)}" width="8" height="8">'
    return (
        f'<article class="{name}" id="post-{post.id}" data-id="{post.id}">'
        f'<a class="thumb" href="/post/{post.id}">{image}</a></article>'
    )


def post_page(world: World, ask: Ask, number: str) -> Reply:
    """Answer `/post/12`."""
    post = world.post(int(number), ask.now)
    if post is None:
        return plain_error(404, "no such post")
    files = '<p class="deleted">This post was deleted.</p>' if post.deleted(ask.now) else _originals(post)
    parts = [
        f'<h1 class="title">{escape(post.title)}</h1>',
        f'<time datetime="{iso(post.time)}">{iso(post.time)}</time>',
        f'<span class="rating">{post.rating}</span>',
        files,
        '<ul id="tags">',
        *map(_tag, post.tags_at(ask.now)),
        "</ul>",
        *map(_note, post.notes),
        *(f'<a class="source" href="{escape(source)}">{escape(source)}</a>' for source in post.sources),
    ]
    return page(escape(post.title), "\n".join(part for part in parts if part))


def _originals(post: WorldPost) -> str:
    if len(post.files) == 1:
        return _original(post.files[0], 'id="original"')
    return "\n".join(_original(file, 'class="original"') for file in post.files)


def _original(file: WorldFile, mark: str) -> str:
    words = f"{file.picture.width} x {file.picture.height}, {file.size} bytes"
    return f'<a {mark} href="{file.path}" data-md5="{file.md5}">{words}</a>'


def _tag(tag: Tag) -> str:
    search = quote(tag.text.replace(" ", "_"))
    return (
        f'<li class="tag" data-namespace="{escape(tag.namespace)}">'
        f'<a href="/posts?tags={search}">{escape(tag.text)}</a></li>'
    )


def _note(note: Note) -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in note.text.split("\n"))
    return f'<div class="note"><h3>{escape(note.name)}</h3>{paragraphs}</div>'
