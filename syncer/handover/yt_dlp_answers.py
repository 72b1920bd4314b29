"""Reads what yt-dlp prints: who claims which URL, what is at a URL, what it has laid down, how many requests it made.

Pure, since all of it comes from strangers by way of a program: sizes and counts are bounded, what has an odd shape is left out.
`yt_dlp` imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from syncer.config import json_text, web
from syncer.config.field_map import Own
from syncer.config.handover import YT_DLP
from syncer.config.hosts import PORTS
from syncer.frozen import frozen
from syncer.handover import troubles
from syncer.handover.base import HANDED, Claim
from syncer.handover.mapping import names, values
from syncer.handover.mapping import yt_dlp as mapping
from syncer.handover.mapping.found import Found
from syncer.handover.yt_dlp_words import MARK, with_item
from syncer.model import MediaFile, Post

MOST_ENTRIES: Final = 50_000
GENERIC: Final = "generic"
_MOST_REQUESTS: Final = 10_000
_BROKEN: Final = " (CURRENTLY BROKEN)"
_MADE: Final = re.compile(
    r"\[[^\]\s]+\] .*\bDownloading (?!(?:\d+|N/A) (?:format|items)|playlist|item)|\[download\] Destination:"
)
_FRAGMENTS: Final = re.compile(r"^\[\w+\] Total fragments: (\d{1,7})$")
_LISTS: Final = re.compile(
    r"(?:Tab|Playlists?|Channel|User|Album|Search|Series|Season|Show|Collection|Podcast|Folder)$"
)
"""Ends of its names for what lists further videos."""
_OWN_FETCH: Final = frozenset({
    "mp4", "webm", "mkv", "mov", "m4v", "mp3", "m4a", "ogg", "oga", "opus", "flac", "wav", "jpg", "jpeg", "png", "gif", "webp",
})  # fmt: skip
"""Endings of links that are the file itself, which our own fetch takes."""
_LIVE: Final = {
    "is_live": "it is being sent live",
    "is_upcoming": "it has not been sent yet",
    "post_live": "it was live just now, and is not whole yet",
}


def claims(out: str, urls: Sequence[str]) -> dict[str, Claim]:
    """Return which of its parts claims which URL, from what `--list-extractors` writes for them.

    Raises GarbageError where the part is not named that every yt-dlp has.
    """
    wanted, found, name, whole = set(urls), dict[str, Claim](), "", False
    for line in out.splitlines():
        if not line.startswith("  "):
            name = line.strip().removesuffix(_BROKEN)
            whole = whole or name == GENERIC
        elif (url := line[2:]) in wanted and (url not in found or found[url].generic):
            found[url] = Claim(YT_DLP, name, generic=name == GENERIC)
    if not whole:
        raise troubles.garbage(out)
    return found


def entries(out: bytes) -> list[dict[str, Any]]:
    """Return the objects that it printed for us."""
    mark, found = MARK.encode(), list[dict[str, Any]]()
    for line in out.splitlines():
        if not line.startswith(mark) or len(found) >= MOST_ENTRIES:
            continue
        try:
            data = json_text.read(line[len(mark) :])
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            found.append(data)
    return found


def is_link(data: Mapping[str, Any]) -> bool:
    """Tell whether an entry only says where there is something."""
    return str(data.get("_type", "video")).startswith("url")


def live(data: Mapping[str, Any]) -> str:
    """Return why a video is not there yet, "" where it is."""
    status = data.get("live_status")
    found = _LIVE.get(status, "") if isinstance(status, str) else ""
    return found or (_LIVE["is_live"] if data.get("is_live") is True else "")


def archived(data: Mapping[str, Any]) -> str:
    """Return the line that stands for a video in its archive, "" where it has none."""
    key, number = data.get("extractor_key") or data.get("ie_key"), data.get("id")
    if not (isinstance(key, str) and isinstance(number, str) and key and number):
        return ""
    line = f"{key.lower()} {number}"
    return line if line.isprintable() and len(line) < 500 else ""


def host_of(url: str) -> str:
    """Return the host of a URL as lanes name it: without the port that its scheme has anyway."""
    try:
        found = web.read(url)
    except ValueError:
        return ""
    return f"{found.host}:{found.port}" if found.port not in (None, PORTS.get(found.parts.scheme)) else found.host


def requests(line: str) -> int:
    """Return for how many requests a line of its own words stands: one for each thing that it says to download."""
    if found := _FRAGMENTS.match(line):
        return min(int(found[1]), _MOST_REQUESTS)
    return 1 if _MADE.match(line) else 0


@frozen
class Answer:
    """What it listed."""

    posts: tuple[Post, ...] = ()
    galleries: tuple[str, ...] = ()


def listing(found: Iterable[Mapping[str, Any]], own: Own, url: str) -> Answer:
    """Return entries as posts whose file it fetches itself, and as further listings; `url` is what was asked."""
    posts: dict[object, Post] = {}
    galleries: dict[str, None] = {}
    for place, data in enumerate(found):
        if is_link(data) and _lists(data):
            galleries[data["url"]] = None
            continue
        post = _post(data, own, url)
        if post is None:
            continue
        key = (post.site, post.id) if post.id else post.url or place
        posts[key] = _joined(posts[key], post) if key in posts else post
    galleries.pop(url, None)
    return Answer(tuple(posts.values()), tuple(galleries))


def read(data: Mapping[str, Any], own: Own) -> Found:
    """Return what the metadata of one video says."""
    category = mapping.category(data)
    if category in names.ANY_PAGE and not is_link(data):
        data = {
            key: value for key, value in data.items() if key != "playlist_title"
        }  # the title of the page, and no list
    return mapping.read(data, own(category))


def picture(data: Mapping[str, Any]) -> tuple[MediaFile, ...]:
    """Return the picture that stands for a video, where there is one."""
    rows = data.get("thumbnails")
    last = rows[-1].get("url") if isinstance(rows, list) and rows and isinstance(rows[-1], dict) else None
    found = values.link(data.get("thumbnail")) or values.link(last)
    return (MediaFile(found),) if found else ()


def _lists(data: Mapping[str, Any]) -> bool:
    """Tell whether an entry leads to further entries, by what its part is called."""
    key = data.get("ie_key")
    return isinstance(key, str) and bool(_LISTS.search(key)) and bool(values.link(data.get("url")))


def _post(data: Mapping[str, Any], own: Own, url: str) -> Post | None:
    """Return an entry as a post; None where it says nothing that could be fetched."""
    if is_link(data):
        place = values.link(data.get("url"))
        if not place:
            return None
        # Who listed it is not who knows it.
        key = data.get("ie_key") if isinstance(data.get("ie_key"), str) else ""
        post = read({**data, "extractor_key": key or GENERIC, "webpage_url": place}, own).post
        if _is_media(place):
            return replace(post, url="", files=(MediaFile(place),))
        return replace(post, files=(MediaFile(f"{HANDED}{YT_DLP}:{place}"),))
    post = read(data, own).post
    if data.get("direct") is True and (whole := values.link(data.get("url"))) and _is_media(whole):
        return replace(post, files=(MediaFile(whole),))
    # A page with several videos gives them numbers; a video with a page of its own is found there.
    page = values.link(data.get("webpage_url")) or url
    number = data.get("playlist_index")
    alone = not isinstance(number, int) or (bool(post.site) and page != url)
    handed = MediaFile(f"{HANDED}{YT_DLP}:{with_item(0 if alone else int(number or 0), page)}")
    return replace(post, files=(handed,))


def _joined(first: Post, other: Post) -> Post:
    """Return two videos of one page as one post; its files keep their order."""
    have = {file.url for file in first.files}
    files = (*first.files, *(file for file in other.files if file.url not in have))
    tags = tuple(dict.fromkeys((*first.tags, *other.tags)))
    return replace(first, files=tuple(replace(file, index=place) for place, file in enumerate(files)), tags=tags)


def _is_media(url: str) -> bool:
    return PurePosixPath(urlsplit(url).path).suffix.lower().lstrip(".") in _OWN_FETCH
