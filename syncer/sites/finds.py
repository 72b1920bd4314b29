"""What finds mean: each kind of find, and what it adds to a post in the making.

Here as the one table of kinds; `binder` turns a compiled rule into a function that is run for every item. Imported by
compile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import repeat

from syncer.model import Note, Tag, earliest
from syncer.sites import dates, drafts, urls
from syncer.sites.drafts import HASH_BYTES, MAX_FINDS, Draft, File, line, lines, read_hash
from syncer.sites.extract import Fields
from syncer.sites.formats import Node
from syncer.sites.rules import Get

Find = Callable[[Draft, Node, Fields], None]
"""Runs a rule on a node and keeps what it finds."""

_TAG_OF: Callable[[tuple[str, str]], Tag] = partial(tuple.__new__, Tag)
"""Makes a tag of a pair without a call in Python: a listing has thousands."""
_ANY_SCHEME = re.compile(r"\s*//[^\s/]+\.[^\s/]")
"""A link that leaves out its scheme, as pages write them."""
_WHOLE = re.compile(r"[0-9]{1,9}\Z")
_UNTRUE = frozenset({"", "0", "false", "no", "null", "none"})


def bind(get: Get) -> Find:
    """Make the function that runs a rule."""
    if get.structured:
        keep_parts = _STRUCTURED[get.what]
        return lambda draft, node, fields: keep_parts(draft, get, node, fields)
    texts, keep, missing = get.extract.texts, _PLAIN[get.what], get.missing

    def find(draft: Draft, node: Node, fields: Fields) -> None:
        found = texts(node, fields)
        if found or missing:
            keep(draft, get, found[:MAX_FINDS] if len(found) > MAX_FINDS else found)

    return find


def _post(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    if texts:
        draft.id = line(texts[0])[:200]


def _url(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    if texts:
        draft.url = draft.link(texts[0]) or draft.url


def _links(keep: Callable[[Draft, Get, str], None]) -> Callable[[Draft, Get, list[str]], None]:
    def find(draft: Draft, get: Get, texts: list[str]) -> None:
        for text in texts:
            url = draft.link(text)
            if url is not None:
                keep(draft, get, url)

    return find


def _source(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    """Sources are written by people: what is no link is left out and no fault."""
    for text in texts:
        url = urls.join(draft.base, text) if "://" in text or _ANY_SCHEME.match(text) else None
        if url is not None:
            draft.sources[url] = None


def _tag(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.tags.extend(map(_TAG_OF, zip(repeat(get.namespace), filter(None, drafts.each_line(texts)))))


def _hash(draft: Draft, get: Get, texts: list[str]) -> None:
    for text in texts:
        value = read_hash(get.what, text)
        if value is not None:
            draft.hashes.append((get.what, value))


def _time(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    for text in texts:
        try:
            moment = dates.automatic(text)
        except (ValueError, OverflowError, OSError):
            draft.faults.append(f"{text[:80]!r} is not a time; give its rule a date step")
            continue
        draft.time = earliest(draft.time, moment)


def _note(draft: Draft, get: Get, texts: list[str]) -> None:
    text = lines("\n".join(texts))
    if text:
        draft.notes[Note(get.name or "note", text)] = None


def _title(draft: Draft, get: Get, texts: list[str]) -> None:
    for text in texts:
        if line(text):
            draft.titles.append((get.priority, line(text)))
            break


def _holds(get: Get, texts: list[str]) -> bool:
    if get.missing:
        return not texts if get.equals is None else not get.equals.intersection(texts)
    if get.equals is not None:
        return bool(get.equals.intersection(texts))
    return any(text.strip().lower() not in _UNTRUE for text in texts)


def _veto(draft: Draft, get: Get, texts: list[str]) -> None:
    if _holds(get, texts):
        draft.vetoes.append(get.why or "the site file says so")


def _pinned(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.pinned = draft.pinned or _holds(get, texts)


def _archived(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.archived = draft.archived or _holds(get, texts)


def _dying(draft: Draft, get: Get, texts: list[str]) -> None:
    draft.dying = draft.dying or _holds(get, texts)


def _last(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    for text in texts:
        if _WHOLE.match(text):
            draft.last = max(int(text), draft.last or 0)


def _total(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    for text in texts:
        number = text.replace(",", "").strip()
        if _WHOLE.match(number):
            draft.total = max(int(number), draft.total or 0)


def _header(draft: Draft, get: Get, texts: list[str]) -> None:
    if texts:
        draft.headers[get.name] = line(texts[-1])


def _name(draft: Draft, get: Get, texts: list[str]) -> None:  # noqa: ARG001 - finds are called alike
    draft.names.extend(line(text) for text in texts)


_PLAIN: dict[str, Callable[[Draft, Get, list[str]], None]] = {
    "post": _post,
    "url": _url,
    "file": _links(lambda draft, get, url: draft.files.append((get.priority, File(url)))),
    "follow": _links(lambda draft, get, url: draft.follow.append((get.priority, url))),
    # A download fetches it as any page with files; only whoever follows the catalogue watches it.
    "thread": _links(lambda draft, get, url: draft.follow.append((get.priority, url))),
    "next": _links(lambda draft, get, url: draft.next.append((get.priority, url))),
    "last": _last,
    "total": _total,
    "gallery": _links(lambda draft, _get, url: draft.galleries.append(url)),
    "source": _source,
    "tag": _tag,
    "md5": _hash,
    "sha1": _hash,
    "sha256": _hash,
    "sha512": _hash,
    "time": _time,
    "note": _note,
    "title": _title,
    "veto": _veto,
    "header": _header,
    "name": _name,
    "pinned": _pinned,
    "archived": _archived,
    "dying": _dying,
}


def _files(draft: Draft, get: Get, node: Node, fields: Fields) -> None:
    for place in get.extract.place.nodes(node)[:MAX_FINDS]:
        links = get.extract.part("url", place, fields)
        url = draft.link(links[0]) if links else None
        if url is None:
            continue
        found = [(kind, text) for kind in HASH_BYTES for text in get.extract.part(kind, place, fields)[:1]]
        hashes = tuple((kind, value) for kind, text in found if (value := read_hash(kind, text)) is not None)
        names = get.extract.part("name", place, fields)
        draft.files.append((get.priority, File(url, hashes=hashes, name=line(names[0]) if names else "")))


def _tags(draft: Draft, get: Get, node: Node, fields: Fields) -> None:
    for place in get.extract.place.nodes(node)[:MAX_FINDS]:
        namespace = get.extract.part("namespace", place, fields)
        for text in get.extract.part("text", place, fields):
            if line(text):
                draft.tags.append(Tag(line(namespace[0]) if namespace else get.namespace, line(text)))


def _notes(draft: Draft, get: Get, node: Node, fields: Fields) -> None:
    for place in get.extract.place.nodes(node)[:MAX_FINDS]:
        name = get.extract.part("name", place, fields)
        text = lines("\n".join(get.extract.part("text", place, fields)))
        if text:
            draft.notes[Note(line(name[0]) if name else get.name or "note", text)] = None


_STRUCTURED: dict[str, Callable[[Draft, Get, Node, Fields], None]] = {"file": _files, "tag": _tags, "note": _notes}
