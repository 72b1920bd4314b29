"""Reads the info.json that yt-dlp writes for one video or sound.

Here, because it says much that is only about its own work; what a person wants to know is told by `tables`. Pure; the handover
beside it and the service import it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from syncer.config.field_map import NONE, FieldMap
from syncer.config.texts import without_login
from syncer.handover.mapping import names, values
from syncer.handover.mapping.found import Found
from syncer.handover.mapping.reading import Reading
from syncer.handover.mapping.tables import YT_DLP
from syncer.model import MediaFile, Note, Post, Tag

CHAPTERS: Final = "chapters"
"""Name of the note that lists them."""
_MOST_CHAPTERS: Final = 500


def category(data: object) -> str:
    """Return under which name a person's own mapping for this metadata would stand, "" where it tells none.

    It is the extractor's key in small letters, as in yt-dlp's archive.
    """
    found = values.line(values.at(data, "extractor_key")) or values.line(values.at(data, "extractor")).partition(":")[0]
    return found[:200].lower()


def read(data: object, own: FieldMap = NONE) -> Found:
    """Return what an info.json says. Never raises; `own` is what the person says of this extractor.

    The file has no URL, since those of formats hold for hours only, except where the page is the file itself.
    """
    reading = Reading(YT_DLP, data, own)
    site = own.site or names.site(category(data))
    post_url = reading.post_url("")
    file_url = without_login(values.link(reading.value("url"))) if reading.value("direct") is True else ""
    post = Post(
        site=site,
        id=reading.post(site),
        url="" if post_url == file_url else post_url,
        files=(MediaFile(file_url),),
        tags=_tags(reading),
        notes=reading.notes(),
        sources=reading.sources(post_url, file_url),
        title=reading.title(),
        time=reading.time(),
    )
    chapters = _chapters(reading)
    return Found(
        post=replace(post, notes=(*post.notes, Note(CHAPTERS, chapters))) if chapters else post,
        size=reading.whole(YT_DLP.size),
        width=reading.whole(YT_DLP.width),
        height=reading.whole(YT_DLP.height),
        duration=reading.seconds(YT_DLP.duration),
        extension=reading.extension(),
        unread=tuple(reading.unread),
    )


def _tags(reading: Reading) -> tuple[Tag, ...]:
    found = reading.own_tags()
    creators = reading.creators(YT_DLP.creators)
    about = [tag for tag in reading.tags_of(YT_DLP.tags) if not _is_own_list(tag, creators)]
    return tuple(dict.fromkeys([*found, *creators, *about]))[: values.MOST_TEXTS]


def _is_own_list(tag: Tag, creators: list[Tag]) -> bool:
    """Tell whether a playlist is only the list of all that a channel has (`NAME - Videos`)."""
    return tag.namespace == "playlist" and any(tag.text.startswith(creator.text) for creator in creators)


def _chapters(reading: Reading) -> str:
    """Return the chapters as lines of time and title, "" where there are none."""
    found = reading.value("chapters")
    if not isinstance(found, list):
        return ""
    rows = [each for each in found[:_MOST_CHAPTERS] if isinstance(each, dict)]
    lines = [f"{_clock(each.get('start_time'))} {title}" for each in rows if (title := values.line(each.get("title")))]
    return "\n".join(lines)[: values.LONGEST_TEXT]


def _clock(start: object) -> str:
    whole = int(values.seconds(start))
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
