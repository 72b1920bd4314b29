"""What a page of HTML seems to hold, for a first draft of a site file: a listing's entries, or one post with its file.

Pure; only `draft` imports it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

from syncer.sites import tree

LEAST_ENTRIES = 4
_MEDIA = re.compile(r"\.(jpe?g|png|gif|webp|avif|jxl|webm|mp4|mkv|mov|mp3|flac|ogg|pdf|zip)(\?|$)", re.IGNORECASE)
_NEXT = ("a[rel~=next]", "link[rel~=next]", "a.next", "li.next a", "a.pagination-next", "a.next_page")
_NEXT_WORDS = ("Next", "next", "Next page", "next page", "Older", "Older posts", "›", "»", "→")
"""What stands on a link to the next page that nothing else tells."""
_FOLDER = re.compile(r"(?:(?:https?:)?//[^/]+)?(/[\w.-]+/)")
_CLASS = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]*")
_TAGS = (
    "a[rel~=tag]", "ul.tags a", "ul#tags a", ".tags a", ".tag-list a", ".taglist a", "a.tag", "li.tag a", ".tag-label a",
    'a[href*="?tags="]', 'a[href*="?tag="]', 'a[href*="/tag/"]', 'a[href*="/tags/"]', '.catlinks a[href*=":"]',
)  # fmt: skip
_FIRST: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("title", ("h1", "meta[property='og:title']", "title"), ""),
    ("time", ("time[datetime]",), "datetime"),
    ("source", ("a.source", "a[rel~=source]"), "href"),
)
_FILES: tuple[tuple[str, str], ...] = (
    ("video source", "src"),
    ("video", "src"),
    ("meta[property='og:video']", "content"),
    ("meta[property='og:image']", "content"),
    ("img", "src"),
)
"""Where the file is looked for when no link leads to one: selector and attribute, the best first."""


Guessed = tuple[str, tuple[str, ...], tuple[str, ...], str, str, str, str]
"""Kind, parser lines, doubts, what was seen, where a link to the next page leads and its selector, where the first entry leads."""
POST_IS_MISSING = "the page of a post needs a [[url]] and a parser of its own: try `syncer sites new` with its URL"


def guess(text: str) -> Guessed:
    """Return what a page seems to hold. Raises ItemError for a hostile one."""
    document = tree.parse(text)
    entries = _entries(document)
    return _listing(document, entries) if _is_listing(document, entries) else _post(document)


def _is_listing(document: Any, entries: list[Any]) -> bool:
    """Tell a listing from a post with a list of links (its tags, a menu): its entries show pictures, or nothing else does."""
    if len(entries) < LEAST_ENTRIES:
        return False
    return _weight(entries)[0] >= LEAST_ENTRIES or _file(document) is None


def _entries(document: Any) -> list[Any]:
    """Return the largest group of like elements that each hold a link and a picture, or at least a link."""
    groups: defaultdict[tuple[Any, str], list[Any]] = defaultdict(list)
    for link in document.css("a[href]"):
        element = link
        for _ in range(4):
            parent = element.parent
            if parent is None or parent.tag in ("body", "html", "-undef"):
                break
            if (selector := _selector(element)) and element not in groups[parent.mem_id, selector]:
                groups[parent.mem_id, selector].append(element)
            element = parent
    return max(groups.values(), key=_weight, default=[])


def _weight(elements: list[Any]) -> tuple[int, int]:
    pictured = sum(1 for element in elements if element.css_first("img") is not None)
    return (pictured, len(elements)) if pictured >= LEAST_ENTRIES else (0, len(elements))


def _selector(element: Any) -> str:
    """Return tag and first class of an element; "" where it has no class and its tag says nothing."""
    classes = [each for each in (element.attributes.get("class") or "").split() if _CLASS.fullmatch(each)]
    if classes:
        return f"{element.tag}.{classes[0]}"
    return element.tag if element.tag in ("article", "li", "figure", "tr") else ""


def _listing(document: Any, entries: list[Any]) -> Guessed:
    each = _selector(entries[0])
    following, leads = _next(document)
    lines = [f"each = {json.dumps(each)}"]
    if following:
        lines.append(f'page = [{{ what = "next", css = {json.dumps(following, ensure_ascii=False)}, attr = "href" }}]')
    lines.append("get = [")
    lines += _id_line(entries)
    link = next((link for link in entries[0].css("a[href]")), None)
    on_itself = entries[0].tag == "a"
    if on_itself:
        lines.append('  { what = "follow", attr = "href" },')
    elif link is not None:
        lines.append(f'  {{ what = "follow", css = "{_selector(link) or "a"}", attr = "href" }},')
    lines.append("]")
    doubts = [] if following else ["no link to the next page was found: `next = { page = 1 }` counts one in the URL"]
    doubts.append(POST_IS_MISSING)
    first = entries[0] if on_itself else link
    lead = (first.attributes.get("href") or "") if first is not None else ""
    return "gallery", tuple(lines), tuple(doubts), f"{len(entries)} entries like {each}", leads, following, lead


def _next(document: Any) -> tuple[str, str]:
    """Return a selector for the link to the next page, and where it leads; by its words where nothing else tells it."""
    for selector in _NEXT:
        if (link := document.css_first(selector)) is not None:
            return selector, link.attributes.get("href") or ""
    for word in _NEXT_WORDS:
        selector = f'a[href]:lexbor-contains("{word}")'
        links = [link for link in document.css(selector) if link.text(strip=True) == word]
        leads = [link.attributes.get("href") or "" for link in links]
        if len(document.css(selector)) == len(links) == 1 and not leads[0].startswith("#"):
            return selector, leads[0]
    return "", ""


def _id_line(entries: list[Any]) -> list[str]:
    for name in ("data-id", "data-post-id", "data-postid", "id"):
        values = [entry.attributes.get(name) or "" for entry in entries]
        if all(re.search(r"\d", value) for value in values):
            steps = "" if all(value.isdigit() for value in values) else r", steps = [{ sub = ['\D+', ''] }]"
            return [f'  {{ what = "post", attr = "{name}"{steps} }},']
    return []


def _post(document: Any) -> Guessed:
    lines, doubts = ["get = ["], []
    for what, selectors, attribute in _FIRST:
        found = next((selector for selector in selectors if document.css_first(selector) is not None), "")
        attr = attribute or ("content" if found.startswith("meta") else "")
        if found:
            lines.append(_line(what, found, attr))
    file = _file(document)
    if file:
        lines.append(_line("file", *file))
    else:
        doubts.append('nothing looks like the file: add { what = "file", css = "...", attr = "href" }')
    tags = next((selector for selector in _TAGS if document.css_first(selector) is not None), "")
    if tags:
        lines.append(_line("tag", tags, ""))
    else:
        doubts.append('nothing looks like a list of tags: add { what = "tag", css = "..." }')
    return "post", (*lines, "]"), tuple(doubts), "one post", "", "", ""


def _file(document: Any) -> tuple[str, str] | None:
    """Return where the file is: a link to one, else the largest thing that the page shows."""
    for link in document.css("a[href]"):
        href = link.attributes.get("href") or ""
        if media := _MEDIA.search(href):
            identity = link.attributes.get("id") or ""
            return (f"a#{identity}" if _CLASS.fullmatch(identity) else _selector(link) or _led(href, media[1])), "href"
    for selector, attribute in _FILES:
        if document.css_first(selector) is not None:
            return selector, attribute
    return None


def _led(href: str, extension: str) -> str:
    """Return a selector for links as this one: into the same folder of the site, else to files of the same kind."""
    folder = _FOLDER.match(href)
    return f'a[href*="{folder[1]}"]' if folder is not None else f'a[href$=".{extension}"]'


def _line(what: str, selector: str, attribute: str) -> str:
    attr = f', attr = "{attribute}"' if attribute else ""
    return f'  {{ what = "{what}", css = {json.dumps(selector)}{attr} }},'
