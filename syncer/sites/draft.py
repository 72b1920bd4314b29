"""A first draft of a site file from one page: what can be guessed, laid out so that a person sees what is left to do.

Here because it speaks the language of site files. Pure; `service.site_draft` brings the page. It guesses, and says so.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from syncer.config import json_text, texts
from syncer.frozen import frozen
from syncer.sites import cell, draft_html, draft_json, engines, urls
from syncer.sites.engines import Engine, Kin

_WORDS = ("q", "query", "search", "s", "tags", "tag", "term", "keyword")
_PAGES = ("page", "p", "pid", "offset", "start", "paged")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@frozen
class Guess:
    """What a page seems to be: its kind, the parser's lines, and what could not be guessed."""

    kind: str
    """`gallery` or `post`."""
    lines: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    found: str = ""
    """What was seen, in words: "18 entries"."""
    next: str = ""
    """Where a link to the next page leads."""
    next_at: str = ""
    """The selector of that link."""
    lead: str = ""
    """Where the first entry of a listing leads."""


@frozen
class Draft:
    """A drafted site file, and what a person should look at."""

    stem: str
    text: str
    kind: str
    found: str
    doubts: tuple[str, ...] = field(default=())
    lead: str = ""
    """The page of the first entry of a listing, on the same host; "" = none was seen."""


def draft(url: str, text: str, known: Sequence[Engine] = ()) -> Draft:
    """Return a first site file for the site of `url`, made from the page `text` that lies there.

    `known` are the engines by whose signs a page is told. Raises ItemError for a page that is built to stall parsers.
    """
    return cell.read(lambda: _draft(url, text, known), len(text), cell.Codec(dataclasses.astuple, _unpacked))


def _unpacked(data: list[Any]) -> Draft:
    stem, text, kind, found, doubts, lead = data
    return Draft(stem, text, kind, found, tuple(doubts), lead)


def _draft(url: str, text: str, known: Sequence[Engine]) -> Draft:
    kin = engines.kin(text, known)
    if kin is not None:
        return _of_engine(url, kin)
    parts = urlsplit(url)
    guess = _guess(text)
    name = "listing" if guess.kind == "gallery" else "post"
    search, tables = _tables(url, guess, name)
    lines = [
        "# A first draft, made from one page: look at every line. docs/site-files.md explains the keys;",
        f"# `syncer sites parse {url}` shows what this file finds there.",
        *_head(url),
        'pace = "1 request / 1 s"',
        *search,
        *tables,
    ]
    stem, lead = stem_of(parts.hostname or "site"), urls.join(url, guess.lead) or "" if guess.lead else ""
    lead = lead if urlsplit(lead).netloc == parts.netloc and lead != url else ""
    return Draft(stem, "\n".join(lines), guess.kind, guess.found, guess.doubts, lead)


def with_post(drafted: Draft, url: str, text: str) -> Draft:
    """Return the draft of a listing with what the page of its first entry adds; as it is where that is no post.

    Raises ItemError as `draft` does.
    """
    guess = cell.read(lambda: _guess(text), len(text), cell.Codec(dataclasses.astuple, lambda data: Guess(*data)))
    if guess.kind != "post":
        return drafted
    _, tables = _tables(url, guess, "post")
    doubts = [each for each in drafted.doubts if each != draft_html.POST_IS_MISSING]
    whole = "\n".join([f"{drafted.text}\n# What the first entry of the listing leads to.", *tables[1:]])
    return dataclasses.replace(
        drafted, text=whole, doubts=(*doubts, *guess.doubts), found=f"{drafted.found}, and a post"
    )


def _tables(url: str, guess: Guess, name: str) -> tuple[list[str], list[str]]:
    """Return the lines of a search, and those of the class, the parser and the sample of a page."""
    search, match, following = _address(url, guess)
    return search, [
        "",
        "[[url]]",
        f'name = "{name}"',
        f'kind = "{guess.kind}"',
        f"match = {_text(match)}",
        *following,
        f'parser = "{name}"',
        "",
        f"[parser.{name}]",
        *_parser_lines(url, guess),
        "",
        "[[sample]]",
        f"url = {_text(url)}",
        f'class = "{name}"',
        "",
    ]


def _parser_lines(url: str, guess: Guess) -> list[str]:
    """Return the lines of the parser; a link to the next page that forgets what was searched for is only asked for its number."""
    if not counts_in_path(url, guess.next):
        return list(guess.lines)
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    number = '[{ match = "[0-9]+/?$" }, { sub = ["^.*?([0-9]+)/?$", "\\\\1"] }]'
    pieces = [f'parts.number = {{ css = {_text(guess.next_at)}, attr = "href", steps = {number} }}']
    pieces += [
        f'parts.{_field(name)} = {{ field = "{_field(name)}", steps = [{{ encode = "url" }}] }}' for name in names
    ]
    template = f"{parts.path.rstrip('/')}/{{number}}/?{_joined(f'{name}={{{_field(name)}}}' for name in names)}"
    line = f'page = [{{ what = "next", {", ".join(pieces)}, template = {_text(template)} }}]'
    return [line if each.startswith("page = [") else each for each in guess.lines]


