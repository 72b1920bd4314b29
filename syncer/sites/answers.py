"""What `sites match`, `search`, `parse` and `batch` answer: plain objects, ready for JSON, as their contract fixes them.

Here so that the command line only reads and prints. For imported files the answers equal those of the hydrus client;
native files answer in the same form. Pure; imported by the service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncer.errors import ItemError
from syncer.model import Page, Post, Recognised, UrlKind
from syncer.sites import cell
from syncer.sites.chains import links
from syncer.sites.chains.choice import Choice
from syncer.sites.chains.contents import URL_KINDS, Found
from syncer.sites.chains.parsers import Parsed
from syncer.sites.library import Library

Answer = dict[str, Any]

GIVEN_REFERRAL = "https://given.referral/"
"""The referrer that a caller is taken to have for `referrer_given`."""
MAX_PAGE = 64 * 1024 * 1024
"""Bytes of a page file that are read."""

_NOTHING: Answer = {
    "class": None, "type": "unknown", "can_parse": False, "parser": None, "fetch_url": None, "fetch_class": None,
    "next_page": None, "referrer": None, "referrer_given": None, "headers": {}, "associate_with_files": None,
    "many_files": None,
}  # fmt: skip


def match(library: Library, url: str) -> Answer:
    """Tell what a URL is, how it is fetched and read."""
    recognised = library.recognise(url)
    if recognised is not None and library.sites[recognised.site].dialect != "hydrus":
        return _native_match(library, recognised)
    choice = library.chains.choice(url)
    if choice is None:
        plain = links.encoded(url, keep_fragment=False)
        return {"normalised": plain, "normalised_for_server": plain, **_NOTHING}
    return _imported_match(library, url, choice)


def _imported_match(library: Library, url: str, choice: Choice) -> Answer:
    entry = choice.url_class
    answer: Answer = {
        **_NOTHING,
        "normalised": entry.normal(choice.link, for_server=False),
        "normalised_for_server": entry.normal(choice.link, for_server=True),
        "class": entry.name,
        "type": entry.kind,
        "associate_with_files": entry.associate,
        "many_files": entry.refers_to_many,
    }
    resolved = library.chains.resolved(url)
    if resolved is None:
        return answer
    fetch_url, fetched = resolved
    link = links.link(fetch_url) or fetched.link
    parser = library.chains.parser_of(fetched.url_class)
    return answer | {
        "can_parse": parser is not None,
        "parser": parser.name if parser is not None else None,
        "fetch_url": fetch_url,
        "fetch_class": fetched.url_class.name,
        "next_page": fetched.url_class.next_page(link),
        "referrer": fetched.url_class.sent_referrer(link, None),
        "referrer_given": fetched.url_class.sent_referrer(link, GIVEN_REFERRAL),
        "headers": dict(fetched.url_class.headers),
    }


def _native_match(library: Library, recognised: Recognised) -> Answer:
    return {
        "normalised": recognised.normalised,
        "normalised_for_server": recognised.for_server,
        "class": f"{recognised.site}/{recognised.url_class}",
        "type": recognised.kind.value,
        "can_parse": recognised.parser is not None,
        "parser": recognised.parser,
        "fetch_url": recognised.fetch_url,
        "fetch_class": f"{recognised.site}/{recognised.fetch_class}",
        "next_page": library.next_page(recognised),
        "referrer": library.referrer(recognised, None),
        "referrer_given": library.referrer(recognised, GIVEN_REFERRAL),
        "headers": dict(recognised.headers),
        "associate_with_files": recognised.kind is UrlKind.POST,
        "many_files": recognised.kind is not UrlKind.FILE,
    }


def search(library: Library, name: str, query: str) -> Answer:
    """Give the first gallery URL(s) of a search."""
    try:
        return {"urls": list(library.search(name, query))}
    except ItemError as error:
        return {"error": str(error)}


def parse(library: Library, text: str, url: str, now: int, parser: str | None = None) -> Answer:
    """Read a page that was fetched from `url`, with a certain parser or the one that belongs to the URL's class."""
    try:
        return _parse(library, text, url, now, parser)
    except ItemError as error:
        return {"error": str(error)}


def _parse(library: Library, text: str, url: str, now: int, name: str | None) -> Answer:
    imported = library.chains.parser(name) if name is not None else None
    if imported is None and name is None:
        choice = library.chains.choice(url)
        imported = library.chains.parser_of(choice.url_class) if choice is not None else None
    if imported is not None:
        parser = imported
        return cell.read(
            lambda: parsed(library.chains.parse(parser, text, url, now)), len(text), cell.Codec(dict, dict)
        )
    recognised = library.recognise(url)
    if recognised is None and name is None:
        raise ItemError(f"No class of the site files knows {url}", "Name a parser, or see `syncer sites match`.")
    return _native_parse(library.parse_with(recognised, name, text, url, now))


