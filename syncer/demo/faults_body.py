"""Faults of the body and of how it goes over the wire: cut, slow, endless, packed wrongly, something else.

Pure: they say what the server shall do. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
import gzip
import re

from syncer.demo.fault import Fault
from syncer.demo.media import MIME, Picture, render
from syncer.demo.reply import After, Ask, Render, Reply, Wire, page

_MD5 = re.compile(rb"\b[0-9a-f]{32}\b")


def _half(reply: Reply) -> int:
    return len(reply.body) // 2


def _wire(reply: Reply, wire: Wire) -> Reply:
    return dataclasses.replace(reply, wire=wire)


def _truncated(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _wire(reply, Wire(cut=int(ask.number("bytes", _half(reply))), after=After.CLOSE))


def _stalled(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _wire(reply, Wire(cut=int(ask.number("bytes", _half(reply))), after=After.HANG))


def _silent(_ask: Ask, _right: Render) -> Reply:
    return Reply(body=b"", wire=Wire(raw=True, after=After.HANG))


def _slow(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(delay=ask.number("seconds", 0.2)))


def _drip(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(piece=int(ask.number("bytes", 1)), pause=ask.number("seconds", 0.05)))


def _no_length(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(lengthless=True, after=After.CLOSE))


def _no_length_cut(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _wire(reply, Wire(lengthless=True, cut=_half(reply), after=After.CLOSE))


def _too_long(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    longer = dataclasses.replace(reply, body=reply.body + b"and more" * 100)
    return _wire(longer, Wire(declared=len(reply.body), after=After.CLOSE))


def _length_wrong(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(declared=int(ask.number("length", 1)), cut=0, after=After.CLOSE))


def _huge_length(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(declared=10**12, after=After.HANG))


def _endless(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(lengthless=True, after=After.REPEAT))


def _chunked(ask: Ask, right: Render) -> Reply:
    return _wire(right(ask), Wire(chunked=True, piece=1_000))


def _cut_chunked(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _wire(reply, Wire(chunked=True, cut=_half(reply), after=After.CLOSE))


def _packed(reply: Reply, share: float) -> Reply:
    body = gzip.compress(reply.body, mtime=0)
    headers = reply.with_header("Content-Encoding", "gzip")
    return dataclasses.replace(reply, headers=headers, body=body[: int(len(body) * share)])


def _gzip(ask: Ask, right: Render) -> Reply:
    return _packed(right(ask), 1.0)


def _cut_gzip(ask: Ask, right: Render) -> Reply:
    reply = _packed(right(ask), 0.5)
    return _wire(reply, Wire(lengthless=True, after=After.CLOSE)) if ask.details.get("length") == "no" else reply


def _bomb(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    zeros = dataclasses.replace(reply, body=bytes(int(ask.number("bytes", 50_000_000))))
    return _packed(zeros, 1.0)


def _wrong_md5(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    kind = next((kind for kind, mime in MIME.items() if mime == reply.header("Content-Type")), None)
    if kind is None:
        return dataclasses.replace(reply, body=_MD5.sub(lambda match: match[0][::-1], reply.body))
    other = render(Picture(kind, len(reply.body), 48, 48))
    return dataclasses.replace(reply, headers=reply.with_header("ETag", None), body=other)


def _other_type(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    kind = "png" if reply.header("Content-Type") == MIME["jpg"] else "jpg"
    return dataclasses.replace(reply, body=render(Picture(kind, len(reply.body), 64, 64)))


def _html_as_image(ask: Ask, right: Render) -> Reply:
    limit = page("Limit reached", "<h1>You have reached your limit</h1>")
    reply = right(ask)
    mime = reply.header("Content-Type") if reply.status < 300 else "image/jpeg"
    return dataclasses.replace(limit, headers=(("Content-Type", mime),))


def _html_instead(_ask: Ask, _right: Render) -> Reply:
    return page("Limit reached", "<h1>You have reached your limit</h1>")


def _broken_image(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return dataclasses.replace(reply, body=reply.body[: _half(reply)])


def _without_end(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return dataclasses.replace(reply, body=reply.body[: -int(ask.number("bytes", 2))])


def _empty(ask: Ask, right: Render) -> Reply:
    return dataclasses.replace(right(ask), body=b"")


def _garbage(_ask: Ask, _right: Render) -> Reply:
    return Reply(body=b"\x00\x01this is not HTTP\r\n\r\n", wire=Wire(raw=True, after=After.CLOSE))


def _closed(_ask: Ask, _right: Render) -> Reply:
    return Reply(body=b"", wire=Wire(raw=True, after=After.CLOSE))


def _reset(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return _wire(reply, Wire(cut=_half(reply), after=After.RESET))


def _huge_headers(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return dataclasses.replace(reply, headers=(*reply.headers, ("X-Long", "x" * 200_000)))


TABLE = (
    Fault("truncated", "the length of all, half of the body (`bytes`), closed", _truncated),
    Fault("stalled", "half of the body (`bytes`), then nothing more", _stalled),
    Fault("silent", "takes the request and never answers", _silent),
    Fault("slow", "answers after `seconds` (0.2)", _slow),
    Fault("drip", "`bytes` (1) each `seconds` (0.05)", _drip),
    Fault("no_length", "whole, without a length, closed", _no_length),
    Fault("no_length_cut", "half, without a length, closed: nothing tells that it is cut", _no_length_cut),
    Fault("too_long", "800 bytes more than the length says", _too_long),
    Fault("length_wrong", "a length of `length` (1), no byte, closed", _length_wrong),
    Fault("huge_length", "a length of 10^12, the true body, then nothing more", _huge_length),
    Fault("endless", "the body again and again, without a length", _endless),
    Fault("chunked", "whole, in chunks (right, not wrong)", _chunked),
    Fault("cut_chunked", "half, in chunks without the last one, closed", _cut_chunked),
    Fault("gzip", "whole, packed although nobody asked", _gzip),
    Fault("cut_gzip", "half of the packed body, with the length of the half (`length=no`: none)", _cut_gzip),
    Fault("gzip_bomb", "`bytes` (50 million) of zeros, packed small", _bomb),
    Fault("wrong_md5", "pages: other MD5s; media: a whole file of the same type, but another one", _wrong_md5),
    Fault("other_type", "media: a JPEG under the name and type of another image (a PNG for a JPEG)", _other_type),
    Fault("html_as_image", "an HTML page under the media's type", _html_as_image),
    Fault("html_instead", "an HTML page as HTML", _html_instead),
    Fault("broken_image", "half of the file with the length of the half: only looking inside tells", _broken_image),
    Fault("without_end", "all but the last `bytes` (2), with the length of that", _without_end),
    Fault("empty", "200 and no byte", _empty),
    Fault("garbage", "bytes that are not HTTP", _garbage),
    Fault("closed", "closes without a byte", _closed),
    Fault("reset", "half of the body, then a reset", _reset),
    Fault("huge_headers", "a header of 200 KB", _huge_headers),
)
