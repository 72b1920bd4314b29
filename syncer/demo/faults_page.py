"""Faults of pages: charsets, pages that repeat, changed markup, items that are broken, JSON that is none.

Pure. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any
from urllib.parse import urlencode

from syncer.demo.fault import Fault
from syncer.demo.html import listing_path, page_number
from syncer.demo.reply import Ask, Render, Reply, data, page

_NEXT = re.compile(rb'<a rel="next"[^>]*>[^<]*</a>\n?')
_META = b'<meta charset="utf-8">'
_KEYS = {"file_url": "url_of_file", "files": "attachments", "id": "post_id", "posts": "entries", "no": "number"}


def _is_json(reply: Reply) -> bool:
    return "json" in reply.header("Content-Type")


def _labelled(reply: Reply, mime: str, body: bytes) -> Reply:
    return dataclasses.replace(reply, headers=reply.with_header("Content-Type", mime), body=body)


def _wrong_charset(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    mime = reply.header("Content-Type").split(";")[0]
    return _labelled(reply, f"{mime}; charset=iso-8859-1", reply.body)


def _no_charset(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _labelled(reply, reply.header("Content-Type").split(";")[0], reply.body.replace(_META, b""))


def _shift_jis(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    text = reply.body.replace(_META, b'<meta charset="shift_jis">').decode("utf-8", "replace")
    return _labelled(reply, "text/html", text.encode("shift_jis", "xmlcharrefreplace"))


def _bom(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _labelled(reply, "text/html; charset=iso-8859-1", b"\xef\xbb\xbf" + reply.body)


def _echo(ask: Ask, _right: Render) -> Reply:
    return page("Debug", "".join(f"<p>{name}: {value}</p>" for name, value in ask.headers.items()))


def _repeats(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    query = ask.query.replace("&", "&amp;").encode()
    body = re.sub(rb'(href="[^"?]*/media/[^"?]*)"', lambda match: match[1] + b"?" + query + b'"', reply.body)
    return dataclasses.replace(reply, body=body)


def _with_page(ask: Ask, number: int) -> Ask:
    return dataclasses.replace(ask, query=urlencode({**ask.arguments, "page": number}))


def _with_next(reply: Reply, target: str) -> Reply:
    link = f'<a rel="next" href="{target.replace("&", "&amp;")}">older</a>\n'.encode()
    body = _NEXT.sub(b"", reply.body).replace(b"</body>", link + b"</body>")
    return dataclasses.replace(reply, body=body)


def _same_page(ask: Ask, right: Render) -> Reply:
    """Serve page 1 under every number, with a next link to the number after it."""
    reply = right(_with_page(ask, 1))
    if _is_json(reply):
        return reply
    return _with_next(reply, ask.prefix + listing_path(ask.arguments.get("tags", ""), page_number(ask) + 1))


def _next_self(ask: Ask, right: Render) -> Reply:
    return _with_next(right(ask), ask.prefix + ask.target)


def _last_repeats(ask: Ask, right: Render) -> Reply:
    """Behind the last page the last one comes again and again."""
    number = page_number(ask)
    while number > 1 and not re.search(rb'data-id=|"id":', right(_with_page(ask, number)).body):
        number -= 1
    return right(_with_page(ask, number))


def _site_changed(ask: Ask, right: Render) -> Reply:
    """Another page than that which was kept: its tag is another one, too."""
    plain = {name: value for name, value in ask.headers.items() if name != "if-none-match"}
    reply = right(dataclasses.replace(ask, headers=plain))
    if _is_json(reply):
        return dataclasses.replace(data(_renamed(json.loads(reply.body))), status=reply.status)
    body = re.sub(rb'(class|id|rel|data-\w+)="', rb'\1="x-', reply.body).replace(b"<article", b"<section")
    return dataclasses.replace(reply, headers=reply.with_header("ETag", '"changed"'), body=body)


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if isinstance(value, dict):
        return {_KEYS.get(key, key): _renamed(item) for key, item in value.items()}
    return value


def _no_results(ask: Ask, right: Render) -> Reply:
    if _is_json(right(ask)):
        return data([])
    return page("Posts", '<h1>Posts</h1>\n<main id="posts"></main>\n<p class="empty">Nothing here.</p>')


def _all_posts(ask: Ask, right: Render) -> Reply:
    return right(dataclasses.replace(ask, query=urlencode({**ask.arguments, "tags": ""})))


def _error_page(ask: Ask, right: Render) -> Reply:
    """Say with status 200 that it did not work, as many interfaces do."""
    if _is_json(right(ask)):
        return data({"success": False, "message": "the search timed out"})
    return page("Search error", "<h1>Search error</h1><p>The search timed out.</p>")


def _garbage_json(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _labelled(reply, "application/json", reply.body[: len(reply.body) // 2] + b'\x00,,"')


def _deep_json(ask: Ask, right: Render) -> Reply:
    depth = int(ask.number("depth", 100_000))
    return _labelled(right(ask), "application/json", b"[" * depth + b"]" * depth)


def _broken_items(ask: Ask, right: Render) -> Reply:
    """Put items between the good ones that nobody can read."""
    reply = right(ask)
    if not _is_json(reply):
        bad = b'<article class="post"></article><article class="post" data-id="x"><a class="thumb">?</a></article>'
        return dataclasses.replace(reply, body=reply.body.replace(b"<article", bad + b"<article", 1))
    content = json.loads(reply.body)
    items = content["posts"] if isinstance(content, dict) and "posts" in content else content
    if isinstance(items, list):
        items[1:1] = [None, {}, "text", {"id": None, "no": None, "file_url": 5}]
    return dataclasses.replace(reply, body=json.dumps(content).encode())


def _bad_links(ask: Ask, right: Render) -> Reply:
    """Turn the links to media and posts into what must not be followed."""
    reply = right(ask)
    body = re.sub(rb'href="/(media|post|board/media)/', rb'href="javascript:open(//\1/', reply.body)
    return dataclasses.replace(reply, body=re.sub(rb'"(file_url|url)": "http', rb'"\1": "file', body))


TABLE = (
    Fault("repeats", "links to media repeat all that the page was asked with", _repeats),
    Fault("wrong_charset", "UTF-8 labelled as ISO-8859-1", _wrong_charset),
    Fault("no_charset", "UTF-8, and nothing says so", _no_charset),
    Fault("shift_jis", "Shift_JIS, said in the page only", _shift_jis),
    Fault("bom", "UTF-8 with a BOM, labelled as ISO-8859-1", _bom),
    Fault("same_page", "page 1 under every number, always with a next page", _same_page),
    Fault("next_self", "the next page is the page itself", _next_self),
    Fault("last_repeats", "behind the last page the last one again", _last_repeats),
    Fault("site_changed", "other class names, other keys", _site_changed),
    Fault("echo", "a page that shows the request's headers, cookies too, and nothing else", _echo),
    Fault("no_results", "a listing without posts", _no_results),
    Fault("all_posts", "a listing of all posts, whatever was searched", _all_posts),
    Fault("error_page", "status 200 with the message that the search did not work", _error_page),
    Fault("garbage_json", "half of the JSON and rubbish", _garbage_json),
    Fault("deep_json", "`depth` (100000) brackets", _deep_json),
    Fault("broken_items", "null, {} and nonsense between the good items", _broken_items),
    Fault("bad_links", "javascript: and file: where media and posts are due", _bad_links),
)
