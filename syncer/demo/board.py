"""The local board: threads as HTML and as JSON.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

import base64
from html import escape

from syncer.demo.html import iso
from syncer.demo.reply import Ask, Reply, data, page, plain_error
from syncer.demo.threads import Reply as ThreadReply
from syncer.demo.threads import Thread
from syncer.demo.world import World


def index(world: World, ask: Ask) -> Reply:
    """Answer `/board/`: the living threads."""
    living = [number for number in world.thread_numbers() if world.thread(number, ask.now)]
    items = "\n".join(f'<li><a class="thread" href="/board/thread/{one}">Thread {one}</a></li>' for one in living)
    return page("Board", f"<h1>Board</h1>\n<ul>\n{items}\n</ul>")


def catalogue(world: World, ask: Ask) -> Reply:
    """Answer `/board/catalog`: the living threads with their first posts."""
    items = "\n".join(
        f'<li class="thread"><a href="/board/thread/{thread.no}">{escape(thread.replies[0].subject)}</a>'
        f"<blockquote>{escape(thread.replies[0].text)}</blockquote></li>"
        for thread in _by_bump(world, ask.now)
    )
    return page("Catalogue", f"<h1>Catalogue</h1>\n<ul>\n{items}\n</ul>")


def catalogue_json(world: World, ask: Ask) -> Reply:
    """Answer `/board/catalog.json`: the same by page, as 4chan has it."""
    first = [_entry(thread.replies[0]) | {"no": thread.no} for thread in _by_bump(world, ask.now)]
    return data(
        [{"page": number // 5 + 1, "threads": first[number : number + 5]} for number in range(0, len(first), 5)]
    )


def _by_bump(world: World, now: float) -> list[Thread]:
    """Return the living threads, the one with the newest reply first."""
    living = [thread for number in world.thread_numbers() if (thread := world.thread(number, now)) is not None]
    return sorted(living, key=lambda thread: (-thread.replies[-1].time, thread.no))


def thread_page(world: World, ask: Ask, number: str) -> Reply:
    """Answer `/board/thread/7`; 404 when the thread has died."""
    thread = world.thread(int(number), ask.now)
    if thread is None:
        return plain_error(404, "thread not found")
    closed = ['<p class="archived">Thread archived.</p>'] if thread.archived else []
    closed += ['<p class="limit">Bump limit reached.</p>'] if thread.dying else []
    title = escape(thread.replies[0].subject)
    replies = "\n".join(map(_reply, thread.replies))
    return page(title, "\n".join([f'<h1 class="subject">{title}</h1>', *closed, f'<div id="thread">{replies}</div>']))


def _reply(reply: ThreadReply) -> str:
    file = ""
    if reply.file:
        name = f"{escape(reply.filename)}.{reply.file.extension}"
        file = f'<a class="file" href="{reply.file.path}" data-md5="{reply.file.md5}">{name}</a>'
    return (
        f'<div class="reply" id="p{reply.no}" data-no="{reply.no}"><time datetime="{iso(reply.time)}"></time>'
        f"{file}<blockquote>{escape(reply.text)}</blockquote></div>"
    )


def thread_json(world: World, ask: Ask, number: str) -> Reply:
    """Answer `/board/thread/7.json`; 404 when the thread has died."""
    thread = world.thread(int(number), ask.now)
    if thread is None:
        return plain_error(404, "thread not found")
    entries = [_entry(reply) for reply in thread.replies]
    if thread.archived:
        entries[0] |= {"closed": 1, "archived": 1}
    if thread.dying:
        entries[0] |= {"bumplimit": 1}
    return data({"posts": entries})


def _entry(reply: ThreadReply) -> dict[str, object]:
    entry: dict[str, object] = {"no": reply.no, "time": reply.time, "com": escape(reply.text)}
    if reply.subject:
        entry["sub"] = escape(reply.subject)
    if reply.file:
        stem, _, extension = reply.file.path.rpartition("/")[2].rpartition(".")
        entry |= {
            "tim": int(stem),
            "ext": f".{extension}",
            "filename": reply.filename,
            "md5": base64.b64encode(bytes.fromhex(reply.file.md5)).decode(),
            "fsize": reply.file.size,
            "w": reply.file.picture.width,
            "h": reply.file.picture.height,
        }
    return entry
