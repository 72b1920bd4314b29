"""What a JSON answer seems to hold, for a first draft of a site file: the list of posts and the keys that look familiar.

Pure; only `draft` imports it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MOST_DEPTH = 6
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MEDIA = re.compile(r"\.(jpe?g|png|gif|webp|avif|jxl|webm|mp4|mkv|mov|mp3|flac|ogg|pdf|zip)(\?|$)", re.IGNORECASE)
_SMALL = re.compile(r"thumb|preview|small|sample|avatar|icon|header|static", re.IGNORECASE)
_NAMES = ("name", "acct", "username", "login", "tag", "title", "rendered")
"""What an object that stands for a tag, a person or a text is called by."""

KEYS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("post", "", ("id", "post_id", "no", "uuid")),
    (
        "file",
        "",
        (
            "file_url",
            "full_url",
            "original_url",
            "image_url",
            "media_url",
            "download_url",
            "view_url",
            "content_url",
            "url",
            "src",
            "image",
        ),
    ),
    ("md5", "", ("md5", "file_md5", "hash_md5")),
    ("sha256", "", ("sha256", "sha256_hash")),
    ("tag", "creator", ("tag_string_artist", "artist", "artists", "author", "creator", "account", "user", "username")),
    ("tag", "series", ("tag_string_copyright", "tag_string_series", "series", "copyright")),
    ("tag", "character", ("tag_string_character", "character", "characters")),
    ("tag", "", ("tag_string_general", "tags", "tag_string", "keywords", "categories")),
    ("time", "", ("created_at", "created", "date", "published", "published_at", "timestamp", "time")),
    ("source", "", ("source", "source_url", "sources")),
    ("title", "", ("title", "name", "subject", "sub")),
    ("note", "description", ("description", "caption", "body", "text", "commentary")),
)
"""What is found, under which namespace or name, by which keys (the first that is there)."""


def guess(data: Any) -> tuple[str, list[str], list[str], str]:
    """Return kind, parser lines, doubts and what was seen in a JSON answer."""
    best = max(_lists(data, "$"), key=lambda found: len(found[1]), default=None)
    if best is not None and len(best[1]) > 1:
        path, items = best
        gets = list(_gets(items[0]))
        lines = [f"each = {json.dumps(path + '[*]')}", "get = [", *gets, "]"]
        return "gallery", lines, _doubts(items[0], gets), f"{len(items)} entries at {path}"
    item = data if isinstance(data, dict) else {}
    gets = list(_gets(item))
    return "post", ['read = "json"', "get = [", *gets, "]"], _doubts(item, gets), f"one entry with {len(item)} keys"


def _lists(node: Any, path: str, depth: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield every list of objects with the path to it."""
    if depth > MOST_DEPTH:
        return
    if isinstance(node, list):
        objects = [item for item in node if isinstance(item, dict)]
        if objects:
            yield path, objects
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if _PLAIN.fullmatch(key):
                yield from _lists(value, f"{path}.{key}", depth + 1)


def _gets(item: dict[str, Any]) -> Iterator[str]:
    for what, name, keys in KEYS:
        found = [key for key in keys if item.get(key) not in (None, "", [], {})]
        if what == "file":
            path = next((f"$.{key}" for key in found if _is_media(item[key])), "") or next(_media(item, "$"), "")
            if path:
                yield f'  {{ what = "file", json = "{path}" }},'
                continue
        if found:
            yield _line(what, name, found[0], item[found[0]])


def _is_media(value: Any) -> bool:
    return isinstance(value, str) and "/" in value and _MEDIA.search(value) is not None


def _media(node: Any, path: str, depth: int = 0) -> Iterator[str]:
    """Yield the paths to what looks like the URL of a file, the nearest first; small copies of one are left out."""
    if depth > MOST_DEPTH or not isinstance(node, dict):
        return
    below = {key: value for key, value in node.items() if _PLAIN.fullmatch(key) and not _SMALL.search(key)}
    yield from (f"{path}.{key}" for key, value in below.items() if _is_media(value))
    for key, value in below.items():
        if isinstance(value, list) and value:
            yield from [f"{path}.{key}[*]"] if _is_media(value[0]) else _media(value[0], f"{path}.{key}[*]", depth + 1)
        else:
            yield from _media(value, f"{path}.{key}", depth + 1)


def _line(what: str, name: str, key: str, value: Any) -> str:
    label = {"tag": "namespace", "note": "name"}.get(what, "")
    named = f', {label} = "{name}"' if label and name else ""
    path, first = (f"$.{key}[*]", value[0]) if isinstance(value, list) else (f"$.{key}", value)
    if isinstance(first, dict):
        inner = next((each for each in _NAMES if isinstance(first.get(each), str)), "")
        path, value = (f"{path}.{inner}", first[inner]) if inner else (path, value)
    return f'  {{ what = "{what}"{named}, json = "{path}"{_steps(what, value)} }},'


def _steps(what: str, value: Any) -> str:
    if what == "tag" and isinstance(value, str) and " " in value:
        return ', steps = [{ split = " " }, { replace = ["_", " "] }]'
    first = value[0] if isinstance(value, list) else value
    if what == "tag" and isinstance(first, str) and "_" in first:
        return ', steps = [{ replace = ["_", " "] }]'
    if what == "time":
        return ', steps = [{ date = "unix" }]' if isinstance(value, int) else ', steps = [{ date = "iso" }]'
    return ""


def _doubts(item: dict[str, Any], gets: list[str]) -> list[str]:
    missing = [what for what in ("post", "file", "tag") if not any(f'what = "{what}"' in line for line in gets)]
    return [f"no key looks like the {what}; the keys are {', '.join(sorted(item)[:30])}" for what in missing]
