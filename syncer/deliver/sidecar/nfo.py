"""Writes the sidecar of a video for media centres, `NAME.nfo`: the XML that Kodi defines and Jellyfin and Emby read too.

Only for videos, since these programs look for no such file beside a picture. Pure; `profile` imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from syncer.deliver.sidecar import content
from syncer.model import Delivery

_VIDEO: Final = "video"


def render(delivery: Delivery) -> bytes:
    """Return the sidecar of a video: UTF-8, a `movie` and nothing behind it; b"" for what is no video.

    Anything behind the last tag would be searched for addresses of film databases.
    """
    if delivery.file.group != _VIDEO:
        return b""
    from lxml import etree

    movie = etree.Element("movie")
    for name, text in _fields(delivery):
        if kept := content.for_xml(text).strip():
            etree.SubElement(movie, name).text = kept
    body = etree.tostring(movie, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{body}'.encode()


def renamed(text: str, old: str, new: str) -> str:
    """Return a sidecar whose video without a title is called like its file, which has another name now."""
    # No name holds a `<`; `xml.sax` would bring the whole of `urllib.request` along.
    was, now = (f"<title>{PurePosixPath(name).stem.replace('&', '&amp;')}</title>" for name in (old, new))
    return text.replace(was, now, 1)


def _fields(delivery: Delivery) -> Iterator[tuple[str, str]]:
    """Yield elements and texts; empty ones are left out by the caller, and there must be a title."""
    yield "title", content.for_xml(content.title(delivery)).strip() or PurePosixPath(delivery.name).stem
    address = content.web(delivery.post.url)
    yield "plot", "\n\n".join(content.distinct((content.story(delivery), address)))
    posted = content.time(delivery)
    if posted is not None and (when := content.moment(posted)):
        yield "premiered", when.strftime("%Y-%m-%d")
        yield "year", str(when.year)
    if came := content.moment(delivery.delivered_at):
        yield "dateadded", came.strftime("%Y-%m-%d %H:%M:%S")
    if delivery.stars:
        yield "userrating", str(delivery.stars * 2)  # Kodi counts to ten
    yield "studio", delivery.post.site
    for creator in content.creators(delivery):
        yield "director", creator
    for tag in delivery.post.tags:
        yield "tag", f"{tag.namespace}:{tag.text}" if tag.namespace else tag.text
