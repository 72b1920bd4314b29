"""The local site's feed: RSS 2.0 with Media RSS, the 20 newest posts.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

import itertools
from email.utils import formatdate
from html import escape

from syncer.demo.posts import WorldPost
from syncer.demo.reply import Ask, Reply
from syncer.demo.world import PAGE_SIZE, World


def feed(world: World, ask: Ask) -> Reply:
    """Answer `/feed.xml?tags=a+b`; deleted posts are left out."""
    found, _more = world.page(ask.arguments.get("tags", ""), 1, PAGE_SIZE * 2, ask.now)
    posts = itertools.islice((post for post in found if not post.deleted(ask.now)), PAGE_SIZE)
    items = "\n".join(_item(post, ask) for post in posts)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/">\n<channel>\n'
        f"<title>Local site</title>\n<link>{ask.root}/posts</link>\n<description>The newest posts</description>\n"
        f"{items}\n</channel>\n</rss>\n"
    )
    return Reply(200, (("Content-Type", "application/rss+xml; charset=utf-8"),), text.encode())


def _item(post: WorldPost, ask: Ask) -> str:
    root = ask.root
    media = "".join(
        f'<media:content url="{root}{file.path}" type="{file.mime}" fileSize="{file.size}" '
        f'width="{file.picture.width}" height="{file.picture.height}"/>'
        for file in post.files
    )
    tags = "".join(f"<category>{escape(str(tag))}</category>" for tag in post.tags_at(ask.now))
    text = escape("\n".join(note.text for note in post.notes))
    return (
        f"<item><title>{escape(post.title)}</title><link>{root}/post/{post.id}</link>"
        f'<guid isPermaLink="true">{root}/post/{post.id}</guid><pubDate>{formatdate(post.time, usegmt=True)}</pubDate>'
        f"<description>{text}</description>{tags}{media}</item>"
    )
