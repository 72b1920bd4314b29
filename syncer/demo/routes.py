"""Which path is answered by which page, and the rules of HTTP that hold for all of them: ETag, ranges.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from email.utils import formatdate

from syncer.demo import api, board, booru, feed, html, login
from syncer.demo.media import MIME, Picture, render
from syncer.demo.reply import Ask, Reply, plain_error
from syncer.demo.world import World

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def media(world: World, ask: Ask) -> Reply:
    """Answer `/media/12.png` and `/board/media/TIM.png`."""
    file = world.file(ask.path, ask.now)
    if file is None:
        return plain_error(404, "no such file")
    changed = formatdate(world.start, usegmt=True)
    headers = (("Content-Type", file.mime), ("ETag", f'"{file.md5}"'), ("Last-Modified", changed))
    return Reply(200, (*headers, ("Accept-Ranges", "bytes")), file.data)


def thumbnail(_world: World, _ask: Ask, number: str) -> Reply:
    """Answer `/thumb/12.png`: an image that nobody should take for the real one."""
    body = render(Picture("png", -int(number) - 1, 8, 8))
    return Reply(200, (("Content-Type", MIME["png"]),), body)


ROUTES: Mapping[str, Callable[..., Reply]] = {
    r"/": html.home,
    r"/posts": html.listing,
    r"/post/(\d{1,9})": html.post_page,
    r"/api/posts\.json": api.posts,
    r"/api/post/(\d{1,9})\.json": api.post,
    r"/post\.json": booru.posts,
    r"/board/": board.index,
    r"/board/catalog": board.catalogue,
    r"/board/catalog\.json": board.catalogue_json,
    r"/board/thread/(\d{1,9})": board.thread_page,
    r"/board/thread/(\d{1,9})\.json": board.thread_json,
    r"/(?:board/)?media/[\w.]+": media,
    r"/thumb/(\d{1,9})\.png": thumbnail,
    r"/feed\.xml": feed.feed,
    r"/login": login.form,
    r"/members/post/(\d{1,9})": login.members_post,
    r"/members/posts": login.members_posts,
    r"/gate": login.gate,
    r"/gated/post/(\d{1,9})": login.gated_post,
}
"""Patterns of whole paths; what a group catches is handed to the page as text."""

_COMPILED = tuple((re.compile(pattern), answer) for pattern, answer in ROUTES.items())


def respond(world: World, ask: Ask) -> Reply:
    """Return the right answer to a request."""
    for pattern, answer in _COMPILED:
        if match := pattern.fullmatch(ask.path):
            reply = answer(world, ask, *match.groups())
            return conditional(reply, ask) if reply.status == 200 else reply
    return plain_error(404, "not found")


def conditional(reply: Reply, ask: Ask) -> Reply:
    """Give every reply an ETag, and answer If-None-Match, Range and If-Range as RFC 9110 says."""
    if ask.method != "GET":
        return reply
    tag = reply.header("ETag") or f'"{hashlib.md5(reply.body, usedforsecurity=False).hexdigest()}"'
    reply = dataclasses.replace(reply, headers=reply.with_header("ETag", tag))
    if tag in ask.headers.get("if-none-match", ""):
        return Reply(304, (("ETag", tag),))
    wanted = _RANGE.fullmatch(ask.headers.get("range", ""))
    if not wanted or not reply.header("Accept-Ranges") or ask.headers.get("if-range", tag) not in _validators(reply):
        return reply
    return _part(reply, wanted[1], wanted[2])


def _validators(reply: Reply) -> tuple[str, str]:
    return reply.header("ETag"), reply.header("Last-Modified")


def _part(reply: Reply, first: str, last: str) -> Reply:
    size = len(reply.body)
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    else:
        start, end = size - min(int(last or 0), size), size - 1
    if start > end:
        return Reply(416, (("Content-Range", f"bytes */{size}"),))
    headers = reply.with_header("Content-Range", f"bytes {start}-{end}/{size}")
    return Reply(206, headers, reply.body[start : end + 1])