def parsed(result: Parsed) -> Answer:
    """Write what an imported parser found."""
    posts = [] if result.veto is not None else [_found(post) for post in result.posts]
    return {"posts": posts, "veto": result.veto, "vetoed_posts": list(result.vetoed)}


def _found(found: Found) -> Answer:
    ordered = sorted(found.urls, key=lambda entry: (URL_KINDS.index(entry[0]), -entry[1]))
    hashes: dict[str, list[str]] = {}
    for kind, value in found.hashes:
        hashes.setdefault(kind, []).append(value)
    return {
        "urls": [{"kind": kind, "priority": priority, "url": url} for kind, priority, url in dict.fromkeys(ordered)],
        "tags": sorted(set(found.tags)),
        "hashes": {kind: sorted(set(values)) for kind, values in hashes.items()},
        "source_time": min(found.times, default=None),
        "notes": [{"name": name, "text": text} for name, text in sorted(set(found.notes))],
        "titles": [
            {"priority": priority, "text": text}
            for priority, text in sorted(set(found.titles), key=lambda title: (-title[0], title[1]))
        ],
        "headers": dict(found.headers),
    }


def _native_parse(page: Page) -> Answer:
    posts = [post for post in page.posts if not post.veto]
    answers = [_post(post) for post in posts]
    if answers:
        answers[0]["urls"] += [{"kind": "next", "priority": 50, "url": url} for url in page.next]
        answers[0]["urls"] += [{"kind": "sub-gallery", "priority": 50, "url": url} for url in page.galleries]
    return {
        "posts": answers,
        "veto": page.veto or None,
        "vetoed_posts": [post.veto for post in page.posts if post.veto],
        "faults": list(page.faults),
        "next": list(page.next),
        "galleries": list(page.galleries),
    }


def _post(post: Post) -> Answer:
    desired = [*post.follow, *(file.url for file in post.files)]
    hashes: dict[str, set[str]] = {}
    for file in post.files:
        for kind, value in file.hashes:
            hashes.setdefault(kind, set()).add(value)
    return {
        "urls": [{"kind": "desired", "priority": 50, "url": url} for url in desired]
        + [{"kind": "source", "priority": 50, "url": url} for url in post.sources],
        "tags": sorted({str(tag) for tag in post.tags}),
        "hashes": {kind: sorted(values) for kind, values in hashes.items()},
        "source_time": post.time,
        "notes": [{"name": note.name, "text": note.text} for note in sorted(set(post.notes))],
        "titles": [{"priority": 50, "text": post.title}] if post.title else [],
        "headers": {name: value for file in post.files for name, value in file.headers},
        "id": post.id,
        "files": [file.url for file in post.files],
        "follow": list(post.follow),
    }


def read_page(path: Path) -> str:
    """Read a page file as UTF-8 with replacement; raises ItemError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_PAGE).decode("utf-8", "replace")
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        why = error.strerror if isinstance(error, OSError) else error
        raise ItemError(f"The page {path} cannot be read: {why}", "Name the file that holds the page") from error


def batch_line(library: Library, line: str, now: int) -> Answer:
    """Answer one request of `sites batch`; whatever is wrong with it becomes an answer with `error`."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        at = f" from character {error.pos + 1} on" if isinstance(error, json.JSONDecodeError) else ": it goes too deep"
        return {"error": f"this line is no JSON{at}"}
    if not isinstance(request, dict):
        return {"error": 'a request is an object, like {"op": "match", "url": "https://example.org/"}'}
    try:
        answer = _request(library, request, now)
    except ItemError as error:
        answer = {"error": str(error)}
    return {**answer, "id": request["id"]} if "id" in request else answer


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise ItemError(f'the request needs "{name}", a text', "")
    return value


def _request(library: Library, request: Mapping[str, Any], now: int) -> Answer:
    wish = request.get("op")
    if wish == "match":
        return match(library, _text(request, "url"))
    if wish == "search":
        return search(library, _text(request, "name"), _text(request, "query"))
    if wish == "parse":
        parser = request.get("parser")
        page = read_page(Path(_text(request, "page_file")))
        return parse(library, page, _text(request, "url"), now, parser if isinstance(parser, str) else None)
    return {
        "error": "op is one of match, search, parse"
        + (f", not {json.dumps(wish)}" if "op" in request else "; there is none")
    }
