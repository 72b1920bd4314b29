"""A feed as plain JSON-like data: the same members whatever its dialect (RSS, Atom, podcast, media RSS).

Here because feedparser knows all dialects; its result is reduced to what site files may ask for. Imported by formats.
"""

from __future__ import annotations

import calendar
from typing import Any

from syncer.sites import effort

MAX_FEED = 256 * 1024
"""Longer feeds (in characters) are read in a process of their own: feedparser takes a second for a megabyte."""


def parse(text: str) -> dict[str, Any]:
    """Parse a feed into {title, link, next, entries}; raises ItemError when it is none.

    An entry has id, link, title, author, time (seconds), text (HTML), tags (list), files (list of {url, type, size}),
    image (URL) where the feed says so.
    """
    import feedparser

    if len(text) > MAX_FEED:
        effort.move("is very large")
    feed = feedparser.parse(
        text.encode("utf-8", "surrogatepass"), response_headers={"content-type": "application/xml; charset=utf-8"}
    )
    if not feed.get("version") and not feed.entries:
        raise effort.GarbledError("The answer is not a feed", "Open its URL in a browser; the site may have changed.")
    about = feed.feed
    return {
        "title": about.get("title", ""),
        "link": about.get("link", ""),
        "next": [link.get("href", "") for link in about.get("links", []) if link.get("rel") == "next"],
        "entries": [_entry(entry) for entry in feed.entries],
    }


def _entry(entry: Any) -> dict[str, Any]:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    content = entry.get("content") or []
    text = content[0].get("value", "") if content else entry.get("summary", "")
    return {
        "id": entry.get("id") or entry.get("link", ""),
        "link": entry.get("link", ""),
        "title": entry.get("title", ""),
        "author": entry.get("author", ""),
        "time": calendar.timegm(moment) if moment else None,
        "text": text,
        "tags": [tag.get("term", "") for tag in entry.get("tags", []) if tag.get("term")],
        "files": _files(entry),
        "image": next((item.get("url", "") for item in entry.get("media_thumbnail", [])), ""),
    }


def _files(entry: Any) -> list[dict[str, Any]]:
    """Media of an entry: enclosures, then media:content, no URL twice."""
    offers = [(item.get("href"), item.get("type"), item.get("length")) for item in entry.get("enclosures", [])]
    offers += [(item.get("url"), item.get("type"), item.get("filesize")) for item in entry.get("media_content", [])]
    files: dict[str, dict[str, Any]] = {}
    for url, kind, size in offers:
        if url:
            files.setdefault(str(url), {"url": str(url), "type": str(kind or ""), "size": str(size or "")})
    return list(files.values())
