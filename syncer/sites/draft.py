"""A first draft of a site file from one page: what can be guessed, laid out so that a person sees what is left to do.

Here because it speaks the language of site files. Pure; `service.site_draft` brings the page. It guesses, and says so.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from syncer.config import texts
from syncer.sites import cell, draft_html, draft_json

_WORDS = ("q", "query", "search", "s", "tags", "tag", "term", "keyword")
_PAGES = ("page", "p", "pid", "offset", "start", "paged")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a page seems to be: its kind, the parser's lines, and what could not be guessed."""

    kind: str
    """`gallery` or `post`."""
    lines: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    found: str = ""
    """What was seen, in words: "18 entries"."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted site file, and what a person should look at."""

    stem: str
    text: str
    kind: str
    found: str
    doubts: tuple[str, ...] = field(default=())


def draft(url: str, text: str) -> Draft:
    """Return a first site file for the site of `url`, made from the page `text` that lies there.

    Raises ItemError for a page that is built to stall parsers.
    """
    return cell.read(lambda: _draft(url, text), len(text), cell.Codec(dataclasses.astuple, _unpacked))


def _unpacked(data: list[Any]) -> Draft:
    stem, text, kind, found, doubts = data
    return Draft(stem, text, kind, found, tuple(doubts))


def _draft(url: str, text: str) -> Draft:
    parts = urlsplit(url)
    guess = _guess(text)
    stem = stem_of(parts.hostname or "site")
    search, match, following = _address(url, guess.kind)
    name = "listing" if guess.kind == "gallery" else "post"
    lines = [
        "# A first draft, made from one page: look at every line. docs/site-files.md explains the keys;",
        f"# `syncer sites parse {url}` shows what this file finds there.",
        "[site]",
        f"name = {_text(parts.hostname or 'site')}",
        f"root = {_text(f'{parts.scheme}://{parts.netloc}')}",
        'pace = "1 request / 1 s"',
        *search,
        "",
        "[[url]]",
        f'name = "{name}"',
        f'kind = "{guess.kind}"',
        f"match = {_text(match)}",
        *following,
        'parser = "page"',
        "",
        "[parser.page]",
        *guess.lines,
        "",
        "[[sample]]",
        f"url = {_text(url)}",
        f'class = "{name}"',
        "",
    ]
    return Draft(stem, "\n".join(lines), guess.kind, guess.found, guess.doubts)


def stem_of(host: str) -> str:
    """Return the name of a site file for a host: `www.birds.example` gives `birds-example`."""
    stem = "-".join(_BARE.findall(host.removeprefix("www.").replace(".", "-"))) or "site"
    return f"{stem}-site" if texts.is_reserved(stem) else stem


def _guess(text: str) -> Guess:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        kind, lines, doubts, found = draft_html.guess(text)
    else:
        kind, lines, doubts, found = draft_json.guess(data)
    return Guess(kind, tuple(lines), tuple(doubts), found)


def _address(url: str, kind: str) -> tuple[list[str], str, list[str]]:
    """Return the lines of a search, the match pattern and the line for the next page, as the URL suggests them."""
    parts = urlsplit(url)
    path = "/".join(_path_part(part) for part in parts.path.split("/"))
    search: list[str] = []
    following: list[str] = []
    patterns: list[str] = []
    asked: list[str] = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name in _WORDS:
            patterns.append(f"{name}={{{_field(name)}}}")
            asked.append(f"{name}={{query}}")
            search = ["", "[[search]]", 'name = "search"', "url = ", 'join = "+"', f"sample = {_text(value or 'sky')}"]
        elif name in _PAGES and value.isdigit():
            patterns.append(f"{name}={{{_field(name)}:digits={value}}}")
            asked.append(f"{name}={value}")
            following = [f"next = {{ {_field(name)} = 1 }}  # by how much it grows from page to page"]
        else:
            patterns.append(f"{name}={{{_field(name)}?}}")
            asked.append(f"{name}={value}")
    if search:
        search[3] = f"url = {_text(f'{parts.path}?{_joined(asked)}')}"
    match = f"{path}?{_joined(patterns)}" if patterns else path
    return search, match or "/", following if kind == "gallery" else []


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