def _of_engine(url: str, kin: Kin) -> Draft:
    """Return the file for a site whose software has an engine: what the engine cannot know."""
    lines = [
        f"# A page as the engine {kin.stem} ({kin.name}) knows it, and that engine reads the whole site.",
        "# `syncer sites match URL` shows what it makes of a URL; docs/site-files.md explains the keys.",
        *_head(url, kin.stem),
        'pace = "1 request / 1 s"',
        "",
        *(["[vars]", *(f"{name} = {_text(value)}" for name, value in kin.variables), ""] if kin.variables else ()),
    ]
    doubts = ("where the site does not begin at its host, `root` needs the folder",) if not kin.variables else ()
    found = f"a page as the engine {kin.stem} ({kin.name}) knows it"
    return Draft(stem_of(urlsplit(url).hostname or "site"), "\n".join(lines), "engine", found, doubts)


def _head(url: str, engine: str = "") -> list[str]:
    parts = urlsplit(url)
    return [
        "[site]",
        f"name = {_text(parts.hostname or 'site')}",
        *([f'engine = "{engine}"'] if engine else ()),
        f"root = {_text(f'{parts.scheme}://{parts.netloc}')}",
    ]


def stem_of(host: str) -> str:
    """Return the name of a site file for a host: `www.birds.example` gives `birds-example`."""
    stem = "-".join(_BARE.findall(host.removeprefix("www.").replace(".", "-"))) or "site"
    return f"{stem}-site" if texts.is_reserved(stem) else stem


def _guess(text: str) -> Guess:
    try:
        data = json_text.read(text)
    except (ValueError, RecursionError):
        return Guess(*draft_html.guess(text))
    kind, lines, doubts, found = draft_json.guess(data)
    return Guess(kind, tuple(lines), tuple(doubts), found)


@frozen
class _Parameter:
    """A parameter of the URL, as the draft writes it."""

    pattern: str
    asked: str
    """In the URL of a search."""
    page: str = ""
    """The field that counts pages."""
    words: str = ""
    """What was searched for."""


def _address(url: str, guess: Guess) -> tuple[list[str], str, list[str]]:
    """Return the lines of a search, the match pattern and the line for the next page, as the URL suggests them."""
    parts = urlsplit(url)
    path = "/".join(_path_part(part) for part in parts.path.split("/"))
    found = [_parameter(name, value, guess.kind) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    search: list[str] = []
    words = next((each.words for each in found if each.words), "")
    if words:
        asked = f"{parts.path}?{_joined(each.asked for each in found)}"
        search = [
            "",
            "[[search]]",
            'name = "search"',
            f"url = {_text(asked)}",
            'join = "+"',
            f"sample = {_text(words)}",
        ]
    page = next((each.page for each in found if each.page), "")
    if counts_in_path(url, guess.next):
        path, page = f"{path.rstrip('/')}/{{page:digits=1}}", ""
    if not found and "{" not in path:
        path = _named(path, guess.kind)
    following = [f"next = {{ {page} = 1 }}  # by how much it grows from page to page"] if page else []
    match = f"{path}?{_joined(each.pattern for each in found)}" if found else path
    return search, match or "/", following if guess.kind == "gallery" else []


def _parameter(name: str, value: str, kind: str) -> _Parameter:
    own = _field(name)
    if name in _WORDS:
        return _Parameter(f"{name}={{{own}}}", f"{name}={{query}}", words=value or "sky")
    if name in _PAGES and value.isdigit():
        pattern = f"{name}={{id:digits}}" if kind == "post" else f"{name}={{{own}:digits={value}}}"
        return _Parameter(pattern, f"{name}={value}", page=own)
    return _Parameter(f"{name}={{{own}?}}", f"{name}={value}")


def counts_in_path(url: str, following: str) -> bool:
    """Tell whether the next page is this path with a number behind it, and its link forgets what was searched for."""
    here, there = urlsplit(url), urlsplit(urls.join(url, following) or url)
    begin, _, number = there.path.rstrip("/").rpartition("/")
    return bool(following and here.query and not there.query) and number.isdigit() and begin == here.path.rstrip("/")


def _named(path: str, kind: str) -> str:
    """Make the last part of a path a field: without one the file would know this one page."""
    begin, slash, last = path.rstrip("/").rpartition("/")
    if not last:
        return path
    return f"{begin}{slash}{{{'id' if kind == 'post' else 'name'}}}" + ("/" if path.endswith("/") else "")


def _joined(pieces: Iterable[str]) -> str:
    return "&".join(pieces)


def _path_part(part: str) -> str:
    plain = part.replace("{", "%7B").replace("}", "%7D")
    return re.sub(r"^\d+(?=$|\.[a-z]{2,5}$)", "{id:digits}", plain, count=1)


def _field(name: str) -> str:
    return re.sub(r"\W", "_", name) or "value"


def _text(value: str) -> str:
    """Write a text as TOML does."""
    return json.dumps(value, ensure_ascii=False)
