"""Faults of partial answers: what a server can get wrong when it is asked for the rest of a file, and files that change meanwhile.

Pure. Only the demo and tests import it.
"""

from __future__ import annotations

import dataclasses
import re

from syncer.demo.fault import Fault
from syncer.demo.reply import After, Ask, Render, Reply, Wire

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def _without_range(ask: Ask) -> Ask:
    headers = {name: value for name, value in ask.headers.items() if name not in {"range", "if-range"}}
    return dataclasses.replace(ask, headers=headers)


def _range_ignored(ask: Ask, right: Render) -> Reply:
    return right(_without_range(ask))


def _range_offset(ask: Ask, right: Render) -> Reply:
    whole = right(_without_range(ask))
    if "range" not in ask.headers:
        return whole
    start, size = int(ask.number("start", 0)), len(whole.body)
    headers = whole.with_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
    return Reply(206, headers, whole.body[start:])


def _range_lies(ask: Ask, right: Render) -> Reply:
    """Say the offset that was asked for and send from another: only the hash tells."""
    reply, whole = right(ask), right(_without_range(ask))
    return dataclasses.replace(reply, body=whole.body[: len(reply.body)])


def _range_refused(ask: Ask, right: Render) -> Reply:
    whole = right(_without_range(ask))
    if "range" not in ask.headers:
        return whole
    return Reply(416, (("Content-Range", f"bytes */{len(whole.body)}"),))


def _range_error_page(ask: Ask, right: Render) -> Reply:
    if "range" not in ask.headers:
        return right(ask)
    return dataclasses.replace(right(ask), body=b"<html><title>Error</title></html>")


def _etag_changes(ask: Ask, right: Render) -> Reply:
    reply = right(_without_range(ask))
    return dataclasses.replace(reply, headers=reply.with_header("ETag", f'"{ask.now}-{id(reply)}"'))


def _short(ask: Ask, right: Render) -> Reply:
    """Send half of what was asked for, and say so: nothing is wrong with that."""
    reply = right(ask)
    found = _RANGE.fullmatch(reply.header("Content-Range"))
    if found is None:
        return reply
    start, size = int(found[1]), max(1, len(reply.body) // 2)
    headers = reply.with_header("Content-Range", f"bytes {start}-{start + size - 1}/{found[3]}")
    return dataclasses.replace(reply, headers=headers, body=reply.body[:size])


def _bare(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    return dataclasses.replace(reply, headers=reply.with_header("Content-Range", None))


def _multipart(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    if reply.status != 206:
        return reply
    head = f"--cut\r\nContent-Range: {reply.header('Content-Range')}\r\n\r\n".encode()
    bare = dataclasses.replace(reply, headers=reply.with_header("Content-Range", None))
    headers = bare.with_header("Content-Type", "multipart/byteranges; boundary=cut")
    return dataclasses.replace(bare, headers=headers, body=head + reply.body + b"\r\n--cut--\r\n")


def _other_total(ask: Ask, right: Render) -> Reply:
    reply = right(ask)
    header = _RANGE.sub(lambda found: f"bytes {found[1]}-{found[2]}/{int(found[3]) * 2}", reply.header("Content-Range"))
    return dataclasses.replace(reply, headers=reply.with_header("Content-Range", header or None))


def _without_tag(ask: Ask) -> Ask:
    return dataclasses.replace(ask, headers={name: value for name, value in ask.headers.items() if name != "if-range"})


def _if_range_ignored(ask: Ask, right: Render) -> Reply:
    """Send the rest of a file that has changed, with its new tag, although If-Range names the old one."""
    reply = right(_without_tag(ask))
    return dataclasses.replace(reply, headers=reply.with_header("ETag", '"new"'))


def _cut(ask: Ask, right: Render) -> Reply:
    """Break off after `bytes` (half), the first time; `known=no` without ETag and date, `known=weak` with a weak ETag."""
    reply = right(ask)
    known = ask.details.get("known", "yes")
    if known != "yes":
        tag = f"W/{reply.header('ETag')}" if known == "weak" else None
        reply = dataclasses.replace(reply, headers=reply.with_header("ETag", tag))
        reply = dataclasses.replace(reply, headers=reply.with_header("Last-Modified", None))
    wire = Wire(cut=int(ask.number("bytes", len(reply.body) // 2)), after=After.CLOSE)
    return dataclasses.replace(reply, wire=wire)


TABLE = (
    Fault(
        "cut",
        "half of the body (`bytes`) once, closed; `known=no|weak`: no ETag or a weak one, and no date",
        _cut,
        times=1,
    ),
    Fault("range_ignored", "200 and all, whatever Range asks", _range_ignored),
    Fault("range_offset", "206 from `start` (0), and says so", _range_offset),
    Fault("range_lies", "206 that says the right offset and sends from 0", _range_lies),
    Fault("range_refused", "416 with the total size to every Range", _range_refused),
    Fault("range_error_page", "206 whose body is an error page", _range_error_page),
    Fault("etag_changes", "another ETag each time, so If-Range never holds", _etag_changes),
    Fault("range_short", "206 with the first half of what was asked for (right, not wrong)", _short),
    Fault("range_bare", "206 without Content-Range", _bare),
    Fault("range_multipart", "206 as multipart/byteranges", _multipart),
    Fault("range_other_total", "206 that says twice the total", _other_total),
    Fault("if_range_ignored", "206 with another ETag, whatever If-Range asks", _if_range_ignored),
)
