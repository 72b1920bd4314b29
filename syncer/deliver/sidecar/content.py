"""What sidecars of every form say alike: the time, who made it, its text, the rows of notes, and the letters that XML can hold.

Apart from the writers, so that all forms tell the same of one file. Pure; the writers of this folder import it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from syncer.model import Delivery, Note, posted

CREATORS: Final = frozenset({"creator", "artist"})
"""Namespaces whose tags say who made the file."""

_URL: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_NAMELESS: Final = "note"
"""The name of a note that has none: hydrus drops notes without a name."""
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML 1.0 document can hold, not even as a reference (section 2.2): control characters, halves of surrogates."""


def time(delivery: Delivery) -> int | None:
    """Return when the site says that it was posted, seconds since 1970; None where it does not, or where that cannot be true."""
    return delivery.post.posted(delivery.delivered_at)


def moment(seconds: int) -> datetime | None:
    """Return a time in UTC, None where it lies outside the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def times(delivery: Delivery) -> dict[str, int]:
    """Return that time by the domain that tells it, without `www.`; of several each its own. Empty where none can be true."""
    post = delivery.post
    told = post.times or (() if post.time is None else ((domain(post.url or delivery.media.url), post.time),))
    kept = {name: posted(seconds, delivery.delivered_at) for name, seconds in told if name}
    return {name: seconds for name, seconds in kept.items() if seconds is not None}


def domain(url: str) -> str:
    """Return the host of a URL without `www.`, "" where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www.")


def creators(delivery: Delivery) -> list[str]:
    """Return who made it, each once."""
    return distinct(tag.text for tag in delivery.post.tags if tag.namespace.lower() in CREATORS)


def title(delivery: Delivery) -> str:
    """Return the post's title in one line, "" where it has none."""
    return " ".join(delivery.post.title.split())


def story(delivery: Delivery) -> str:
    """Return the texts of all notes, each under its name where there are several, "" where there are none."""
    notes = [note for note in delivery.post.notes if note.text.strip()]
    if len(notes) == 1:
        return notes[0].text.strip()
    return "\n\n".join(distinct(f"{' '.join(note.name.split()) or _NAMELESS}: {note.text.strip()}" for note in notes))


def note_row(note: Note) -> str:
    """Write a note as hydrus reads it, `name: text`, "" where it has no text.

    The first colon with a blank behind it parts the two, so one inside the name is written `:\\ `.
    """
    text = note.text.strip()
    name = " ".join(note.name.split()).replace(": ", ":\\ ") or _NAMELESS
    return f"{name}: {text}" if text else ""


def web(url: str) -> str:
    """Return the URL if it is a whole web address, else ""."""
    return url if _URL.fullmatch(url) else ""


def urls(delivery: Delivery) -> list[str]:
    """Return all web addresses of the file, each once: post, file, sources."""
    post, media = delivery.post, delivery.media
    return distinct(web(url) for url in delivery.urls or (post.url, media.url, *post.sources))


def distinct(texts: Iterable[str]) -> list[str]:
    """Return the texts in their order, each once, without empty ones."""
    return [text for text in dict.fromkeys(texts) if text]


def for_xml(text: str) -> str:
    """Return the text without the characters that no XML document can hold, its lines ended by line feeds."""
    return _NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
